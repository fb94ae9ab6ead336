"""What was forecast for past periods at the end of the day before each, and what was won in them: sums from history.

A version of an opportunity counts for the one period in which its close date lies, where it stood as open at the end of
the day before that period began; so one pass over all versions tells every forecast.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)

from pipelines.questions.dimensions import dimension
from pipelines.questions.periods import month_around, previous
from pipelines.questions.question import Question
from pipelines.questions.versions import recorded
from schemas.errors import UsageError
from schemas.exact import ExactText, Scaled, converted, exact_sum, weighted_sum

MOST = 60
KEPT = ("id", "status", "probability", "close_date", "budget_amount", "budget_currency", "valid_from")
GROUPED = ("owner_id", "account_id", "customer_id", "lead", "source")
Value = ColumnElement[Any]


@dataclass(frozen=True)
class Span:
    """A period that is over, with its name."""

    name: str
    start: date
    end: date


def spans(question: Question, number: int) -> list[Span]:
    """The last periods that are over, oldest first: those of the days asked for, else some number of them."""
    found: list[Span] = []
    days = previous(*_around(question))
    while days and len(found) < (MOST if question.start else number):
        if question.start and days[0] < question.start:
            break
        if not question.end or days[1] <= question.end:
            found.insert(0, Span(_named(question, days[0]), *days))
        days = previous(*days)
    if not found:
        raise UsageError(f"No {question.period} of the days asked for is over.", "Name others with --from and --to.")
    return found


def _around(question: Question) -> tuple[date, date]:
    """The period in which today lies."""
    today = question.today
    if question.period == "year":
        return date(today.year, 1, 1), date(today.year, 12, 31)
    if question.period == "quarter":
        first = (today.month - 1) // 3 * 3 + 1
        return date(today.year, first, 1), month_around(date(today.year, first + 2, 1))[1]
    return (today, today) if question.period == "day" else month_around(today)


def _named(question: Question, day: date) -> str:
    names = {"year": f"{day:%Y}", "quarter": f"{day:%Y}-Q{(day.month + 2) // 3}", "month": f"{day:%Y-%m}"}
    return names.get(question.period, day.isoformat())


def eves(periods: Sequence[Span]) -> list[date]:
    """The day before each period, at whose end it was forecast."""
    return [span.start - timedelta(days=1) for span in periods]


def forecast_and_won(question: Question, periods: Sequence[Span]) -> Select[Any]:
    """A row for each group and period with what was forecast, and one with what was won; `unrated` lacked a rate.

    Each tells since when anything is recorded, and before when it was removed; so does the one row without any.
    """
    both = union_all(_forecast(question, periods), _won(question, periods)).subquery("both")
    facts = recorded(question).subquery("facts")
    return select(both, facts).select_from(facts.outerjoin(both, true()))


def _forecast(question: Question, periods: Sequence[Span]) -> Select[Any]:
    version = _versions(question, periods)
    rates = _rates(question)
    source, group, place = _grouped(question, version)
    counted = version.c.budget_amount.is_not(None)
    amount = converted(version.c.budget_amount, rates.c.rate, question.settings.rounding)
    rated = and_(rates.c.number == version.c.number, rates.c.code == version.c.budget_currency)
    missing = case((and_(counted, rates.c.rate.is_(None)), version.c.budget_currency))
    return (
        select(
            version.c.number,
            group.label("group"),
            place.label("place"),
            func.count().label("deals"),
            weighted_sum(amount, question.probability(version)).label("forecast"),
            cast(null(), Integer).label("won_deals"),
            cast(null(), Scaled(38, 4)).label("won"),
            func.min(missing).label("unrated"),
        )
        .select_from(source.outerjoin(rates, rated))
        .group_by(version.c.number, group, place)
    )


def _versions(question: Question, periods: Sequence[Span]) -> Subquery:
    """The versions that stood as open on the eve of the period in which their close date lies, and its number."""
    parts = []
    for table in question.known.versions:
        until = table.c.valid_to if "valid_to" in table.c else cast(null(), table.c.valid_from.type)
        kept = (table.c[name] for name in (*KEPT, *GROUPED))
        all_versions = select(*kept, until.label("until"))
        if question.deals is not question.known.deals:  # a condition on them
            all_versions = all_versions.where(table.c.id.in_(select(question.deals.c.id)))
        parts.append(all_versions)
    told = union_all(*parts).subquery("told")
    moments = [then.moment for then in question.past]
    stood = [and_(told.c.valid_from <= at, or_(told.c.until.is_(None), told.c.until > at)) for at in moments]
    number = _number(told.c.close_date, periods, stood).label("number")
    kept = (told.c[name] for name in (*KEPT, *GROUPED))
    # what the number says already, but told of a whole pass it is quicker
    near = told.c.close_date.between(periods[0].start, periods[-1].end)
    return select(*kept, number).where(near, question.is_open(told), number.is_not(None)).subquery("version")


def _number(day: Value, periods: Sequence[Span], also: Sequence[Value] = ()) -> Value:
    """The number of the period in which a day lies, null without one."""
    inside = [day.between(span.start, span.end) for span in periods]
    both = [and_(*conditions) for conditions in zip(inside, also, strict=True)] if also else inside
    return case(*((condition, number) for number, condition in enumerate(both)), else_=cast(null(), Integer))


def _rates(question: Question) -> Subquery:
    """The rate of each currency on each eve, as known then; its own is 1."""
    told = [
        select(literal(number).label("number"), literal(code).label("code"), _rate(rate).label("rate"))
        for number, then in enumerate(question.past)
        for code, rate in ({question.currency: Decimal(1)} | then.open_rates).items()
    ]
    return union_all(*told).subquery("rates")


def _rate(rate: Decimal) -> Value:
    return cast(literal(rate, ExactText), ExactText)


def _won(question: Question, periods: Sequence[Span]) -> Select[Any]:
    deals = question.deals
    source, group, place = _grouped(question, deals)
    number = _number(deals.c.close_date, periods)
    value = func.coalesce(question.amount("close_revenue"), question.amount("budget_amount"))
    return (
        select(
            number,
            group,
            place,
            cast(null(), Integer),
            cast(null(), Scaled(38, 10)),
            func.count(),
            exact_sum(value),
            cast(null(), String),
        )
        .select_from(source)
        .where(question.is_won(), number.is_not(None))
        .group_by(number, group, place)
    )


def _grouped(question: Question, deals: FromClause) -> tuple[FromClause, Value, Value]:
    return dimension(question.by).joined(question, deals) if question.by else (deals, literal(""), literal(0))
