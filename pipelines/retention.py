"""Retention: history and what belongs to old runs is removed once nobody may or needs to look back at it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select

from connectors.databases import writing
from pipelines.merge.recording import close_run, next_moment, open_run
from schemas.clock import utc_now
from schemas.errors import UsageError
from schemas.settings import Settings
from schemas.tables import HISTORY, held_plan, problem, run

TOLD = {"problem": problem, "held plan": held_plan}


@dataclass(frozen=True)
class Pruned:
    """What was removed: images of each table, problems and plans of old runs; `run` is None for a dry run."""

    run: int | None
    before: datetime
    removed: dict[str, int]


def prune_history(
    before: date, database: str, settings: Settings, *, dry_run: bool = False, clock: Callable[[], datetime] = utc_now
) -> Pruned:
    """Remove what only looks back before a day: images that ended before it, problems and held plans of runs before it.

    Every moment from that day on can still be looked back at; earlier ones no longer, and runs before that day can no
    longer be undone.
    """
    moment = datetime.combine(before, time(), UTC)
    if moment > clock():
        raise UsageError(f"{before} is not over yet: history up to it is still being written.", "Name a past day.")
    with writing(database) as connection:
        if dry_run:
            return Pruned(None, moment, _counted(connection, moment))
        begun = clock()
        recorded = next_moment(connection, begun)
        removed = _removed(connection, moment)
        facts = {"kind": "prune", "settings": settings.fingerprint(), "pruned_before": moment}
        facts |= {"reason": f"history before {before}", "removed": sum(removed.values())}
        number = open_run(connection, begun, recorded, facts)
        close_run(connection, number, {"finished_at": max(clock(), recorded)}, {}, [])
    return Pruned(number, moment, removed)


def _old(moment: datetime) -> dict[str, tuple[Table, ColumnElement[bool]]]:
    """What each table keeps of the time before a moment."""
    images = {table.name: (history, history.c.valid_to < moment) for table, history in HISTORY.items()}
    old_runs = select(run.c.id).where(run.c.started_at < moment)
    return images | {name: (table, table.c.run_id.in_(old_runs)) for name, table in TOLD.items()}


def _counted(connection: Connection, moment: datetime) -> dict[str, int]:
    return {
        name: connection.scalar(select(func.count()).select_from(table).where(where)) or 0
        for name, (table, where) in _old(moment).items()
    }


def _removed(connection: Connection, moment: datetime) -> dict[str, int]:
    return {
        name: connection.execute(delete(table).where(where)).rowcount for name, (table, where) in _old(moment).items()
    }
