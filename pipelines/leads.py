"""Leads: found by name or id, those that wait to become opportunities, and changes of where they stand, as runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, literal, or_, select, update

from connectors.databases import writing
from pipelines.merge.recording import close_run, next_moment, open_run
from pipelines.merge.writing import keep_images
from schemas.blocks import from_text
from schemas.clock import utc_now
from schemas.errors import RunError, UnknownNameError
from schemas.exact import Moment
from schemas.features import require_on
from schemas.settings import Settings
from schemas.tables import account, contact, customer, lead, opportunity, owner

Lead = Row[Any]
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Changed:
    """What became of leads: the run, None where it changed nothing; the names of those done, and why not the others."""

    run: int | None
    done: tuple[str, ...]
    refused: tuple[tuple[str, str], ...] = ()


def change_status(
    wanted: Sequence[str], status: str, database: str, settings: Settings, *, clock: Clock = utc_now
) -> Changed:
    """Disqualify leads (status canceled), or take that back (status new)."""
    require_on("lead", settings)
    kind = "disqualify" if status == "canceled" else "reactivate"
    with writing(database) as connection:
        leads, refused = [], []
        for one in find(connection, wanted):
            if (one.status == "canceled") == (status == "canceled"):
                refused.append((one.name, f"It is {one.status}: there is nothing to {kind}."))
            else:
                leads.append(one)
        if not leads:
            return Changed(None, (), tuple(refused))
        run_id, now = begin_run(connection, kind, settings, clock)
        rows = [{"lead_id": one.id, "place": place, "new": status} for place, one in enumerate(leads, 1)]
        change(connection, rows, {"status": bindparam("new")}, run_id, now)
        counts = {"read": len(leads) + len(refused), "updated": len(leads), "rejected": len(refused)}
        end_run(connection, run_id, counts, clock)
    return Changed(run_id, tuple(one.name for one in leads), tuple(refused))


def _leads(connection: Connection, *where: ColumnElement[bool]) -> list[Lead]:
    """Leads with the names of what they refer to, by id."""
    named = {"account": account, "customer": customer, "owner": owner}
    query = select(
        lead,
        *(table.c.name.label(f"{name}_name") for name, table in named.items()),
        contact.c.first_name.label("contact_first_name"),
        contact.c.last_name.label("contact_last_name"),
    )
    for name, table in {**named, "contact": contact}.items():
        query = query.outerjoin(table, table.c.id == lead.c[f"{name}_id"])
    return list(connection.execute(query.where(*where).order_by(lead.c.id)))


def find(connection: Connection, wanted: Sequence[str]) -> list[Lead]:
    """The leads that names or ids of the source mean, each once; what means none or several is refused."""
    found: dict[int, Lead] = {}
    for word in wanted:
        meant = _leads(connection, or_(lead.c.name == word, lead.c.source_id == word))
        if not meant:
            known = connection.scalars(select(lead.c.name).order_by(lead.c.name))
            raise UnknownNameError("lead", word, known)
        if len(meant) > 1:
            ids = ", ".join(f"'{one.name}' with Id {one.source_id or 'blank'}" for one in meant)
            raise RunError(f"'{word}' means {len(meant)} leads: {ids}.", "Name the Id of the one that is meant.")
        found[meant[0].id] = meant[0]
    return list(found.values())


def waiting(connection: Connection, *where: ColumnElement[bool]) -> list[Lead]:
    """The qualified leads that are no opportunity yet."""
    qualified = _leads(connection, lead.c.status == "qualified", *where)
    return [one for one in qualified if not opportunity_of(connection, one)]


def opportunity_of(connection: Connection, one: Lead) -> str | None:
    """The opportunity that a lead became, if it is one already; of namesakes only what they say themselves counts."""
    said = from_text(one.opportunities)
    if said:
        return said[0]["name"]
    namesakes = connection.scalar(select(func.count()).where(lead.c.name == one.name))
    if namesakes != 1:
        return None
    return connection.scalar(select(opportunity.c.name).where(opportunity.c.lead == one.name).limit(1))


def begin_run(connection: Connection, kind: str, settings: Settings, clock: Clock) -> tuple[int, datetime]:
    """Enter a run without a file into the ledger; gives its number and the moment from which its writing is known."""
    begun = clock()
    now = next_moment(connection, begun)
    return open_run(connection, begun, now, {"kind": kind, "settings": settings.fingerprint()}), now


def end_run(connection: Connection, run_id: int, counts: dict[str, int], clock: Clock) -> None:
    """Complete such a run with its counts; those not told are nothing."""
    none = dict.fromkeys(("read", "added", "updated", "unchanged", "duplicate", "rejected"), 0)
    close_run(connection, run_id, {**none, **counts, "finished_at": clock()}, {}, [])


def change(
    connection: Connection, rows: list[dict[str, Any]], values: dict[str, Any], run_id: int, now: datetime
) -> None:
    """Write new values into leads, given by `lead_id` with their `place`, after their images went to the history."""
    for row in rows:
        of = select(lead.c.id).where(lead.c.id == row["lead_id"]).subquery()
        keep_images(connection, lead, of, now, run_id)
    stated = {"valid_from": literal(now, Moment), "run_id": run_id, "row": bindparam("place")}
    connection.execute(update(lead).where(lead.c.id == bindparam("lead_id")).values({**values, **stated}), rows)
