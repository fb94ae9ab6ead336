"""Which deals were ever made with an account or a customer, how did they end, and what did they bring?

Asked of one account, or of one customer, by name, else of all; days asked for limit the close date.
"""

from typing import Any

from sqlalchemy import Select, String, case, cast, func, literal, or_, select

from pipelines.answer import Column
from pipelines.question import Question

TAKES = frozenset({"from", "to", "account"})


def columns(question: Question) -> list[Column]:
    """What each opportunity is, where it stands, when it closes or closed, and its amounts."""
    whose = [Column("account", "Account", "text")] if question.account is None else []
    return [
        *whose,
        Column("name", "Opportunity", "text"),
        Column("status_label", "Status", "text"),
        Column("close_date", "Close date", "text"),
        Column("closed", "Closed", "text"),
        Column("budget_amount", "Budget", "money"),
        Column("close_revenue", "Revenue", "money"),
    ]


def ask(question: Question) -> Select[Any]:
    """One row for each opportunity of the account or customer, in the order in which they came."""
    labels = {status.id: status.label for status in question.settings.statuses}
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
            func.coalesce(func.substr(cast(deals.c.closed_at, String), 1, 10), ""),
            question.amount("budget_amount"),
            question.amount("close_revenue"),
        )
        .select_from(source)
        .where(asked, question.in_period())
        .order_by(accounts.c.name.nulls_first(), deals.c.created_at, deals.c.id)
    )
