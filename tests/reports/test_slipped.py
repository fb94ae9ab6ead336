"""Deals that slipped: against plain Python on random pipelines, alone and by owner, ever and since a day."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import update

from connectors.databases import transaction
from pipelines.answering import Asked
from pipelines.questions.question import Period
from pipelines.reporting import build_report
from schemas.errors import UsageError
from schemas.known import AsOf
from schemas.tables import run
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

PERIODS: dict[Period, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass
class Slipped:
    """What became of the close date of a deal."""

    pushes: int = 0
    days: int = 0
    first: date | None = None


def number(day: date, months: int) -> int:
    """The number of the period of some months that a day lies in."""
    return (day.year * 12 + day.month - 1) // months


def slipped(deal: Deal, moment: datetime | None, since: datetime | None, months: int) -> Slipped:
    """How a deal slipped, version by version."""
    found, before = Slipped(), None
    for version in deal.versions:
        if (moment and version.valid_from > moment) or not version.is_open or version.close_date is None:
            continue
        day = version.close_date
        if before and number(day, months) > number(before, months) and (not since or version.valid_from > since):
            found.pushes += 1
            found.days += (day - before).days
            found.first = found.first or before
        before = day
    return found


@pytest.mark.parametrize(("period", "since"), [("month", None), ("quarter", DAYS[1]), ("year", None)])
def test_what_slipped_is_what_plain_python_finds_version_by_version(
    database: str, period: Period, since: date | None
) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        asked = Asked("EUR", period=period, when=when, since=end_of(since) if since else AsOf())
        lines, groups = [], dict[str, list[Decimal]]()
        for deal, version in world.at(moment):
            if version.is_open:
                found = slipped(deal, moment, asked.since.moment, PERIODS[period])
                worth = world.worth(version, today, currency="EUR") or Decimal(0)
                owner = version.owner or "(none)"
                if found.pushes:
                    line = (deal.name, owner, found.first, version.close_date, found.pushes, found.days, worth)
                    lines.append(line)
                counts = (1, bool(found.pushes), found.pushes, found.days, worth if found.pushes else 0)
                group = groups.setdefault(owner, [Decimal(0)] * 5)
                groups[owner] = [a + b for a, b in zip(group, counts, strict=True)]
        told = build_report("slipped", database, world.settings, asked, today)
        expected = sorted(lines, key=lambda line: (-line[4], -line[5], line[0]))
        assert [tuple(row.values()) for row in told.rows] == expected
        by_owner = build_report("slipped", database, world.settings, Asked(**(vars(asked) | {"by": "owner"})), today)
        keys = ("open", "slipped", "pushes", "days", "amount")
        assert {row["owner"]: [row[key] for key in keys] for row in by_owner.rows} == groups
        shares = {name: rounded(late / number) for name, (number, late, *_) in groups.items()}
        assert {row["owner"]: row["share"] for row in by_owner.rows} == shares

    on_random_worlds(check, database, examples=8)


def pushed_twice() -> World:
    """A deal that was pushed from October to December and to February, then back to January."""
    facts = ("negotiation", Decimal(100), "USD", None, None)
    days = [date(2026, 10, 5), date(2026, 10, 30), date(2026, 12, 1), date(2027, 2, 1), date(2027, 1, 5)]
    told = [Version(*facts, day, "ann", None, moment_of(DAYS[n]), n + 1) for n, day in enumerate(days)]
    return World([Deal(1, "Deal 1", None, told[0].valid_from, told)])


def test_a_deal_that_was_pushed_twice_and_pulled_back_slipped_twice(database: str) -> None:
    world = pushed_twice()
    store(world, database)
    (row,) = build_report("slipped", database, world.settings, Asked(), TODAY).rows
    told = [str(row[key]) for key in ("name", "first", "close_date", "pushes", "days", "amount")]
    assert told == ["Deal 1", "2026-10-30", "2027-01-05", "2", "94", "100.0000"]
    since = Asked(since=end_of(DAYS[2]))
    (row,) = build_report("slipped", database, world.settings, since, TODAY).rows
    assert [str(row[key]) for key in ("first", "pushes", "days")] == ["2026-12-01", "1", "62"]


def test_a_push_that_was_undone_is_none(database: str) -> None:
    world = pushed_twice()
    store(world, database)
    with transaction(database) as connection:
        connection.execute(update(run).values(kind="undo").where(run.c.id == 5))
    (row,) = build_report("slipped", database, world.settings, Asked(), TODAY).rows
    assert [str(row[key]) for key in ("first", "close_date", "pushes", "days")] == [
        "2026-10-30",
        "2027-01-05",
        "2",
        "67",
    ]


def test_what_the_history_lost_is_told_and_what_is_known_today_is_not_asked(database: str) -> None:
    world = pushed_twice()
    store(world, database)
    with transaction(database) as connection:
        connection.execute(update(run).values(pruned_before=moment_of(DAYS[1])).where(run.c.id == 6))
    told = build_report("slipped", database, world.settings, Asked(by="owner"), TODAY)
    removed = f"The history before {DAYS[1]} was removed: what happened before is in no number."
    assert told.remarks == [removed]
    effective = Asked(when=AsOf(moment_of(DAYS[4]), effective=True))
    with pytest.raises(UsageError, match="not by what is known today"):
        build_report("slipped", database, world.settings, effective, TODAY)
