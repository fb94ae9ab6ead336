"""The commands for producers and for CI: template, schema, check with patterns, budgets and a recorded schema."""

import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from schemas.layout_files import layout_names
from tests.command import BAD, GOOD, Run

TOO_LONG = GOOD.replace("Dock doors", "D" * 256)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    for name, text in {"good": GOOD, "bad": BAD, "long": TOO_LONG}.items():
        Path("data/deep").mkdir(parents=True, exist_ok=True)
        Path(f"data/{name}.csv").write_text(text, encoding="utf-8")
    Path("data/deep/good.csv").write_text(GOOD, encoding="utf-8")
    return Run(capsys)


# ------------------------------------------------------------------------------------------------------- patterns


def test_a_quoted_pattern_stands_for_the_files_it_matches_by_name(run: Run) -> None:
    said = run("check", "data/*.csv")
    assert said.code == 1
    assert [line for line in said.out.splitlines() if not line.startswith(" ")] == [
        "data/bad.csv: layout orocrm, checked",
        "data/good.csv: layout orocrm, checked",
        "data/long.csv: layout orocrm, checked",
    ]


def test_two_stars_stand_for_folders_of_any_depth_and_a_file_is_read_once(run: Run) -> None:
    said = run("check", "data/**/g*.csv", "data/good.csv")
    assert said.code == 0
    assert said.out.count("data/good.csv: ") == 1
    assert said.out.count("data/deep/good.csv: ") == 1


def test_a_pattern_that_matches_nothing_ends_with_2(run: Run) -> None:
    said = run("check", "data/good.csv", "deta/*.csv")
    assert said == (
        2,
        "",
        "dealport: No file matches 'deta/*.csv'.\nCorrect the pattern, or the folder it is looked for in.\n",
    )


def test_a_file_may_be_named_like_a_pattern(run: Run) -> None:
    Path("deals[1].csv").write_text(GOOD, encoding="utf-8")
    assert run("check", "deals[1].csv").out.startswith("deals[1].csv: layout orocrm, checked")


def test_an_import_takes_patterns_too(run: Run) -> None:
    said = run("import", "data/g*.csv", "--dry-run")
    assert said.code == 0
    assert said.out.startswith("data/good.csv: layout orocrm, plan for ")
    assert said.out.endswith("dry run, nothing stored\n")


# -------------------------------------------------------------------------------------------------------- budgets


def test_problems_within_the_budget_end_with_0_and_are_told(run: Run) -> None:
    said = run("check", "data/bad.csv", "--max-problems", "1")
    assert said.code == 0
    assert said.err.startswith("row 2: 'Status Id': 'negotiatoin' is not a known status.")
    assert said.err.count("\n") == 1
    because = "  this layout because it has 'Opportunity name' and 'Status Id'\n"
    assert said.out == f"data/bad.csv: layout orocrm, checked\n{because}  read 2 = 1 valid + 1 with problems\n"


def test_problems_beyond_the_budget_end_with_1_and_a_sentence(run: Run) -> None:
    said = run("check", "data/bad.csv", "--max-problems", "0")
    assert said.code == 1
    assert said.err.splitlines()[-1] == "data/bad.csv: 1 problem, more than --max-problems 0 allows."


def test_each_file_has_the_whole_budget(run: Run) -> None:
    assert run("check", "data/*.csv", "--max-problems", "1").code == 0


def test_a_budget_of_a_code_lets_only_that_code_pass(run: Run) -> None:
    assert run("check", "data/long.csv", "--max-problems", "too_long=1").code == 0
    said = run("check", "data/bad.csv", "data/long.csv", "--max-problems", "too_long=1")
    assert said.code == 1
    assert said.err.splitlines()[-2] == "data/bad.csv: 1 other problem, more than --max-problems 0 allows."


def test_a_budget_of_an_unknown_code_ends_with_2(run: Run) -> None:
    said = run("check", "data/good.csv", "--max-problems", "too_lnog=1")
    assert said == (2, "", "dealport: There is no problem code 'too_lnog'.\nDid you mean 'too_long'?\n")


# --------------------------------------------------------------------------------------------------------- schema


