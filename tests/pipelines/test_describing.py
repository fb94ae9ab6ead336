"""What a file must look like, as data, as JSON and as a page: complete, in order, and as the settings have it."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.described import as_json, as_markdown
from pipelines.describing import describe
from pipelines.steps.render import headings
from schemas.layout_files import layout_names, load_layout
from schemas.problems import DRIFT, OF_WORKFLOWS, RULES
from schemas.settings import Settings, parse_settings
from tests.build import IN_DOLLARS, IN_EUROS_TOO


def told(layout: str = "orocrm", settings: Settings = IN_DOLLARS) -> Any:
    return json.loads(as_json(describe(layout, settings)))


def column(field: str, layout: str = "orocrm", settings: Settings = IN_DOLLARS) -> Any:
    return next(one for one in told(layout, settings)["columns"] if one["field"] == field)


def codes(field: str, **how: Any) -> list[str]:
    return [problem["code"] for problem in column(field, **how)["problems"]]


@pytest.mark.parametrize("layout", layout_names())
def test_every_header_of_a_layout_is_described_in_its_order(layout: str) -> None:
    described = [one["header"] for one in told(layout)["columns"] if one["field"]]
    known = load_layout(layout)
    assert described == headings(known, dict.fromkeys(known.blocks, 1))


@pytest.mark.parametrize("layout", layout_names())
def test_a_page_fits_80_columns_and_says_the_same_each_time(layout: str) -> None:
    page = as_markdown(describe(layout, IN_EUROS_TOO))
    assert page == as_markdown(describe(layout, IN_EUROS_TOO))
    assert [line for line in page.splitlines() if len(line) > 80 and " " in line.strip("- `")] == []
    assert "{" not in page


def test_a_column_says_how_its_cells_are_written_and_what_they_may_hold() -> None:
    assert column("status") | {"problems": [], "words": column("status")["words"][:1]} == {
        "header": "Status Id",
        "also": ["status:id", "Status"],
        "field": "status",
        "kind": "status",
        "about": "where it stands: id or label of a status",
        "required": True,
        "written": "a word listed",
        "longest": None,
        "words": [{"word": "in_progress", "means": "Open, 0 %, open", "kind": "open"}],
        "only": True,
        "example": "in_progress",
        "problems": [],
    }


def test_the_problems_of_a_column_come_with_their_fix() -> None:
    assert column("contact_last_name")["problems"] == [
        {"code": "too_long", "why": "has more than 100 characters", "fix": "Shorten the text.", "on": True}
    ]
    assert codes("budget_amount")[:4] == ["not_a_number", "too_precise", "too_large", "negative_amount"]
    assert codes("status") == ["missing_status", "unknown_status"]


def test_problems_that_any_cell_can_have_say_so() -> None:
    told = json.loads(as_json(describe("orocrm", Settings())))["problems_of_rows"]
    assert {one["code"]: one["where"] for one in told if one["where"]} == {
        "nul_character": "any cell",
        "error_cell": "any cell of a workbook",
        "merged_cell": "any cell of a workbook",
        "formula_without_result": "any cell of a workbook",
    }
    assert "- `error_cell` (any cell of a workbook): is an error of the spreadsheet." in as_markdown(
        describe("orocrm", Settings())
    )


def test_a_rule_that_is_switched_off_says_so() -> None:
    off = Settings(rules_off=frozenset({"negative_amount", "missing_account", "unknown_close_reason"}))
    amount = {one["code"]: one["on"] for one in column("budget_amount", settings=off)["problems"]}
    assert amount["negative_amount"] is False
    assert column("account", settings=off)["required"] is False
    assert column("close_reason", settings=off)["only"] is False
    assert "Switched off in the settings." in " ".join(as_markdown(describe("orocrm", off)).split())


def test_owners_are_words_where_the_settings_list_them() -> None:
    assert (column("owner")["words"], codes("owner")) == ([], ["too_long"])
    listed = column("owner", settings=Settings(owners=("anna", "ben")))
    assert [word["word"] for word in listed["words"]] == ["anna", "ben"]
    assert [problem["code"] for problem in listed["problems"]] == ["too_long", "unknown_owner"]


def test_currencies_are_those_enabled() -> None:
    assert [word["word"] for word in column("budget_currency", settings=IN_EUROS_TOO)["words"]] == ["USD", "EUR", "GBP"]
    assert told(settings=IN_EUROS_TOO)["currencies"] == ["USD", "EUR", "GBP"]
    assert "without a currency is in USD" in " ".join(as_markdown(describe("orocrm", IN_EUROS_TOO)).split())


def test_every_problem_of_a_row_is_described_somewhere() -> None:
    settings = parse_settings('owners = ["anna"]\n[workflows]\nopportunity_flow = "warn"', "dealport.toml")
    page = told(settings=settings)
    found = {problem["code"] for one in page["columns"] for problem in one["problems"]}
    found |= {problem["code"] for problem in page["problems_of_rows"]}
    of_others = {"unknown_word", "not_a_whole_number", "missing_contact_name"}
    of_others |= {"name_taken", "unknown_contact", "unknown_referrer"}
    assert set(RULES) - found == {"not_a_moment", *of_others, *DRIFT}  # OroCRM's layout has no such field
    for layout in ("orocrm-leads", "orocrm-accounts", "orocrm-contacts", "orocrm-customers"):
        of_others -= {problem["code"] for one in told(layout)["columns"] for problem in one["problems"]}
    assert of_others == set()
    assert "not_a_moment" in codes("closed_at", layout="plain")


def test_stages_outcomes_and_scales_are_told_in_the_words_of_the_layout(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'title = "Own"\nprobability = "fraction"\namounts = "cents"\ndates = "dmy"\n'
        '[headers]\nname = "Deal"\nstage = "Step"\nprobability = "Chance"\nbudget_amount = "Value"\n'
        'close_date = "Close"\n[stages]\n"Lead In" = "in_progress"\n"Won!" = "won"\n'
        '[[outcome]]\nheader = ["Closed?", "Is closed"]\nvalues = { Yes = "lost", No = "" }\n',
        encoding="utf-8",
    )
    columns = {one["header"]: one for one in told(str(own))["columns"]}
    assert [word["word"] for word in columns["Step"]["words"]] == ["Lead In", "Won!"]
    assert (columns["Step"]["required"], columns["Step"]["example"]) == (True, "Lead In")
    assert (columns["Chance"]["written"], columns["Chance"]["example"]) == ("0.4, from 0 to 1", "0.4")
    assert (columns["Value"]["written"], columns["Value"]["example"]) == ("123450 for 1234.50, in cents", "2270000")
    assert columns["Value"]["about"] == "expected value, in USD"
    assert columns["Close"]["written"] == "2026-12-31 or 31/12/2026"
    assert columns["Closed?"]["also"] == ["Is closed"]
    assert columns["Closed?"]["words"] == [
        {"word": "Yes", "means": "lost", "kind": "lost"},
        {"word": "No", "means": "", "kind": ""},
    ]
    assert "- `No`: as the stage says" in as_markdown(describe(str(own), IN_DOLLARS))


def test_where_only_an_outcome_tells_the_status_it_is_required(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'title = "Own"\n[headers]\nname = "Deal"\n'
        '[[outcome]]\nheader = "State"\nvalues = { Won = "won", Open = "open", Odd = "" }\n',
        encoding="utf-8",
    )
    state = told(str(own))["columns"][1]
    assert (state["header"], state["required"], state["example"]) == ("State", True, "Open")


def test_the_problems_of_workflows_are_described_only_where_one_is_on() -> None:
    assert {one["code"] for one in told()["problems_of_rows"]} & set(OF_WORKFLOWS) == set()
