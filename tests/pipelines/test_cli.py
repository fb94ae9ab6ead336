"""The command line: exit codes, results to stdout, problems to stderr, and never a traceback."""

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from pipelines.cli import NOTHING, REJECTED, STORED, USAGE
from tests.command import BAD, SETTINGS, Run, Said

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
