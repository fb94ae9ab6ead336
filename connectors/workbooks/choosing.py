"""Which sheet of a workbook is read, and which of its rows holds the headers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.errors import UnknownNameError, UnreadableFileError
from schemas.raw import Fits, ReadAs

HEADER_ROWS = 50  # with cells, in one of which the headers stand, and below which cells may widen the table
FEWEST_HEADERS = 2  # that are known make a row below the first one the row of headers
MORE_COLUMNS = 64  # that have no header, but cells in the first rows, are read too


@dataclass
class Chosen:
    """A sheet by its place, its row of headers, and what is worth telling of the choice."""

    sheet: int
    name: str
    header_row: int
    headers: list[str]
    found: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Head:
    """The first rows of a sheet that may be meant, with their numbers; `above` are the first and last passed over."""

    place: int
    name: str
    above: list[int]
    rows: list[tuple[int, list[str]]]

    def header(self, fits: Fits, header_row: int | None) -> tuple[int, int]:
        """The index of the row of headers among the rows, -1 if there is none, and how many of them are known."""
        spelled = [place for place, (_, cells) in enumerate(self.rows[:HEADER_ROWS]) if any(map(str.strip, cells))]
        if header_row is not None:
            spelled = [place for place in spelled if self.rows[place][0] == header_row]
        if not spelled:
            return -1, 0
        known = {place: fits(self.rows[place][1]) for place in spelled}
        best = max(spelled, key=lambda place: (known[place], -place))
        return (best, known[best]) if known[best] >= FEWEST_HEADERS else (spelled[0], known[spelled[0]])


def choose(path: Path, sheets: Sequence[dict[str, Any]], how: ReadAs, fits: Fits) -> Chosen:
    """The named sheet, else the visible one whose headers are known best, else the first with cells."""
    heads = [
        Head(place, sheet["name"], sheet["above"], [(number, cells) for number, cells in sheet["rows"]])
        for place, sheet in enumerate(sheets)
        if sheet["meant"]
    ]
    if not heads:
        if how.sheet is not None:
            raise UnknownNameError(f"sheet in {path}", how.sheet, [sheet["name"] for sheet in sheets])
        raise UnreadableFileError(path, "has no visible sheet of cells", "Name the sheet to read, or unhide it.")
    filled = [head for head in heads if head.rows] or heads[:1]
    known = [head.header(fits, how.header_row)[1] for head in filled]
    best = max(known) if max(known) >= FEWEST_HEADERS else None
    equal = [head for head, count in zip(filled, known, strict=True) if best is None or count == best]
    chosen = _headers(path, equal[0], how, fits)
    if len(filled) > 1 and how.sheet is None:
        chosen.found["sheet"] = chosen.name
        if best is not None and len(equal) > 1:
            names = ", ".join(f"'{head.name}'" for head in equal)
            chosen.notes.append(f"the headers of the sheets {names} fit equally well; '{chosen.name}' is read")
    return chosen


def width(chosen: Chosen, rows: Sequence[tuple[int, list[str]]]) -> int:
    """How many columns are read: those with headers, and some more if the first rows have cells there."""
    below = [len(cells) for number, cells in rows if number >= chosen.header_row]
    widest = max(below[: HEADER_ROWS + 1])
    return widest if widest <= len(chosen.headers) + MORE_COLUMNS else len(chosen.headers)


def _headers(path: Path, head: Head, how: ReadAs, fits: Fits) -> Chosen:
    place, _ = head.header(fits, how.header_row)
    if place < 0:
        where = f"has no row of headers in sheet '{head.name}'"
        if how.header_row is None:
            raise UnreadableFileError(path, where, "Write the headers into its first row.")
        why = f"has no headers in row {how.header_row} of sheet '{head.name}'"
        raise UnreadableFileError(path, why, "Name the row that holds the headers.")
    number, headers = head.rows[place]
    chosen = Chosen(head.place, head.name, number, headers)
    if number != 1:
        chosen.found["header_row"] = f"{number}"
    if above := [*head.above, *(row for row, _ in head.rows[:place])]:
        which = f"row {above[0]} stands" if len(above) == 1 else f"rows {above[0]} to {above[-1]} stand"
        chosen.notes.append(f"{which} above the headers and {'was' if len(above) == 1 else 'were'} left out")
    return chosen
