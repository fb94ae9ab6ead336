"""The command line tells programs JSON, and people tables of 80 columns."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.command import SETTINGS, Run
from tests.golden import SAMPLES

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
