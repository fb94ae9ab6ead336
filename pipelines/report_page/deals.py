"""The deals of the page: the open ones, and the closed ones of every account, column by column, small and exact."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, select

from pipelines.questions.question import Question
from schemas.exact import plain

MOST = 20_000
"""So many open deals, and so many closed ones, are on a page; a browser stays fast with them."""
FIRST_DAY = date(2000, 1, 1)
NAMED = ("account", "customer", "owner", "currency")


def deals(connection: Connection, question: Question, most: int = MOST) -> dict[str, Any]:
    """The columns of the deals, the open ones first, and how many of each kind were left out.

    Names are places in lists of names, days are counted from 2000 on, amounts are decimal text, and what only closed
    deals have is told of these only: so a deal takes some 70 bytes. Of more open deals than `most` those that are worth
    most are there, of the closed ones the newest.
    """
    is_open, stored = question.is_open(), question.deals.c
    worth = question.amount("budget_amount")
    kept = [
        (is_open, (worth.desc().nulls_last(), stored.id)),
        (~is_open, (stored.closed_at.desc().nulls_last(), stored.id)),
    ]
    found: list[Any] = []
    left_out: list[int] = []
    for condition, order in kept:
        asked = _asked(question).where(condition)
        found += connection.execute(asked.order_by(*order).limit(most))
        number = select(func.count()).select_from(question.deals).where(condition, question.in_period())
        left_out.append(max(0, (connection.scalar(number) or 0) - most))
    return {"leftOut": left_out, **_columns(found, question)}


def _asked(question: Question) -> Select[Any]:
    deals, known = question.deals, question.known
    budget, code = question.amount("budget_amount"), deals.c.budget_currency
    own = code != question.currency
    account, customer, owner = (table.alias() for table in (known.accounts, known.customers, known.owners))
    source = deals.outerjoin(account, account.c.id == deals.c.account_id)
    source = source.outerjoin(customer, customer.c.id == deals.c.customer_id)
    source = source.outerjoin(owner, owner.c.id == deals.c.owner_id)
    revenue: ColumnElement[Any] = case((~question.is_open(), question.amount("close_revenue")))
    columns = {
        "name": deals.c.name,
        "status": deals.c.status,
        "account": account.c.name,
        "customer": customer.c.name,
        "owner": owner.c.name,
        "amount": budget,
        "own": case((own, deals.c.budget_amount)),
        "currency": case((own, code)),
        "revenue": revenue,
        "probability": question.probability(),
        "close": deals.c.close_date,
        "closed": deals.c.closed_at,
    }
    chosen = (column.label(name) for name, column in columns.items())
    return select(*chosen).select_from(source).where(question.in_period())


def _columns(found: list[Any], question: Question) -> dict[str, Any]:
    places = {status.id: place for place, status in enumerate(question.settings.statuses)}
    told: dict[str, Any] = {"names": [row.name for row in found], "status": [places[row.status] for row in found]}
    for what in NAMED:
        names = sorted({name for row in found if (name := getattr(row, what)) is not None})
        place = {name: number for number, name in enumerate(names)} | {None: -1}
        told |= {f"{what}Names": names, what: [place[getattr(row, what)] for row in found]}
    for what in ("amount", "own", "probability"):
        told[what] = _decimals(getattr(row, what) for row in found)
    told["close"] = [_day(row.close) for row in found]
    closed = [row for row in found if row.status not in question.settings.ids("open")]
    told["revenue"] = _decimals(row.revenue for row in closed)
    told["closed"] = [_day(row.closed and row.closed.date()) for row in closed]
    return told


def _decimals(values: Iterable[Decimal | None]) -> str:
    """Decimals as text, one after the other; nothing stands for null."""
    return " ".join("" if value is None else f"{plain(value):f}" for value in values)


def _day(day: date | None) -> int | None:
    return None if day is None else (day - FIRST_DAY).days
