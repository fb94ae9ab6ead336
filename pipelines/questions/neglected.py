"""Open opportunities that nobody looks after: one a line, longest neglected first, or the sums of each group."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, func, literal, select

from pipelines.questions.answer import Column
from pipelines.questions.dimensions import DIMENSIONS, NONE, dimension, group_column
from pipelines.questions.question import Question
from schemas.days import days_between
from schemas.exact import exact_sum, weighted, weighted_sum

DEAL = "deal"
BY = (DEAL, *DIMENSIONS)
"""What they are told by: one by one unless grouped."""
AMOUNTS = [Column("budget_amount", "Budget", "money"), Column("weighted_amount", "Weighted", "money")]


def columns(question: Question) -> list[Column]:
    """The columns of either form."""
    if question.by != DEAL:
        return [
            group_column(question.grouped_by),
            Column("opportunities", "Number"),
            Column("days", "Days at most", added=False),
            *AMOUNTS,
        ]
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


def ask(
    question: Question, neglected: ColumnElement[bool], since: ColumnElement[Any], day: ColumnElement[Any]
) -> Select[Any]:
    """The neglected open opportunities, or a row for each group of them; since when, and the day of that."""
    days = days_between(literal(question.today, Date()), day)
    counted = and_(question.is_open(), neglected, question.in_period())
    budget, chance = question.open_amount("budget_amount"), question.probability()
    if question.by == DEAL:
        return _listed(question, days).where(counted).order_by(since, budget.desc().nulls_last(), question.deals.c.id)
    source, text, place = dimension(question.grouped_by).joined(question, question.deals)
    return (
        select(
            text.label(question.group_key),
            func.count().label("opportunities"),
            func.max(days).label("days"),
            exact_sum(budget).label("budget_amount"),
            weighted_sum(budget, chance).label("weighted_amount"),
        )
        .select_from(source)
        .where(counted)
        .group_by(text, place)
        .order_by(place, text)
    )


def lists(question: Question) -> bool:
    """Whether every opportunity is told."""
    return question.by == DEAL


def work_out(rows: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The groups, those with the largest amount first."""
    return sorted(rows, key=lambda row: -(row["budget_amount"] or 0))


def _listed(question: Question, days: ColumnElement[Any]) -> Select[Any]:
    deals, owners, accounts = question.deals, question.known.owners, question.known.accounts
    budget, labels = question.open_amount("budget_amount"), question.settings.labels
    source = deals.outerjoin(owners, owners.c.id == deals.c.owner_id)
    source = source.outerjoin(accounts, accounts.c.id == deals.c.account_id)
    return select(
        deals.c.id,
        deals.c.name,
        func.coalesce(owners.c.name, NONE).label("owner"),
        func.coalesce(accounts.c.name, NONE).label("account"),
        case(labels, value=deals.c.status, else_=deals.c.status).label("status"),
        deals.c.close_date,
        days.label("days"),
        budget.label("budget_amount"),
        weighted(budget, question.probability()).label("weighted_amount"),
    ).select_from(source)
