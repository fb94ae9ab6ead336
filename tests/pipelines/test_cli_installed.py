"""The installed command: what it loads, how it starts, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.cli import USAGE, main
from tests.command import SETTINGS, Run
from tests.golden import SAMPLES, sample_database


def python(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(SAMPLES.parent)}
    return subprocess.run(
        [sys.executable, *words], check=False, capture_output=True, text=True, env=environment, timeout=60
    )


def test_help_loads_nothing_that_is_slow() -> None:
    code = (
        "import sys\nfrom pipelines.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as leaving:\n    code = leaving.code\n"
        "slow = {'pandas', 'pandera', 'prefect', 'pyarrow', 'numpy', 'sqlalchemy', 'alembic', 'openpyxl'}\n"
        "sys.exit(code or ', '.join(sorted(slow & set(sys.modules))) or 0)"
    )
    said = python("-c", code)
    assert said.stderr == ""
    assert said.returncode == 0
    assert "exit codes:" in said.stdout


def test_no_command_loads_prefect(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pipelines.cli import main\n"
        f"main(['demo', {str(tmp_path / 'demo')!r}])\nsys.exit('prefect' in sys.modules)"
    )
    assert python("-c", code).returncode == 0


def test_a_reader_that_has_seen_enough_ends_it_without_a_word(tmp_path: Path) -> None:
    command = f'"{sys.executable}" -c "from pipelines.cli import run; run()" rates list --db "{tmp_path / "deals.db"}"'
    main(["rates", "import", str(SAMPLES / "rates.csv"), "--db", str(tmp_path / "deals.db")])
    environment = {**os.environ, "PYTHONPATH": str(SAMPLES.parent)}
    said = subprocess.run(
        f"{command} | head -1", shell=True, check=False, capture_output=True, text=True, env=environment
    )
    assert said.stderr == ""


def test_an_export_says_what_it_wrote_and_where(run: Run, tmp_path: Path) -> None:
    database = sample_database(tmp_path)
    words = ("--db", database, "--config", SETTINGS, "--today", "2026-11-20")
    assert run("export", "deals.csv", *words, "--split-rows", "15", "--currency", "EUR").out == (
        "deals-1.csv to deals-3.csv: 40 opportunities, view all, layout orocrm, in EUR\n"
    )
    said = run("export", "one.jsonl", *words, "--where", "owner = 'ben.okafor'", "--columns", "name", "--limit", "1")
    assert said.out == "one.jsonl: 1 opportunities, view all, layout orocrm\n"
    assert list(json.loads((tmp_path / "one.jsonl").read_text(encoding="utf-8"))) == ["Opportunity name"]


def test_a_condition_that_cannot_be_read_is_told_with_a_caret_by_exports_and_reports(run: Run, tmp_path: Path) -> None:
    database = sample_database(tmp_path)
    for command in (("export", "deals.csv"), ("report", "forecast")):
        said = run(*command, "--db", database, "--config", SETTINGS, "--where", "status = won and ownr = x")
        assert (said.code, said.err) == (
            USAGE,
            "dealport: There is no field 'ownr' of opportunities.\n"
            "  status = won and ownr = x\n"
            "                   ^\n"
            "Did you mean 'owner'?\n",
        )
    assert not (tmp_path / "deals.csv").exists()


def test_a_view_of_the_settings_brings_its_layout_and_is_listed(run: Run, tmp_path: Path) -> None:
    database = sample_database(tmp_path)
    view = '\n[views.anna]\nwhere = "owner = \'anna.koenig\'"\nlayout = "plain"\nsort = "name"\n'
    view += '\n[views.people]\nentity = "contact"\n'
    (tmp_path / "dealport.toml").write_text(Path(SETTINGS).read_text(encoding="utf-8") + view, encoding="utf-8")
    said = run("export", "anna.csv", "--db", database, "--view", "anna")
    assert said.out.endswith(" opportunities, view anna, layout plain\n")
    assert run("export", "people.csv", "--db", database, "--view", "people").out.endswith("layout orocrm-contacts\n")
    wrong = run("export", "people.csv", "--db", database, "--view", "people", "--layout", "plain")
    assert wrong.err.startswith("dealport: The view people is one of contacts, not of opportunities.")
    assert "  anna                       opportunities where owner = 'anna.koenig', by name\n" in run("list").out


@pytest.mark.parametrize("rows", ["0", "-1", "x", "1.5"])
def test_a_number_of_rows_is_one_or_more(run: Run, rows: str) -> None:
    said = run("export", "deals.csv", f"--limit={rows}")
    assert said.code == USAGE
    assert f"'{rows}' is no number of rows: write 1 or more" in said.err
