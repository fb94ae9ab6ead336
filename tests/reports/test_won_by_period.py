"""Won Opportunities By Period: OroCRM's report against plain Python."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest

from pipelines.answering import Asked
from pipelines.reporting import build_report
from pipelines.text_tables import cents
from tests.reports.world import World, asked_at, on_random_worlds

ZERO = Decimal(0)
LABELS: dict[str, Callable[[date], str]] = {
    "month": lambda day: f"{day.month} / {day.year}",
    "quarter": lambda day: f"{(day.month + 2) // 3} / {day.year}",
    "year": lambda day: f"{day.year}",
    "day": lambda day: f"{day}",
}


@pytest.mark.parametrize("period", LABELS)
def test_won_deals_are_counted_in_the_period_of_their_close_date(database: str, period: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        currency = "EUR" if period == "quarter" else "USD"
        asked = Asked(currency, period=period, when=when)  # type: ignore[arg-type]  # one of the four
        found = build_report("won-by-period", database, world.settings, asked, today)
        expected: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
        won = [version for _, version in world.at(moment) if version.kind == "won"]
        for deal in sorted((deal for deal in won if deal.close_date), key=lambda deal: deal.close_date or date.min):
            assert deal.close_date
            line = expected[LABELS[period](deal.close_date)]
            line[0] += 1
            line[1] += world.worth(deal, today, "revenue", currency) or ZERO
        assert [tuple(row.values()) for row in found.rows] == [(line, *sums) for line, sums in expected.items()]

        untold = [world.worth(d, today, currency=currency) or ZERO for d in won if d.close_date and d.revenue is None]
        undated = [world.worth(d, today, "revenue", currency) or ZERO for d in won if not d.close_date]
        told = []
        if untold:
            told.append(f"won without a close revenue, budget {cents(sum(untold, ZERO))}; counted, but not in the sum.")
        if undated:
            told.append(f"won without a close date, close revenue {cents(sum(undated, ZERO))}; in no period.")
        assert [remark[remark.index("won") :] for remark in found.remarks] == told
        assert [int(remark.split()[0]) for remark in found.remarks] == [len(few) for few in (untold, undated) if few]

    on_random_worlds(check, database, examples=10 if period == "month" else 4)


def test_each_group_has_its_periods_oldest_first(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        found = build_report("won-by-period", database, world.settings, Asked(by="account", when=when), today)
        sums: dict[tuple[str, int, int], list[Decimal]] = {}
        for _, deal in world.at(moment):
            if deal.kind == "won" and deal.close_date:
                place = (deal.account or "(none)", deal.close_date.year, deal.close_date.month)
                sums.setdefault(place, []).append(world.worth(deal, today, "revenue") or Decimal(0))
        expected = [
            (account, f"{month} / {year}", len(of), sum(of, Decimal(0)))
            for (account, year, month), of in sorted(sums.items())
        ]
        keys = ("account", "period", "won", "close_revenue")
        assert [tuple(row[key] for key in keys) for row in found.rows] == expected

    on_random_worlds(check, database, examples=8)
