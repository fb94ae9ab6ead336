"""What is the open pipeline worth by month of expected close and by status?

A line for each month and status with open opportunities: their number, the sum of budget amount, and the sum of
budget amount × probability; where a probability was left blank, that of the status. Opportunities without a close date
stand last, under (none), unless days asked for limit the close date. So that time runs evenly, a month without any has
a line of zeros, in the first status that is open; but where more than a year is empty, the months are left out and a
remark says so: such a distance is a mistyped year more often than a plan.

OroCRM has no such report. Its widget "Forecast" is the sum of the months asked for.
"""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import Select, func, select

from pipelines.questions.answer import Chart, Column
from pipelines.questions.dimensions import NONE
from pipelines.questions.question import Question
from schemas.exact import exact_sum, weighted_sum

TAKES = frozenset({"from", "to"})
CHART = Chart("stacked", "month", ("weighted_amount",), "label")
LONGEST_GAP = 12
"""How many empty months in a row are shown."""
ADDED = ("opportunities", "budget_amount", "weighted_amount")


def columns(question: Question) -> list[Column]:
    """The columns of the answer."""
    return [
        Column("month", "Close month", "text"),
        Column("status", "Status id", "text", shown=False),
        Column("label", "Status", "text"),
        Column("opportunities", "Number"),
        Column("budget_amount", "Budget amount", "money"),
        Column("weighted_amount", "Weighted amount", "money"),
    ]


def ask(question: Question) -> Select[Any]:
    """One row for each close date and status of open opportunities."""
    deals, budget = question.deals, question.open_amount("budget_amount")
    return (
        select(
            deals.c.close_date,
            deals.c.status,
            func.count().label("opportunities"),
            exact_sum(budget).label("budget_amount"),
            weighted_sum(budget, question.probability()).label("weighted_amount"),
        )
        .where(question.is_open(), question.in_period())
        .group_by(deals.c.close_date, deals.c.status)
    )


def work_out(rows: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The days added up to months, with the empty months between, oldest first; within a month in pipeline order."""
    sums: dict[tuple[int | None, str], dict[str, Any]] = {}
    for row in rows:
        line = sums.setdefault((_number(row["close_date"]), row["status"]), dict.fromkeys(ADDED, Decimal(0)))
        line |= {key: line[key] + (row[key] or 0) for key in ADDED}
    places = {status.id: place for place, status in enumerate(question.settings.statuses)}
    first = question.settings.ids("open")[0]
    nothing: dict[str, Any] = dict.fromkeys(ADDED, Decimal(0))
    for before, after in pairwise(sorted({month for month, _ in sums if month is not None})):
        if after - before - 1 <= LONGEST_GAP:
            sums |= {(month, first): nothing for month in range(before + 1, after)}
    labels = question.settings.labels

    def place(key: tuple[int | None, str]) -> tuple[bool, int, int, str]:
        return key[0] is None, key[0] or 0, places.get(key[1], len(places)), key[1]

    return [
        {"month": _text(key[0]), "status": key[1], "label": labels.get(key[1], key[1])}
        | sums[key]
        | {"opportunities": int(sums[key]["opportunities"])}
        for key in sorted(sums, key=place)
    ]


def remark(rows: list[dict[str, Any]], question: Question) -> list[str]:
    """Which months are left out, because more than a year of them is empty."""
    months = [row["month"] for row in rows if row["month"] != NONE]
    numbers = [int(month[:-3]) * 12 + int(month[-2:]) - 1 for month in months]
    return [
        f"No open opportunity is expected to close from {_text(before + 1)} to {_text(after - 1)}."
        for before, after in pairwise(numbers)
        if after - before > 1
    ]


def _number(day: date | None) -> int | None:
    """A month as a number, each one more than the one before."""
    return None if day is None else day.year * 12 + day.month - 1


def _text(month: int | None) -> str:
    return NONE if month is None else f"{month // 12:04}-{month % 12 + 1:02}"
