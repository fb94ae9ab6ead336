"""What has each account, or each business customer, brought so far?

Formula: lifetime value = Σ close revenue of the won opportunities.

What counts: every account, also one that brought nothing yet; with --by customer, every business customer. The largest
comes first. Days asked for limit the close date.

Source: OroCRM's report "Accounts life-time value", and its "Lifetime sales value" of business customers.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import FromClause, Select, and_, func, select

from pipelines.questions.answer import Chart, Column
from pipelines.questions.parts import Part, Parts
from pipelines.questions.question import Question
from schemas.exact import exact_sum

TAKES = frozenset({"from", "to"})
BY = ("account", "customer")


def columns(question: Question) -> list[Column]:
    """The columns of the answer."""
    return [
        Column(question.grouped_by, question.grouped_by.capitalize(), "text"),
        Column("won", "Number won"),
        Column("lifetime_value", "Lifetime value", "money"),
    ]


def chart(question: Question) -> Chart:
    """A bar of what each brought."""
    return Chart("bar", question.grouped_by, ("lifetime_value",))


def parts(question: Question) -> Parts:
    """The won opportunities of each account or customer."""
    deals, named = question.deals, _names(question)
    source = deals.join(named, named.c.id == deals.c[f"{question.grouped_by}_id"])
    counted = and_(question.is_won(), question.in_period())
    cells = {"lifetime_value": (Part("close_revenue"),)}
    return Parts(question.grouped_by, source, named.c.name, named.c.name, counted, cells)


def ask(question: Question) -> Select[Any]:
    """One row for each account or customer."""
    deals, named, by = question.deals, _names(question), question.grouped_by
    whose = deals.c[f"{by}_id"]
    sums = select(
        whose.label("whose"), func.count().label("won"), exact_sum(question.amount("close_revenue")).label("sum")
    )
    brought = sums.where(question.is_won(), question.in_period()).group_by(whose).subquery("brought")
    return select(
        named.c.name.label(by), func.coalesce(brought.c.won, 0).label("won"), brought.c.sum.label("lifetime_value")
    ).select_from(named.outerjoin(brought, brought.c.whose == named.c.id))


def work_out(found: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The rows, the largest value first."""
    rows = [row | {"lifetime_value": row["lifetime_value"] or Decimal(0)} for row in found]
    return sorted(rows, key=lambda row: (-row["lifetime_value"], row[question.grouped_by]))


def _names(question: Question) -> FromClause:
    return question.known.customers if question.by == "customer" else question.known.accounts
