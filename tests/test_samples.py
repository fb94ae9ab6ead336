"""The sample data: what `dealport demo` and the README import behaves as they say."""

import csv
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.answering import Asked
from pipelines.demo import DAY, SAMPLES, demonstrate
from pipelines.exporting import export_file
from pipelines.imported import Imported
from pipelines.importing import import_file
from pipelines.merge.balancing import Sums
from pipelines.rating import import_rates
from pipelines.report_modules import report_names
from pipelines.reporting import build_report
from schemas.errors import RunError
from schemas.known import AsOf
from schemas.problems import DRIFT, OF_WORKFLOWS, RULES
from tests import golden
from tests.build import as_text, read_csv
from tests.golden import (
    CLEAN,
    EXPECTED_REJECTS,
    PROBLEMS,
    WORKBOOK,
    import_sample,
    sample_database,
    sample_options,
    sample_settings,
)

NOT_IN_A_SAMPLE = dict.fromkeys(DRIFT, "only a comparison with an earlier file can tell") | {
    "nul_character": "git would take a sample with a NUL for a binary file",
    "left_over": "it stands in a sheet that dealport marked, never in an export",
    "error_cell": "only in workbooks",
    "formula_without_result": "only in workbooks",
    "merged_cell": "only in workbooks",
    "not_a_moment": "OroCRM's layout has no moments",
    "already_stored": "only with --mode insert",
    "not_stored": "only with --mode update",
    "ambiguous_currency_sign": "OroCRM's files have a column for the currency",
    **dict.fromkeys(
        (
            "unknown_word",
            "not_a_whole_number",
            "missing_contact_name",
            "name_taken",
            "unknown_contact",
            "unknown_referrer",
        ),
        "not of opportunities: tests/layouts and docs/problems.md show it",
    ),
    "unknown_currency_sign": "OroCRM's files have a column for the currency",
    **dict.fromkeys(OF_WORKFLOWS, "only with a workflow, and the settings of the samples have none"),
    **dict.fromkeys(
        ("stale_row", "copied_fingerprint", "unknown_fingerprint", "id_of_another"),
        "only in an export for editing, whose fingerprints are those of one database",
    ),
    "uncertain_account": "is followed by a decision: docs/cli.md plays both",
}


