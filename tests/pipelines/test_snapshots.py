"""Snapshots: files that hold all deals of their source, and what becomes of stored ones that they lack."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import UsageError
from tests.build import (
    IN_EUROS_TOO,
    NOON,
    an_opportunity,
    counts,
    history,
    import_rows,
    store_rates,
    stored,
)

LATER = NOON + timedelta(days=1)
DEALS = tuple(an_opportunity(source_id=str(number), name=f"Deal {number}", probability="0") for number in range(1, 5))


def snapshot(database: str, policy: str, *rows: dict[str, str], **changed: Any) -> tuple[int | None, tuple[str, ...]]:
    """Import rows as a snapshot; gives the number of missing deals and what is told."""
    done = import_rows(database, *rows, at=LATER, snapshot=policy, **changed)
    return done.missing, done.reading.notes


def states(database: str) -> list[tuple[str, bool, bool]]:
    return [
        (deal["status"], deal["closed_at"] is not None, deal["missing_since"] == LATER) for deal in stored(database)
    ]


def test_missing_deals_are_counted_and_kept(database: str) -> None:
    import_rows(database, *DEALS)
    before = stored(database)
    assert snapshot(database, "keep", *DEALS[:3]) == (
        1,
        ("snapshot: 1 stored deals are not in the file, left as they are",),
    )
    assert stored(database) == before


def test_missing_deals_are_closed_as_lost_with_history_and_rate(database: str) -> None:
    store_rates(database, EUR="1.1")
    euros = DEALS[0] | {"Budget Amount Currency": "EUR"}
    import_rows(database, euros, *DEALS[1:], settings=IN_EUROS_TOO)
    told = snapshot(database, "close-lost", *DEALS[1:], settings=IN_EUROS_TOO)
    assert told == (1, ("snapshot: 1 stored deals are not in the file; 1 closed as lost",))
    lost = stored(database)[0]
    assert (lost["status"], lost["closed_at"], lost["missing_since"], lost["row"]) == ("lost", LATER, LATER, 0)
    assert (lost["budget_amount_base"], lost["budget_amount_rate"]) == (Decimal(1100), Decimal("1.1"))
    assert [(image["status"], image["replaced_by_run_id"]) for image in history(database)] == [("in_progress", 2)]


def test_a_deal_without_rate_stays_open(database: str) -> None:
    euros = DEALS[0] | {"Budget Amount Currency": "EUR"}
    import_rows(database, euros, *DEALS[1:], settings=IN_EUROS_TOO)
    told = snapshot(database, "close-lost", DEALS[2], settings=IN_EUROS_TOO)
    assert told == (
        3,
        ("snapshot: 3 stored deals are not in the file; 2 closed as lost, 1 lack an exchange rate and stay open",),
    )
    assert [deal["status"] for deal in stored(database)] == ["in_progress", "lost", "in_progress", "lost"]


def test_closed_deals_that_are_missing_are_not_lost(database: str) -> None:
    import_rows(database, DEALS[0] | {"Status Id": "won"}, *DEALS[1:])
    snapshot(database, "close-lost", *DEALS[1:])
    assert stored(database)[0]["status"] == "won"


def test_missing_deals_are_marked_until_they_come_back(database: str) -> None:
    import_rows(database, *DEALS)
    assert snapshot(database, "mark-missing", *DEALS[:3])[0] == 1
    assert states(database)[3] == ("in_progress", False, True)
    again = import_rows(database, *DEALS[:3], at=LATER, snapshot="mark-missing")
    assert (counts(again), again.missing) == ({"unchanged": 3}, 1)
    assert len(history(database)) == 1
    back = import_rows(database, *DEALS, at=LATER)
    assert counts(back) == {"updated": 1, "unchanged": 3}
    assert states(database)[3] == ("in_progress", False, False)


def test_only_deals_of_the_same_source_are_missing(database: str) -> None:
    import_rows(database, *DEALS)
    rows = {"source_id": "77", "name": "Other", "account": "Acme", "status": "negotiation"}
    import_rows(database, rows, layout="plain")
    import_rows(database, an_opportunity(name="By hand"))
    assert snapshot(database, "close-lost", *DEALS)[0] == 0


def test_a_rejected_row_is_not_missing(database: str) -> None:
    import_rows(database, *DEALS)
    bad = DEALS[3] | {"Status Id": "?"}
    without_rate = DEALS[2] | {"Budget Amount Currency": "EUR", "Status Id": "won"}
    told = snapshot(database, "close-lost", *DEALS[:2], without_rate, bad, settings=IN_EUROS_TOO)
    assert told == (0, ())
    assert [deal["status"] for deal in stored(database)] == ["in_progress"] * 4


def test_copies_of_a_row_are_not_missing(database: str) -> None:
    import_rows(database, *DEALS)
    assert snapshot(database, "close-lost", *DEALS, DEALS[3])[0] == 0
    assert snapshot(database, "close-lost", *DEALS, DEALS[3] | {"Additional comments": "other"})[0] == 0


@pytest.mark.parametrize(
    "bad", [{"Id": "", "Status Id": "?"}, {"Id": "", "Status Id": "won", "Budget Amount Currency": "EUR"}]
)
def test_nothing_is_closed_while_a_rejected_row_may_be_the_missing_deal(database: str, bad: dict[str, str]) -> None:
    import_rows(database, *DEALS)
    told = snapshot(
        database, "close-lost", *DEALS[:3], DEALS[3] | bad | {"Opportunity name": "New"}, settings=IN_EUROS_TOO
    )
    assert told == (
        1,
        (
            "snapshot: 1 stored deals are not in the file, left as they are: 1 rejected row has no readable id and "
            "may be one of them",
        ),
    )


def test_a_snapshot_needs_ids(sqlite: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no ids of deals"):
        snapshot(sqlite, "keep", an_opportunity())
