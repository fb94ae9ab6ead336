import datetime
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest

from connectors.confined import Limits
from connectors.files import fingerprint, read_rows, read_table, write_table
from schemas.errors import RunError, UnknownNameError, UnreadableFileError
from schemas.raw import CellFault, ReadAs
from tests.workbooks import Lines, header, xlsx
from tests.workbooks import read as read_all


def read(path: Path, sheet: str | None = None) -> tuple[tuple[str, ...], Lines]:
    """Headers and rows of a sheet."""
    table, rows, _ = read_all(path, ReadAs(sheet=sheet))
    return table.headers, rows


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    return tmp_path / "deals.xlsx"


@pytest.fixture
def with_sheet_xml(deals: Path) -> Callable[[str], Path]:
    """A workbook whose only sheet holds this XML between its row elements."""
    return lambda rows: xlsx(deals, rows)


HEADERS = header("a")


def test_every_kind_of_cell_becomes_text(deals: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    cells = [
        ("text", " 007 ", " 007 "),
        ("whole", 12, "12"),
        ("big", 123456789012345, "123456789012345"),
        ("decimal", 1197.68, "1197.68"),
        ("small", 0.00001, "0.00001"),
        ("percent", 0.25, "0.25"),
        ("yes", True, "TRUE"),
        ("no", False, "FALSE"),
        ("day", datetime.date(2026, 3, 31), "2026-03-31"),
        ("midnight", datetime.datetime(2026, 3, 31, 0, 0), "2026-03-31"),
        ("moment", datetime.datetime(2026, 3, 31, 14, 5, 9), "2026-03-31T14:05:09"),
        ("time", datetime.time(14, 5, 9), "14:05:09"),
        ("span", datetime.timedelta(hours=30, minutes=5), "30:05:00"),
        ("blank", None, ""),
    ]
    sheet.append([header for header, _, _ in cells])
    sheet.append([value for _, value, _ in cells])
    workbook.save(deals)
    assert read(deals)[1] == [(2, tuple(text for _, _, text in cells))]


def test_rows_keep_the_numbers_the_spreadsheet_shows(deals: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for place, text in (("B3", "name"), ("C3", "amount"), ("B5", "x"), ("C8", "5"), ("D8", "note")):
        sheet[place] = text
    workbook.save(deals)
    assert read(deals) == (("", "name", "amount", ""), [(5, ("", "x", "", "")), (8, ("", "", "5", "note"))])


def test_row_numbers_are_exact_across_batches(deals: Path) -> None:
    write_table(deals, ["a"], (["" if row % 7 == 0 else f"{row}"] for row in range(2, 45_001)))
    assert read(deals)[1] == [(row, (f"{row}",)) for row in range(2, 45_001) if row % 7]
    assert list(read_rows(deals, [44_999, 3, 7])) == [(3, ("3",)), (44_999, ("44999",))]


def test_the_first_visible_sheet_is_read_unless_one_is_named(deals: Path) -> None:
    workbook = openpyxl.Workbook()
    for name, state in (("Lists", "hidden"), ("Deals", "visible"), ("Old & new", "visible")):
        sheet = workbook.create_sheet(name)
        sheet.sheet_state = state
        sheet.append([f"header of {name}"])
    workbook["Sheet"].sheet_state = "veryHidden"
    workbook.save(deals)
    assert read_table(deals).how.sheet == "Deals"
    assert read(deals, "Old & new") == (("header of Old & new",), [])
    assert read(deals, "Lists") == (("header of Lists",), [])
    with pytest.raises(UnknownNameError, match="Did you mean 'Deals'"):
        read_table(deals, ReadAs(sheet="deal"))


def test_errors_and_formulas_without_a_result_are_faults_of_their_cells(deals: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for line in (["a", "b"], ["#DIV/0!", 1], [2, "=A2*2"], [3, "#N/A"], [4, 5]):
        sheet.append(line)
    workbook.save(deals)
    _, lines, faults = read_all(deals)
    assert lines == [(2, ("#DIV/0!", "1")), (3, ("2", "=A2*2")), (4, ("3", "#N/A")), (5, ("4", "5"))]
    assert faults == [
        CellFault(2, 0, "error_cell", "#DIV/0!"),
        CellFault(3, 1, "formula_without_result", "=A2*2"),
        CellFault(4, 1, "error_cell", "#N/A"),
    ]


def test_a_formula_with_a_result_is_read_even_if_that_is_the_empty_text(
    with_sheet_xml: Callable[[str], Path],
) -> None:
    rows = (
        '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>'
        '<row r="3"><c r="A3" t="str"><f>IF(A2&gt;1,"","x")</f><v></v></c></row>'
        '<row r="4"><c r="A4" t="str"><f t="shared" si="0"/><v>x</v></c></row>'
    )
    assert read(with_sheet_xml(HEADERS + rows))[1] == [(2, ("2",)), (4, ("x",))]


def test_an_error_on_another_sheet_does_not_matter(deals: Path) -> None:
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    workbook.active.append(["a"])
    workbook.create_sheet("Other").append(["#N/A"])
    workbook.save(deals)
    assert read(deals) == (("a",), [])


@pytest.mark.parametrize(
    "far",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="2"><c r="XFD2"><v>1</v></c></row>',
        "<row r='1048576'><c s = '1' r = 'XFD1048576'><v>1</v></c></row>",
        '<row r="2"><c r="XFD2" s="/"><v>1</v></c></row>',
        '<row r="2"><c r="XFD2" s="/>"><v>1</v></c></row>',
        '<row r="2"><c s=">" r="XFD2"><v>1</v></c></row>',
    ],
)
def test_a_cell_far_out_takes_no_memory_and_is_told(with_sheet_xml: Callable[[str], Path], far: str) -> None:
    table, lines, _ = read_all(with_sheet_xml(HEADERS + far), limits=Limits(memory_bytes=1_000_000_000))
    assert (table.headers, lines) == (("a",), [])
    row = "1048576" if "1048576" in far else "2"
    assert table.notes == [f"1 cell stands right of all headers and was left out, the first in XFD{row}"]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ('<row r="2"><c r="A99999999999999999999"><v>1</v></c></row>', "has no place"),
        ('<row r="2"><c r="ZZZZZZZZZ2"><v>1</v></c></row>', "has no place"),
        ('<row r="2"><c r="ZZZ2"><v>1</v></c></row>', "there is no column ZZZ"),
        ('<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>', "cells out of order"),
        ('<row r="2"><c r="A2"><v>1</v></c><c s=">" r="A2"><v>2</v></c></row>', "stands twice in row 2"),
        ('<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>', "row 2 after row 3"),
        ('<row r="1048577"><c r="A1048577"><v>1</v></c></row>', "row 1048577 after row 1"),
        ('<row r="x"><c r="A2"><v>1</v></c></row>', "there is no row x"),
        ('<row r="2"><c r="A2" t="s"><v>7</v></c></row>', "no shared text 7"),
        ('<row r="2"><c r="A2" t="s"><v>-1</v></c></row>', "no shared text -1"),
        ('<row r="2"><c r="A2" t="str"><v>&unknown;</v></c></row>', "its XML"),
        ('<row r="2"><c r="A2"></row>', "its XML: mismatched tag"),
        ('<row r="2"><c r="A2"><v>1</v></c></row><!-- no end', "ends in the middle"),
    ],
)
def test_what_no_spreadsheet_writes_is_refused_in_a_sentence(
    with_sheet_xml: Callable[[str], Path], rows: str, why: str
) -> None:
    with pytest.raises(UnreadableFileError, match=rf"is a damaged workbook \(.*{why}"):
        read(with_sheet_xml(HEADERS + rows))


