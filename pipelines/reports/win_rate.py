"""How many of the closed deals were won, by number and by amount, and how sure is that rate?

win rate = won / (won + lost), by number and by budget amount (at the rates of their closing; deals without an amount
count in the number only). `low` and `high` are the 95 % interval of Wilson: with few deals the true rate may lie
anywhere in it. Days asked for limit the close date. By `status` is the furthest open status that a deal was ever known
in before it was closed; --by month the month of its close date.

Source: the win rate of HubSpot and Salesforce (closed won / all closed). OroCRM has no such report.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from pipelines.questions.answer import Chart, Column
from pipelines.questions.dimensions import DIMENSIONS, NONE, Joined, dimension, group_column
from pipelines.questions.intervals import share, wilson
from pipelines.questions.question import Question
from pipelines.questions.versions import not_recorded, recorded, versions
from schemas.exact import exact_sum

TAKES = frozenset({"from", "to"})
BY = tuple(DIMENSIONS)


def columns(question: Question) -> list[Column]:
    """The group, how many deals were closed and won, and the rates."""
    reached = Column("status", "Status reached", "text")
    return [
        reached if question.by == "status" else group_column(question.grouped_by),
        Column("closed", "Closed"),
        Column("won", "Won"),
        Column("lost", "Lost", shown=False),
        Column("win_rate", "Rate", "percent"),
        Column("low", "From", "percent"),
        Column("high", "To", "percent"),
        Column("won_amount", "Won amount", "money"),
        Column("lost_amount", "Lost amount", "money", shown=False),
        Column("amount_rate", "By amount", "percent"),
    ]


def chart(question: Question) -> Chart:
    """The rates as bars."""
    return Chart("bar", question.group_key, ("win_rate", "amount_rate"))


def ask(question: Question) -> Select[Any]:
    """One row for each group with closed deals."""
    deals, amount = question.deals, question.amount("budget_amount")
    by = question.grouped_by
    source, group, place = _reached(question) if by == "status" else dimension(by).joined(question, deals)
    won, lost = question.is_won(), deals.c.status.in_(question.settings.ids("lost"))
    return (
        select(
            group.label(question.group_key),
            func.count(case((won, 1))).label("won"),
            func.count(case((lost, 1))).label("lost"),
            exact_sum(case((won, amount))).label("won_amount"),
            exact_sum(case((lost, amount))).label("lost_amount"),
        )
        .select_from(source)
        .where(~question.is_open(), question.in_period())
        .group_by(group, place)
        .order_by(place, group)
    )


def _reached(question: Question) -> Joined:
    """The furthest open status that a closed deal was known in, from its versions."""
    deals, statuses = question.deals, question.settings.statuses
    places = {status.id: place for place, status in enumerate(statuses) if status.kind == "open"}
    labels = {place: statuses[place].label for place in places.values()}
    version = versions(question, "status", among=~question.is_open())
    furthest = func.max(case(places, value=version.c.status))
    reached = select(version.c.id, furthest.label("place")).group_by(version.c.id).subquery("reached")
    label: ColumnElement[str] = case(labels, value=reached.c.place, else_=NONE)
    return deals.join(reached, reached.c.id == deals.c.id), label, func.coalesce(reached.c.place, -1)


def work_out(found: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """With the rates and the interval."""
    return [row | _rates(row) for row in found]


def in_total(rows: list[dict[str, Any]], question: Question) -> dict[str, Any]:
    """The rates of all."""
    return _rates({key: sum(row[key] or 0 for row in rows) for key in ("won", "lost", "won_amount", "lost_amount")})


def _rates(sums: dict[str, Any]) -> dict[str, Any]:
    """How many were closed, which share of them was won, within which bounds, and by amount."""
    closed = sums["won"] + sums["lost"]
    low, high = wilson(sums["won"], closed) if closed else (None, None)
    won, lost = (sums[key] or Decimal(0) for key in ("won_amount", "lost_amount"))
    told = {"win_rate": share(sums["won"], closed), "low": low, "high": high, "amount_rate": share(won, won + lost)}
    return {"closed": closed, **told}


def beside(question: Question) -> Select[Any]:
    """How far back the history tells."""
    return recorded(question)


def left_out(facts: dict[str, Any], question: Question) -> list[str]:
    """What the history cannot tell of the statuses that deals were in."""
    return not_recorded(facts) if question.by == "status" else []
