"""Rows with fingerprints: refused where what is stored has moved on since the export, or is gone, or is another's."""

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, or_, select

from pipelines.merge.staging import Merge
from schemas.errors import listed
from schemas.problems import Problem, problem
from schemas.tables import installation, opportunity, opportunity_history, run

LINKS = ("account_id", "customer_id", "contact_id", "owner_id")
TEXTS = ("customer_need", "proposed_solution", "notes", "tags")
SHOWN = (
    "name",
    "status",
    "stage",
    "close_reason",
    "close_date",
    "budget_amount",
    "budget_currency",
    "close_revenue",
    "close_revenue_currency",
    "lead",
)
"""The columns whose present value is told where it has changed; of the others only that they have."""
COMPARED = (*SHOWN, "probability", *LINKS, *TEXTS, "missing_since")
_MOST = 4


def installation_key(connection: Connection) -> str:
    """What signs the fingerprints of this database."""
    key: str = connection.execute(select(installation.c.key)).scalar_one()
    return key


def stale_rows(connection: Connection, merge: Merge) -> Iterator[Problem]:
    """Rows that would change an opportunity of which another version, or none, is stored since they were exported."""
    if merge.has("fingerprint"):
        yield from _removed(connection, merge)
        yield from _changed(connection, merge)


def _removed(connection: Connection, merge: Merge) -> Iterator[Problem]:
    stage, past = merge.stage, opportunity_history.c
    last = select(func.max(past.replaced_by_run_id)).where(past.id == stage.c.meant_id).scalar_subquery()
    source = stage.outerjoin(merge.match, merge.match.c.row == stage.c.row).outerjoin(run, run.c.id == last)
    gone = and_(stage.c.meant_id.is_not(None), merge.match.c.row.is_(None))
    query = select(stage.c.row, *_RUN).select_from(source).where(gone).order_by(stage.c.row)
    for row in connection.execute(query):
        detail = f"{_who(row)} removed it" if row.run else "it is not stored any more"
        yield problem(row.row, "fingerprint", "stale_row", detail=detail)


def _changed(connection: Connection, merge: Merge) -> Iterator[Problem]:
    """The rows whose stored version is another; the version they were exported from tells what has changed since."""
    stage, now, then = merge.stage, opportunity, opportunity_history.alias("then")
    source = (
        stage.join(merge.match, merge.match.c.row == stage.c.row)
        .join(now, now.c.id == merge.match.c.stored_id)
        .outerjoin(run, run.c.recorded_at == now.c.valid_from)
        .outerjoin(then, and_(then.c.id == stage.c.meant_id, then.c.run_id == stage.c.meant_run))
    )
    stale = and_(merge.match.c.differs, now.c.id == stage.c.meant_id, now.c.run_id != stage.c.meant_run)
    moved: list[ColumnElement[Any]] = [
        and_(then.c.id.is_not(None), now.c[name].is_distinct_from(then.c[name])).label(f"moved_{name}")
        for name in COMPARED
    ]
    by_row = select(
        stage.c.row, now.c.run_id, now.c.row.label("stated_in"), *_RUN, *(now.c[name] for name in SHOWN), *moved
    )
    seen = 0
    for row in connection.execute(by_row.select_from(source).where(stale).order_by(stage.c.row)):
        if row.row == seen:
            continue  # a version that undos brought back has left several images, all alike
        seen = row.row
        yield problem(row.row, "fingerprint", "stale_row", detail=f"{_who(row)} changed {_what(row)}")


_RUN = (run.c.id.label("run"), run.c.file, run.c.undoes_run_id)


def _who(row: Row[Any]) -> str:
    """The run that changed or removed an opportunity: run 7 (crm.csv, row 12), or run 9 (undo of run 7)."""
    if row.run is None:
        return "another run"
    if row.undoes_run_id:
        return f"run {row.run} (undo of run {row.undoes_run_id})"
    stated = getattr(row, "stated_in", None)
    place = f", row {stated}" if stated and row.run_id == row.run else ""
    return f"run {row.run} ({PurePath(row.file).name}{place})" if row.file else f"run {row.run}"


def _what(row: Row[Any]) -> str:
    moved = [name for name in COMPARED if getattr(row, f"moved_{name}")]
    parts = [f"{_said(name)}{_now(row, name)}" for name in moved[:_MOST]]
    if len(moved) > _MOST:
        parts.append(f"{len(moved) - _MOST} more")
    return listed(parts) if parts else "it"


def _said(name: str) -> str:
    return name.removesuffix("_id").replace("_", " ")


def _now(row: Row[Any], name: str) -> str:
    if name not in SHOWN:
        return ""
    value = getattr(row, name)
    text = str(value)
    return " to blank" if value is None else f" to '{text if len(text) <= 40 else text[:37] + '...'}'"


def ids_of_others(connection: Connection, merge: Merge) -> Iterator[Problem]:
    """Rows that name by their id another opportunity than by their fingerprint."""
    if not merge.has("fingerprint") or not merge.has("source_id"):
        return
    stage, stored, other = merge.stage.c, opportunity.c, opportunity.alias("other").c
    another_id = and_(
        stored.source_id.is_not(None),
        or_(stored.source_id != stage.source_id, stored.source.is_distinct_from(merge.source)),
    )
    taken = exists().where(other.source == merge.source, other.source_id == stage.source_id, other.id != stored.id)
    query = (
        select(stage.row, stored.source, stored.source_id)
        .select_from(merge.stage.join(opportunity, stored.id == stage.meant_id))
        .where(stage.source_id.is_not(None), or_(another_id, taken))
    )
    for row, source, source_id in connection.execute(query.order_by(stage.row)):
        detail = f"its id in {source} is '{source_id}'" if source_id else "it has none, and another one has this id"
        yield problem(row, "source_id", "id_of_another", detail=detail)
