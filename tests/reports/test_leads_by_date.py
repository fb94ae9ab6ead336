"""Leads By Date: OroCRM's report against plain Python."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import insert

from connectors.databases import bring_up_to_date, transaction
from pipelines.answering import Asked
from pipelines.report_modules import report_names
from pipelines.reporting import build_report
from schemas.errors import UsageError
from schemas.known import AsOf
from schemas.settings import Settings
from schemas.tables import HISTORY, lead
from tests.build import IN_DOLLARS, TODAY
from tests.reports.world import OWNERS, World, end_of, moment_of, store

NO_LEADS = Settings(features_off=frozenset({"leads"}))
NO_OPPORTUNITIES = Settings(features_off=frozenset({"opportunities"}))
DAYS = st.integers(1, 6).map(lambda day: date(2026, 11, day))
LEADS = st.lists(
    st.tuples(DAYS, st.sampled_from([time(0, 0), time(12, 30), time(23, 59, 59, 999999)]), st.none() | DAYS), max_size=9
)


def a_lead(number: int, created: datetime) -> dict[str, Any]:
    known = {"created_at": created, "valid_from": created, "run_id": 1, "row": number}
    return {"id": number, "name": f"Lead {number}", "status": "new", **known}


@pytest.mark.parametrize("moment", [None, end_of(date(2026, 11, 4)).moment])
def test_leads_are_counted_on_the_day_on_which_they_came(database: str, moment: datetime | None) -> None:
    store(World([]), database)

    @hypothesis.settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(leads=LEADS, days=st.tuples(st.none() | DAYS, st.none() | DAYS))
    def check(leads: list[tuple[date, time, date | None]], days: tuple[date | None, date | None]) -> None:
        start, end = sorted(days) if days[0] and days[1] else days  # type: ignore[type-var]
        counts: Counter[date] = Counter()
        with transaction(database) as connection:
            for table in (lead, HISTORY[lead]):
                connection.execute(table.delete())
            for number, (day, at, gone) in enumerate(leads, 1):
                created = datetime.combine(day, at, UTC)
                removed = moment_of(gone) if gone and moment_of(gone) > created else None
                row = a_lead(number, created)
                if removed is None:
                    connection.execute(insert(lead).values(**row))
                else:
                    past = row | {"valid_to": removed, "replaced_by_run_id": 7}
                    connection.execute(insert(HISTORY[lead]).values(**past))
                known = (
                    removed is None
                    if moment is None
                    else created <= moment < (removed or datetime.max.replace(tzinfo=UTC))
                )
                counts[day] += known and (start or day) <= day <= (end or day)
        found = build_report("leads-by-date", database, IN_DOLLARS, Asked(None, start, end, when=AsOf(moment)), TODAY)
        assert [tuple(row.values()) for row in found.rows] == [
            (day, counts[day]) for day in sorted(counts) if counts[day]
        ]
        assert found.total == {"leads": counts.total()}

    check()


STATUSES = {"new": "New", "qualified": "Qualified", "canceled": "Disqualified", "old": "old"}
FACTS = st.fixed_dictionaries(
    {
        "day": DAYS,
        "status": st.sampled_from(list(STATUSES)),
        "lead_source": st.sampled_from([None, "Fair", "Call"]),
        "industry": st.sampled_from([None, "Energy"]),
        "owner_id": st.sampled_from([None, 1, 2, 3]),
        "later": st.none() | st.sampled_from(list(STATUSES)),
    }
)
GROUPS: dict[str, Callable[[dict[str, Any], str], Any]] = {
    "status": lambda _, status: list(STATUSES).index(status),
    "lead-source": lambda facts, _: facts["lead_source"] or "(none)",
    "industry": lambda facts, _: facts["industry"] or "(none)",
    "owner": lambda facts, _: OWNERS[facts["owner_id"] - 1] if facts["owner_id"] else "(none)",
}


@pytest.mark.parametrize("moment", [None, end_of(date(2026, 11, 7)).moment])
def test_each_day_has_its_groups_by_what_is_known_of_the_leads_then(database: str, moment: datetime | None) -> None:
    store(World([]), database)
    changed = moment_of(date(2026, 11, 9))

    @hypothesis.settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(leads=st.lists(FACTS, max_size=9))
    def check(leads: list[dict[str, Any]]) -> None:
        with transaction(database) as connection:
            for table in (lead, HISTORY[lead]):
                connection.execute(table.delete())
            for number, facts in enumerate(leads, 1):
                stored = {key: facts[key] for key in ("status", "lead_source", "industry", "owner_id")}
                row = a_lead(number, moment_of(facts["day"])) | stored
                if facts["later"] is not None:
                    past = row | {"valid_to": changed, "replaced_by_run_id": 7}
                    connection.execute(insert(HISTORY[lead]).values(**past))
                    row |= {"status": facts["later"], "valid_from": changed}
                connection.execute(insert(lead).values(**row))
        for by, of in GROUPS.items():
            found = build_report("leads-by-date", database, IN_DOLLARS, Asked(when=AsOf(moment), by=by), TODAY)
            counts: Counter[tuple[date, Any]] = Counter()
            for facts in leads:
                status = facts["status"] if moment or facts["later"] is None else facts["later"]
                counts[facts["day"], of(facts, status)] += 1
            expected = [(day, group, number) for (day, group), number in sorted(counts.items())]
            if by == "status":
                expected = [(day, list(STATUSES.values())[place], number) for day, place, number in expected]
            assert [tuple(row.values()) for row in found.rows] == expected
            assert found.total == {"leads": len(leads)}

    check()


def test_leads_are_not_grouped_by_what_only_opportunities_have(sqlite: str) -> None:
    bring_up_to_date(sqlite)
    with pytest.raises(UsageError, match="The report leads-by-date cannot be grouped by size"):
        build_report("leads-by-date", sqlite, IN_DOLLARS, Asked(by="size"), TODAY)


def test_it_goes_with_leads_and_stays_without_opportunities(sqlite: str) -> None:
    bring_up_to_date(sqlite)
    assert "leads-by-date" not in report_names(NO_LEADS)
    assert "lead-source" not in report_names(NO_LEADS)
    assert report_names(NO_OPPORTUNITIES) == ["leads-by-date"]
    with pytest.raises(UsageError, match="Leads are switched off"):
        build_report("leads-by-date", sqlite, NO_LEADS, Asked(), TODAY)
    assert build_report("leads-by-date", sqlite, NO_OPPORTUNITIES, Asked(), TODAY).rows == []
