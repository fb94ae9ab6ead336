"""ODS workbooks, as LibreOffice and Google Sheets write them."""

import re
from collections.abc import Callable, Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.parsers import expat

from connectors.confined import RefusedError
from connectors.workbooks.packages import Package
from connectors.workbooks.rows import MAX_COLUMNS, MAX_ROWS, Fault, Row, Sheet
from connectors.workbooks.texts import bool_text, iso_text, number_text, percent_text

OPEN = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
OFFICE, STYLE, TABLE, TEXT = (OPEN % name for name in ("office", "style", "table", "text"))
CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
MAX_REPEATED = 5_000_000  # cells that repetition may make of a small file
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


class Ods:
    """A workbook of OpenDocument; numbers of days stand in it as days, so there is no epoch to know."""

    epoch_1904 = False

    def __init__(self, package: Package) -> None:
        """Its list of sheets; the cells wait until they are asked for."""
        self.package = package
        self.notes: list[str] = []
        self.sheets: list[Sheet] = []
        if "META-INF/manifest.xml" in package:
            with package.open("META-INF/manifest.xml") as manifest:
                if b"encryption-data" in manifest.read():
                    raise RefusedError("is protected by a password", "Save it without a password.")
        self._list_sheets()

    def _list_sheets(self) -> None:
        """Only the tags of tables and styles count here; a parser that builds no elements is three times as fast."""
        hidden: set[str | None] = set()
        style: str | None = None
        of_style, of_tables, of_table = f"{STYLE[1:]}style", f"{STYLE[1:]}table-properties", f"{TABLE[1:]}table"

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal style
            if name == of_style:
                style = attributes.get(f"{STYLE[1:]}name")
            elif name == of_tables and attributes.get(f"{TABLE[1:]}display") == "false":
                hidden.add(style)
            elif name == of_table:
                shown = attributes.get(f"{TABLE[1:]}style-name") not in hidden
                self.sheets.append(Sheet(attributes.get(f"{TABLE[1:]}name", ""), shown))

        parser = expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler = start
        with self.package.open("content.xml") as file:
            parser.ParseFile(file)

    def rows(self, sheet: int) -> Iterator[Row]:
        """The rows with cells of one sheet, in their order."""
        place, number, made = -1, 0, 0
        inside: list[int] = []  # tables, for there can be some in the cells of others
        for event, element in self._events():
            if element.tag == f"{TABLE}table":
                if event == "start":
                    place += 1
                    inside.append(place)
                elif inside.pop() == sheet:
                    return
            elif event == "end" and element.tag == f"{TABLE}table-row":
                if inside[-1:] == [sheet]:
                    times = _times(element, "rows")
                    cells, faults = _cells(element)
                    made += max(0, times * len(cells) - len(element))
                    if cells and (number + times > MAX_ROWS or made > MAX_REPEATED):
                        raise RefusedError("repeats cells more often than a spreadsheet has room for")
                    hidden = element.get(f"{TABLE}visibility", "visible") != "visible"
                    for more in range(times if cells else 0):
                        yield Row(number + more + 1, list(cells), faults, hidden)
                    number += times
                element.clear()

    def _events(self) -> Iterator[tuple[str, Element]]:
        with self.package.open("content.xml") as file:
            yield from ElementTree.iterparse(file, ("start", "end"))


def _times(element: Element, what: str) -> int:
    told = element.get(f"{TABLE}number-{what}-repeated", "1")
    if not (told.isascii() and told.isdigit() and len(told) < 9):
        raise RefusedError(f"is a damaged workbook (it repeats {what} {told[:20]} times)")
    return int(told)


def _cells(row: Element) -> tuple[list[str], list[Fault]]:
    cells: list[str] = []
    faults: list[Fault] = []
    blanks = 0
    for element in row:
        if element.tag not in CELLS:
            continue
        times = _times(element, "columns")
        text, code = _cell(element)
        if not text:
            blanks += times
            continue
        if len(cells) + blanks + times > MAX_COLUMNS:
            raise RefusedError(f"has more than {MAX_COLUMNS:,} columns")
        cells += [""] * blanks
        if code:
            faults += [(len(cells) + more, code, text) for more in range(times)]
        cells += [text] * times
        blanks = 0
    return cells, faults


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
