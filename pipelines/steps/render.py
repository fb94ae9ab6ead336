"""Stored values to a layout's cells: parse backwards."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

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
    }
    return [kinds.get(KIND_OF[field], _text) for field in layout.headers]


def render(rows: Iterable[Iterable[Any]], layout: Layout) -> Iterator[tuple[str, ...]]:
    """The lines of an export: a cell for each field of the layout, in its order."""
    each = renderers(layout)
    for row in rows:
        yield tuple(write(value) for write, value in zip(each, row, strict=True))
