import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from connectors import rate_files
from connectors.rate_files import read_rates
from schemas.errors import UnreadableFileError
from schemas.rates import Rate, RateFault

ECB_HISTORY = """\
Date,USD,JPY,BGN,HRK,ISK,
2026-11-20,1.0857,163.12,N/A,N/A,,
2026-11-19,1.08,162.5,N/A,N/A,150.5,
2022-12-30,1.0666,140.66,1.9558,7.5365,151.5,
"""
ECB_DAILY = "Date, USD, JPY, ISK, \n21 November 2026, 1.0857, 163.12, , \n"
ECB_XML = """\
<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
    xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <Cube>
    <Cube time="2026-11-20">
      <Cube currency='USD' rate='1.0857'/>
      <Cube currency="HUF" rate="310.70"/>
    </Cube>
    <Cube time="2026-11-19">
      <Cube currency="USD" rate="1.08"/>
    </Cube>
  </Cube>
</gesmes:Envelope>
"""


def read(folder: Path, content: str | bytes, base: str = "USD") -> tuple[list[tuple[str, ...]], list[RateFault]]:
    """The rates as texts and the faults of a file with that content."""
    path = folder / "rates"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    rates, faults = read_rates(path, base)
    return [as_texts(rate) for rate in rates], faults


def as_texts(rate: Rate) -> tuple[str, ...]:
    return str(rate.day), rate.from_currency, rate.to_currency, f"{rate.rate:f}", rate.source


def places(faults: list[RateFault]) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.header, fault.value) for fault in faults]


def refusal(folder: Path, content: str | bytes) -> str:
    with pytest.raises(UnreadableFileError) as caught:
        read(folder, content)
    assert caught.value.fix == rate_files.EXPECTED
    return caught.value.why.removeprefix(f"{folder / 'rates'}: ")


# ---------------------------------------------------------------------------------------------- plain tables


def test_rows_of_a_plain_table_are_rates_to_the_base_currency(tmp_path: Path) -> None:
    told = read(tmp_path, "day,currency,rate\n2026-11-20,EUR,1.0857\n2026-11-20,GBP,1.3\n")
    assert told == (
        [("2026-11-20", "EUR", "USD", "1.0857", "file"), ("2026-11-20", "GBP", "USD", "1.3", "file")],
        [],
    )


def test_the_rate_is_exactly_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("day,currency,rate\n2026-11-20,EUR,1.085700000000000001\n", encoding="utf-8")
    assert read_rates(path, "USD")[0] == [
        Rate(date(2026, 11, 20), "EUR", "USD", Decimal("1.085700000000000001"), "file")
    ]


def test_headers_may_have_other_names_case_spaces_and_order(tmp_path: Path) -> None:
    told = read(tmp_path, "\ufeff Rate , FROM_Currency,To  currency,DATE,Source,Note\r\n 2 ,GBP , ,2026-11-20,,x\r\n")
    assert told == ([("2026-11-20", "GBP", "USD", "2", "file")], [])


def test_a_row_may_name_its_other_currency_and_its_source(tmp_path: Path) -> None:
    told = read(tmp_path, "date,from,base,rate,source\n2026-11-20,GBP,CHF,1.14,snb\n")
    assert told == ([("2026-11-20", "GBP", "CHF", "1.14", "snb")], [])


def test_blank_rows_count_as_rows_and_are_no_faults(tmp_path: Path) -> None:
    rates, faults = read(tmp_path, "day,currency,rate\n\n , ,\n2026-11-20,EUR,x\n")
    assert (rates, places(faults)) == ([], [(4, "rate", "x")])


def test_every_unreadable_cell_is_a_fault_with_why_and_fix(tmp_path: Path) -> None:
    rates, faults = read(
        tmp_path, "day,Currency,rate,to\n20/11/2026,EUX,0,ZZZ\n2026-11-20,GBP,1.3,\n,,,CHF\n2026-11-20,usd\n"
    )
    assert rates == [("2026-11-20", "GBP", "USD", "1.3", "file")]
    assert places(faults) == [
        *((2, "Currency", "EUX"), (2, "day", "20/11/2026"), (2, "rate", "0"), (2, "to", "ZZZ")),
        *((4, "Currency", ""), (4, "day", ""), (4, "rate", "")),
        *((5, "Currency", "usd"), (5, "rate", "")),
    ]
    assert faults[0] == RateFault(
        2, "Currency", "EUX", "is not a currency code of ISO 4217", "Write the code in capitals, such as EUR."
    )
    assert faults[1].why == "is not a day written like 2026-11-20"
    assert faults[2].why == "is not a positive number written like 1.0857"
    assert faults[4].why == "is empty"
    assert faults[7].fix == "Write USD."


