"""Binary workbooks, XLS and XLSB, whose cells calamine reads."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any, BinaryIO

from connectors.confined import RefusedError
from connectors.workbooks.biff import Biff
from connectors.workbooks.biff12 import Biff12
from connectors.workbooks.facts import Facts, Records
from connectors.workbooks.merged import by_first_row
from connectors.workbooks.ole import Ole
from connectors.workbooks.packages import Package
from connectors.workbooks.rows import MAX_COLUMNS, MAX_ROWS, Fault, Row, Sheet, Sign
from connectors.workbooks.shown import Shown
from connectors.workbooks.texts import number_text, percent_text

HALF_A_SECOND = timedelta(milliseconds=500)


class Binary:
    """A workbook that is no text inside; what calamine does not tell is read from their records."""

    def __init__(self, file: BinaryIO, records: Records) -> None:
        """Its list of sheets."""
        from python_calamine import CalamineError, SheetTypeEnum, SheetVisibleEnum, load_workbook

        self.records = records
        self.epoch_1904 = records.epoch_1904
        self.notes: list[str] = []
        try:
            file.seek(0)
            self.workbook = load_workbook(file)
        except CalamineError as error:
            raise RefusedError(f"is a damaged workbook ({error})") from error
        told = list(enumerate(self.workbook.sheets_metadata))
        self.places = [place for place, sheet in told if sheet.typ == SheetTypeEnum.WorkSheet]
        self.sheets = [
            Sheet(sheet.name, sheet.visible == SheetVisibleEnum.Visible)
            for _, sheet in told
            if sheet.typ == SheetTypeEnum.WorkSheet
        ]

    def rows(self, sheet: int, *, merged: bool = False) -> Iterator[Row]:
        """The rows with cells of one sheet, in their order, with their merged cells where asked for."""
        from python_calamine import CalamineError

        place = self.places[sheet]
        facts = self.records.facts(place)
        spans = by_first_row(iter(facts.spans)) if merged else {}
        try:
            found = self.workbook.get_sheet_by_name(self.sheets[sheet].name)
        except CalamineError as error:
            raise RefusedError(f"has a sheet '{self.sheets[sheet].name}' that cannot be read ({error})") from error
        indent = [""] * (found.start[1] if found.start else 0)
        errors: dict[int, dict[int, str]] = {}
        for (row, position), text in facts.errors.items():
            _require_room(row, position)
            errors.setdefault(row, {})[position] = text
        if found.end:
            _require_room(*found.end)
        number = -1
        for number, line in enumerate(found.iter_rows()):
            cells = [*indent, *map(_text, line)]
            signs = list(_formatted(number, cells, facts)) if facts.formats else []
            read = _row(number, cells, errors.get(number, {}), facts)
            yield read._replace(signs=signs, spans=spans.get(number + 1, ()))
        for more in sorted(row for row in errors if row > number):
            yield _row(more, [], errors[more], facts)


def open_xls(file: BinaryIO) -> Binary:
    """The workbook of Excel 97-2003 in a file."""
    return Binary(file, Biff(Ole(file.read()).stream("Workbook", "Book")))


def open_xlsb(file: BinaryIO, package: Package) -> Binary:
    """The binary workbook of Excel 2007 and later in a file."""
    return Binary(file, Biff12(package))


def _require_room(row: int, position: int) -> None:
    if row >= MAX_ROWS or position >= MAX_COLUMNS:
        raise RefusedError(f"is a damaged workbook (it has a cell in row {row + 1:,}, column {position + 1:,})")


def _formatted(number: int, cells: list[str], facts: Facts) -> Iterator[Sign]:
    """Make percentages of the cells that are shown as such; gives the signs of those that are shown as money."""
    for position, cell in enumerate(cells):
        if cell and (shown := facts.formats.get((number, position))):
            if shown.shown == Shown.PERCENT:
                cells[position] = percent_text(cell)
            else:
                yield position, shown.sign


def _row(number: int, cells: list[str], errors: dict[int, str], facts: Facts) -> Row:
    faults: list[Fault] = []
    for position, text in sorted(errors.items()):
        cells += [""] * (position + 1 - len(cells))
        cells[position] = text
        faults.append((position, "error_cell", text))
    return Row(number + 1, cells, faults, number in facts.hidden)


def _text(value: Any) -> str:
    """What calamine found in a cell, as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return number_text(str(int(value)) if value == value // 1 else repr(value))
    if isinstance(value, datetime):
        moment = (value + HALF_A_SECOND).replace(microsecond=0)
        return moment.date().isoformat() if moment.time() == time() else moment.isoformat()
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{value}"  # a date or a time
