"""What a run moves: money by status and currency, and the open pipeline before and after."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, and_, case, func, select

from pipelines.questions.rates_in_use import stored_rates
from schemas.exact import exact_sum, weighted_sum
from schemas.settings import Settings
from schemas.tables import HISTORY, opportunity

NOTHING = Decimal(0)


class Part(NamedTuple):
    """Some deals: how many, their budget amounts, and those weighted with their probability."""

    deals: int = 0
    amount: Decimal = NOTHING
    weighted: Decimal = NOTHING

    def plus(self, other: "Part", sign: int = 1) -> "Part":
        """Both together, or this one without the other."""
        return Part(
            self.deals + sign * other.deals,
            self.amount + sign * other.amount,
            self.weighted + sign * other.weighted,
        )


Parts = dict[tuple[str, str | None], Part]
"""Deals by status and currency; those without an amount have none."""


@dataclass(frozen=True)
class Moved:
    """The deals of a status and a currency that a run touches, before and after it."""

    status: str
    currency: str | None
    before: Part
    after: Part


@dataclass(frozen=True)
class Pipeline:
    """All open deals in the base currency, with the rates of a day; without a rate they are only counted."""

    before: Part
    after: Part


@dataclass(frozen=True)
class Weights:
    """What a run moves; `rates` are those of the day to the base currency."""

    rates: dict[str, Decimal]
    moved: tuple[Moved, ...]
    pipeline: Pipeline
    lost: int
    reowned: int
    redated: int


def weigh(connection: Connection, run_id: int, settings: Settings, today: date) -> Weights:
    """Weigh a run that is not committed yet."""
    image = HISTORY[opportunity]
    after = _parts(connection, opportunity, settings, opportunity.c.run_id == run_id)
    before = _parts(connection, image, settings, image.c.replaced_by_run_id == run_id)
    keys = sorted({*before, *after}, key=lambda key: (_place(settings, key[0]), key[0], key[1] or ""))
    moved = tuple(Moved(*key, before.get(key, Part()), after.get(key, Part())) for key in keys)
    statuses = settings.ids("open")
    present = _parts(connection, opportunity, settings, opportunity.c.status.in_(statuses))
    past = dict(present)
    for parts, sign in ((after, -1), (before, 1)):
        for key, part in parts.items():
            if key[0] in statuses:
                past[key] = past.get(key, Part()).plus(part, sign)
    rates = rates_of(connection, settings, today)
    pipeline = Pipeline(*(_sum(_in_base(side, settings, rates)) for side in (past, present)))
    return Weights(rates, moved, pipeline, *_turned(connection, run_id, settings))


def rates_of(connection: Connection, settings: Settings, day: date) -> dict[str, Decimal]:
    """The rate of each enabled currency to the base currency on a day, where there is one."""
    book = stored_rates(connection)
    quotes = {c: book.quote(c, settings.base_currency, day, settings.max_rate_age_days) for c in settings.currencies}
    return {code: quote.rate for code, quote in quotes.items() if quote}


def _place(settings: Settings, status: str) -> int:
    ids = [known.id for known in settings.statuses]
    return ids.index(status) if status in ids else len(ids)


def _parts(connection: Connection, deals: FromClause, settings: Settings, where: ColumnElement[bool]) -> Parts:
    """Deals by status and currency; where no probability was given that of the status counts."""
    c = deals.c
    amount, chance = c.budget_amount, c.probability
    sums = (exact_sum(amount), weighted_sum(amount, chance), exact_sum(case((chance.is_(None), amount))))
    query = select(c.status, c.budget_currency, func.count(), *sums).where(where)
    default = {status.id: status.probability for status in settings.statuses}
    return {
        (status, code): Part(
            count, total or NOTHING, (given or NOTHING) + (blank or NOTHING) * default.get(status, NOTHING)
        )
        for status, code, count, total, given, blank in connection.execute(query.group_by(c.status, c.budget_currency))
    }


def _in_base(parts: Parts, settings: Settings, rates: dict[str, Decimal]) -> Iterator[Part]:
    for (_, code), part in parts.items():
        rate = rates.get(code or settings.base_currency)
        yield Part(part.deals, part.amount * rate, part.weighted * rate) if rate else Part(part.deals)


def _sum(parts: Iterable[Part]) -> Part:
    total = Part()
    for part in parts:
        total = total.plus(part)
    return total


def _turned(connection: Connection, run_id: int, settings: Settings) -> tuple[int, int, int]:
    """How many open deals a run loses, gives to another owner, or moves to another day."""
    image, now = HISTORY[opportunity], opportunity
    was_open = image.c.status.in_(settings.ids("open"))
    stays = now.c.status.in_(settings.ids("open"))
    turns: list[Any] = [
        now.c.status.in_(settings.ids("lost")),
        now.c.owner_id.is_distinct_from(image.c.owner_id),
        and_(stays, now.c.close_date.is_distinct_from(image.c.close_date)),
    ]
    query = select(*(func.count(case((turn, 1))) for turn in turns)).select_from(
        image.join(now, now.c.id == image.c.id)
    )
    lost, reowned, redated = connection.execute(query.where(image.c.replaced_by_run_id == run_id, was_open)).one()
    return lost, reowned, redated
