"""Stored values to a layout's cells: parse backwards; whole columns at a time, each different value once."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.blocks import from_text, header_of
from schemas.fields import kind_of
from schemas.layout import Layout
from schemas.text_bytes import begins_with_any
from schemas.values import amount_text, percent_text

BEGINNINGS = "'=+-@\t\r"
"""What a text that has to be guarded begins with."""
_APOSTROPHE = re.compile(r"^'+[=+\-@\t\r]")
_FORMULA = re.compile(r"^'*[=+\-@\t\r]")
UNITS = {"units": Decimal(1), "cents": Decimal(100)}
SCALED = {"": Decimal(100), "percent": Decimal(100), "fraction": Decimal(1), "hundredfold": Decimal(10_000)}
"""How many times the fraction from 0 to 1 a probability is written, by the layout's scale; percent where it is open."""
_NUMBER = re.compile(r"^[+-]?\d+([.,]\d+)*$")


def guarded(text: str) -> str:
    """A text with an apostrophe before it where a spreadsheet would run it as a formula; numbers are left alone.

    Reversible: steps/parse.py takes exactly one such apostrophe off.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text


def escaped(text: str) -> str:
    """A text with an apostrophe before it only where an import would take one off that belongs to it."""
    return f"'{text}" if _APOSTROPHE.match(text) else text


def moment_of(text: str) -> datetime:
    """A moment as databases tell it, in UTC; one without a zone is in UTC already."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


_STORED: dict[str, Callable[[str], Any]] = {
    "amount": Decimal,
    "percent": Decimal,
    "date": date.fromisoformat,
    "moment": moment_of,
    "whole": int,
}
_AS_STORED = frozenset({"date", "whole"})
"""Kinds whose cells are written as databases write their values."""


def _text(value: str | None) -> str:
    return "" if value is None else guarded(value)


def moment_text(text: str) -> str:
    """A moment as databases tell it, as a cell."""
    return _moment(moment_of(text))


def _moment(value: datetime | None) -> str:
    return "" if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _day(value: date | None) -> str:
    return "" if value is None else value.isoformat()


def scaled(kind: str, value: Any, layout: Layout) -> Any:
    """A value in the unit that a layout writes its kind in: cents, percent; others, and none, are left alone."""
    factor = {"amount": UNITS[layout.amounts], "percent": SCALED[layout.probability]}.get(kind)
    return value if value is None or factor is None else value * factor


def renderers(layout: Layout) -> list[Callable[[Any], str]]:
    """How each field of a layout becomes a cell, in the order of its headers; days as ISO, which every layout reads."""
    kinds: dict[str, Callable[[Any], str]] = {
        "amount": lambda amount: amount_text(scaled("amount", amount, layout)),
        "percent": lambda chance: percent_text(None if chance is None else scaled("percent", chance, layout) / 100),
        "date": _day,
        "moment": _moment,
        "whole": lambda number: "" if number is None else str(number),
    }
    return [kinds.get(kind_of(field), _text) for field in layout.headers]


def each_once(texts: pa.ChunkedArray, told: Callable[[str], Any], kind: pa.DataType) -> pa.ChunkedArray:
    """What each different text of a column stands for; null stays null."""
    encoded = texts.combine_chunks().dictionary_encode()
    encoded = encoded if isinstance(encoded, pa.ChunkedArray) else pa.chunked_array([encoded])
    chunks = [pa.array(map(told, one.dictionary.to_pylist()), kind).take(one.indices) for one in encoded.chunks]
    return pa.chunked_array(chunks, kind)


def guarded_texts(texts: pa.ChunkedArray, guard: Callable[[str], str] = guarded) -> pa.ChunkedArray:
    """Texts, guarded where they need it; null stays null."""
    suspect = begins_with_any(texts, BEGINNINGS)
    if not pc.any(suspect).as_py():
        return texts
    kept = texts.combine_chunks()
    written = pa.array(map(guard, kept.filter(suspect).to_pylist()), pa.string())
    return pa.chunked_array([pc.replace_with_mask(kept, suspect, written)])


def render(stored: pa.Table, layout: Layout, numbers: Mapping[str, int] | None = None) -> pa.Table:
    """The cells of an export, from the fields of the layout in its order, as databases tell them as text.

    A column for each header; `numbers` tells how many blocks of each collection are written.
    """
    write = dict(zip(layout.headers, renderers(layout), strict=True))
    columns: list[pa.ChunkedArray] = []
    for field, texts in zip(layout.order, stored.columns, strict=True):
        if field in write:
            columns.append(pc.fill_null(_rendered(field, texts, write[field], layout), ""))
        else:
            columns += blocks_of(texts, tuple(layout.blocks[field]), (numbers or {}).get(field, 0))
    return pa.table(columns, headings(layout, numbers or {}))


def _rendered(field: str, texts: pa.ChunkedArray, write: Callable[[Any], str], layout: Layout) -> pa.ChunkedArray:
    kind = kind_of(field)
    if kind in _AS_STORED or (kind == "amount" and layout.amounts == "units"):
        return texts
    if kind in _STORED:
        return each_once(texts, lambda text: write(_STORED[kind](text)), pa.string())
    return guarded_texts(texts)


def blocks_of(texts: pa.ChunkedArray, parts: tuple[str, ...], number: int) -> list[pa.ChunkedArray]:
    """The columns of a collection: each part of the first block, then of the second, and so on."""
    blocks = [from_text(text) for text in texts.to_pylist()]
    cells = [
        [guarded(block[place].get(part, "")) if place < len(block) else "" for block in blocks]
        for place in range(number)
        for part in parts
    ]
    return [pa.chunked_array([pa.array(column, pa.string())]) for column in cells]


def headings(layout: Layout, numbers: Mapping[str, int]) -> list[str]:
    """The headers of an export, in the layout's order."""
    written: list[str] = []
    for field in layout.order:
        if field in layout.headers:
            written.append(layout.header(field))
            continue
        for number in range(1, numbers.get(field, 0) + 1):
            written += [header_of(spellings[0], number) for spellings in layout.blocks[field].values()]
    return written
