"""An undo that is killed leaves the database before or after; of two writers at once one waits or is refused."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from connectors.databases import reading
from pipelines.imported import Imported
from pipelines.importing import import_file
from pipelines.ledger import list_runs
from pipelines.plan.holding import HeldError
from pipelines.planning import apply_plan, approve_run, plan_import
from pipelines.undoing import Undone, undo_run
from schemas.breaker import Breaker, parse_limit
from schemas.errors import RunError
from schemas.tables import HISTORY
from tests.build import HEADERS, IN_DOLLARS, new_postgresql, options

COMMAND = (sys.executable, "-c", "from pipelines.cli import run; run()")
Work = Callable[[str], Any]
STRICT = replace(IN_DOLLARS, breaker=Breaker(max_reowned=parse_limit("0")))


def a_file(folder: Path, name: str, amount: int, first: int, last: int) -> Path:
    path = folder / name
    headers = ",".join(HEADERS[field] for field in ("name", "status", "account", "budget_amount", "owner"))
    lines = (f"Deal {n},negotiation,Account {n % 50},{amount},owner {amount}" for n in range(first, last))
    path.write_text("\n".join([headers, *lines, ""]), encoding="utf-8")
    return path


def business(database: str) -> list[tuple[str, ...]]:
    """What is stored, without numbers and moments."""
    besides = {"id", "run_id", "created_at", "valid_from"}
    with reading(database) as connection:
        owner, account = (
            dict(connection.execute(select(table.c.id, table.c.name)).tuples().all())
            for table in HISTORY
            if table.name in {"owner", "account"}
        )
        rows = []
        for table in HISTORY:
            for row in connection.execute(select(table)).mappings():
                told = {name: value for name, value in row.items() if name not in besides}
                told |= {"owner_id": owner.get(row.get("owner_id")), "account_id": account.get(row.get("account_id"))}
                rows.append((table.name, *map(repr, told.items())))
        return sorted(rows)


REFUSALS = (
    "was undone by run",
    "would not do what was planned",
    "were changed since",
    "was approved already",
)


class Story:
    """A database with two runs, to be undone, and a third file, to be imported, planned already, and held."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.first = a_file(folder, "first.csv", 1, 0, rows)
        self.second = a_file(folder, "second.csv", 2, rows // 2, rows + rows // 2)
        self.third = a_file(folder, "third.csv", 3, rows, rows * 2)
        self.folder = folder

    def begun(self, database: str) -> str:
        for path in (self.first, self.second):
            import_file(path, database, IN_DOLLARS, options())
        plan_import(self.third, database, IN_DOLLARS, options(), self.plan(database))
        with pytest.raises(HeldError):
            import_file(self.third, database, STRICT, options())
        return database

    def plan(self, database: str) -> Path:
        return self.folder / f"plan-{make_url(database).database}"

    def importing(self, database: str) -> Imported:
        return import_file(self.third, database, IN_DOLLARS, options())

    def undoing(self, database: str) -> Undone:
        return undo_run(database, 2)

    def applying(self, database: str) -> Imported:
        return apply_plan(self.plan(database), database, IN_DOLLARS)

    def approving(self, database: str) -> Imported:
        return approve_run(3, database, STRICT)


def serial(story: Story, new: Callable[[], str], works: Sequence[Work]) -> list[list[tuple[str, ...]]]:
    """What the works leave in one order, and in the other."""
    left = []
    for order in (works, works[::-1]):
        database = story.begun(new())
        for work in order:
            try:
                work(database)
            except RunError:
                continue
        left.append(business(database))
    return left


def at_once(works: Sequence[Work], database: str, pauses: Sequence[float]) -> None:
    def one(place: int) -> None:
        time.sleep(pauses[place])
        try:
            works[place](database)
        except RunError as refused:
            assert any(why in refused.why for why in REFUSALS)  # noqa: PT017 -- any other is a fault

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(2)))


def every_pair(story: Story) -> list[tuple[Work, ...]]:
    writers: list[Work] = [story.importing, story.undoing, story.applying, story.approving]
    return list(combinations_with_replacement(writers, 2))


def interleave(story: Story, pairs: Sequence[Sequence[Work]], server: str, times: int) -> None:
    moments = random.Random(2026)
    for works in pairs:
        orders = serial(story, lambda: new_postgresql(server), works)
        for _ in range(times):
            database = story.begun(new_postgresql(server))
            at_once(works, database, [moments.uniform(0, 0.3) for _ in works])
            assert business(database) in orders
            recorded = [run["recorded_at"] for run in list_runs(database) if run["recorded_at"]]
            assert recorded == sorted(recorded, reverse=True)
            assert len(set(recorded)) == len(recorded)


def test_two_writers_at_once_leave_what_one_after_the_other_leaves(tmp_path: Path, postgresql_server: str) -> None:
    story = Story(tmp_path, rows=20)
    interleave(story, [(story.undoing, story.importing), (story.applying, story.approving)], postgresql_server, times=1)


@pytest.mark.slow
def test_no_interleaving_of_two_writers_breaks_a_promise(tmp_path: Path, postgresql_server: str) -> None:
    story = Story(tmp_path, rows=500)
    interleave(story, every_pair(story), postgresql_server, times=20)


def kill_undos(tmp_path: Path, database: str, rows: int, times: int) -> None:
    story = Story(tmp_path, rows)
    story.begun(database)
    before = business(database)
    words = (*COMMAND, "runs", "undo", "2", "--db", database)
    begun = time.monotonic()
    undo_run(database, 2)
    whole = time.monotonic() - begun + 1  # and the time to start
    after = business(database)
    moments = random.Random(2026)
    for _ in range(times):
        undo_run(database, max(run["id"] for run in list_runs(database)))
        assert business(database) == before
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(moments.uniform(0.5, 1.0) * whole)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert business(database) in (before, after)
        with suppress(RunError):  # it was undone before the kill
            undo_run(database, 2)
        assert business(database) == after


def test_a_killed_undo_leaves_the_database_before_or_after(tmp_path: Path, database: str) -> None:
    kill_undos(tmp_path, database, rows=1_000, times=1)


@pytest.mark.slow
def test_no_moment_of_many_to_kill_an_undo_is_a_bad_one(tmp_path: Path, database: str) -> None:
    kill_undos(tmp_path, database, rows=20_000, times=12)
