"""Rows that are no data: totals and footers that reports write below their rows, told by their first words."""

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.layout import folded_word
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

    def left_out(self, batch: RawBatch, mapping: Mapping) -> RawBatch:
        """The batch (n rows) without rows that are no data: their first words are a footer's, and they name no deal."""
        ragged, ending = [], _ending(batch, mapping)
        for one in batch.ragged:
            first = _first_words(one)
            if is_footer(first, mapping) or one.row in ending:
                self.rows.append((one.row, first))
            else:
                ragged.append(one)
        kept = self._kept(batch, mapping)
        if kept is not None:
            return replace(batch, row=batch.row.filter(kept), cells=batch.cells.filter(kept), ragged=tuple(ragged))
        return replace(batch, ragged=tuple(ragged)) if len(ragged) < len(batch.ragged) else batch

    def _kept(self, batch: RawBatch, mapping: Mapping) -> pa.Array | None:
        """Which whole rows are data; None where all of them are. Only rows with a footer's first word are looked at."""
        firsts = batch.cells.column(0)
        for column in batch.cells.columns[1:]:
            if not pc.any(pc.equal(firsts, "")).as_py():
                break
            firsts = pc.if_else(pc.equal(firsts, ""), column, firsts)
        encoded = firsts.dictionary_encode()
        suspects = [n for n, text in enumerate(encoded.dictionary.to_pylist()) if is_footer(text.strip(), mapping)]
        if not suspects:
            return None
        data = np.ones(len(batch.row), bool)
        for place in np.flatnonzero(np.isin(np.asarray(encoded.indices), suspects)).tolist():
            if self._names_no_deal(batch, mapping, place, firsts[place].as_py()):
                data[place] = False
        last = _last_lines(batch)
        if not data[last].all():
            data[last] = False
        left_out = np.flatnonzero(~data).tolist()
        self.rows += [(batch.row[place].as_py(), firsts[place].as_py().strip()) for place in left_out]
        return pa.array(data)

    @staticmethod
    def _names_no_deal(batch: RawBatch, mapping: Mapping, place: int, first: str) -> bool:
        """Whether the row has no name, or only the footer's words there, and no status."""
        cells = {
            field: batch.cells.column(position)[place].as_py().strip()
            for field in ("name", "status")
            if (position := mapping.place(field)) is not None
        }
        return cells.get("name", "") in {"", first.strip()} and cells.get("status", "") in {"", first.strip()}

    def note(self) -> list[str]:
        """Which rows were left out, as a sentence for the summary; none where there are none."""
        if not self.rows:
            return []
        shown = ", ".join(f"{row} '{text}'" for row, text in self.rows[:5])
        more = f" and {len(self.rows) - 5:,} more" if len(self.rows) > 5 else ""
        return [f"rows that are no data were left out: {shown}{more}"]


def _first_words(ragged: RaggedRow) -> str:
    return next(filter(None, map(str.strip, ragged.cells)), "")


def _last_lines(batch: RawBatch) -> list[int]:
    """The places of the rows of a single cell below all others: among the footers the title of a report stands."""
    places = []
    for place in range(len(batch.row) - 1, -1, -1):
        if sum(bool(column[place].as_py().strip()) for column in batch.cells.columns) > 1:
            break
        places.append(place)
    return places


def _ending(batch: RawBatch, mapping: Mapping) -> set[int]:
    """The same of rows that are too short, by their numbers."""
    last = batch.row[-1].as_py() if len(batch.row) else 0
    below = [one for one in batch.ragged if one.row > last and len(one.cells) == 1]
    return {one.row for one in below} if any(is_footer(_first_words(one), mapping) for one in below) else set()


def is_footer(first: str, mapping: Mapping) -> bool:
    """Whether the first words of a row are those of a total, or of a footer of the layout."""
    words = folded_word(first).rstrip(":")
    return words in TOTALS or any(fnmatchcase(words, pattern) for pattern in mapping.layout.footers)
