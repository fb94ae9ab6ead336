"""Opportunities By Lead Source: OroCRM's widget against plain Python."""

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from connectors.databases import transaction
from pipelines.answering import Asked
from pipelines.reporting import build_report
from schemas.tables import lead, opportunity
from tests.build import IN_DOLLARS, TODAY
from tests.reports.world import DAYS, LEADS, World, asked_at, on_random_worlds, store

ZERO = Decimal(0)
START = DAYS[1]


def test_opportunities_are_counted_by_the_source_of_their_lead(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        for by, currency, start in (("count", "USD", None), ("amount", "EUR", None), (None, "USD", START)):
            asked = Asked(currency, start=start, when=when, by=by)
            found = build_report("lead-source", database, world.settings, asked, today)
            sums: dict[str, tuple[int, Decimal]] = defaultdict(lambda: (0, ZERO))
            for deal, version in world.at(moment):
                if start is None or deal.created_at.date() >= start:
                    what = "revenue" if version.kind == "won" else "amount"
                    source = LEADS.get(deal.lead or "") or "Unclassified"
                    count, amount = sums[source]
                    sums[source] = count + 1, amount + (world.worth(version, today, what, currency) or ZERO)
            place = 1 if by == "amount" else 0
            ordered = sorted(sums, key=lambda source: (-sums[source][place], source))
            expected = [(source, *sums[source]) for source in ordered if sums[source][place]]
            assert [tuple(row.values()) for row in found.rows] == expected

    on_random_worlds(check, database, examples=8)


def a_deal(number: int, source: int, amount: int) -> dict[str, Any]:
    known = {"created_at": datetime(2026, 11, 1, tzinfo=UTC), "valid_from": datetime(2026, 11, 1, tzinfo=UTC)}
    told = {"budget_amount": Decimal(amount), "budget_currency": "USD", "run_id": 1, "row": number, **known}
    return {"id": number, "name": f"Deal {number}", "lead": f"Lead {source}", "status": "in_progress", **told}


def test_ten_sources_are_told_and_the_rest_are_others(database: str) -> None:
    store(World([]), database)
    known = {"created_at": datetime(2026, 11, 1, tzinfo=UTC), "valid_from": datetime(2026, 11, 1, tzinfo=UTC)}
    with transaction(database) as connection:
        connection.execute(lead.delete())
        for number in range(1, 14):
            told = {"id": number, "name": f"Lead {number}", "lead_source": f"Source {number:02}", "status": "new"}
            connection.execute(insert(lead).values(**told, **known, run_id=1, row=number))
        deals = [a_deal(number, number, 0 if number == 13 else number) for number in range(1, 14)]
        connection.execute(insert(opportunity), deals)
    by_amount = build_report("lead-source", database, IN_DOLLARS, Asked(by="amount"), TODAY)
    assert [row["lead_source"] for row in by_amount.rows] == [f"Source {n:02}" for n in range(12, 2, -1)] + ["Others"]
    assert (by_amount.rows[-1]["opportunities"], by_amount.rows[-1]["amount"]) == (2, 3)
    by_count = build_report("lead-source", database, IN_DOLLARS, Asked(), TODAY)
    assert [row["lead_source"] for row in by_count.rows] == [f"Source {n:02}" for n in range(1, 11)] + ["Others"]
    assert (by_count.rows[-1]["opportunities"], by_count.rows[-1]["amount"]) == (3, 23)
    assert by_count.total == {"opportunities": 13, "amount": Decimal(78)}
    early = Asked(end=date(2026, 10, 31))
    assert build_report("lead-source", database, IN_DOLLARS, early, TODAY).rows == []
