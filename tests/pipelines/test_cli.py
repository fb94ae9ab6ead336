"""The command line: exit codes, results to stdout, problems to stderr, and never a traceback."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import create_engine, text

from pipelines.cli import NOTHING, REJECTED, STORED, USAGE, main
from tests.golden import SAMPLES, sample_database

GOOD = "Opportunity name,Status Id,Customer Account Account name\nDock doors,negotiation,Acme\n"
BAD = "Opportunity name,Status Id,Customer Account Account name\nDock doors,negotiatoin,Acme\nGate,won,Acme\n"
SETTINGS = str(SAMPLES / "dealport.toml")


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class Run:
    """Runs commands in a folder of the test's own."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: str | Path) -> Said:
        try:
            code = main([str(word) for word in words])
        except SystemExit as leaving:  # argparse leaves so
            code = int(leaving.code or 0)
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err
        return Said(code, said.out, said.err)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DEALPORT_DATABASE_URL", raising=False)
    return Run(capsys)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    (tmp_path / "good.csv").write_text(GOOD, encoding="utf-8")
    return Path("good.csv")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    (tmp_path / "bad.csv").write_text(BAD, encoding="utf-8")
    return Path("bad.csv")


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The database of the sample data, only read here."""
    return sample_database(tmp_path_factory.mktemp("samples"))


# --------------------------------------------------------------------------------------------------- exit codes


def test_the_exit_codes_are_the_documented_ones() -> None:
    assert (STORED, REJECTED, USAGE, NOTHING) == (0, 1, 2, 3)


def test_a_file_of_good_rows_ends_with_0(run: Run, good: Path) -> None:
    said = run("import", good)
    assert said.code == 0
    assert said.err == ""
    assert said.out == (
        "good.csv: layout orocrm, run 1\n"
        "  this layout because it has 'Opportunity name' and 'Status Id'\n"
        "  read 1 = 1 added + 0 updated + 0 unchanged + 0 duplicate + 0 rejected\n"
    )


def test_a_rejected_row_ends_with_1_and_is_told_on_stderr(run: Run, bad: Path) -> None:
    said = run("import", bad)
    assert said.code == 1
    assert said.err == (
        "row 2: 'Status Id': 'negotiatoin' is not a known status. Did you mean 'negotiation'? "
        "More statuses can be set up in the settings.\n"
    )
    assert said.out == (
        "bad.csv: layout orocrm, run 1\n"
        "  this layout because it has 'Opportunity name' and 'Status Id'\n"
        "  read 2 = 1 added + 0 updated + 0 unchanged + 0 duplicate + 1 rejected\n"
        "  rejected rows and what to fix: bad.rejects.csv\n"
    )
    assert Path("bad.rejects.csv").read_text(encoding="utf-8").count("\n") == 2


def test_a_corrected_file_removes_the_reject_file_of_before(run: Run, bad: Path) -> None:
    run("import", bad)
    bad.write_text(BAD.replace("negotiatoin", "negotiation"), encoding="utf-8")
    assert run("import", bad).code == 0
    assert not Path("bad.rejects.csv").exists()


def test_an_unknown_layout_ends_with_2_and_says_which_was_perhaps_meant(run: Run, good: Path) -> None:
    said = run("import", good, "--layout", "orocmr")
    assert said == Said(2, "", "dealport: There is no layout 'orocmr'.\nDid you mean 'orocrm'?\n")


def test_a_bad_setting_ends_with_2_before_a_file_is_read(run: Run) -> None:
    Path("dealport.toml").write_text("[currencies]\nbase = 'EURO'\n", encoding="utf-8")
    said = run("import", "not-there.csv")
    assert said.code == 2
    assert said.err == (
        "dealport: dealport.toml: currencies.enabled holds 'EURO'.\nWrite the ISO 4217 code in capitals, such as EUR.\n"
    )


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("owner = []", "dealport.toml: owner is not a setting.\nDid you mean 'owners'?"),
        ("owners = 'ann'", "dealport.toml: owners is 'ann', not a list."),
        ("[rules]\nmissing_name = false", "dealport.toml: rules.missing_name is not a setting."),
        ("[currencies\n", "dealport.toml is not TOML"),
        ("[currencies]\nrounding = 'up'", "dealport.toml: currencies.rounding is 'up'."),
        ("[[statuses]]\nid = 'open'", "dealport.toml: statuses has none of kind 'won'."),
    ],
)
def test_what_is_wrong_with_the_settings_is_told_with_its_place(run: Run, toml: str, told: str) -> None:
    Path("dealport.toml").write_text(toml, encoding="utf-8")
    said = run("list")
    assert said.code == 2
    assert said.out == ""
    assert told in said.err


def test_settings_that_are_not_there_end_with_2(run: Run, good: Path) -> None:
    said = run("import", good, "--config", "none.toml")
    assert said.code == 2
    assert said.err.startswith("dealport: none.toml cannot be read")


def test_a_missing_file_ends_with_3_and_makes_no_database(run: Run) -> None:
    said = run("import", "not-there.csv")
    assert said == Said(3, "", "dealport: not-there.csv: does not exist.\nCheck the name and the folder.\n")
    assert not Path("dealport.db").exists()


def test_too_many_rejects_end_with_3_and_store_nothing(run: Run, bad: Path) -> None:
    said = run("import", bad, "--max-rejects", "10%")
    assert said.code == 3
    assert "1 of 2 rows were rejected, more than --max-rejects 10% allows." in said.err
    assert run("runs", "--json").json() == []


def test_as_many_rejects_as_allowed_are_stored_around(run: Run, bad: Path) -> None:
    assert run("import", bad, "--max-rejects", "1").code == 1


@pytest.mark.parametrize("limit", ["few", "-1", "5 %%"])
def test_a_limit_of_rejects_that_is_no_number_ends_with_2(run: Run, bad: Path, limit: str) -> None:
    assert run("import", bad, f"--max-rejects={limit}").code == 2


def test_of_several_files_every_one_is_done_and_the_worst_code_counts(run: Run, good: Path, bad: Path) -> None:
    said = run("import", "not-there.csv", bad, good)
    assert said.code == 3
    assert "not-there.csv: does not exist." in said.err
    assert "bad.csv: layout orocrm, run 1" in said.out
    assert "good.csv: layout orocrm, run 2" in said.out


def test_a_word_that_is_no_command_ends_with_2(run: Run) -> None:
    assert run("improt", "file.csv").code == 2


def test_an_unknown_report_or_view_or_format_ends_with_2(run: Run, samples: str) -> None:
    assert run("report", "forecats", "--db", samples).code == 2
    assert run("export", "out.csv", "--view", "opne", "--db", samples).code == 2
    assert run("report", "forecast", "--format", "yaml", "--db", samples).code == 2


def test_a_currency_that_is_not_enabled_ends_with_2(run: Run, samples: str) -> None:
    said = run("report", "forecast", "--db", samples, "--config", SETTINGS, "--currency", "EURO")
    assert said == Said(2, "", "dealport: There is no enabled currency 'EURO'.\nDid you mean 'EUR'?\n")


def test_a_report_without_the_rate_it_needs_ends_with_3(run: Run, samples: str) -> None:
    said = run("report", "forecast", "--db", samples, "--config", SETTINGS, "--today", "2027-03-01")
    assert said.code == 3
    assert said.out == ""
    assert "There is no exchange rate from CHF to USD on 2027-03-01" in said.err


@pytest.mark.parametrize(
    "words", [["report", "forecast"], ["export", "out.csv"], ["runs"], ["runs", "show", "1"], ["rates", "list"]]
)
def test_asking_a_database_that_is_not_there_ends_with_3(run: Run, words: list[str]) -> None:
    said = run(*words)
    assert said.code == 3
    assert "Import a file first" in said.err


def test_a_run_that_is_not_in_the_ledger_ends_with_2(run: Run, samples: str) -> None:
    said = run("runs", "show", "7", "--db", samples)
    assert said.code == 2
    assert said.err.startswith("dealport: There is no run '7'.")


# ---------------------------------------------------------------------------------------------- never a traceback


def test_a_folder_is_not_a_file_to_import(run: Run) -> None:
    Path("folder.csv").mkdir()
    said = run("import", "folder.csv")
    assert said == Said(3, "", "dealport: folder.csv: is a folder.\nName a file in it.\n")


@pytest.mark.parametrize("command", ["import", "check"])
def test_binary_junk_is_no_csv_file(run: Run, command: str) -> None:
    Path("junk.csv").write_bytes(bytes(range(256)) * 40)
    said = run(command, "junk.csv")
    assert said.code == 3
    assert said.err.startswith("dealport: junk.csv: ")


def test_binary_junk_is_no_workbook_and_no_file_of_rates(run: Run) -> None:
    Path("junk.xlsx").write_bytes(bytes(range(256)) * 40)
    assert run("import", "junk.xlsx").code == 3
    assert run("rates", "import", "junk.xlsx").code == 3


def test_an_empty_file_says_so(run: Run) -> None:
    Path("empty.csv").touch()
    said = run("import", "empty.csv")
    assert said.code == 3
    assert "empty.csv: is empty." in said.err


def test_a_file_without_a_known_header_says_which_one_is_needed(run: Run) -> None:
    Path("other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    said = run("import", "other.csv", "--layout", "orocrm")
    assert said.code == 3
    assert "has no header 'Opportunity name'" in said.err


def test_an_unknown_suffix_names_the_known_ones(run: Run) -> None:
    Path("deals.pdf").write_text("x", encoding="utf-8")
    said = run("import", "deals.pdf")
    assert said.code == 2
    assert said.err == (
        "dealport: There is no file format 'pdf'.\nKnown: csv, jsonl, ods, parquet, xls, xlsb, xlsm, xlsx.\n"
    )


def test_an_export_suggests_only_what_can_be_written(run: Run, good: Path) -> None:
    run("import", good)
    said = run("export", "deals.pdf")
    assert (said.code, said.out) == (2, "")
    assert said.err == "dealport: There is no file format 'pdf'.\nKnown: csv, jsonl, parquet, xlsx.\n"


@pytest.mark.parametrize("url", ["nonsense://x", "mysql://host/db", "sqlite://[", "://"])
def test_nonsense_for_a_database_is_refused(run: Run, good: Path, url: str) -> None:
    said = run("import", good, "--db", url)
    assert said.code in {2, 3}
    assert said.out == ""
    assert said.err.startswith("dealport: ")


def test_a_server_that_is_not_there_ends_with_3(run: Run, good: Path) -> None:
    said = run("import", good, "--db", "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    assert said.code == 3
    assert "cannot be used" in said.err


def test_a_database_in_a_folder_that_is_not_there_ends_with_3(run: Run, good: Path) -> None:
    assert run("import", good, "--db", "sqlite:///no/such/folder/deals.db").code == 3


def test_outputs_into_a_folder_that_is_not_there_end_with_3(run: Run, samples: str, bad: Path) -> None:
    assert run("export", "none/out.csv", "--db", samples).code == 3
    words = ("--db", samples, "--config", SETTINGS, "--today", "2026-11-20", "--output", "none/forecast.json")
    assert run("report", "forecast", *words).code == 3
    assert run("template", "none/template.csv").code == 3
    assert run("import", bad, "--rejects", "none/rejects.csv").code == 3


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_outputs_into_a_folder_that_may_not_be_written_end_with_3(run: Run, samples: str) -> None:
    Path("closed").mkdir(mode=0o500)
    assert run("export", "closed/out.csv", "--db", samples).code == 3
    assert run("demo", "closed/demo").code == 3


def test_a_reject_file_cannot_be_the_file_itself(run: Run, bad: Path) -> None:
    said = run("import", bad, "--rejects", "./bad.csv")
    assert said.code == 2
    assert bad.read_text(encoding="utf-8") == BAD


def test_one_reject_file_for_several_files_is_refused(run: Run, good: Path, bad: Path) -> None:
    assert run("import", good, bad, "--rejects", "rejects.csv").code == 2


def test_the_database_of_a_newer_dealport_is_refused(run: Run, good: Path) -> None:
    run("import", good, "--db", "deals.db")
    engine = create_engine("sqlite:///deals.db")
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    for words in (["import", str(good)], ["report", "forecast"], ["rates", "list"]):
        said = run(*words, "--db", "deals.db")
        assert said.code == 3
        assert "was made by a newer dealport" in said.err
        assert "Upgrade dealport." in said.err


# ------------------------------------------------------------------------------------------------ which database


def test_the_database_is_dealport_db_in_the_current_folder(run: Run, good: Path) -> None:
    run("import", good)
    assert Path("dealport.db").is_file()


def test_the_environment_names_the_database_and_the_option_overrides_it(
    run: Run, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALPORT_DATABASE_URL", "sqlite:///from-environment.db")
    run("import", good)
    assert Path("from-environment.db").is_file()
    run("import", good, "--db", "sqlite:///from-option.db")
    assert Path("from-option.db").is_file()
    assert not Path("dealport.db").exists()


# ---------------------------------------------------------------------------------------------------------- JSON

IMPORT_KEYS = [
    "run",
    "file",
    "layout",
    "found",
    "notes",
    "read",
    "added",
    "updated",
    "unchanged",
    "duplicate",
    "rejected",
    "problems",
    "money",
    "balanced",
    "rejects",
]


def test_the_json_of_an_import_is_one_object_with_exactly_these_keys(run: Run, bad: Path) -> None:
    said = run("import", bad, "--json")
    assert list(said.json()) == IMPORT_KEYS
    assert said.json()["problems"] == [
        {
            "row": 2,
            "header": "Status Id",
            "code": "unknown_status",
            "value": "negotiatoin",
            "why": "is not a known status",
            "fix": "Did you mean 'negotiation'? More statuses can be set up in the settings.",
            "warns": False,
        }
    ]
    assert said.json()["rejects"] == "bad.rejects.csv"
    assert said.json()["balanced"] is True


def test_the_money_in_json_is_decimal_text_that_adds_up(run: Run) -> None:
    words = ("--config", SETTINGS, "--today", "2026-11-20", "--json", "--rejects", "rejects.csv")
    said = run("import", SAMPLES / "deals.csv", *words).json()
    assert list(said["money"]) == ["EURO", "USD"]
    assert list(said["money"]["USD"]) == ["file", "stored", "duplicate", "rejected"]
    assert {part: Decimal(amount) for part, amount in said["money"]["USD"].items()} == {
        "file": 22400,
        "stored": 9900,
        "duplicate": 0,
        "rejected": 12500,
    }
    assert said["money"]["EURO"]["rejected"] == said["money"]["EURO"]["file"] == "4800.0000"


def test_a_dry_run_has_no_run_and_stores_nothing(run: Run, bad: Path) -> None:
    said = run("import", bad, "--dry-run", "--json")
    assert said.code == 1
    assert said.json()["run"] is None
    assert said.json()["rejects"] is None
    assert run("runs", "--json").json() == []
    assert not Path("bad.rejects.csv").exists()


def test_the_json_of_a_check_has_the_same_keys(run: Run, good: Path) -> None:
    said = run("check", good, "--json")
    assert list(said.json()) == IMPORT_KEYS
    assert not Path("dealport.db").exists()


def test_the_json_of_several_files_is_a_list(run: Run, good: Path, bad: Path) -> None:
    assert [one["file"] for one in run("check", good, bad, "--json").json()] == ["good.csv", "bad.csv"]


@pytest.mark.parametrize(
    ("report", "keys", "added"),
    [
        (
            "by-status",
            ["status", "label", "opportunities", "close_revenue", "budget_amount"],
            {"opportunities": 40, "close_revenue": "974447.1904", "budget_amount": "2722197.8126"},
        ),
        (
            "forecast",
            ["owner", "opportunities", "budget_amount", "weighted_amount"],
            {"opportunities": 20, "budget_amount": "1272645.4642", "weighted_amount": "459705.4794"},
        ),
        ("won-by-period", ["period", "won", "close_revenue"], {"won": 14, "close_revenue": "974447.1904"}),
        (
            "accounts",
            [
                "account",
                "in_progress",
                "identification_alignment",
                "needs_analysis",
                "solution_development",
                "negotiation",
                "won",
                "lost",
                "total",
            ],
            {
                "in_progress": 2,
                "identification_alignment": 4,
                "needs_analysis": 5,
                "solution_development": 4,
                "negotiation": 5,
                "won": 14,
                "lost": 6,
                "total": 40,
            },
        ),
    ],
)
def test_a_report_in_json_has_these_keys_and_this_total(
    run: Run, samples: str, report: str, keys: list[str], added: dict[str, Any]
) -> None:
    words = ("--db", samples, "--config", SETTINGS, "--today", "2026-11-20", "--format", "json")
    answer = run("report", report, *words).json()
    assert list(answer) == ["report", "currency", "as_of", "rows", "total"]
    assert (answer["report"], answer["currency"], answer["as_of"]) == (report, "USD", "2026-11-20")
    assert {tuple(row) for row in answer["rows"]} == {tuple(keys)}
    assert answer["total"] == added


@pytest.mark.parametrize(
    ("period", "labels"),
    [("month", ["10 / 2026", "11 / 2026"]), ("quarter", ["4 / 2026"]), ("year", ["2026"])],
)
def test_periods_are_labelled_as_in_orocrm(run: Run, samples: str, period: str, labels: list[str]) -> None:
    words = ("--db", samples, "--config", SETTINGS, "--today", "2026-11-20", "--format", "json")
    answer = run("report", "won-by-period", "--period", period, *words).json()
    assert [row["period"] for row in answer["rows"]] == labels


def test_days_limit_a_report_and_are_both_included(run: Run, samples: str) -> None:
    words = ("--db", samples, "--config", SETTINGS, "--today", "2026-11-20", "--format", "json")
    days = ("--from", "2026-11-18", "--to", "2026-11-19")
    answer = run("report", "by-status", *days, *words).json()
    assert {row["status"]: row["opportunities"] for row in answer["rows"] if row["opportunities"]} == {
        "won": 1,
        "lost": 1,
    }


def test_a_day_that_is_none_ends_with_2(run: Run, samples: str) -> None:
    said = run("report", "forecast", "--from", "31.12.2026", "--db", samples)
    assert said.code == 2
    assert "'31.12.2026' is not a day written like 2026-12-31" in said.err


def test_the_csv_of_a_report_ends_with_the_grand_total(run: Run, samples: str) -> None:
    words = ("--db", samples, "--config", SETTINGS, "--today", "2026-11-20", "--format", "csv")
    said = run("report", "forecast", *words, "--output", "forecast.csv")
    assert said.out == "forecast.csv: forecast, 5 rows\n"
    lines = Path("forecast.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "owner,opportunities,budget_amount,weighted_amount"
    assert lines[1] == "anna.koenig,4,354358.9542,130258.2914"
    assert lines[-1] == "Grand Total,20,1272645.4642,459705.4794"
    assert run("report", "forecast", *words).out == Path("forecast.csv").read_text(encoding="utf-8")


# --------------------------------------------------------------------------------------------------- other commands


@pytest.mark.parametrize("report", ["by-status", "forecast", "won-by-period", "accounts"])
def test_the_tables_of_reports_are_at_most_80_columns_wide(run: Run, samples: str, report: str) -> None:
    said = run("report", report, "--db", samples, "--config", SETTINGS, "--today", "2026-11-20")
    assert said.code == 0
    assert [line for line in said.out.splitlines() if len(line) > 80] == []
    assert said.out.splitlines()[-1].startswith("Grand Total")


@pytest.mark.parametrize("words", [["rates", "list"], ["runs"]])
def test_the_tables_of_the_ledger_are_at_most_80_columns_wide(run: Run, samples: str, words: list[str]) -> None:
    said = run(*words, "--db", samples)
    assert [line for line in said.out.splitlines() if len(line) > 80] == []


def test_the_ledger_shows_a_run_with_its_money_and_its_problems(run: Run) -> None:
    words = ("--config", SETTINGS, "--today", "2026-11-20", "--rejects", "rejects.csv")
    run("import", SAMPLES / "deals.csv", *words)
    (listed,) = run("runs", "--json").json()
    assert (listed["id"], listed["read"], listed["added"], listed["rejected"]) == (1, 3, 1, 2)
    shown = run("runs", "show", "1", "--json").json()
    assert shown["sha256"] == listed["sha256"]
    assert [problem["code"] for problem in shown["problem_list"]] == [
        "not_a_date",
        "unknown_status",
        "unknown_currency",
        "missing_name",
    ]
    assert "row 4: 'Opportunity name': '' is empty." in run("runs", "show", "1").out


def test_rates_are_imported_listed_and_replaced(run: Run) -> None:
    rates = Path("rates.csv")
    rates.write_text("day,currency,rate\n2026-11-20,EUR,1.1205\n2026-11-20,GBP,1.3136\n", encoding="utf-8")
    said = run("rates", "import", rates, "--json")
    assert said.json() == {
        "file": "rates.csv",
        "read": 2,
        "added": 2,
        "updated": 0,
        "unchanged": 0,
        "rejected": 0,
    }
    rates.write_text("day,currency,rate\n2026-11-20,EUR,1.1210\n2026-11-20,GBP,many\n", encoding="utf-8")
    said = run("rates", "import", rates)
    assert said.code == 1
    assert said.out == "rates.csv: 2 read, 0 added, 1 updated, 0 unchanged, 1 rejected rates\n"
    assert said.err.startswith("row 3, 'rate': 'many' is not a positive number")
    assert run("rates", "list", "--json").json()[0] == {
        "day": "2026-11-20",
        "currency": "EUR",
        "to": "USD",
        "rate": "1.121",
        "source": "file",
    }


@pytest.mark.parametrize("layout", ["orocrm", "plain"])
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_template_imports_as_it_is(run: Run, layout: str, suffix: str) -> None:
    said = run("template", f"template.{suffix}", "--layout", layout)
    assert said.out == f"template.{suffix}: headers of layout {layout} and an example row\n"
    assert run("import", f"template.{suffix}", "--json").json()["added"] == 1


def test_the_list_shows_every_choice(run: Run) -> None:
    words = {line.split()[0] for line in run("list").out.splitlines()}
    assert {"layouts", "orocrm", "plain", "formats", "csv", "xlsx", "databases", "sqlite", "postgresql"} <= words
    assert {"reports", "by-status", "forecast", "won-by-period", "accounts"} <= words
    assert {"views", "all", "open", "overdue", "recently-closed", "statuses", "in_progress", "won"} <= words


@pytest.mark.parametrize(("view", "count"), [("all", 40), ("open", 20), ("overdue", 3), ("recently-closed", 8)])
def test_a_view_has_the_opportunities_that_its_name_says(run: Run, samples: str, view: str, count: int) -> None:
    words = ("--db", samples, "--config", SETTINGS, "--today", "2026-11-20")
    assert run("export", "out.csv", "--view", view, *words).out == (
        f"out.csv: {count} opportunities, view {view}, layout orocrm\n"
    )


def test_more_than_20_problems_are_told_by_their_codes_on_the_terminal(run: Run) -> None:
    words = ("--config", SETTINGS, "--today", "2026-11-20", "--rejects", "rejects.csv", "--db", "new.db")
    said = run("import", SAMPLES / "opportunities_with_problems.csv", *words)
    lines = said.err.splitlines()
    assert "no_rate: 4 problems" in lines
    assert lines[-5:] == [
        "",
        "Next: correct the rejected rows and import them:",
        "  dealport import rejects.csv",
        "Your sheet with these cells coloured:",
        "  dealport runs show 1 --format xlsx --output opportunities_with_problems.marked.xlsx",
    ]
    assert run("runs", "show", "1", "--db", "new.db").out.endswith(said.err)


def test_the_demonstration_ends_with_0_and_names_what_it_left(run: Run) -> None:
    said = run("demo", "shown")
    assert said.code == 0
    assert "forecast in USD as of 2026-11-20" in said.out
    assert "shown/opportunities.csv" in said.out
    assert Path("shown/dealport.db").is_file()


def test_what_the_demonstration_says_fits_a_terminal(run: Run) -> None:
    assert [line for line in run("demo").out.splitlines() if len(line) > 80] == []


# -------------------------------------------------------------------------------------------- the installed command


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
