"""The deals of customers: against plain Python on random pipelines, of all accounts and of one."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

import pytest

from pipelines.answering import Asked
from pipelines.reporting import build_report
from tests.reports.world import LABEL, Version, World, asked_at, on_random_worlds

ZERO = Decimal(0)


@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_every_deal_stands_below_its_account_in_the_order_in_which_they_came(database: str, currency: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        expected = [
            (
                version.account or "",
                deal.name,
                LABEL[version.status],
                str(version.close_date or ""),
                str(version.closed_at.date()) if version.closed_at else "",
                world.worth(version, today, currency=currency) or ZERO,
                world.worth(version, today, "revenue", currency) or ZERO,
            )
            for deal, version in sorted(
                world.at(moment), key=lambda one: (one[1].account or "", one[0].created_at, one[0].id)
            )
        ]
        found = build_report("customer-history", database, world.settings, Asked(currency, when=when), today)
        assert [tuple(row.values()) for row in found.rows] == expected
        budget = sum((line[-2] for line in expected), ZERO)
        assert found.total["budget_amount"] == budget
        of_one = Asked(currency, when=when, account="Acme")
        found = build_report("customer-history", database, world.settings, of_one, today)
        assert [tuple(row.values()) for row in found.rows] == [line[1:] for line in expected if line[0] == "Acme"]

    on_random_worlds(check, database, examples=8)


@pytest.mark.parametrize("by", ["owner", "status"])
def test_groups_count_the_deals_of_all_or_of_one_account_by_how_they_ended(database: str, by: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        for account in (None, "Acme"):
            groups: dict[str, list[Version]] = defaultdict(list)
            for _, version in world.at(moment):
                if account in (None, version.account):
                    groups[(version.owner or "(none)") if by == "owner" else LABEL[version.status]].append(version)
            expected = [
                (
                    group,
                    len(of),
                    sum(version.is_open for version in of),
                    sum(version.status == "won" for version in of),
                    sum(version.status == "lost" for version in of),
                    sum((world.worth(version, today, currency="EUR") or ZERO for version in of), ZERO),
                    sum((world.worth(version, today, "revenue", "EUR") or ZERO for version in of), ZERO),
                )
                for group, of in groups.items()
            ]
            asked = Asked("EUR", when=when, account=account, by=by)
            found = build_report("customer-history", database, world.settings, asked, today)
            rows = [tuple(row.values()) for row in found.rows]
            assert sorted(rows) == sorted(expected)
            order = list(LABEL.values()) if by == "status" else sorted(groups)
            assert [row[0] for row in rows] == [group for group in order if group in groups]
            assert found.total["opportunities"] == sum(len(of) for of in groups.values())

    on_random_worlds(check, database, examples=8)