@pytest.fixture(scope="module")
def two_databases(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folders = [tmp_path_factory.mktemp("samples") for _ in range(2)]
    for folder in folders:
        sample_database(folder)
    return [folder / "samples.db" for folder in folders]


@pytest.fixture
def database(two_databases: list[Path], tmp_path: Path) -> str:
    """A database of this test's own that holds the rates and the clean file."""
    shutil.copy(two_databases[0], tmp_path / "samples.db")
    return f"sqlite:///{tmp_path / 'samples.db'}"


@pytest.fixture
def rejects(tmp_path: Path) -> Path:
    return tmp_path / "rejects.csv"


def counts(imported: Imported) -> tuple[int, int, int, int, int, int]:
    """read, added, updated, unchanged, duplicate, rejected."""
    one = imported
    return one.read, one.added, one.updated, one.unchanged, one.duplicate, one.rejected


def in_full(amount: str) -> Sums:
    return Sums(Decimal(amount), Decimal(amount), Decimal(0), Decimal(0))


def test_every_row_of_the_clean_file_is_added_and_every_cent_of_it_is_stored(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'deals.db'}"
    import_rates(golden.SAMPLES / "rates.csv", database, sample_settings())
    imported = import_sample(CLEAN, database, tmp_path / "rejects.csv")
    assert counts(imported) == (40, 40, 0, 0, 0, 0)
    assert imported.money == {
        "CHF": in_full("607750.25"),
        "EUR": in_full("1497501.99"),
        "GBP": in_full("401100.50"),
        "USD": in_full("809100.00"),
    }
    assert imported.rejects is None
    assert imported.left_out_headers == ("Organization Name",)


def test_the_clean_file_imported_again_changes_nothing(database: str, rejects: Path) -> None:
    assert counts(import_sample(CLEAN, database, rejects)) == (40, 0, 0, 40, 0, 0)


def test_the_workbook_says_the_same_as_the_clean_file(database: str, rejects: Path) -> None:
    assert counts(import_sample(WORKBOOK, database, rejects)) == (40, 0, 0, 40, 0, 0)


def test_the_workbook_is_what_golden_writes(tmp_path: Path) -> None:
    golden.write_workbook(tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == WORKBOOK.read_bytes()


def test_the_rejects_of_the_file_with_problems_are_the_expected_ones_to_the_byte(database: str, rejects: Path) -> None:
    imported = import_sample(PROBLEMS, database, rejects)
    assert counts(imported) == (29, 1, 1, 1, 1, 25)
    assert rejects.read_bytes() == EXPECTED_REJECTS.read_bytes()


def test_every_problem_code_is_in_the_samples_or_has_a_reason_why_not(database: str, rejects: Path) -> None:
    shown = {problem.code for problem in import_sample(PROBLEMS, database, rejects).problems}
    assert shown | set(NOT_IN_A_SAMPLE) == set(RULES)
    assert not shown & set(NOT_IN_A_SAMPLE)


def test_one_row_of_the_samples_tells_all_of_its_problems_in_one_pass(database: str, rejects: Path) -> None:
    problems = import_sample(PROBLEMS, database, rejects).problems
    assert [(one.header, one.code) for one in problems if one.row == 30] == [
        ("Budget Amount", "not_a_number"),
        ("Budget Amount Currency", "unknown_currency"),
        ("Expected close date", "not_a_date"),
        ("Probability", "not_a_number"),
        ("Status Id", "unknown_status"),
    ]


CORRECTIONS = {
    "203": {"Opportunity name": "Now with a name"},
    "204": {"Status Id": "negotiation"},
    "205": {"Customer Account Account name": "Harbor Logistics"},
    "206": {"Contact First name": "Maximiliane"},
    "207": {"Budget Amount": "1200"},
    "208": {"Budget Amount": "1200.50"},
    "209": {"Budget Amount": "99.1235"},
    "210": {"Budget Amount": "12345.00"},
    "211": {"Budget Amount": "500.0000"},
    "212": {"Probability": "100"},
    "213": {"Expected close date": "12/31/2026"},
    "214": {"Expected close date": "11/30/2026"},
    "215": {"Status Id": "won", "Expected close date": "11/20/2026"},
    "216": {"Close reason Name": "Price"},
    "217": {"Budget Amount Currency": "USD"},
    "218": {"Owner Username": "ben.okafor"},
    "220": {"Customer Business Customer Customer name": ""},
    "221": {"Expected close date": "11/03/2026"},
    "222": {
        "Budget Amount": "12500",
        "Budget Amount Currency": "EUR",
        "Expected close date": "",
        "Probability": "90",
        "Status Id": "negotiation",
    },
}


def corrected(rejected: list[dict[str, str]]) -> list[dict[str, str]]:
    """What a person makes of the rejected rows; one of each pair that contradicts itself is left out."""
    good: dict[str, dict[str, str]] = {}
    for row in rejected:
        if row["Opportunity name"].startswith("Ragged"):
            # the cells after the torn amount stand one column too far to the right
            values = list(row.values())
            place = list(row).index("Budget Amount")
            whole = [*values[:place], "1200.00", *values[place + 2 : -1], "", values[-1]]
            good[row["Id"]] = dict(zip(row, whole, strict=True))
        elif row["Opportunity name"] == "Annual maintenance":
            good["118"] = row | {"Id": "118"}
        elif row["Opportunity name"] != "Battery storage pilot" and row["Id"] not in good:
            good[row["Id"]] = row | CORRECTIONS.get(row["Id"], {})
    return list(good.values())


def test_the_corrected_reject_file_imports_cleanly(database: str, tmp_path: Path) -> None:
    import_sample(PROBLEMS, database, tmp_path / "rejects.csv")
    rows = corrected(read_csv(tmp_path / "rejects.csv"))
    source = tmp_path / "corrected.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    imported = import_sample(source, database, tmp_path / "again.csv")
    assert [str(problem) for problem in imported.problems] == []
    assert counts(imported) == (23, 21, 2, 0, 0, 0)
    assert imported.unknown_headers == ()


def test_a_reject_file_that_nobody_corrected_tells_the_rows_of_the_first_file_again(
    database: str, tmp_path: Path
) -> None:
    first = import_sample(PROBLEMS, database, tmp_path / "rejects.csv")
    second = import_sample(tmp_path / "rejects.csv", database, tmp_path / "again.csv")
    assert second.rejected == first.rejected == 25
    assert {problem.row for problem in second.problems} == {problem.row for problem in first.problems}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_an_export_imported_again_changes_nothing(database: str, tmp_path: Path, suffix: str) -> None:
    import_sample(PROBLEMS, database, tmp_path / "rejects.csv")
    export = tmp_path / f"export.{suffix}"
    assert export_file(export, database, sample_settings(), layout="orocrm", view="all", today=DAY) == 41
    again = import_sample(export, database, tmp_path / f"none.{suffix}")
    assert counts(again) == (41, 0, 0, 41, 0, 0)


def test_an_export_into_an_empty_database_brings_all_of_it_back(database: str, tmp_path: Path) -> None:
    export, again = tmp_path / "export.csv", tmp_path / "again.csv"
    export_file(export, database, sample_settings(), layout="orocrm", view="all", today=DAY)
    other = f"sqlite:///{tmp_path / 'other.db'}"
    import_rates(golden.SAMPLES / "rates.csv", other, sample_settings())
    import_sample(export, other, tmp_path / "none.csv")
    export_file(again, other, sample_settings(), layout="orocrm", view="all", today=DAY)
    assert again.read_bytes() == export.read_bytes()


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_two_exports_are_the_same_to_the_byte(database: str, tmp_path: Path, suffix: str) -> None:
    for name in ("one", "other"):
        target = tmp_path / f"{name}.{suffix}"
        export_file(target, database, sample_settings(), layout="orocrm", view="open", today=DAY)
    assert (tmp_path / f"one.{suffix}").read_bytes() == (tmp_path / f"other.{suffix}").read_bytes()


@pytest.mark.parametrize("name", report_names())
def test_the_same_report_of_two_databases_is_the_same_to_the_byte(two_databases: list[Path], name: str) -> None:
    needed = {
        "effective": Asked(when=AsOf(datetime(2100, 1, 1, tzinfo=UTC))),
        "waterfall": Asked(since=AsOf(datetime(2026, 11, 20, tzinfo=UTC))),
    }
    asked = needed.get(name, Asked())
    answers = [build_report(name, str(file), sample_settings(), asked, DAY) for file in two_databases]
    assert len({as_text(answer, "json") for answer in answers}) == 1
    assert len({as_text(answer, "csv") for answer in answers}) == 1


def test_formula_like_text_of_the_samples_is_stored_bare_and_exported_guarded(database: str, tmp_path: Path) -> None:
    export_file(tmp_path / "out.csv", database, sample_settings(), layout="orocrm", view="all", today=DAY)
    notes = {row["Id"]: row["Additional comments"] for row in read_csv(tmp_path / "out.csv")}
    assert notes["135"] == "'=SUM of both sites, see their e-mail"
    assert notes["126"] == "'-5% if ordered before Christmas"
    assert notes["110"] == "Line 1 was done in 2024.\nSame team, same hotel."


def test_the_mode_insert_hands_every_stored_row_back(database: str, rejects: Path) -> None:
    options = replace(sample_options(rejects), mode="insert", dry_run=True)
    imported = import_file(CLEAN, database, sample_settings(), options)
    assert counts(imported) == (40, 0, 0, 0, 0, 40)
    assert {problem.code for problem in imported.problems} == {"already_stored"}


def test_the_mode_update_hands_every_new_row_back(tmp_path: Path) -> None:
    options = replace(sample_options(tmp_path / "rejects.csv"), mode="update", dry_run=True)
    imported = import_file(CLEAN, f"sqlite:///{tmp_path / 'new.db'}", sample_settings(), options)
    assert counts(imported) == (40, 0, 0, 0, 0, 40)
    assert {problem.code for problem in imported.problems} == {"not_stored"}


def test_the_rates_in_the_form_of_the_central_bank_agree_with_the_plain_ones(database: str) -> None:
    done = import_rates(golden.SAMPLES / "rates_ecb.xml", database, sample_settings())
    assert (done.added, done.updated, done.unchanged, list(done.faults)) == (5, 0, 1, [])


# ---------------------------------------------------------------------------------------------- demonstration


def played(folder: Path) -> list[str | Imported]:
    return list(demonstrate(folder))


def test_the_demonstration_imports_reports_and_exports_and_does_so_again(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    for _ in range(2):
        told = played(folder)
        assert [counts(one) for one in told if isinstance(one, Imported)] == [
            (40, 40, 0, 0, 0, 0),
            (29, 1, 1, 1, 1, 25),
        ]
        (shown,) = (text for text in told if isinstance(text, str) and "4. What the open" in text)
        assert "414,380.71" in shown.splitlines()[-1]
    assert sorted(path.name for path in folder.iterdir()) == [
        "by-status.csv",
        "dealport.db",
        "forecast.json",
        "opportunities.csv",
        "rejects.csv",
        "sample_data",
    ]
    assert (folder / "rejects.csv").read_bytes() == EXPECTED_REJECTS.read_bytes()


def test_the_demonstration_tells_nothing_wider_than_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [line for one in played(Path("demo-output")) if isinstance(one, str) for line in one.splitlines()]
    assert [line for line in lines if len(line) > 80] == []


def test_the_demonstration_leaves_the_sample_data_as_it_was(tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in golden.SAMPLES.glob("*.*")}
    played(tmp_path / "demo")
    assert {path.name: path.read_bytes() for path in golden.SAMPLES.glob("*.*")} == before
    assert all((tmp_path / "demo" / "sample_data" / name).read_bytes() == before[name] for name in SAMPLES)


def test_the_demonstration_in_a_folder_that_is_a_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(RunError, match="cannot be written") as caught:
        played(tmp_path / "taken")
    assert caught.value.fix == "Name a folder you may write to, such as: dealport demo my-folder"
