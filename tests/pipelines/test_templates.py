"""Templates: a file to fill in imports as it is, and a workbook says of each column what belongs there."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipelines.importing import import_file
from pipelines.judging import open_file
from pipelines.templates import is_recognised, write_template
from schemas.examples import EXAMPLES
from schemas.layout_files import layout_names, load_layout
from schemas.raw import ReadAs
from schemas.settings import Settings
from tests.build import IN_DOLLARS, IN_EUROS_TOO, counts, kept, options, read_csv, stored

OWN_LAYOUT = """
title = "A system with stages, cents and fractions"
required = ["name", "status"]
amounts = "cents"
probability = "fraction"

[headers]
name = "Deal"
stage = "Deal stage"
probability = "Chance"
budget_amount = "Value"
budget_currency = "Unit"
closed_at = "Closed"

[stages]
"Prospecting" = "in_progress"
"Closed Won" = "won"

[currencies]
"US Dollar" = "USD"
"Swiss Franc" = "CHF"

[[outcome]]
header = "Is won"
values = { "TRUE" = "won", "FALSE" = "" }
"""


def sheet_of(path: Path) -> Any:
    return openpyxl.load_workbook(path)["Sheet1"]


def column_of(sheet: Any, header: str) -> Any:
    return next(cell for cell in sheet[1] if cell.value == header)


def rules_of(sheet: Any) -> dict[str, tuple[Any, ...]]:
    """What each header's cells may hold: type, bounds or reference, and the range it reaches over."""
    found = {}
    for rule in sheet.data_validations.dataValidation:
        letter = str(rule.sqref).partition("2:")[0]
        header = sheet[f"{letter}1"].value
        assert str(rule.sqref) == f"{letter}2:{letter}10001"
        found[header] = (rule.type, rule.formula1, rule.formula2, rule.errorStyle)
    return found


def list_of(path: Path, header: str) -> list[str]:
    """The words that the drop-down under a header offers."""
    workbook = openpyxl.load_workbook(path)
    assert workbook["Lists"].sheet_state == "hidden"
    kind, reference, _, _ = rules_of(workbook["Sheet1"])[header]
    assert kind == "list"
    return [row[0].value for row in workbook["Lists"][reference.partition("!")[2].replace("$", "")]]


@pytest.fixture
def own_layout(tmp_path: Path) -> str:
    (tmp_path / "own.toml").write_text(OWN_LAYOUT, encoding="utf-8")
    return str(tmp_path / "own.toml")


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    write_template(tmp_path / "form.xlsx", "orocrm", IN_EUROS_TOO)
    return tmp_path / "form.xlsx"


@pytest.mark.parametrize("name", ["template.csv", "template.xlsx"])
@pytest.mark.parametrize("layout", layout_names())
def test_a_template_imports_as_it_is(tmp_path: Path, sqlite: str, name: str, layout: str) -> None:
    write_template(tmp_path / name, layout, IN_DOLLARS)
    imported = import_file(tmp_path / name, sqlite, IN_DOLLARS, options(layout=layout))
    assert imported.problems == []
    assert counts(imported) == {"added": 1}
    told_by = load_layout(layout).same.get("name", "name")
    entity, of = load_layout(layout).entity, load_layout(layout).noun.names[-1]
    assert kept(sqlite, entity, of) == [{of: EXAMPLES[entity][of if of != "name" else told_by]}]


@pytest.mark.parametrize("layout", layout_names())
def test_a_workbook_to_fill_in_is_recognised_also_once_another_program_saved_it(tmp_path: Path, layout: str) -> None:
    path = tmp_path / "form.xlsx"
    write_template(path, layout, IN_DOLLARS)
    openpyxl.load_workbook(path).save(path)
    assert is_recognised(path, layout)
    _, recognised = open_file(path, None, ReadAs())
    assert recognised.because == "the workbook says that it is a template of it"


