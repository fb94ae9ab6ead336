"""Workbooks of typed values: what is in them, how it looks, and that all of it comes back."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pyarrow as pa
import pytest
import python_calamine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.files import read_table
from connectors.formats.xlsx import write_typed
from connectors.typed import Typed, TypedColumn
from connectors.workbooks import typed_sheets
from schemas.errors import RunError

DEALS = (
    TypedColumn("Name", "text"),
    TypedColumn("Close date", "date"),
    TypedColumn("Chance", "percent"),
    TypedColumn("Budget", "amount", currency="Currency"),
    TypedColumn("Currency", "choice", words=("EUR", "USD")),
    TypedColumn("In base", "amount", code="USD"),
    TypedColumn("Created", "moment"),
    TypedColumn("Run", "whole"),
)
CREATED = datetime(2026, 11, 25, 17, 30, 15, tzinfo=UTC)
ROOF = ("Roof", date(2026, 12, 31), Decimal("0.4"), Decimal("1234.5"), "EUR", Decimal("1357.9501"), CREATED, 7)
BLANK = (None,) * 8


def batch(columns: Sequence[TypedColumn], *rows: Sequence[Any]) -> pa.Table:
    """Rows as they are handed over."""
    arrays = [pa.array([row[place] for row in rows], column.arrow) for place, column in enumerate(columns)]
    return pa.table(arrays, names=[column.header for column in columns])


def written(path: Path, columns: Sequence[TypedColumn], *rows: Sequence[Any], **about: str) -> Path:
    """A workbook of these rows."""
    write_typed(path, Typed("Deals", columns, iter([batch(columns, *rows)]), about))
    return path


def opened(path: Path, *rows: Sequence[Any], columns: Sequence[TypedColumn] = DEALS, **about: str) -> Any:
    return openpyxl.load_workbook(written(path / "deals.xlsx", columns, *rows, **about))


def read_back(path: Path) -> list[tuple[tuple[str, str | None], ...]]:
    """The rows as our own reader has them: each cell with the currency that its format shows."""
    rows: list[tuple[tuple[str, str | None], ...]] = []
    for one in read_table(path).batches:
        assert not one.faults
        signs = [
            one.signs[place].to_pylist() if place in one.signs else [None] * len(one.row)
            for place in range(one.cells.num_columns)
        ]
        cells = [column.to_pylist() for column in one.cells.columns]
        rows += zip(*(zip(*pair, strict=True) for pair in zip(cells, signs, strict=True)), strict=True)
    return rows


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


def test_the_sheet_is_a_table_with_frozen_headers_a_filter_and_bands(tmp_path: Path) -> None:
    sheet = opened(tmp_path, ROOF, ROOF)["Deals"]
    table = sheet.tables["Table1"]
    assert (table.ref, table.autoFilter.ref) == ("A1:H3", "A1:H3")
    assert table.column_names == [column.header for column in DEALS]
    assert table.tableStyleInfo.showRowStripes
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.bold
    assert sheet["A1"].fill.fgColor.rgb == "FF1F3864"


def test_a_table_without_rows_has_one_to_fill_in(tmp_path: Path) -> None:
    assert opened(tmp_path)["Deals"].tables["Table1"].ref == "A1:H2"
    write_typed(tmp_path / "none.xlsx", Typed("Deals", DEALS, iter([])))
    assert openpyxl.load_workbook(tmp_path / "none.xlsx")["Deals"].tables["Table1"].ref == "A1:H2"


@pytest.mark.parametrize("headers", [("Name", "name"), ("Name", " "), ("Name", "x" * 256)])
def test_headers_that_no_table_can_have_are_filtered_all_the_same(tmp_path: Path, headers: tuple[str, str]) -> None:
    columns = [TypedColumn(header, "text") for header in headers]
    sheet = opened(tmp_path, ("a", "b"), columns=columns)["Deals"]
    assert sheet.tables == {}
    assert sheet.auto_filter.ref == "A1:B2"
    assert [cell.value for cell in sheet[1]] == list(headers)


def test_a_header_of_two_lines_names_its_column_as_excel_does(tmp_path: Path) -> None:
    path = written(tmp_path / "deals.xlsx", [TypedColumn('First\n"second" & <third>', "text")], ("a",))
    with ZipFile(path) as archive:
        told = archive.read("xl/tables/table1.xml").decode()
    assert 'name="First_x000a_&quot;second&quot; &amp; &lt;third&gt;"' in told
    assert openpyxl.load_workbook(path)["Deals"]["A1"].value == 'First\n"second" & <third>'


def test_widths_are_those_of_the_content_within_limits(tmp_path: Path) -> None:
    columns = [TypedColumn("N", "text"), TypedColumn("Notes", "text"), *DEALS[1:4], DEALS[4], DEALS[6]]
    row = ("a", "n" * 80, date(2026, 12, 31), Decimal("0.4"), Decimal("123456789.12"), "EUR", CREATED)
    sheet = opened(tmp_path, row, columns=columns)["Deals"]
    widths = {letter: one.width for letter, one in sheet.column_dimensions.items()}
    assert (widths["A"], widths["B"]) == (9, 50)
    assert len("2026-12-31") < widths["C"] < 20
    assert len("EUR 123,456,789.12") <= widths["E"] < 30
    assert len("2026-11-25 17:30:15") <= widths["G"] < 30


def test_words_are_offered_from_a_hidden_sheet_and_others_are_not_refused(tmp_path: Path) -> None:
    book = opened(tmp_path, ROOF)
    (offered,) = book["Deals"].data_validations.dataValidation
    assert (str(offered.sqref), offered.formula1, offered.showErrorMessage) == (
        *("E2:E1048576", "'Lists'!$A$1:$A$2"),
        False,
    )
    assert book["Lists"].sheet_state == "hidden"
    assert [[cell.value for cell in row] for row in book["Lists"]] == [["EUR"], ["USD"]]


def test_the_summary_tells_what_is_known_once_the_rows_are_read(tmp_path: Path) -> None:
    about: dict[str, str] = {}

    def batches() -> Iterator[pa.Table]:
        yield batch(DEALS, ROOF)
        about.update({"Rows": "1", "Filter": "=name & 'x'"})

    write_typed(tmp_path / "deals.xlsx", Typed("Deals", DEALS, batches(), about))
    book = openpyxl.load_workbook(tmp_path / "deals.xlsx")
    assert book.sheetnames == ["Deals", "Summary", "Lists"]
    cells = [[cell.value for cell in row] for row in book["Summary"]]
    assert cells == [["Deals", None], [None, None], ["Rows", "1"], ["Filter", "=name & 'x'"]]
    assert book["Summary"]["B4"].data_type == "s"


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


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = (written(tmp_path / f"{name}.xlsx", DEALS, ROOF, BLANK, Rows="2") for name in "ab")
    assert one.read_bytes() == other.read_bytes()


def test_rows_of_many_batches_stand_one_below_the_other(tmp_path: Path) -> None:
    column = TypedColumn("N", "whole")
    batches = (
        batch([column], *([number] for number in range(start, start + 3000))) for start in range(0, 12_000, 3000)
    )
    write_typed(tmp_path / "deals.xlsx", Typed("Deals", [column], batches))
    assert [row[0][0] for row in read_back(tmp_path / "deals.xlsx")] == [str(number) for number in range(12_000)]


def test_a_text_that_is_too_long_is_told_with_its_place(tmp_path: Path) -> None:
    column = TypedColumn("Notes", "text")
    written(tmp_path / "deals.xlsx", [column], ["x" * 32_767])
    with pytest.raises(RunError, match=r"The cell in row 3 under 'Notes' has 32,768 characters; XLSX holds 32,767\."):
        written(tmp_path / "deals.xlsx", [column], ["x"], ["x" * 32_768])


def test_more_rows_than_a_sheet_has_are_refused_with_the_way_out(tmp_path: Path) -> None:
    column = TypedColumn("N", "whole")
    table = pa.table([pa.nulls(1 << 18, pa.int64())], names=["N"])
    typed = Typed("Deals", [column], (table for _ in range(4)))
    with pytest.raises(RunError, match="1,048,575 rows") as refused:
        write_typed(tmp_path / "deals.xlsx", typed)
    assert "--split-rows" in str(refused.value)


def test_more_than_is_read_again_is_refused_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed_sheets, "MOST_XML", 1000)
    with pytest.raises(RunError, match=r"row 21 is beyond it(.|\n)*--split-rows"):
        written(tmp_path / "deals.xlsx", DEALS, *[ROOF] * 20)


def test_more_columns_than_a_sheet_has_are_refused(tmp_path: Path) -> None:
    columns = [TypedColumn(str(number), "text") for number in range(16_385)]
    with pytest.raises(RunError, match="An XLSX sheet has 16,384 columns; there are 16,385"):
        write_typed(tmp_path / "deals.xlsx", Typed("Deals", columns, iter([])))


def test_a_name_becomes_one_that_a_tab_can_have(tmp_path: Path) -> None:
    for name, told in (("a/b:c", "a b c"), ("x" * 40, "x" * 31), ("", "Sheet"), ("summary", "summary")):
        write_typed(tmp_path / "deals.xlsx", Typed(name, DEALS[:1], iter([])))
        names = openpyxl.load_workbook(tmp_path / "deals.xlsx").sheetnames
        assert names[0] == told
        assert names[1] == ("Summary 2" if told == "summary" else "Summary")


def test_cells_tell_their_place_in_rows_that_tell_theirs(tmp_path: Path) -> None:
    with ZipFile(written(tmp_path / "deals.xlsx", DEALS, BLANK, ROOF)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert '<row r="2"></row><row r="3"><c r="A3"' in sheet
    assert re.findall(r'r="([A-H]3)"', sheet) == [f"{letter}3" for letter in "ABCDEFGH"]


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
