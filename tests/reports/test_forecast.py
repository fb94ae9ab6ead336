"""Total Forecast: OroCRM's report against plain Python, on random pipelines, now and as of any past day."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipelines.answering import Asked
from pipelines.questions.answer import Answer
from pipelines.questions.deviation import deviation
from pipelines.reporting import build_report
from schemas.errors import UsageError
from schemas.reading import Ways
from schemas.settings import Settings
from schemas.statuses import Status
from tests.build import IN_DOLLARS, IN_EUROS_TOO, TODAY, an_opportunity, import_rows
from tests.reports.world import (
    DAYS,
    LABEL,
    LEADS,
    Deal,
    Version,
    World,
    asked_at,
    end_of,
    on_random_worlds,
    rounded,
)

Sums = tuple[Decimal, Decimal, Decimal]
NOTHING: Sums = (Decimal(0), Decimal(0), Decimal(0))
STATUSES = list(LABEL)


def size(worth: Decimal | None) -> tuple[Any, str]:
    if worth is None:
        return -1, "(none)"
    limits = [(1000, "below 1,000"), (10_000, "1,000 to 10,000"), (100_000, "10,000 to 100,000")]
    return next(((place, text) for place, (limit, text) in enumerate(limits) if worth < limit), (3, "100,000 and more"))


def named(name: str | None) -> tuple[Any, str]:
    return name or "(none)", name or "(none)"


def month(day: date | None) -> tuple[Any, str]:
    return (f"{day:%Y-%m}", f"{day:%Y-%m}") if day else ("9999", "(none)")


GROUPS: dict[str, Callable[[Deal, Version, Decimal | None], tuple[Any, str]]] = {
    "owner": lambda deal, version, worth: named(version.owner),
    "account": lambda deal, version, worth: named(version.account),
    "customer": lambda deal, version, worth: named(None),
    "status": lambda deal, version, worth: (STATUSES.index(version.status), LABEL[version.status]),
    "lead-source": lambda deal, version, worth: named(LEADS.get(deal.lead or "")),
    "system": lambda deal, version, worth: named("plain"),
    "currency": lambda deal, version, worth: named(None if version.amount is None else version.currency),
    "size": lambda deal, version, worth: size(worth),
    "month": lambda deal, version, worth: month(version.close_date),
}
"""The place and the text of the line that a deal is in."""


def by_hand(
    world: World,
    moment: datetime | None,
    today: date,
    by: str = "owner",
    currency: str = "USD",
    days: tuple[date, date] | None = None,
) -> dict[str, Sums]:
    """The sums of each line, exact, in the order of the lines."""
    sums: dict[tuple[Any, str], Sums] = defaultdict(lambda: NOTHING)
    for deal, version in world.at(moment):
        day = version.close_date
        in_period = days is None or (day is not None and days[0] <= day <= days[1])
        if version.is_open and in_period and (by != "owner" or version.owner):
            worth = world.worth(version, today, currency=currency)
            line = GROUPS[by](deal, version, worth)
            added = (Decimal(1), worth or Decimal(0), (worth or Decimal(0)) * version.chance)
            sums[line] = tuple(a + b for a, b in zip(sums[line], added, strict=True))  # type: ignore[assignment]
    return {text: sums[place, text] for place, text in sorted(sums)}


def told(found: Answer, *keys: str) -> list[tuple[Any, ...]]:
    return [tuple(row[key] for key in keys) for row in found.rows]


@pytest.mark.parametrize("by", GROUPS)
def test_the_forecast_by_anything_is_what_plain_python_adds_up(database: str, by: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        for currency in ("USD", "EUR"):
            asked = Asked(currency, when=when, by=None if by == "owner" else by)
            found = build_report("forecast", database, world.settings, asked, today)
            assert told(found, by.replace("-", "_"), "opportunities", "budget_amount", "weighted_amount") == [
                (line, count, budget, rounded(weighted))
                for line, (count, budget, weighted) in by_hand(world, moment, today, by, currency).items()
            ]

    on_random_worlds(check, database, examples=12 if by == "owner" else 5)


def test_a_comparison_asks_the_same_as_it_was_known_then(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        since = next(day for day in reversed(DAYS[:4]) if day <= today)
        found = build_report("forecast", database, world.settings, Asked(when=when, since=end_of(since)), today)
        now, then = (by_hand(world, of, day) for of, day in ((moment, today), (end_of(since).moment, since)))
        expected = []
        for line in sorted({*now, *then}):
            for place, key in enumerate(("opportunities", "budget_amount", "weighted_amount")):
                sides = [sums.get(line, NOTHING)[place] for sums in (now, then)]
                kind: Any = int if key == "opportunities" else Decimal
                expected.append((line, rounded(sides[0]), rounded(sides[1]), deviation(*map(kind, sides))))
        keys = ("opportunities", "budget_amount", "weighted_amount")
        assert expected == [
            (row["owner"], row[key], row[f"{key}_before"], row[f"{key}_change"]) for row in found.rows for key in keys
        ]
        assert found.total["opportunities_before"] == sum(count for count, _, _ in then.values())

    on_random_worlds(check, database, examples=6)


def test_days_asked_for_move_back_as_far_as_the_moment_that_is_compared_with(sqlite: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        if today < DAYS[3]:
            return
        since, start, end = DAYS[2], today - timedelta(5), today + timedelta(60)
        asked = Asked(when=when, since=end_of(since), start=start, end=end)
        found = build_report("forecast", database, world.settings, asked, today)
        moved = start - (today - since), end - (today - since)
        then = by_hand(world, end_of(since).moment, since, days=moved)
        now = by_hand(world, moment, today, days=(start, end))
        assert found.total["budget_amount"] == sum(sums[1] for sums in now.values())
        assert found.total["budget_amount_before"] == sum(sums[1] for sums in then.values())
        assert f"Compared with the close dates from {moved[0]} until {moved[1]}" in found.remarks[-1]

    on_random_worlds(check, sqlite, examples=6)


def test_what_is_left_out_is_told_with_its_amounts(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        asked = Asked(when=when, start=date(2026, 1, 1))
        found = build_report("forecast", database, world.settings, asked, today)
        opens = [(version, world.worth(version, today) or Decimal(0)) for _, version in world.at(moment)]
        opens = [(version, worth) for version, worth in opens if version.is_open]
        undated = [(worth, worth * v.chance) for v, worth in opens if v.owner and not v.close_date]
        unowned = [worth for version, worth in opens if version.close_date and not version.owner]
        sentences = [remark.split(" without")[0] for remark in found.remarks]
        word = {1: "opportunity"}
        expected = []
        if undated:
            expected.append(f"Indeterminate: {len(undated)} {word.get(len(undated), 'opportunities')}")
            budget = rounded(sum((worth for worth, _ in undated), Decimal(0)))
            assert f"budget {budget + Decimal(0):,.2f}"[:-2] in found.remarks[0]
        if unowned:
            expected.append(f"{len(unowned)} {word.get(len(unowned), 'opportunities')}")
        assert sentences == expected

    on_random_worlds(check, database, examples=6)


def test_customers_and_accounts_are_told_by_name_and_those_without_come_as_none(database: str) -> None:
    deals = [
        an_opportunity(name="Shop", customer="Acme Retail", owner="ann"),
        an_opportunity(name="Web", account="Globex", budget_amount="30"),
    ]
    import_rows(database, *deals)
    found = build_report("forecast", database, IN_DOLLARS, Asked(by="customer"), TODAY)
    assert told(found, "customer", "budget_amount") == [("(none)", 30), ("Acme Retail", 1000)]
    by_owner = build_report("forecast", database, IN_DOLLARS, Asked(), TODAY)
    assert told(by_owner, "owner", "budget_amount") == [("ann", 1000)]
    assert by_owner.remarks == ["1 opportunity without an owner, budget 30.00; not in it."]


def test_a_status_that_the_settings_know_no_more_does_not_vanish(database: str) -> None:
    old = Settings(statuses=(Status("demo", "Demo", Decimal("0.5"), "open"), *IN_DOLLARS.statuses))
    import_rows(database, an_opportunity(status="demo", owner="ann"), an_opportunity(name="B"), settings=old)
    found = build_report("forecast", database, IN_DOLLARS, Asked(by="status"), TODAY)
    assert told(found, "status", "opportunities", "budget_amount") == [("Open", 1, 1000), ("demo", 1, 1000)]
    assert found.remarks == [
        "1 opportunity without a probability, in a status that the settings do not know; not weighted."
    ]


def test_leads_that_are_switched_off_are_nothing_to_group_by(sqlite: str) -> None:
    import_rows(sqlite, an_opportunity())
    off = Settings(features_off=frozenset({"leads"}))
    with pytest.raises(UsageError, match="Leads are switched off"):
        build_report("forecast", sqlite, off, Asked(by="lead-source"), TODAY)


@pytest.mark.parametrize(
    ("now", "past", "words"),
    [
        (5, 5, "No Changes"),
        (5, 2, "+3 (+150%)"),
        (2, 5, "-3 (-60%)"),
        (3, 0, "+3"),
        (Decimal("1234.505"), Decimal(0), "+1,234.51"),
        (Decimal("100.0000"), Decimal("300.0000"), "-200.00 (-67%)"),
        (Decimal(-50), Decimal(-100), "+50.00 (-50%)"),
        (Decimal(1001), Decimal(1000), "+1.00 (+0%)"),
    ],
)
def test_a_deviation_is_told_as_orocrm_does(now: Any, past: Any, words: str) -> None:
    assert deviation(now, past) == words


def test_the_largest_amounts_are_added_up_exactly(database: str) -> None:
    huge = "99999999999999.9999"
    deals = [an_opportunity(name=f"Deal {n}", owner="ann", budget_amount=huge, probability="33") for n in range(30)]
    assert import_rows(database, *deals, settings=IN_EUROS_TOO, ways=Ways(probability="percent")).problems == []
    found = build_report("forecast", database, IN_EUROS_TOO, Asked(), TODAY)
    assert found.total["budget_amount"] == Decimal("2999999999999999.9970")
    assert found.total["weighted_amount"] == Decimal("989999999999999.9990")
