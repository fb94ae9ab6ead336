"""How many opportunities does each account have in each status?

Accounts without opportunities are left out; days asked for limit the close date. OroCRM's report "Accounts By
Opportunities".
"""

from typing import Any

from sqlalchemy import Select, case, func, select

from pipelines.answer import Column
from pipelines.question import Question

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
