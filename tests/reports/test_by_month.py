"""Pipeline by month: the report against plain Python, on random pipelines, now and as of any past day."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal

from pipelines.answering import Asked
from pipelines.questions.answer import Answer
from pipelines.reporting import build_report
from schemas.statuses import OROCRM_STATUSES
from tests.build import IN_DOLLARS, TODAY, an_opportunity, import_rows
from tests.reports.world import World, asked_at, on_random_worlds, rounded

ORDER = [status.id for status in OROCRM_STATUSES]


def expected_rows(world: World, moment: datetime | None, currency: str, start: date | None) -> list[tuple[object, ...]]:
    """The months with deals by status, then each month between the first and the last that has none."""
    today = asked_at(moment)[1]
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for _, deal in world.at(moment):
        if deal.is_open and (start is None or (deal.close_date and deal.close_date >= start)):
            month = f"{deal.close_date:%Y-%m}" if deal.close_date else "~"
            worth = world.worth(deal, today, currency=currency) or Decimal(0)
            added = (Decimal(1), worth, worth * deal.chance)
            sums[month, deal.status] = [a + b for a, b in zip(sums[month, deal.status], added, strict=True)]
    with_deals = sorted({month for month, _ in sums if month != "~"})
    for number in range(2026 * 12, 2028 * 12):
        month = f"{number // 12}-{number % 12 + 1:02}"
        if with_deals and with_deals[0] < month < with_deals[-1] and month not in with_deals:
            sums[month, ORDER[0]] = [Decimal(0)] * 3
    return [
        (month.replace("~", "(none)"), status, count, budget, rounded(weighted))
        for (month, status), (count, budget, weighted) in sorted(
            sums.items(), key=lambda item: (item[0][0], ORDER.index(item[0][1]))
        )
    ]


def test_each_month_and_status_is_what_plain_python_adds_up(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        for currency, start in (("USD", None), ("EUR", today)):
            found = build_report("by-month", database, world.settings, Asked(currency, start, when=when), today)
            assert told(found) == expected_rows(world, moment, currency, start)

    on_random_worlds(check, database)


def test_each_month_and_owner_is_what_plain_python_adds_up(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
        for _, deal in world.at(moment):
            if deal.is_open:
                worth = world.worth(deal, today, currency="EUR") or Decimal(0)
                of = sums[f"{deal.close_date:%Y-%m}" if deal.close_date else "(none)", deal.owner or "(none)"]
                of[:] = [a + b for a, b in zip(of, (Decimal(1), worth, worth * deal.chance), strict=True)]
        found = build_report("by-month", database, world.settings, Asked("EUR", when=when, by="owner"), today)
        expected = [
            (month, owner, count, budget, rounded(weighted))
            for (month, owner), (count, budget, weighted) in sorted(
                sums.items(), key=lambda item: (item[0][0].replace("(none)", "~"), item[0][1])
            )
        ]
        rows = [tuple(row.values()) for row in found.rows]
        assert [row for row in rows if row[2]] == expected
        assert {row[1] for row in rows if not row[2]} <= {min((owner for _, owner in sums), default="")}

    on_random_worlds(check, database, examples=8)


def told(found: Answer) -> list[tuple[object, ...]]:
    return [tuple(value for key, value in row.items() if key != "label") for row in found.rows]


def deals_closing(database: str, *days: str) -> Answer:
    rows = [an_opportunity(name=f"Deal {day}", close_date=day, status="negotiation") for day in days]
    assert import_rows(database, *rows, settings=IN_DOLLARS).added == len(days)
    return build_report("by-month", database, IN_DOLLARS, Asked(), TODAY)


def test_the_total_is_that_of_the_open_pipeline(database: str) -> None:
    found = deals_closing(database, "2026-12-24", "2027-02-01", "2027-02-28")
    assert told(found) == [
        ("2026-12", "negotiation", 1, 1000, 800),
        ("2027-01", "in_progress", 0, 0, 0),
        ("2027-02", "negotiation", 2, 2000, 1600),
    ]
    assert found.total == {"opportunities": 3, "budget_amount": 3000, "weighted_amount": 2400}
    assert found.remarks == []


def test_a_year_of_empty_months_is_shown_and_more_are_left_out(database: str) -> None:
    found = deals_closing(database, "2026-12-24", "2028-01-01", "2208-01-01")
    assert len(found.rows) == 1 + 12 + 1 + 1
    assert found.remarks == ["No open opportunity is expected to close from 2028-02 to 2207-12."]
