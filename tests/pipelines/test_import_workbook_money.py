"""Amounts whose currency only the number format of their cells tells: stored, rejected, handed back, exported."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from connectors.files import write_table
from pipelines.exporting import export_file
from pipelines.imported import Imported
from pipelines.importing import import_file
from pipelines.telling import findings_of, write_report
from schemas.settings import Settings
from tests.build import IN_EUROS_TOO, NOON, TODAY, options, stored, told
from tests.raw import see

HEADERS = ("name", "status", "budget_amount", "probability", "close_date")
IN_EUROS = "#,##0.00\\ [$€-407]"


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    return tmp_path / "deals.xlsx"


def workbook(path: Path, rows: Sequence[Sequence[Any]], headers: Sequence[str] = HEADERS, **formats: str) -> Path:
    """A workbook with formats by the address of their cells."""
    book = Workbook()
    sheet: Any = book.active
    for row in (headers, *rows):
        sheet.append(row)
    for address, code in formats.items():
        sheet[address].number_format = code
    book.save(path)
    return path


def imported(path: Path, database: str, settings: Settings = IN_EUROS_TOO, **changed: Any) -> Imported:
    how = options(layout=changed.pop("layout", "plain"), clock=lambda: NOON, needs_rates=False, **changed)
    return import_file(path, database, settings, how)


def amounts(database: str) -> dict[str, tuple[str, str]]:
    rows = stored(database, "name", "budget_amount", "budget_currency")
    return {row["name"]: (f"{row['budget_amount']:f}", row["budget_currency"]) for row in rows}


def test_a_format_tells_the_currency_and_the_summary_says_so(database: str, deals: Path) -> None:
    workbook(deals, [["a", "won", 1234.5], ["b", "won", 7], ["c", "won", 5]], C2=IN_EUROS, C3='"£" 0.00')
    first = imported(deals, database)
    assert amounts(database) == {"a": ("1234.5000", "EUR"), "b": ("7.0000", "GBP"), "c": ("5.0000", "USD")}
    assert first.reading.decisions == ("'budget_amount': currency from the sign of 2 values (£ GBP 1, € EUR 1)",)
    assert sorted(first.money) == ["EUR", "GBP", "USD"]
    again = imported(deals, database)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 3)


def test_a_layout_whose_signs_mean_nothing_reads_bare_numbers(sqlite: str, deals: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    text = (
        'title = "Own"\nsigns = "ignored"\n[headers]\nname = "name"\nstatus = "status"\nbudget_amount = "budget_amount"'
    )
    own.write_text(text, encoding="utf-8")
    workbook(deals, [["a", "won", 1234.5]], C2=IN_EUROS)
    assert imported(deals, sqlite, layout=str(own)).reading.decisions == ()
    assert amounts(sqlite) == {"a": ("1234.5000", "USD")}


def test_formats_of_money_on_other_fields_change_nothing(sqlite: str, deals: Path) -> None:
    workbook(deals, [[4711, "won", 5, 40, "2026-12-31"]], A2=IN_EUROS, B2=IN_EUROS, D2=IN_EUROS, E2=IN_EUROS)
    assert told(imported(deals, sqlite)) == []
    (row,) = stored(sqlite, "name", "probability", "close_date", "budget_currency")
    assert [str(value) for value in row.values()] == ["4711", "0.400000", "2026-12-31", "USD"]


def test_a_rejected_row_keeps_the_currency_that_its_format_told(sqlite: str, deals: Path) -> None:
    workbook(deals, [["a", "wonn", 1234.5]], C2=IN_EUROS)
    first = imported(deals, sqlite)
    assert first.rejects is not None
    ((_, cells),) = see(first.rejects).rows
    assert cells[:3] == ("a", "wonn", "€ 1234.5")
    write_table(first.rejects, (*HEADERS, "Problem"), [("a", "won", *cells[2:])])
    assert imported(first.rejects, sqlite).added == 1
    assert amounts(sqlite) == {"a": ("1234.5000", "EUR")}


def test_a_marked_workbook_imports_again_in_the_same_currency(sqlite: str, deals: Path) -> None:
    workbook(deals, [["a", "won", 1234.5], ["b", "wonn", 7]], C2=IN_EUROS)
    marked = deals.with_name("marked.xlsx")
    write_report("xlsx", [findings_of(imported(deals, sqlite), IN_EUROS_TOO)], marked, print)
    again = imported(marked, sqlite)
    assert (again.unchanged, again.rejected) == (1, 1)


@pytest.mark.parametrize("name", ["out.xlsx", "out.csv"])
def test_an_export_of_what_formats_told_changes_nothing_when_it_comes_back(sqlite: str, deals: Path, name: str) -> None:
    workbook(deals, [["a", "won", 1234.5], ["b", "won", 7]], C2=IN_EUROS)
    imported(deals, sqlite)
    export_file(deals.with_name(name), sqlite, IN_EUROS_TOO, layout="plain", view="all", today=TODAY)
    again = imported(deals.with_name(name), sqlite)
    assert (again.added, again.updated, again.unchanged, again.rejected) == (0, 0, 2, 0)


def test_an_error_in_a_row_of_totals_is_left_out_with_it(sqlite: str, deals: Path) -> None:
    workbook(deals, [["a", "won", 5], ["Total", None, "#REF!"]])
    assert told(imported(deals, sqlite)) == []
    assert amounts(sqlite) == {"a": ("5.0000", "USD")}


def test_signs_that_begin_alike_are_not_taken_for_each_other(sqlite: str, deals: Path) -> None:
    lines = [("name", "status", "budget_amount"), ("a", "won", "R 500"), ("b", "won", "R$ 900"), ("c", "won", "RM 70")]
    write_table(deals.with_suffix(".csv"), lines[0], lines[1:])
    imported(deals.with_suffix(".csv"), sqlite, Settings(currencies=("USD", "ZAR", "BRL", "MYR")))
    assert [currency for _, currency in amounts(sqlite).values()] == ["ZAR", "BRL", "MYR"]


def test_a_word_for_the_base_currency_holds_against_a_sign(sqlite: str, deals: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'title = "Own"\n[headers]\nname = "name"\nstatus = "status"\nbudget_amount = "budget_amount"\n'
        'budget_currency = "currency"\n[currencies]\n"-99" = ""\n',
        encoding="utf-8",
    )
    headers = ("name", "status", "budget_amount", "currency")
    lines = [("a", "won", "$ 5", "-99"), ("b", "won", "€ 7", "-99"), ("c", "won", "€ 9", "")]
    write_table(deals.with_suffix(".csv"), headers, lines)
    found = imported(deals.with_suffix(".csv"), sqlite, layout=str(own))
    assert told(found) == [(3, "budget_amount", "other_currency_sign")]
    assert amounts(sqlite) == {"a": ("5.0000", "USD"), "c": ("9.0000", "EUR")}
