"""Random pipelines with a past, in a database and as plain values: what reports are checked against, by plain Python.

A world is a list of deals, each with its versions: from which moment it stood so, and how. The moments are those of
runs, one a day at 06:00 UTC. Amounts are decimals; a closed deal has its base amounts at the rate of the day of its
closing, as an import stores them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import hypothesis
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert

from connectors.databases import bring_up_to_date, transaction
from schemas.known import AsOf
from schemas.settings import Settings
from schemas.statuses import OROCRM_STATUSES
from schemas.tables import (
    account,
    account_history,
    customer,
    exchange_rate,
    lead,
    opportunity,
    opportunity_history,
    owner,
    run,
)
from tests.build import IN_EUROS_TOO

TODAY = date(2026, 11, 25)
FIRST_DAY = TODAY - timedelta(days=120)
DAYS = tuple(FIRST_DAY + timedelta(days=number) for number in (0, 20, 45, 70, 95, 119, 120))
"""The days of the runs: some months, the last one is today."""
UNIT = Decimal("0.0001")
KIND = {status.id: status.kind for status in OROCRM_STATUSES}
LABEL = {status.id: status.label for status in OROCRM_STATUSES}
CHANCE = {status.id: status.probability for status in OROCRM_STATUSES}
OWNERS = ("ann", "bob", "cem")
ACCOUNTS = ("Acme", "Globex", "Initech")
LEADS = {"Fair": "Trade show", "Call": "Telephone", "Mail": None}
"""Leads by name, and their sources; the lead that nobody stored has none."""
RATES = {day: {"EUR": Decimal("1.10") + Decimal(number) / 20} for number, day in enumerate(DAYS)}


@dataclass(frozen=True)
class Version:
    """How a deal stood from a moment on; amounts in their own currencies, `probability` as stored."""

    status: str
    amount: Decimal | None
    currency: str
    revenue: Decimal | None
    probability: Decimal | None
    close_date: date | None
    owner: str | None
    account: str | None
    valid_from: datetime
    run: int
    closed_at: datetime | None = None

    @property
    def kind(self) -> str:
        """Open, won or lost."""
        return KIND[self.status]

    @property
    def is_open(self) -> bool:
        """Whether it is neither won nor lost."""
        return self.kind == "open"

    @property
    def chance(self) -> Decimal:
        """The probability, or that of the status where none was given."""
        return CHANCE[self.status] if self.probability is None else self.probability


@dataclass(frozen=True)
class Deal:
    """A deal, and its versions, oldest first; `gone` is when it was removed, by an undo for example."""

    id: int
    name: str
    lead: str | None
    created_at: datetime
    versions: list[Version]
    gone: datetime | None = None

    def at(self, moment: datetime | None) -> Version | None:
        """The version known at a moment; without one, now."""
        if self.gone and (moment is None or self.gone <= moment):
            return None
        known = [version for version in self.versions if moment is None or version.valid_from <= moment]
        return known[-1] if known else None


@dataclass(frozen=True)
class World:
    """All deals, and the settings they are asked with."""

    deals: list[Deal]
    settings: Settings = field(default=IN_EUROS_TOO)

    def at(self, when: datetime | None) -> list[tuple[Deal, Version]]:
        """Each deal that was known at a moment, with its version of then."""
        return [(deal, version) for deal in self.deals if (version := deal.at(when)) is not None]

    def rate(self, code: str, currency: str, day: date) -> Decimal:
        """The rate of a day: 1 USD of so many EUR is not stored, so that it is the reciprocal."""
        if code == currency:
            return Decimal(1)
        euro = RATES[max(one for one in DAYS if one <= day)]["EUR"]
        return euro if code == "EUR" else 1 / euro

    def worth(self, version: Version, today: date, what: str = "amount", currency: str = "USD") -> Decimal | None:
        """An amount of a version in a currency: of an open one at today's rate, of a closed one at its closing's."""
        value: Decimal | None = getattr(version, what)
        if value is None or version.currency == currency:
            return value
        day = today if version.is_open or version.closed_at is None else version.closed_at.date()
        return rounded(value * self.rate(version.currency, currency, day))


def rounded(amount: Decimal) -> Decimal:
    """An amount with 4 decimals, halves away from zero."""
    return amount.quantize(UNIT, rounding=ROUND_HALF_UP)


def moment_of(day: date) -> datetime:
    """When the run of a day was recorded."""
    return datetime.combine(day, time(6), UTC)


def end_of(day: date) -> AsOf:
    """As known at the end of a day."""
    return AsOf(datetime.combine(day, time.max, UTC))


MOMENTS = st.sampled_from([None, *(end_of(day).moment for day in DAYS[1:-1])])
"""The present, or the end of a day with a run."""
_FACTS: dict[str, Any] = {
    "status": st.sampled_from([status.id for status in OROCRM_STATUSES]),
    "amount": st.sampled_from([None, *map(Decimal, ("0.0000", "10.0000", "999.9900", "2500.5000", "100000.0001"))]),
    "currency": st.sampled_from(["USD", "USD", "EUR"]),
    "revenue": st.sampled_from([None, Decimal("7.0000"), Decimal("1200.2500")]),
    "probability": st.sampled_from([None, None, *map(Decimal, ("0", "0.2", "0.35", "0.5", "0.8", "1"))]),
    "close_date": st.sampled_from(
        [None, *(FIRST_DAY + timedelta(days=n) for n in (10, 44, 70, 100, 119, 121, 150, 200))]
    ),
    "owner": st.sampled_from([None, *OWNERS]),
    "account": st.sampled_from([None, *ACCOUNTS]),
}
# made once: Hypothesis looks through each new strategy before it draws
_FIRST = st.integers(0, len(DAYS) - 1)
_CHANGED = st.lists(st.sampled_from(list(_FACTS)), max_size=3, unique=True)
_GONE = [st.sampled_from([None] * 6 + [moment_of(day) for day in DAYS[last:]]) for last in range(len(DAYS) + 1)]
_LEAD = st.sampled_from([None, *LEADS, "Nobody's"])


@st.composite
def _deals(draw: st.DrawFn, number: int) -> Deal:
    first = draw(_FIRST)
    facts: dict[str, Any] = {name: draw(values) for name, values in _FACTS.items()}
    versions = [_version(facts, first, None)]
    for later in range(first + 1, len(DAYS)):
        told = facts | {name: draw(_FACTS[name]) for name in draw(_CHANGED)}
        if told != facts:
            facts = told
            versions.append(_version(facts, later, versions[-1]))
    gone = draw(_GONE[versions[-1].run])
    return Deal(number, f"Deal {number}", draw(_LEAD), versions[0].valid_from, versions, gone)


def _version(facts: dict[str, Any], place: int, before: Version | None) -> Version:
    at = moment_of(DAYS[place])
    closed_at = None
    if KIND[facts["status"]] != "open":
        closed_at = before.closed_at if before and before.status == facts["status"] else at
    return Version(**facts, valid_from=at, run=place + 1, closed_at=closed_at)


@st.composite
def worlds(draw: st.DrawFn, most: int = 8) -> World:
    """Worlds of up to `most` deals."""
    return World([draw(_deals(number)) for number in range(1, draw(st.integers(0, most)) + 1)])


def store(world: World, database: str) -> None:
    """Put a world into a database in the place of what was there."""
    bring_up_to_date(database)
    with transaction(database) as connection:
        for table in (
            opportunity_history,
            opportunity,
            lead,
            customer,
            account_history,
            account,
            owner,
            exchange_rate,
            run,
        ):
            connection.execute(table.delete())
        _store_around(connection)
        present = [_stored(world, deal, deal.versions[-1]) for deal in world.deals if not deal.gone]
        past = [_stored(world, deal, version) | _ended(deal, place) for deal, place, version in _replaced(world)]
        for table, rows in ((opportunity, present), (opportunity_history, past)):
            if rows:
                connection.execute(insert(table), rows)


def _replaced(world: World) -> Iterator[tuple[Deal, int, Version]]:
    for deal in world.deals:
        for place, version in enumerate(deal.versions):
            if deal.gone or place + 1 < len(deal.versions):
                yield deal, place, version


def _ended(deal: Deal, place: int) -> dict[str, Any]:
    if place + 1 < len(deal.versions):
        following = deal.versions[place + 1]
        return {"valid_to": following.valid_from, "replaced_by_run_id": following.run}
    assert deal.gone is not None
    return {"valid_to": deal.gone, "replaced_by_run_id": [moment_of(day) for day in DAYS].index(deal.gone) + 1}


def _stored(world: World, deal: Deal, version: Version) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": deal.id,
        "name": deal.name,
        "source": "plain",
        "source_id": str(deal.id),
        "lead": deal.lead,
        "status": version.status,
        "probability": version.probability,
        "close_date": version.close_date,
        "owner_id": version.owner and OWNERS.index(version.owner) + 1,
        "account_id": version.account and ACCOUNTS.index(version.account) + 1,
        "closed_at": version.closed_at,
        "created_at": deal.created_at,
        "valid_from": version.valid_from,
        "run_id": version.run,
        "row": deal.id + 1,
    }
    for column, what, code in (
        ("budget_amount", "amount", "budget_currency"),
        ("close_revenue", "revenue", "close_revenue_currency"),
    ):
        value = getattr(version, what)
        row |= {column: value, code: None if value is None else version.currency}
        closed = version.closed_at is not None and value is not None
        day = version.closed_at.date() if version.closed_at else None
        row |= {
            f"{column}_base": world.worth(version, TODAY, what) if closed else None,
            f"{column}_rate": world.rate(version.currency, "USD", day) if closed and day else None,
            f"{column}_rate_day": day if closed else None,
        }
    return row


def _store_around(connection: Connection) -> None:
    """Runs, owners, accounts, leads and rates, all known from the first run on; the rates of a day on that day."""
    beginning = moment_of(FIRST_DAY)
    known = {"created_at": beginning, "valid_from": beginning, "run_id": 1, "row": 2}
    words = {"done_by": "ann", "version": "1", "settings": "x", "sha256": "x", "size": 1, "layout": "plain"}
    words |= {"mode": "upsert", "duplicates": "equal", "kind": "import", "state": "done"}
    runs = [
        {**words, "id": number, "file": f"{day}.csv", "started_at": moment_of(day), "recorded_at": moment_of(day)}
        for number, day in enumerate(DAYS, 1)
    ]
    connection.execute(insert(run), runs)
    connection.execute(insert(owner), [{"id": n, "name": name, **known} for n, name in enumerate(OWNERS, 1)])
    named = [{"id": n, "name": name, "match_key": name.lower(), **known} for n, name in enumerate(ACCOUNTS, 1)]
    connection.execute(insert(account), named)
    leads = [
        {"id": number, "name": name, "lead_source": source, "status": "new", **known}
        for number, (name, source) in enumerate(LEADS.items(), 1)
    ]
    connection.execute(insert(lead), leads)
    # every day has the rate of the last day of a run: a rate holds for some days only
    rates = []
    for number in range((TODAY - FIRST_DAY).days + 1):
        day = FIRST_DAY + timedelta(days=number)
        start = max(one for one in DAYS if one <= day)
        told = {"day": day, "from_currency": "EUR", "to_currency": "USD", "rate": RATES[start]["EUR"]}
        rates.append({**told, "source": "test", "valid_from": beginning, "run_id": 1})
    connection.execute(insert(exchange_rate), rates)


def asked_at(moment: datetime | None) -> tuple[AsOf, date]:
    """How a report is asked for a moment, and the day that is today then."""
    return AsOf(moment), (moment.date() if moment else TODAY)


Check = Callable[[World, str, datetime | None], None]


def on_random_worlds(check: Check, database: str, *, examples: int = 12, most: int = 8) -> None:
    """Try a check on random worlds, each stored in the database, now and as of random past moments."""

    @hypothesis.settings(
        max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(world=worlds(most), moment=MOMENTS)
    def tried(world: World, moment: datetime | None) -> None:
        store(world, database)
        check(world, database, moment)

    tried()
