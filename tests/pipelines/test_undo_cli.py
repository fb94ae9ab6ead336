"""The ledger, undo and trace on the command line: what is said, in 80 columns, and how it ends."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from connectors.databases import transaction
from pipelines.cli import main
from pipelines.ledger import list_runs, show_run, standing
from schemas.layout_files import load_layout
from schemas.tables import run as run_table
from tests.build import NOON, an_opportunity, import_rows

Say = Callable[..., tuple[int, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], sqlite: str) -> Say:
    """Carry out a command on a database; gives its exit code and what it said, problems included."""

    def command(*words: str) -> tuple[int, str]:
        code = main([*words, "--db", sqlite])
        told = capsys.readouterr()
        return code, told.err + told.out

    return command


@pytest.fixture
def two_runs(sqlite: str) -> str:
    import_rows(sqlite, an_opportunity(), an_opportunity(name="Shop"))
    import_rows(sqlite, an_opportunity(budget_amount="7"), an_opportunity(name="Portal"), at=NOON + timedelta(hours=1))
    return sqlite


def test_an_undo_says_what_it_did_and_ends_with_0(say: Say, two_runs: str) -> None:
    assert say("runs", "undo", "2") == (
        0,
        "undo of run 2 (import of deals.csv): run 3\n"
        "  Rows         Written  Restored  Removed  Kept  Undone already  Along\n"
        "-------------  -------  --------  -------  ----  --------------  -----\n"
        "  opportunity        2         1        1     0               0      0\n"
        "  USD  1,007.00 before, 1,000.00 after\n",
    )
    assert len(list_runs(two_runs)) == 3


def test_an_undo_that_kept_a_row_lists_it_and_ends_with_1(say: Say, two_runs: str) -> None:
    code, told = say("runs", "undo", "1")
    assert code == 1
    assert told.splitlines()[-4:] == [
        "  USD  1,000.00 before, 0.00 after",
        "  2 rows were kept:",
        "    opportunity 2 'Website': changed since by run 2 (import of deals.csv)",
        "    account 1 'Acme': still used by an opportunity",
    ]


def test_an_undo_with_nothing_to_move_ends_with_3_and_is_no_run(say: Say, two_runs: str) -> None:
    import_rows(two_runs, an_opportunity(name="Shop", notes="n"), an_opportunity(name="Portal", notes="n"))
    import_rows(two_runs, an_opportunity(notes="n"))
    code, told = say("runs", "undo", "2")
    assert code == 3
    assert told.splitlines()[0] == "undo of run 2 (import of deals.csv): nothing undone"
    assert len(list_runs(two_runs)) == 4


def test_a_dry_run_says_so_and_stores_nothing(say: Say, two_runs: str) -> None:
    code, told = say("runs", "undo", "2", "--dry-run")
    assert (code, told.splitlines()[0]) == (0, "undo of run 2 (import of deals.csv): dry run, nothing stored")
    assert len(list_runs(two_runs)) == 2


def test_an_undo_as_json_has_counts_money_and_every_kept_row(say: Say, two_runs: str) -> None:
    code, told = say("runs", "undo", "1", "--json")
    found: dict[str, Any] = json.loads(told)
    assert code == 1
    counts = ("run", "undoes", "dry_run", "read", "restored", "removed", "kept", "undone", "along")
    assert [found[count] for count in counts] == [3, 1, False, 3, 0, 1, 2, 0, 0]
    assert found["money"] == {"USD": {"before": "1000.0000", "after": "0"}}
    assert found["kept_rows"][0] == {
        "table": "opportunity",
        "key": "2",
        "name": "Website",
        "code": "changed",
        "why": "changed since by run 2 (import of deals.csv)",
        "run": 2,
    }
    assert found["before"] == []


def test_only_the_first_kept_rows_are_shown(say: Say, sqlite: str) -> None:
    rows = [an_opportunity(name=f"Deal {number:02}") for number in range(30)]
    import_rows(sqlite, *rows, an_opportunity(name="Alone", account="Globex"))
    import_rows(sqlite, *(row | {"Additional comments": "n"} for row in rows))
    code, told = say("runs", "undo", "1")
    assert code == 1
    assert told.count("changed since") == 20
    assert told.splitlines()[-1] == "    … and 11 more (--json lists 31)"


def test_an_undo_that_cannot_be_says_why_and_what_to_do(say: Say, two_runs: str) -> None:
    assert say("runs", "undo", "9") == (2, "dealport: There is no run '9'.\nKnown: 2, 1.\n")
    say("runs", "undo", "2")
    assert say("runs", "undo", "2") == (
        3,
        "dealport: Run 2 was undone by run 3.\nTo bring back what it did: dealport runs undo 3.\n",
    )


def test_the_ledger_marks_what_was_undone_held_or_partly_undone(say: Say, two_runs: str) -> None:
    import_rows(two_runs, an_opportunity(name="Other", account="Globex"))
    with transaction(two_runs) as connection:
        connection.execute(update(run_table).where(run_table.c.id == 3).values(state="held"))
    say("runs", "undo", "1")
    say("runs", "undo", "2")
    code, told = say("runs")
    assert code == 0
    # what, run, read, added, updated, left, state; without when it began
    assert [(line[:13].strip(), line[15:18].strip(), *line[38:].split()) for line in told.splitlines()[2:]] == [
        ("undo of run 2", "5", "2", "-1", "1", "0"),
        ("undo of run 1", "4", "3", "-1", "0", "2"),
        ("deals.csv", "3", "1", "1", "0", "0", "held"),
        ("deals.csv", "2", "2", "1", "1", "0", "undone"),
        ("deals.csv", "1", "2", "2", "0", "0", "partly"),
    ]


def test_the_ledger_is_at_most_80_columns_wide_with_large_numbers(say: Say, two_runs: str) -> None:
    with transaction(two_runs) as connection:
        large = {"read": 5_000_000, "added": 5_000_000, "rejected": 5_000, "file": "a long name of a file.csv"}
        connection.execute(update(run_table).values(**large, state="approved"))
    _, told = say("runs")
    assert max(map(len, told.splitlines())) <= 80


def test_a_run_is_told_in_words(say: Say, two_runs: str) -> None:
    say("runs", "undo", "2")
    code, told = say("runs", "show", "2")
    lines = {line[2:16].strip(): line[16:] for line in told.splitlines()[1:]}
    facts = show_run(two_runs, 2).facts
    assert code == 0
    assert told.splitlines()[0] == "run 2: import of deals.csv, undone"
    assert lines["by"] == facts["done_by"]
    assert lines["started"] == "2026-11-24 13:00:00 UTC, took 0.0 s"
    assert lines["SHA-256"] == facts["sha256"]
    assert lines["layout"] == f"orocrm, version {load_layout('orocrm').fingerprint()}"
    assert lines["settings"] == facts["settings"]
    assert lines["rows"] == "2 read = 1 added + 1 updated + 0 unchanged + 0 duplicate + 0"
    assert lines["USD"] == "1,007.00 = 1,007.00 stored + 0.00 duplicate + 0.00 rejected"
    assert lines["undone by"].startswith("run 3 on ")
    assert max(map(len, told.splitlines())) <= 80


def test_an_undo_is_told_in_words_with_what_it_undid(say: Say, two_runs: str) -> None:
    say("runs", "undo", "2")
    _, told = say("runs", "show", "3")
    assert told.splitlines()[0] == "run 3: undo of run 2 (deals.csv)"
    assert "  opportunity        2         1        1     0               0      0" in told
    assert "  USD           1,007.00 before, 1,000.00 after" in told


def test_a_run_as_json_has_how_its_file_was_read_and_what_undid_it(say: Say, two_runs: str) -> None:
    say("runs", "undo", "2")
    found = json.loads(say("runs", "show", "2", "--json")[1])
    assert found["reading"]["layout_hash"] == load_layout("orocrm").fingerprint()
    assert (found["undone_by"], found["approved_by"]) == ([3], None)
    assert [run["undone_by"] for run in json.loads(say("runs", "--json")[1])] == [None, 3, None]


def test_an_undo_that_was_undone_does_not_stand() -> None:
    assert standing(1, {2: 1}) == [2]
    assert standing(1, {2: 1, 3: 2}) == []
    assert standing(1, {2: 1, 3: 2, 4: 1}) == [4]
    assert standing(1, {2: 1, 3: 2, 4: 3}) == [2]


def test_a_layout_with_another_definition_has_another_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "orocrm.toml"
    path.write_text('extends = "orocrm"\n', encoding="utf-8")
    before = load_layout(str(path)).fingerprint()
    path.write_text('# the same\nextends = "orocrm"\n', encoding="utf-8")
    assert load_layout(str(path)).fingerprint() == before
    path.write_text('extends = "orocrm"\ndates = "dmy"\n', encoding="utf-8")
    assert load_layout(str(path)).fingerprint() != before


def test_a_life_is_told_on_the_command_line(say: Say, two_runs: str) -> None:
    code, told = say("trace", "Website")
    assert code == 0
    assert told.startswith("opportunity 2 'Website'\n\n2026-11-24 12:00:00 added by run 1 (import of deals.csv), by ")
    assert "    budget_amount           1000 → 7\n" in told
    assert json.loads(say("trace", "Website", "--json")[1])["events"][1]["stated"]["row"] == 2
    assert say("trace", "Nobody")[0] == 2
