"""Typed values in a workbook: the cells that they become, and that all of them come back."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.typed import TypedColumn
from schemas.errors import RunError
from tests.typed import BLANK, DEALS, ROOF, opened, read_back, written


def test_cells_have_the_type_of_their_column(tmp_path: Path) -> None:
    sheet = opened(tmp_path, ROOF, BLANK)["Deals"]
    cells = list(sheet[2])
    assert [cell.value for cell in cells] == [
        *("Roof", datetime(2026, 12, 31), 0.4, 1234.5),
        *("EUR", 1357.9501, datetime(2026, 11, 25, 17, 30, 15), 7),
    ]
    assert [cell.data_type for cell in cells] == ["s", "d", "n", "n", "s", "n", "d", "n"]
    assert [cell.number_format.replace("\\", "") for cell in cells] == [
        *("@", "yyyy-mm-dd", "0%", "[$EUR] #,##0.00"),
        *("@", "[$USD] #,##0.0000", "yyyy-mm-dd hh:mm:ss", "0"),
    ]
    assert [cell.value for cell in sheet[3]] == [None] * 8


def test_a_second_reader_finds_the_same(tmp_path: Path) -> None:
    path = written(tmp_path / "deals.xlsx", DEALS, ROOF)
    rows = python_calamine.load_workbook(path).get_sheet_by_name("Deals").to_python()
    assert rows[1] == [
        *("Roof", date(2026, 12, 31), 0.4, 1234.5),
        *("EUR", 1357.9501, datetime(2026, 11, 25, 17, 30, 15), 7.0),
    ]


def test_text_stays_text(tmp_path: Path) -> None:
    texts = [
        "=SUM(A1:A2)",
        "007",
        "#N/A",
        "+1",
        "_x000D_",
        "a\r\nb\tc",
        "\x00\x1f\ufffe\uffff",
        " ",
        "<b>&amp;</b>",
        "é𝕏",
    ]
    path = written(tmp_path / "deals.xlsx", [TypedColumn("T", "text")], *([text] for text in texts))
    sheet = openpyxl.load_workbook(path)["Deals"]
    assert {sheet.cell(row, 1).data_type for row in range(2, len(texts) + 2)} == {"s"}
    assert [row[0][0] for row in read_back(path)] == texts


def test_an_amount_that_excel_would_not_keep_is_a_text_in_its_currency(tmp_path: Path) -> None:
    amounts = ["12345678901.1234", "123456789012.1234", "-999999999999999.9999", "999999999999999", "100000000000.5"]
    path = written(tmp_path / "deals.xlsx", [TypedColumn("A", "amount", code="EUR")], *([Decimal(a)] for a in amounts))
    sheet = openpyxl.load_workbook(path)["Deals"]
    assert [sheet.cell(row, 1).data_type for row in range(2, 7)] == ["n", "s", "s", "n", "n"]
    assert read_back(path) == [((amount, "EUR"),) for amount in amounts]


def test_days_on_which_spreadsheets_do_not_agree_are_texts(tmp_path: Path) -> None:
    columns = [TypedColumn("Day", "date"), TypedColumn("Moment", "moment")]
    rows = [(date(1900, 2, 28), datetime(1900, 12, 31, 23, 59, 59, tzinfo=UTC))]
    rows += [(date(1901, 1, 1), datetime(1901, 1, 1, tzinfo=UTC))]
    path = written(tmp_path / "deals.xlsx", columns, *rows)
    sheet = openpyxl.load_workbook(path)["Deals"]
    assert [cell.data_type for row in sheet["A2:B3"] for cell in row] == ["s", "s", "d", "d"]
    told = [[cell for cell, _ in row] for row in read_back(path)]
    assert told == [["1900-02-28", "1900-12-31T23:59:59Z"], ["1901-01-01", "1901-01-01"]]


def test_a_moment_is_told_to_the_second_that_has_begun(tmp_path: Path) -> None:
    late = datetime(1969, 7, 20, 20, 17, 39, 999_999, tzinfo=UTC)
    path = written(tmp_path / "deals.xlsx", [TypedColumn("Moment", "moment")], [late])
    assert read_back(path) == [(("1969-07-20T20:17:39", None),)]


def test_what_is_no_currency_code_is_no_format(tmp_path: Path) -> None:
    columns = [TypedColumn("A", "amount", currency="C"), TypedColumn("C", "text")]
    rows = [(Decimal(1), 'E"]'), (Decimal(1), None), (Decimal(1), "XYZ")]
    sheet = opened(tmp_path, *rows, columns=columns)["Deals"]
    told = [sheet.cell(row, 1).number_format.replace("\\", "") for row in (2, 3, 4)]
    assert told == ["#,##0.00", "#,##0.00", "[$XYZ] #,##0.00"]


def test_a_text_that_is_too_long_is_told_with_its_place(tmp_path: Path) -> None:
    column = TypedColumn("Notes", "text")
    written(tmp_path / "deals.xlsx", [column], ["x" * 32_767])
    with pytest.raises(RunError, match=r"The cell in row 3 under 'Notes' has 32,768 characters; XLSX holds 32,767\."):
        written(tmp_path / "deals.xlsx", [column], ["x"], ["x" * 32_768])


def amounts() -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal("-999999999999999.9999"), Decimal("999999999999999.9999"), places=4)


values = st.tuples(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.dates(date(1, 1, 1)),
    st.decimals(0, 1, places=6),
    amounts(),
    st.sampled_from(["EUR", "USD", "GBP", "JPY", "CHF"]),
    amounts(),
    st.datetimes(datetime(1901, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)),
    st.integers(-(2**63), 2**63 - 1),
)


def plain(number: Decimal) -> str:
    return f"{number.normalize():f}" if number else "0"


def told(row: tuple[Any, ...]) -> tuple[tuple[str, str | None], ...]:
    """What is read where this was written."""
    name, day, chance, budget, code, base, created, run = row
    moment = created.replace(microsecond=0, tzinfo=None)
    at_midnight = moment == datetime(moment.year, moment.month, moment.day)
    return (
        (name, None),
        (day.isoformat(), None),
        (f"{plain(chance * 100)}%", None),
        (plain(budget), code),
        (code, None),
        (plain(base), "USD"),
        (moment.date().isoformat() if at_midnight else moment.isoformat(), None),
        (str(run), None),
    )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(values, min_size=1, max_size=6))
def test_any_values_come_back_equal_with_their_currencies(tmp_path: Path, rows: list[tuple[Any, ...]]) -> None:
    path = written(tmp_path / "deals.xlsx", DEALS, *rows)
    assert read_back(path) == [told(row) for row in rows]
