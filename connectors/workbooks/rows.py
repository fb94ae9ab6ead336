"""The rows and sheets of a workbook as its readers give them, whatever the kind of workbook."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384

Fault = tuple[int, str, str]
"""A cell that is wrong by itself: its position from 0, a problem code, a detail."""


Sign = tuple[int, str]
"""A cell whose format shows a currency beside numbers: its position from 0, and the sign or code."""


class Span(NamedTuple):
    """A range of merged cells: its first and last row, from 1, and its first and last position, from 0."""

    first_row: int
    last_row: int
    first: int
    last: int

    def address(self) -> str:
        """The range as spreadsheets write it: B4:B6."""
        from connectors.files import column_letters  # it imports Arrow, which the child process does without at first

        return f"{column_letters(self.first)}{self.first_row}:{column_letters(self.last)}{self.last_row}"


class Row(NamedTuple):
    """A row that has cells: its number, its cells from column A to the last, what is wrong with them, their signs.

    `spans` are the ranges of merged cells that begin in the row and go down from there.
    """

    number: int
    cells: list[str]
    faults: list[Fault]
    hidden: bool
    signs: Sequence[Sign] = ()
    spans: Sequence[Span] = ()


class Sheet(NamedTuple):
    """A sheet of cells by the name on its tab."""

    name: str
    visible: bool


class Workbook(Protocol):
    """What every kind of workbook can be asked."""

    sheets: list[Sheet]
    epoch_1904: bool
    notes: list[str]

    def rows(self, sheet: int, *, merged: bool = False) -> Iterator[Row]:
        """The rows with cells of one sheet, in their order; only where it is asked for, with their merged cells."""
