"""Problems of a check and of a run, written by the command line; the marked sheet imports again as it is."""

import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipelines.cli import main
from pipelines.importing import import_file
from pipelines.ledger import show_run
from pipelines.telling import findings_of_run, write_report
from schemas.settings import Settings
from tests.build import IN_EUROS_TOO, an_opportunity, counts, options, read_csv, stored, told, write_csv

GOOD = an_opportunity(name="Good", source_id="1", close_date="2026-12-31", notes="007")
BAD = an_opportunity(name="", source_id="2", status="wonn", budget_amount="12,5oo", notes="=1+1")
TWO_LINES = an_opportunity(name="Two\nlines", source_id="3", budget_currency="EURO")
LAST = an_opportunity(name="Last", source_id="4", notes="0012")


class Deals:
    """A folder with a file of four rows, two of them bad, and an imported run of it."""

    def __init__(self, folder: Path) -> None:
        self.database = f"sqlite:///{folder / 'deals.db'}"
        self.file = write_csv(folder / "deals.csv", [GOOD, BAD, TWO_LINES, LAST])
        self.imported = import_file(self.file, self.database, IN_EUROS_TOO, options())
        self.marked = folder / "marked.xlsx"
        self.elsewhere = f"sqlite:///{folder / 'elsewhere.db'}"

    def write(self, name: str, target: Path | None = None, settings: Settings = IN_EUROS_TOO) -> str:
        said: list[str] = []
        write_report(name, [findings_of_run(show_run(self.database, 1), settings)], target, said.append)
        return "".join(said)


@pytest.fixture
def deals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deals:
    monkeypatch.chdir(tmp_path)
    return Deals(tmp_path)


def cells(path: Path, sheet: int = 0) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path).worksheets[sheet]]


def test_the_marked_sheet_has_every_row_where_it_was_and_the_rejected_ones_alone(deals: Deals) -> None:
    deals.write("xlsx", deals.marked)
    header, good, bad, two_lines, last = cells(deals.marked)
    assert header == [*GOOD, "Problem"]
    assert good == ["Good", "Acme", "in_progress", "1000", "USD", "1", "2026-12-31", "007", None]
    assert bad[:-1] == [None, "Acme", "wonn", "12,5oo", "USD", "2", None, "=1+1"]
    assert bad[-1].startswith("row 3: 'Budget Amount': '12,5oo' is not a number written like 1234.50. Write digits")
    assert bad[-1].count(" | ") == 2
    assert two_lines[0] == "Two\nlines"
    assert last == ["Last", "Acme", "in_progress", "1000", "USD", "4", None, "0012", None]
    assert cells(deals.marked, 1) == [header, bad, two_lines]


def test_bad_cells_are_coloured_and_say_why_and_words_can_be_chosen(deals: Deals) -> None:
    deals.write("xlsx", deals.marked)
    book = openpyxl.load_workbook(deals.marked)
    sheet = book.worksheets[0]
    coloured = [cell.coordinate for row in sheet for cell in row if cell.fill.fgColor.rgb == "FFFFC7CE"]
    assert coloured == ["A3", "C3", "D3", "I3", "E4", "I4"]
    assert [cell.coordinate for row in sheet for cell in row if cell.comment] == ["A3", "C3", "D3", "E4"]
    assert sheet["C3"].comment.text == (
        "Cell is not a known status.\nDid you mean 'won'? More statuses can be set up in the settings."
    )
    assert {str(one.sqref) for one in sheet.data_validations.dataValidation} == {"C2:C1048576", "E2:E1048576"}
    lists = [[cell.value for cell in column] for column in book["Lists"].columns]
    assert lists[0][:3] == ["USD", "EUR", "GBP"]
    assert lists[1][-2:] == ["won", "lost"]
    assert [one.title for one in book if one.sheet_state == "visible"] == ["Sheet1", "Rejected", "About"]


