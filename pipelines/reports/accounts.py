"""How many opportunities does each account have in each status?

Formula: number of opportunities in each status, and of all; with --by also the number of different `accounts`.

What counts: opportunities that have an account; accounts without opportunities are left out. An opportunity in a status
that the settings know no more is in the total only, which is told below the table. Days asked for limit the close date.

With --by there is a line for each group of the same opportunities: also there only those that have an account, so that
the total is that of all accounts however they are grouped. How many have none is told below the table. An account that
has opportunities in several groups counts in each of them, and once in the total.

Source: OroCRM's report "Accounts By Opportunities".
"""

from typing import Any

from sqlalchemy import Select, case, distinct, func, literal, select

from pipelines.questions.answer import Column
from pipelines.questions.dimensions import DIMENSIONS, dimension, group_column
from pipelines.questions.parts import opportunities
from pipelines.questions.question import Question

TAKES = frozenset({"from", "to"})
# the statuses are columns already
BY = ("account", *(name for name in DIMENSIONS if name not in {"account", "status"}))
EVERY = "every_account"


def columns(question: Question) -> list[Column]:
    """The account, or the group and its accounts; a count for each status in pipeline order, and the total."""
    counts = [Column(status.id, status.label) for status in question.settings.statuses]
    grouped = [Column("accounts", "Accounts", added=False)] if _is_grouped(question) else []
    return [group_column(question.grouped_by), *grouped, *counts, Column("total", "Total")]


def ask(question: Question) -> Select[Any]:
    """One row for each account, or group, with opportunities, by name."""
    deals, accounts = question.deals, question.known.accounts
    statuses = question.settings.statuses
    counts = [func.count(case((deals.c.status == status.id, 1))).label(status.id) for status in statuses]
    counts.append(func.count().label("total"))
    if not _is_grouped(question):
        return (
            select(accounts.c.name.label("account"), *counts)
            .select_from(deals.join(accounts, accounts.c.id == deals.c.account_id))
            .where(question.in_period())
            .group_by(accounts.c.id, accounts.c.name)
            .order_by(accounts.c.name)
        )
    source, group, place = dimension(question.grouped_by).joined(question, deals)
    different, counted = (
        func.count(distinct(deals.c.account_id)),
        (deals.c.account_id.is_not(None), question.in_period()),
    )
    every = select(different).where(*counted).scalar_subquery()
    return (
        select(group.label(question.group_key), different.label("accounts"), *counts, every.label(EVERY))
        .select_from(source)
        .where(*counted)
        .group_by(place, group)
        .order_by(place, group)
    )


def work_out(found: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The rows as they are; of groups with the number of all accounts, which the total needs."""
    return found


def in_total(rows: list[dict[str, Any]], question: Question) -> dict[str, Any]:
    """The different accounts of all groups together: those of the groups do not add up."""
    return {"accounts": rows[0][EVERY] if rows else 0} if _is_grouped(question) else {}


def beside(question: Question) -> Select[Any]:
    """How many opportunities stand in a status that is no column, and which; of groups, how many have no account."""
    deals, known = question.deals.c, [status.id for status in question.settings.statuses]
    has_account = deals.account_id.is_not(None)
    unknown = has_account & deals.status.not_in(known)
    told = [func.count(case((unknown, 1))).label("number"), func.min(case((unknown, deals.status))).label("status")]
    without = func.count(case((~has_account, 1))) if _is_grouped(question) else literal(0)
    return select(*told, without.label("without")).where(question.in_period())


def left_out(facts: dict[str, Any], question: Question) -> list[str]:
    """Which opportunities are in no line, and which in no column but the total."""
    told = [f"{opportunities(facts['without'])} without an account; in no line."] if facts["without"] else []
    if facts["number"]:
        count = opportunities(facts["number"])
        told.append(
            f"{count} in a status that the settings do not know, such as '{facts['status']}'; in the total only."
        )
    return told


def remark(rows: list[dict[str, Any]], question: Question) -> list[str]:
    """That accounts of several groups count once in the total, where there are such."""
    if not _is_grouped(question) or sum(row["accounts"] for row in rows) == in_total(rows, question)["accounts"]:
        return []
    return ["An account with opportunities in several lines counts in each of them, and once in the total."]


def _is_grouped(question: Question) -> bool:
    return question.grouped_by != BY[0]
