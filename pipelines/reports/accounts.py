"""How many opportunities does each account have in each status?

Formula: number of opportunities in each status, and of all.

What counts: opportunities that have an account; accounts without opportunities are left out. An opportunity in a status
that the settings know no more is in the total only, which is told below the table. Days asked for limit the close date.

Source: OroCRM's report "Accounts By Opportunities".
"""

from typing import Any

from sqlalchemy import Select, case, func, select

from pipelines.questions.answer import Column
from pipelines.questions.parts import opportunities
from pipelines.questions.question import Question

TAKES = frozenset({"from", "to"})


def columns(question: Question) -> list[Column]:
    """The account, a count for each status in pipeline order, and the total."""
    counts = [Column(status.id, status.label) for status in question.settings.statuses]
    return [Column("account", "Account", "text"), *counts, Column("total", "Total")]


def ask(question: Question) -> Select[Any]:
    """One row for each account with opportunities, by name."""
    deals, account = question.deals, question.known.accounts
    counts = [func.count(case((deals.c.status == status.id, 1))) for status in question.settings.statuses]
    return (
        select(account.c.name, *counts, func.count())
        .select_from(deals.join(account, account.c.id == deals.c.account_id))
        .where(question.in_period())
        .group_by(account.c.id, account.c.name)
        .order_by(account.c.name)
    )


def beside(question: Question) -> Select[Any]:
    """How many opportunities of accounts stand in a status that is no column, and the first of these statuses."""
    deals, known = question.deals.c, [status.id for status in question.settings.statuses]
    unknown = deals.status.not_in(known), deals.account_id.is_not(None), question.in_period()
    return select(func.count().label("number"), func.min(deals.status).label("status")).where(*unknown)


def left_out(facts: dict[str, Any], question: Question) -> list[str]:
    """Which opportunities are in no column but the total."""
    if not facts["number"]:
        return []
    count = opportunities(facts["number"])
    return [f"{count} in a status that the settings do not know, such as '{facts['status']}'; in the total only."]
