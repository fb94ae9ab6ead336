"""Numbers in the notation of any locale are read exactly, or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.numbers import fits, plain_digits, take_apart


def read(text: str, mark: str) -> Decimal | None:
    number = take_apart(text)
    digits = plain_digits(number.digits, mark) if number else None
    if number is None or digits is None:
        return None
    return Decimal(f"{'-' if number.negative else ''}{digits}{number.power}")


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("$22,700.00", ".", "22700.00"),
        ("€ 1.234,56", ",", "1234.56"),
        ("1 234,56 kr", ",", "1234.56"),
        ("1\u202f234,56 €", ",", "1234.56"),
        ("(1,200)", ".", "-1200"),
        ("1'234.50", ".", "1234.50"),
        ("CHF 1\u2019234.50", ".", "1234.50"),
        ("-$5", ".", "-5"),
        ("$-5", ".", "-5"),
        ("\N{MINUS SIGN}7,5", ",", "-7.5"),
        ("1200-", ".", "-1200"),
        ("12,34,567.00", ".", "1234567.00"),
        ("kr. 500", ",", "500"),
        (".5", ".", "0.5"),
        ("5.", ".", "5"),
        ("1.5e3", ".", "1.5E+3"),
        ("000.123", ".", "0.123"),
    ],
)
def test_a_number_is_read_in_its_notation(text: str, mark: str, value: str) -> None:
    assert read(text, mark) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    ["", "abc", "--5", "(5", "5)", "(-5)", "1,23,4", "1.2.3", "1 23", "1'2345", "€ 5 $", "5 - 3", "1,5e3", "٣", "½"],
)
def test_what_is_a_number_in_no_notation_is_none_in_either(text: str) -> None:
    assert [read(text, mark) for mark in ".,"] == [None, None]


@pytest.mark.parametrize(
    ("digits", "marks"),
    [
        ("1,234", ".,"),
        ("1.234", ".,"),
        ("0,123", ","),
        ("1234,567", ","),
        ("1,234.5", "."),
        ("1,234,567", "."),
        ("12,5", ","),
        ("1 234,567", ","),
        ("1234", ".,"),
    ],
)
def test_the_marks_that_a_number_fits(digits: str, marks: str) -> None:
    assert fits(digits) == frozenset(marks)


@given(
    units=st.integers(-(10**14), 10**14),
    decimals=st.integers(0, 4),
    mark=st.sampled_from(".,"),
    group=st.sampled_from(["", "other", " ", "\u00a0", "'"]),
    sign=st.sampled_from(["{}", "€ {}", "{} zł", "US${}"]),
)
def test_any_amount_written_in_any_notation_is_read_back(
    units: int, decimals: int, mark: str, group: str, sign: str
) -> None:
    amount = Decimal(units).scaleb(-decimals)
    separator = {".": ",", ",": "."}[mark] if group == "other" else group
    whole, _, rest = f"{abs(amount):,.{decimals}f}".partition(".")
    text = ("-" if units < 0 else "") + whole.replace(",", separator) + (mark + rest if rest else "")
    assert read(sign.format(text), mark) == amount
