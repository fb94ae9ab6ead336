"""How many opportunities stand in each status, and what are they worth?

Every status is shown, in pipeline order, also one without opportunities; days asked for limit the close date. Close
revenue counts for won and lost opportunities only. OroCRM's report "Opportunities By Status".
"""

from typing import Any

from sqlalchemy import Select, and_, case, func, literal, select, union_all

from pipelines.answer import Column
from pipelines.question import Question
from schemas.exact import exact_sum

TAKES = frozenset({"from", "to"})


def columns(question: Question) -> list[Column]:
    """The columns of the answer."""
    return [
        Column("status", "Status", "text", shown=False),
        Column("label", "Label", "text"),
        Column("opportunities", "Number"),
        Column("close_revenue", "Close revenue", "money"),
        Column("budget_amount", "Budget amount", "money"),
    ]


def ask(question: Question) -> Select[Any]:
    """One row for each status."""
    lines = [
        select(
            literal(number).label("number"),
            literal(status.id).label("id"),
            literal(status.label).label("label"),
        )
        for number, status in enumerate(question.settings.statuses)
    ]
    status = union_all(*lines).subquery("statuses")
    deals = question.deals
    joined = status.outerjoin(deals, and_(deals.c.status == status.c.id, question.in_period()))
    revenue = case((~question.is_open(), question.amount("close_revenue")))
    return (
        select(
            status.c.id,
            status.c.label,
            func.count(deals.c.id),
            exact_sum(revenue),
            exact_sum(question.amount("budget_amount")),
        )
        .select_from(joined)
        .group_by(status.c.number, status.c.id, status.c.label)
        .order_by(status.c.number)
    )
