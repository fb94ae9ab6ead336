"""Every format of problems: what it tells of none, of few and of very many, and how it escapes."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from pipelines.findings import Findings, Place, Rows, Source, Wanted
from schemas.choices import choices, choose, first_sentence
from schemas.problems import RULES, Problem, problem

FOLDER = "pipelines.problem_reports"
FORMATS = choices(FOLDER)
TEXTS = [name for name in FORMATS if not hasattr(choose(FOLDER, "format", name), "BINARY")]
HEADERS = ("Id", "Opportunity name", "Status Id")


def a_problem(row: int, code: str = "unknown_status", value: str = "wonn", **changed: Any) -> Problem:
    detail = {"unknown_status": "Did you mean 'won'?", "not_a_number": "1234.50"}.get(code, "")
    told = problem(row, "status", code, value, detail)
    return replace(replace(told, header="Status Id", column=3), **changed)


def findings(*problems: Problem, **changed: Any) -> Findings:
    rejected = len({one.row for one in problems})
    return replace(Findings("deals.csv", "orocrm", HEADERS, rejected + 1, rejected, problems), **changed)


def told(name: str, *files: Findings) -> str:
    return "".join(choose(FOLDER, "format", name).pieces(files))


MANY = findings(*(a_problem(row) for row in range(2, 3002)))
HOSTILE = '=1+1 <script>alert("x")</script> & \x1b[31m\n%,:| ]]>\ufffe'


def test_the_eight_formats_are_there() -> None:
    assert {"text", "json", "csv", "xlsx", "html", "junit", "sarif", "github"} <= set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_says_what_it_is(name: str) -> None:
    assert first_sentence(FOLDER, name).endswith(".")


@pytest.mark.parametrize("name", TEXTS)
def test_a_format_names_the_code_of_a_problem(name: str) -> None:
    assert "unknown_status" in told(name, findings(a_problem(2))) or name == "text"


@pytest.mark.parametrize("name", TEXTS)
def test_a_format_tells_of_files_without_problems_and_of_several_files(name: str) -> None:
    told(name, findings())
    assert told(name, findings(a_problem(2)), findings(a_problem(3), file="more.csv")).count("wonn") >= 2


@pytest.mark.parametrize("name", TEXTS)
def test_a_format_tells_the_same_twice_and_takes_any_text(name: str) -> None:
    retired = replace(a_problem(3), code="retired_code")
    file = findings(a_problem(2, value=HOSTILE, header=HOSTILE), retired, file="a,b:c%.csv")
    assert told(name, file) == told(name, file)
    told(name, file).encode()


REFUSED = Findings("x.csv", "", (), 0, 0, (), absent=("x.csv: is empty.", "Export it again."), refused=True)


@pytest.mark.parametrize("name", TEXTS)
def test_a_format_tells_of_a_file_that_could_not_be_judged(name: str) -> None:
    said = told(name, REFUSED, findings(a_problem(2)))
    assert all(word in said for word in ("x.csv: is empty.", "Export it again.", "wonn"))


def test_a_file_that_could_not_be_judged_fails_what_reads_the_report() -> None:
    assert told("text", REFUSED) == "x.csv: could not be judged\nx.csv: is empty.\nExport it again.\n"
    assert told("github", REFUSED) == "::error file=x.csv,title=dealport::x.csv: is empty. Export it again.\n"
    assert json.loads(told("json", REFUSED))["refused"] == {"why": "x.csv: is empty.", "fix": "Export it again."}
    suites = ElementTree.fromstring(told("junit", REFUSED, findings()))
    assert (suites.get("errors"), suites.get("failures")) == ("1", "0")
    (run,) = json.loads(told("sarif", REFUSED))["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False


# ---------------------------------------------------------------------------------------------------------- text


def test_few_problems_are_told_one_a_line() -> None:
    assert told("text", findings(a_problem(2))) == (
        "deals.csv: 1 problem in 1 of 2 rows\n"
        "row 2: 'Status Id': 'wonn' is not a known status. Did you mean 'won'? More statuses can be set up in the"
        " settings.\n"
    )


def test_a_file_without_problems_says_so() -> None:
    assert told("text", findings(read=1)) == "deals.csv: no problems in 1 row\n"


def test_many_problems_are_told_by_their_codes_the_biggest_first() -> None:
    others = [replace(a_problem(row, "not_a_number", f"{row}x"), header="Budget") for row in range(2, 8)]
    file = findings(*(a_problem(row) for row in range(2, 22)), *others, rejects="my rejects.csv", run=3)
    assert told("text", file) == (
        "deals.csv: 26 problems in 20 of 21 rows\n"
        "\n"
        "unknown_status: 20 problems\n"
        "  rows 2, 3, 4 and 17 more: 'Status Id': 'wonn' is not a known status. Did you\n"
        "    mean 'won'? More statuses can be set up in the settings.\n"
        "\n"
        "not_a_number: 6 problems\n"
        "  row 2: 'Budget': '2x' is not a number written like 1234.50. Write digits, and\n"
        "    the decimals behind the same mark as in the rest of the column.\n"
        "  row 3: 'Budget': '3x'\n"
        "  row 4: 'Budget': '4x'\n"
        "  and 3 other values\n"
        "\n"
        "Next: correct the rejected rows and import them:\n"
        "  dealport import 'my rejects.csv'\n"
        "Your sheet with these cells coloured:\n"
        "  dealport runs show 3 --format xlsx --output deals.marked.xlsx\n"
    )


def test_another_suggestion_is_told_for_another_value() -> None:
    other = replace(a_problem(3, value="lsot"), fix="Did you mean 'lost'? More statuses can be set up in the settings.")
    assert "\n  row 3: 'Status Id': 'lsot'. Did you mean 'lost'?\n" in told(
        "text", findings(*(a_problem(row) for row in range(4, 30)), other)
    )


def test_every_rule_broken_in_many_rows_fits_60_lines_of_80_columns() -> None:
    problems = [
        a_problem(row, code, "a value that is quite long, and longer still " + str(row % 7), header="A header of a CRM")
        for code in RULES
        for row in range(2, 200)
    ]
    lines = told("text", findings(*problems)).splitlines()
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 80
    assert [line.split(":")[0] for line in lines if re.match(r"\w+: 198 problems", line)] == sorted(RULES)


def test_a_cell_cannot_command_the_terminal_or_break_the_line() -> None:
    said = told("text", findings(a_problem(2, value="a\nb\x1b[31mc\x7f")))
    assert "'a␊b␛[31mc␡'" in said
    assert len(said.splitlines()) == 2


# ---------------------------------------------------------------------------------------------------- json and csv


def test_json_has_the_counts_of_each_code_and_every_problem() -> None:
    told_ = json.loads(told("json", findings(a_problem(2), a_problem(4, value="a\u2028b"), run=7, notes=("A note.",))))
    problems = told_.pop("problems")
    assert told_ == {
        "run": 7,
        "file": "deals.csv",
        "sheet": None,
        "layout": "orocrm",
        "headers": ["Id", "Opportunity name", "Status Id"],
        "read": 3,
        "rejected": 2,
        "notes": ["A note."],
        "refused": None,
        "codes": {"unknown_status": 2},
    }
    assert problems[1] == {
        "row": 4,
        "column": 3,
        "header": "Status Id",
        "code": "unknown_status",
        "value": "a\u2028b",
        "why": "is not a known status",
        "fix": "Did you mean 'won'? More statuses can be set up in the settings.",
        "warns": False,
    }


def test_json_is_a_list_of_several_files_and_whole_without_problems() -> None:
    assert [one["file"] for one in json.loads(told("json", findings(), findings(file="b.csv")))] == [
        "deals.csv",
        "b.csv",
    ]
    assert json.loads(told("json", findings()))["problems"] == []


def test_csv_has_one_line_a_problem_and_guards_formulas() -> None:
    text = told(
        "csv", findings(a_problem(2, value="=1+1"), a_problem(3, column=0, header="", value="-5"), file="=a.csv")
    )
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["file", "row", "column", "header", "code", "value", "why", "fix", "level"],
        ["'=a.csv", "2", "C", "Status Id", "unknown_status", "'=1+1", *_words(), "error"],
        ["'=a.csv", "3", "", "", "unknown_status", "-5", *_words(), "error"],
    ]


def _words() -> tuple[str, str]:
    return "is not a known status", "Did you mean 'won'? More statuses can be set up in the settings."


# ---------------------------------------------------------------------------------------------------------- html


class Page(HTMLParser):
    """The tags of a page and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    page = Page(told("html", findings(a_problem(2, value=HOSTILE))))
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object"}
    assert {key for _, attributes in page.tags for key in attributes if key in {"src", "style"}} == set()
    assert {a["href"] for tag, a in page.tags if tag == "a"} == {"#file-1-unknown_status"}
    assert '<script>alert("x")</script>' in page.text


