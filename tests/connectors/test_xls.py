import struct
from pathlib import Path

import pytest

from connectors.confined import Limits
from connectors.files import read_table, write_table
from schemas.errors import RunError, UnreadableFileError
from schemas.raw import CellFault, ReadAs
from tests.workbooks import cell12, label, merged12, number, ole, read, record, row12, signs, xls, xlsb

HEADERS = [label(0, 0, "Name"), label(0, 1, "Amount"), label(0, 2, "Probability"), label(0, 3, "Close")]


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    return tmp_path / "deals.xls"


def test_every_kind_of_cell_becomes_text(deals: Path) -> None:
    rows = [
        *(label(1, 0, "Zürich"), number(1, 1, 1197.68), number(1, 2, 0.25, style=2), number(1, 3, 46112, style=1)),
        *(label(2, 0, "007"), number(2, 1, 12), number(2, 2, 0.07, style=3), number(2, 3, 46112)),
        *(label(3, 0, "x"), record(0x205, struct.pack("<HHHBB", 3, 1, 0, 1, 0))),
        *(label(4, 0, "small"), record(0x27E, struct.pack("<HHHI", 4, 1, 0, (12345 << 2) | 3))),
        record(0xBD, struct.pack("<HHHIHIH", 4, 2, 2, (40 << 2) | 3, 0, (7 << 2) | 2, 3)),
    ]
    table, lines, faults = read(xls(deals, {"Deals": [*HEADERS, *rows]}))
    assert table.headers == ("Name", "Amount", "Probability", "Close")
    assert lines == [
        (2, ("Zürich", "1197.68", "25%", "2026-03-31")),
        (3, ("007", "12", "7%", "46112")),
        (4, ("x", "TRUE", "", "")),
        (5, ("small", "123.45", "40%", "7")),
    ]
    assert faults == []


def test_error_cells_are_faults_with_the_text_that_excel_shows(deals: Path) -> None:
    formula = struct.pack("<HHHBBBBBBHHIH", 2, 1, 0, 2, 0, 0x07, 0, 0, 0, 0xFFFF, 0, 0, 0)
    rows = [
        *(label(1, 0, "a"), record(0x205, struct.pack("<HHHBB", 1, 1, 0, 0x2A, 1))),
        *(label(2, 0, "b"), record(0x06, formula)),
        record(0x205, struct.pack("<HHHBB", 9, 3, 0, 0x17, 1)),
    ]
    _, lines, faults = read(xls(deals, {"Deals": [*HEADERS, *rows]}))
    assert lines == [(2, ("a", "#N/A", "", "")), (3, ("b", "#DIV/0!", "", "")), (10, ("", "", "", "#REF!"))]
    assert faults == [
        CellFault(2, 1, "error_cell", "#N/A"),
        CellFault(3, 1, "error_cell", "#DIV/0!"),
        CellFault(10, 3, "error_cell", "#REF!"),
    ]


def test_hidden_rows_are_read_and_told(deals: Path) -> None:
    hidden = record(0x208, struct.pack("<HHHHHHHH", 1, 0, 4, 255, 0, 0, 0x20, 0))
    table, lines, _ = read(xls(deals, {"Deals": [hidden, *HEADERS, label(1, 0, "a"), label(2, 0, "b")]}))
    assert [row for row, _ in lines] == [2, 3]
    assert table.notes == ["1 hidden row was read like the others"]


def test_a_hidden_sheet_is_read_only_when_it_is_named(deals: Path) -> None:
    xls(deals, {"Lists": [label(0, 0, "List")], "Deals": [label(0, 0, "Name")]}, hidden=["Lists"])
    assert read_table(deals).headers == ("Name",)
    assert read_table(deals, ReadAs(sheet="Lists")).headers == ("List",)


def test_the_system_of_dates_is_told(deals: Path) -> None:
    since_1904 = record(0x22, struct.pack("<H", 1))
    table, lines, _ = read(xls(deals, {"Deals": [*HEADERS, number(1, 3, 44650, style=1)]}, since_1904))
    assert (table.epoch_1904, lines) == (True, [(2, ("", "", "", "2026-03-31"))])


def test_a_workbook_with_a_password_is_refused_in_a_sentence(deals: Path) -> None:
    xls(deals, {"Deals": HEADERS}, first=record(0x2F, struct.pack("<H52x", 1)))
    with pytest.raises(UnreadableFileError, match=r"deals\.xls: is protected by a password\.\nSave it without"):
        read_table(deals)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"<html><table><tr><td>Name</td></tr></table></html>", "is a web page"),
        (b'<?xml version="1.0"?><Workbook/>', "is XML and no workbook"),
        (b"Name\tAmount\n", "is not a workbook"),
        (ole("WordDocument", b"x"), "is no workbook that dealport knows"),
        (ole("Workbook", b"x"), "is a damaged workbook"),
    ],
)
def test_what_only_has_the_name_of_a_workbook_is_refused(deals: Path, content: bytes, why: str) -> None:
    deals.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=why):
        read_table(deals)


