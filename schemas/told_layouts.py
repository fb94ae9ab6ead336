"""The layout of a file as a whole: what files that dealport handed out tell of it, else what their headers do."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import chain

from schemas.errors import RunError
from schemas.folding import folded
from schemas.mapping import PROBLEM_HEADER, Mapping, match_headers
from schemas.raw import RawTable
from schemas.recognition import (
    Cells,
    Recognised,
    headers_known,
    is_enough,
    known_headers,
    known_layouts,
    recognise,
)

LAYOUT = "dealport layout"
"""The property in which a workbook that dealport wrote names its layout."""
TellsLayout = Callable[[str], str]
"""What gives the name of a layout that a cell of the Problem column tells, or ''."""
PROBLEM = folded(PROBLEM_HEADER)
PEEKED_ROWS = 1000


def _nothing(_cell: str) -> str:
    return ""


def recognise_table(raw: RawTable, file_name: str, told_by: TellsLayout = _nothing) -> tuple[RawTable, Recognised]:
    """The mapping of a raw table by its recognised layout, and the table as if nothing had been read of it.

    Files that dealport handed out may tell their layout: a workbook to fill in by a property, rejected rows by cells of
    their Problem column, of which `told_by` gives the name of the layout, or ''.
    """
    cells, raw = _peeked(raw)
    names = {told_by(cell) for header, column in cells.items() if folded(header) == PROBLEM for cell in column} - {""}
    by_word = _told_by_problems(raw.headers, names) or _told_by_workbook(raw.headers, raw.properties.get(LAYOUT, ""))
    return raw, by_word or recognise(raw.headers, file_name, cells)


def _peeked(raw: RawTable) -> tuple[Cells, RawTable]:
    """The cells of the first rows that signatures ask for, and the raw table as if nothing had been read of it."""
    first = next(raw.batches, None)
    if first is None:
        return {}, raw
    asked = {header for layout in known_layouts() for signature in layout.recognise for header in signature.cells}
    cells = {
        header: first.cells.column(position)[:PEEKED_ROWS].to_pylist()
        for position, header in enumerate(raw.headers)
        if folded(header) in {*asked, PROBLEM}
    }
    return cells, replace(raw, batches=chain([first], raw.batches))


def _told_by_problems(headers: Sequence[str], names: Collection[str]) -> Recognised | None:
    """The mapping of the layout that rejected rows tell, if they agree."""
    found = [layout for layout in known_layouts() if layout.name in names]
    if len(found) != 1:
        return None
    return Recognised(match_headers(found[0], headers), "its Problem column names it")


def _told_by_workbook(headers: Sequence[str], name: str) -> Recognised | None:
    """The mapping of the layout that a workbook names, unless others know more of what its headers have become."""
    layout = next((layout for layout in known_layouts() if layout.name == name), None)
    if layout is None or headers_known(layout, headers) < known_headers(headers) or not is_enough(layout, headers):
        return None
    return Recognised(match_headers(layout, headers), "the workbook says that it is a template of it")


def shows_layout(mapping: Mapping) -> bool:
    """Whether headers alone tell the layout of a mapping, or it is one that nothing in a file can tell."""
    if mapping.layout not in known_layouts():
        return True
    try:
        return recognise(mapping.headers).mapping.layout == mapping.layout
    except RunError:
        return False
