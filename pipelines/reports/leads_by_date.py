"""How many leads came on each day?

Formula: number of leads created on a day, in UTC.

What counts: every lead, by the day on which it was first stored; days without a lead are left out. Days asked for limit
that day.

Source: OroCRM's report "Leads By Date".
"""

from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from pipelines.questions.answer import Chart, Column
from pipelines.questions.periods import day_of, lies_between
from pipelines.questions.question import Question

ABOUT = ("lead",)
TAKES = frozenset({"from", "to"})
CHART = Chart("column", "created", ("leads",))


def columns(question: Question) -> list[Column]:
    """The columns of the answer."""
    return [Column("created", "Created date", "date"), Column("leads", "Leads count")]


def ask(question: Question) -> Select[Any]:
    """One row for each day with a lead, oldest first."""
    leads = question.leads
    day = day_of(leads.c.created_at)
    return (
        select(day.label("created"), func.count().label("leads"))
        .select_from(leads)
        .where(lies_between(leads.c.created_at, question.start, question.end))
        .group_by(day)
        .order_by(day)
    )


def work_out(found: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The rows with days in the place of their texts."""
    return [row | {"created": date.fromisoformat(row["created"])} for row in found]
