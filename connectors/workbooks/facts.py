"""What the records of a binary workbook tell that its library does not: errors, formats, hidden rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from connectors.workbooks.rows import Span
from connectors.workbooks.shown import Format, Shown

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
"""What Excel shows for the number of an error."""


@dataclass
class Facts:
    """What is known of the cells of a sheet, by their place: row and position from 0.

    `formats` are those of percentages and of money; days are told by the library.
    """

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    formats: dict[tuple[int, int], Format] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    spans: list[Span] = field(default_factory=list)


def telling(formats: Iterable[Format]) -> dict[int, Format]:
    """The formats of styles that are of percentages or of money, by the place of the style."""
    return {place: one for place, one in enumerate(formats) if one.shown == Shown.PERCENT or one.sign}


class Records(Protocol):
    """The records of a binary workbook, of either kind."""

    epoch_1904: bool

    def facts(self, sheet: int) -> Facts:
        """What is known of the cells of one sheet, given by its place in the list of all sheets."""
