"""Sales velocity: against plain Python on random pipelines, and of a small one by hand."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal

import pytest

from pipelines.answering import Asked
from pipelines.reporting import build_report
from tests.reports.world import DAYS, TODAY, Deal, Version, World, asked_at, moment_of, on_random_worlds, rounded, store

ZERO = Decimal(0)
Facts = list[tuple[Version, Decimal | None, int | None]]


def velocity(facts: Facts) -> list[Decimal | int | None]:
    """Open, won, lost, average value, win rate, days and velocity of some deals with value and days of each won one."""
    is_open, won, lost = (sum(version.kind == kind for version, *_ in facts) for kind in ("open", "won", "lost"))
    values = [value for _, value, _ in facts if value is not None]
    days = [number for *_, number in facts if number is not None]
    average = sum(values, ZERO) / len(values) if values else None
    rate = Decimal(won) / (won + lost) if won + lost else None
    length = Decimal(sum(days)) / len(days) if days else None
    speed = None if average is None or rate is None or not length else is_open * average * rate / length
    return [is_open, won, lost, *(part if part is None else rounded(part) for part in (average, rate, length, speed))]


@pytest.mark.parametrize(
    ("by", "currency", "days"), [("owner", "USD", None), ("account", "EUR", (date(2026, 8, 1), date(2026, 12, 31)))]
)
def test_velocity_is_what_plain_python_works_out(
    database: str, by: str, currency: str, days: tuple[date, date] | None
) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        start, end = days or (None, None)
        found = build_report("velocity", database, world.settings, Asked(currency, start, end, when=when, by=by), today)
        groups: dict[str, Facts] = defaultdict(list)
        for deal, version in world.at(moment):
            day, value, number = version.close_date, None, None
            if not version.is_open and days and not (day and days[0] <= day <= days[1]):
                continue
            if version.kind == "won":
                assert version.closed_at
                worths = (world.worth(version, today, what, currency) for what in ("revenue", "amount"))
                value = next((worth for worth in worths if worth is not None), None)
                if version.closed_at > deal.created_at:
                    number = (version.closed_at.date() - deal.created_at.date()).days
            groups[getattr(version, by) or "(none)"].append((version, value, number))
        keys = ("open", "won", "lost", "average", "win_rate", "days", "velocity")
        expected = {name: velocity(facts) for name, facts in groups.items()}
        whole = velocity([one for facts in groups.values() for one in facts])
        told = {row[by]: [row[key] for key in keys] for row in found.rows} | {"all": [found.total[key] for key in keys]}
        assert told.keys() == {*expected, "all"}
        for name, line in {**expected, "all": whole}.items():
            for got, right in zip(told[name], line, strict=True):
                # days are told with two decimals
                assert got == right or abs(Decimal(str(got)) - Decimal(str(right))) <= Decimal("0.0051")

    on_random_worlds(check, database, examples=8, most=10)


def version(place: int, status: str, revenue: str | None) -> Version:
    """A version of a run."""
    at, brought = moment_of(DAYS[place]), Decimal(revenue) if revenue else None
    closed_at = at if status in ("won", "lost") else None
    return Version(status, Decimal(1000), "USD", brought, None, None, "ann", None, at, place + 1, closed_at)


def test_the_velocity_of_a_small_pipeline(database: str) -> None:
    def deal(number: int, *told: tuple[int, str, str | None]) -> Deal:
        versions = [version(*one) for one in told]
        return Deal(number, f"Deal {number}", None, versions[0].valid_from, versions)

    world = World(
        [
            deal(1, (0, "negotiation", None), (1, "won", "700")),  # 20 days
            deal(2, (0, "negotiation", None), (2, "won", None)),  # 45 days, its budget is its value
            deal(3, (2, "won", "400")),  # won already when it was recorded
            deal(4, (0, "negotiation", None), (1, "lost", None)),
            deal(5, (0, "negotiation", None)),
            deal(6, (3, "needs_analysis", None)),
        ]
    )
    store(world, database)
    found = build_report("velocity", database, world.settings, Asked(), TODAY)
    # 2 open × 700 × 3/4 / 32.5
    assert {key: str(value) for key, value in found.rows[0].items()} == {
        "owner": "ann",
        "open": "2",
        "won": "3",
        "lost": "1",
        "average": "700.0000",
        "win_rate": "0.7500",
        "days": "32.50",
        "velocity": "32.3077",
    }
    assert found.remarks == ["Recorded as won already, so that they tell nothing of the days of a sale: 1 of 3."]
