"""What will each owner's open opportunities bring, weighted with their probability?

weighted = sum of budget amount × probability over the open opportunities that have an owner; where a probability was
left blank, that of the status. Days asked for limit the close date; without them undated opportunities count too.
OroCRM's report "Total Forecast".
"""

from typing import Any

from sqlalchemy import Select, func, select

from pipelines.answer import Column
from pipelines.question import Question
from schemas.exact import exact_sum, weighted_sum

TAKES = frozenset({"from", "to"})


def columns(question: Question) -> list[Column]:
    """The columns of the answer."""
    return [
        Column("owner", "Owner", "text"),
        Column("opportunities", "In progress"),
        Column("budget_amount", "Budget forecast", "money"),
        Column("weighted_amount", "Weighted forecast", "money"),
    ]


def ask(question: Question) -> Select[Any]:
    """One row for each owner of open opportunities, by name."""
    deals, owner = question.deals, question.known.owners
    budget = question.amount("budget_amount")
    return (
        select(owner.c.name, func.count(), exact_sum(budget), weighted_sum(budget, question.probability()))
        .select_from(deals.join(owner, owner.c.id == deals.c.owner_id))
        .where(question.is_open(), question.in_period())
        .group_by(owner.c.id, owner.c.name)
        .order_by(owner.c.name)
    )
