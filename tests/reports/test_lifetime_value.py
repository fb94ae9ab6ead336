"""Accounts life-time value: OroCRM's report against plain Python."""

from datetime import date, datetime
from decimal import Decimal

from pipelines.answering import Asked
from pipelines.reporting import build_report
from tests.build import IN_DOLLARS, TODAY, an_opportunity, import_rows
from tests.reports.world import ACCOUNTS, World, asked_at, on_random_worlds

ZERO = Decimal(0)
START = date(2026, 10, 1)


def test_each_account_has_what_its_won_deals_brought_also_nothing(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        for currency, start in (("USD", None), ("EUR", START)):
            found = build_report("lifetime-value", database, world.settings, Asked(currency, start, when=when), today)
            expected = []
            for name in ACCOUNTS:
                won = [version for _, version in world.at(moment) if version.kind == "won" and version.account == name]
                if start:
                    won = [deal for deal in won if deal.close_date and deal.close_date >= start]
                brought = sum((world.worth(deal, today, "revenue", currency) or ZERO for deal in won), ZERO)
                expected.append((name, len(won), brought))
            assert [tuple(row.values()) for row in found.rows] == sorted(expected, key=lambda line: (-line[2], line[0]))

    on_random_worlds(check, database, examples=8)


def test_customers_are_told_instead_where_asked_for(database: str) -> None:
    deals = [
        an_opportunity(name="A", customer="Acme Retail", status="won", close_revenue="70"),
        an_opportunity(name="B", customer="Acme Retail", status="won", close_revenue="5"),
        an_opportunity(name="C", customer="Acme Wholesale"),
        an_opportunity(name="D", status="won", close_revenue="900"),
    ]
    import_rows(database, *deals)
    found = build_report("lifetime-value", database, IN_DOLLARS, Asked(by="customer"), TODAY)
    assert [tuple(row.values()) for row in found.rows] == [("Acme Retail", 2, 75), ("Acme Wholesale", 0, 0)]