def test_formats_far_out_do_not_matter(with_sheet_xml: Callable[[str], Path]) -> None:
    far = '<row r="2"><c r="A2"><v>1</v></c></row><row r="1048576" ht="12"><c r="XFD1048576" s="0"/></row>'
    assert read(with_sheet_xml(HEADERS + far))[1] == [(2, ("1",))]


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(deals: Path) -> None:
    with zipfile.ZipFile(deals, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(1025):
                part.write(b" " * 1024 * 1024)
    with pytest.raises(UnreadableFileError, match="unpacks to 1,074,790,411 bytes, more than 1,073,741,824"):
        read_table(deals)


def test_a_document_type_is_refused(deals: Path) -> None:
    write_table(deals, ["a"], [["1"]])
    with zipfile.ZipFile(deals, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("xl/styles.xml", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y "z">]><x/>')
    with pytest.raises(UnreadableFileError, match=r"what no spreadsheet writes \(xl/styles.xml"):
        read_table(deals)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "is not a workbook"),
        (b"PK\x03\x04" + b"\0" * 100, "is a damaged workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "is a damaged workbook"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "is protected by a password",
        ),
    ],
)
def test_what_is_no_workbook_is_refused_in_a_sentence(deals: Path, content: bytes, why: str) -> None:
    deals.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=why):
        read_table(deals)


