"""Which deals were ever made with an account or a customer, how did they end, and what did they bring?

Formula: each opportunity with its status, its close date, the day on which it was closed, budget amount and close
revenue; the total has the sums.

What counts: every opportunity of one account or one business customer, named with --account, else all of them, in the
order in which they came. Days asked for limit the close date. With --by a line for each group of them: how many there
are, are still open, were won and lost, and the sums.

Source: the opportunities of an account or customer in OroCRM, which has no such report.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func, or_, select, true

from pipelines.questions.answer import Column
from pipelines.questions.dimensions import DIMENSIONS, dimension, group_column
from pipelines.questions.periods import day_of
from pipelines.questions.question import Question
from schemas.exact import exact_sum

TAKES = frozenset({"from", "to", "account"})
BY = (None, *DIMENSIONS)
AMOUNTS = [Column("budget_amount", "Budget", "money"), Column("close_revenue", "Revenue", "money")]
COUNTS = [Column(key, heading) for key, heading in (("open", "Open"), ("won", "Won"), ("lost", "Lost"))]


def columns(question: Question) -> list[Column]:
    """What each opportunity is, where it stands, when it closes or closed, and its amounts; or those of a group."""
    if question.by:
        return [group_column(question.by), Column("opportunities", "Number"), *COUNTS, *AMOUNTS]
    of_all = question.account is None
    whose = [Column("account", "Account", "text")] if of_all else []
    return [
        *whose,
        Column("name", "Opportunity", "text"),
        Column("status_label", "Status", "text", below="name" if of_all else None),
        Column("close_date", "Close date", "text"),
        Column("closed", "Closed", "text", below="close_date" if of_all else None),
        *AMOUNTS,
    ]


def lists(question: Question) -> bool:
    """Whether every opportunity is told."""
    return not question.by


def ask(question: Question) -> Select[Any]:
    """One row for each opportunity of the account or customer, in the order in which they came; or for each group."""
    labels = question.settings.labels
    deals, accounts = question.deals, question.known.accounts
    if question.by:
        return _grouped(question, question.by)
    source = deals.outerjoin(accounts, accounts.c.id == deals.c.account_id)
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
        .where(_is_asked(question), question.in_period())
        .order_by(accounts.c.name.nulls_first(), deals.c.created_at, deals.c.id)
    )


def _grouped(question: Question, by: str) -> Select[Any]:
    source, group, place = dimension(by).joined(question, question.deals)
    ends = question.is_open(), question.is_won(), question.deals.c.status.in_(question.settings.ids("lost"))
    return (
        select(
            group,
            func.count(),
            *(func.count(case((end, 1))) for end in ends),
            *(exact_sum(question.amount(amount.key)) for amount in AMOUNTS),
        )
        .select_from(source)
        .where(_is_asked(question), question.in_period())
        .group_by(group, place)
        .order_by(place, group)
    )


def _is_asked(question: Question) -> ColumnElement[bool]:
    """Whether an opportunity is of the account or customer that is asked for, if one is."""
    if question.account is None:
        return true()
    deals, known = question.deals.c, question.known
    of = ((deals.account_id, known.accounts), (deals.customer_id, known.customers))
    return or_(*(key.in_(select(table.c.id).where(table.c.name == question.account)) for key, table in of))
