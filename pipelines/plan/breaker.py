"""The circuit breaker: the reasons for which an unattended import is held before it stores anything."""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select

from pipelines.imported import Imported
from pipelines.plan.weighing import Weights
from schemas.breaker import Breaker, Limit
from schemas.tables import run


class Last(NamedTuple):
    """The last import from the same source: its run, its number of rows, and when its file was last written."""

    run: int
    read: int
    written_at: datetime | None


def last_of_source(connection: Connection, imported: Imported) -> Last | None:
    """The last import of this layout from a file of the same name, but for its digits."""
    done = (run.c.kind == "import", run.c.state == "done", run.c.layout == imported.layout, run.c.id != imported.run)
    query = select(run.c.id, run.c.read, run.c.written_at, run.c.file).where(*done).order_by(run.c.id.desc())
    series = _series_of(imported.file)
    for number, read, written_at, file in connection.execute(query):
        if _series_of(Path(file)) == series:
            return Last(number, read, written_at)
    return None


def _series_of(file: Path) -> str:
    """What files of one source have in common: their name without digits, as in deals-2026-11-24.csv."""
    return re.sub(r"\d+", "#", file.name.casefold())


def exceeded(
    breaker: Breaker, imported: Imported, weights: Weights, last: Last | None, written_at: datetime
) -> list[str]:
    """A sentence for each limit that an import exceeds; it names the figures and the setting."""
    return [*_of_file(breaker, imported, last, written_at), *_of_pipeline(breaker, weights)]


def _of_file(breaker: Breaker, imported: Imported, last: Last | None, written_at: datetime) -> Iterator[str]:
    rejected, read = imported.rejected, imported.read
    if breaker.max_rejected and breaker.max_rejected.exceeded(rejected, read):
        yield _told(
            f"{rejected:,} of {read:,} rows were rejected", rejected, read, "max_rejected", breaker.max_rejected
        )
    if last is None:
        return
    fewer = last.read - read
    if breaker.max_fewer_rows and fewer > 0 and breaker.max_fewer_rows.exceeded(fewer, last.read):
        said = f"The file has {read:,} rows, {fewer:,} fewer than in run {last.run}"
        yield _told(said, fewer, last.read, "max_fewer_rows", breaker.max_fewer_rows)
    if breaker.refuse_older_file and last.written_at and written_at < last.written_at:
        yield (
            f"The file was written on {_moment(written_at)}, before that of run {last.run} "
            f"({_moment(last.written_at)}): refuse_older_file."
        )


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _of_pipeline(breaker: Breaker, weights: Weights) -> Iterator[str]:
    before, after = weights.pipeline.before, weights.pipeline.after
    moved = abs(after.amount - before.amount)
    if breaker.max_pipeline_move and before.amount and breaker.max_pipeline_move.exceeded(moved, before.amount):
        said = f"The open pipeline moves from {before.amount:,.2f} to {after.amount:,.2f}"
        yield _told(said, moved, before.amount, "max_pipeline_move", breaker.max_pipeline_move)
    for name, what, count in (
        ("max_lost", "lost", weights.lost),
        ("max_reowned", "given to other owners", weights.reowned),
        ("max_redated", "moved to another close date", weights.redated),
    ):
        limit: Limit | None = getattr(breaker, name)
        if limit and count and limit.exceeded(count, before.deals):
            said = f"{count:,} of {before.deals:,} open deals would be {what}"
            yield _told(said, count, before.deals, name, limit)


def _told(said: str, part: Decimal | int, whole: Decimal | int, name: str, limit: Limit) -> str:
    share = f" ({Decimal(part) / Decimal(whole) * 100:.1f} %)" if whole else ""
    return f"{said}{share}, more than {name} = {limit} allows."
