"""Opportunity Statistics: OroCRM's widget against plain Python."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from pipelines.answering import Asked
from pipelines.questions.deviation import MINUS, deviation
from pipelines.questions.periods import previous
from pipelines.reporting import build_report
from pipelines.text_tables import cents
from tests.build import IN_DOLLARS, an_opportunity, as_text, import_rows
from tests.reports.world import DAYS, LABEL, TODAY, Version, World, asked_at, on_random_worlds

ZERO = Decimal(0)
Sums = tuple[int, Decimal]
Counts = Callable[[Version], bool]


def by_hand(  # noqa: PLR0913, PLR0917  # what is asked, and of which group
    world: World,
    moment: datetime | None,
    today: date,
    start: date,
    end: date,
    currency: str,
    counts: Counts = lambda _: True,
) -> tuple[Sums, Sums]:
    """What is new and what was won in a period: number and amount."""
    new, won = [], []
    for deal, version in world.at(moment):
        if not counts(version):
            continue
        if start <= deal.created_at.date() <= end:
            new.append(world.worth(version, today, currency=currency) or ZERO)
        if version.kind == "won" and version.closed_at and start <= version.closed_at.date() <= end:
            won.append(world.worth(version, today, "revenue", currency) or ZERO)
    return (len(new), sum(new, ZERO)), (len(won), sum(won, ZERO))


def test_new_and_won_are_those_of_the_period_and_compared_with_the_one_before(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        month = today.replace(day=1), (today.replace(day=1) + timedelta(32)).replace(day=1) - timedelta(1)
        before = (month[0] - timedelta(1)).replace(day=1), month[0] - timedelta(1)
        some, earlier = (DAYS[2], DAYS[4]), (DAYS[2] - timedelta(51), DAYS[2] - timedelta(1))
        for currency, asked, now, past in (("USD", (None, None), month, before), ("EUR", some, some, earlier)):
            found = build_report(
                "statistics", database, world.settings, Asked(currency, asked[0], asked[1], when=when), today
            )
            sides = [by_hand(world, moment, today, *days, currency) for days in (now, past)]
            for row, (count, amount), (old_count, old_amount) in zip(found.rows, *sides, strict=True):
                assert (row["opportunities"], row["amount"]) == (count, amount)
                assert (row["opportunities_before"], row["amount_before"]) == (old_count, old_amount)
                words = [
                    deviation(*pair, none="No changes", minus=MINUS)
                    for pair in ((count, old_count), (amount, old_amount))
                ]
                assert [row["opportunities_change"], row["amount_change"]] == words
            assert found.total == {}
            assert f"from {now[0]} until {now[1]}; compared with {past[0]} until {past[1]}." in found.remarks[0]

    on_random_worlds(check, database, examples=8)


def test_a_period_without_a_first_day_begins_with_the_first_opportunity(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        found = build_report("statistics", database, world.settings, Asked(end=TODAY, when=when), today)
        new, won = by_hand(world, moment, today, DAYS[0], TODAY, "USD")
        assert [(row["opportunities"], row["amount"]) for row in found.rows] == [new, won]
        assert {row["opportunities_change"] for row in found.rows} == {None}
        assert found.remarks == [f"Days: until {TODAY}; compared with nothing."]

    on_random_worlds(check, database, examples=4)


GROUPS: dict[str, tuple[list[str], Callable[[Version], str | None]]] = {
    "owner": (["(none)", "ann", "bob", "cem"], lambda now: now.owner),
    "status": (list(LABEL.values()), lambda now: LABEL[now.status]),
}


def test_each_group_has_both_unless_it_has_nothing_in_either_period(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        now, past = (DAYS[2], DAYS[4]), (DAYS[2] - timedelta(51), DAYS[2] - timedelta(1))
        for by, (groups, of) in GROUPS.items():
            found = build_report("statistics", database, world.settings, Asked("EUR", *now, when=when, by=by), today)
            expected = []
            for group in groups:

                def counts(version: Version, group: str = group, of: Callable[[Version], str | None] = of) -> bool:
                    return (of(version) or "(none)") == group

                sides = [by_hand(world, moment, today, *days, "EUR", counts) for days in (now, past)]
                if any(number for side in sides for number, _ in side):
                    for name, (number, amount), (before, amount_before) in zip(
                        ("New", "Won to date"), *sides, strict=True
                    ):
                        expected.append((group, name, number, before, amount, amount_before))
            keys = ("opportunities", "opportunities_before", "amount", "amount_before")
            assert [tuple(row[key] for key in (by, "statistic", *keys)) for row in found.rows] == expected
            assert found.total == {}
            new, won = by_hand(world, moment, today, *now, "EUR")
            assert found.remarks[0].startswith(f"All groups together: new {new[0]} for {cents(new[1])}, before ")
            assert f"; won to date {won[0]} for {cents(won[1])}, before " in found.remarks[0]

    on_random_worlds(check, database, examples=6)


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        ("2026-11-01", "2026-11-30", "2026-10-01", "2026-10-31"),
        ("2026-01-01", "2026-01-31", "2025-12-01", "2025-12-31"),
        ("2026-10-01", "2026-12-31", "2026-07-01", "2026-09-30"),
        ("2024-01-01", "2024-12-31", "2023-01-01", "2023-12-31"),
        ("2026-11-01", "2026-12-31", "2026-09-01", "2026-10-31"),
        ("2026-11-10", "2026-11-10", "2026-11-09", "2026-11-09"),
        ("2026-11-01", "2026-11-29", "2026-10-03", "2026-10-31"),
    ],
)
def test_the_period_before_is_a_whole_one_too_or_as_many_days(start: str, end: str, first: str, last: str) -> None:
    days = date.fromisoformat(start), date.fromisoformat(end)
    assert previous(*days) == (date.fromisoformat(first), date.fromisoformat(last))


def test_there_is_no_period_before_the_first_day_of_the_calendar() -> None:
    assert previous(date(1, 1, 1), date(1, 1, 31)) is None
    assert previous(date(1, 1, 1), date(9999, 12, 31)) is None
    assert previous(date(9999, 12, 1), date(9999, 12, 31)) == (date(9999, 11, 1), date(9999, 11, 30))


def test_less_than_before_is_told_with_a_minus_sign() -> None:
    assert deviation(1, 4, none="No changes", minus=MINUS) == "\N{MINUS SIGN}3 (\N{MINUS SIGN}75%)"
    assert deviation(1, 1, none="No changes", minus=MINUS) == "No changes"


def test_what_is_not_added_up_has_no_total_in_any_format(sqlite: str) -> None:
    import_rows(sqlite, an_opportunity())
    found = build_report("statistics", sqlite, IN_DOLLARS, Asked(), TODAY)
    assert as_text(found, "csv").splitlines()[1:] == [
        'New,1,0,+1,1000.0000,0.0000,"+1,000.00"',
        "Won to date,0,0,No changes,0.0000,0.0000,No changes",
    ]
    assert "Grand Total" not in as_text(found, "table")