def test_the_page_shows_the_first_100_of_each_code_with_all_counted() -> None:
    page = Page(told("html", MANY))
    assert "3,000 problems in 3,000 of 3,001 rows" in page.text
    assert "3,000 problems, the first 100 of them" in page.text
    assert len([tag for tag, _ in page.tags if tag == "tr"]) == 101
    assert all(a.get("scope") in {"col", "row"} for tag, a in page.tags if tag == "th")


# ---------------------------------------------------------------------------------------------- junit, sarif, github


def test_junit_has_a_suite_for_each_file_and_a_case_for_each_rule() -> None:
    suites = ElementTree.fromstring(told("junit", findings(a_problem(2), a_problem(5)), findings(file="b.csv")))
    assert (suites.tag, suites.get("tests"), suites.get("failures")) == ("testsuites", str(2 * len(RULES)), "1")
    first, second = suites
    assert [suite.get("name") for suite in (first, second)] == ["deals.csv", "b.csv"]
    assert [case.get("name") for case in first.iter("testcase")] == list(RULES)
    (failure,) = first.iter("failure")
    assert failure.get("message") == "2 problems, the first in row 2. The cell is not a known status."
    assert (failure.text or "").splitlines() == [
        f"row {row}: 'Status Id': 'wonn' is not a known status. Did you mean 'won'? More statuses can be set up in"
        " the settings."
        for row in (2, 5)
    ]
    assert list(second.iter("failure")) == []


