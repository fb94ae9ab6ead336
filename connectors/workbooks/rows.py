"""The rows and sheets of a workbook as its readers give them, whatever the kind of workbook."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384

Fault = tuple[int, str, str]
"""A cell that is wrong by itself: its position from 0, a problem code, a detail."""


Sign = tuple[int, str]
"""A cell whose number format shows a currency: its position from 0, and the sign or code beside its number."""


class Row(NamedTuple):
    """A row that has cells: its number, its cells from column A to the last, what is wrong with them, their signs."""

    number: int
    cells: list[str]
    faults: list[Fault]
    hidden: bool
    signs: Sequence[Sign] = ()


class Sheet(NamedTuple):
    """A sheet of cells by the name on its tab."""

    name: str
    visible: bool


class Workbook(Protocol):
    """What every kind of workbook can be asked."""

    sheets: list[Sheet]
    epoch_1904: bool
    notes: list[str]

    def rows(self, sheet: int) -> Iterator[Row]:
        """The rows with cells of one sheet, in their order."""
