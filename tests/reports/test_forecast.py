"""Total Forecast: OroCRM's report against plain Python, on random pipelines, now and as of any past day."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from pipelines.reporting import Asked, build_report
from tests.reports.world import World, asked_at, on_random_worlds, rounded


def test_the_forecast_of_each_owner_is_what_plain_python_adds_up(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        for currency in ("USD", "EUR"):
            found = build_report("forecast", database, world.settings, Asked(currency, when=when), today)
            expected: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
            for _, deal in world.at(moment):
                if deal.is_open and deal.owner:
                    worth = world.worth(deal, today, currency=currency) or Decimal(0)
                    added = (Decimal(1), worth, worth * deal.chance)
                    expected[deal.owner] = [a + b for a, b in zip(expected[deal.owner], added, strict=True)]
            assert [tuple(row.values()) for row in found.rows] == [
                (name, count, budget, rounded(weighted)) for name, (count, budget, weighted) in sorted(expected.items())
            ]

    on_random_worlds(check, database)