def test_junit_shows_the_first_10_of_many_and_takes_characters_that_xml_cannot_hold() -> None:
    file = replace(MANY, problems=[a_problem(2, value=HOSTILE), *MANY.problems])
    (failure,) = ElementTree.fromstring(told("junit", file)).iter("failure")
    assert (failure.text or "").endswith("\nand 2,991 more")
    assert "\N{REPLACEMENT CHARACTER}[31m" in (failure.text or "")


def places(wanted: Wanted) -> dict[tuple[int, int], Place]:
    return {(row, column): Place(row + 10, column + 20) for row, columns in wanted.items() for column in columns}


def no_rows() -> Rows:
    return iter(())


def test_sarif_has_what_its_schema_requires() -> None:
    file = findings(a_problem(2), file="some folder/deals.csv", source=Source(no_rows, places), notes=("A note.",))
    log = json.loads(told("sarif", file))
    assert (log["version"], log["$schema"]) == ("2.1.0", "https://json.schemastore.org/sarif-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "dealport"
    assert [rule["id"] for rule in driver["rules"]] == list(RULES)
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in driver["rules"])
    (result,) = run["results"]
    assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "unknown_status"
    assert result["level"] == "error"
    assert result["message"]["text"].startswith("row 2: 'Status Id': 'wonn' is not a known status.")
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "some%20folder/deals.csv"},
                "region": {"startLine": 12, "startColumn": 23},
            }
        }
    ]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["toolExecutionNotifications"] == [
        {"level": "note", "message": {"text": "some folder/deals.csv: A note."}}
    ]


def test_sarif_holds_the_first_5000_and_tells_how_many_more() -> None:
    (run,) = json.loads(told("sarif", MANY, replace(MANY, file="b.csv")))["runs"]
    assert len(run["results"]) == 5000
    assert run["invocations"][0]["toolExecutionNotifications"] == [
        {"level": "note", "message": {"text": "1,000 problems more; the first 5,000 are in the results."}}
    ]


def test_github_tells_the_place_and_escapes_what_would_end_a_command() -> None:
    file = findings(a_problem(2, value="100%\r\nb"), file="a,b:c.csv", source=Source(no_rows, places))
    assert told("github", file) == (
        "::error file=a%2Cb%3Ac.csv,line=12,col=23,title=unknown_status::row 2: 'Status Id': '100%25%0D%0Ab' is not a"
        " known status. Did you mean 'won'? More statuses can be set up in the settings.\n"
    )


def test_github_tells_row_and_column_where_the_text_is_not_there() -> None:
    assert told("github", findings(a_problem(7, column=0))).startswith("::error file=deals.csv,line=7,col=1,")


def test_github_annotates_the_first_1000_and_tells_how_many_were_left_out() -> None:
    lines = told("github", MANY, MANY).splitlines()
    assert len(lines) == 1001
    assert lines[-1] == "::notice title=dealport::5,000 problems more; the first 1,000 are annotated."


def test_problems_of_a_reject_file_are_placed_where_they_stand_in_it() -> None:
    source = Source(no_rows, places, shown={2: 40})
    assert ",line=12,col=23," in told("github", findings(a_problem(40), source=source))
