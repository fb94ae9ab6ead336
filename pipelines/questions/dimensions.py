"""What opportunities and leads can be grouped by: --by owner, account, status and so on, each a text for each row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, String, case, cast, extract, func, literal

from pipelines.questions.answer import Column
from pipelines.questions.question import Question
from schemas.errors import UsageError
from schemas.features import require_on
from schemas.words import LEAD_STATUSES

NONE = "(none)"
LAST = "9999-99"
"""Sorts after every month."""
Joined = tuple[FromClause, ColumnElement[str], ColumnElement[Any]]


@dataclass(frozen=True)
class Dimension:
    """What rows are grouped by: a heading, and from the rows to what is selected from, the text, and its order.

    Text and order are selected and grouped by together; the order may be the text itself.
    """

    heading: str
    joined: Callable[[Question, FromClause], Joined]


def dimension(name: str, of: Mapping[str, Dimension] | None = None) -> Dimension:
    """The dimension of a name, of opportunities unless those of other rows are given."""
    among = DIMENSIONS if of is None else of
    if name not in among:
        raise UsageError(f"'{name}' is nothing to group by.", f"Choose from {', '.join(among)}.")
    return among[name]


def group_column(name: str, of: Mapping[str, Dimension] | None = None) -> Column:
    """The column of the groups of a dimension."""
    return Column(name.replace("-", "_"), dimension(name, of).heading, "text")


def _named(table: str, column: str) -> Callable[[Question, FromClause], Joined]:
    def joined(question: Question, rows: FromClause) -> Joined:
        found = getattr(question.known, table).alias(f"by_{column}")
        text = func.coalesce(found.c.name, NONE)
        return rows.outerjoin(found, found.c.id == rows.c[column]), text, text

    return joined


def _status(question: Question, deals: FromClause) -> Joined:
    return _in_order(deals, question.settings.labels)


def _lead_status(question: Question, leads: FromClause) -> Joined:
    return _in_order(leads, LEAD_STATUSES)


def _in_order(rows: FromClause, labels: Mapping[str, str]) -> Joined:
    """The label of a status, in the order of the labels; one without, by its id, last."""
    places = {status: place for place, status in enumerate(labels)}
    place: ColumnElement[Any] = case(places, value=rows.c.status, else_=len(places))
    return rows, case(labels, value=rows.c.status, else_=rows.c.status), place


def _lead_source(question: Question, deals: FromClause) -> Joined:
    """The source of the lead that a deal came from; a name that several leads share says nothing."""
    require_on("lead", question.settings)
    leads = question.known.leads
    found = leads.select().with_only_columns(leads.c.name, func.max(leads.c.lead_source).label("source"))
    one = found.group_by(leads.c.name).having(func.count() == 1).subquery("by_lead")
    text = func.coalesce(one.c.source, NONE)
    return deals.outerjoin(one, one.c.name == deals.c.lead), text, text


def _text(column: str) -> Callable[[Question, FromClause], Joined]:
    def joined(question: Question, rows: FromClause) -> Joined:
        text = func.coalesce(rows.c[column], NONE)
        return rows, text, text

    return joined


def _size(question: Question, deals: FromClause) -> Joined:
    """The size of the budget in the currency asked for, between the limits of the settings."""
    amount = question.amount("budget_amount", deals)
    limits = question.settings.reports.sizes
    least = [(amount < limit, place) for place, limit in enumerate(limits)]
    place = case((amount.is_(None), -1), *least, else_=len(limits))
    labels = {-1: NONE, 0: f"below {limits[0]:,}", len(limits): f"{limits[-1]:,} and more"}
    labels |= {n: f"{low:,} to {high:,}" for n, (low, high) in enumerate(pairwise(limits), 1)}
    return deals, case(labels, value=place), place


def _month(question: Question, deals: FromClause) -> Joined:
    text = month_of(deals.c.close_date)
    return deals, func.coalesce(text, NONE), func.coalesce(text, LAST)


def month_of(day: ColumnElement[Any]) -> ColumnElement[str]:
    """The month of a day as text such as 2026-11; null without a day."""
    year, month = (cast(extract(part, day), Integer) for part in ("year", "month"))
    padded = case((month < literal(10), literal("0").concat(cast(month, String))), else_=cast(month, String))
    return case((day.is_not(None), cast(year, String).concat("-").concat(padded)))


DIMENSIONS = {
    "owner": Dimension("Owner", _named("owners", "owner_id")),
    "account": Dimension("Account", _named("accounts", "account_id")),
    "customer": Dimension("Customer", _named("customers", "customer_id")),
    "status": Dimension("Status", _status),
    "lead-source": Dimension("Lead source", _lead_source),
    "system": Dimension("Source system", _text("source")),
    "currency": Dimension("Currency", _text("budget_currency")),
    "size": Dimension("Size", _size),
    "month": Dimension("Close month", _month),
}
"""What opportunities can be grouped by, as it is typed."""
LEAD_DIMENSIONS = {
    **{name: DIMENSIONS[name] for name in ("owner", "account", "customer")},
    "status": Dimension("Status", _lead_status),
    "lead-source": Dimension("Lead source", _text("lead_source")),
    "industry": Dimension("Industry", _text("industry")),
}
"""What leads can be grouped by."""
