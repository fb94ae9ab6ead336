"""Workbooks of typed values: their sheets, how they look, and what no sheet can hold."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pyarrow as pa
import pytest

from connectors.formats.xlsx import write_typed
from connectors.typed import Typed, TypedColumn
from connectors.workbooks import typed_sheets
from schemas.errors import RunError
from tests.typed import BLANK, CREATED, DEALS, ROOF, batch, opened, read_back, written


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
