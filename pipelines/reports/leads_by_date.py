"""How many leads came on each day?

Formula: number of leads created on a day, in UTC.

What counts: every lead, by the day on which it was first stored; days without a lead are left out. Days asked for limit
that day. With --by each day has a line for each group that has leads then, by what is known of them at the moment asked
for: the status is that of then, not that of the day on which a lead came.

Source: OroCRM's report "Leads By Date".
"""

from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from pipelines.questions.answer import Chart, Column
from pipelines.questions.dimensions import LEAD_DIMENSIONS, dimension, group_column
from pipelines.questions.periods import day_of, lies_between
from pipelines.questions.question import Question

ABOUT = ("lead",)
TAKES = frozenset({"from", "to"})
BY = (None, *LEAD_DIMENSIONS)


def columns(question: Question) -> list[Column]:
    """The day, the group where leads are grouped, and their number."""
    return [
        Column("created", "Created date", "date"),
        *([group_column(question.by, LEAD_DIMENSIONS)] if question.by else []),
        Column("leads", "Leads count"),
    ]


def chart(question: Question) -> Chart:
    """The number of each day as columns, of groups one upon the other."""
    if question.by is None:
        return Chart("column", "created", ("leads",))
    return Chart("stacked", "created", ("leads",), series=group_column(question.by, LEAD_DIMENSIONS).key)


def ask(question: Question) -> Select[Any]:
    """One row for each day with a lead, oldest first; of each group where they are grouped."""
    leads = question.leads
    day = day_of(leads.c.created_at)
    found = select(day.label("created"), func.count().label("leads")).where(
        lies_between(leads.c.created_at, question.start, question.end)
    )
    if question.by is None:
        return found.select_from(leads).group_by(day).order_by(day)
    source, group, place = dimension(question.by, LEAD_DIMENSIONS).joined(question, leads)
    key = group_column(question.by, LEAD_DIMENSIONS).key
    found = found.add_columns(group.label(key)).select_from(source)
    return found.group_by(day, place, group).order_by(day, place, group)


def work_out(found: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The rows with days in the place of their texts."""
    return [row | {"created": date.fromisoformat(row["created"])} for row in found]
