"""How many opportunities are new and how many were won in a period, for how much, and how does it compare?

Formula: new = number and Σ budget amount of the opportunities first stored in the period; won to date = number and
Σ close revenue of the won opportunities that were closed in it.

What counts: the period is this month unless days are asked for; with a last day only, it begins with the first
opportunity ever stored. It is compared with the period before: the month, quarter or year before a whole one, else the
same number of days; a period without a first day is compared with nothing. A difference is told as +3 (+150%), the
bracket being left out where there was nothing before.

With --by each group has both, and an opportunity is in the group in which it is at the moment asked for, in both
periods alike. A group with nothing new and nothing won in either period is left out. What the groups are together is
told below the table.

Source: OroCRM's widget "Opportunity Statistics".
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select

from pipelines.questions.answer import Chart, Column
from pipelines.questions.deviation import MINUS, deviation
from pipelines.questions.dimensions import DIMENSIONS, dimension, group_column
from pipelines.questions.periods import lies_between, month_around, previous
from pipelines.questions.question import Question
from pipelines.text_tables import cents
from schemas.exact import exact_sum

TAKES = frozenset({"from", "to"})
BY = (None, *DIMENSIONS)
NAMES = {"new": "New", "won": "Won to date"}
NOTHING: dict[str, Any] = {"opportunities": 0, "amount": Decimal(0)}
Days = tuple[date | None, date]


def columns(question: Question) -> list[Column]:
    """What is counted, number and amount, those of the period before, and the differences in words."""
    return [
        *([group_column(question.by)] if question.by else []),
        Column("statistic", "Opportunities", "text"),
        Column("opportunities", "Number", added=False),
        Column("opportunities_before", "Number before", added=False, shown=False),
        Column("opportunities_change", "Number change", "text", below="opportunities"),
        Column("amount", "Amount", "money", added=False),
        Column("amount_before", "Amount before", "money", added=False, shown=False),
        Column("amount_change", "Amount change", "text", below="amount"),
    ]


def chart(question: Question) -> Chart | None:
    """Of groups, bars of what is new and what was won for each."""
    return Chart("bar", group_column(question.by).key, ("amount",), series="statistic") if question.by else None


def ask(question: Question) -> Select[Any]:
    """Both statistics of the period and of the one before, in one row; in one for each group where they are grouped."""
    now, before = _periods(question)
    told: list[ColumnElement[Any]] = []
    counts: list[ColumnElement[bool]] = []
    for suffix, days in (("", now), ("_before", before)):
        for name, (counted, amount) in _statistics(question, days).items():
            counts.append(counted)
            told.append(func.count(case((counted, 1))).label(f"{name}_opportunities{suffix}"))
            told.append(exact_sum(case((counted, amount))).label(f"{name}_amount{suffix}"))
    if question.by is None:
        return select(*told).select_from(question.deals)
    source, group, place = dimension(question.by).joined(question, question.deals)
    grouped = select(group.label(group_column(question.by).key), *told).select_from(source).where(or_(*counts))
    return grouped.group_by(place, group).order_by(place, group)


def work_out(found: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """A row for each statistic, of each group where they are grouped."""
    return [row for facts in found for row in _rows(facts, question)]


def _rows(facts: dict[str, Any], question: Question) -> Iterator[dict[str, Any]]:
    compared = _periods(question)[1] is not None
    key = group_column(question.by).key if question.by else None
    for name, heading in NAMES.items():
        row: dict[str, Any] = {key: facts[key]} if key else {}
        row["statistic"] = heading
        for measure, nothing in NOTHING.items():
            now, past = (facts[f"{name}_{measure}{suffix}"] or nothing for suffix in ("", "_before"))
            change = deviation(now, past, none="No changes", minus=MINUS) if compared else None
            row |= {measure: now, f"{measure}_before": past if compared else None, f"{measure}_change": change}
        yield row


def remark(rows: list[dict[str, Any]], question: Question) -> list[str]:
    """Which periods these are, and what groups are together."""
    (start, end), before = _periods(question)
    told = f"Days: {f'from {start} ' if start else ''}until {end}"
    days = [f"{told}; compared with {before[0]} until {before[1]}." if before else f"{told}; compared with nothing."]
    return [f"All groups together: {_together(rows, compared=before is not None)}.", *days] if question.by else days


def _together(rows: list[dict[str, Any]], *, compared: bool) -> str:
    """The sums of both statistics in words."""
    told = []
    for heading in NAMES.values():
        of = [row for row in rows if row["statistic"] == heading]
        before = f", before {_sums(of, '_before')}" if compared else ""
        told.append(f"{heading.lower()} {_sums(of, '')}{before}")
    return "; ".join(told)


def _sums(rows: list[dict[str, Any]], suffix: str) -> str:
    number = sum(row[f"opportunities{suffix}"] for row in rows)
    return f"{number:,} for {cents(sum((row[f'amount{suffix}'] for row in rows), Decimal(0)))}"


def _periods(question: Question) -> tuple[Days, Days | None]:
    """The period, and the one before."""
    start, end = question.start, question.end
    if start is None and end is None:
        start, end = month_around(question.today)
    if end is None:
        end = max(question.today, start or question.today)
    return (start, end), previous(start, end) if start else None


def _statistics(question: Question, days: Days | None) -> dict[str, tuple[ColumnElement[bool], ColumnElement[Any]]]:
    """Which opportunities each statistic counts, and the amount that it adds up."""
    deals = question.deals.c
    start, end = days or (None, None)
    first: ColumnElement[Any] = select(func.min(deals.created_at)).scalar_subquery()
    new, won = (
        and_(lies_between(moment, start, end), moment >= first if start is None else moment.is_not(None))
        for moment in (deals.created_at, deals.closed_at)
    )
    if days is None:
        new = won = false()
    return {
        "new": (new, question.amount("budget_amount")),
        "won": (and_(question.is_won(), won), question.amount("close_revenue")),
    }
