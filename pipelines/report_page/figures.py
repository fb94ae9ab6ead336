"""The key figures of the pipeline: what is open, what it may bring, what was won and lost, and what is late."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from pipelines.questions.question import Question
from pipelines.report_page.told import Figures
from schemas.exact import exact_sum, weighted_sum

YEAR = timedelta(days=365)


def figures(connection: Connection, question: Question) -> Figures:
    """The figures of a question that has its rates.

    Won and lost are counted in the month of its day, by when they were closed: won with their revenue, lost with their
    budget. The win rate is that of the last 365 days.
    """
    (found,) = connection.execute(_asked(question)).mappings()
    told: dict[str, Any] = {name: Decimal(0) if value is None else value for name, value in found.items()}
    return Figures(**told)


def _asked(question: Question) -> Select[Any]:
    deals, today = question.deals, question.today
    is_open, is_won = question.is_open(), question.is_won()
    is_lost = deals.c.status.in_(question.settings.ids("lost"))
    overdue = and_(is_open, deals.c.close_date < today)
    this_month, this_year = (_closed(question, since) for since in (today.replace(day=1), today - YEAR))
    won, lost = and_(is_won, this_month), and_(is_lost, this_month)
    budget, revenue = question.amount("budget_amount"), question.amount("close_revenue")

    def number(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.count(case((condition, 1)))

    def worth(condition: ColumnElement[bool], amount: ColumnElement[Any] = budget) -> ColumnElement[Any]:
        return exact_sum(case((condition, amount)))

    asked = {
        "open_deals": number(is_open),
        "open_amount": worth(is_open),
        "weighted_amount": weighted_sum(case((is_open, budget)), question.probability()),
        "overdue_deals": number(overdue),
        "overdue_amount": worth(overdue),
        "won_deals": number(won),
        "won_amount": worth(won, revenue),
        "lost_deals": number(lost),
        "lost_amount": worth(lost),
        "won_in_year": number(and_(is_won, this_year)),
        "lost_in_year": number(and_(is_lost, this_year)),
    }
    return select(*(value.label(name) for name, value in asked.items())).where(question.in_period())


def _closed(question: Question, since: date) -> ColumnElement[bool]:
    """Whether a deal was closed from a day on, until the end of the day asked for."""
    first = datetime.combine(since, time.min, UTC)
    return question.deals.c.closed_at.between(first, datetime.combine(question.today, time.max, UTC))
