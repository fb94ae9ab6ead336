"""History before a day is removed; what needs it is refused, all else is as it was."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.answering import Asked
from pipelines.exporting import export_file
from pipelines.reporting import build_report
from pipelines.retention import prune_history
from pipelines.undoing import undo_run
from schemas.errors import RunError, UsageError
from schemas.known import read_as_of
from tests.build import IN_DOLLARS, NOON, TODAY, an_opportunity, history, import_rows, stored

NOW = NOON + timedelta(days=30)
SECOND, THIRD = NOON + timedelta(days=1), NOON + timedelta(days=2)
DAY_OF_THIRD = THIRD.date()


@pytest.fixture
def three_runs(database: str) -> str:
    """A database in which a deal was added, and changed on each of the next two days."""
    for at, notes in ((NOON, "first"), (SECOND, "second"), (THIRD, "third")):
        import_rows(database, an_opportunity(source_id="1", notes=notes), at=at)
    return database


def test_images_that_ended_before_the_day_go_and_others_stay(three_runs: str) -> None:
    before = stored(three_runs)
    done = prune_history(DAY_OF_THIRD, three_runs, IN_DOLLARS, clock=lambda: NOW)
    assert {name: count for name, count in done.removed.items() if count} == {"opportunity": 1}
    assert [image["notes"] for image in history(three_runs)] == ["second"]
    assert stored(three_runs) == before


def test_a_dry_run_counts_and_removes_nothing(three_runs: str) -> None:
    done = prune_history(DAY_OF_THIRD, three_runs, IN_DOLLARS, dry_run=True, clock=lambda: NOW)
    assert (done.run, done.removed["opportunity"]) == (None, 1)
    assert len(history(three_runs)) == 2


def export_as_of(database: str, folder: Path, moment: str) -> str:
    target = folder / "deals.csv"
    when = read_as_of(moment, NOW)
    export_file(target, database, IN_DOLLARS, layout="plain", view="all", today=TODAY, when=when)
    return target.read_text(encoding="utf-8")


def test_one_can_look_back_to_the_day_and_not_further(three_runs: str, tmp_path: Path) -> None:
    moment = f"{DAY_OF_THIRD}T00:00Z"
    known = export_as_of(three_runs, tmp_path, moment)
    prune_history(DAY_OF_THIRD, three_runs, IN_DOLLARS, clock=lambda: NOW)
    assert export_as_of(three_runs, tmp_path, moment) == known
    with pytest.raises(RunError, match=f"needs the history before {DAY_OF_THIRD}, which was removed"):
        export_as_of(three_runs, tmp_path, SECOND.isoformat())
    asked = Asked(when=read_as_of(SECOND.isoformat(), NOW))
    with pytest.raises(RunError, match="A report as of"):
        build_report("by-status", three_runs, IN_DOLLARS, asked, TODAY)


def test_runs_since_the_day_can_be_undone_and_earlier_ones_not(three_runs: str) -> None:
    prune_history(DAY_OF_THIRD, three_runs, IN_DOLLARS, clock=lambda: NOW)
    with pytest.raises(RunError, match="An undo of run 2 needs the history before"):
        undo_run(three_runs, 2)
    undo_run(three_runs, 3)
    assert [deal["notes"] for deal in stored(three_runs)] == ["second"]


def test_problems_of_old_runs_go_with_them(database: str) -> None:
    import_rows(database, an_opportunity(status="?"), at=NOON)
    import_rows(database, an_opportunity(status="?"), at=THIRD)
    assert prune_history(DAY_OF_THIRD, database, IN_DOLLARS, clock=lambda: NOW).removed["problem"] == 1


def test_a_day_that_is_still_to_come_is_refused(three_runs: str) -> None:
    with pytest.raises(UsageError, match="is not over yet"):
        prune_history(date(2027, 12, 31), three_runs, IN_DOLLARS, clock=lambda: datetime(2026, 12, 1, tzinfo=UTC))
