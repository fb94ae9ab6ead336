"""Open opportunities that nobody looks after: one a line, longest neglected first, or the sums of each group."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from pipelines.questions.answer import Column
from pipelines.questions.dimensions import DIMENSIONS, NONE, dimension
from pipelines.questions.question import Question
from schemas.exact import exact_sum, weighted_sum

DEAL = "deal"
NOTHING = Decimal(0)
BY = (DEAL, *DIMENSIONS)
"""What they are told by: one by one unless grouped."""
AMOUNTS = [Column("budget_amount", "Budget", "money"), Column("weighted_amount", "Weighted", "money")]


def columns(question: Question) -> list[Column]:
    """The columns of either form."""
    if question.by != DEAL:
        group = Column(_key(question), dimension(question.by or DEAL).heading, "text")
        return [group, Column("opportunities", "Number"), Column("days", "Days at most", added=False), *AMOUNTS]
    return [
        Column("id", "Deal", added=False, shown=False),
        Column("name", "Opportunity", "text"),
        Column("owner", "Owner", "text"),
        Column("account", "Account", "text"),
        Column("status", "Status", "text", shown=False),
        Column("close_date", "Close date", "date", shown=False),
        Column("days", "Days", added=False),
        *AMOUNTS,
    ]


def is_overdue(question: Question) -> ColumnElement[bool]:
    """Whether the close date is before today."""
    return question.deals.c.close_date < question.today


def is_stale(question: Question) -> ColumnElement[bool]:
    """Whether the last change was before the first day that is not too long ago."""
    first = question.today - timedelta(days=question.settings.reports.stale_after_days)
    return question.deals.c.valid_from < datetime.combine(first, time(), UTC)


def ask(question: Question, neglected: ColumnElement[bool], since: ColumnElement[Any]) -> Select[Any]:
    """The neglected open opportunities, or a row for each group of them, with the day or moment since when."""
    counted = and_(question.is_open(), neglected, question.in_period())
    budget, chance = question.open_amount("budget_amount"), question.probability()
    if question.by == DEAL:
        return _listed(question, since).where(counted).order_by(since, budget.desc().nulls_last(), question.deals.c.id)
    source, text, place = dimension(question.by or DEAL).joined(question, question.deals)
    return (
        select(
            text.label(_key(question)),
            func.count().label("opportunities"),
            func.min(since).label("since"),
            exact_sum(budget).label("budget_amount"),
            weighted_sum(budget, chance).label("weighted_amount"),
        )
        .select_from(source)
        .where(counted)
        .group_by(text, place)
        .order_by(place, text)
    )


def work_out(rows: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The days and the weighted amounts; of groups, those with the largest amount first."""
    days = {since: (question.today - _day(since)).days for since in {row["since"] for row in rows}}
    for row in rows:
        row["days"] = days[row["since"]]
    if question.by != DEAL:
        return sorted(rows, key=lambda row: -(row["budget_amount"] or 0))
    labels = question.settings.labels
    for row in rows:
        row["status"] = labels.get(row["status"], row["status"])
        row["weighted_amount"] = (row["budget_amount"] or NOTHING) * (row["chance"] or NOTHING)
    return rows


def _listed(question: Question, since: ColumnElement[Any]) -> Select[Any]:
    deals, owners, accounts = question.deals, question.known.owners, question.known.accounts
    source = deals.outerjoin(owners, owners.c.id == deals.c.owner_id)
    source = source.outerjoin(accounts, accounts.c.id == deals.c.account_id)
    return select(
        deals.c.id,
        deals.c.name,
        func.coalesce(owners.c.name, NONE).label("owner"),
        func.coalesce(accounts.c.name, NONE).label("account"),
        deals.c.status,
        deals.c.close_date,
        since.label("since"),
        question.open_amount("budget_amount").label("budget_amount"),
        question.probability().label("chance"),
    ).select_from(source)


def _key(question: Question) -> str:
    return (question.by or DEAL).replace("-", "_")


def _day(since: date | datetime) -> date:
    return since.date() if isinstance(since, datetime) else since
