"""How many opportunities were won in each month, quarter or year, and for how much?

Formula: number of opportunities; Σ close revenue.

What counts: won opportunities that have a close date, by that date, oldest period first; with --period day, each date
is a line of its own. A won opportunity that tells no close revenue adds nothing to the sum: how many there are and
their budget is told below the table, and so are those without a close date, which are in no line. Days asked for limit
the close date. With --by each group has its periods, oldest first.

Source: OroCRM's report "Won Opportunities By Period".
"""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, and_, case, cast, extract, func, literal, select

from pipelines.questions.answer import Chart, Column
from pipelines.questions.dimensions import DIMENSIONS, dimension, group_column
from pipelines.questions.parts import Part, Parts, opportunities
from pipelines.questions.question import Question
from pipelines.text_tables import cents
from schemas.exact import exact_sum

TAKES = frozenset({"from", "to", "period"})
BY = (None, *(name for name in DIMENSIONS if name not in {"status", "month"}))


def columns(question: Question) -> list[Column]:
    """The columns of the answer."""
    return [
        *([group_column(question.by)] if question.by else []),
        Column("period", "Period", "text"),
        Column("won", "Number won"),
        Column("close_revenue", "Close revenue", "money"),
    ]


def chart(question: Question) -> Chart:
    """The revenue of each period as columns, of groups one upon the other."""
    if question.by is None:
        return Chart("column", "period", ("close_revenue",))
    return Chart("stacked", "period", ("close_revenue",), series=group_column(question.by).key)


def parts(question: Question) -> Parts:
    """The won opportunities of each period, in the order of the last close date."""
    day = question.deals.c.close_date
    counted = and_(question.is_won(), day.is_not(None), question.in_period())
    cells = {"close_revenue": (Part("close_revenue"),)}
    line = _label(question)
    return Parts("period", question.deals, line, line, counted, cells)


def ask(question: Question) -> Select[Any]:
    """One row for each period with a won opportunity, of each group where they are grouped."""
    told = parts(question)
    latest = func.max(question.deals.c.close_date)
    if question.by is None:
        groups: list[ColumnElement[Any]] = []
        source, order = told.source, []
    else:
        source, group, place = dimension(question.by).joined(question, told.source)
        groups, order = [group], [place]
    return (
        select(*groups, told.line, func.count(), exact_sum(question.amount("close_revenue")))
        .select_from(source)
        .where(told.counted)
        .group_by(*groups, *order, told.line)
        .order_by(*order, *groups, latest)
    )


def beside(question: Question) -> Select[Any]:
    """How many won opportunities tell no revenue, or no date, and their amounts."""
    day, revenue, budget = (
        question.deals.c.close_date,
        question.amount("close_revenue"),
        question.amount("budget_amount"),
    )
    untold, undated = and_(day.is_not(None), question.in_period(), revenue.is_(None)), day.is_(None)
    return select(
        func.count(case((untold, 1))).label("untold"),
        exact_sum(case((untold, budget))).label("untold_budget"),
        func.count(case((undated, 1))).label("undated"),
        exact_sum(case((undated, revenue))).label("undated_revenue"),
    ).where(question.is_won())


def left_out(facts: dict[str, Any], question: Question) -> list[str]:
    """What the sum does not have, so that nobody takes it for all that was won."""
    told = []
    if facts["untold"]:
        count, budget = opportunities(facts["untold"]), cents(facts["untold_budget"])
        told.append(f"{count} won without a close revenue, budget {budget}; counted, but not in the sum.")
    if facts["undated"]:
        count, revenue = opportunities(facts["undated"]), cents(facts["undated_revenue"])
        told.append(f"{count} won without a close date, close revenue {revenue}; in no period.")
    return told


def _label(question: Question) -> ColumnElement[str]:
    """The period of a close date: 11 / 2026, 4 / 2026, 2026; or the date."""
    day = question.deals.c.close_date
    if question.period == "day":
        return cast(day, String)
    year, month = (cast(extract(part, day), Integer) for part in ("year", "month"))
    if question.period == "year":
        return cast(year, String)
    number = month if question.period == "month" else (month + 2) // literal(3)
    return cast(number, String).concat(" / ").concat(cast(year, String))
