"""Overdue and stale opportunities: the reports against plain Python, on random pipelines, now and in the past."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from pipelines.answering import Asked
from pipelines.reporting import build_report
from schemas.settings import Reporting
from tests.reports.world import TODAY, Deal, Version, World, asked_at, on_random_worlds, rounded, store

Days = Callable[[Version, date], int | None]
STALE_AFTER = 21


def days_overdue(deal: Version, today: date) -> int | None:
    return (today - deal.close_date).days if deal.close_date and deal.close_date < today else None


def days_unchanged(deal: Version, today: date) -> int | None:
    days = (today - deal.valid_from.date()).days
    return days if days > STALE_AFTER else None


REPORTS = [pytest.param("overdue", days_overdue, id="overdue"), pytest.param("stale", days_unchanged, id="stale")]


def neglected(world: World, moment: datetime | None, days_of: Days) -> list[tuple[Deal, Version, int]]:
    today = asked_at(moment)[1]
    found = [(deal, version, days_of(version, today)) for deal, version in world.at(moment) if version.is_open]
    return [(deal, version, days) for deal, version, days in found if days is not None]


@pytest.mark.parametrize(("name", "days_of"), REPORTS)
def test_each_neglected_deal_is_a_line_the_longest_first(database: str, name: str, days_of: Days) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        (when, today), settings = asked_at(moment), replace(world.settings, reports=Reporting(stale_after_days=21))
        for currency in ("USD", "EUR"):
            found = build_report(name, database, settings, Asked(currency, when=when), today)
            expected = []
            for deal, version, days in neglected(world, moment, days_of):
                worth = world.worth(version, today, currency=currency) or Decimal(0)
                told = deal.id, deal.name, version.owner or "(none)", version.account or "(none)", version.close_date
                expected.append((*told, days, worth, rounded(worth * version.chance)))
            keys = "id", "name", "owner", "account", "close_date", "days", "budget_amount", "weighted_amount"
            assert [tuple(row[key] for key in keys) for row in found.rows] == sorted(
                expected, key=lambda line: (-line[5], -line[6], line[0])
            )

    on_random_worlds(check, database, examples=8)


@pytest.mark.parametrize(("name", "days_of"), REPORTS)
def test_grouped_each_group_is_a_line_the_largest_first(database: str, name: str, days_of: Days) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        (when, today), settings = asked_at(moment), replace(world.settings, reports=Reporting(stale_after_days=21))
        found = build_report(name, database, settings, Asked("EUR", when=when, by="owner"), today)
        groups: dict[str, list[tuple[int, Decimal, Decimal]]] = defaultdict(list)
        for _, version, days in neglected(world, moment, days_of):
            worth = world.worth(version, today, currency="EUR") or Decimal(0)
            groups[version.owner or "(none)"].append((days, worth, worth * version.chance))
        expected = [
            (owner, len(of), max(days for days, _, _ in of), sum(w for _, w, _ in of), rounded(sum_of(of)))
            for owner, of in groups.items()
        ]
        assert [tuple(row.values()) for row in found.rows] == sorted(expected, key=lambda line: (-line[3], line[0]))

    on_random_worlds(check, database, examples=8)


def sum_of(deals: list[tuple[int, Decimal, Decimal]]) -> Decimal:
    return sum((weighted for _, _, weighted in deals), Decimal(0))


def test_close_dates_limit_both(sqlite: str) -> None:
    store(World([]), sqlite)
    first = TODAY - timedelta(days=3)
    for name in ("overdue", "stale"):
        assert list(build_report(name, sqlite, World([]).settings, Asked(start=first, end=TODAY), TODAY).rows) == []


def test_the_days_after_which_a_deal_is_stale_are_told(sqlite: str) -> None:
    store(World([]), sqlite)
    found = build_report("stale", sqlite, World([]).settings, Asked(), TODAY)
    assert found.remarks == ["Open opportunities without any change for more than 30 days."]
