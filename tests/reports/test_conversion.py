"""Conversion and days in each status: against plain Python, version by version, on random pipelines."""

from datetime import date, datetime
from decimal import Decimal
from statistics import median
from typing import Any

import pytest

from pipelines.answering import Asked
from pipelines.reporting import build_report
from pipelines.reports.conversion import median as counted_median
from tests.reports.world import (
    DAYS,
    KIND,
    LABEL,
    TODAY,
    Deal,
    Version,
    World,
    asked_at,
    moment_of,
    on_random_worlds,
    store,
)

OPEN = [status for status, kind in KIND.items() if kind == "open"]
RANKS = {status: place for place, status in enumerate(KIND)} | {"lost": -1}
KEYS = ("entered", "advanced", "won", "lost", "here")
Stay = tuple[str, int]


def stays(deal: Deal, moment: datetime | None, today: date) -> list[Stay]:
    """The statuses of the versions of a deal, and the days of each."""
    known = [version for version in deal.versions if moment is None or version.valid_from <= moment]
    ends = [version.valid_from.date() for version in known[1:]] + [today]
    return [(one.status, (end - one.valid_from.date()).days) for one, end in zip(known, ends, strict=True)]


def line(lives: list[list[Stay]], status: str) -> list[Any]:
    """What became of the deals that were in a status; mean and median of their days."""
    entered = [life for life in lives if any(stay == status for stay, _ in life)]
    ends = [life[-1][0] for life in entered]
    first = [next(place for place, (stay, _) in enumerate(life) if stay == status) for life in entered]
    advanced = [
        life
        for life, place in zip(entered, first, strict=True)
        if any(RANKS[stay] > RANKS[status] for stay, _ in life[place + 1 :])
    ]
    counts = [len(entered), len(advanced), ends.count("won"), ends.count("lost"), ends.count(status)]
    return [*counts, *days_of([sum(days for stay, days in life if stay == status) for life in entered])]


def days_of(days: list[int]) -> tuple[Decimal | None, Decimal | None]:
    """Mean and median with two decimals."""
    if not days:
        return None, None
    return hundredths(Decimal(sum(days)) / len(days)), hundredths(Decimal(median([Decimal(one) for one in days])))


def hundredths(number: Decimal) -> Decimal:
    """A number with two decimals, halves away from zero."""
    return number.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")


@pytest.mark.parametrize("by", [None, "owner"])
def test_conversion_is_what_plain_python_follows_version_by_version(database: str, by: str | None) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        found = build_report("conversion", database, world.settings, Asked(when=when, by=by), today)
        groups: dict[str, list[list[Stay]]] = {} if by else {"": []}
        for deal, version in world.at(moment):
            groups.setdefault((version.owner or "(none)") if by else "", []).append(stays(deal, moment, today))
        expected = {(name, status): line(lives, status) for name, lives in groups.items() for status in OPEN}
        told = {
            (row["owner"] if by else "", row["step"]): [row[key] for key in (*KEYS, "mean", "median")]
            for row in found.rows
        }
        assert told == {key: values for key, values in expected.items() if values[0] or not by}
        lives = [life for some in groups.values() for life in some if any(stay in OPEN for stay, _ in life)]
        ends, days = [life[-1][0] for life in lives], [sum(n for stay, n in life if stay in OPEN) for life in lives]
        whole = [found.total[key] for key in ("entered", "won", "lost", "mean", "median")]
        assert whole == [len(lives), ends.count("won"), ends.count("lost"), *days_of(days)]

    on_random_worlds(check, database, examples=8)


def test_a_deal_that_went_on_and_came_back_advanced_once_and_its_days_add_up(database: str) -> None:
    statuses = ("needs_analysis", "negotiation", "needs_analysis", "won")
    facts = (Decimal(100), "USD", None, None, None, "ann", None)
    versions = [Version(status, *facts, moment_of(DAYS[n]), n + 1) for n, status in enumerate(statuses)]
    world = World([Deal(1, "Deal 1", None, versions[0].valid_from, versions)])
    store(world, database)
    found = build_report("conversion", database, world.settings, Asked(), TODAY)
    told = {row["label"]: [str(row[key]) for key in ("entered", "advanced", "won", "mean")] for row in found.rows}
    # from day 0 to 20 and from 45 to 70; from 20 to 45
    assert told[LABEL["needs_analysis"]] == ["1", "1", "1", "45.00"]
    assert told[LABEL["negotiation"]] == ["1", "1", "1", "25.00"]
    assert told[LABEL["in_progress"]] == ["0", "0", "0", "None"]
    assert (found.total_name, found.total["entered"], str(found.total["median"])) == ("Any of them", 1, "70.00")


def test_the_median_of_counts_is_that_of_the_numbers() -> None:
    for numbers in ([3], [1, 2], [1, 1, 5], [0, 0, 7, 9], [2, 2, 2, 8, 8]):
        counts = {number: numbers.count(number) for number in numbers}
        assert counted_median(counts) == Decimal(str(median(numbers)))
    assert counted_median({}) is None