@pytest.mark.parametrize(
    "day", ["2026-02-30", "20261120", "2026-W47-5", "2026-11-20T00:00", "31 November 2026", "1 Foo 2026"]
)
def test_what_is_no_day_is_a_fault(tmp_path: Path, day: str) -> None:
    rates, faults = read(tmp_path, f"day,currency,rate\n{day},EUR,1\n")
    assert (rates, places(faults)) == ([], [(2, "day", day)])


@pytest.mark.parametrize(
    "rate",
    ["0", "0.000", "-1", "+1", "1e3", "1.", ".5", "1 000", "NaN", "Infinity", '"1,0857"', "٣", "1_000"],
)
def test_what_is_no_positive_plain_decimal_is_a_fault(tmp_path: Path, rate: str) -> None:
    rates, faults = read(tmp_path, f"day,currency,rate\n2026-11-20,EUR,{rate}\n")
    assert (rates, places(faults)) == ([], [(2, "rate", rate.strip('"'))])


def test_a_rate_has_at_most_18_decimals_and_is_at_most_a_million_million(tmp_path: Path) -> None:
    good = ("0.000000000000000001", "1000000000000")
    bad = ("0.0000000000000000010", "1000000000000.1")
    rows = [f"2026-11-0{day},EUR,{rate}" for day, rate in enumerate((*good, *bad), 1)]
    rates, faults = read(tmp_path, "\n".join(["day,currency,rate", *rows]))
    assert [rate[3] for rate in rates] == list(good)
    assert places(faults) == [(4, "rate", bad[0]), (5, "rate", bad[1])]
    assert [fault.why for fault in faults] == ["has more than 18 decimals", "is more than 1000000000000"]


def test_a_decimal_comma_without_quotes_is_a_fault_and_not_a_rate_of_1(tmp_path: Path) -> None:
    rates, faults = read(tmp_path, "day,currency,rate\n2026-11-20,EUR,1,0857\n2026-11-20,GBP,1.3,\n")
    assert rates == [("2026-11-20", "GBP", "USD", "1.3", "file")]
    assert faults == [RateFault(2, "", "0857", "stands under no header", "Put quotes around a cell with a comma.")]


def test_different_rates_for_one_pair_and_day_are_all_faults(tmp_path: Path) -> None:
    rates, faults = read(
        tmp_path,
        "day,currency,rate\n2026-11-20,EUR,1.1\n2026-11-20,GBP,1.3\n2026-11-20,EUR,1.2\n2026-11-20,EUR,1.1\n",
    )
    assert rates == [("2026-11-20", "GBP", "USD", "1.3", "file")]
    assert places(faults) == [(2, "rate", "1.1"), (4, "rate", "1.2"), (5, "rate", "1.1")]
    assert {fault.why for fault in faults} == {"is one of several different rates of EUR to USD on 2026-11-20"}


def test_equal_rates_for_one_pair_and_day_are_one(tmp_path: Path) -> None:
    told = read(tmp_path, "day,currency,rate\n2026-11-20,EUR,1.1\n2026-11-20,EUR,1.10\n")
    assert told == ([("2026-11-20", "EUR", "USD", "1.1", "file")], [])


def test_a_currency_in_itself_is_1_or_a_fault(tmp_path: Path) -> None:
    rates, faults = read(tmp_path, "day,currency,rate\n2026-11-20,USD,1.00\n2026-11-21,USD,1.1\n")
    assert (rates, places(faults)) == ([], [(3, "rate", "1.1")])
    assert faults[0].why == "is a rate of USD in itself"


def test_a_withdrawn_currency_and_a_unit_of_account_have_rates(tmp_path: Path) -> None:
    rates, faults = read(tmp_path, "day,currency,rate\n2020-01-02,HRK,0.15\n2026-11-20,CLF,41.5\n")
    assert ([rate[1] for rate in rates], faults) == (["HRK", "CLF"], [])


# ------------------------------------------------------------------------------------- European Central Bank


def test_the_history_of_the_ecb_has_a_rate_from_eur_in_every_filled_cell(tmp_path: Path) -> None:
    assert read(tmp_path, ECB_HISTORY) == (
        [
            ("2026-11-20", "EUR", "USD", "1.0857", "ecb"),
            ("2026-11-20", "EUR", "JPY", "163.12", "ecb"),
            ("2026-11-19", "EUR", "USD", "1.08", "ecb"),
            ("2026-11-19", "EUR", "JPY", "162.5", "ecb"),
            ("2026-11-19", "EUR", "ISK", "150.5", "ecb"),
            ("2022-12-30", "EUR", "USD", "1.0666", "ecb"),
            ("2022-12-30", "EUR", "JPY", "140.66", "ecb"),
            ("2022-12-30", "EUR", "BGN", "1.9558", "ecb"),
            ("2022-12-30", "EUR", "HRK", "7.5365", "ecb"),
            ("2022-12-30", "EUR", "ISK", "151.5", "ecb"),
        ],
        [],
    )


