"""How many opportunities were won in each month, quarter or year, and for how much?

Won opportunities that have a close date, by that date, oldest period first. OroCRM's report "Won Opportunities By
Period".
"""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, cast, extract, func, literal, select

from pipelines.answer import Column
from pipelines.question import Question
from schemas.exact import exact_sum

TAKES = frozenset({"from", "to", "period"})


def columns(question: Question) -> list[Column]:
    """The columns of the answer."""
    return [
        Column("period", "Period", "text"),
        Column("won", "Number won"),
        Column("close_revenue", "Close revenue", "money"),
    ]


def ask(question: Question) -> Select[Any]:
    """One row for each period with a won opportunity."""
    deals = question.deals
    day = deals.c.close_date
    year, month = (cast(extract(part, day), Integer) for part in ("year", "month"))
    label: ColumnElement[str] = cast(year, String)
    if question.period != "year":
        part = month if question.period == "month" else (month + 2) // literal(3)
        label = cast(part, String).concat(" / ").concat(label)
    return (
        select(label, func.count(), exact_sum(question.amount("close_revenue")))
        .where(deals.c.status.in_(question.settings.ids("won")), day.is_not(None), question.in_period())
        .group_by(label)
        .order_by(func.max(day))
    )
