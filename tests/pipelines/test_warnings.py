"""Problems that only warn: their rows are stored, nothing fails, and every report tells that they are warnings."""

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from pipelines.cli import main
from pipelines.ledger import show_run
from tests.build import an_opportunity, read_csv, stored, write_csv

SETTINGS = """
[workflows]
opportunity_flow = "warn"
"""


class Desk:
    """A folder with settings that warn, and a file whose first row is wrong and whose two others are only odd."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys, self.database = capsys, "sqlite:///deals.db"
        Path("dealport.toml").write_text(SETTINGS, encoding="utf-8")
        odd = an_opportunity(name="Shop", status="won"), an_opportunity(name="Fair", status="lost")
        self.odd = write_csv(Path("odd.csv"), odd)
        write_csv(Path("both.csv"), [an_opportunity(budget_amount="lots"), *odd])

    def run(self, *words: str) -> tuple[int, str, str]:
        code = main([*words, "--db", self.database])
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def report(self, form: str) -> str:
        """The problems of a run over both kinds, in a format."""
        self.run("import", "both.csv")
        return self.run("runs", "show", "1", "--format", form)[1]


@pytest.fixture
def desk(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(capsys)


def test_a_run_with_warnings_alone_ends_with_0_and_hands_nothing_back(desk: Desk) -> None:
    code, out, err = desk.run("import", "odd.csv", "--max-rejects", "0")
    assert code == 0
    assert "read 2 = 2 added + 0 updated + 0 unchanged + 0 duplicate + 0 rejected" in out
    assert err.count(", warning: 'Status Id': ") == 2
    assert not Path("odd.rejects.csv").exists()
    assert [row["status"] for row in stored(desk.database, "status")] == ["won", "lost"]
    told = show_run(desk.database, 1).problems
    assert [(one.row, one.code, one.warns) for one in told] == [
        (2, "forbidden_transition", True),
        (3, "forbidden_transition", True),
    ]


def test_only_rejected_rows_are_handed_back(desk: Desk) -> None:
    code, out, _ = desk.run("import", "both.csv")
    assert code == 1
    assert "2 added" in out
    assert [row["Opportunity name"] for row in read_csv(Path("both.rejects.csv"))] == ["Website"]


def test_json_of_an_import_says_which_problems_warn(desk: Desk) -> None:
    told = json.loads(desk.run("import", "both.csv", "--json")[1])
    assert [one["warns"] for one in told["problems"]] == [False, True, True]
    assert [one["warns"] for one in json.loads(desk.run("runs", "show", "1", "--json")[1])["problem_list"]] == [
        False,
        True,
        True,
    ]


def test_text_tells_warnings_apart(desk: Desk) -> None:
    text = desk.report("text")
    assert text.startswith("both.csv: 1 problem in 1 of 3 rows, 2 warnings\nrow 2: 'Budget Amount'")
    assert "\nrow 3, warning: 'Status Id': 'won' cannot be the first status" in text


def test_many_warnings_are_told_by_their_code(desk: Desk) -> None:
    write_csv(Path("many.csv"), [an_opportunity(name=f"Deal {number}", status="won") for number in range(30)])
    desk.run("import", "many.csv")
    text = desk.run("runs", "show", "1", "--format", "text")[1]
    assert text.startswith("many.csv: no problems in 30 rows, 30 warnings\n\nforbidden_transition: 30 warnings\n")
    assert "  rows 2, 3, 4 and 27 more, warning: 'Status Id': 'won' cannot be the first" in text


def test_json_csv_github_and_sarif_tell_their_level(desk: Desk) -> None:
    assert [one["warns"] for one in json.loads(desk.report("json"))["problems"]] == [False, True, True]
    lines = list(csv.DictReader(io.StringIO(desk.report("csv"), newline="")))
    assert [line["level"] for line in lines] == ["error", "warning", "warning"]
    levels = [line.split(" ", 1)[0] for line in desk.report("github").splitlines()]
    assert levels == ["::error", "::warning", "::warning"]
    results = json.loads(desk.report("sarif"))["runs"][0]["results"]
    assert [result["level"] for result in results] == ["error", "warning", "warning"]


def test_a_warning_is_no_failure_of_a_test_report(desk: Desk) -> None:
    suite = ElementTree.fromstring(desk.report("junit")).find("testsuite")
    assert suite is not None
    assert suite.get("failures") == "1"
    failed = [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None]
    assert failed == ["not_a_number"]


def test_html_says_warning(desk: Desk) -> None:
    page = desk.report("html")
    assert "1 problem in 1 of 3 rows, 2 warnings" in page
    assert page.count("<span>Warning: cannot be the first status") == 2


def test_the_marked_workbook_marks_warnings_and_repeats_only_what_was_rejected(desk: Desk) -> None:
    desk.run("import", "both.csv")
    desk.run("runs", "show", "1", "--format", "xlsx", "--output", "marked.xlsx")
    book = load_workbook("marked.xlsx")
    assert book.sheetnames == ["Sheet1", "Rejected", "About", "Lists"]
    told = [row[-1] for row in book["Sheet1"].iter_rows(min_row=2, values_only=True)]
    assert [str(cell)[:40] for cell in told] == [
        "row 2: 'Budget Amount': 'lots' is not a ",
        "row 3: warning: 'Status Id': 'won' canno",
        "row 4: warning: 'Status Id': 'lost' cann",
    ]
    assert [row[0] for row in book["Rejected"].iter_rows(min_row=2, values_only=True)] == ["Website"]
    code, out, _ = desk.run("import", "marked.xlsx", "--rejects", "still.csv")
    assert code == 1
    assert "0 added + 0 updated + 2 unchanged + 0 duplicate + 1 rejected" in out
