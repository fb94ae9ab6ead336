"""What columns look like: the kind of their values, how days and decimals are written, and which words occur."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from schemas.raw import RawBatch

MOST_WORDS = 100
"""A column with more different words is no list of words."""

ENOUGH = 0.9
"""The share of the filled cells that makes a kind: single bad cells are problems of rows, not of the file."""

_DATES = {
    "ymd": r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ].*)?$",
    "": r"^\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d\d)([T, ].*)?$",
    "named": r"(?i)^(\d{1,2}[ .-]+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ .,-]+\d{1,4}([ ,].*)?$",
}
_ORDERS = {"dmy": r"^(1[3-9]|2\d|3[01])[-/.]", "mdy": r"^\d{1,2}[-/.](1[3-9]|2\d|3[01])[-/.]"}
_SIGN = r"([€$£¥%]|[A-Z]{3}|kr)?"
_NUMBER = rf"^[(+-]?\s*{_SIGN}\s*[+-]?\d[\d.,'\x{2019}\s\x{{a0}}\x{{202f}}]*\s*{_SIGN}\)?$"
_DECIMALS = {
    ".": r"^\D*\d+\.(\d\d?|\d{4,})\D*$|\d[,'\x{2019}\s\x{a0}\x{202f}]\d{3}\.\d|\d,\d{3},\d{3}",
    ",": r"^\D*\d+,(\d\d?|\d{4,})\D*$|\d[.'\x{2019}\s\x{a0}\x{202f}]\d{3},\d|\d\.\d{3}\.\d{3}",
}
"""What decides about the decimal sign: 1,234 and 1.234 do not."""


@dataclass
class Seen:
    """What was seen of a column so far: how many cells of which kind and form, and its words where they are listed."""

    cells: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    words: set[str] = field(default_factory=set)

    def kind(self) -> str:
        """The kind that nearly all filled cells have: number or date, else text; empty without any."""
        filled = self.counts["filled"]
        if not filled:
            return "empty"
        return next((kind for kind in ("number", "date") if self.counts[kind] >= ENOUGH * filled), "text")

    def form(self) -> str:
        """The order of days, or the decimal sign, where the cells tell one and no other."""
        forms = {"date": ("ymd", "dmy", "mdy"), "number": (".", ",")}.get(self.kind(), ())
        told = [form for form in forms if self.counts[form]]
        return told[0] if len(told) == 1 else ""

    def blank(self) -> float:
        """The share of blank cells."""
        return round(1 - self.counts["filled"] / self.cells, 4) if self.cells else 0.0


def observe(batch: RawBatch, seen: list[Seen], listed: Collection[int]) -> None:
    """Add the cells of a batch to what was seen of each column; `listed` are the positions whose words are kept."""
    for position, column in enumerate(seen):
        texts = pc.utf8_trim_whitespace(batch.cells.column(position))
        filled = texts.filter(pc.greater(pc.utf8_length(texts), 0))
        column.cells += len(texts)
        column.counts["filled"] += len(filled)
        if position in listed and len(column.words) <= MOST_WORDS:
            column.words |= set(filled.unique().to_pylist())
        column.counts.update(_counted(filled))


def _counted(texts: pa.Array) -> Counter[str]:
    """How many cells are days and numbers, and what they tell of their form; a day is no number."""
    counts: Counter[str] = Counter()
    for form, pattern in _DATES.items():
        found = pc.match_substring_regex(texts, pattern)
        number = pc.sum(found).as_py() or 0
        if number and not form:
            days = texts.filter(found)
            counts.update({order: _matching(days, told) for order, told in _ORDERS.items()})
        counts.update({"date": number, form: number})
        texts = texts.filter(pc.invert(found)) if number else texts
    numbers = texts.filter(pc.match_substring_regex(texts, _NUMBER))
    counts["number"] += len(numbers)
    counts.update({sign: _matching(numbers, told) for sign, told in _DECIMALS.items()} if len(numbers) else {})
    return counts


def _matching(texts: pa.Array, pattern: str) -> int:
    return pc.sum(pc.match_substring_regex(texts, pattern)).as_py() or 0
