"""Exports: what is stored to a file in a layout, so that importing it again changes nothing."""

from collections.abc import Iterator
from datetime import date
from itertools import tee
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, case, select, true

from connectors.databases import reading
from connectors.files import write_table
from pipelines.kept_history import require_kept
from pipelines.lifetime import lifetime_value
from pipelines.merge.staleness import installation_key
from pipelines.steps.fingerprint import fingerprint
from pipelines.steps.render import headings, render
from schemas.blocks import from_text
from schemas.entities import ENTITIES, Entity
from schemas.errors import UnknownNameError, UsageError
from schemas.features import require_on
from schemas.known import PRESENT, AsOf, Known
from schemas.layout import Layout, load_layout
from schemas.mapping import FINGERPRINT_HEADER
from schemas.settings import Settings
from schemas.tables import customer, opportunity

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
    """Write the rows of a layout's entity, or of a view of it, to a file at once or not at all; gives their number.

    One for editing has a last column with the fingerprint of each opportunity, so that a row edited while what is
    stored moved on is told when the file comes back.
    """
    if for_editing and when.moment:
        raise UsageError("What is edited is the present, not a past moment.", "Leave out --as-of or --for-editing.")
    written_as = load_layout(layout)
    entity = ENTITIES[written_as.entity]
    require_on(entity.name, settings)
    if "status" in entity.plain and "status" not in written_as.headers:
        why = f"Layout '{layout}' can be read, not written: it tells the status by rules, and has no header for it."
        raise UsageError(why, "Export with --layout orocrm or plain, or with one of your own that has a status.")
    if view not in VIEWS:
        raise UnknownNameError("view", view, VIEWS)
    is_deals = entity.table is opportunity
    if view != "all" and not is_deals:
        raise UsageError(f"The view {view} is one of opportunities, not of {entity.noun.several}.", "Leave it out.")
    if for_editing and not is_deals:
        why = f"Only rows of opportunities carry fingerprints, those of {entity.noun.several} do not."
        raise UsageError(why, "Leave out --for-editing.")
    known = Known(when, settings)
    rows = known.of(entity.table)
    where, order = _view(view, rows, settings, today) if is_deals else (true(), rows.c.id)
    source = rows
    named: dict[str, ColumnElement[Any]] = {}
    for column, link in entity.links.items():
        found = known.of(link.table).alias(f"of_{column}")
        source = source.outerjoin(found, found.c.id == rows.c[column])
        named |= {field: found.c[part] for field, part in link.parts.items()}
    version = rows.c.id, rows.c.run_id
    query = select(*version, *_columns(written_as, entity, known, named)).select_from(source)
    query = query.where(where).order_by(order, rows.c.id)
    count = 0
    with reading(database) as connection:
        require_kept(connection, when.moment, f"An export as of {when.told(today)}")
        numbers = _numbers_of_blocks(connection, written_as, rows)
        headers = headings(written_as, numbers)
        key = installation_key(connection) if for_editing else None
        found_rows = connection.execution_options(yield_per=5000).execute(query)

        def lines() -> Iterator[tuple[str, ...]]:
            nonlocal count
            versions, told = tee(found_rows)
            cells = render((values for _, _, *values in told), written_as, numbers)
            for (number, run_id, *_), line in zip(versions, cells, strict=True):
                count += 1
                yield (*line, fingerprint(key, number, run_id)) if key else line

        write_table(target, [*headers, FINGERPRINT_HEADER] if key else headers, lines())
    return count


def _numbers_of_blocks(connection: Connection, layout: Layout, rows: FromClause) -> dict[str, int]:
    """How many blocks of each collection the row has that has most of them: as many are written of every row."""
    most: dict[str, int] = {}
    for field in layout.blocks:
        texts = connection.scalars(select(rows.c[field]).where(rows.c[field].is_not(None)).distinct())
        most[field] = max((len(from_text(text)) for text in texts), default=0)
    return most


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


def _columns(
    layout: Layout, entity: Entity, known: Known, named: dict[str, ColumnElement[Any]]
) -> list[ColumnElement[Any]]:
    # another source's id would lead astray when the file comes back
    rows = known.of(entity.table)
    own_id = case((rows.c.source == layout.source, rows.c.source_id))
    told = {"source_id": own_id, **named}
    if entity.table is customer:
        told["lifetime_value"] = lifetime_value(rows, known)
    return [told[field] if field in told else rows.c[field] for field in layout.order]
