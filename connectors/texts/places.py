"""Where cells stand in a text file: the line and the character that an editor shows."""

import csv
import io
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from pathlib import Path

from connectors.packed import open_source
from schemas.raw import ReadAs

UTF8 = ("utf-8", "utf8", "utf_8")


class _Kept:
    """The lines of a text; those of the row that is being read are kept."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = iter(lines)
        self.kept: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.kept.append(line)
            yield line


def cell_places(path: Path, how: ReadAs, wanted: Mapping[int, set[int]]) -> dict[tuple[int, int], tuple[int, int]]:
    """The line and character, from 1, at which the wanted cells of each row begin, by row and column.

    The file is read once, no further than the last wanted row; a row with line breaks in its cells takes several lines.
    """
    encoding, delimiter = how.encoding or "utf-8", how.delimiter or ","
    encoding = "utf-8-sig" if encoding.lower() in UTF8 else encoding
    found: dict[tuple[int, int], tuple[int, int]] = {}
    cell = re.compile(rf'"(?:[^"]++|"")*+"?[^{re.escape(delimiter)}\r\n]*+|[^{re.escape(delimiter)}\r\n]*+')
    last, line = max(wanted, default=0), 1
    with open_source(path).open() as file:
        lines = _Kept(io.TextIOWrapper(file, encoding, errors="replace", newline=""))
        try:
            for row, _ in enumerate(csv.reader(lines, delimiter=delimiter), start=1):
                for column, place in _places(cell, lines.kept, wanted.get(row, set())):
                    found[row, column] = (line + place[0], place[1])
                if row >= last:
                    break
                line += len(lines.kept)
                lines.kept.clear()
        except csv.Error:
            pass  # what cannot be read has no place; the rows before it have theirs
    return found


def _places(cell: re.Pattern[str], lines: list[str], columns: set[int]) -> Iterator[tuple[int, tuple[int, int]]]:
    """The line, from 0, and the character, from 1, at which each of the columns begins within the lines of one row."""
    if not columns:
        return
    text = "".join(lines)
    ends = list(accumulate(map(len, lines)))
    begin = 0
    for column in range(1, max(columns) + 1):
        if column in columns:
            before = bisect_right(ends, begin) if begin < len(text) else len(lines) - 1
            yield column, (before, begin - (ends[before - 1] if before else 0) + 1)
        match = cell.match(text, begin)
        end = match.end() if match else begin
        if end >= len(text) or text[end] in "\r\n":
            return
        begin = end + 1
