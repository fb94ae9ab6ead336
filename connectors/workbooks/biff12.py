"""The records of an XLSB workbook, read for what its library does not tell."""

import posixpath
import struct
from collections.abc import Iterator

from connectors.confined import RefusedError
from connectors.workbooks.facts import ERRORS, Facts, telling
from connectors.workbooks.packages import Package
from connectors.workbooks.rows import Span
from connectors.workbooks.shown import BUILT_IN, Format, format_of

BOOK_PROPERTIES, SHEET, FORMAT, STYLE, STYLES, STYLES_END = 153, 156, 44, 47, 617, 618
ROW, CELL_ERROR, FORMULA_ERROR = 0, 3, 11
CELLS = range(1, 12)  # blank, RK number, error, truth, number, text, shared text, and four of formulas
MERGED = 176
HIDDEN = 0x10


class Biff12:
    """An XLSB workbook's parts, which are streams of records."""

    def __init__(self, package: Package) -> None:
        """Read what holds for all sheets."""
        self.package = package
        self.epoch_1904 = False
        targets = {
            element.get("Id", ""): element.get("Target", "")
            for element in package.elements("xl/_rels/workbook.bin.rels")
        }
        self.parts: list[str] = []
        for kind, body in self._records("xl/workbook.bin"):
            if kind == BOOK_PROPERTIES and body:
                self.epoch_1904 = bool(body[0] & 1)
            elif kind == SHEET:
                target = targets.get(_text(body, 8), "")
                self.parts.append(posixpath.normpath(posixpath.join("/xl", target)).lstrip("/"))
        self.formats = telling(self._formats()) if "xl/styles.bin" in package else {}

    def facts(self, sheet: int) -> Facts:
        """What is known of the cells of one sheet."""
        found = Facts()
        row = -1
        for kind, body in self._records(self.parts[sheet]):
            if kind == ROW and len(body) >= 12:
                row = struct.unpack_from("<I", body)[0]
                if body[11] & HIDDEN:
                    found.hidden.add(row)
            elif kind in CELLS and len(body) >= 8:
                position, style = struct.unpack_from("<II", body)
                if shown := self.formats.get(style & 0xFFFFFF):
                    found.formats[row, position] = shown
                if kind in (CELL_ERROR, FORMULA_ERROR) and len(body) >= 9:
                    found.errors[row, position] = ERRORS.get(body[8], "#ERROR!")
            elif kind == MERGED and len(body) >= 16:
                top, bottom, first, last = struct.unpack_from("<4I", body)
                found.spans.append(Span(top + 1, bottom + 1, first, last))
        return found

    def _formats(self) -> Iterator[Format]:
        """The format of each style of cells, which stand between two marks."""
        formats = dict(BUILT_IN)
        of_cells = False
        for kind, body in self._records("xl/styles.bin"):
            if kind == FORMAT and len(body) >= 6:
                formats[struct.unpack_from("<H", body)[0]] = format_of(_text(body, 2))
            elif kind == STYLES:
                of_cells = True
            elif kind == STYLES_END:
                return
            elif kind == STYLE and of_cells and len(body) >= 4:
                yield formats.get(struct.unpack_from("<H", body, 2)[0], Format())

    def _records(self, part: str) -> Iterator[tuple[int, bytes]]:
        if part not in self.package:
            raise RefusedError(f"is a damaged workbook (it has no {part})")
        data = self.package.binary(part)
        place = 0
        while place < len(data):
            kind = data[place]
            place += 1
            if kind & 0x80 and place < len(data):
                kind = kind & 0x7F | data[place] << 7
                place += 1
            length = 0
            for shift in (0, 7, 14, 21):
                more = data[place] if place < len(data) else 0
                place += 1
                length |= (more & 0x7F) << shift
                if not more & 0x80:
                    break
            yield kind, data[place : place + length]
            place += length


def _text(body: bytes, start: int) -> str:
    if len(body) < start + 4:
        return ""
    length = struct.unpack_from("<I", body, start)[0]
    return body[start + 4 : start + 4 + 2 * length].decode("utf-16-le", "replace")
