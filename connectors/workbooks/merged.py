"""Cells merged over several rows: their value stands in the first row alone, and the rows below have none."""

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from connectors.confined import RefusedError
from connectors.workbooks.rows import MAX_COLUMNS, MAX_ROWS, Fault, Row, Span

CHUNK = 512 * 1024
MAX_WAITING = 64 * 1024
MERGE = re.compile(
    rb"""<(?:[^\s<>/:]+:)?mergeCell\s[^<>]*?\bref\s*=\s*["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']"""
)
Spans = Mapping[int, list[Span]]
"""The ranges of merged cells that go down over rows, by their first row."""


class Covered:
    """Tells, one row after another, which blank cells are merged with a filled one above."""

    def __init__(self, width: int) -> None:
        """No row was seen yet."""
        self.width = width
        self.open: list[Span] = []

    def faults(self, row: Row, cells: list[str]) -> list[Fault]:
        """The cells of a row that are merged with one above, each with the range; its further columns share nothing."""
        if not (self.open or row.spans):
            return []
        self.open = [span for span in self.open if span.last_row >= row.number]
        faults = [(span.first, "merged_cell", span.address()) for span in self.open if not cells[span.first].strip()]
        self.open += [
            span
            for span in row.spans
            if span.last_row > row.number and span.first < self.width and cells[span.first].strip()
        ]
        if len(self.open) > MAX_COLUMNS:
            raise RefusedError(f"is a damaged workbook (its merged cells overlap in row {row.number})")
        return faults


def by_first_row(spans: Iterator[Span]) -> Spans:
    """The ranges that go down over rows."""
    found: dict[int, list[Span]] = {}
    for span in spans:
        if span.first_row < span.last_row <= MAX_ROWS and span.first <= span.last < MAX_COLUMNS:
            found.setdefault(span.first_row, []).append(span)
    return found


def spans_of_xml(file: BinaryIO) -> Iterator[Span]:
    """The ranges of an XLSX sheet, which are told behind all its cells."""
    waiting = b""
    while chunk := file.read(CHUNK):
        waiting += chunk
        seen = max(waiting.rfind(b"<"), len(waiting) - MAX_WAITING)
        if b"mergeCell" in waiting:
            for found in MERGE.finditer(waiting):
                first, top, last, bottom = found.groups()
                yield Span(int(top), int(bottom), _position(first), _position(last))
                seen = max(seen, found.end())
        waiting = waiting[seen:]


def _position(letters: bytes) -> int:
    position = 0
    for letter in letters:
        position = position * 26 + letter - 64
    return position - 1
