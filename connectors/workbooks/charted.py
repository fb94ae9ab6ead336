"""Workbooks to look at: a cover that leads to its sheets, and on each a table with its total, remarks and a chart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from textwrap import wrap
from typing import Any, BinaryIO

from connectors.workbooks.charts import DATA, SheetChart, draw
from connectors.workbooks.looks import AS_TEXT, Looks
from connectors.workbooks.package_parts import quoted, sheet_names
from connectors.workbooks.parts import MAX_ROWS
from connectors.workbooks.shown_tables import Table, held, make_room, widths, write_cell, write_table
from schemas.errors import RunError

COVER = "Cover"
HEADER_ROW = 4
"""Of a sheet, counted from 0: above it are its title, what it tells, and of when."""
WIDE, SHORT = 100, 30
"""A table that is wider than so many characters, and has no more rows, has its chart below it, not beside it."""
SHORTEST_LINE, LONGEST_LINE = 50, 100
"""A remark is as long as its table is wide, within these limits: the chart beside it hides what is longer."""


@dataclass(frozen=True)
class Sheet:
    """A sheet: what it is called, what it tells, its table with a last line, remarks below it, and its chart."""

    name: str
    told: Sequence[str]
    table: Table
    last: Sequence[Any] = ()
    remarks: Sequence[str] = ()
    chart: SheetChart | None = None


@dataclass(frozen=True)
class Cover:
    """The first sheet: a title, labels with one or more lines of each, and the day that the workbook is from."""

    title: str
    facts: Sequence[tuple[str, str]]
    day: date
    maker: str


def write_charted(target: BinaryIO, cover: Cover, sheets: Sequence[Sheet]) -> None:
    """Write the cover and the sheets; the same gives the same bytes."""
    from xlsxwriter import Workbook

    for sheet in sheets:
        if _last_row(sheet) >= MAX_ROWS:
            why = f"{sheet.name} has {len(sheet.table.rows):,} rows; an XLSX sheet has {MAX_ROWS:,} in all."
            raise RunError(why, "Ask for less, or take the format csv or json.")
    book = Workbook(target)
    book.set_properties({"title": cover.title, "author": cover.maker, "created": datetime.combine(cover.day, time.min)})
    book.set_size(2400, 1400)
    looks = Looks(book)
    first, *names, data = sheet_names([COVER, *(sheet.name for sheet in sheets), DATA])
    named = dict(zip(names, sheets, strict=True))
    _write_cover(book.add_worksheet(first), looks, cover, named)
    for name, sheet in named.items():
        _write_sheet(book.add_worksheet(name), looks, sheet)
    _write_charts(book, looks, named, data)
    book.close()


def _write_charts(book: Any, looks: Looks, sheets: dict[str, Sheet], data: str) -> None:
    """Draw the charts; what they show that is on no sheet in that form stands side by side on a hidden one."""
    if any(sheet.chart and sheet.chart.data for sheet in sheets.values()):
        book.add_worksheet(data).hide()
    left = 0
    for name, sheet in sheets.items():
        if sheet.chart is None:
            continue
        place, table = (name, HEADER_ROW, 0), sheet.table
        if sheet.chart.data:
            place, table = (data, 0, left), sheet.chart.data
            write_table(book.get_worksheet_by_name(data), looks, table, 0, left)
            left += len(table.columns) + 1
        chart, told = draw(book, sheet.chart, table, place), {"description": sheet.chart.title}
        book.get_worksheet_by_name(name).insert_chart(*_free_place(sheet), chart, told)


def _write_cover(sheet: Any, looks: Looks, cover: Cover, sheets: dict[str, Sheet]) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 84)
    sheet.set_column(2, 2, 12)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, cover.title, looks.title)
    row = 2
    for label, told in cover.facts:
        sheet.write_string(row, 0, label, looks.label)
        for line in told.splitlines():
            sheet.write_string(row, 1, held(line), looks.cell(AS_TEXT))
            row += 1
    row += 1
    for place, heading in enumerate(("Sheet", "Question", "Rows")):
        sheet.write_string(row, place, heading, looks.header(numeric=heading == "Rows"))
    for name, one in sheets.items():
        row += 1
        sheet.write_url(row, 0, f"internal:{quoted(name)}!A1", looks.link, name)
        sheet.write_string(row, 1, held(one.told[0]), looks.cell(AS_TEXT))
        sheet.write_number(row, 2, len(one.table.rows), looks.cell("#,##0"))
    _prints_well(sheet)


def _write_sheet(sheet: Any, looks: Looks, told: Sheet) -> None:
    table = told.table
    sheet.hide_gridlines(2)
    sheet.set_row(0, 26)
    sheet.write_string(0, 0, told.name, looks.title)
    for row, text in enumerate(told.told[: HEADER_ROW - 2], start=1):
        sheet.write_string(row, 0, held(text), looks.quiet)
    room = widths(table, told.last)
    for place, width in enumerate(room):
        sheet.set_column(place, place, width)
    make_room(sheet, table, HEADER_ROW, room)
    write_table(sheet, looks, table, HEADER_ROW, 0)
    bottom = HEADER_ROW + len(table.rows)
    if table.rows:
        sheet.autofilter(HEADER_ROW, 0, bottom, len(table.columns) - 1)
        banded = {"type": "formula", "criteria": f"=MOD(ROW()-{HEADER_ROW},2)=1", "format": looks.band}
        sheet.conditional_format(HEADER_ROW + 1, 0, bottom, len(table.columns) - 1, banded)
    if told.last:
        for place, (column, value) in enumerate(zip(table.columns, told.last, strict=True)):
            write_cell(sheet, bottom + 1, place, value, looks.cell(column.number_format, last=True))
    for row, text in _remark_rows(told):
        sheet.write_string(row, 0, text, looks.quiet)
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    sheet.repeat_rows(HEADER_ROW)
    _prints_well(sheet)


def _remark_rows(told: Sheet) -> Iterator[tuple[int, str]]:
    row = HEADER_ROW + len(told.table.rows) + 2 + bool(told.last)
    most = max(SHORTEST_LINE, min(LONGEST_LINE, sum(widths(told.table, told.last)))) if told.remarks else 0
    for remark in told.remarks:
        for line in wrap(remark, most) or [""]:
            yield row, line
            row += 1


def _last_row(told: Sheet) -> int:
    below = HEADER_ROW + len(told.table.rows) + bool(told.last)
    return max([below, *(row for row, _ in _remark_rows(told))])


def _free_place(told: Sheet) -> tuple[int, int]:
    """Where the chart goes: beside the table, or below it where that is wide and short."""
    if sum(widths(told.table, told.last)) > WIDE and len(told.table.rows) <= SHORT:
        return _last_row(told) + 2, 0
    return HEADER_ROW, len(told.table.columns) + 1


def _prints_well(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&R&P / &N")
