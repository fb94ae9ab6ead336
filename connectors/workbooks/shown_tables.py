"""Tables in workbooks to look at: their columns and cells, and the room that these take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from textwrap import wrap
from typing import Any

from connectors.workbooks.looks import AS_DAY, AS_TEXT, Looks
from connectors.workbooks.parts import MAX_CELL_CHARACTERS

NARROWEST, WIDEST, ROOM, FILTER_BUTTON = 10, 48, 2, 4
MEASURED_ROWS = 5000
LINE_POINTS, MOST_LINES = 15, 25


@dataclass(frozen=True)
class TableColumn:
    """A column of a table: its heading, and the format of its numbers, days or texts."""

    heading: str
    number_format: str = AS_TEXT

    @property
    def is_numeric(self) -> bool:
        """Whether it holds numbers."""
        return self.number_format not in (AS_TEXT, AS_DAY)

    def shown(self, value: Any) -> str:
        """A value as about as many characters as a cell shows."""
        if value is None:
            return ""
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Decimal | int) and self.is_numeric:
            percent = "%" in self.number_format
            beside = "%" if percent else " USD" if "[$" in self.number_format else ""
            return f"{value * 100 if percent else value:,.2f}{beside}"
        return max(str(value).split("\n"), key=len)


@dataclass(frozen=True)
class Table:
    """Columns and rows of values."""

    columns: Sequence[TableColumn]
    rows: Sequence[Sequence[Any]]


def make_room(sheet: Any, table: Table, top: int, widths: Sequence[int]) -> None:
    """Give rows with texts of several lines the height for them, which not every program does by itself."""
    headings = [column.heading for column in table.columns]
    texts = [place for place, column in enumerate(table.columns) if not column.is_numeric]
    for row, values in enumerate([headings, *table.rows], start=top):
        places = range(len(values)) if row == top else texts
        room = FILTER_BUTTON if row == top else 0
        lines = max((_lines(str(values[place]), widths[place] - room) for place in places if values[place]), default=1)
        if lines > 1:
            sheet.set_row(row, LINE_POINTS * min(lines, MOST_LINES))


def _lines(text: str, width: int) -> int:
    """How many lines a text takes that wraps at a width."""
    if len(text) <= width and "\n" not in text:
        return 1
    return sum(max(1, len(wrap(part, width))) for part in text.splitlines())


def write_table(sheet: Any, looks: Looks, table: Table, top: int, left: int) -> None:
    """Write the headers in a row, and the rows below them, from a column on."""
    formats = [looks.cell(column.number_format) for column in table.columns]
    for place, column in enumerate(table.columns):
        sheet.write_string(top, left + place, held(column.heading), looks.header(numeric=column.is_numeric))
    for row, values in enumerate(table.rows, start=top + 1):
        for place, value in enumerate(values):
            write_cell(sheet, row, left + place, value, formats[place])


def write_cell(sheet: Any, row: int, place: int, value: Any, look: Any) -> None:
    """A text as text, whatever it looks like; a number with the digits that it has."""
    if value is None or value == "":
        sheet.write_blank(row, place, None, look)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, look)
    elif isinstance(value, Decimal | int):
        sheet.write_number(row, place, value, look)
    else:
        sheet.write_string(row, place, held(str(value)), look)


def widths(table: Table, last: Sequence[Any]) -> list[int]:
    """How wide the columns have to be for their headings, their first rows and a last line."""
    found = []
    for place, column in enumerate(table.columns):
        texts = [column.shown(row[place]) for row in table.rows[:MEASURED_ROWS]]
        texts += [column.shown(value) for value in last[place : place + 1]]
        heading = min(len(column.heading), max(map(len, column.heading.split()), default=0) + 8) + FILTER_BUTTON
        found.append(max(NARROWEST, min(WIDEST, max([heading, *(len(text) + ROOM for text in texts)]))))
    return found


def held(text: str) -> str:
    """As much of a text as a cell holds."""
    return text[:MAX_CELL_CHARACTERS]
