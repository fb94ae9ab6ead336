"""Win rates: against plain Python on random pipelines, by owner, status reached, size and more; their intervals."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipelines.answering import Asked
from pipelines.questions.intervals import wilson
from pipelines.reporting import build_report
from tests.reports.world import (
    KIND,
    LABEL,
    LEADS,
    TODAY,
    Deal,
    Version,
    World,
    asked_at,
    on_random_worlds,
    rounded,
    store,
)

PLACES = list(KIND)
SIZES = ((1_000, "below 1,000"), (10_000, "1,000 to 10,000"), (100_000, "10,000 to 100,000"))


def group_of(by: str, deal: Deal, version: Version, worth: Decimal | None) -> str:
    """The group of a closed deal."""
    if by == "status":
        known = [one.status for one in deal.versions if one.valid_from <= version.valid_from and one.is_open]
        return LABEL[max(known, key=PLACES.index)] if known else "(none)"
    if by == "size":
        fitting = (label for limit, label in SIZES if worth is not None and worth < limit)
        return "(none)" if worth is None else next(fitting, "100,000 and more")
    if by == "month":
        return f"{version.close_date:%Y-%m}" if version.close_date else "(none)"
    if by == "lead-source":
        return LEADS.get(deal.lead or "") or "(none)"
    return getattr(version, by) or "(none)"


@pytest.mark.parametrize(
    ("by", "currency", "days"),
    [
        ("owner", "USD", None),
        ("status", "EUR", None),
        ("size", "USD", (date(2026, 8, 1), date(2026, 11, 30))),
        ("month", "EUR", None),
        ("lead-source", "USD", None),
    ],
)
def test_win_rates_are_what_plain_python_counts(
    database: str, by: str, currency: str, days: tuple[date, date] | None
) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        start, end = days or (None, None)
        found = build_report("win-rate", database, world.settings, Asked(currency, start, end, when=when, by=by), today)
        groups: dict[str, list[Decimal]] = {}
        for deal, version in world.at(moment):
            day = version.close_date
            if version.is_open or (days and not (day and days[0] <= day <= days[1])):
                continue
            worth = world.worth(version, today, currency=currency)
            won, amount = version.kind == "won", worth or Decimal(0)
            counts = (won, not won, amount if won else 0, 0 if won else amount)
            sums = groups.setdefault(group_of(by, deal, version, worth), [Decimal(0)] * 4)
            sums[:] = [a + b for a, b in zip(sums, counts, strict=True)]
        keys = ("won", "lost", "won_amount", "lost_amount")
        assert {row[by.replace("-", "_")]: [row[key] for key in keys] for row in found.rows} == groups
        assert all(rates(row) == rates_of(row) for row in (*found.rows, found.total))
        assert [found.total[key] for key in keys] == [
            sum(sums[place] for sums in groups.values()) for place in range(4)
        ]

    on_random_worlds(check, database, examples=8, most=10)


def rates(row: Mapping[str, Any]) -> list[Any]:
    """What a row says of how many were closed and won."""
    return [row[key] for key in ("closed", "win_rate", "amount_rate")]


def rates_of(row: Mapping[str, Any]) -> list[Any]:
    """What it has to say by its own sums."""
    closed, amount = Decimal(row["won"] + row["lost"]), row["won_amount"] + row["lost_amount"]
    rate = rounded(row["won"] / closed) if closed else None
    return [closed, rate, rounded(row["won_amount"] / amount) if amount else None]


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # the first four: Newcombe, Two-sided confidence intervals for the single proportion (1998), table I, method 3
        (81, 263, "0.2553", "0.3662"),
        (15, 148, "0.0624", "0.1605"),
        (0, 20, "0.0000", "0.1611"),
        (1, 29, "0.0061", "0.1718"),
        (29, 29, "0.8830", "1.0000"),
    ],
)
def test_intervals_are_those_of_the_literature(part: int, whole: int, low: str, high: str) -> None:
    assert [str(rounded(end)) for end in wilson(part, whole)] == [low, high]


def test_of_nothing_no_rate_is_known(database: str) -> None:
    store(World([]), database)
    found = build_report("win-rate", database, World([]).settings, Asked(), TODAY)
    assert (found.rows, found.total["closed"], found.total["win_rate"], found.total["low"]) == ([], 0, None, None)