def test_a_workbook_whose_headers_became_those_of_another_system_is_recognised_by_them(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    write_template(path, "orocrm", IN_DOLLARS)
    book = openpyxl.load_workbook(path)
    book["Sheet1"].delete_rows(1, 2)
    book["Sheet1"].append(["Deal - ID", "Deal - Title", "Deal - Status", "Deal - Value"])
    book.save(path)
    _, recognised = open_file(path, None, ReadAs())
    assert (recognised.mapping.layout.name, recognised.because[:20]) == ("pipedrive", "it has 4 headers tha")


def test_the_example_is_owned_by_somebody_known_and_open(tmp_path: Path, sqlite: str) -> None:
    settings = Settings(owners=("anna.koenig",), base_currency="EUR", currencies=("EUR",))
    write_template(tmp_path / "form.xlsx", "plain", settings)
    assert counts(import_file(tmp_path / "form.xlsx", sqlite, settings, options(layout="plain"))) == {"added": 1}
    assert stored(sqlite, "owner", "status", "budget_currency") == [
        {"owner": "anna.koenig", "status": "in_progress", "budget_currency": "EUR"}
    ]


@pytest.mark.parametrize("layout", layout_names())
def test_the_same_settings_give_the_same_bytes(tmp_path: Path, layout: str) -> None:
    for name in ("one", "two"):
        write_template(tmp_path / f"{name}.xlsx", layout, IN_EUROS_TOO)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


@pytest.mark.parametrize("layout", layout_names())
def test_every_header_of_a_workbook_has_a_comment_with_its_example(tmp_path: Path, layout: str) -> None:
    write_template(tmp_path / "form.xlsx", layout, IN_DOLLARS)
    sheet = sheet_of(tmp_path / "form.xlsx")
    for cell in sheet[1]:
        said = cell.comment.text.splitlines()
        assert {"Required.", "May be blank."} & set(said)
        assert (said[-1].startswith("Example: ")) == (sheet.cell(2, cell.column).value is not None), cell.value


def test_a_drop_down_offers_the_words_of_the_settings(filled: Path) -> None:
    assert list_of(filled, "Status Id") == [
        *("in_progress", "identification_alignment", "needs_analysis", "solution_development", "negotiation"),
        *("won", "lost"),
    ]
    assert list_of(filled, "Close reason Name") == ["Outsold", "Won", "Cancelled"]
    assert list_of(filled, "Budget Amount Currency") == ["USD", "EUR", "GBP"]
    assert list_of(filled, "Close revenue Currency") == ["USD", "EUR", "GBP"]


def test_other_cells_are_bounded_by_their_kind(filled: Path) -> None:
    rules = rules_of(sheet_of(filled))
    assert rules["Expected close date"] == ("date", "DATE(1900,3,1)", None, "stop")
    assert rules["Probability"] == ("decimal", "0", "100", "stop")
    assert rules["Budget Amount"] == ("decimal", "0", "99999999999999.9999", "stop")
    assert rules["Contact Last name"] == ("textLength", "100", None, "stop")
    assert "Customer need" not in rules


def test_a_switched_off_rule_lets_its_cells_pass(tmp_path: Path) -> None:
    settings = Settings(rules_off=frozenset({"negative_amount", "unknown_close_reason", "missing_account"}))
    write_template(tmp_path / "form.xlsx", "orocrm", settings)
    sheet = sheet_of(tmp_path / "form.xlsx")
    assert rules_of(sheet)["Budget Amount"][1] == "-99999999999999.9999"
    assert rules_of(sheet)["Close reason Name"][3] == "warning"
    assert "May be blank." in column_of(sheet, "Customer Account Account name").comment.text


def test_cells_look_like_their_kind_down_the_whole_column(filled: Path) -> None:
    sheet = sheet_of(filled)
    formats = {cell.value: sheet.column_dimensions[cell.column_letter].number_format for cell in sheet[1]}
    assert formats["Id"] == formats["Tags"] == "@"
    assert formats["Expected close date"] == "yyyy-mm-dd"
    assert formats["Budget Amount"] == "#,##0.00##"
    assert formats["Probability"] == "General"
    assert [sheet.cell(2, column_of(sheet, header).column).value for header in ("Probability", "Budget Amount")] == [
        40,
        22700,
    ]
    assert sheet.cell(2, column_of(sheet, "Expected close date").column).number_format == "yyyy-mm-dd"


def test_required_headers_are_marked_and_all_stay_in_sight(filled: Path) -> None:
    sheet = sheet_of(filled)
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[1] if cell.fill.fill_type == "solid"] == [
        "Opportunity name",
        "Status Id",
        "Customer Account Account name",
    ]
    assert all(cell.font.bold for cell in sheet[1])
    assert all(sheet.column_dimensions[c.column_letter].width >= max(12, min(44, len(c.value) + 4)) for c in sheet[1])


def test_a_comment_says_what_the_field_is_and_what_it_may_hold(filled: Path) -> None:
    sheet = sheet_of(filled)
    assert column_of(sheet, "Budget Amount Currency").comment.text == (
        "ISO 4217 code of the budget amount.\nMay be blank.\nAllowed: USD, EUR, GBP.\nExample: USD"
    )
    assert column_of(sheet, "Budget Amount").comment.text == (
        "Expected value, in the currency under 'Budget Amount Currency', else USD.\nMay be blank.\n"
        "Written like: 1234.50.\nExample: 22700"
    )


def test_a_template_speaks_the_words_and_the_scale_of_its_layout(tmp_path: Path, own_layout: str) -> None:
    write_template(tmp_path / "form.csv", own_layout, IN_DOLLARS)
    assert read_csv(tmp_path / "form.csv") == [
        {
            "Deal": "Warehouse scanners, second site",
            "Deal stage": "Prospecting",
            "Chance": "0.4",
            "Value": "2270000.0000",
            "Unit": "US Dollar",
            "Closed": "",
            "Is won": "FALSE",
        }
    ]
    path = tmp_path / "form.xlsx"
    write_template(path, own_layout, IN_DOLLARS)
    assert list_of(path, "Deal stage") == ["Prospecting", "Closed Won"]
    assert list_of(path, "Unit") == ["US Dollar"]
    assert list_of(path, "Is won") == ["TRUE", "FALSE"]
    sheet = sheet_of(path)
    assert rules_of(sheet)["Chance"] == ("decimal", "0", "1", "stop")
    assert [cell.value for cell in sheet[2]][2:4] == [0.4, 2270000]
    assert [cell.value for cell in sheet[1] if cell.fill.fill_type == "solid"] == ["Deal", "Deal stage"]


def test_a_word_like_a_formula_stays_a_word(tmp_path: Path, sqlite: str) -> None:
    settings = Settings(owners=("=1+1",))
    write_template(tmp_path / "form.xlsx", "plain", settings)
    assert list_of(tmp_path / "form.xlsx", "owner") == ["=1+1"]
    assert openpyxl.load_workbook(tmp_path / "form.xlsx")["Lists"]["A1"].data_type != "f"
    import_file(tmp_path / "form.xlsx", sqlite, settings, options(layout="plain"))
    assert stored(sqlite, "owner") == [{"owner": "=1+1"}]
