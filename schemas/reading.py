"""How the columns of one file are read: a reader for each field, made once, and what its columns turn out to mean."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa

from schemas.columns import NumberColumn, PercentColumn
from schemas.day_columns import DayColumn, MomentColumn
from schemas.errors import did_you_mean
from schemas.evidence import WAYS, Evidence
from schemas.fields import AMOUNTS, Field
from schemas.folding import folded_word
from schemas.ids import IN_FULL
from schemas.mapping import Mapping
from schemas.settings import Settings
from schemas.values import Read, UnreadableError, blank_to_null, read_choice, read_each, read_tags, read_whole
from schemas.words import currency_words, lead_status_words, status_words

Reader = Callable[[pa.Array], Read]


@dataclass(frozen=True)
class Ways:
    """How columns are to be read where they can be read in several ways.

    `dates` (dmy, mdy, ymd), `decimal` (. or ,) and `probability` (percent, fraction, hundredfold) are orders for the
    whole file; `found` is what earlier batches of this file told of single columns, by field and kind of evidence.
    """

    dates: str = ""
    decimal: str = ""
    probability: str = ""
    found: dict[tuple[str, str], str] = field(default_factory=dict)
    signed: frozenset[str] = frozenset()

    def ordered(self) -> bool:
        """Whether anything is ordered for the whole file."""
        return bool(self.dates or self.decimal or self.probability)


class Judgement(NamedTuple):
    """What is asked of a column: its field, the kind of evidence (and option that settles it), and what it shows."""

    field: str
    kind: str
    evidence: Evidence
    way: str


class Readers:
    """The readers of a file, by field; `by_signs` counts the cells of each amount whose currency a sign alone told."""

    def __init__(self, mapping: Mapping, settings: Settings, ways: Ways, *, epoch_1904: bool = False) -> None:
        """Make a reader for every field of the mapping."""
        self.mapping, self.settings, self.ways, self.epoch_1904 = mapping, settings, ways, epoch_1904
        self.by_signs: dict[str, Counter[tuple[str, str]]] = {amount: Counter() for amount in AMOUNTS}
        self.of = {name: self._reader(name, mapping.layout.fields[name]) for name in mapping.positions}

    def _reader(self, name: str, field: Field) -> Reader:
        layout, found, kind = self.mapping.layout, self.ways.found, field.kind
        days = Evidence(layout.dates, self.ways.dates), found.get((name, "dates"), "")
        marks = Evidence(layout.decimal, self.ways.decimal)
        mark = found.get((name, "decimal"), "")
        if kind == "amount":
            return NumberColumn(marks, mark, "0.01" if layout.amounts == "cents" else "1")
        if kind == "percent":
            scale = Evidence(layout.probability, self.ways.probability)
            return PercentColumn(scale, marks, found.get((name, "probability"), ""), mark)
        if kind == "date":
            return DayColumn(*days, epoch_1904=self.epoch_1904)
        if kind == "moment":
            return MomentColumn(*days, epoch_1904=self.epoch_1904)
        if name == "source_id":
            return lambda texts: Read(IN_FULL[layout.ids](blank_to_null(texts, trim=True)), [])
        return self._words(field)

    def _words(self, field: Field) -> Reader:
        settings, layout, kind = self.settings, self.mapping.layout, field.kind
        if kind == "tags":
            return lambda texts: read_each(texts, pa.string(), read_tags)
        if kind == "whole":
            return lambda texts: read_each(texts, pa.int64(), read_whole)
        if kind == "choice" or (kind == "status" and layout.entity == "lead"):
            choices = lead_status_words() if kind == "status" else dict(field.words)
            listed = list(dict.fromkeys(choices.values()))
            read: Callable[[str, int], str | None] = read_choice(
                choices, "unknown_word", lambda text: did_you_mean(text, listed)
            )
        elif kind == "status":
            known, labels = status_words(layout, settings)
            read = read_choice(known, "unknown_status", lambda text: did_you_mean(text, labels))
        elif kind == "currency":
            read = self._currency()
        elif kind == "close_reason":
            read = self._reason()
        else:
            return lambda texts: Read(blank_to_null(texts, trim=kind == "name"), [])
        return lambda texts: read_each(texts, pa.string(), read)

    def _reason(self) -> Callable[[str, int], str]:
        reasons = {folded_word(reason): reason for reason in self.settings.close_reasons}
        if "unknown_close_reason" in self.settings.rules_off:
            return lambda text, _: reasons.get(folded_word(text), text)
        return read_choice(
            reasons, "unknown_close_reason", lambda text: did_you_mean(text, self.settings.close_reasons)
        )

    def _currency(self) -> Callable[[str, int], str | None]:
        known, enabled = currency_words(self.mapping.layout, self.settings), self.settings.currencies

        def read(text: str, _cells: int) -> str | None:
            code = known.get(folded_word(text))
            if code is None:
                raise UnreadableError("unknown_currency", did_you_mean(text, enabled))
            return code or None

        return read

    def judgements(self) -> Iterator[Judgement]:
        """What the columns show so far, each kind of evidence of each field."""
        for name, reader in self.of.items():
            if isinstance(reader, NumberColumn):
                yield Judgement(name, "decimal", reader.evidence, reader.way)
            elif isinstance(reader, PercentColumn):
                yield Judgement(name, "probability", reader.evidence, reader.way)
                yield Judgement(name, "decimal", reader.marks, reader.mark)
            elif isinstance(reader, DayColumn):
                yield Judgement(name, "dates", reader.evidence, reader.way)

    def signed(self) -> frozenset[str]:
        """The amount fields beside whose digits currency signs stand."""
        return frozenset(name for name, reader in self.of.items() if isinstance(reader, NumberColumn) and reader.signs)


def told_by_signs(counts: Counter[tuple[str, str]], spelled: str) -> str:
    """The currencies of amounts as a sentence: 'Amount': currency from the sign of 812 values (€ EUR 800, $ USD 12)."""
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    each = (f"{code if code == sign else f'{sign} {code}'} {count:,}" for (sign, code), count in most)
    total = counts.total()
    return f"'{spelled}': currency from the sign of {total:,} {'value' if total == 1 else 'values'} ({', '.join(each)})"


def told(judgement: Judgement, spelled: str) -> str:
    """A decision as a sentence for the summary: 'Close Date': day/month/year (212 fit only that, 88 fit both)."""
    return f"'{spelled}': {WAYS[judgement.way]} ({judgement.evidence.told(judgement.way)})"
