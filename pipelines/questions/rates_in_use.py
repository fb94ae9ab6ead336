"""The exchange rates that the answer to a question needs; one that nobody stored is an error, never 1 or 0."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, case, func, or_, select

from pipelines.questions.learnt import sides
from pipelines.questions.question import Question, RateLearnt
from schemas.errors import RunError
from schemas.fields import AMOUNTS
from schemas.known import AsOf
from schemas.rates import Rate, RateBook
from schemas.tables import exchange_rate

SHOWN_RATES = 5


def stored_rates(connection: Connection, rates: FromClause = exchange_rate) -> RateBook:
    """Every stored exchange rate."""
    query = select(rates).order_by(rates.c.day, rates.c.from_currency, rates.c.to_currency)
    return RateBook(Rate(r.day, r.from_currency, r.to_currency, r.rate, r.source) for r in connection.execute(query))


class _Wanted:
    """Looks rates up in a book and remembers which are missing."""

    def __init__(self, book: RateBook, question: Question) -> None:
        self.book, self.question, self.missing = book, question, list[str]()

    def rate(self, code: str, currency: str, day: date) -> Decimal:
        quote = self.book.quote(code, currency, day, self.question.settings.max_rate_age_days)
        if quote is None:
            self.missing.append(f"{code} to {currency} on {day}")
        return quote.rate if quote else Decimal(0)

    def of_the_day(self, codes: Iterable[str]) -> dict[str, Decimal]:
        return {code: self.rate(code, self.question.currency, self.question.today) for code in sorted(codes)}

    def require_all(self, *, then: bool) -> None:
        """Refuse an answer that lacks rates; those that were not known then cannot be imported any more."""
        if not self.missing:
            return
        shown = ", ".join(self.missing[:SHOWN_RATES]) + (", …" if len(self.missing) > SHOWN_RATES else "")
        if then:
            why = f"No exchange rate was known then from {shown}."
            fix = "Rates imported later were not known: name a later moment, or see what is known today (--effective)."
            raise RunError(why, fix)
        oldest = self.question.settings.max_rate_age_days
        fix = f"Import rates of that day or up to {oldest} days before with `dealport rates import`."
        raise RunError(f"There is no exchange rate from {shown}.", fix)


def with_rates(connection: Connection, question: Question, deals: FromClause | None = None) -> Question:
    """The question with the rates of the day for open opportunities, and of the closing's day for closed ones.

    The rates that its own opportunities need, or some others.
    """
    deals = question.deals if deals is None else deals
    return _rated(connection, question, deals, _used_currencies(connection, question, deals))


def _rated(connection: Connection, question: Question, deals: FromClause, used: set[str]) -> Question:
    wanted, settings = _Wanted(stored_rates(connection, question.known.rates), question), question.settings
    open_rates = wanted.of_the_day(used)
    closing_rates: dict[date, Decimal] = {}
    if question.currency != settings.base_currency:
        days = _closing_days(connection, question, deals)
        closing_rates = {day: wanted.rate(settings.base_currency, question.currency, day) for day in days}
    wanted.require_all(then=question.when.moment is not None and not question.when.effective)
    return replace(question, open_rates=open_rates, closing_rates=closing_rates)


def with_past(connection: Connection, question: Question, days: Iterable[date]) -> Question:
    """The question with itself at the ends of past days, each with the rates of then, as far as any were known."""
    past = []
    for day in days:
        then = replace(question, when=AsOf(datetime.combine(day, time.max, UTC)), today=day, before=None)
        oldest, rates = day - timedelta(question.settings.max_rate_age_days), then.known.rates
        book = stored_rates(connection, select(rates).where(rates.c.day.between(oldest, day)).subquery())
        codes = (code for code in question.settings.currencies if code != question.currency)
        quotes = {code: book.quote(code, question.currency, day, question.settings.max_rate_age_days) for code in codes}
        past.append(replace(then, open_rates={code: quote.rate for code, quote in quotes.items() if quote}))
    return replace(question, past=tuple(past))


def with_rates_learnt(connection: Connection, question: Question) -> Question:
    """The question with the rates of the day as known then, and where today's are others, with those too.

    The rate of a currency that nobody used then is today's.
    """
    unchanged, known, truly = (_used_currencies(connection, question, deals) for deals in sides(question)[:3])
    question = _rated(connection, question, question.deals, unchanged | known)
    wanted = _Wanted(stored_rates(connection, question.true.rates), question)
    true = wanted.of_the_day(unchanged | truly)
    wanted.require_all(then=False)
    learnt = {
        code: RateLearnt(question.open_rates[code], rate, _run_of(connection, question, code))
        for code, rate in true.items()
        if question.open_rates.get(code, rate) != rate
    }
    return replace(question, open_rates=true | question.open_rates, rates_learnt=learnt)


def _run_of(connection: Connection, question: Question, code: str) -> int | None:
    """The newest run that told a rate for a currency and the days asked for after the moment asked for."""
    rates, either = question.true.rates.c, {code, question.currency}
    days = rates.day.between(question.today - timedelta(question.settings.max_rate_age_days), question.today)
    about = or_(rates.from_currency.in_(either), rates.to_currency.in_(either))
    query = select(rates.run_id).where(days, about, rates.valid_from > question.moment)
    return connection.scalar(query.order_by(rates.valid_from.desc()).limit(1))


def _used_currencies(connection: Connection, question: Question, deals: FromClause) -> set[str]:
    told = [(deals.c[code], deals.c[amount]) for amount, code in AMOUNTS.items()]
    return _occurring(connection, told, question.is_open(deals)) - {question.currency, None}


def _closing_days(connection: Connection, question: Question, deals: FromClause) -> list[date]:
    told = [
        (deals.c[f"{amount}_rate_day"], case((deals.c[code] != question.currency, deals.c[amount])))
        for amount, code in AMOUNTS.items()
    ]
    return sorted(day or question.today for day in _occurring(connection, told, ~question.is_open(deals)))


def _occurring(
    connection: Connection, told: Sequence[tuple[ColumnElement[Any], ColumnElement[Any]]], where: ColumnElement[bool]
) -> set[Any]:
    """The values of some columns beside which another is filled; all columns are looked through at once."""
    columns, besides = zip(*told, strict=True)
    rows = connection.execute(select(*columns, *map(func.count, besides)).where(where).group_by(*columns))
    number = len(told)
    return {value for row in rows for value, count in zip(row[:number], row[number:], strict=True) if count}
