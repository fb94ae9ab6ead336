import re
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.files import read_table
from connectors.workbooks.marked import write_workbook
from connectors.workbooks.sheets import Line, MarkedSheet
from connectors.workbooks.values import with_values
from schemas.errors import RunError


def written(*sheets: MarkedSheet) -> BytesIO:
    target = BytesIO()
    write_workbook(target, sheets)
    target.seek(0)
    return target


def opened(*sheets: MarkedSheet) -> Any:
    return openpyxl.load_workbook(written(*sheets))


def a_sheet(*lines: Line, **changed: Any) -> MarkedSheet:
    return MarkedSheet(**({"name": "Deals", "headers": ("Name", "Status"), "lines": lines} | changed))


def test_cells_stand_in_their_rows_and_marked_ones_are_coloured() -> None:
    sheet = opened(a_sheet(Line(3, ("x", "wonn"), {1}), Line(7, ("", "y"), {0}), header_row=2))["Deals"]
    cells = {cell.coordinate: cell.value for row in sheet for cell in row if cell.value is not None}
    assert cells == {"A2": "Name", "B2": "Status", "A3": "x", "B3": "wonn", "B7": "y"}
    coloured = [cell.coordinate for row in sheet for cell in row if cell.fill.fgColor.rgb == "FFFFC7CE"]
    assert coloured == ["B3", "A7"]
    assert sheet.freeze_panes == "A3"
    assert sheet.auto_filter.ref == "A2:B7"
    assert sheet["A2"].font.bold


def test_text_stays_text_and_values_stay_values() -> None:
    line: tuple[Any, ...] = ("=1+1", "007", 12, 0.1, -1e-7, date(2026, 12, 31), datetime(2026, 12, 31, 17, 30), True)
    sheet = opened(a_sheet(Line(2, line), headers=[str(n) for n in range(8)]))["Deals"]
    row = list(sheet[2])
    assert [cell.value for cell in row] == [
        *("=1+1", "007", 12, 0.1, -1e-7),
        *(datetime(2026, 12, 31), datetime(2026, 12, 31, 17, 30), True),
    ]
    assert [cell.data_type for cell in row] == ["s", "s", "n", "n", "n", "d", "d", "b"]
    assert row[0].number_format == "@"


def test_comments_choices_and_hidden_lists() -> None:
    sheet = a_sheet(
        Line(2, ("x", "wonn"), {1}), comments=[(2, 1, "why <&>\nfix")], choices={1: ("won", "lost"), 0: ("a & b",)}
    )
    book = opened(sheet)
    assert book["Deals"]["B2"].comment.text == "why <&>\nfix"
    lists = {
        str(one.sqref): (one.formula1, one.showErrorMessage) for one in book["Deals"].data_validations.dataValidation
    }
    assert lists == {"A2:A1048576": ("'Lists'!$A$1:$A$1", False), "B2:B1048576": ("'Lists'!$B$1:$B$2", False)}
    assert book["Lists"].sheet_state == "hidden"
    assert [[cell.value for cell in row] for row in book["Lists"]] == [["a & b", "won"], [None, "lost"]]


def test_the_shapes_of_comments_have_ids_of_their_own_in_the_whole_workbook() -> None:
    comments = [(row, 0, "why") for row in range(2, 1502)]
    with ZipFile(written(a_sheet(comments=comments), a_sheet(name="Rejected", comments=comments))) as archive:
        drawings = [archive.read(f"xl/drawings/vmlDrawing{number}.vml").decode() for number in (1, 2)]
    assert [re.findall(r'data="([\d,]+)"', drawing) for drawing in drawings] == [["1,2"], ["3,4"]]
    ids = [int(found) for drawing in drawings for found in re.findall(r'id="_x0000_s(\d+)"', drawing)]
    assert ids == [*range(1025, 2525), *range(3073, 4573)]


def test_sheets_of_one_name_are_told_apart() -> None:
    long = "A sheet whose name has 31 letter"[:31]
    names = opened(*(a_sheet(name=name) for name in ("Rejected", "REJECTED", "it's", long, long))).sheetnames
    assert names == ["Rejected", "REJECTED 2", "it's", long, f"{long[:28]} 2"]


def test_the_same_sheets_give_the_same_bytes() -> None:
    assert written(a_sheet(Line(2, ("x", "y")))).read() == written(a_sheet(Line(2, ("x", "y")))).read()


def test_what_a_sheet_cannot_hold_is_refused() -> None:
    with pytest.raises(RunError, match="ends at row"):
        written(a_sheet(Line(1_048_577, ("x",))))
    with pytest.raises(RunError, match="The cell A2 has 32,768 characters"):
        written(a_sheet(Line(2, ("x" * 32_768,))))


# NUL and the two that are no characters are replaced or left to others
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"), max_size=20)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.tuples(texts, texts), max_size=8))
def test_any_text_comes_back_equal(tmp_path: Path, lines: list[tuple[str, str]]) -> None:
    path = tmp_path / "deals.xlsx"
    path.write_bytes(written(a_sheet(*(Line(row, line) for row, line in enumerate(lines, start=2)))).read())
    read = []
    for batch in read_table(path).batches:
        cells = zip(*(column.to_pylist() for column in batch.cells.columns), strict=True)
        read += list(zip(batch.row.to_pylist(), cells, strict=True))
    assert read == [(row, line) for row, line in enumerate(lines, start=2) if any(line)]


def test_a_workbook_gives_its_numbers_and_days_where_its_texts_say_the_same(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["B2"], sheet["C2"], sheet["D2"], sheet["E2"], sheet["F2"] = "Name", "n", "day", "text", "other"
    sheet["B3"], sheet["C3"], sheet["D3"], sheet["E3"], sheet["F3"] = "x", 0.25, date(2026, 12, 31), "007", 3
    sheet["B5"], sheet["C5"], sheet["D5"] = "y", -12, datetime(2026, 12, 31, 17, 30)
    book.save(tmp_path / "deals.xlsx")
    rows = [
        (3, ("", "x", "0.25", "2026-12-31", "007", "three")),
        (5, ("", "y", "-12", "2026-12-31T17:30:00", "", "")),
    ]
    assert list(with_values(tmp_path / "deals.xlsx", "Sheet", iter(rows))) == [
        (3, ["", "x", 0.25, date(2026, 12, 31), "007", "three"]),
        (5, ["", "y", -12, datetime(2026, 12, 31, 17, 30), "", ""]),
    ]


def test_texts_stay_where_the_values_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "deals.xlsx").write_bytes(b"PK no workbook")
    rows = [(2, ("x", "1"))]
    assert list(with_values(tmp_path / "deals.xlsx", "Sheet", iter(rows))) == rows