def test_a_recorded_schema_passes_the_file_it_was_recorded_from(run: Run) -> None:
    said = run("schema", "--from", "data/good.csv", "--output", "deals.schema.json")
    assert said == (0, "deals.schema.json: what data/good.csv looks like\n", "")
    assert run("check", "data/good.csv", "--schema", "deals.schema.json") == (
        0,
        "data/good.csv: layout orocrm, checked\n  read 1 = 1 valid + 0 with problems\n",
        "",
    )


def test_drift_that_loses_a_field_ends_with_1_and_is_told_before_the_rows(run: Run) -> None:
    run("schema", "--from", "data/good.csv", "--output", "deals.schema.json")
    changed = BAD.replace("Customer Account Account name", "Client")
    Path("now.csv").write_text(changed, encoding="utf-8")
    said = run("check", "now.csv", "--schema", "deals.schema.json")
    assert said.code == 1
    again = "record the file anew with `dealport schema --from`"
    assert said.err.splitlines()[:4] == [
        f"the file: 'Client' was 'Customer Account Account name'. Name it as before, or {again}.",
        f"the file, warning: 'Status Id' did not hold 'negotiatoin' before. R{again[1:]} if it is right.",
        f"the file, warning: 'Status Id' did not hold 'won' before. R{again[1:]} if it is right.",
        "row 2: 'Status Id': 'negotiatoin' is not a known status. Did you mean 'negotiation'? More statuses can be set "
        "up in the settings.",
    ]


def test_drift_that_only_warns_ends_with_0(run: Run) -> None:
    run("schema", "--from", "data/good.csv", "--output", "deals.schema.json")
    Path("now.csv").write_text(GOOD.replace("name\n", "name,Region\n").replace("Acme", "Acme,North"), encoding="utf-8")
    said = run("check", "now.csv", "--schema", "deals.schema.json", "--json")
    assert said.code == 0
    assert said.err == (
        "the file, warning: 'Region' is a new header. Record the file anew with `dealport schema --from` if it is to "
        "stay.\n"
    )
    problem = said.json()["problems"][0]
    assert (problem["row"], problem["header"], problem["code"]) == (0, "Region", "new_header")


def test_a_schema_that_is_none_ends_with_2(run: Run) -> None:
    run("schema", "--format", "json", "--output", "layout.json")
    said = run("check", "data/good.csv", "--schema", "layout.json")
    assert said == (
        2,
        "",
        "dealport: layout.json is not the recorded schema of a file: it records no headers of a file.\n"
        "Record one with `dealport schema --from FILE --output layout.json`.\n",
    )
    assert run("check", "data/good.csv", "--schema", "none.json").err.startswith(
        "dealport: none.json cannot be read: No such file or directory.\n"
    )


@pytest.mark.parametrize("layout", layout_names())
def test_a_schema_is_a_page_or_json(run: Run, layout: str) -> None:
    page = run("schema", "--layout", layout)
    assert page.code == 0
    assert page.out.startswith(f"# A file in layout {layout}\n\n")
    told = run("schema", "--layout", layout, "--format", "json").json()
    assert list(told) == ["layout", "title", "base_currency", "currencies", "columns", "problems_of_rows"]
    assert told["layout"] == layout


def test_a_schema_of_a_file_is_json_or_a_page(run: Run) -> None:
    told = json.loads(run("schema", "--from", "data/bad.csv").out)
    assert [header["header"] for header in told["headers"]] == BAD.partition("\n")[0].split(",")
    assert run("schema", "--from", "data/bad.csv", "--format", "markdown").out == (
        "# bad.csv\n\n2 rows, read by layout orocrm.\n\n"
        "- `Opportunity name` (name): text, 0 % blank\n"
        "- `Status Id` (status): text, 0 % blank; `negotiatoin`, `won`\n"
        "- `Customer Account Account name` (account): text, 0 % blank\n"
    )


def test_a_schema_of_an_unknown_layout_or_file_says_what_to_do(run: Run) -> None:
    assert run("schema", "--layout", "orocmr") == (
        2,
        "",
        "dealport: There is no layout 'orocmr'.\nDid you mean 'orocrm'?\n",
    )
    assert run("schema", "--from", "none.csv").code == 3
    assert run("schema", "--output", "none/page.md").code == 3


