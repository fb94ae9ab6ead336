"""The XML of one XLSX sheet, row by row: rows as every program writes them are split fast, all others parsed."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TextIO

from connectors.confined import RefusedError
from connectors.workbooks.markup import MAX_WAITING, parse, without_markup
from connectors.workbooks.parsed_rows import Cell, ParsedRows
from connectors.workbooks.rows import MAX_COLUMNS, MAX_ROWS, Fault, Row, Sign

CHUNK = 512 * 1024
KNOWN_SHAPES = 20_000
SHEET_DATA = re.compile(r"<((?:[^\s<>/:]+:)?)sheetData(?:\s[^<>]*?)?(/?)>")
ATTRIBUTE = re.compile(r'([\w:.-]+)="([^"]*)"')
PLACE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
ATTRIBUTES = r'((?: [\w:.-]+="[^"<>&]*")*)'
Convert = Callable[[str], str]


class Form(NamedTuple):
    """How a cell is read: what makes a text of its content, and the currency sign that its format shows beside it."""

    convert: Convert
    sign: str = ""


Former = Callable[[dict[str, str]], Form]


@lru_cache
def _patterns(prefix: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A row's start tag and a cell as they usually are, in a namespace written with this prefix."""
    p = re.escape(prefix)
    row = re.compile(rf'\s*<{p}row r="([1-9]\d{{0,6}})"{ATTRIBUTES} ?>\s*')
    formula = rf"(?:<{p}f{ATTRIBUTES.replace('((', '(?:(', 1)}(?: ?/>|>[^<]*</{p}f>))?"
    inline = rf'<{p}is><{p}t(?: xml:space="preserve")?>([^<]*)</{p}t></{p}is>'
    cell = re.compile(
        rf'<{p}c r="([A-Z]{{1,3}})\d{{1,7}}"{ATTRIBUTES}(?: ?/>|>(?:{formula}<{p}v>([^<]+)</{p}v>|{inline})</{p}c>)'
    )
    return row, cell


class Shape(NamedTuple):
    """What rows with cells of the same places and attributes have in common."""

    positions: list[int]
    convert: list[Convert]
    errors: list[int]
    signs: tuple[Sign, ...]


