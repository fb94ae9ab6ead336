"""What a report is asked about: currency, day and period, and each amount of an opportunity in that currency.

An open opportunity is converted with the rate of the day asked for. A closed one keeps what it was at closing: in the
base currency the stored base value, in its own currency the amount itself, in any other the base value converted with
the rate of its closing's day.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, cast, func, literal, null

from schemas.exact import ExactText, Scaled, converted
from schemas.fields import AMOUNTS
from schemas.settings import Settings
from schemas.tables import opportunity

Period = Literal["month", "quarter", "year"]
Cell = int | str | Decimal


@dataclass(frozen=True)
class Question:
    """The words of a question, and the rates that its answer needs: by currency, and by day of closing."""

    settings: Settings
    currency: str
    as_of: date
    start: date | None = None
    end: date | None = None
    period: Period = "month"
    open_rates: dict[str, Decimal] = field(default_factory=dict)
    closing_rates: dict[date, Decimal] = field(default_factory=dict)
    account: str | None = None

    def is_open(self) -> ColumnElement[bool]:
        """Whether an opportunity is neither won nor lost."""
        return opportunity.c.status.in_(self.settings.ids("open"))

    def amount(self, name: str) -> ColumnElement[Any]:
        """An amount field in the currency asked for."""
        value, code = opportunity.c[name], opportunity.c[AMOUNTS[name]]
        same = (code == self.currency, value)
        now = [(code == other, self._converted(value, rate)) for other, rate in self.open_rates.items()]
        base = opportunity.c[f"{name}_base"]
        if self.currency == self.settings.base_currency:
            closed: ColumnElement[Any] = base
        else:
            day = func.coalesce(opportunity.c[f"{name}_rate_day"], self.as_of)
            then = [(day == when, self._converted(base, rate)) for when, rate in self.closing_rates.items()]
            closed = case(same, *then)
        return case((self.is_open(), case(same, *now, else_=null())), else_=closed)

    def _converted(self, value: ColumnElement[Any], rate: Decimal) -> ColumnElement[Any]:
        return converted(value, cast(literal(rate, ExactText), ExactText), self.settings.rounding)

    def probability(self) -> ColumnElement[Any]:
        """The chance to win, from 0 to 1; where none was given, that of the status."""
        kind = opportunity.c.probability.type
        default = {status.id: cast(literal(status.probability, kind), kind) for status in self.settings.statuses}
        return func.coalesce(opportunity.c.probability, case(default, value=opportunity.c.status), type_=Scaled(7, 6))

    def in_period(self) -> ColumnElement[bool]:
        """Whether the close date lies in the days asked for, both included; without limits everything does."""
        limits = [opportunity.c.close_date >= self.start] if self.start else []
        limits += [opportunity.c.close_date <= self.end] if self.end else []
        return and_(literal(1) == 1, *limits)


@dataclass(frozen=True)
class Column:
    """A column of an answer: key in JSON and CSV, heading on the terminal, and whether it is money and added up."""

    key: str
    heading: str
    money: bool = False
    added: bool = True


Columns = Callable[[Question], list[Column]]
