"""Data quality: the report against plain Python, on random pipelines, now and as of any past day."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from pipelines.answering import Asked
from pipelines.reporting import build_report
from schemas.settings import Reporting
from tests.build import IN_DOLLARS, NOON, TODAY, an_opportunity, import_rows
from tests.reports.world import CHANCE, LEADS, Deal, Version, World, asked_at, on_random_worlds, rounded, store

IsSo = Callable[[Version, date], bool]
OPEN: dict[str, tuple[str, IsSo]] = {
    "no_close_date": ("missing", lambda deal, _: deal.close_date is None),
    "no_amount": ("missing", lambda deal, _: not deal.amount),
    "no_owner": ("missing", lambda deal, _: deal.owner is None),
    "no_account": ("missing", lambda deal, _: deal.account is None),
    "other_probability": ("contradictory", lambda deal, _: deal.chance != CHANCE[deal.status]),
    "overdue": ("old", lambda deal, today: deal.close_date is not None and deal.close_date < today),
    "stale": ("old", lambda deal, today: (today - deal.valid_from.date()).days > 21),
}
CLOSED: dict[str, tuple[str, IsSo]] = {
    "no_revenue": ("missing", lambda deal, _: deal.kind == "won" and not deal.revenue),
    "no_reason": ("missing", lambda deal, _: deal.kind == "lost"),
    "closed_ahead": ("contradictory", lambda deal, today: deal.close_date is not None and deal.close_date > today),
}


def findings(deal: Version, today: date) -> set[str]:
    """What is wrong with a deal, and the kinds of that; no world tells why a deal was lost."""
    found = {name: kind for name, (kind, is_so) in (OPEN if deal.is_open else CLOSED).items() if is_so(deal, today)}
    return {*found, *found.values()} or {"clean"}


Group = Callable[[Deal, Version], str]


def source_of(deal: Deal, version: Version) -> str:
    return LEADS.get(deal.lead or "") or "(none)"


def owner_of(deal: Deal, version: Version) -> str:
    return version.owner or "(none)"


@pytest.mark.parametrize(("by", "group"), [("owner", owner_of), ("lead-source", source_of)])
def test_findings_of_each_group_are_those_that_plain_python_counts(database: str, by: str, group: Group) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        (when, today), settings = asked_at(moment), replace(world.settings, reports=Reporting(stale_after_days=21))
        found = build_report("quality", database, settings, Asked(when=when, by=by), today)
        expected: dict[str, Counter[str]] = defaultdict(Counter)
        for deal, version in world.at(moment):
            expected[group(deal, version)].update({"opportunities", *findings(version, today)})
        key = by.replace("-", "_")
        counts = ["opportunities", "missing", "contradictory", "old", "clean", *OPEN, *CLOSED]
        told = [(row[key], {name: row[name] for name in counts if row[name]}) for row in found.rows]
        assert told == sorted(
            ((name, dict(of)) for name, of in expected.items()),
            key=lambda item: (item[1].get("clean", 0) - item[1]["opportunities"], item[0]),
        )
        shares = [
            rounded(Decimal(of["clean"]) / of["opportunities"]) for of in (expected[str(name)] for name, _ in told)
        ]
        assert [row["clean_share"] for row in found.rows] == shares

    on_random_worlds(check, database, examples=8)


def test_an_empty_pipeline_has_nothing_to_correct(sqlite: str) -> None:
    store(World([]), sqlite)
    found = build_report("quality", sqlite, IN_DOLLARS, Asked(), TODAY)
    assert (found.rows, found.remarks, found.total["clean_share"]) == ([], [], None)


def test_each_finding_is_told_with_its_count(database: str) -> None:
    won = {"status": "won", "close_date": "2026-11-20", "close_reason": "Won"}
    lost = {"status": "lost", "close_date": "2026-12-20"}
    deals = [
        an_opportunity(name="clean", close_date="2026-12-01", owner="ann"),
        an_opportunity(name="no owner", close_date="2026-12-01", owner=""),
        an_opportunity(name="late, another probability", close_date="2026-11-01", owner="ann", probability="50"),
        an_opportunity(name="won, revenue", close_revenue="5", owner="ann", **won),
        an_opportunity(name="won, no revenue", close_revenue="0", owner="ann", **won),
        an_opportunity(name="lost, no reason, ahead", owner="ann", close_reason="", **lost),
        an_opportunity(name="lost, reason, ahead", owner="ann", close_reason="Outsold", **lost),
        an_opportunity(name="no date, no amount", owner="ann", budget_amount=""),
    ]
    assert import_rows(database, *deals, at=NOON - timedelta(days=10)).added == len(deals)
    found = build_report("quality", database, IN_DOLLARS, Asked(), TODAY)
    assert found.remarks == [
        "Missing: 1 open without a close date, 1 open without an amount, 1 open without an owner,"
        " 1 won without a revenue, 1 lost without a reason.",
        "Contradictory: 1 open with another probability than that of the status,"
        " 2 won or lost with a close date after today.",
        "Old: 1 open with a close date before today.",
    ]
    assert [(row["owner"], row["opportunities"], row["clean"]) for row in found.rows] == [
        ("ann", 7, 2),
        ("(none)", 1, 0),
    ]
    assert str(found.total["clean_share"]) == "0.2500"
