"""What is the open pipeline worth by month of expected close and by status?

A line for each month and status with open opportunities: their number, the sum of budget amount, and the sum of
budget amount × probability; where a probability was left blank, that of the status. Opportunities without a close date
stand last, under (none), unless days asked for limit the close date. So that time runs evenly, a month without any has
a line of zeros, in the first status that is open; but where more than a year is empty, the months are left out and a
remark says so: such a distance is a mistyped year more often than a plan. With --by a line for each month and group.

OroCRM has no such report. Its widget "Forecast" is the sum of the months asked for.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import Select, func, select

from pipelines.questions.answer import Chart, Column
from pipelines.questions.dimensions import DIMENSIONS, NONE, dimension, group_column
from pipelines.questions.question import Question
from schemas.exact import exact_sum, weighted_sum

TAKES = frozenset({"from", "to"})
BY = (None, *(name for name in DIMENSIONS if name not in {"status", "month"}))
LONGEST_GAP = 12
"""How many empty months in a row are shown."""
Line = tuple[Any, str]
"""What a line of a month stands for: its place, and the id of a status or the name of a group."""
ADDED = ("opportunities", "budget_amount", "weighted_amount")


def columns(question: Question) -> list[Column]:
    """The month, its status or group, and the sums."""
    status = [Column("status", "Status id", "text", shown=False), Column("label", "Status", "text")]
    return [
        Column("month", "Close month", "text"),
        *([group_column(question.by)] if question.by else status),
        Column("opportunities", "Number"),
        Column("budget_amount", "Budget amount", "money"),
        Column("weighted_amount", "Weighted amount", "money"),
    ]


def chart(question: Question) -> Chart:
    """The weighted amount of each month, stacked."""
    return Chart("stacked", "month", ("weighted_amount",), question.group_key if question.by else "label")


def ask(question: Question) -> Select[Any]:
    """One row for each close date and status, or group, of open opportunities."""
    deals, budget = question.deals, question.open_amount("budget_amount")
    source, line, place = dimension(question.by or "status").joined(question, deals)
    line = line if question.by else deals.c.status
    return (
        select(
            deals.c.close_date,
            line.label("line"),
            place.label("place"),
            func.count().label("opportunities"),
            exact_sum(budget).label("budget_amount"),
            weighted_sum(budget, question.probability()).label("weighted_amount"),
        )
        .select_from(source)
        .where(question.is_open(), question.in_period())
        .group_by(deals.c.close_date, line, place)
    )


def work_out(rows: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The days added up to months, with the empty months between, oldest first; within a month in their order."""
    sums: dict[tuple[int | None, Line], dict[str, Any]] = {}
    for row in rows:
        key = _number(row["close_date"]), (row["place"], row["line"])
        line = sums.setdefault(key, dict.fromkeys(ADDED, Decimal(0)))
        line |= {key: line[key] + (row[key] or 0) for key in ADDED}
    nothing: dict[str, Any] = dict.fromkeys(ADDED, Decimal(0))
    for before, after in pairwise(sorted({month for month, _ in sums if month is not None})):
        if after - before - 1 <= LONGEST_GAP:
            sums |= {(month, _first(sums, question)): nothing for month in range(before + 1, after)}
    return [
        {"month": _text(month), **_named(line[1], question)}
        | sums[month, line]
        | {"opportunities": int(sums[month, line]["opportunities"])}
        for month, line in sorted(sums, key=lambda key: (key[0] is None, key[0] or 0, key[1]))
    ]


def _first(lines: Iterable[tuple[int | None, Line]], question: Question) -> Line:
    """The line of a month without any: the first open status, or the first group."""
    if question.by:
        return min(line for _, line in lines)
    first = question.settings.ids("open")[0]
    return [status.id for status in question.settings.statuses].index(first), first


def _named(line: str, question: Question) -> dict[str, str]:
    if question.by:
        return {question.group_key: line}
    return {"status": line, "label": question.settings.labels.get(line, line)}


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
