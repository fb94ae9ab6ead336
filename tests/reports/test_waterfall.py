"""The waterfall against plain Python, deal by deal, on random pipelines between two moments; it always balances."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import Any

import pytest

from pipelines.answering import Asked
from pipelines.questions.answer import Answer
from pipelines.reporting import build_report
from schemas.errors import UsageError
from tests.build import as_text
from tests.reports.world import (
    DAYS,
    LABEL,
    TODAY,
    Deal,
    Version,
    World,
    asked_at,
    end_of,
    moment_of,
    on_random_worlds,
    store,
)

ZERO = Decimal(0)
QUARTER = date(2026, 10, 1), date(2026, 12, 31)
MEASURES = ("deals", "amount", "weighted")
Sums = dict[tuple[str, str], list[Decimal]]


def grouped(version: Version, by: str | None) -> str:
    """The group of a version."""
    if by == "owner":
        return version.owner or "(none)"
    if by == "status":
        return LABEL[version.status]
    if by == "month":
        return f"{version.close_date:%Y-%m}" if version.close_date else "(none)"
    return ""


def inside(version: Version | None, days: tuple[date, date] | None) -> bool:
    """Whether its close date is among the days."""
    day = version.close_date if version else None
    return version is not None and (days is None or (day is not None and days[0] <= day <= days[1]))


class Expected:
    """The waterfall of a world, added up deal by deal."""

    def __init__(self, world: World, since: date, moment: datetime | None, *, currency: str, by: str | None) -> None:
        self.world, self.since, self.currency, self.by = world, since, currency, by
        self.moment, self.today = moment, asked_at(moment)[1]
        self.sums: Sums = defaultdict(lambda: [ZERO] * 3)
        self.late = 0

    def add(self, step: str, group: str, amount: Decimal, chance: Decimal, sign: int = 1) -> None:
        measures = (Decimal(1), sign * amount, sign * amount * chance)
        self.sums[step, group] = [a + b for a, b in zip(self.sums[step, group], measures, strict=True)]

    def worth(self, version: Version, day: date) -> Decimal:
        return self.world.worth(version, day, currency=self.currency) or ZERO

    def of(self, deal: Deal, days: tuple[date, date] | None) -> None:
        """What one deal adds."""
        before, after = deal.at(end_of(self.since).moment), deal.at(self.moment)
        was_open = before is not None and before.is_open
        if before and was_open and inside(before, days):
            self.add("opening", grouped(before, self.by), self.worth(before, self.since), before.chance)
            if after is None or not after.is_open or not inside(after, days):
                step = "removed" if after is None else "pushed_out" if after.is_open else after.kind
                self.add(step, grouped(before, self.by), self.worth(before, self.since), before.chance, -1)
                return
            if grouped(before, self.by) != grouped(after, self.by):
                for version, sign in ((before, -1), (after, 1)):
                    group, worth = grouped(version, self.by), self.worth(before, self.since)
                    self.add("reassigned", group, worth, before.chance, sign)
        elif after is None or not inside(after, days) or (before and not was_open and not after.is_open):
            return
        elif before and was_open:
            self.add("pulled_in", grouped(after, self.by), self.worth(before, self.since), before.chance)
            if not after.is_open:
                self.add(after.kind, grouped(after, self.by), self.worth(before, self.since), before.chance, -1)
                return
        else:
            self.come(before, after)
            return
        self.change(before, after)
        self.add("closing", grouped(after, self.by), self.worth(after, self.today), after.chance)

    def come(self, before: Version | None, after: Version) -> None:
        """A deal that was not open at the opening."""
        group, worth = grouped(after, self.by), self.worth(after, self.today)
        if not after.is_open:
            assert after.closed_at
            if after.closed_at.date() <= self.since or (after.close_date and after.close_date < self.since):
                self.late += 1
                return
        self.add("reopened" if before else "created", group, worth, after.chance)
        if after.is_open:
            self.add("closing", group, worth, after.chance)
        else:
            self.add(after.kind, group, worth, after.chance, -1)

    def change(self, before: Version, after: Version) -> None:
        """What became of the worth of a deal that was open at both moments: by its amount, the rate, its chance."""
        group, worth = grouped(after, self.by), self.worth(after, self.today)
        between = worth
        if after.amount is not None and before.amount is not None and after.currency == before.currency:
            between = self.worth(after, self.since)
        first = self.worth(before, self.since)
        if between != first:
            self.add("increased" if between > first else "decreased", group, between - first, before.chance)
        if worth != between:
            self.add("currency", group, worth - between, before.chance)
        if worth and after.chance != before.chance:
            added = [Decimal(1), ZERO, worth * (after.chance - before.chance)]
            self.sums["probability", group] = [
                a + b for a, b in zip(self.sums["probability", group], added, strict=True)
            ]


def balanced(answer: Answer, by: str | None) -> None:
    """Each group adds up to its closing, exactly; the total is the change of all."""
    for _, group in groupby(answer.rows, key=lambda row: row[by] if by else None):
        rows = list(group)
        assert [rows[0]["step"], rows[-1]["step"]] == ["opening", "closing"]
        for measure in ("amount", "weighted"):
            assert summed(rows[:-1], measure) == rows[-1][measure]
    assert summed([row for row in answer.rows if row["step"] == "reassigned"], "amount") == 0
    opening, closing = ([row for row in answer.rows if row["step"] == step] for step in ("opening", "closing"))
    for measure in MEASURES:
        assert answer.total[measure] == summed(closing, measure) - summed(opening, measure)


def summed(rows: list[dict[str, Any]], measure: str) -> Decimal:
    """The sum of a measure over rows."""
    return sum((Decimal(row[measure]) for row in rows), ZERO)


@pytest.mark.parametrize(
    ("by", "days", "currency"),
    [(None, None, "USD"), ("owner", QUARTER, "EUR"), ("status", None, "EUR"), ("month", QUARTER, "USD")],
)
def test_what_moved_is_what_plain_python_tells_of_each_deal(
    database: str, by: str | None, days: tuple[date, date] | None, currency: str
) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        since = DAYS[1 if len(world.deals) % 2 else 2]
        since = min(since, today)
        start, end = days or (None, None)
        asked = Asked(currency, start, end, when=when, by=by, since=end_of(since))
        found = build_report("waterfall", database, world.settings, asked, today)
        expected = Expected(world, since, moment, currency=currency, by=by)
        for deal in world.deals:
            expected.of(deal, days)
        told = {(row["step"], row[by] if by else ""): [row[key] for key in MEASURES] for row in found.rows}
        shown = {key: values for key, values in told.items() if any(values)}
        assert shown == {key: values for key, values in expected.sums.items() if any(values)}
        assert [remark for remark in found.remarks if remark.startswith("In no step")] == (
            [f"In no step, as recorded since but closed before: {expected.late} deal{'s' * (expected.late > 1)}."]
            if expected.late
            else []
        )
        balanced(found, by)

    on_random_worlds(check, database, examples=8, most=10)


def test_the_steps_of_a_small_pipeline_are_these(database: str) -> None:
    opening, closing = DAYS[2], DAYS[5]
    first, last = (partial(version, place) for place in (2, 5))
    deals = [
        # 100 EUR more at 1.20, then 300 EUR at 1.35 instead of 1.20
        [first("200", "EUR", owner="ann"), last("300", "EUR", owner="ann")],
        [first("1000", "USD", owner="ann"), last("900", "USD", owner="bob", status="negotiation")],
        [first("50", "USD", owner="ann"), last("60", "USD", owner="ann", status="won")],
        [last("7", "USD", owner="cem", status="lost")],
    ]
    world = World([Deal(n, f"Deal {n}", None, told[0].valid_from, told) for n, told in enumerate(deals, 1)])
    store(world, database)
    asked = Asked(when=end_of(closing), since=end_of(opening))
    found = build_report("waterfall", database, world.settings, asked, closing)
    assert [tuple(map(str, row.values())) for row in found.rows if row["deals"]] == [
        ("opening", "Opening", "3", "1290.0000", "258.0000"),
        ("created", "Created", "1", "7.0000", "0.0000"),
        ("increased", "Increased", "1", "120.0000", "24.0000"),
        ("currency", "Currency effect", "1", "45.0000", "9.0000"),
        ("probability", "Probability", "1", "0.0000", "540.0000"),
        ("decreased", "Decreased", "1", "-100.0000", "-20.0000"),
        ("won", "Won", "1", "-50.0000", "-10.0000"),
        ("lost", "Lost", "1", "-7.0000", "0.0000"),
        ("closing", "Closing", "2", "1305.0000", "801.0000"),
    ]
    assert found.total == {"deals": -1, "amount": Decimal("15.0000"), "weighted": Decimal("543.0000")}
    assert as_text(found, "table").splitlines()[-4].split() == ["Change", "-1", "15.00", "543.00"]
    by_owner = build_report("waterfall", database, world.settings, replace(asked, by="owner"), closing)
    assert [(row["owner"], str(row["amount"])) for row in by_owner.rows if row["step"] == "reassigned"] == [
        ("ann", "-1000.0000"),
        ("bob", "1000.0000"),
    ]
    assert [answer.chart and answer.chart.kind for answer in (found, by_owner)] == ["column", None]


def version(place: int, amount: str, currency: str, *, owner: str, status: str = "needs_analysis") -> Version:
    """A version of a run."""
    at, closed = moment_of(DAYS[place]), status in ("won", "lost")
    facts = (status, Decimal(amount), currency, None, None, None, owner, None, at, place + 1)
    return Version(*facts, closed_at=at if closed else None)


def test_a_waterfall_needs_an_earlier_moment(database: str) -> None:
    store(World([]), database)
    with pytest.raises(UsageError, match="needs --since"):
        build_report("waterfall", database, World([]).settings, Asked(), TODAY)


def test_before_the_first_run_the_opening_is_empty_and_that_is_told(database: str) -> None:
    first = version(0, "100", "USD", owner="ann")
    world = World([Deal(1, "Deal 1", None, first.valid_from, [first])])
    store(world, database)
    asked = Asked(since=end_of(DAYS[0] - timedelta(days=1)))
    told = build_report("waterfall", database, world.settings, asked, TODAY).remarks
    assert told[1:] == ["Nothing was recorded before 2026-07-28 06:00 UTC, so that the opening is empty."]


def test_deals_come_back_go_and_are_moved_into_the_days_and_out(database: str) -> None:
    def deal(number: int, *told: tuple[int, str, date | None]) -> Deal:
        versions = [
            replace(version(place, str(100 * number), "USD", owner="ann", status=status), close_date=day)
            for place, status, day in told
        ]
        return Deal(number, f"Deal {number}", None, versions[0].valid_from, versions)

    before, within, after = date(2026, 9, 30), date(2026, 10, 1), date(2027, 1, 1)
    deals = [
        deal(1, (2, "lost", before), (5, "negotiation", within)),  # reopened
        replace(deal(2, (2, "negotiation", within)), gone=moment_of(DAYS[5])),  # removed
        deal(3, (2, "negotiation", after), (5, "won", within)),  # pulled in and won
        deal(4, (2, "negotiation", before), (5, "lost", within)),  # pulled in and lost
        deal(5, (2, "negotiation", within), (5, "negotiation", after)),  # pushed out
        deal(6, (2, "negotiation", within), (5, "negotiation", None)),  # pushed out, as nobody knows when
        deal(7, (2, "negotiation", within), (5, "lost", after)),  # lost, wherever it went
        deal(8, (2, "won", within), (5, "lost", within)),  # was never open
        deal(9, (2, "negotiation", after), (5, "negotiation", within)),  # pulled in
    ]
    world = World(deals)
    store(world, database)
    asked = Asked(start=QUARTER[0], end=QUARTER[1], since=end_of(DAYS[2]))
    found = build_report("waterfall", database, world.settings, asked, TODAY)
    assert {row["step"]: (row["deals"], str(row["amount"])) for row in found.rows if row["deals"]} == {
        "opening": (4, "2000.0000"),
        "reopened": (1, "100.0000"),
        "pulled_in": (3, "1600.0000"),
        "pushed_out": (2, "-1100.0000"),
        "won": (1, "-300.0000"),
        "lost": (2, "-1100.0000"),
        "removed": (1, "-200.0000"),
        "closing": (2, "1000.0000"),
    }
    balanced(found, None)
