"""Exports: stored opportunities to a file in a layout, so that importing it again changes nothing."""

from collections.abc import Iterator
from datetime import date
from itertools import tee
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, select

from connectors.databases import reading
from connectors.files import write_table
from pipelines.kept_history import require_kept
from pipelines.merge.staleness import installation_key
from pipelines.steps.fingerprint import fingerprint
from pipelines.steps.render import render
from schemas.errors import UnknownNameError, UsageError
from schemas.known import PRESENT, AsOf, Known
from schemas.layout import Layout, load_layout
from schemas.mapping import FINGERPRINT_HEADER
from schemas.settings import Settings

RECENT_DAYS = 30
VIEWS = {
    "all": "every opportunity, in the order they came",
    "open": "neither won nor lost, newest first",
    "overdue": "open, with a close date before today, oldest close date first",
    "recently-closed": "won, with a close date in the last 30 days, newest close date first",
}


def export_file(  # noqa: PLR0913 -- each is a word of the command line
    target: Path,
    database: str,
    settings: Settings,
    *,
    layout: str,
    view: str,
    today: date,
    when: AsOf = PRESENT,
    for_editing: bool = False,
) -> int:
    """Write the opportunities of a view to a CSV or XLSX file, at once or not at all; gives their number.

    One for editing has a last column with the fingerprint of each row, so that a row edited while what is stored
    moved on is told when the file comes back.
    """
    if for_editing and when.moment:
        raise UsageError("What is edited is the present, not a past moment.", "Leave out --as-of or --for-editing.")
    written_as = load_layout(layout)
    if "status" not in written_as.headers:
        why = f"Layout '{layout}' can be read, not written: it tells the status by rules, and has no header for it."
        raise UsageError(why, "Export with --layout orocrm or plain, or with one of your own that has a status.")
    if view not in VIEWS:
        raise UnknownNameError("view", view, VIEWS)
    known = Known(when, settings)
    deals = known.deals
    where, order = _view(view, deals, settings, today)
    source = (
        deals.outerjoin(known.accounts, known.accounts.c.id == deals.c.account_id)
        .outerjoin(known.customers, known.customers.c.id == deals.c.customer_id)
        .outerjoin(known.contacts, known.contacts.c.id == deals.c.contact_id)
        .outerjoin(known.owners, known.owners.c.id == deals.c.owner_id)
    )
    version = deals.c.id, deals.c.run_id
    query = select(*version, *_columns(written_as, known)).select_from(source).where(where).order_by(order, deals.c.id)
    count = 0
    with reading(database) as connection:
        require_kept(connection, when.moment, f"An export as of {when.told(today)}")
        found = connection.execution_options(yield_per=5000).execute(query)

        key = installation_key(connection) if for_editing else None

        def lines() -> Iterator[tuple[str, ...]]:
            nonlocal count
            versions, rows = tee(found)
            cells = render((values for _, _, *values in rows), written_as)
            for (number, run_id, *_), line in zip(versions, cells, strict=True):
                count += 1
                yield (*line, fingerprint(key, number, run_id)) if key else line

        headers = [written_as.header(field) for field in written_as.headers]
        write_table(target, [*headers, FINGERPRINT_HEADER] if key else headers, lines())
    return count


def _view(
    view: str, deals: FromClause, settings: Settings, today: date
) -> tuple[ColumnElement[bool], ColumnElement[Any]]:
    stored = deals.c
    is_open = stored.status.in_(settings.ids("open"))
    oldest = date.fromordinal(max(1, today.toordinal() - RECENT_DAYS))
    recent = and_(stored.close_date.between(oldest, today), stored.status.in_(settings.ids("won")))
    choices: dict[str, tuple[ColumnElement[bool], ColumnElement[Any]]] = {
        "all": (stored.id > 0, stored.id),
        "open": (is_open, stored.created_at.desc()),
        "overdue": (and_(is_open, stored.close_date < today), stored.close_date.asc()),
        "recently-closed": (recent, stored.close_date.desc()),
    }
    return choices[view]


def _columns(layout: Layout, known: Known) -> list[ColumnElement[Any]]:
    # another source's id would lead astray when the file comes back
    own_id = case((known.deals.c.source == layout.source, known.deals.c.source_id))
    named: dict[str, ColumnElement[Any]] = {
        "source_id": own_id,
        "account": known.accounts.c.name,
        "customer": known.customers.c.name,
        "contact_first_name": known.contacts.c.first_name,
        "contact_last_name": known.contacts.c.last_name,
        "owner": known.owners.c.name,
    }
    return [named[field] if field in named else known.deals.c[field] for field in layout.headers]
