"""The life of an opportunity in words: each change with its run, its file and row, and old → new."""

import textwrap
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.cli.told_runs import item
from pipelines.text_tables import WIDTH

if TYPE_CHECKING:
    from pipelines.tracing import Event, Life, Origin


def told_life(life: "Life") -> Iterator[str]:
    """A life in lines of 80 characters."""
    own = f" ({life.source}:{life.source_id})" if life.source_id else ""
    yield f"opportunity {life.id} '{life.name}'{own}{'' if life.present else ', removed'}"
    for event in life.events:
        yield ""
        yield from _told_event(event)


def _told_event(event: "Event") -> Iterator[str]:
    from pipelines.undo.counting import run_in_words

    by = event.by
    told = run_in_words(by.run, by.kind, by.file, by.undoes)
    text = f"{event.moment:%Y-%m-%d %H:%M:%S} {event.what} by {told}, by {by.by}"
    yield from textwrap.wrap(text, WIDTH, subsequent_indent="    ")
    if event.stated:
        yield from item("stated in", _place(event.stated))
    for field, (old, new) in event.changes.items():
        text = _cell(new) if old is None and event.what in {"added", "returned"} else f"{_cell(old)} → {_cell(new)}"
        lines = textwrap.wrap(text, WIDTH - 28, break_on_hyphens=False) or [""]
        yield from (f"    {name:<24}{line}" for name, line in zip([field, *[""] * len(lines)], lines, strict=False))


def _place(stated: "Origin") -> str:
    sheet = f", sheet {stated.sheet}" if stated.sheet else ""
    row = f", row {stated.row}" if stated.row else ""
    return f"{stated.file or 'no file'}{sheet}{row} (run {stated.run})"


def _cell(value: Any) -> str:
    if value is None:
        return "blank"
    if isinstance(value, Decimal):
        from schemas.exact import plain

        return f"{plain(value):f}"
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)
