"""Stores the staged rows: what they name, new rows, changes, and the images that the changes replace."""

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Table,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from connectors import making
from connectors.databases import filling, inserted
from pipelines.merge.staging import Merge
from pipelines.merge.values import field, linked, names_link, new_values, with_rates
from schemas.exact import Moment
from schemas.past import images, into_history
from schemas.tables import HISTORY, account, contact, customer, owner

MANY_ROWS = 50_000
CREATED = (account, owner, contact, customer)
"""What rows name is created in this order: a customer belongs to an account."""
Names = ReadOnlyColumnCollection[str, Any]


class Written(NamedTuple):
    """How many rows became what; `first_id` is the smallest id that a new one can have."""

    added: int
    updated: int
    unchanged: int
    first_id: int


def write(connection: Connection, merge: Merge) -> Written:
    """Store every staged row, unless they are only judged; the counts are those of the statements themselves."""
    staged = connection.execute(select(func.count()).select_from(merge.stage)).scalar_one()
    table = merge.entity.table
    counted = select(func.count(), func.count(case((merge.match.c.differs, 1)))).select_from(merge.match)
    matched, different = connection.execute(counted).one()
    if merge.judges_only:
        return Written(staged - matched, different, matched - different, _next_id(connection, table))
    if different or staged > matched:
        news = _rows_with_news(connection, merge, any_new=staged > matched) if matched else merge.stage
        _create_named(connection, merge, news.c)
        if news is not merge.stage:
            news.drop(connection)
    first_id = _next_id(connection, table)
    updated = replace_changed(connection, merge) if different else 0
    added = 0
    if staged > matched:
        many = staged - matched >= max(first_id, MANY_ROWS)
        with filling(connection, table) if many else nullcontext():
            added = _add_new(connection, merge, first_id, any_match=bool(matched))
    return Written(added, updated, matched - updated, first_id)


def _create_named(connection: Connection, merge: Merge, news: Names) -> None:
    """Create the accounts, customers, contacts and owners that rows name and nobody has stored, in file order."""
    links = merge.entity.links
    for table in CREATED:
        for column, link in links.items():
            if link.table is table and link.creates and names_link(merge, column):
                parts = {part: news.get(name, literal(None)) for name, part in link.parts.items()}
                _create(connection, merge, table, parts, news)


def _rows_with_news(connection: Connection, merge: Merge, *, any_new: bool) -> Table:
    """The names in rows that are new or differ; a row that says nothing new names nothing new."""
    match = merge.match.c
    named = {name for link in merge.entity.links.values() for name in link.parts}
    names = [column for column in merge.stage.c if column.name in {"row", *named}]
    news = _news(tuple(names))
    making.create(connection, news.metadata)
    same = match.row == merge.stage.c.row
    different = select(*names).select_from(merge.stage.join(merge.match, and_(same, match.differs)))
    new = select(*names).select_from(merge.stage.outerjoin(merge.match, same)).where(match.row.is_(None))
    for query in (different, new) if any_new else (different,):
        connection.execute(insert(news).from_select([column.name for column in names], query))
    return news


@lru_cache(maxsize=64)
def _news(names: tuple[Column[Any], ...]) -> Table:
    return making.temporary("news", *(Column(one.name, one.type) for one in names))


