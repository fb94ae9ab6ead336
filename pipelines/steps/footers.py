"""Rows that are no data: totals and footers that reports write below their rows, told by their first words."""

import re
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.folding import folded
from schemas.mapping import Mapping
from schemas.raw import RaggedRow, RawBatch

TOTALS = frozenset(
    (
        *("total", "totals", "grand total", "grand totals", "subtotal", "sub-total", "sum", "summe", "gesamt"),
        *("gesamtsumme", "zwischensumme", "total général", "sous-total", "somme", "totale", "totaal", "suma"),
    )
)
"""How a row of totals begins, folded, perhaps with a colon."""


@dataclass
class Footers:
    """The rows left out so far, each with its first words."""

    rows: list[tuple[int, str]] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)

    def left_out(self, batch: RawBatch, mapping: Mapping) -> RawBatch:
        """The batch (n rows) without rows that are no data: their first words are a footer's, and they name no deal."""
        words = _footer_words(mapping.layout.footers)
        ragged, ending = [], _last_ragged(batch, words)
        for one in batch.ragged:
            first = _first_words(one)
            if re.match(words, first) or one.row in ending:
                self.rows.append((one.row, first))
            else:
                ragged.append(one)
        kept = self._kept(batch, mapping, words)
        if (skipped := self._skipped(batch, mapping)) is not None:
            kept = pc.invert(skipped) if kept is None else pc.and_not(kept, skipped)
        if kept is not None:
            return replace(batch, row=batch.row.filter(kept), cells=batch.cells.filter(kept), ragged=tuple(ragged))
        return replace(batch, ragged=tuple(ragged)) if len(ragged) < len(batch.ragged) else batch

    def _kept(self, batch: RawBatch, mapping: Mapping, words: str) -> pa.Array | None:
        """Which whole rows are data; None where all of them are."""
        firsts = batch.cells.column(0)
        for column in batch.cells.columns[1:]:
            blank = pc.equal(firsts, "")
            if not pc.any(blank).as_py():
                break
            firsts = pc.if_else(blank, column, firsts)
        suspects = np.flatnonzero(np.asarray(pc.match_substring_regex(firsts, words)))
        data = np.ones(len(batch.row), bool)
        for place in suspects.tolist():
            first = firsts[place].as_py().strip()
            data[place] = not self._names_no_deal(batch, mapping, place, first)
        if data.all():
            return None
        last = _last_lines(batch)
        if not data[last].all():
            data[last] = False
        left_out = np.flatnonzero(~data).tolist()
        self.rows += [(batch.row[place].as_py(), firsts[place].as_py().strip()) for place in left_out]
        return pa.array(data)

    def _skipped(self, batch: RawBatch, mapping: Mapping) -> pa.Array | None:
        """Which rows the source itself marks as deleted; None where there are none."""
        skipped = None
        for position, header in enumerate(mapping.headers):
            if words := mapping.layout.skip.get(folded(header)):
                cells = pc.utf8_lower(pc.utf8_trim_whitespace(batch.cells.column(position)))
                marked = pc.is_in(cells, pa.array(words))
                if count := pc.sum(marked).as_py():
                    self.skipped[header] = self.skipped.get(header, 0) + count
                    skipped = marked if skipped is None else pc.or_(skipped, marked)
        return skipped

    @staticmethod
    def _names_no_deal(batch: RawBatch, mapping: Mapping, place: int, first: str) -> bool:
        """Whether the row has no name and no status, or only the footer's words there."""
        telling = (*mapping.layout.noun.names, "status")
        positions = filter(lambda position: position is not None, map(mapping.place, telling))
        return all(batch.cells.column(position)[place].as_py().strip() in {"", first} for position in positions)

    def note(self) -> list[str]:
        """Which rows were left out, as a sentence for the summary; none where there are none."""
        marked = [
            f"{count:,} row{'s' * (count > 1)} marked by '{header}' {'were' if count > 1 else 'was'} left out"
            for header, count in self.skipped.items()
        ]
        if not self.rows:
            return marked
        shown = ", ".join(f"{row} '{text}'" for row, text in self.rows[:5])
        more = f" and {len(self.rows) - 5:,} more" if len(self.rows) > 5 else ""
        return [f"rows that are no data were left out: {shown}{more}", *marked]


def _first_words(ragged: RaggedRow) -> str:
    return next(filter(None, map(str.strip, ragged.cells)), "")


def _last_lines(batch: RawBatch) -> list[int]:
    """The places of the rows of a single cell below all others: among the footers the title of a report stands."""
    places: list[int] = []
    for place in range(len(batch.row) - 1, -1, -1):
        if sum(bool(column[place].as_py().strip()) for column in batch.cells.columns) > 1:
            break
        places.append(place)
    return places


def _last_ragged(batch: RawBatch, words: str) -> set[int]:
    """The same of rows that are too short, by their numbers, where one of them is a footer."""
    last = batch.row[-1].as_py() if len(batch.row) else 0
    below = [one for one in batch.ragged if one.row > last and len(one.cells) == 1]
    return {one.row for one in below} if any(re.match(words, _first_words(one)) for one in below) else set()


@cache
def _footer_words(footers: tuple[str, ...]) -> str:
    """A pattern, for Python and for Arrow, of the first words of a total, or of a footer of the layout."""
    patterns = [re.escape(pattern).replace(r"\*", ".*") for pattern in (*sorted(TOTALS), *footers)]
    return rf"(?i)^\s*(?:{'|'.join(patterns)})\s*:?\s*$"