def test_the_marked_sheet_imports_as_it_is_with_the_rows_of_the_file(deals: Deals) -> None:
    deals.write("xlsx", deals.marked)
    again = import_file(deals.marked, deals.elsewhere, IN_EUROS_TOO, options())
    assert counts(again) == {"added": 2, "rejected": 2}
    assert told(again) == told(deals.imported)
    assert stored(deals.elsewhere, "name", "row", "notes") == [
        {"name": "Good", "row": 2, "notes": "007"},
        {"name": "Last", "row": 5, "notes": "0012"},
    ]


def test_a_marked_sheet_can_be_marked_again(deals: Deals, tmp_path: Path) -> None:
    deals.write("xlsx", deals.marked)
    assert main(["check", "marked.xlsx", "--format", "xlsx", "--output", "again.xlsx", "--layout", "orocrm"]) == 1
    assert [row[:-1] for row in cells(tmp_path / "again.xlsx")] == [row[:-1] for row in cells(deals.marked)]


def test_a_corrected_cell_of_the_marked_sheet_is_stored_with_the_row_of_the_file(deals: Deals) -> None:
    deals.write("xlsx", deals.marked)
    book = openpyxl.load_workbook(deals.marked)
    sheet = book.worksheets[1]
    sheet["E3"] = "EUR"
    del book["Sheet1"]
    book.save(deals.marked)
    again = import_file(deals.marked, deals.elsewhere, IN_EUROS_TOO, options())
    assert counts(again) == {"added": 1, "rejected": 1}
    assert stored(deals.elsewhere, "name", "row") == [{"name": "Two\nlines", "row": 4}]


def test_ragged_rows_stay_rejected_until_what_was_left_over_is_cleared(tmp_path: Path, sqlite: str) -> None:
    path = write_csv(tmp_path / "deals.csv", [LAST])
    with path.open("a") as file:
        file.write("Short,Acme,won\nLong,Acme,won,1,USD,5,x,y,z\n")
    imported = import_file(path, sqlite, IN_EUROS_TOO, options())
    assert told(imported) == [(3, "", "ragged_row"), (4, "", "ragged_row")]
    marked = tmp_path / "marked.xlsx"
    write_report("xlsx", [findings_of_run(show_run(sqlite, 1), IN_EUROS_TOO)], marked, str)
    again = import_file(marked, f"sqlite:///{tmp_path / 'again.db'}", IN_EUROS_TOO, options())
    assert told(again) == [(3, "Left over 1", "left_over"), (4, "Left over 1", "left_over")]
    assert [problem.value for problem in again.problems] == ["(4 missing)", "y"]
    book = openpyxl.load_workbook(marked)
    for sheet in book.worksheets[:2]:
        for row in sheet.iter_rows(min_row=2):
            row[len(LAST)].value = row[len(LAST) + 1].value = None
    book.save(marked)
    last = import_file(marked, f"sqlite:///{tmp_path / 'last.db'}", IN_EUROS_TOO, options())
    assert counts(last) == {"added": 3}


def test_the_numbers_and_days_of_a_workbook_stay_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Opportunity name", "Status Id", "Budget Amount", "Customer Account Account name"])
    sheet.append(["007", "wonn", 12.5, "Acme"])
    book.save("deals.xlsx")
    assert main(["check", "deals.xlsx", "--format", "xlsx", "--output", "marked.xlsx"]) == 1
    assert cells(tmp_path / "marked.xlsx")[1][:4] == ["007", "wonn", 12.5, "Acme"]
    assert openpyxl.load_workbook("marked.xlsx").sheetnames == ["Sheet", "Rejected", "About", "Lists"]


