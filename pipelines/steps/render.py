"""Stored values to a layout's cells: parse backwards."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from schemas.blocks import from_text, header_of
from schemas.fields import KIND_OF
from schemas.layout import Layout
from schemas.values import amount_text, percent_text

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


def _text(value: str | None) -> str:
    return "" if value is None else guarded(value)


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
    return [kinds.get(KIND_OF[field], _text) for field in layout.headers]


def render(
    rows: Iterable[Iterable[Any]], layout: Layout, numbers: Mapping[str, int] | None = None
) -> Iterator[tuple[str, ...]]:
    """The lines of an export: a cell for each field of the layout, in its order; `numbers` tells how many blocks."""
    each = renderers(layout)
    if layout.blocks:
        yield from _render_blocks(rows, layout, numbers or {})
        return
    for row in rows:
        yield tuple(write(value) for write, value in zip(each, row, strict=True))


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


def _render_blocks(
    rows: Iterable[Iterable[Any]], layout: Layout, numbers: Mapping[str, int]
) -> Iterator[tuple[str, ...]]:
    write = dict(zip(layout.headers, renderers(layout), strict=True))
    for row in rows:
        cells: list[str] = []
        for field, value in zip(layout.order, row, strict=True):
            if field in write:
                cells.append(write[field](value))
                continue
            blocks = from_text(value)
            blocks += [{}] * (numbers.get(field, 0) - len(blocks))
            cells += [guarded(block.get(part, "")) for block in blocks for part in layout.blocks[field]]
        yield tuple(cells)
