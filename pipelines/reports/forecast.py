"""What will the open opportunities of each owner bring, weighted with their probability?

Formula: weighted = Σ budget amount × probability; where a probability was left blank, that of the status counts. Sums
are exact, and rounded once at the end.

What counts: open opportunities that have an owner; grouped by anything else, those without one too. Days asked for
limit the close date; without them undated opportunities count as well, with them they are told below the table as
OroCRM's "Indeterminate".

Compared with an earlier moment (--since), the same is asked as it was known then; days asked for move back as far as
the moment does. Differences are told as +3 (+150%), the bracket being left out where there was nothing before.

Source: OroCRM's report "Total Forecast" and the comparison of its widget "Forecast of Opportunities".
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import CompoundSelect, Select, and_, case, func, literal, or_, select, union_all

from pipelines.questions.answer import Chart, Column
from pipelines.questions.deviation import deviation
from pipelines.questions.dimensions import DIMENSIONS, dimension, group_column
from pipelines.questions.parts import Part, Parts, opportunities
from pipelines.questions.periods import moved_back
from pipelines.questions.question import Question
from pipelines.text_tables import cents
from schemas.exact import exact_sum, weighted_sum

TAKES = frozenset({"from", "to", "since"})
BY = tuple(DIMENSIONS)
SUMS = {"opportunities": "In progress", "budget_amount": "Budget forecast", "weighted_amount": "Weighted forecast"}


def columns(question: Question) -> list[Column]:
    """What the lines stand for and the sums; compared, those of before and the differences in words too."""
    told = [group_column(question.grouped_by)]
    for key, heading in SUMS.items():
        kind: Any = "count" if key == "opportunities" else "money"
        told.append(Column(key, heading, kind))
        if question.before:
            told.append(Column(f"{key}_before", f"{heading} before", kind, shown=False))
            told.append(Column(f"{key}_change", f"{heading} change", "text", below=key))
    return told


def chart(question: Question) -> Chart:
    """A bar of the weighted amount for each line."""
    return Chart("bar", question.group_key, ("weighted_amount",))


def parts(question: Question) -> Parts:
    """The open opportunities of each line."""
    by = question.grouped_by
    source, line, order = dimension(by).joined(question, question.deals)
    counted = and_(_of_the_report(question), question.in_period())
    cells = {"budget_amount": (Part("budget_amount"),), "weighted_amount": (Part("budget_amount", weighted=True),)}
    return Parts(by, source, line, order, counted, cells)


def ask(question: Question) -> Select[Any] | CompoundSelect[Any]:
    """The sums of each line; compared, those of the earlier moment in rows of their own."""
    if question.before is None:
        return _sums(question, side=0)
    return union_all(_sums(question, side=0), _sums(_earlier(question), side=1))


def work_out(found: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """One row for each line, in the order of what they stand for; what was not there before or is gone counts as 0."""
    key, lines = question.group_key, dict[str, dict[str, Any]]()
    nothing = {"opportunities": 0, "budget_amount": Decimal(0), "weighted_amount": Decimal(0)}
    suffixes = ("", "_before") if question.before else ("",)
    for row in sorted(found, key=lambda row: row["place"]):
        line = lines.setdefault(
            row["line"], {key: row["line"]} | {f"{one}{of}": nothing[one] for one in SUMS for of in suffixes}
        )
        line |= {f"{one}{suffixes[row['side']]}": row[one] or nothing[one] for one in SUMS}
    return [line | _changes(line, question) for line in lines.values()]


def in_total(rows: list[dict[str, Any]], question: Question) -> dict[str, Any]:
    """The differences of the sums, in words."""
    keys = [f"{key}{of}" for key in SUMS for of in ("", "_before")] if question.before else []
    return _changes({key: sum(row[key] for row in rows) for key in keys}, question)


def beside(question: Question) -> Select[Any]:
    """How many open opportunities the lines leave out, and their amounts."""
    deals, budget, chance = question.deals.c, question.amount("budget_amount"), question.probability()
    undated = and_(_of_the_report(question), deals.close_date.is_(None))
    unowned = and_(deals.owner_id.is_(None), question.in_period())
    unweighted = and_(_of_the_report(question), question.in_period(), chance.is_(None))
    return select(
        func.count(case((undated, 1))).label("undated"),
        exact_sum(case((undated, budget))).label("undated_budget"),
        weighted_sum(case((undated, budget)), chance).label("undated_weighted"),
        func.count(case((unowned, 1))).label("unowned"),
        exact_sum(case((unowned, budget))).label("unowned_budget"),
        func.count(case((unweighted, 1))).label("unweighted"),
    ).where(question.is_open(), or_(deals.close_date.is_(None), deals.owner_id.is_(None), chance.is_(None)))


def left_out(facts: dict[str, Any], question: Question) -> list[str]:
    """Which open opportunities are not in the lines, and why."""
    told = []
    if (question.start or question.end) and facts["undated"]:
        sums = [cents(facts[key]) for key in ("undated_budget", "undated_weighted")]
        count = opportunities(facts["undated"])
        told.append(f"Indeterminate: {count} without a close date, budget {sums[0]}, weighted {sums[1]}; not in it.")
    if question.grouped_by == "owner" and facts["unowned"]:
        count = opportunities(facts["unowned"])
        told.append(f"{count} without an owner, budget {cents(facts['unowned_budget'])}; not in it.")
    if facts["unweighted"]:
        count = opportunities(facts["unweighted"])
        told.append(f"{count} without a probability, in a status that the settings do not know; not weighted.")
    return told


def remark(rows: list[dict[str, Any]], question: Question) -> list[str]:
    """Which days a comparison is about."""
    if not question.before or not (question.start or question.end):
        return []
    then = _earlier(question)
    days = " ".join(f"{word} {day}" for word, day in (("from", then.start), ("until", then.end)) if day)
    return [f"Compared with the close dates {days}: moved back as far as the moment is."]


def _of_the_report(question: Question) -> Any:
    has_owner = [question.deals.c.owner_id.is_not(None)] if question.grouped_by == "owner" else []
    return and_(question.is_open(), *has_owner)


def _earlier(question: Question) -> Question:
    """The same question at the earlier moment; days asked for are as far from that day as they are from today."""
    then = question.earlier
    days = (question.today - then.today).days
    start, end = (moved_back(day, days) for day in (question.start, question.end))
    return replace(then, by=question.by, start=start, end=end)


def _sums(question: Question, side: int) -> Select[Any]:
    return parts(question).sums(question).add_columns(literal(side).label("side"))


def _changes(line: dict[str, Any], question: Question) -> dict[str, Any]:
    if question.before is None:
        return {}
    return {f"{key}_change": deviation(line[key], line[f"{key}_before"]) for key in SUMS}
