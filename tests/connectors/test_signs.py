"""The currency that a number format shows: of Excel, LibreOffice, Google Sheets and openpyxl."""

import pytest

from connectors.workbooks.shown import BUILT_IN, Shown, format_of
from schemas.columns import NumberColumn
from schemas.evidence import Evidence


@pytest.mark.parametrize(
    ("code", "sign"),
    [
        ("#,##0.00 [$€-407]", "€"),
        ("[$CHF] #,##0.00", "CHF"),
        ('"€" #,##0.00', "€"),
        ("$#,##0.00", "$"),
        ("_-* #,##0.00 [$£-809]_-", "£"),
        ('_-[$£-809]* #,##0.00_-;-[$£-809]* #,##0.00_-;_-[$£-809]* "-"??_-;_-@_-', "£"),
        ('_($* #,##0.00_);_($* \\(#,##0.00\\);_($* "-"??_);_(@_)', "$"),
        ('#,##0.00\\ "€";[Red]\\-#,##0.00\\ "€"', "€"),
        ("[$EUR ]#,##0.00_-", "EUR"),
        ("[$€-x-euro2]\\ 0", "€"),
        ('#,##0.00 "Euro"', "EUR"),
        ("[$R$-416] #,##0.00", "R$"),
        ("[$kr.-406] #,##0", "kr."),
        ("#,##0\\ \\k\\r", "kr"),
        ("[$S/.-280A] 0", "S/."),
        ("[$₹-4009] #,##,##0", "₹"),
        ("#,##0.00\\ [$zł-415]", "zł"),
        ('General "€"', "€"),
    ],
)
def test_the_sign_or_code_is_found_wherever_it_stands(code: str, sign: str) -> None:
    assert format_of(code) == (Shown.NUMBER, sign)


@pytest.mark.parametrize(
    "code",
    [
        *("General", "0.00", "#,##0;[Red]-#,##0", "0.00E+00", "@", "# ??/??", "", "\\", '"', "[$-409]0.00", ";;;"),
        *("_-* #,##0.00\\ _€_-", '#,##0 "Lizenzen"', '0 "all"', '"no." 0', "[>100]0;[Blue]0.0"),
    ],
)
def test_a_format_without_a_currency_has_no_sign(code: str) -> None:
    assert format_of(code).sign == ""


@pytest.mark.parametrize("code", ['0% "€"', '"€" 0.0%', "[$€-407] yyyy-mm-dd", "[$-409]d/m/yyyy", "[h]:mm"])
def test_percentages_and_days_have_no_sign(code: str) -> None:
    assert format_of(code).sign == ""


def test_formats_that_a_file_names_by_number_alone_have_no_sign() -> None:
    assert [number for number, one in BUILT_IN.items() if one.sign or number in {*range(5, 9), *range(37, 45)}] == []


def test_signs_that_mean_the_same_are_one_and_others_are_both_told() -> None:
    assert format_of("[$USD] $#,##0").sign == "USD"
    assert format_of('"$" 0;"US$" -0').sign == "US$"
    assert format_of('[>1000]"€" 0;"$" 0').sign == "€/$"


@pytest.mark.parametrize(
    ("code", "sign"),
    [
        ('#,##0 "k€"', "k€"),
        ('#,##0, "k€"', "€"),
        ('0.0 "Mio. €"', "Mio. €"),
        ('#,##0.0,, "Mio. €"', "€"),
        ('0 "EUR/MWh"', "EUR/MWh"),
        ('0 "TEUR"', "TEUR"),
        ('0 "Tsd. Euro"', "Tsd. EUR"),
        ('0, "Tsd. Euro"', "EUR"),
        ('0, "TEUR"', "EUR"),
        ('0 "tkr"', "tkr"),
        ('0 "€/MWh"', "€/MWh"),
        ('0 "EUR p.a."', "EUR p.a."),
        ("[$ден.-42F] 0", "ден."),
        ('"€ 1" 0', "€"),
    ],
)
def test_what_is_more_than_a_sign_stays_unless_the_format_itself_divides(code: str, sign: str) -> None:
    assert format_of(code).sign == sign


@pytest.mark.parametrize("sign", ["k€", "Mio. €", "€/$", "€/MWh", "ден."])
def test_beside_what_is_more_than_a_sign_stands_no_amount(sign: str) -> None:
    import pyarrow as pa

    (fault,) = NumberColumn(Evidence())(pa.array([f"{sign} 5"])).faults
    assert fault.code == "not_a_number"
