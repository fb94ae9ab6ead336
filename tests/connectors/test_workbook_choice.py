"""Which sheet of a workbook is read, and which of its rows holds the headers."""

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from connectors.files import read_table
from schemas.errors import UnreadableFileError, UsageError
from schemas.raw import ReadAs
from tests.workbooks import read

KNOWN = {"Name", "Amount", "Stage", "Close date"}
HEADERS = ["Name", "Amount", "Stage"]


def fits(cells: Sequence[str]) -> int:
    return len(KNOWN.intersection(cells))


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    return tmp_path / "deals.xlsx"


def workbook(path: Path, **sheets: Sequence[Sequence[object]]) -> openpyxl.Workbook:
    """A workbook with these sheets, saved."""
    whole = openpyxl.Workbook()
    del whole["Sheet"]
    for name, lines in sheets.items():
        sheet = whole.create_sheet(name.replace("_", " "))
        for line in lines:
            sheet.append(list(line))
    whole.save(path)
    return whole


def test_the_sheet_whose_headers_are_known_best_is_read_and_told(deals: Path) -> None:
    workbook(deals, About=[["Exported by Ben"]], Some=[["Name", "Amount"]], Most=[HEADERS, ["a", 1, "won"]])
    table, lines, _ = read(deals, fits=fits)
    assert (table.how.sheet, table.found, table.notes) == ("Most", {"sheet": "Most"}, [])
    assert lines == [(2, ("a", "1", "won"))]


def test_sheets_that_fit_equally_well_are_told_and_the_first_of_them_is_read(deals: Path) -> None:
    workbook(deals, About=[["x"]], East=[HEADERS, ["e"]], West=[HEADERS, ["w"]])
    table, lines, _ = read(deals, fits=fits)
    assert (table.how.sheet, lines) == ("East", [(2, ("e", "", ""))])
    assert table.notes == ["the headers of the sheets 'East', 'West' fit equally well; 'East' is read"]


def test_where_no_headers_are_known_the_first_sheet_with_cells_is_read(deals: Path) -> None:
    workbook(deals, Empty=[], First=[["a"], ["1"]], Second=[["b"], ["2"]])
    table, lines, _ = read(deals, fits=fits)
    assert (table.how.sheet, table.found, lines) == ("First", {"sheet": "First"}, [(2, ("1",))])


def test_a_hidden_sheet_is_never_chosen(deals: Path) -> None:
    whole = workbook(deals, Raw=[HEADERS], Deals=[["Name", "Owner"], ["a", "Ben"]])
    whole["Raw"].sheet_state = "hidden"
    whole.save(deals)
    table, _, _ = read(deals, fits=fits)
    assert (table.how.sheet, table.found) == ("Deals", {})


def test_headers_below_merged_titles_are_found_and_what_is_above_is_told(deals: Path) -> None:
    whole = workbook(
        deals, Deals=[["Pipeline of Name Ltd"], [], ["Name", "as of", "today"], [], HEADERS, ["a", 1, "won"]]
    )
    whole["Deals"].merge_cells("A1:C1")
    whole.save(deals)
    table, lines, _ = read(deals, fits=fits)
    assert (table.headers, table.how.header_row, table.found) == (tuple(HEADERS), 5, {"header_row": "5"})
    assert table.notes == ["rows 1 to 3 stand above the headers and were left out"]
    assert lines == [(6, ("a", "1", "won"))]


def test_one_known_word_makes_no_row_of_headers(deals: Path) -> None:
    workbook(deals, Deals=[["Deal", "Worth"], ["Name", "5"]])
    table, lines, _ = read(deals, fits=fits)
    assert (table.headers, lines) == (("Deal", "Worth"), [(2, ("Name", "5"))])


def test_the_row_of_headers_can_be_named(deals: Path) -> None:
    workbook(deals, Deals=[*[[f"line {row}"] for row in range(1, 70)], ["Deal", "Worth"], ["a", 1]])
    table, lines, _ = read(deals, ReadAs(header_row=70), fits)
    assert (table.headers, lines) == (("Deal", "Worth"), [(71, ("a", "1"))])
    assert table.notes == ["rows 1 to 69 stand above the headers and were left out"]
    with pytest.raises(UnreadableFileError, match="has no headers in row 99 of sheet 'Deals'"):
        read_table(deals, ReadAs(header_row=99), fits)


def test_read_again_as_it_was_read_a_workbook_gives_the_same(deals: Path) -> None:
    east = [*[["Report"]] * 9, HEADERS, *[["e"]] * 49, ["e", "", "", "", "far"], ["e", "", "", "", "", "out"]]
    workbook(deals, About=[["x"]], East=east, West=[HEADERS])
    first, lines, _ = read(deals, fits=fits)
    again, lines_again, _ = read(deals, first.how)
    assert first.headers == (*HEADERS, "", "")
    assert (again.headers, lines_again, again.how) == (first.headers, lines, first.how)
    above, beyond = (
        "rows 1 to 9 stand above the headers and were left out",
        "1 cell stands right of all headers and was left out, the first in F61",
    )
    assert again.notes == [above, beyond, "column E has cells but no header"]
    assert first.notes == [
        above,
        "the headers of the sheets 'East', 'West' fit equally well; 'East' is read",
        beyond,
        "column E has cells but no header",
    ]


def test_hidden_rows_and_columns_are_read_and_hidden_rows_told(deals: Path) -> None:
    whole = workbook(deals, Deals=[HEADERS, ["a", 1, "won"], ["b", 2, "lost"], ["c", 3, "won"]])
    for row in (2, 4):
        whole["Deals"].row_dimensions[row].hidden = True
    whole["Deals"].column_dimensions["B"].hidden = True
    whole.save(deals)
    table, lines, _ = read(deals)
    assert lines == [(2, ("a", "1", "won")), (3, ("b", "2", "lost")), (4, ("c", "3", "won"))]
    assert table.notes == ["2 hidden rows were read like the others"]


@pytest.mark.parametrize("how", [ReadAs(encoding="cp1252"), ReadAs(delimiter=";")])
def test_what_only_csv_files_have_cannot_be_chosen(deals: Path, how: ReadAs) -> None:
    workbook(deals, Deals=[HEADERS])
    with pytest.raises(UsageError, match=r"a workbook has no (encoding|delimiter) to choose\.\nLeave the"):
        read_table(deals, how)


def test_rows_of_totals_are_rows(deals: Path) -> None:
    workbook(deals, Deals=[HEADERS, ["a", 1, "won"], ["Total", 1]])
    assert read(deals, fits=fits)[1] == [(2, ("a", "1", "won")), (3, ("Total", "1", ""))]


def test_cells_right_of_the_headers_are_read_near_the_top_and_counted_below(deals: Path) -> None:
    lines = [["Name"], ["a", "note"], *[["b"]] * 60, ["c", "", "x", "y"], ["", "", "z"]]
    workbook(deals, Deals=lines)
    table, rows, _ = read(deals)
    assert (table.headers, rows[0], rows[-1]) == (("Name", ""), (2, ("a", "note")), (63, ("c", "")))
    assert table.notes == [
        "3 cells stand right of all headers and were left out, the first in C63",
        "column B has cells but no header",
    ]
