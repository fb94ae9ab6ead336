"""Which stored row each staged row means: by its fingerprint, else the source's id, else its names.

An opportunity has the name of its account for one of them.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)

from pipelines.merge.staging import Merge
from pipelines.merge.values import differs, field, linked
from pipelines.steps.total import UNSAID, Money, add_money, no_money
from schemas.exact import exact_sum
from schemas.fields import AMOUNTS
from schemas.tables import account, customer


def tell_accounts_by_customer(connection: Connection, merge: Merge) -> None:
    """Give rows without account that of their customer: as stored, else as the file says, else one of its name."""
    if merge.entity.table is customer:
        _tell_accounts_of_customers(connection, merge)
    if not merge.has("customer"):
        return
    stage, other = merge.stage.c, merge.stage.alias("other").c
    said = select(other.customer, func.min(other.row).label("row")).where(other.account.is_not(None))
    first = said.group_by(other.customer).subquery()
    without = update(merge.stage).where(stage.account.is_(None), stage.customer.is_not(None)).values(told_account=True)
    as_stored = and_(customer.c.name == stage.customer, account.c.id == customer.c.account_id)
    connection.execute(without.where(as_stored).values(account=account.c.name))
    as_said = and_(first.c.customer == stage.customer, other.row == first.c.row)
    connection.execute(without.where(as_said).values(account=other.account))
    connection.execute(without.values(account=stage.customer))


def _tell_accounts_of_customers(connection: Connection, merge: Merge) -> None:
    """Give customers without account the one that they have, else one of their own name."""
    stage = merge.stage.c
    without = update(merge.stage).where(stage.account.is_(None)).values(told_account=True)
    meant = [customer.c.name == stage.name] if "name" in stage else []
    if merge.has("source_id"):
        own = and_(customer.c.source == merge.source, customer.c.source_id == stage.source_id)
        connection.execute(without.where(own, account.c.id == customer.c.account_id).values(account=account.c.name))
    if meant:
        connection.execute(without.where(*meant, account.c.id == customer.c.account_id).values(account=account.c.name))
        connection.execute(without.values(account=stage.name))


def match(connection: Connection, merge: Merge) -> None:
    """Fill the match table with every stored candidate of every staged row, and whether the row says anything new."""
    table = merge.entity.table
    stage, stored = merge.stage.c, table.c
    by_id = merge.has("source_id")
    ordinary = stage.meant_id.is_(None) if merge.has("fingerprint") else true()
    if merge.has("fingerprint"):
        meant = merge.stage.join(table, stored.id == stage.meant_id)
        _fill(connection, merge, _candidates(merge, linked(merge, meant)))
    if by_id:
        same_id = and_(stored.source == merge.source, stored.source_id == stage.source_id)
        same = linked(merge, merge.stage.join(table, same_id))
        _fill(connection, merge, _candidates(merge, same).where(ordinary))
    for query in _by_name(merge):
        # what is stored without an id is adopted by the row that brings one
        ids = (stage.source_id.is_(None), stored.source_id.is_(None), *_of_other_source(merge)) if by_id else ()
        adopts = or_(*ids) if by_id else true()
        unmatched = stage.row.not_in(select(merge.match.c.row)) if by_id else true()
        _fill(connection, merge, query.where(adopts, unmatched, ordinary))


def _of_other_source(merge: Merge) -> list[ColumnElement[bool]]:
    """What has a name of its own is the same in every system; its id stays that of the system that gave it first."""
    return [merge.entity.table.c.source != merge.source] if merge.entity.unique else []


def _by_name(merge: Merge) -> list[Select[Any]]:
    opportunity = merge.entity.table
    stage, stored = merge.stage.c, opportunity.c
    names = merge.entity.noun.names
    if not merge.has(*names):
        return []
    if "account" not in merge.entity.noun.identity:
        same_names = (stored[name] == field(merge, name, None) for name in names)
        return [_candidates(merge, linked(merge, merge.stage.join(opportunity, and_(*same_names))))]
    without = linked(merge, merge.stage.join(opportunity, stored.name == stage.name), besides=(account,))
    none = _candidates(merge, without).where(stored.account_id.is_(None))
    if "account" not in stage:
        return [none]
    named = merge.stage.join(account, account.c.name == stage.account)
    same = and_(stored.account_id == account.c.id, stored.name == stage.name)
    queries = [_candidates(merge, linked(merge, named.join(opportunity, same), besides=(account,)))]
    if not merge.account_required:
        no_account = linked(merge, merge.stage.join(opportunity, stored.name == stage.name))
        queries.append(_candidates(merge, no_account).where(stage.account.is_(None), stored.account_id.is_(None)))
    return queries


def _candidates(merge: Merge, source: FromClause) -> Select[Any]:
    return select(merge.stage.c.row, merge.entity.table.c.id, differs(merge)).select_from(source)


def _fill(connection: Connection, merge: Merge, query: Select[Any]) -> None:
    connection.execute(insert(merge.match).from_select(["row", "stored_id", "differs"], query))


def forget(connection: Connection, merge: Merge, rows: list[int]) -> Money:
    """Take rows out of the stage and the match table; gives the money they spoke of."""
    money = no_money()
    for start in range(0, len(rows), 500):
        some = rows[start : start + 500]
        add_money(money, staged_money(connection, merge, merge.stage.c.row.in_(some)))
        connection.execute(delete(merge.match).where(merge.match.c.row.in_(some)))
        connection.execute(delete(merge.stage).where(merge.stage.c.row.in_(some)))
    return money


def staged_money(connection: Connection, merge: Merge, *where: ColumnElement[bool]) -> Money:
    """The money of staged rows, unsaid where the file has no header for its currency."""
    stage, money = merge.stage.c, no_money()
    for amount, code in AMOUNTS.items():
        if merge.has(amount):
            said = func.coalesce(stage[code], merge.settings.base_currency) if merge.has(code) else literal(UNSAID)
            query = select(said, exact_sum(stage[amount])).where(*where, stage[amount].is_not(None))
            add_money(money, dict(connection.execute(query.group_by(said)).tuples().all()))
    return money
