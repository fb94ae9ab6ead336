"""The rates that amounts of an answer were converted with: which, of which day, and who told them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, select

from pipelines.questions.question import Question
from pipelines.questions.rates_in_use import stored_rates
from schemas.rates import RateBook


@dataclass(frozen=True)
class RatesTold:
    """Rates to tell: those in the book, and who told each by its day and its currencies."""

    KEYS: ClassVar = ("base_rate", "base_rate_day", "rate", "rate_day", "rate_source")
    question: Question
    book: RateBook
    sources: dict[tuple[date, str, str], str]

    def of(self, row: Row[Any]) -> dict[str, Any]:
        """What an amount was converted with: at closing to the base currency, and to the currency asked for."""
        base, asked = self.question.settings.base_currency, self.question.currency
        told: dict[str, Any] = dict.fromkeys(self.KEYS)
        if row.amount is None or row.currency == asked:
            return told
        if row.is_open:
            return told | self._looked_up(row.currency, self.question.today, self.question.open_rates[row.currency])
        if row.currency != base:
            told |= {"base_rate": _digits(row.rate), "base_rate_day": _text(row.rate_day)}
        if asked != base:
            day = row.rate_day or self.question.today
            told |= self._looked_up(base, day, self.question.closing_rates[day])
        return told

    def _looked_up(self, code: str, day: date, rate: Decimal) -> dict[str, Any]:
        """The rate of a day in the book, when it was published, and by whom."""
        settings = self.question.settings
        quote = self.book.quote(code, self.question.currency, day, settings.max_rate_age_days)
        assert quote is not None  # the answer was refused without it
        told = self._told_by(code, self.question.currency, quote.day)
        return {"rate": _digits(rate), "rate_day": _text(quote.day), "rate_source": told}

    def _told_by(self, code: str, currency: str, day: date) -> str:
        """Who told a rate: directly, turned round, or by way of a third currency."""
        direct = self._leg(code, currency, day)
        if direct:
            return direct
        partners = sorted({one for of_day, *pair in self.sources if of_day == day for one in pair})
        legs = [(pivot, self._leg(code, pivot, day), self._leg(pivot, currency, day)) for pivot in partners]
        pivot, one, other = next(legs_of for legs_of in legs if legs_of[1] and legs_of[2])
        return f"{one}{'' if one == other else f', {other}'}, by way of {pivot}"

    def _leg(self, code: str, currency: str, day: date) -> str | None:
        return self.sources.get((day, code, currency)) or self.sources.get((day, currency, code))


def rates_told(connection: Connection, question: Question) -> RatesTold:
    """The rates that were known at the moment of a question."""
    rates = question.known.rates
    found = connection.execute(select(rates.c.day, rates.c.from_currency, rates.c.to_currency, rates.c.source))
    return RatesTold(question, stored_rates(connection, rates), {(r[0], r[1], r[2]): r[3] for r in found})


def _digits(rate: Decimal | None) -> str | None:
    return None if rate is None else f"{rate:f}"


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
