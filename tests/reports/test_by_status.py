"""Opportunities By Status: OroCRM's report against plain Python."""

from datetime import date, datetime
from decimal import Decimal

from pipelines.answering import Asked
from pipelines.reporting import build_report
from schemas.settings import Settings
from schemas.statuses import Status
from tests.build import IN_DOLLARS, TODAY, an_opportunity, import_rows
from tests.reports.world import LABEL, World, asked_at, on_random_worlds

ZERO = Decimal(0)
START, END = date(2026, 10, 1), date(2026, 12, 31)


def test_every_status_has_its_number_its_revenue_once_closed_and_its_budget(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        for currency, days in (("USD", (None, None)), ("EUR", (START, END))):
            found = build_report(
                "by-status", database, world.settings, Asked(currency, days[0], days[1], when=when), today
            )
            expected = []
            for status, label in LABEL.items():
                deals = [version for _, version in world.at(moment) if version.status == status]
                if days[0]:
                    deals = [deal for deal in deals if deal.close_date and START <= deal.close_date <= END]
                revenue = [world.worth(deal, today, "revenue", currency) or ZERO for deal in deals if not deal.is_open]
                budget = [world.worth(deal, today, currency=currency) or ZERO for deal in deals]
                expected.append((status, label, len(deals), sum(revenue, ZERO), sum(budget, ZERO)))
            assert [tuple(row.values()) for row in found.rows] == expected
            assert found.total["opportunities"] == sum(line[2] for line in expected)

    on_random_worlds(check, database)


def test_a_status_that_the_settings_know_no_more_comes_last(database: str) -> None:
    old = Settings(statuses=(Status("demo", "Demo", Decimal("0.5"), "open"), *IN_DOLLARS.statuses))
    import_rows(database, an_opportunity(status="demo"), an_opportunity(name="B"), settings=old)
    found = build_report("by-status", database, IN_DOLLARS, Asked(), TODAY)
    assert [row["label"] for row in found.rows] == [*LABEL.values(), "demo"]
    assert found.rows[-1]["budget_amount"] == 1000
    assert found.total["opportunities"] == 2


def test_each_group_has_every_status(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        found = build_report("by-status", database, world.settings, Asked(by="owner", when=when), today)
        versions = [version for _, version in world.at(moment)]
        expected = []
        for owner in sorted({version.owner or "(none)" for version in versions}):
            for status, label in LABEL.items():
                deals = [v for v in versions if (v.owner or "(none)", v.status) == (owner, status)]
                budget = sum((world.worth(deal, today) or ZERO for deal in deals), ZERO)
                expected.append((owner, label, len(deals), budget))
        keys = ("owner", "label", "opportunities", "budget_amount")
        assert [tuple(row[key] for key in keys) for row in found.rows] == expected

    on_random_worlds(check, database, examples=8)
