"""The top of a delimited text: its delimiter and its row of headers, found or named."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import RunError, UnreadableFileError, UsageError
from schemas.raw import Fits, ReadAs

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
"""The delimiters that are looked for, by the words that stand for them."""
TOP_ROWS = 50
FEWEST_KNOWN = 2
EVEN = 0.9  # of the rows under the headers are as wide as they
CLOSE_QUOTE = 'Close the quote, or write a quote inside a cell twice ("").'
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+\Z")
_SEP_LINE = re.compile(r'"?sep=(?P<delimiter>[^\r\n"])"?(?:\r\n|\r|\n|$)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Top:
    """Where a table begins: its headers, the row they stand in, and the place in the text where the next row starts."""

    delimiter: str
    headers: tuple[str, ...]
    header_row: int
    end: int
    notes: tuple[str, ...]
    line_end: str = "\n"
    sep_line: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    cells: tuple[str, ...]
    end: int

    @property
    def blank(self) -> bool:
        return not any(map(str.strip, self.cells))


def _delimiter_named(word: str) -> str:
    """The character that a word such as tab stands for, or that is given itself."""
    delimiter = DELIMITERS.get(word.lower(), "\t" if word == r"\t" else word)
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0':
        fix = f"Name one character, or {', '.join(DELIMITERS)}."
        raise UsageError(f"'{word}' is no delimiter.", fix)
    return delimiter


def find_top(path: Path, text: str, how: ReadAs, fits: Fits) -> Top:
    """The delimiter and the row of headers of a text, of which the beginning is given."""
    sep_line = _SEP_LINE.match(text)
    start, first = (sep_line.end(), 2) if sep_line else (0, 1)
    named = None if how.header_row is None else how.header_row - first
    if how.delimiter is not None:
        delimiter = _delimiter_named(how.delimiter)
    else:
        delimiter = _delimiter_named(sep_line["delimiter"]) if sep_line else _find_delimiter(path, text, named, fits)
    rows, fault = _rows(text, start, delimiter, named)
    place = _headers_at(rows, named, fits)
    if place is None and named is not None:
        why = f"{path}: row {how.header_row} holds no headers."
        raise UsageError(why, "Name the row they stand in with --header-row.")
    if place is None and fault is not None:
        raise UnreadableFileError(path, f"has no readable row of headers ({fault})", CLOSE_QUOTE) from fault
    if place is None:
        raise UnreadableFileError(path, "has no row of headers", "Write the headers into its first row.")
    notes = []
    if sep_line:
        notes.append(f"row 1 ({sep_line[0].strip()}) names the delimiter; Excel hides it and counts one row less")
    if above := [row for row, one in enumerate(rows[:place], start=first) if not one.blank]:
        notes.append(_left_out(above))
    end = rows[place].end
    return Top(delimiter, rows[place].cells, first + place, end, tuple(notes), _line_end(text[:end]), bool(sep_line))


def _line_end(text: str) -> str:
    """How the last line of a text ends."""
    return next((end for end in ("\r\n", "\r") if text.endswith(end)), "\n")


def _left_out(above: list[int]) -> str:
    if len(above) == 1:
        return f"row {above[0]} stands above the headers and was left out"
    return f"rows {above[0]} to {above[-1]} stand above the headers and were left out"


def _rows(text: str, start: int, delimiter: str, named: int | None) -> tuple[list[_Row], csv.Error | None]:
    """The first rows of a text from a place on, until one that cannot be read: an open quote makes one of all."""
    end, rows = start, list[_Row]()

    def lines() -> Iterator[str]:
        nonlocal end
        for line in _LINE.finditer(text, start):
            end = line.end()
            yield line[0]

    try:
        for cells in csv.reader(lines(), delimiter=delimiter, strict=True):
            rows.append(_Row(tuple(cells), end))
            if len(rows) >= TOP_ROWS and (named is None or len(rows) > named):
                break
    except csv.Error as fault:
        return rows, fault
    return rows, None


def _headers_at(rows: list[_Row], named: int | None, fits: Fits) -> int | None:
    """The named row, or the one with most known headers if it has several, else the first that is not blank."""
    if named is not None:
        return named if 0 <= named < len(rows) and not rows[named].blank else None
    known = [fits(row.cells) for row in rows]
    if known and max(known) >= FEWEST_KNOWN:
        return known.index(max(known))
    return next((place for place, row in enumerate(rows) if not row.blank), None)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a text looks like under one delimiter."""

    word: str
    delimiter: str
    width: int
    known: int
    even: bool


def _find_delimiter(path: Path, text: str, named: int | None, fits: Fits) -> str:
    """The delimiter under which most headers are known; else the one under which all rows have the same width."""
    readings = [found for word, delimiter in DELIMITERS.items() if (found := _read(word, delimiter, text, named, fits))]
    most = max((reading.known for reading in readings), default=0)
    best = [reading for reading in readings if reading.known == most]
    wide = [reading for reading in best if reading.width > 1]
    even = [reading for reading in wide if reading.even] or wide
    if len(even) > 1:
        raise _undecided(path, even)
    return even[0].delimiter if even else DELIMITERS["comma"]


def _read(word: str, delimiter: str, text: str, named: int | None, fits: Fits) -> _Reading | None:
    rows, _ = _rows(text, 0, delimiter, named)
    place = _headers_at(rows, named, fits)
    if place is None:
        return None
    width, below = len(rows[place].cells), [row for row in rows[place + 1 :] if not row.blank]
    even = sum(len(row.cells) == width for row in below) >= EVEN * len(below)
    return _Reading(word, delimiter, width, fits(rows[place].cells), even)


def _undecided(path: Path, readings: list[_Reading]) -> RunError:
    columns = " or ".join(f"{reading.width} columns separated by {reading.word}s" for reading in readings)
    words = " or ".join(f"--delimiter {reading.word}" for reading in readings)
    return UnreadableFileError(path, f"has {columns}, as far as its first rows tell", f"Say which: {words}.")
