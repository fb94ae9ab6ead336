"""An export as typed values, for formats that know numbers and days from text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa

from connectors.typed import Kind, TypedColumn
from pipelines.exports.wanted import Plan
from pipelines.steps.render import (
    SCALED,
    blocks_of,
    each_once,
    escaped,
    guarded,
    guarded_texts,
    headings,
    moment_of,
    moment_text,
    scaled,
)
from schemas.errors import RunError
from schemas.fields import AMOUNTS, FIELDS_OF, kind_of
from schemas.words import LEAD_STATUSES

KINDS: dict[str, Kind] = {
    "date": "date",
    "moment": "moment",
    "amount": "amount",
    "percent": "percent",
    "whole": "whole",
    "status": "choice",
    "currency": "choice",
    "choice": "choice",
}


@dataclass(frozen=True)
class Typing:
    """How the texts of a database become typed columns.

    A spreadsheet says of a cell that it is a percentage, and may run a text as a formula; other formats do neither.
    """

    plan: Plan
    numbers: Mapping[str, int]
    spreadsheet: bool

    def columns(self) -> list[TypedColumn]:
        """The columns, each with its kind, its currency and its words."""
        layout = self.plan.layout
        told = [column for field in layout.order if field in layout.headers for column in [self._column(field)]]
        by_header = {column.header: column for column in told}
        headers = headings(layout, self.numbers)
        return [by_header.get(header) or TypedColumn(header, "text") for header in headers]

    def batch(self, stored: pa.Table) -> pa.Table:
        """A batch of texts as typed values."""
        layout = self.plan.layout
        columns: list[pa.ChunkedArray] = []
        for field, texts in zip(layout.order, stored.columns, strict=True):
            if field in layout.headers:
                columns.append(self._values(field, texts))
            else:
                columns += blocks_of(texts, tuple(layout.blocks[field]), self.numbers.get(field, 0))
        return pa.table(columns, headings(layout, self.numbers))

    def _kind(self, field: str) -> Kind:
        kind = KINDS.get(kind_of(field), "text")
        if kind == "moment" and self.spreadsheet and field in self.plan.layout.fields:
            return "text"  # a cell of a workbook keeps no fraction of a second, and this one comes back
        if kind == "percent" and not self.spreadsheet and SCALED[self.plan.layout.probability] != 1:
            return "amount"
        return "choice" if self._words(field) else kind

    def _column(self, field: str) -> TypedColumn:
        headers, currency = self.plan.layout.headers, AMOUNTS.get(field, "")
        return TypedColumn(
            headers[field][0],
            self._kind(field),
            currency=headers[currency][0] if currency in headers else None,
            code=self.plan.settings.base_currency if field == "lifetime_value" else self._asked(field),
            words=self._words(field),
        )

    def _asked(self, field: str) -> str | None:
        return self.plan.wanted.currency if field in AMOUNTS else None

    def _words(self, field: str) -> tuple[str, ...]:
        settings, kind = self.plan.settings, kind_of(field)
        if kind == "status":
            is_lead = self.plan.entity.name == "lead"
            return tuple(LEAD_STATUSES) if is_lead else tuple(status.id for status in settings.statuses)
        if kind == "currency":
            return settings.currencies
        if kind == "close_reason":
            return settings.close_reasons
        if kind == "choice":
            words = FIELDS_OF[self.plan.entity.name][field].words
            return tuple(dict.fromkeys(stands_for for _, stands_for in words))
        return settings.owners if field == "owner" else ()

    def _values(self, field: str, texts: pa.ChunkedArray) -> pa.ChunkedArray:
        kind, layout = kind_of(field), self.plan.layout
        as_kind = TypedColumn("", self._kind(field)).arrow
        try:
            if kind == "moment":
                told = moment_text if self._kind(field) == "text" else moment_of
                return each_once(texts, told, as_kind)
            if kind == "percent" and not self.spreadsheet:
                return each_once(texts, lambda text: scaled(kind, Decimal(text), layout), as_kind)
            if kind == "amount" and layout.amounts == "cents":
                return each_once(texts, lambda text: scaled(kind, Decimal(text), layout), as_kind)
            if kind in {"amount", "percent", "date", "whole"}:
                return texts.cast(as_kind)
        except (pa.ArrowInvalid, ValueError) as fault:
            why = f"A value of {field} is too large for this format ({str(fault).splitlines()[0].rstrip('.')})."
            raise RunError(why, "Write a CSV file.") from fault
        return guarded_texts(texts, guarded if self.spreadsheet else escaped)


def with_sums(batches: Iterator[pa.Table], columns: list[TypedColumn], sums: dict[str, Decimal]) -> Iterator[pa.Table]:
    """The batches as they are; what they add up to, by amount and currency, is in `sums` when all went by."""
    amounts = [(place, column) for place, column in enumerate(columns) if column.currency or column.code]
    places = {column.header: place for place, column in enumerate(columns)}
    for batch in batches:
        for place, column in amounts:
            if column.currency in places:
                codes = batch.column(places[column.currency])
            else:
                codes = pa.chunked_array([pa.array([column.code] * len(batch), pa.string())])
            both = pa.table([codes, batch.column(place)], ["code", "amount"]).group_by("code")
            for code, amount in zip(*both.aggregate([("amount", "sum")]).columns, strict=True):
                if amount.as_py() is not None:
                    key = f"{column.header} in {code.as_py()}"
                    sums[key] = sums.get(key, Decimal(0)) + amount.as_py()
        yield batch