def test_a_damaged_workbook_is_a_sentence_wherever_it_is_cut_or_changed(deals: Path) -> None:
    write_table(deals, ["a", "b"], [["1", "2"]] * 50)
    whole = deals.read_bytes()
    for place in range(4, len(whole), 397):
        deals.write_bytes(whole[:place])
        with pytest.raises(UnreadableFileError, match="is a damaged workbook"):
            read(deals)
        deals.write_bytes(whole[:place] + b"\xff" + whole[place + 1 :])
        with suppress(UnreadableFileError):  # some bytes, like dates, may be anything
            read(deals)


def test_a_sheet_without_headers_is_refused(deals: Path) -> None:
    openpyxl.Workbook().save(deals)
    with pytest.raises(UnreadableFileError, match="has no row of headers in sheet 'Sheet'"):
        read_table(deals)


def test_nothing_is_written_as_a_formula_or_a_number(deals: Path) -> None:
    cells = ["=1+1", "+1", "-1", "@x", "#N/A", "007", "1.50", "TRUE", "2026-01-02"]
    write_table(deals, [f"h{position}" for position in range(len(cells))], [cells])
    sheet = openpyxl.load_workbook(deals).active
    assert sheet is not None
    assert [(cell.data_type, cell.value) for cell in sheet[2]] == [("s", cell) for cell in cells]
    assert read(deals)[1] == [(2, tuple(cells))]


def test_the_headers_are_bold_and_stay_in_sight(deals: Path) -> None:
    write_table(deals, ["a", "b"], [["1", "2"]])
    sheet = openpyxl.load_workbook(deals).active
    assert sheet is not None
    assert [cell.font.b for cell in sheet[1]] == [True, True]
    assert sheet.freeze_panes == "A2"


def test_what_xml_cannot_hold_comes_back_equal(deals: Path) -> None:
    cells = [
        "\x00",
        "a\x1fb",
        "\r",
        "a\r\nb",
        "\t",
        " ",
        " \n",
        "_x0041_",
        "_x005F_x0041_",
        "\u2028 ",
        "\x7f😀",
    ]
    write_table(deals, ["a", "b"], [["x", cell] for cell in cells])
    assert [line[1] for _, line in read(deals)[1]] == cells


@pytest.mark.parametrize(
    ("text", "why"),
    [("\ufffe", "which XLSX cannot hold"), ("\ud800", "which XLSX cannot hold"), ("x" * 32_768, "32,768")],
)
def test_what_xlsx_cannot_hold_is_refused_with_its_row(deals: Path, text: str, why: str) -> None:
    with pytest.raises(RunError, match=f"A cell for row 3 .*{why}"):
        write_table(deals, ["a"], [["fine"], [text]])
    assert list(deals.parent.iterdir()) == []


def test_the_same_lines_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_table(tmp_path / "one.xlsx", ["a", "b"], [["1", "=2"]])
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    write_table(tmp_path / "two.xlsx", ["a", "b"], [["1", "=2"]])
    assert fingerprint(tmp_path / "one.xlsx") == fingerprint(tmp_path / "two.xlsx")
    with zipfile.ZipFile(tmp_path / "one.xlsx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("docProps/core.xml").count(b">1980-01-01T00:00:00Z<") == 2
