"""Exports: what is stored to a file in a layout, so that importing it again changes nothing."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, case, select, true

from connectors.databases import reading
from connectors.files import write_table
from pipelines.steps.render import headings, render
from schemas.blocks import from_text
from schemas.entities import ENTITIES, Entity
from schemas.errors import UnknownNameError, UsageError
from schemas.exact import exact_sum
from schemas.features import require_on
from schemas.layout import Layout, load_layout
from schemas.settings import Settings
from schemas.tables import customer, opportunity

VIEWS = {
    "all": "every opportunity, in the order they came",
    "open": "neither won nor lost, newest first",
    "overdue": "open, with a close date before today, oldest close date first",
    "recently-closed": "won, with a close date in the last 30 days, newest close date first",
}


def export_file(target: Path, database: str, settings: Settings, *, layout: str, view: str, today: date) -> int:
    """Write the rows of a layout's entity, or of a view of it, to a file at once or not at all; gives their number."""
    written_as = load_layout(layout)
    entity = ENTITIES[written_as.entity]
    require_on(entity.name, settings)
    if "status" in entity.plain and "status" not in written_as.headers:
        why = f"Layout '{layout}' can be read, not written: it tells the status by rules, and has no header for it."
        raise UsageError(why, "Export with --layout orocrm or plain, or with one of your own that has a status.")
    if view not in VIEWS:
        raise UnknownNameError("view", view, VIEWS)
    if view != "all" and entity.table is not opportunity:
        raise UsageError(f"The view {view} is one of opportunities, not of {entity.noun.several}.", "Leave it out.")
    where, order = _view(view, settings, today) if entity.table is opportunity else (true(), entity.table.c.id)
    source: FromClause = entity.table
    for column, link in entity.links.items():
        source = source.outerjoin(link.found, link.found.c.id == entity.table.c[column])
    query = select(*_columns(written_as, entity, settings)).select_from(source)
    query = query.where(where).order_by(order, entity.table.c.id)
    count = 0
    with reading(database) as connection:
        numbers = _numbers_of_blocks(connection, written_as, entity)
        found = connection.execution_options(yield_per=5000).execute(query)

        def counted() -> Any:
            nonlocal count
            for row in found:
                count += 1
                yield row

        write_table(target, headings(written_as, numbers), render(counted(), written_as, numbers))
    return count


def _numbers_of_blocks(connection: Connection, layout: Layout, entity: Entity) -> dict[str, int]:
    """How many blocks of each collection the row has that has most of them: as many are written of every row."""
    most: dict[str, int] = {}
    for field in layout.blocks:
        texts = connection.scalars(select(entity.table.c[field]).where(entity.table.c[field].is_not(None)).distinct())
        most[field] = max((len(from_text(text)) for text in texts), default=0)
    return most


def _view(view: str, settings: Settings, today: date) -> tuple[ColumnElement[bool], ColumnElement[Any]]:
    stored = opportunity.c
    is_open = stored.status.in_(settings.ids("open"))
    recent = and_(stored.close_date.between(today - timedelta(days=30), today), stored.status.in_(settings.ids("won")))
    choices: dict[str, tuple[ColumnElement[bool], ColumnElement[Any]]] = {
        "all": (stored.id > 0, stored.id),
        "open": (is_open, stored.created_at.desc()),
        "overdue": (and_(is_open, stored.close_date < today), stored.close_date.asc()),
        "recently-closed": (recent, stored.close_date.desc()),
    }
    return choices[view]


def _columns(layout: Layout, entity: Entity, settings: Settings) -> list[ColumnElement[Any]]:
    # another source's id would lead astray when the file comes back
    own_id = case((entity.table.c.source == layout.name, entity.table.c.source_id))
    named: dict[str, ColumnElement[Any]] = {"source_id": own_id}
    for link in entity.links.values():
        named |= {field: link.found.c[part] for field, part in link.parts.items()}
    if entity.table is customer:
        named["lifetime_value"] = lifetime_value(settings)
    return [named[field] if field in named else entity.table.c[field] for field in layout.order]


def lifetime_value(settings: Settings) -> ColumnElement[Any]:
    """What a customer's won opportunities brought, in the base currency; null without any."""
    won = and_(opportunity.c.customer_id == customer.c.id, opportunity.c.status.in_(settings.ids("won")))
    return select(exact_sum(opportunity.c.close_revenue_base)).where(won).correlate(customer).scalar_subquery()