class SheetXml:
    """The rows of a sheet; `former` tells from the attributes of a cell how it is read."""

    def __init__(self, former: Former) -> None:
        """Nothing is read yet."""
        self.former = former
        self.shapes: dict[tuple[tuple[str, ...], tuple[str, ...]], Shape] = {}
        self.of_attributes: dict[str, Form] = {}
        self.last = 0

    def rows(self, file: TextIO) -> Iterator[Row]:
        """The rows that have cells, in their order."""
        self.last = 0
        chunks = without_markup(iter(lambda: file.read(CHUNK), ""))
        prefix, rest = _start(chunks)
        row_start, cell = _patterns(prefix)
        for piece in _pieces(chunks, prefix, rest):
            if row := self._usual(piece, row_start, cell):
                yield self._in_order(row)
            else:
                yield from map(self._in_order, self._parsed(piece))

    def _in_order(self, row: Row) -> Row:
        if not self.last < row.number <= MAX_ROWS or len(row.cells) > MAX_COLUMNS:
            raise RefusedError(f"is a damaged workbook (row {row.number} after row {self.last})")
        self.last = row.number
        return row

    def _usual(self, piece: str, row_start: re.Pattern[str], cell: re.Pattern[str]) -> Row | None:
        head = row_start.match(piece)
        if not head:
            return None
        parts = cell.split(piece[head.end() : piece.rfind("<")])
        between = parts[0::5]
        if any(between) and any(map(str.strip, between)):
            return None
        letters, attributes, values, inline = parts[1::5], parts[2::5], parts[3::5], parts[4::5]
        shape = self._shape(tuple(letters), tuple(attributes))
        if any(inline):
            values = [value or text for value, text in zip(values, inline, strict=True)]
        while values and values[-1] is None:
            values.pop()
        cells = [""] * (shape.positions[len(values) - 1] + 1 if values else 0)
        for position, convert, value in zip(shape.positions, shape.convert, values, strict=False):
            if value:
                cells[position] = convert(value)
        faults: list[Fault] = []
        if shape.errors:
            kept = [place for place in shape.errors if place < len(values) and values[place]]
            faults = [(shape.positions[place], "error_cell", values[place]) for place in kept]
        hidden = ' hidden="' in head[2] and _hidden(head[2])
        return Row(int(head[1]), cells, faults, hidden, shape.signs)

    def _shape(self, letters: tuple[str, ...], attributes: tuple[str, ...]) -> Shape:
        if shape := self.shapes.get((letters, attributes)):
            return shape
        positions = [_position(letter) for letter in letters]
        if any(left >= right for left, right in pairwise(positions)):
            raise RefusedError(f"is a damaged workbook (cells out of order after row {self.last})")
        told = [dict(ATTRIBUTE.findall(text)) for text in attributes]
        errors = [place for place, cell in enumerate(told) if cell.get("t") == "e"]
        forms = [self._form(text) for text in attributes]
        signs = tuple((place, form.sign) for place, form in zip(positions, forms, strict=True) if form.sign)
        shape = Shape(positions, [form.convert for form in forms], errors, signs)
        if len(self.shapes) >= KNOWN_SHAPES:
            self.shapes.clear()
        return self.shapes.setdefault((letters, attributes), shape)

    def _form(self, attributes: str) -> Form:
        if attributes not in self.of_attributes:
            if len(self.of_attributes) >= KNOWN_SHAPES:
                self.of_attributes.clear()
            self.of_attributes[attributes] = self.former(dict(ATTRIBUTE.findall(attributes)))
        return self.of_attributes[attributes]

    def _parsed(self, piece: str) -> Iterator[Row]:
        found = ParsedRows()
        parse(piece, found)
        for attributes, content in found.rows:
            number = _row_number(attributes, content, self.last)
            cells: dict[int, str] = {}
            faults: list[Fault] = []
            signs: list[Sign] = []
            for cell in content:
                told = cell.attributes.get("r")
                place = PLACE.fullmatch(told) if told is not None else None
                if told is not None and not place:
                    raise RefusedError(f"is a damaged workbook (the cell {told[:20]} has no place)")
                position = _position(place[1].upper()) if place else max(cells, default=-1) + 1
                if position in cells:
                    raise RefusedError(f"is a damaged workbook (a cell stands twice in row {number})")
                cells[position] = self._content(cell, position, faults, signs)
            while cells and not cells[max(cells)]:
                cells.pop(max(cells))
            line = [""] * (max(cells, default=-1) + 1)
            for position, text in cells.items():
                line[position] = text
            if line:
                yield Row(number, line, faults, attributes.get("hidden") in ("1", "true"), tuple(signs))

    def _content(self, cell: Cell, position: int, faults: list[Fault], signs: list[Sign]) -> str:
        kind = cell.attributes.get("t")
        if cell.value or kind == "str" or cell.formula is None:
            attributes = "".join(f' {name}="{cell.attributes[name]}"' for name in ("s", "t") if name in cell.attributes)
            form = self._form(attributes)
            signs += [(position, form.sign)] if form.sign else []
            if kind == "e" and cell.value:
                faults.append((position, "error_cell", cell.value))
            return form.convert(cell.value) if cell.value else ""
        faults.append((position, "formula_without_result", f"={cell.formula}"))
        return f"={cell.formula}"


def _start(chunks: Iterator[str]) -> tuple[str, str | None]:
    """The prefix of the sheet's namespace, and what follows <sheetData>; None if there is nothing in it."""
    waiting = ""
    for chunk in chunks:
        waiting += chunk
        if found := SHEET_DATA.search(waiting):
            return found[1], None if found[2] else waiting[found.end() :]
        if len(waiting) > MAX_WAITING:
            break
    raise RefusedError("is a damaged workbook (a sheet without cells in its XML)")


def _pieces(chunks: Iterator[str], prefix: str, waiting: str | None) -> Iterator[str]:
    """The XML of rows, mostly of one each, to the end of the sheet."""
    if waiting is None:
        return
    row_end, sheet_end = f"</{prefix}row>", f"</{prefix}sheetData"
    while True:
        *whole, waiting = waiting.split(row_end)
        for piece in whole:
            yield piece + row_end
        if len(waiting) > MAX_WAITING:
            raise RefusedError(f"holds a row longer than {MAX_WAITING:,} bytes", "Shorten its cells.")
        if sheet_end in waiting:
            if (last := waiting.partition(sheet_end)[0]).strip():
                yield last
            return
        chunk = next(chunks, "")
        if not chunk:
            raise RefusedError("is a damaged workbook (a sheet ends in the middle)")
        waiting += chunk


def _position(letters: str) -> int:
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - 64
    if position > MAX_COLUMNS:
        raise RefusedError(f"is a damaged workbook (there is no column {letters})")
    return position - 1


def _row_number(attributes: dict[str, str], cells: list[Cell], last: int) -> int:
    told = attributes.get("r", "")
    if not told and cells and (place := PLACE.fullmatch(cells[0].attributes.get("r", ""))):
        told = place[2]
    if not told:
        return last + 1
    if not (told.isascii() and told.isdigit() and len(told) <= 7):
        raise RefusedError(f"is a damaged workbook (there is no row {told[:20]})")
    return int(told)


def _hidden(attributes: str) -> bool:
    return dict(ATTRIBUTE.findall(attributes)).get("hidden") in ("1", "true")