def test_a_run_tells_the_lines_of_its_file_while_it_is_there(deals: Deals, capsys: pytest.CaptureFixture[str]) -> None:
    places = re.findall(r",(line=\d+,col=\d+),", deals.write("github"))
    assert places == ["line=3,col=12", "line=3,col=1", "line=3,col=7", "line=5,col=30"]
    deals.file.write_text("changed\n", encoding="utf-8")
    words = ["runs", "show", "1", "--db", deals.database, "--format"]
    assert main([*words, "github"]) == 0
    said = capsys.readouterr()
    assert said.err == (
        f"dealport: {deals.file} was changed since run 1 read it. Lines are told as rows, characters as columns.\n"
    )
    assert ",line=4,col=5," in said.out
    assert main([*words, "xlsx", "--output", "marked.xlsx"]) == 3
    assert f"{deals.file} was changed since run 1 read it." in capsys.readouterr().err
    assert not deals.marked.exists()
    assert main([*words, "json"]) == 0
    assert json.loads(capsys.readouterr().out)["run"] == 1
    deals.file.unlink()
    assert main([*words, "sarif"]) == 0
    assert "The file of run 1 is not there any more" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["text", "json", "csv", "html", "junit", "sarif", "github"])
def test_a_run_and_a_check_of_its_file_tell_the_same(
    deals: Deals, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    Path("dealport.toml").write_text('[currencies]\nenabled = ["USD", "EUR", "GBP"]\n', encoding="utf-8")
    assert main(["check", str(deals.file), "--format", name]) == 1
    checked = capsys.readouterr()
    assert checked.err == ""
    told_of_run = deals.write(name).replace('"run": 1', '"run": null').replace(", run 1", "")
    assert told_of_run == checked.out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--format", "xlsx"], "The format xlsx is no text for a terminal."),
        (["--output", "x.html"], "--output needs to know how the problems are to be written."),
        (["--format", "text", "--json"], "--json and --format are two forms of one answer."),
        (["--format", "csv", "--output", "deals.csv"], "--output deals.csv is the file that was judged."),
        (["other.csv", "--format", "xlsx", "--output", "m.xlsx"], "The format xlsx gives the sheet of one file back"),
    ],
)
def test_what_cannot_be_written_is_refused(
    deals: Deals, capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    before = deals.file.read_bytes()
    assert main(["check", "deals.csv", *words]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"dealport: {why}")
    assert said.out == ""
    assert deals.file.read_bytes() == before


def test_a_file_that_cannot_be_judged_is_in_the_report_and_the_code(
    deals: Deals, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "none.csv", "deals.csv", "--format", "github"]) == 3
    said = capsys.readouterr()
    assert said.out.startswith("::error file=none.csv,title=dealport::none.csv: does not exist. Check the name and")
    assert said.out.count("::error file=deals.csv,") == 4
    assert said.err == "dealport: none.csv: does not exist.\nCheck the name and the folder.\n"
    assert main(["check", "none.csv", "--format", "xlsx", "--output", "marked.xlsx"]) == 3
    assert capsys.readouterr() == ("", said.err)


def test_a_report_is_written_whole_or_not_at_all(deals: Deals, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "deals.csv", "--format", "html", "--output", "none/problems.html"]) == 3
    assert "there is no folder 'none'" in capsys.readouterr().err
    too_long = an_opportunity(status="wonn", notes="x" * 40_000)
    write_csv(deals.file, [too_long])
    assert main(["check", "deals.csv", "--format", "xlsx", "--output", "marked.xlsx"]) == 3
    assert "has 40,000 characters; XLSX holds 32,767." in capsys.readouterr().err
    assert sorted(path.name for path in Path().iterdir() if "marked" in path.name) == []


def test_a_reject_file_is_marked_with_the_rows_of_its_first_file(deals: Deals, tmp_path: Path) -> None:
    assert main(["check", "deals.rejects.csv", "--format", "xlsx", "--output", "marked.xlsx"]) == 1
    rows = cells(deals.marked)
    assert rows[0] == [*GOOD, "Problem"]
    assert [row[-1][:7] for row in rows[1:]] == ["row 3: ", "row 4: "]
    assert len(read_csv(tmp_path / "deals.rejects.csv")) == 2
