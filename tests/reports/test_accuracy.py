"""Past forecasts against what was won: in plain Python on random pipelines, with the rates of each moment."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, update

from connectors.databases import transaction
from pipelines.answering import Asked
from pipelines.reporting import build_report
from schemas.errors import RunError, UsageError
from schemas.tables import exchange_rate, run
from tests.reports.world import (
    DAYS,
    TODAY,
    Deal,
    Version,
    World,
    asked_at,
    end_of,
    moment_of,
    on_random_worlds,
    rounded,
    store,
)

MONTHS = [(date(2026, month, 1), date(2026, month + 1, 1) - timedelta(1)) for month in (8, 9, 10)]
Sums = dict[tuple[str, str], list[Decimal]]


def expected(world: World, moment: datetime | None, currency: str, by: str | None) -> Sums:
    """Deals, forecast, won deals and won amount of each group and month."""
    sums: Sums = defaultdict(lambda: [Decimal(0)] * 4)
    today = asked_at(moment)[1]

    def add(span: tuple[date, date], version: Version, place: int, worth: Decimal | None) -> None:
        group = (version.owner or "(none)") if by else ""
        name = f"{span[0]:%Y-%m}"
        sums[group, name][place] += 1
        sums[group, name][place + 1] += worth or Decimal(0)

    for span in over(today):
        eve = span[0] - timedelta(1)
        for _, version in world.at(end_of(eve).moment):
            if version.is_open and version.close_date and span[0] <= version.close_date <= span[1]:
                add(span, version, 0, (world.worth(version, eve, currency=currency) or Decimal(0)) * version.chance)
        for _, version in world.at(moment):
            if version.kind == "won" and version.close_date and span[0] <= version.close_date <= span[1]:
                worths = (world.worth(version, today, what, currency) for what in ("revenue", "amount"))
                add(span, version, 2, next((worth for worth in worths if worth is not None), None))
    return sums


def over(today: date) -> list[tuple[date, date]]:
    """The months that are over."""
    return [span for span in MONTHS if span[1] < today]


@pytest.mark.parametrize(("by", "currency"), [(None, "EUR"), ("owner", "USD")])
def test_past_forecasts_are_those_of_then_and_wins_those_known_now(
    database: str, by: str | None, currency: str
) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        found = build_report("accuracy", database, world.settings, Asked(currency, when=when, by=by), today)
        right = expected(world, moment, currency, by)
        told = {
            (row["owner"] if by else "", row["period"]): [row[key] for key in ("deals", "forecast", "won_deals", "won")]
            for row in found.rows
        }
        assert {key: values for key, values in told.items() if any(values)} == {
            key: [deals, rounded(forecast), won, amount] for key, (deals, forecast, won, amount) in right.items()
        }
        if not by:
            assert [row["period"] for row in found.rows] == [f"{start:%Y-%m}" for start, _ in over(today)]
        for row in found.rows:
            forecast, won = right[str(row["owner"]) if by else "", str(row["period"])][1::2]
            assert row["difference"] == rounded(won - forecast)
            assert row["error"] == (rounded(abs(won - forecast) / won) if won else None)

    on_random_worlds(check, database, examples=8, most=10)


def small() -> World:
    """Deals that closed in the third quarter, and one that slipped."""

    def version(place: int, status: str, amount: str, currency: str, close: date) -> Version:
        at = moment_of(DAYS[place])
        facts = (status, Decimal(amount), currency, None, None, close, "ann", None)
        return Version(*facts, at, place + 1, at if status == "won" else None)

    told = [
        [version(0, "negotiation", "100", "EUR", date(2026, 8, 20)), version(1, "won", "90", "EUR", date(2026, 8, 17))],
        [
            version(0, "needs_analysis", "50", "USD", date(2026, 8, 31)),
            version(2, "won", "40", "USD", date(2026, 9, 11)),
        ],
        [version(2, "negotiation", "200", "USD", date(2026, 10, 15))],
        [version(3, "won", "7", "USD", date(2026, 10, 6))],
    ]
    return World([Deal(n, f"Deal {n}", None, versions[0].valid_from, versions) for n, versions in enumerate(told, 1)])


def test_the_accuracy_of_a_small_pipeline(database: str) -> None:
    world = small()
    store(world, database)
    found = build_report("accuracy", database, world.settings, Asked(), TODAY)
    keys = ("period", "deals", "forecast", "won_deals", "won", "difference", "error")
    assert [tuple(str(row[key]) for key in keys) for row in found.rows] == [
        # 100 EUR at 1.10 and 80 %, 50 USD at 20 %; of the 90 EUR at 1.15
        ("2026-08", "2", "98.0000", "1", "103.5000", "5.5000", "0.0531"),
        ("2026-09", "0", "0.0000", "1", "40.0000", "40.0000", "1.0000"),
        ("2026-10", "1", "160.0000", "1", "7.0000", "-153.0000", "21.8571"),
    ]
    assert str(found.total["error"]) == "7.6368"
    assert found.remarks == ["Left out, as nothing is recorded of the day before: 2025-11 to 2026-07."]


def test_quarters_and_days_asked_for(database: str) -> None:
    world = small()
    store(world, database)
    asked = Asked(start=date(2026, 10, 1), end=date(2026, 10, 31))
    assert [row["period"] for row in build_report("accuracy", database, world.settings, asked, TODAY).rows] == [
        "2026-10"
    ]
    quarters = build_report("accuracy", database, world.settings, Asked(period="quarter"), date(2027, 1, 2))
    assert [(row["period"], str(row["won"])) for row in quarters.rows] == [("2026-Q4", "7.0000")]
    with pytest.raises(UsageError, match="No month of the days asked for is over"):
        build_report("accuracy", database, world.settings, Asked(start=date(2026, 11, 1)), TODAY)


def test_a_forecast_without_a_rate_of_then_is_refused_and_removed_history_is_left_out(database: str) -> None:
    world = small()
    store(world, database)
    with transaction(database) as connection:
        connection.execute(delete(exchange_rate).where(exchange_rate.c.day < date(2026, 8, 10)))
    with pytest.raises(RunError, match="No exchange rate was known on 2026-07-31 from EUR to USD"):
        build_report("accuracy", database, world.settings, Asked(), TODAY)
    with transaction(database) as connection:
        connection.execute(update(run).values(pruned_before=moment_of(DAYS[1])).where(run.c.id == 6))
    found = build_report("accuracy", database, world.settings, Asked(), TODAY)
    assert [row["period"] for row in found.rows] == ["2026-09", "2026-10"]
