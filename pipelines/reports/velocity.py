"""How much do sales bring each day, by the number of deals, their value, the win rate and the length of a sale?

velocity = open deals × average value of a won deal × win rate / average days of a sale, per day. Open deals are those
of now; won and lost ones those whose close date lies in the days asked for, or all. The value of a won deal is its
close revenue, where that was left blank its budget amount; one without either counts in the win rate only. The days
of a sale go from the day on which a deal was first recorded to that of its closing; a deal that was recorded as won
already tells nothing of them. Where any of the four is unknown or the days are 0, so is the velocity.

Source: the sales velocity equation as HubSpot and Salesforce teach it (number of opportunities × average deal value ×
win rate / length of the sales cycle). OroCRM has no such report.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, case, func, select

from pipelines.questions.answer import Chart, Column
from pipelines.questions.dimensions import DIMENSIONS, dimension, group_column
from pipelines.questions.intervals import share
from pipelines.questions.question import Question
from schemas.days import days_between, utc_day
from schemas.exact import exact_sum

TAKES = frozenset({"from", "to"})
BY = tuple(name for name in DIMENSIONS if name not in ("status", "month"))
"""Open and closed deals are in different statuses and months, so that these say nothing of them together."""
SUMS = ("open", "won", "lost", "valued", "value", "cycles", "cycle_days")


def columns(question: Question) -> list[Column]:
    """The group, the four factors, and what they make."""
    return [
        group_column(question.grouped_by),
        Column("open", "Open"),
        Column("won", "Won"),
        Column("lost", "Lost"),
        Column("average", "Average won", "money", added=False),
        Column("win_rate", "Win rate", "percent"),
        Column("days", "Days", "number"),
        Column("velocity", "Per day", "money", added=False),
    ]


def chart(question: Question) -> Chart:
    """What each brings a day, as bars."""
    return Chart("bar", question.group_key, ("velocity",))


def ask(question: Question) -> Select[Any]:
    """One row for each group with its sums."""
    deals = question.deals
    source, group, place = dimension(question.grouped_by).joined(question, deals)
    is_won, is_lost = question.is_won(), deals.c.status.in_(question.settings.ids("lost"))
    won, lost = and_(is_won, question.in_period()), and_(is_lost, question.in_period())
    value = case((won, func.coalesce(question.amount("close_revenue"), question.amount("budget_amount"))))
    cycle = case(
        (
            and_(won, deals.c.closed_at > deals.c.created_at),
            days_between(utc_day(deals.c.closed_at), utc_day(deals.c.created_at)),
        )
    )
    counts = {"open": case((question.is_open(), 1)), "won": case((won, 1)), "lost": case((lost, 1))}
    counts |= {"valued": value, "cycles": cycle}
    return (
        select(
            group.label(question.group_key),
            *(func.count(counted).label(name) for name, counted in counts.items()),
            exact_sum(value).label("value"),
            func.sum(cycle).label("cycle_days"),
        )
        .select_from(source)
        .group_by(group, place)
        .order_by(place, group)
    )


def work_out(found: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """With the factors, and what they make; of groups without any deal that counts nothing is told."""
    return [row | _factors(row) for row in found if row["open"] or row["won"] or row["lost"]]


def in_total(rows: list[dict[str, Any]], question: Question) -> dict[str, Any]:
    """The same of all deals together."""
    return _factors({key: sum(row[key] or 0 for row in rows) for key in SUMS})


def _factors(sums: dict[str, Any]) -> dict[str, Any]:
    """The average value, the win rate, the average days, and the velocity; multiplied first and divided once."""
    open_, won, closed = sums["open"], sums["won"], sums["won"] + sums["lost"]
    value, days = Decimal(sums["value"] or 0), Decimal(int(sums["cycle_days"] or 0))
    return {
        "average": share(value, sums["valued"]),
        "win_rate": share(won, closed),
        "days": share(days, sums["cycles"]),
        "velocity": share(open_ * value * won * sums["cycles"], sums["valued"] * closed * days),
    }


def remark(rows: list[dict[str, Any]], question: Question) -> list[str]:
    """How many won deals tell nothing of the days of a sale."""
    won, cycles = (sum(row[key] for row in rows) for key in ("won", "cycles"))
    if won == cycles:
        return []
    return [f"Recorded as won already, so that they tell nothing of the days of a sale: {won - cycles:,} of {won:,}."]