def test_a_template_in_a_folder_that_is_not_there_ends_with_3(run: Run) -> None:
    said = run("template", "none/form.xlsx")
    assert said == (
        3,
        "",
        "dealport: none/form.xlsx: there is no folder 'none'.\nCreate it, or name another file.\n",
    )


NORTH = [["Quarter 4", "", ""], ["Opportunity name", "Status Id", "Region"], ["Dock doors", "won", "North"]]


def test_a_schema_of_a_file_is_recorded_of_the_sheet_and_the_headers_that_are_named(run: Run) -> None:
    book = openpyxl.Workbook()
    for line in NORTH:
        book.active.append(line)  # type: ignore[union-attr]  # a new workbook has a sheet
    book.create_sheet("South").append(["Opportunity name", "Status Id", "Customer need"])
    book.save("deals.xlsx")
    told = run("schema", "--from", "deals.xlsx", "--sheet", "Sheet", "--header-row", "2").json()
    assert [header["header"] for header in told["headers"]] == NORTH[1]
    told = run("schema", "--from", "deals.xlsx", "--sheet", "South").json()
    assert [header["header"] for header in told["headers"]] == ["Opportunity name", "Status Id", "Customer need"]


def test_a_schema_of_a_file_is_recorded_in_the_encoding_and_with_the_delimiter_that_are_named(run: Run) -> None:
    Path("deals.csv").write_bytes("Opportunity name|Status Id|Größe\nTor|won|1\n".encode("cp850"))
    told = run("schema", "--from", "deals.csv", "--encoding", "cp850", "--delimiter", "pipe").json()
    assert [header["header"] for header in told["headers"]] == ["Opportunity name", "Status Id", "Größe"]


def test_words_about_reading_without_a_file_to_read_are_refused(run: Run) -> None:
    assert run("schema", "--sheet", "Deals") == (
        2,
        "",
        "dealport: No file is read, so nothing can say how.\nName one with --from, or leave that option out.\n",
    )


def test_a_draft_is_made_of_the_rows_that_are_named_and_tells_how_to_go_on(run: Run) -> None:
    Path("tickets.csv").write_bytes("Report;of;today\nTicket;Client;Größe\nTor;Acme;1\n".encode("cp850"))
    how = ("--encoding", "cp850", "--header-row", "2")
    drafted = run("layout", "draft", "tickets.csv", *how)
    assert drafted.code == 0
    assert "dealport check tickets.csv --layout THIS-FILE --encoding cp850 --header-row 2" in (
        drafted.out.replace("\n#  ", "")
    )
    assert '# "Größe",' in drafted.out
    assert "today" not in drafted.out
    assert run("layout", "draft", "tickets.csv", "--output", "own.toml", *how).out.endswith(
        "Look at every line, then: dealport check tickets.csv --layout own.toml --encoding cp850 --header-row 2\n"
    )


# ------------------------------------------------------------------------------------------------------ templates


@pytest.mark.parametrize("layout", layout_names())
@pytest.mark.parametrize("name", ["form.csv", "form 1.xlsx"])
def test_a_template_comes_back_by_itself_or_tells_the_option_that_it_needs(run: Run, layout: str, name: str) -> None:
    said = run("template", name, "--layout", layout)
    by_itself = f"{name}: headers of layout {layout} and an example row\n"
    if said.out == by_itself:
        assert run("check", name).out.startswith(f"{name}: layout {layout}, checked\n")
    else:
        assert (name, layout) in {("form.csv", told) for told in ("zoho", "orocrm-3", "salesforce-export")}
        assert said.out == (
            f"{by_itself}It does not show which layout it has. When it is filled in, name it:\n"
            f"  dealport import {name} --layout {layout}\n"
        )


def test_a_template_of_ones_own_layout_tells_its_option(run: Run) -> None:
    Path("own.toml").write_text('title = "Own"\n[headers]\nname = "Deal"\nstatus = "State"\n', encoding="utf-8")
    said = run("template", "form.xlsx", "--layout", "own.toml")
    assert said.out.splitlines()[-1] == "  dealport import form.xlsx --layout own.toml"
    with zipfile.ZipFile("form.xlsx") as archive:
        assert "docProps/custom.xml" not in archive.namelist()
