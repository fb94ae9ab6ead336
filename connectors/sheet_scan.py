"""The XML of one sheet, scanned for what a reader would choke on or read as blank."""

import re
from collections.abc import Iterator
from pathlib import Path

from schemas.errors import UnreadableFileError

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
MAX_CELLS = 40_000_000  # 32 bytes each in the memory of the reader, blank or not: 1.3 GB
MAX_ROW_BYTES = 64 * 1024 * 1024
FAULTS_NAMED = 5


def _tag(names: bytes, rest: bytes) -> re.Pattern[bytes]:
    """A start tag, whatever its namespace prefix."""
    return re.compile(rb"<(?:[^\s<>/:]+:)?(?:" + names + rb")(?=[\s>/])" + rest)


# Cells without content (<c r="A1" s="2"/>) take no room; a writer may leave out where rows and cells are.
SHEET_DATA = re.compile(rb"<([^\s<>/:]+:)?sheetData[\s>/]")
ROW_START = _tag(b"row", b"")
ROW = _tag(b"row", rb"""[^>]*?\sr\s*=\s*["'](\d+)""")
CELL = _tag(b"c", rb"""[^>]*?\sr\s*=\s*["']([A-Za-z]+)(\d+)["'][^>]*(?<!/)>""")
OTHER_CELL = _tag(b"c", rb"(?!\sr=)")  # quick to find: does not begin as usual
UNPLACED_CELL = _tag(b"c", rb"(?![^>]*\sr\s*=)")
# The other patterns take the first > for the end of a tag, which this one shows to be wrong: <c x=">" r="B2">
TRICK = _tag(b"c|row", rb"""[^>"']*+(?:(?:"[^">]*+"|'[^'>]*+')[^>"']*+)*+["']""")
ERROR = _tag(b"c", rb"""([^>]*\st\s*=\s*["']e["'][^>]*)>""")
FORMULA = _tag(b"f", b"")
NO_RESULT = _tag(
    b"c",
    rb"([^>]*)>\s*<(?:[^\s<>/:]+:)?f(?=[\s>/])[^>]*?(?:/>|>[^<]*</[^<>]*>)"
    rb"\s*(?:<(?:[^\s<>/:]+:)?v\s*/>|<(?:[^\s<>/:]+:)?v>\s*</[^<>]*>)?\s*</(?:[^\s<>/:]+:)?c\s*>",
)
PLACE = re.compile(rb"""\sr\s*=\s*["'](\w+)["']""")
TEXT = re.compile(rb"""\st\s*=\s*["']str["']""")  # a formula whose result is the empty text


class SheetScan:
    """What stands in the cells of one sheet, as far as it must be known before reading."""

    def __init__(self, path: Path, sheet: str) -> None:
        self.path, self.sheet = path, sheet
        self.left, self.right, self.top, self.bottom = MAX_COLUMNS, 1, MAX_ROWS, 1
        self.unplaced_rows = self.unplaced_cells = 0
        self.errors = _Faults()
        self.without_result = _Faults()

    def read(self, chunks: Iterator[bytes]) -> None:
        """Look at every cell, whole rows at a time."""
        waiting, row_end = b"", b""
        for chunk in chunks:
            waiting += chunk
            if not row_end and (found := SHEET_DATA.search(waiting)):
                row_end = b"</" + (found[1] or b"") + b"row>"
            whole = waiting.rfind(row_end) + len(row_end) if row_end and row_end in waiting else 0
            self._look_at(waiting[:whole])
            waiting = waiting[whole:]
            if len(waiting) > MAX_ROW_BYTES:
                why = f"holds a row longer than {MAX_ROW_BYTES:,} bytes in sheet '{self.sheet}'"
                raise UnreadableFileError(self.path, why, "Shorten its cells.")
        self._look_at(waiting)
        self._refuse_wide_ranges()
        self._refuse_faults()

    def _look_at(self, xml: bytes) -> None:
        if TRICK.search(xml):
            why = f"holds what no spreadsheet writes in sheet '{self.sheet}'"
            raise UnreadableFileError(self.path, why, "Do not trust it.")
        cells = CELL.findall(xml)
        columns = {_position(letters) for letters in {letters for letters, _ in cells}}
        rows = {_row(digits) for digits in {digits for _, digits in cells}}
        if OTHER_CELL.search(xml):
            pieces = ROW_START.split(xml)
            self.unplaced_rows += len(pieces) - 1
            self.unplaced_cells = max(self.unplaced_cells, *(len(UNPLACED_CELL.findall(row)) for row in pieces))
            rows |= {_row(digits) for digits in ROW.findall(xml)}
        self.left, self.right = min(self.left, *columns, MAX_COLUMNS), max(self.right, *columns, 1)
        self.top, self.bottom = min(self.top, *rows, MAX_ROWS), max(self.bottom, *rows, 1)
        if b'"e"' in xml or b"'e'" in xml:
            self.errors.add(ERROR.findall(xml))
        if FORMULA.search(xml):
            self.without_result.add([cell for cell in NO_RESULT.findall(xml) if not TEXT.search(cell)])

    def _refuse_wide_ranges(self) -> None:
        """A cell far out makes a reader keep room for all the cells before it, until memory is gone."""
        if self.unplaced_cells:
            self.left = self.top = 1
        wide = max(1, self.right - self.left + 1) + self.unplaced_cells
        high = max(1, self.bottom - self.top + 1) + self.unplaced_rows
        if wide * high > MAX_CELLS or self.bottom > MAX_ROWS or self.right > MAX_COLUMNS:
            why = f"spans {high:,} rows and {wide:,} columns in sheet '{self.sheet}', blank cells included"
            fix = "Delete the cells far below or far to the right, split the sheet, or save it as CSV."
            raise UnreadableFileError(self.path, why, fix)

    def _refuse_faults(self) -> None:
        """Both would be read as blank cells."""
        if self.errors.count:
            why = f"holds errors like #N/A in sheet '{self.sheet}', {self.errors}"
            raise UnreadableFileError(self.path, why, "Correct these cells, or clear them.")
        if self.without_result.count:
            why = f"holds formulas without a result in sheet '{self.sheet}', {self.without_result}"
            fix = "Open it in a spreadsheet, which calculates them, and save it again."
            raise UnreadableFileError(self.path, why, fix)


class _Faults:
    """How many cells have a fault, and where the first ones stand."""

    def __init__(self) -> None:
        self.count = 0
        self.named: list[str] = []

    def add(self, cells: list[bytes]) -> None:
        """Count more cells, given by their attributes."""
        self.count += len(cells)
        for cell in cells[: FAULTS_NAMED - len(self.named)]:
            found = PLACE.search(cell)
            self.named.append(found[1].decode() if found else "without an address")

    def __str__(self) -> str:
        more = self.count - len(self.named)
        cells = "cell" if self.count == 1 else "cells"
        return f"{cells} {', '.join(self.named)}" + (f" and {more:,} more" if more else "")


def _position(letters: bytes) -> int:
    """The number of a column, from 1; no more letters than it takes to see that there is no such column."""
    position = 0
    for letter in letters[:4].upper():
        position = position * 26 + letter - ord("A") + 1
    return position


def _row(digits: bytes) -> int:
    return int(digits.lstrip(b"0")[:8] or b"0")
