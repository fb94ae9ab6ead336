"""Conversions in SQL are exact and round as stated, alike on both databases."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Subquery, cast, literal, select, union_all

from connectors.databases import transaction
from schemas.exact import ExactText, Scaled, converted, exact_sum, weighted, weighted_sum
from schemas.settings import Rounding

AMOUNTS = st.integers(-(10**15), 10**15).map(lambda units: Decimal(units).scaleb(-4))
ANY_AMOUNTS = st.integers(-(10**18) + 1, 10**18 - 1).map(lambda units: Decimal(units).scaleb(-4))
FRACTIONS = st.integers(0, 10**6).map(lambda units: Decimal(units).scaleb(-6))
RATES = st.integers(1, 10**9).map(lambda units: Decimal(units).scaleb(-6))
ROUNDINGS: dict[Rounding, str] = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN}


def convert(database: str, amount: Decimal, rate: Decimal, rounding: Rounding) -> Decimal | None:
    money, exact = Scaled(19, 4), ExactText()
    value = converted(cast(literal(amount, money), money), cast(literal(rate, exact), exact), rounding)
    with transaction(database) as connection:
        return connection.execute(select(value)).scalar_one()


@pytest.mark.parametrize(
    ("amount", "rate", "up", "even"),
    [
        ("0.0001", "0.5", "0.0001", "0.0000"),
        ("0.0003", "0.5", "0.0002", "0.0002"),
        ("0.0005", "0.5", "0.0003", "0.0002"),
        ("-0.0001", "0.5", "-0.0001", "0.0000"),
        ("15000", "1.09", "16350.0000", "16350.0000"),
    ],
)
def test_a_half_is_rounded_as_stated(database: str, amount: str, rate: str, up: str, even: str) -> None:
    assert convert(database, Decimal(amount), Decimal(rate), "half-up") == Decimal(up)
    assert convert(database, Decimal(amount), Decimal(rate), "half-even") == Decimal(even)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amount=AMOUNTS, rate=RATES, rounding=st.sampled_from(list(ROUNDINGS)))
def test_every_conversion_equals_that_of_decimal(
    database: str, amount: Decimal, rate: Decimal, rounding: Rounding
) -> None:
    with localcontext(prec=60):
        expected = (amount * rate).quantize(Decimal("0.0001"), rounding=ROUNDINGS[rounding])
    assert convert(database, amount, rate, rounding) == expected


def sums(database: str, lines: list[tuple[Decimal | None, Decimal | None]]) -> tuple[Decimal | None, Decimal | None]:
    """The sum of the amounts, and of the amounts × their fractions."""
    table = stated(lines)
    with transaction(database) as connection:
        row = connection.execute(select(exact_sum(table.c.amount), weighted_sum(table.c.amount, table.c.share))).one()
    return row[0], row[1]


def stated(lines: list[tuple[Decimal | None, Decimal | None]]) -> Subquery:
    money, part = Scaled(19, 4), Scaled(7, 6)
    each = [
        select(cast(literal(amount, money), money).label("amount"), cast(literal(share, part), part).label("share"))
        for amount, share in lines
    ]
    return union_all(*each).subquery()


def test_a_sum_beyond_64_bits_is_exact(database: str) -> None:
    largest = (Decimal("99999999999999.9999"), Decimal("1"))
    assert sums(database, [largest] * 200) == (Decimal("19999999999999999.9800"),) * 2


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.tuples(st.none() | ANY_AMOUNTS, st.none() | FRACTIONS), min_size=1, max_size=20))
def test_every_sum_equals_that_of_decimal(database: str, lines: list[tuple[Decimal | None, Decimal | None]]) -> None:
    amounts = [amount for amount, _ in lines if amount is not None]
    worth = [amount * share for amount, share in lines if amount is not None and share is not None]
    assert sums(database, lines) == (sum(amounts) if amounts else None, sum(worth) if worth else None)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amount=st.none() | ANY_AMOUNTS, share=st.none() | FRACTIONS)
def test_every_product_equals_that_of_decimal(database: str, amount: Decimal | None, share: Decimal | None) -> None:
    table = stated([(amount, share)])
    with transaction(database) as connection:
        found = connection.scalar(select(weighted(table.c.amount, table.c.share)))
    assert found == (None if amount is None or share is None else amount * share)
