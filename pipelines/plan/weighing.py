"""What a run moves: money by status and currency, and the open pipeline before and after."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, and_, case, func, or_, select

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

    def plus(self, other: "Part") -> "Part":
        """Both together."""
        return Part(self.deals + other.deals, self.amount + other.amount, self.weighted + other.weighted)


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
    image, now = HISTORY[opportunity], opportunity
    replaced, wrote = image.c.replaced_by_run_id == run_id, now.c.run_id == run_id
    before, _ = _parts(connection, image, settings, replaced, replaced)
    after, untouched = _parts(connection, now, settings, wrote, or_(wrote, now.c.status.in_(settings.ids("open"))))
    keys = sorted({*before, *after}, key=lambda key: (_place(settings, key[0]), key[0], key[1] or ""))
    moved = tuple(Moved(*key, before.get(key, Part()), after.get(key, Part())) for key in keys)
    rates = _rates_of(connection, settings, today)
    pipeline = Pipeline(*(_open((untouched, touched), settings, rates) for touched in (before, after)))
    return Weights(rates, moved, pipeline, *_turned(connection, run_id, settings))


def _rates_of(connection: Connection, settings: Settings, day: date) -> dict[str, Decimal]:
    """The rate of each enabled currency to the base currency on a day, where there is one."""
    book = stored_rates(connection)
    quotes = {c: book.quote(c, settings.base_currency, day, settings.max_rate_age_days) for c in settings.currencies}
    return {code: quote.rate for code, quote in quotes.items() if quote}


def _place(settings: Settings, status: str) -> int:
    ids = [known.id for known in settings.statuses]
    return ids.index(status) if status in ids else len(ids)


def _parts(
    connection: Connection,
    deals: FromClause,
    settings: Settings,
    apart: ColumnElement[bool],
    where: ColumnElement[bool],
) -> tuple[Parts, Parts]:
    """Deals by status and currency, some apart from the rest; without a probability that of the status counts."""
    c = deals.c
    amount, chance = c.budget_amount, c.probability
    sums = (exact_sum(amount), weighted_sum(amount, chance), exact_sum(case((chance.is_(None), amount))))
    keys = case((apart, 1), else_=0).label("apart"), c.status, c.budget_currency
    default = {status.id: status.probability for status in settings.statuses}
    told: tuple[Parts, Parts] = {}, {}
    for is_apart, status, code, count, *found in connection.execute(
        select(*keys, func.count(), *sums).where(where).group_by(*keys)
    ):
        total, given, blank = (value or NOTHING for value in found)
        weighted = given + blank * default.get(status, NOTHING)
        told[0 if is_apart else 1][status, code] = Part(count, total, weighted)
    return told


def _open(several: Iterable[Parts], settings: Settings, rates: dict[str, Decimal]) -> Part:
    """The open deals among some, in the base currency; those without a rate are only counted."""
    total, statuses = Part(), set(settings.ids("open"))
    for parts in several:
        for (status, code), part in parts.items():
            rate = rates.get(code or settings.base_currency)
            if status in statuses:
                total = total.plus(
                    Part(part.deals, part.amount * rate, part.weighted * rate) if rate else Part(part.deals)
                )
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
