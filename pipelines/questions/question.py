"""What a report is asked about: moment, currency, day, period; the tables of then, and amounts in that currency.

A report asks the question for its tables, never for the tables at rest, so that it can be answered for any past moment.

An open opportunity is converted with the rate of the day asked for. A closed one keeps what it was at closing: in the
base currency the stored base value, in its own currency the amount itself, in any other the base value converted with
the rate of its closing's day.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from sqlalchemy import ColumnElement, FromClause, Table, and_, case, cast, func, literal, null, select

from pipelines.questions.conditions import holds
from schemas.errors import UsageError
from schemas.exact import ExactText, Scaled, converted
from schemas.fields import AMOUNTS
from schemas.known import PRESENT, AsOf, Known
from schemas.settings import Settings
from schemas.tables import lead, opportunity
from schemas.where import Condition

Period = Literal["month", "quarter", "year", "day"]


@dataclass(frozen=True)
class RateLearnt:
    """The rate of a currency on the day asked for: as known then, as known today, and the run that told it."""

    known: Decimal
    true: Decimal
    run: int | None


@dataclass(frozen=True)
class Question:
    """The words of a question, and the rates that its answer needs: by currency, and by day of closing.

    `before` is the same question at the earlier moment to compare with, with the rates of then; `past` are those at the
    ends of past days. `rates_learnt` are those that were known otherwise at the moment asked for. `where` is what rows
    must meet to count.
    """

    settings: Settings
    currency: str
    today: date
    start: date | None = None
    end: date | None = None
    period: Period = "month"
    when: AsOf = PRESENT
    open_rates: dict[str, Decimal] = field(default_factory=dict)
    closing_rates: dict[date, Decimal] = field(default_factory=dict)
    rates_learnt: dict[str, RateLearnt] = field(default_factory=dict)
    account: str | None = None
    by: str | None = None
    target: Decimal | None = None
    before: "Question | None" = None
    where: Condition | None = None
    past: tuple["Question", ...] = ()

    @property
    def grouped_by(self) -> str:
        """What the lines stand for, in reports that are always of groups: what is asked for, else the first of `BY`."""
        assert self.by is not None
        return self.by

    @property
    def group_key(self) -> str:
        """The key of the column that names the groups."""
        return self.grouped_by.replace("-", "_")

    @cached_property
    def known(self) -> Known:
        """The tables as known at the moment asked for."""
        return Known(self.when, self.settings)

    @cached_property
    def true(self) -> Known:
        """The tables as today's knowledge tells them of the moment asked for."""
        return Known(replace(self.when, effective=True), self.settings)

    @cached_property
    def deals(self) -> FromClause:
        """The opportunities that meet the condition; all where there is none."""
        return self._meeting(opportunity, self.known)

    @cached_property
    def true_deals(self) -> FromClause:
        """Those that meet it by today's knowledge of the moment asked for."""
        return self._meeting(opportunity, self.true)

    @cached_property
    def leads(self) -> FromClause:
        """The leads that meet the condition; all where there is none on leads."""
        return self._meeting(lead, self.known)

    def meets(self, rows: FromClause, known: Known | None = None) -> ColumnElement[bool]:
        """Whether rows with the columns of what the condition is on, such as versions, meet it.

        What they refer to is that of the moment asked for, or of other knowledge of it.
        """
        return literal(1) == 1 if self.where is None else holds(self.where, rows, known or self.known, self.today)

    def _meeting(self, table: Table, known: Known) -> FromClause:
        rows = known.of(table)
        if self.where is None or self.where.entity != table.name:
            return rows
        condition = holds(self.where, rows, known, self.today)
        return select(*rows.c).where(condition).subquery(f"{table.name}_asked")

    @property
    def moment(self) -> datetime:
        """The past moment asked for, of a question that makes sense for one only."""
        if self.when.moment is None:
            raise UsageError("What was known is asked of a past moment, and none is named.", "Name one with --as-of.")
        return self.when.moment

    @property
    def earlier(self) -> "Question":
        """The question at the earlier moment to compare with, of one that makes sense with such only."""
        if self.before is None:
            raise UsageError("This compares with a past moment, and none is named.", "Name one with --since.")
        return self.before

    def is_open(self, deals: FromClause | None = None) -> ColumnElement[bool]:
        """Whether an opportunity is neither won nor lost."""
        # a status that the settings know no more is one of an open opportunity, as it is for OroCRM
        return self._or_own(deals).c.status.not_in(self.settings.ids("won", "lost"))

    def is_won(self, deals: FromClause | None = None) -> ColumnElement[bool]:
        """Whether an opportunity is won."""
        return self._or_own(deals).c.status.in_(self.settings.ids("won"))

    def amount(self, name: str, deals: FromClause | None = None) -> ColumnElement[Any]:
        """An amount field in the currency asked for."""
        deals = self._or_own(deals)
        value, code, base = (deals.c[part] for part in (name, AMOUNTS[name], f"{name}_base"))
        if self.currency == self.settings.base_currency:
            closed: ColumnElement[Any] = base
        else:
            day = func.coalesce(deals.c[f"{name}_rate_day"], self.today)
            then = [(day == when, self.in_currency(base, rate)) for when, rate in self.closing_rates.items()]
            closed = case((code == self.currency, value), *then)
        return case((self.is_open(deals), self.open_amount(name, deals)), else_=closed)

    def open_amount(self, name: str, deals: FromClause | None = None) -> ColumnElement[Any]:
        """An amount field of open opportunities in the currency asked for, with the rate of the day."""
        value, code = (self._or_own(deals).c[part] for part in (name, AMOUNTS[name]))
        now = [(code == other, self.in_currency(value, rate)) for other, rate in self.open_rates.items()]
        return case((code == self.currency, value), *now, else_=null())

    def in_currency(self, value: ColumnElement[Any], rate: Decimal) -> ColumnElement[Any]:
        """A value converted with a rate and rounded to 4 decimals."""
        return converted(value, cast(literal(rate, ExactText), ExactText), self.settings.rounding)

    def probability(self, deals: FromClause | None = None) -> ColumnElement[Any]:
        """The chance to win, from 0 to 1; where none was given, that of the status."""
        stored = self._or_own(deals).c
        kind = stored.probability.type
        default = {status.id: cast(literal(status.probability, kind), kind) for status in self.settings.statuses}
        return func.coalesce(stored.probability, case(default, value=stored.status), type_=Scaled(7, 6))

    def in_period(self, deals: FromClause | None = None) -> ColumnElement[bool]:
        """Whether the close date lies in the days asked for, both included; without limits everything does."""
        day = self._or_own(deals).c.close_date
        limits = [day >= self.start] if self.start else []
        limits += [day <= self.end] if self.end else []
        return and_(literal(1) == 1, *limits)

    def _or_own(self, deals: FromClause | None) -> FromClause:
        return self.deals if deals is None else deals
