"""How much of the open pipeline hangs on the largest accounts?

Formula: share = budget amount of an account's open opportunities / that of all; cumulative = the share of an account
and all above it; the largest first. The same of the weighted amounts, budget amount × probability. Opportunities
without an account stand last: they are part of the whole, but no account. Days asked for limit the close date; --by
asks it of owners, customers, lead sources and so on.

The remarks tell how few make half of what the accounts have, and the Herfindahl index, the sum of the squares of their
shares in that: 1 where one has all, 1/n where n have the same.

OroCRM has no such report. O. C. Herfindahl, Concentration in the Steel Industry (1950).
"""

from collections.abc import Iterable
from decimal import Decimal
from itertools import accumulate
from typing import Any

from sqlalchemy import Select, func, select

from pipelines.questions.answer import Chart, Column
from pipelines.questions.dimensions import DIMENSIONS, NONE, dimension, group_column
from pipelines.questions.intervals import share
from pipelines.questions.question import Question
from schemas.exact import exact_sum, weighted_sum

TAKES = frozenset({"from", "to"})
BY = ("account", *(name for name in DIMENSIONS if name != "account"))
AMOUNTS = {"budget_amount": "the open pipeline", "weighted_amount": "the weighted pipeline"}
HALF = Decimal("0.5")


def columns(question: Question) -> list[Column]:
    """The account or what else is asked for, its amounts and their shares."""
    return [
        group_column(question.grouped_by),
        Column("opportunities", "Number"),
        Column("budget_amount", "Budget", "money"),
        Column("share", "Share", "percent"),
        Column("cumulative_share", "Cumulative", "percent"),
        Column("weighted_amount", "Weighted", "money"),
        Column("weighted_share", "Weighted share", "percent"),
    ]


def chart(question: Question) -> Chart:
    """A bar of the budget amount for each account."""
    return Chart("bar", question.group_key, ("budget_amount",))


def ask(question: Question) -> Select[Any]:
    """One row for each account with open opportunities, by name."""
    source, text, place = dimension(question.grouped_by).joined(question, question.deals)
    budget = question.open_amount("budget_amount")
    return (
        select(
            text.label(question.group_key),
            func.count().label("opportunities"),
            exact_sum(budget).label("budget_amount"),
            weighted_sum(budget, question.probability()).label("weighted_amount"),
        )
        .select_from(source)
        .where(question.is_open(), question.in_period())
        .group_by(text, place)
        .order_by(place, text)
    )


def work_out(rows: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The accounts by size, with their shares; what has none last."""
    key = question.group_key
    told: list[dict[str, Any]] = [row | {amount: row[amount] or Decimal(0) for amount in AMOUNTS} for row in rows]
    told.sort(key=lambda row: (row[key] == NONE, -row["budget_amount"]))
    budget, weighted = (sum(row[amount] for row in told) for amount in AMOUNTS)
    for row, added in zip(told, accumulate(row["budget_amount"] for row in told), strict=True):
        row["share"] = share(row["budget_amount"], budget)
        row["cumulative_share"] = share(added, budget)
        row["weighted_share"] = share(row["weighted_amount"], weighted)
    return told


def remark(rows: list[dict[str, Any]], question: Question) -> list[str]:
    """How few make half, and how concentrated that is, not weighted and weighted."""
    named = [row for row in rows if row[question.group_key] != NONE]
    told = (_told((row[amount] for row in named), what) for amount, what in AMOUNTS.items())
    return [sentence for sentence in told if sentence]


def _told(amounts: Iterable[Decimal], what: str) -> str | None:
    sizes = sorted(amounts, reverse=True)
    whole = sum(sizes)
    if not whole:
        return None
    few = 1 + sum(added < whole * HALF for added in accumulate(sizes))
    index = sum((size / whole) ** 2 for size in sizes)
    return (
        f"The largest {few:,} of {len(sizes):,} make half of {what} or more;"
        f" Herfindahl index {index:.4f}, as of {1 / index:,.1f} of equal size."
    )
