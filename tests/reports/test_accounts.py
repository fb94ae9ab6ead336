"""Accounts By Opportunities: OroCRM's report against plain Python."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from pipelines.answering import Asked
from pipelines.reporting import build_report
from schemas.settings import Settings
from schemas.statuses import Status
from tests.build import IN_DOLLARS, TODAY, an_opportunity, import_rows
from tests.reports.world import ACCOUNTS, LABEL, LEADS, Deal, Version, World, asked_at, on_random_worlds

START = date(2026, 10, 1)
GROUPS: dict[str, Callable[[Deal, Version], str | None]] = {
    "owner": lambda _, now: now.owner,
    "lead-source": lambda deal, _: LEADS.get(deal.lead or ""),
    "month": lambda _, now: f"{now.close_date:%Y-%m}" if now.close_date else None,
    "currency": lambda _, now: None if now.amount is None else now.currency,
}


def test_each_account_has_a_count_for_every_status_and_a_total(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        for start in (None, START):
            found = build_report("accounts", database, world.settings, Asked(start=start, when=when), today)
            deals = [version for _, version in world.at(moment)]
            if start:
                deals = [deal for deal in deals if deal.close_date and deal.close_date >= start]
            expected = []
            for name in ACCOUNTS:
                of = [deal.status for deal in deals if deal.account == name]
                if of:
                    expected.append((name, *(of.count(status) for status in LABEL), len(of)))
            assert [tuple(row.values()) for row in found.rows] == expected

    on_random_worlds(check, database, examples=8)


def test_a_status_that_the_settings_know_no_more_is_in_the_total_and_told(database: str) -> None:
    old = Settings(statuses=(Status("demo", "Demo", Decimal("0.5"), "open"), *IN_DOLLARS.statuses))
    import_rows(database, an_opportunity(status="demo"), settings=old)
    found = build_report("accounts", database, IN_DOLLARS, Asked(), TODAY)
    assert [(row["account"], row["in_progress"], row["total"]) for row in found.rows] == [("Acme", 0, 1)]
    assert found.remarks == [
        "1 opportunity in a status that the settings do not know, such as 'demo'; in the total only."
    ]


def test_groups_have_the_opportunities_of_accounts_and_the_number_of_different_ones(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        every = [(deal, now) for deal, now in world.at(moment) if now.close_date and now.close_date >= START]
        deals = [(deal, now) for deal, now in every if now.account]
        for by, of in GROUPS.items():
            found = build_report("accounts", database, world.settings, Asked(start=START, when=when, by=by), today)
            groups: dict[str, list[Version]] = {}
            for deal, now in deals:
                groups.setdefault(of(deal, now) or "(none)", []).append(now)
            expected = []
            for group in sorted(groups, key=lambda group: (by == "month" and group == "(none)", group)):
                statuses = [now.status for now in groups[group]]
                accounts = len({now.account for now in groups[group]})
                expected.append((group, accounts, *(statuses.count(status) for status in LABEL), len(statuses)))
            assert [tuple(row.values()) for row in found.rows] == expected
            accounts = len({now.account for _, now in deals})
            assert (found.total["accounts"], found.total["total"]) == (accounts, len(deals))
            several = sum(int(str(row["accounts"])) for row in found.rows) > accounts
            assert several == any("counts in each of them" in remark for remark in found.remarks)
            without = len(every) - len(deals)
            assert [int(text.split()[0]) for text in found.remarks if "in no line" in text] == [without][: without > 0]

    on_random_worlds(check, database, examples=6)
