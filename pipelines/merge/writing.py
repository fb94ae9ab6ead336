"""Stores the staged rows: what they name, new opportunities, changes, and the images that the changes replace."""

from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Table,
    and_,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from connectors.databases import filling
from pipelines.merge.staging import Merge
from pipelines.merge.values import linked, new_values, with_rates
from schemas.exact import Moment
from schemas.tables import account, contact, customer, opportunity, opportunity_history, owner

MANY_ROWS = 50_000


class Written(NamedTuple):
    """How many rows became what; `first_id` is the smallest id that a new opportunity can have."""

    added: int
    updated: int
    unchanged: int
    first_id: int


def write(connection: Connection, merge: Merge) -> Written:
    """Store every staged row; the counts are those of the statements themselves."""
    create_named(connection, merge)
    matched = connection.execute(select(func.count()).select_from(merge.match)).scalar_one()
    staged = connection.execute(select(func.count()).select_from(merge.stage)).scalar_one()
    first_id = (connection.execute(select(func.max(opportunity.c.id))).scalar() or 0) + 1
    updated = replace_changed(connection, merge) if matched else 0
    added = 0
    if staged > matched:
        many = staged - matched >= max(first_id, MANY_ROWS)
        with filling(connection, opportunity) if many else nullcontext():
            added = add_new(connection, merge, first_id, any_match=bool(matched))
    return Written(added, updated, matched - updated, first_id)


def create_named(connection: Connection, merge: Merge) -> None:
    """Create the accounts, customers, contacts and owners that rows name and nobody has stored, in file order."""
    stage = merge.stage.c
    if "account" in stage:
        _create(connection, merge, account, {"name": stage.account}, [stage.account.is_not(None)])
    if merge.has("owner"):
        _create(connection, merge, owner, {"name": stage.owner}, [stage.owner.is_not(None)])
    if merge.has("contact_first_name", "contact_last_name"):
        names: dict[str, ColumnElement[Any]] = {
            part: func.coalesce(stage[f"contact_{part}"], "") if merge.has(f"contact_{part}") else literal("")
            for part in ("first_name", "last_name")
        }
        _create(connection, merge, contact, names, [or_(*(name != "" for name in names.values()))])
    if merge.has("customer"):
        of_account = select(account.c.id).where(account.c.name == stage.account).scalar_subquery()
        _create(connection, merge, customer, {"name": stage.customer}, [stage.customer.is_not(None)], of_account)


def _create(
    connection: Connection,
    merge: Merge,
    table: Table,
    names: dict[str, ColumnElement[Any]],
    given: Iterable[ColumnElement[bool]],
    account_id: ColumnElement[Any] | None = None,
) -> None:
    different = select(func.min(merge.stage.c.row).label("row"), *(value.label(name) for name, value in names.items()))
    different_names = different.where(*given).group_by(*names.values()).subquery()
    same = and_(*(table.c[name] == different_names.c[name] for name in names))
    source = different_names.outerjoin(table, same)
    columns: list[ColumnElement[Any]] = [different_names.c[name] for name in names]
    target = [*names, "created_at", "run_id"]
    if account_id is not None:
        source = source.join(merge.stage, merge.stage.c.row == different_names.c.row)
        columns.append(account_id)
        target.insert(len(names), "account_id")
    columns += [literal(merge.now, Moment), literal(merge.run_id)]
    query = select(*columns).select_from(source).where(table.c.id.is_(None)).order_by(different_names.c.row)
    connection.execute(insert(table).from_select(target, query))


def add_new(connection: Connection, merge: Merge, first_id: int, *, any_match: bool) -> int:
    """Insert the staged rows that match nothing; ids follow the order of the file."""
    stage = merge.stage
    source, rates = with_rates(merge, linked(merge, stage), None)
    if any_match:
        source = source.outerjoin(merge.match, merge.match.c.row == stage.c.row)
    values = new_values(merge, rates, None)
    query = select(stage.c.row + literal(first_id - 1), *values.values()).select_from(source)
    if any_match:
        query = query.where(merge.match.c.row.is_(None))
    return _inserted(connection, insert(opportunity).from_select(["id", *values], query))


def replace_changed(connection: Connection, merge: Merge) -> int:
    """Update the matched opportunities from which their row differs, after their old image went to the history."""
    stage, change = merge.stage, merge.change
    told = and_(merge.match.c.row == stage.c.row, merge.match.c.differs)
    matched = stage.join(merge.match, told).join(opportunity, opportunity.c.id == merge.match.c.opportunity_id)
    source, rates = with_rates(merge, linked(merge, matched), opportunity)
    values = new_values(merge, rates, opportunity)
    query = select(opportunity.c.id, *values.values()).select_from(source)
    changed = _inserted(connection, insert(change).from_select(["id", *values], query))
    if changed:
        keep_images(connection, merge)
        new = {column: change.c[column] for column in values}
        connection.execute(update(opportunity).where(opportunity.c.id == change.c.id).values(new))
    return changed


def _inserted(connection: Connection, statement: Insert) -> int:
    # SQLAlchemy counts the rows of an insert only when told to
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def keep_images(connection: Connection, merge: Merge) -> None:
    """Copy the opportunities about to change to the history, each valid until now."""
    columns = [column.name for column in opportunity.c]
    old = select(*opportunity.c, literal(merge.now, Moment), literal(merge.run_id)).join(
        merge.change, merge.change.c.id == opportunity.c.id
    )
    target = [*columns, "valid_to", "replaced_by_run_id"]
    connection.execute(insert(opportunity_history).from_select(target, old))
