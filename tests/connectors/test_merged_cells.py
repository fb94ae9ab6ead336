"""Cells merged over several rows: the blank ones below a value are faults, nothing else is."""

from pathlib import Path

import pytest

from connectors.workbooks import merged
from schemas.errors import UnreadableFileError
from schemas.raw import CellFault
from tests.workbooks import header, ods, ods_row, read, xlsx


def text(address: str, value: str) -> str:
    return f'<c r="{address}" t="inlineStr"><is><t>{value}</t></is></c>'


def sheet(path: Path, *ranges: str, rows: str = "", form: str = '<mergeCell ref="{}"/>') -> Path:
    """Accounts in B2 and B5, names in every row from 2 to 7; the ranges stand behind all cells."""
    lines = "".join(
        f'<row r="{row}">{text(f"A{row}", "deal")}{text(f"B{row}", "Harbor") if row in (2, 5) else ""}</row>'
        for row in range(2, 8)
    )
    told = "".join(form.format(one) for one in ranges)
    end = f"</sheetData><mergeCells>{told}</mergeCells><sheetData>"
    return xlsx(path, header("Name", "Account") + (rows or lines) + end)


def faults(path: Path) -> list[tuple[int, int, str]]:
    found = read(path)[2]
    assert {fault.code for fault in found} <= {"merged_cell"}
    return [(fault.row, fault.position, fault.detail) for fault in found]


def test_a_blank_cell_below_a_filled_one_names_the_range(tmp_path: Path) -> None:
    path = sheet(tmp_path / "deals.xlsx", "B2:B4", "B5:C6")
    assert faults(path) == [(3, 1, "B2:B4"), (4, 1, "B2:B4"), (6, 1, "B5:C6")]
    assert [cells for _, cells in read(path)[1]][:2] == [("deal", "Harbor"), ("deal", "")]


@pytest.mark.parametrize(
    "range_",
    [
        *("B1:B4", "A1:B7"),  # from the headers down
        *("B2:C2", "A3:B3"),  # to the right alone
        *("B3:B4", "B7:B9"),  # nothing in it
        *("A2:A7",),  # covered cells that hold something, as some programs leave them
        *("B4:B2", "B2:B1048577", "b2:b4", "B2", "XFE1:XFE9"),  # no range
    ],
)
def test_other_merged_cells_take_nothing_from_a_row(tmp_path: Path, range_: str) -> None:
    assert faults(sheet(tmp_path / "deals.xlsx", range_)) == []


@pytest.mark.parametrize(
    "form", ["<mergeCell ref='{}'/>", '<x:mergeCell ref = "{}"></x:mergeCell>', '<mergeCell uid="1"\n ref="{}" />']
)
def test_ranges_may_be_written_in_other_ways(tmp_path: Path, form: str) -> None:
    assert faults(sheet(tmp_path / "deals.xlsx", "B2:B3", form=form)) == [(3, 1, "B2:B3")]


def test_ranges_are_found_across_the_pieces_in_which_a_sheet_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sheet(tmp_path / "deals.xlsx", "B2:B3", "B5:B6")
    from connectors.workbooks.packages import Package

    for size in range(1, 80):
        monkeypatch.setattr(merged, "CHUNK", size)
        with path.open("rb") as file, Package(file).open("xl/worksheets/sheet1.xml") as part:
            assert [span.address() for span in merged.spans_of_xml(part)] == ["B2:B3", "B5:B6"]


def test_ranges_that_overlap_without_end_are_refused(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{row}">{text(f"A{row}", "a")}{text(f"B{row}", "b")}</row>' for row in range(2, 5))
    path = sheet(tmp_path / "deals.xlsx", *["B2:B9"] * 17_000, rows=rows)
    with pytest.raises(UnreadableFileError, match="its merged cells overlap in row 2"):
        read(path)


def test_an_ods_workbook_tells_the_same(tmp_path: Path) -> None:
    down = '<table:table-cell table:number-rows-spanned="2" office:value-type="float" office:value="5"/>'
    odd = down.replace('spanned="2"', 'spanned="many"')
    covered = "<table:covered-table-cell/>"
    lines = [ods_row("Name", down), ods_row("a", covered), ods_row("b", down), ods_row("c", covered)]
    lines += [ods_row("d", odd), ods_row("e", covered)]
    path = ods(tmp_path / "deals.ods", f'<table:table table:name="Deals">{"".join(lines)}</table:table>')
    assert read(path)[2] == [CellFault(4, 1, "merged_cell", "B3:B4")]