def test_the_daily_file_of_the_ecb_has_spaces_and_the_name_of_the_month(tmp_path: Path) -> None:
    assert read(tmp_path, ECB_DAILY) == (
        [("2026-11-21", "EUR", "USD", "1.0857", "ecb"), ("2026-11-21", "EUR", "JPY", "163.12", "ecb")],
        [],
    )


def test_bad_cells_of_an_ecb_table_are_faults_where_they_stand(tmp_path: Path) -> None:
    rates, faults = read(
        tmp_path, "Date,USD,USX,JPY,\n2026-11-20,1.1,2,x,\nyesterday,1.2,2,160,\n2026-11-20,1.2,,160,\n"
    )
    assert rates == [("2026-11-20", "EUR", "JPY", "160", "ecb")]
    assert places(faults) == [
        *((1, "USX", "USX"), (2, "JPY", "x"), (2, "USD", "1.1")),
        *((3, "Date", "yesterday"), (4, "USD", "1.2")),
    ]


def test_the_xml_of_the_ecb_has_one_cube_for_a_day_and_one_for_a_rate(tmp_path: Path) -> None:
    assert read(tmp_path, ECB_XML) == (
        [
            ("2026-11-20", "EUR", "USD", "1.0857", "ecb"),
            ("2026-11-20", "EUR", "HUF", "310.70", "ecb"),
            ("2026-11-19", "EUR", "USD", "1.08", "ecb"),
        ],
        [],
    )


def test_a_fault_in_xml_names_the_line(tmp_path: Path) -> None:
    faulty = ECB_XML.replace("'1.0857'", "'1,0857'").replace("HUF", "HUX").replace("2026-11-19", "19.11.2026")
    rates, faults = read(tmp_path, faulty)
    assert (rates, places(faults)) == (
        [],
        [(7, "rate", "1,0857"), (8, "currency", "HUX"), (10, "time", "19.11.2026")],
    )


@pytest.mark.parametrize("content", [ECB_HISTORY, ECB_XML])
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_of_one_file_is_read_like_the_file(tmp_path: Path, content: str, compression: int) -> None:
    with zipfile.ZipFile(tmp_path / "rates.zip", "w", compression) as archive:
        archive.writestr("eurofxref", content)
    told = read(tmp_path, (tmp_path / "rates.zip").read_bytes())
    assert told == read(tmp_path, content)
    assert told[0]


# --------------------------------------------------------------------------------------------- refused files


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"none\.csv: cannot be read: No such file or directory\."):
        read_rates(tmp_path / "none.csv", "USD")
    with pytest.raises(UnreadableFileError, match=r"cannot be read: Is a directory\."):
        read_rates(tmp_path, "USD")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "is not a file of exchange rates."),
        ("id,name\n1,x\n", "is not a file of exchange rates."),
        ("day;currency;rate\n", "is not a file of exchange rates."),
        ("day,currency\n2026-11-20,EUR\n", "is not a file of exchange rates."),
        ("USD,Date\n1,2026-11-20\n", "is not a file of exchange rates."),
        ("Date,,\n2026-11-20,1,\n", "is not a file of exchange rates."),
        ("day,date,currency,rate\n", "has two headers for the day."),
        ("Date,EUR,GBP\n2026-11-20,0.9,0.8\n", "has a column EUR, so its rates are not per euro."),
        ('day,currency,rate\n2026-11-20,"EUR,1\n', "is not CSV: unexpected end of data."),
        ("day,currency,rate\n2026-11-20,Åland,1\n".encode("latin-1"), "is not UTF-8 at byte 29."),
        (ECB_XML.encode("utf-16"), "is not UTF-8 at byte 0."),
        ("<html><body>Not found</body></html>", "is XML without <Cube time=…>."),
        (ECB_XML[:400], "is not XML in line 11."),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]>\n<x>&a;</x>", "holds a DOCTYPE, which no file of rates needs."),
        ("<!DOCTYPE html><html></html>", "holds a DOCTYPE, which no file of rates needs."),
        (b"PK\3\4 and nothing more", "cannot be unpacked: File is not a zip file."),
    ],
)
def test_what_is_no_file_of_rates_is_refused(tmp_path: Path, content: str | bytes, why: str) -> None:
    assert refusal(tmp_path, content) == why


def test_a_zip_of_two_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "rates.zip", "w") as archive:
        archive.writestr("one.csv", ECB_HISTORY)
        archive.writestr("two.csv", ECB_HISTORY)
    assert refusal(tmp_path, (tmp_path / "rates.zip").read_bytes()) == "is a ZIP of 2 files, not of one."


def test_a_file_that_is_large_or_becomes_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_files, "LIMIT_BYTES", 2**20)
    large = "day,currency,rate\n" + " " * 2**20
    assert refusal(tmp_path, large) == "holds more than 1 MiB."
    with zipfile.ZipFile(tmp_path / "rates.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", large)
    assert (tmp_path / "rates.zip").stat().st_size < 2**11
    assert refusal(tmp_path, (tmp_path / "rates.zip").read_bytes()) == "holds more than 1 MiB."
