"""The cells of an ODS row: their texts, the currencies they are shown in, and what is wrong with them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from connectors.confined import RefusedError
from connectors.workbooks.rows import MAX_COLUMNS, MAX_ROWS, Fault, Sign, Span
from connectors.workbooks.texts import bool_text, iso_text, number_text, percent_text

OPEN = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
OFFICE, STYLE, TABLE, TEXT = (OPEN % name for name in ("office", "style", "table", "text"))
CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
MONEY = ("float", "currency", "string")
CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
TIME = re.compile(r"(-?)PT?(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:[.,](\d+))?S)?", re.ASCII)


def _time(told: str) -> str:
    found = TIME.fullmatch(told)
    if not found or found[1]:
        return told
    hours, minutes, seconds = (int(found[place] or 0) for place in (2, 3, 4))
    whole = hours * 3600 + minutes * 60 + seconds + (found[5] or "0").startswith(tuple("56789"))
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


KINDS: dict[str | None, tuple[str, Callable[[str], str]]] = {
    "float": ("value", number_text),
    "currency": ("value", number_text),
    "percentage": ("value", percent_text),
    "date": ("date-value", iso_text),
    "time": ("time-value", _time),
    "boolean": ("boolean-value", bool_text),
}
"""Where the content of a cell stands, and what makes a text of it."""


def times_of(element: Element, what: str) -> int:
    """How often a row or a column stands there."""
    told = element.get(f"{TABLE}number-{what}-repeated", "1")
    if not (told.isascii() and told.isdigit() and len(told) < 9):
        raise RefusedError(f"is a damaged workbook (it repeats {what} {told[:20]} times)")
    return int(told)


@dataclass
class Line:
    """What stands in a row from column A to its last cell; `spans` are ranges by the number of their rows."""

    cells: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    spans: list[tuple[int, int, int]] = field(default_factory=list)

    def spans_from(self, row: int) -> list[Span]:
        """The ranges of merged cells that begin in the row, if that is its number."""
        return [Span(row, row + rows - 1, first, last) for rows, first, last in self.spans]


def line_of(row: Element, sign_of: Callable[[str | None, int], str]) -> Line:
    """The cells of a row; `sign_of` gives the sign that a style shows, for a cell at a position."""
    line = Line()
    blanks = 0
    for element in row:
        if element.tag not in CELLS:
            continue
        times = times_of(element, "columns")
        text, code = _cell(element)
        if not text:
            blanks += times
            continue
        place = len(line.cells) + blanks
        if place + times > MAX_COLUMNS:
            raise RefusedError(f"has more than {MAX_COLUMNS:,} columns")
        line.cells += [""] * blanks + [text] * times
        if code:
            line.faults += [(place + more, code, text) for more in range(times)]
        elif element.get(f"{OFFICE}value-type") in MONEY:
            told = element.get(f"{OFFICE}currency", "").strip()
            signs = (told or sign_of(element.get(f"{TABLE}style-name"), place + more) for more in range(times))
            line.signs += [(place + more, sign) for more, sign in enumerate(signs) if sign]
        if (rows := _spanned(element, "rows")) > 1:
            line.spans.append((rows, place, place + _spanned(element, "columns") - 1))
        blanks = 0
    return line


def _spanned(element: Element, what: str) -> int:
    """Over how many rows or columns a cell is merged; what is no number tells nothing."""
    told = element.get(f"{TABLE}number-{what}-spanned", "1")
    return min(int(told), MAX_ROWS) if told.isascii() and told.isdigit() and len(told) < 9 else 1


def _cell(cell: Element) -> tuple[str, str]:
    """The text of a cell, and the code of its fault."""
    kind = cell.get(f"{OFFICE}value-type")
    if cell.get(f"{CALC}value-type") == "error":
        return _shown(cell) or "#ERROR!", "error_cell"
    if formula := cell.get(f"{TABLE}formula"):
        shown = _shown(cell)
        if shown in ERRORS or shown.startswith("Err:"):
            return shown, "error_cell"
        if not kind and not shown:
            return f"={formula.partition('=')[2]}", "formula_without_result"
    if kind in KINDS:
        attribute, convert = KINDS[kind]
        return convert(cell.get(f"{OFFICE}{attribute}", "")) or _shown(cell), ""
    told = cell.get(f"{OFFICE}string-value")
    return _shown(cell) if told is None else told, ""


def _shown(cell: Element) -> str:
    """The paragraphs of a cell, without comments on it."""
    return "\n".join("".join(_runs(child)) for child in cell if child.tag == f"{TEXT}p")


def _runs(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == f"{TEXT}s":
            told = child.get(f"{TEXT}c", "1")
            yield " " * (int(told) if told.isascii() and told.isdigit() and len(told) < 6 else 1)
        elif child.tag == f"{TEXT}tab":
            yield "\t"
        elif child.tag == f"{TEXT}line-break":
            yield "\n"
        elif child.tag != f"{OFFICE}annotation":
            yield from _runs(child)
        yield child.tail or ""