def test_the_content_counts_and_not_the_name(tmp_path: Path) -> None:
    write_table(tmp_path / "deals.xlsx", ["Name"], [["a"]])
    for name in ("deals.xls", "deals.xlsm", "deals.ods"):
        (tmp_path / name).write_bytes((tmp_path / "deals.xlsx").read_bytes())
        assert read(tmp_path / name)[1] == [(2, ("a",))]
    assert read(xls(tmp_path / "old.xlsx", {"Deals": [*HEADERS, label(1, 0, "b")]}))[1] == [(2, ("b", "", "", ""))]


def test_a_binary_workbook_of_later_years_tells_the_same(tmp_path: Path) -> None:
    names = [cell12(6, place, name) for place, name in enumerate(["Name", "Share", "Amount"])]
    rows = [
        *(row12(0), *names),
        *(row12(1), cell12(6, 0, "a"), cell12(5, 1, 0.25, style=1), cell12(5, 2, 1197.68)),
        *(row12(2, hidden=True), cell12(6, 0, "b"), cell12(5, 1, 0.075, style=2), cell12(3, 2, b"\x2a")),
    ]
    table, lines, faults = read(xlsb(tmp_path / "deals.xlsb", rows))
    assert table.headers == ("Name", "Share", "Amount")
    assert lines == [(2, ("a", "25%", "1197.68")), (3, ("b", "7.5%", "#N/A"))]
    assert faults == [CellFault(3, 2, "error_cell", "#N/A")]
    assert table.notes == ["1 hidden row was read like the others"]


@pytest.mark.parametrize(("row", "position"), [(0xFFFFFFF0, 0), (2, 0xFFFFFFF0)])
def test_an_error_far_outside_of_the_sheet_is_refused_at_once(tmp_path: Path, row: int, position: int) -> None:
    cells = [row12(0), cell12(6, 0, "Name"), row12(row), cell12(3, position, b"\x2a")]
    with pytest.raises(UnreadableFileError):
        read(xlsb(tmp_path / "deals.xlsb", cells), limits=Limits(cpu_seconds=5))


@pytest.mark.parametrize("suffix", ["xls", "xlsb", "xlsm", "ods"])
def test_what_is_only_read_says_what_to_write_instead(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(RunError, match=rf"reads \.{suffix} files and does not write them\.\nName a \.xlsx or a \.csv"):
        write_table(tmp_path / f"deals.{suffix}", ["a"], [])
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------------- money, and merged cells


def test_the_currencies_of_formats_are_told_beside_bare_numbers(deals: Path) -> None:
    rows = [
        *(label(1, 0, "a"), number(1, 1, 1234.5, style=4), number(1, 2, 0.4, style=2)),
        *(label(2, 0, "b"), number(2, 1, 7)),
        *(label(3, 0, "c"), record(0xBD, struct.pack("<HHHIHIH", 3, 1, 4, (500 << 2) | 2, 4, (40 << 2) | 2, 2))),
    ]
    path = xls(deals, {"Deals": [*HEADERS, *rows]})
    assert [cells[1:3] for _, cells in read(path)[1]] == [("1234.5", "40%"), ("7", ""), ("500", "40")]
    assert signs(path) == [{1: ["€", None, "€"], 2: [None, None, "€"]}]


def test_the_currencies_of_an_xlsb_workbook_are_told_too(tmp_path: Path) -> None:
    cells = [row12(0), cell12(6, 0, "Name"), cell12(6, 1, "Amount")]
    cells += [row12(1), cell12(6, 0, "a"), cell12(5, 1, 1234.5, style=3), row12(2), cell12(5, 1, 7.0)]
    assert signs(xlsb(tmp_path / "deals.xlsb", cells)) == [{1: ["€", None]}]


def test_cells_merged_downwards_are_faults_where_they_are_blank(deals: Path) -> None:
    rows = [*(label(row, 0, "a") for row in (1, 2, 3)), label(1, 1, "one"), label(3, 1, "two"), number(2, 2, 5)]
    merged = record(0xE5, struct.pack("<H8H", 2, 1, 3, 1, 1, 1, 2, 2, 2))
    faults = read(xls(deals, {"Deals": [*HEADERS, *rows, merged]}))[2]
    assert faults == [CellFault(3, 1, "merged_cell", "B2:B4")]


def test_cells_merged_downwards_in_an_xlsb_workbook_are_faults_too(tmp_path: Path) -> None:
    cells = [row12(0), cell12(6, 0, "Name"), cell12(6, 1, "Account")]
    cells += [row12(1), cell12(6, 0, "a"), cell12(6, 1, "A"), row12(2), cell12(6, 0, "b")]
    path = xlsb(tmp_path / "deals.xlsb", cells, merged12(1, 2, 1, 1))
    assert read(path)[2] == [CellFault(3, 1, "merged_cell", "B2:B3")]
