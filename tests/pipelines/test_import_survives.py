"""Imports that are killed, or that run at the same time, keep the promises of atomicity and idempotence."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from connectors.databases import revision_of, transaction
from schemas.tables import account, installation, metadata, opportunity

COMMAND = (sys.executable, "-c", "from pipelines.cli import run; run()")
HEADERS = "Opportunity name,Status Id,Customer Account Account name,Budget Amount\n"


def a_file(folder: Path, rows: int) -> Path:
    path = folder / "deals.csv"
    lines = (f"Deal {n},negotiation,Account {n % 500},{n}.50\n" for n in range(rows))
    path.write_text(HEADERS + "".join(lines), encoding="utf-8")
    return path


def begin_import(path: Path, database: str) -> "subprocess.Popen[bytes]":
    words = (*COMMAND, "import", str(path), "--db", database, "--json")
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=path.parent)


def result(process: "subprocess.Popen[bytes]") -> dict[str, int]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err.decode()
    told: dict[str, int] = json.loads(out)
    return told


def stored(database: str) -> int:
    with transaction(database) as connection:
        if revision_of(connection) is None:
            return 0
        return connection.execute(select(func.count()).select_from(opportunity)).scalar_one()


def empty(database: str) -> None:
    with transaction(database) as connection:
        for table in reversed(metadata.sorted_tables):
            if table is not installation:
                connection.execute(table.delete())


def kill_at_random_moments(path: Path, database: str, rows: int, times: int) -> None:
    begun = time.monotonic()
    assert result(begin_import(path, database))["added"] == rows
    whole = time.monotonic() - begun
    moments = random.Random(2026)
    for _ in range(times):
        empty(database)
        process = begin_import(path, database)
        time.sleep(moments.uniform(0.3, 1.0) * whole)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        before = stored(database)
        assert before in {0, rows}
        again = result(begin_import(path, database))
        assert (again["added"], again["unchanged"]) == (rows - before, before)


def test_a_killed_import_leaves_the_database_before_or_after(tmp_path: Path, database: str) -> None:
    kill_at_random_moments(a_file(tmp_path, 5_000), database, rows=5_000, times=2)


@pytest.mark.slow
def test_no_moment_of_twenty_to_kill_an_import_is_a_bad_one(tmp_path: Path, database: str) -> None:
    kill_at_random_moments(a_file(tmp_path, 40_000), database, rows=40_000, times=20)


def test_two_imports_of_one_file_at_once_store_it_once(tmp_path: Path, database: str) -> None:
    path = a_file(tmp_path, 5_000)
    both = [begin_import(path, database), begin_import(path, database)]
    told = [result(process) for process in both]
    assert sorted((one["added"], one["unchanged"]) for one in told) == [(0, 5_000), (5_000, 0)]
    with transaction(database) as connection:
        assert connection.execute(select(func.count()).select_from(account)).scalar_one() == 500
    assert stored(database) == 5_000
