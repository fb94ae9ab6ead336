from pathlib import Path

import pytest

from connectors.files import read_table
from schemas.errors import UnreadableFileError
from schemas.raw import CellFault, ReadAs
from tests.workbooks import ods, ods_row, read


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    return tmp_path / "deals.ods"


def cell(kind: str, attribute: str, value: str, shown: str = "as it is shown") -> str:
    told = f'office:value-type="{kind}" office:{attribute}="{value}"'
    return f"<table:table-cell {told}><text:p>{shown}</text:p></table:table-cell>"


def table(*rows: str, name: str = "Deals", attributes: str = "") -> str:
    return f'<table:table table:name="{name}" {attributes}>{"".join(rows)}</table:table>'


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        (cell("float", "value", "1197.68"), "1197.68"),
        (cell("float", "value", "12345678901234567890"), "12345678901234567890"),
        (cell("currency", "value", "22700"), "22700"),
        (cell("percentage", "value", "0.25"), "25%"),
        (cell("percentage", "value", "0.075"), "7.5%"),
        (cell("date", "date-value", "2026-03-31"), "2026-03-31"),
        (cell("date", "date-value", "2026-03-31T00:00:00"), "2026-03-31"),
        (cell("date", "date-value", "2026-03-31T14:05:08.999999999"), "2026-03-31T14:05:09"),
        (cell("time", "time-value", "PT14H05M09S"), "14:05:09"),
        (cell("time", "time-value", "PT30H05M00S"), "30:05:00"),
        (cell("boolean", "boolean-value", "true"), "TRUE"),
        ('<table:table-cell office:value-type="string"><text:p>007</text:p></table:table-cell>', "007"),
        (
            '<table:table-cell office:value-type="string"><text:p>a<text:s text:c="2"/>b<text:tab/>'
            "<text:span>c</text:span></text:p><text:p>d<text:line-break/>e</text:p></table:table-cell>",
            "a  b\tc\nd\ne",
        ),
        (
            '<table:table-cell office:value-type="string"><office:annotation><text:p>a comment</text:p>'
            "</office:annotation><text:p>text</text:p></table:table-cell>",
            "text",
        ),
    ],
)
def test_every_kind_of_cell_becomes_text(deals: Path, xml: str, text: str) -> None:
    ods(deals, table(ods_row("a", "b"), ods_row("x", xml)))
    assert read(deals)[1] == [(2, ("x", text))]


def test_repeated_rows_and_cells_count(deals: Path) -> None:
    blanks = '<table:table-cell table:number-columns-repeated="2"/>'
    rows = [
        ods_row("a", "b", "c", "d"),
        ods_row("<table:table-cell/>", attributes='table:number-rows-repeated="3"'),
        ods_row("x", blanks, "y", attributes='table:number-rows-repeated="2"'),
        ods_row(
            '<table:table-cell table:number-columns-repeated="16384"/>', attributes='table:number-rows-repeated="9"'
        ),
        ods_row('<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="2"/>'),
        ods_row("<table:table-cell/>", attributes='table:number-rows-repeated="1048560"'),
    ]
    line = ("x", "", "", "y")
    assert read(ods(deals, table(*rows)))[1] == [(5, line), (6, line), (16, ("1", "1", "", ""))]


def test_errors_and_formulas_without_a_result_are_faults(deals: Path) -> None:
    error = (
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
        'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    )
    looked_up = error.replace("#DIV/0!", "#N/A").replace('calcext:value-type="error"', "")
    rows = [
        ods_row("a", "b"),
        ods_row("x", error),
        ods_row("w", looked_up),
        ods_row("y", '<table:table-cell table:formula="of:=[.A1]*2"/>'),
        ods_row("z", '<table:table-cell table:formula="of:=&quot;&quot;" office:value-type="string"/>'),
    ]
    _, lines, faults = read(ods(deals, table(*rows)))
    assert lines == [(2, ("x", "#DIV/0!")), (3, ("w", "#N/A")), (4, ("y", "=[.A1]*2")), (5, ("z", ""))]
    assert faults == [
        CellFault(2, 1, "error_cell", "#DIV/0!"),
        CellFault(3, 1, "error_cell", "#N/A"),
        CellFault(4, 1, "formula_without_result", "=[.A1]*2"),
    ]


def test_hidden_sheets_and_filtered_rows(deals: Path) -> None:
    shown = '<style:style style:name="{}"><style:table-properties table:display="{}"/></style:style>'
    styles = shown.format("ta1", "false") + shown.format("ta2", "true")
    filtered = 'table:visibility="filter"'
    tables = table(ods_row("List"), name="Lists", attributes='table:style-name="ta1"') + table(
        ods_row("Name"), ods_row("x", attributes=filtered), ods_row("y"), attributes='table:style-name="ta2"'
    )
    told, lines, _ = read(ods(deals, tables, styles))
    assert (told.how.sheet, lines) == ("Deals", [(2, ("x",)), (3, ("y",))])
    assert told.notes == ["1 hidden row was read like the others"]
    assert read(deals, ReadAs(sheet="Lists"))[0].headers == ("List",)


def test_a_workbook_with_a_password_is_refused_in_a_sentence(deals: Path) -> None:
    manifest = '<manifest:file-entry><manifest:encryption-data manifest:checksum="x"/></manifest:file-entry>'
    with pytest.raises(UnreadableFileError, match="is protected by a password"):
        read_table(ods(deals, table(ods_row("a")), manifest=manifest))


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (
            [ods_row("a"), ods_row("x", attributes='table:number-rows-repeated="1048576"')],
            "repeats cells more often than a spreadsheet has room for",
        ),
        (
            [
                ods_row("a"),
                ods_row(
                    '<table:table-cell office:value-type="float" office:value="1" '
                    'table:number-columns-repeated="16384"/>',
                    attributes='table:number-rows-repeated="1000000"',
                ),
            ],
            "repeats cells more often",
        ),
        ([ods_row("a", '<table:table-cell table:number-columns-repeated="x"/>')], "is a damaged workbook"),
        (
            [ods_row("a", '<table:table-cell table:number-columns-repeated="99999999"/>', "b")],
            "more than 16,384 columns",
        ),
        (["<table:table-row>"], "is a damaged workbook"),
    ],
)
def test_repetition_without_end_is_refused(deals: Path, rows: list[str], why: str) -> None:
    with pytest.raises(UnreadableFileError, match=why):
        read(ods(deals, table(*rows)))
