"""Leads become opportunities, with contact and account where they have none; each time a run, so it can be undone.

OroCRM's rules: the opportunity has the name of the lead, its account or customer, its contact or a new one with all
that the lead says of the person, its owner and notes, and the first status. The lead is qualified then. A lead without
account leads to that of its company, which is created if nobody knows it. What cannot be converted stays as it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, and_, bindparam, select

from connectors.databases import writing
from pipelines.leads import (
    Changed,
    Clock,
    Lead,
    begin_run,
    change,
    end_run,
    find,
    opportunity_of,
    waiting,
)
from pipelines.merging import Merged, end_merge, merge_staged, new_merge, stage_rows
from schemas.blocks import as_text
from schemas.clock import utc_now
from schemas.entities import ENTITIES
from schemas.features import is_on, require_on
from schemas.problems import Problem
from schemas.settings import Settings
from schemas.tables import contact, lead

PERSON = ("name_prefix", "first_name", "middle_name", "last_name", "name_suffix", "job_title", "twitter", "linkedin")
REACHED = ("emails", "phones", "addresses")
Refused = list[tuple[str, str]]
Numbered = dict[int, Lead]
"""Leads by their place in the run, from 1 on."""


def convert_leads(wanted: Sequence[str], database: str, settings: Settings, *, clock: Clock = utc_now) -> Changed:
    """Convert the leads of some names or ids; without any, all qualified ones that are no opportunity yet."""
    for entity in ("lead", "opportunity"):
        require_on(entity, settings)
    with writing(database) as connection:
        leads = find(connection, wanted) if wanted else waiting(connection)
        return _convert(connection, leads, settings, clock)


def converts_on_import(settings: Settings) -> bool:
    """Whether qualified leads are converted as they are imported."""
    return settings.convert_qualified and is_on("opportunity", settings)


def convert_qualified(connection: Connection, run_id: int, settings: Settings, clock: Clock) -> Changed:
    """Convert the qualified leads that a run just stored; the caller holds the lock."""
    return _convert(connection, qualified_of(connection, run_id), settings, clock)


def qualified_of(connection: Connection, run_id: int) -> list[Lead]:
    """The qualified leads that a run just stored and that are no opportunity yet."""
    return waiting(connection, lead.c.run_id == run_id)


def _convert(connection: Connection, leads: Iterable[Lead], settings: Settings, clock: Clock) -> Changed:
    """Convert what can be converted in one run, and nothing of what cannot."""
    able, refused = _convertible(connection, leads)
    read = len(able) + len(refused)
    while able:
        with connection.begin_nested() as attempt:
            run_id, now = begin_run(connection, "convert", settings, clock)
            facts = {"settings": settings, "run_id": run_id, "now": now, "closed_now": now, "today": now.date()}
            merged = _store(connection, able, facts)
            if not merged.problems:
                _qualify(connection, able, facts)
                counts = {"read": read, "added": merged.written.added, "rejected": len(refused)}
                end_run(connection, run_id, counts, clock)
                return Changed(run_id, tuple(one.name for one in able.values()), tuple(refused))
            attempt.rollback()
        refused += [(able[told.row].name, _why(told)) for told in merged.problems]
        bad = {told.row for told in merged.problems}
        able = dict(enumerate((one for place, one in able.items() if place not in bad), 1))
    return Changed(None, (), tuple(refused))


def _why(told: Problem) -> str:
    if told.code == "already_stored":
        return "Its account has an opportunity of that name: rename one of the two."
    return f"Its {told.field} {told.why}. {told.fix}"


def _convertible(connection: Connection, leads: Iterable[Lead]) -> tuple[Numbered, Refused]:
    able: Numbered = {}
    refused: Refused = []
    for one in leads:
        if became := opportunity_of(connection, one):
            refused.append((one.name, f"It became the opportunity '{became}' already."))
        elif not (one.account_name or one.customer_name or one.company_name):
            refused.append((one.name, "It names neither an account nor a company: write one of them."))
        else:
            able[len(able) + 1] = one
    return able, refused


def _store(connection: Connection, leads: Numbered, facts: dict[str, Any]) -> Merged:
    """Store the new contacts, then the opportunities with the accounts that nobody knows yet."""
    if contacts := _new_contacts(connection, leads):
        _merge(connection, "contact", contacts, facts)
    return _merge(connection, "opportunity", list(_opportunities(leads, facts["settings"])), facts)


def _merge(connection: Connection, entity: str, rows: list[dict[str, Any]], facts: dict[str, Any]) -> Merged:
    """Store rows as an import stores those of a file."""
    given = [field for field in rows[0] if field != "row"]
    of_run = {"source": "", "account_required": entity == "opportunity", "mode": "insert"}
    merge = new_merge(connection, ENTITIES[entity], given, **of_run, needs_rates=False, judges_only=False, **facts)
    kinds = {"row": pa.int64(), "probability": pa.decimal128(7, 6)}
    schema = pa.schema([(field, kinds.get(field, pa.string())) for field in ("row", *given)])
    keys = stage_rows(connection, [pa.Table.from_pylist(rows, schema)], given, merge.settings, merge)
    merged = merge_staged(connection, merge, keys, "equal")
    end_merge(connection, merge)
    return merged


def _person(one: Lead) -> tuple[str, str]:
    """The name of the contact of a lead: of the one it has, else of its person."""
    if one.contact_id is not None:
        return one.contact_first_name, one.contact_last_name
    return one.first_name or "", one.last_name or ""


def _contact(connection: Connection, person: tuple[str, str]) -> int | None:
    named = and_(contact.c.first_name == person[0], contact.c.last_name == person[1])
    return connection.scalar(select(contact.c.id).where(named)) if any(person) else None


def _new_contacts(connection: Connection, leads: Numbered) -> list[dict[str, Any]]:
    """The contacts that leads bring: one for each person who is not stored yet."""
    new: dict[tuple[str, str], dict[str, Any]] = {}
    for place, one in leads.items():
        person = _person(one)
        if not any(person) or person in new or _contact(connection, person):
            continue
        company = one.account_name or one.company_name
        new[person] = {
            "row": place,
            **{field: getattr(one, field) for field in (*PERSON, *REACHED)},
            "description": one.name,
            "owner": one.owner_name,
            "contact_source": one.lead_source,
            "accounts": as_text([{"account": company}] if company else [], ("account",)),
        }
    return list(new.values())


def _opportunities(leads: Numbered, settings: Settings) -> Iterator[dict[str, Any]]:
    first = next(status for status in settings.statuses if status.kind == "open")
    for place, one in leads.items():
        first_name, last_name = _person(one)
        yield {
            "row": place,
            "name": one.name,
            "account": one.account_name or (None if one.customer_name else one.company_name),
            "customer": one.customer_name,
            "contact_first_name": first_name or None,
            "contact_last_name": last_name or None,
            "lead": one.name,
            "owner": one.owner_name,
            "status": first.id,
            "probability": first.probability.quantize(Decimal("0.000001")),
            "notes": one.notes,
        }


def _qualify(connection: Connection, leads: Numbered, facts: dict[str, Any]) -> None:
    """Make leads qualified, with their contact and their opportunity."""
    rows = [
        {
            "lead_id": one.id,
            "place": place,
            "new": "qualified",
            "who": _contact(connection, _person(one)),
            "became": as_text([{"name": one.name}], ("name",)),
        }
        for place, one in leads.items()
    ]
    values: dict[str, Any] = {
        "status": bindparam("new"),
        "contact_id": bindparam("who"),
        "opportunities": bindparam("became"),
    }
    change(connection, rows, values, facts["run_id"], facts["now"])
