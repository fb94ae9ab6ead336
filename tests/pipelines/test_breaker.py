"""The circuit breaker: imports that are too much are held with their plan, until a person decides."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.importing import import_file
from pipelines.ledger import list_runs
from pipelines.plan.holding import HeldError
from pipelines.planning import approve_run, plan_of_run, refuse_run
from schemas.breaker import Breaker, Limit, parse_limit
from schemas.errors import RunError, SettingsError, UsageError
from schemas.settings import Settings, parse_settings
from tests.build import IN_DOLLARS, NOON, an_opportunity, counts, import_rows, options, stored, write_csv

LATER = NOON + timedelta(days=1)
TEN = tuple(
    an_opportunity(
        source_id=str(number), name=f"Deal {number}", owner="ann", close_date="2026-12-01", budget_amount="100"
    )
    for number in range(10)
)


def limited(**limits: Any) -> Settings:
    told: dict[str, Any]
    told = {name: parse_limit(limit) if isinstance(limit, str) else limit for name, limit in limits.items()}
    return replace(IN_DOLLARS, breaker=Breaker(**told))


def held(folder: Path, database: str, settings: Settings, *rows: dict[str, str]) -> HeldError:
    """Import rows that are too much."""
    before = stored(database)
    with pytest.raises(HeldError) as fault:
        import_file(write_csv(folder / "deals.csv", rows), database, settings, options(clock=lambda: LATER))
    assert stored(database) == before
    return fault.value


def changed(number: int, **cells: str) -> list[dict[str, str]]:
    """The ten deals, the first of them changed."""
    new = an_opportunity(**cells)
    headers = {header: cell for header, cell in new.items() if cell != an_opportunity().get(header)}
    return [row | headers if place < number else row for place, row in enumerate(TEN)]


LOSING: list[tuple[str, Callable[[int], list[dict[str, str]]], str]] = [
    ("max_lost", lambda n: changed(n, status="lost"), "3 of 10 open deals would be lost (30.0 %)"),
    ("max_reowned", lambda n: changed(n, owner="bob"), "3 of 10 open deals would be given to other owners (30.0 %)"),
    (
        "max_redated",
        lambda n: changed(n, close_date="2027-01-01"),
        "3 of 10 open deals would be moved to another close date (30.0 %)",
    ),
    (
        "max_pipeline_move",
        lambda n: changed(n, budget_amount="200"),
        "The open pipeline moves from 1,000.00 to 1,300.00 (30.0 %)",
    ),
    ("max_rejected", lambda n: changed(n, status="?"), "3 of 10 rows were rejected (30.0 %)"),
]


@pytest.mark.parametrize(("limit", "rows", "told"), LOSING, ids=[case[0] for case in LOSING])
def test_an_import_is_held_from_the_first_deal_above_the_limit(
    tmp_path: Path, database: str, limit: str, rows: Callable[[int], list[dict[str, str]]], told: str
) -> None:
    settings = limited(**{limit: "20%"})
    import_rows(database, *TEN)
    assert held(tmp_path, database, settings, *rows(3)).reasons == [f"{told}, more than {limit} = 20% allows."]
    path = write_csv(tmp_path / "deals.csv", rows(2))
    assert import_file(path, database, settings, options(clock=lambda: LATER)).read == 10


def test_fewer_rows_than_in_the_last_file_of_the_source_are_held(tmp_path: Path, database: str) -> None:
    settings = limited(max_fewer_rows="10%")
    first = write_csv(tmp_path / "deals-2026-11-24.csv", TEN)
    import_file(first, database, settings, options(clock=lambda: NOON))
    import_file(write_csv(tmp_path / "others.csv", TEN[:2]), database, settings, options(clock=lambda: LATER))
    second = write_csv(tmp_path / "deals-2026-11-25.csv", TEN[:8])
    with pytest.raises(HeldError, match="The file has 8 rows, 2 fewer than in run 1") as fault:
        import_file(second, database, settings, options(clock=lambda: LATER))
    assert fault.value.reasons == [
        "The file has 8 rows, 2 fewer than in run 1 (20.0 %), more than max_fewer_rows = 10% allows."
    ]


def test_a_file_written_before_the_last_one_of_its_source_is_held(tmp_path: Path, database: str) -> None:
    settings = limited(refuse_older_file=True)
    path = write_csv(tmp_path / "deals.csv", TEN)
    os.utime(path, (1_800_000_000, 1_800_000_000))
    import_file(path, database, settings, options(clock=lambda: NOON))
    import_file(path, database, settings, options(clock=lambda: NOON))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    with pytest.raises(HeldError) as fault:
        import_file(path, database, settings, options(clock=lambda: LATER))
    assert fault.value.reasons == [
        "The file was written on 2023-11-14 22:13:20 UTC, before that of run 2 (2027-01-15 08:00:00 UTC): "
        "refuse_older_file."
    ]


def test_a_held_run_stands_in_the_ledger_with_its_reason(tmp_path: Path, database: str) -> None:
    import_rows(database, *TEN)
    fault = held(tmp_path, database, limited(max_lost="2"), *changed(3, status="lost"))
    run = list_runs(database)[0]
    assert (run["id"], run["state"], run["read"], run["updated"]) == (fault.run, "held", 10, 3)
    assert run["reason"] == "3 of 10 open deals would be lost (30.0 %), more than max_lost = 2 allows."
    assert run["recorded_at"] is None


def test_an_approved_run_does_what_its_plan_shows(tmp_path: Path, database: str) -> None:
    settings = limited(max_lost="2")
    import_rows(database, *TEN)
    number = held(tmp_path, database, settings, *changed(3, status="lost")).run
    plan = plan_of_run(number, database, tmp_path / "plan")
    assert [change.fields["status"] for change in plan.changes()] == [("in_progress", "lost")] * 3
    moved = (tmp_path / "deals.csv").rename(tmp_path / "moved.csv")
    done = approve_run(number, database, settings, file=moved, clock=lambda: LATER)
    assert counts(done) == {"updated": 3, "unchanged": 7}
    new, old = list_runs(database)[:2]
    assert (old["id"], old["state"], new["held_run_id"], new["state"]) == (number, "approved", number, "done")
    with pytest.raises(UsageError, match=f"Run {number} was approved already"):
        approve_run(number, database, settings, file=moved)


def test_a_held_run_is_not_approved_when_a_deal_of_it_was_changed_since(tmp_path: Path, database: str) -> None:
    settings = limited(max_lost="2")
    import_rows(database, *TEN)
    number = held(tmp_path, database, settings, *changed(3, status="lost")).run
    import_rows(database, *changed(1, owner="bob"), at=LATER)
    with pytest.raises(RunError, match="were changed since: 'Deal 0' by run 3"):
        approve_run(number, database, settings)
    assert list_runs(database)[1]["state"] == "held"


def test_a_refused_run_stays_in_the_ledger_and_cannot_be_approved(tmp_path: Path, database: str) -> None:
    settings = limited(max_lost="2")
    import_rows(database, *TEN)
    number = held(tmp_path, database, settings, *changed(3, status="lost")).run
    refuse_run(number, database)
    assert list_runs(database)[0]["state"] == "refused"
    with pytest.raises(UsageError, match=f"Run {number} was refused already"):
        approve_run(number, database, settings)
    with pytest.raises(UsageError, match="There is no held run '1'"):
        refuse_run(1, database)


def test_refusing_a_run_of_a_database_that_is_not_there_makes_none(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no opportunities yet"):
        refuse_run(1, str(tmp_path / "no.db"))
    assert list(tmp_path.iterdir()) == []


def test_limits_are_numbers_or_shares() -> None:
    settings = parse_settings('[breaker]\nmax_rejected = 5\nmax_lost = "2.5%"\nrefuse_older_file = true\n', "x.toml")
    assert (str(settings.breaker.max_rejected), str(settings.breaker.max_lost)) == ("5", "2.5%")
    assert settings.breaker.refuse_older_file
    assert settings.fingerprint() == IN_DOLLARS.fingerprint()
    with pytest.raises(SettingsError, match=r"breaker.max_lost is 'many', neither a number nor a share"):
        parse_settings('[breaker]\nmax_lost = "many"\n', "x.toml")


@pytest.mark.parametrize(
    ("limit", "part", "whole", "exceeded"),
    [("10%", 1, 10, False), ("9.9%", 1, 10, True), ("1", 1, 10, False), ("0", 1, 1, True)],
)
def test_a_limit_is_exceeded_by_more_than_it_says(limit: str, part: int, whole: int, *, exceeded: bool) -> None:
    found = parse_limit(limit)
    assert isinstance(found, Limit)
    assert found.exceeded(part, whole) is exceeded
