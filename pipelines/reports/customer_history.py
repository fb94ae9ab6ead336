"""Which deals were ever made with an account or a customer, how did they end, and what did they bring?

Formula: each opportunity with its status, its close date, the day on which it was closed, budget amount and close
revenue; the total has the sums.

What counts: every opportunity of one account or one business customer, named with --account, else all of them, in the
order in which they came. Days asked for limit the close date.

Source: the opportunities of an account or customer in OroCRM, which has no such report.
"""

from typing import Any

from sqlalchemy import Select, String, case, cast, func, literal, or_, select

from pipelines.questions.answer import Column
from pipelines.questions.periods import day_of
from pipelines.questions.question import Question

TAKES = frozenset({"from", "to", "account"})


def columns(question: Question) -> list[Column]:
    """What each opportunity is, where it stands, when it closes or closed, and its amounts."""
    of_all = question.account is None
    whose = [Column("account", "Account", "text")] if of_all else []
    return [
        *whose,
        Column("name", "Opportunity", "text"),
        Column("status_label", "Status", "text", below="name" if of_all else None),
        Column("close_date", "Close date", "text"),
        Column("closed", "Closed", "text", below="close_date" if of_all else None),
        Column("budget_amount", "Budget", "money"),
        Column("close_revenue", "Revenue", "money"),
    ]


def lists(question: Question) -> bool:
    """Every opportunity is told."""
    return True


def ask(question: Question) -> Select[Any]:
    """One row for each opportunity of the account or customer, in the order in which they came."""
    labels = question.settings.labels
    deals, accounts, customers = question.deals, question.known.accounts, question.known.customers
    source = deals.outerjoin(accounts, accounts.c.id == deals.c.account_id)
    source = source.outerjoin(customers, customers.c.id == deals.c.customer_id)
    asked = or_(literal(question.account is None), *(of.c.name == question.account for of in (accounts, customers)))
    return (
        select(
            *([func.coalesce(accounts.c.name, "")] if question.account is None else []),
            deals.c.name,
            case(labels, value=deals.c.status, else_=deals.c.status),
            func.coalesce(cast(deals.c.close_date, String), ""),
            func.coalesce(day_of(deals.c.closed_at), ""),
            question.amount("budget_amount"),
            question.amount("close_revenue"),
        )
        .select_from(source)
        .where(asked, question.in_period())
        .order_by(accounts.c.name.nulls_first(), deals.c.created_at, deals.c.id)
    )