def _create(
    connection: Connection, merge: Merge, table: Table, names: dict[str, ColumnElement[Any]], news: Names
) -> None:
    """Insert the names that are not in the table, each once; a part of a contact's name may be blank, stored as ''."""
    filled = {part: func.coalesce(name, "") if len(names) > 1 else name for part, name in names.items()}
    each = select(func.min(news.row).label("row"), *(name.label(part) for part, name in filled.items()))
    given = or_(*(name.is_not(None) for name in names.values()))
    different = each.where(given).group_by(*filled.values()).subquery()
    source = different.outerjoin(table, and_(*(table.c[part] == different.c[part] for part in names)))
    values: dict[str, ColumnElement[Any]] = {part: different.c[part] for part in names}
    if table is customer:
        source = source.join(merge.stage, merge.stage.c.row == different.c.row)
        values["account_id"] = select(account.c.id).where(account.c.name == merge.stage.c.account).scalar_subquery()
    if table is account:
        source = source.outerjoin(merge.account_name, merge.account_name.c.name == different.c.name)
        values["match_key"] = merge.account_name.c.match_key
    before = _before(table, names)
    source = source.outerjoin(before, and_(*(before.c[part] == different.c[part] for part in names)))
    new_id = _next_id(connection, table) - 1 + func.row_number().over(order_by=different.c.row)
    values = {"id": func.coalesce(before.c.id, new_id), **values, "row": different.c.row}
    values |= {when: literal(merge.now, Moment) for when in ("created_at", "valid_from")}
    values["run_id"] = literal(merge.run_id)
    query = select(*values.values()).select_from(source).where(table.c.id.is_(None)).order_by(different.c.row)
    connection.execute(insert(table).from_select(list(values), query))


def _before(table: Table, names: Iterable[str]) -> FromClause:
    """The ids that names had: who comes back after an undo is who they were, and what is restored leads to them."""
    past = HISTORY[table]
    once = [past.c[part] for part in names]
    gone = ~exists().where(table.c.id == past.c.id)
    return select(func.max(past.c.id).label("id"), *once).where(gone).group_by(*once).subquery()


def _next_id(connection: Connection, table: Table) -> int:
    """A number above every id that the table has or had: none is ever given twice."""
    present, past = (connection.execute(select(func.max(of.c.id))).scalar() or 0 for of in (table, HISTORY[table]))
    return max(present, past) + 1


def _add_new(connection: Connection, merge: Merge, first_id: int, *, any_match: bool) -> int:
    """Insert the staged rows that match nothing; ids follow the order of the file."""
    stage = merge.stage
    source, rates = with_rates(merge, linked(merge, stage), None)
    if any_match:
        source = source.outerjoin(merge.match, merge.match.c.row == stage.c.row)
    values = new_values(merge, rates, None)
    new_id = stage.c.row + literal(first_id - 1)
    if merge.entity.unique:
        before = _before(merge.entity.table, merge.entity.noun.identity)
        same = (before.c[name] == field(merge, name, None) for name in merge.entity.noun.identity)
        source, new_id = source.outerjoin(before, and_(*same)), func.coalesce(before.c.id, new_id)
    query = select(new_id, *values.values()).select_from(source)
    if any_match:
        query = query.where(merge.match.c.row.is_(None))
    return inserted(connection, insert(merge.entity.table).from_select(["id", *values], query))


def replace_changed(connection: Connection, merge: Merge) -> int:
    """Update the stored rows from which theirs differ, after their old image went to the history."""
    stage, change, table = merge.stage, merge.change, merge.entity.table
    told = and_(merge.match.c.row == stage.c.row, merge.match.c.differs)
    matched = stage.join(merge.match, told).join(table, table.c.id == merge.match.c.stored_id)
    source, rates = with_rates(merge, linked(merge, matched), table)
    values = new_values(merge, rates, table)
    query = select(table.c.id, *values.values()).select_from(source)
    changed = inserted(connection, insert(change).from_select(["id", *values], query))
    if changed:
        keep_images(connection, table, change, merge.now, merge.run_id)
        # what was found by its name keeps its name: setting the key anew would rewrite every index
        key = {"source", "source_id", *(_column_of(merge, name) for name in merge.entity.noun.identity)}
        kept = set() if merge.has("source_id", "fingerprint") else key
        new = {column: change.c[column] for column in values if column not in kept}
        connection.execute(update(table).where(table.c.id == change.c.id).values(new))
    return changed


def _column_of(merge: Merge, name: str) -> str:
    """The column that holds a field."""
    return next((column for column, link in merge.entity.links.items() if name in link.parts), name)


def keep_images(connection: Connection, table: Table, of: FromClause, now: datetime, run_id: int) -> None:
    """Copy the rows of a table whose id is in `of` to its history, each valid until now."""
    connection.execute(into_history(table, images(table, now, run_id).join(of, of.c.id == table.c.id)))
