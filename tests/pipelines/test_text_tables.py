"""Tables on a terminal: exact widths, bars, colours, lists where numbers are too wide, and what is not shown."""

import io
import re
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.cli import main
from pipelines.questions.answer import Answer, Chart, Column
from pipelines.report_formats.table import pieces
from pipelines.text_bars import bars
from pipelines.text_tables import Beside, Look, cents, table, units
from tests.build import answers_of
from tests.golden import SAMPLES, sample_database

COLUMNS = [Column("name", "Name", "text"), Column("number", "Number"), Column("amount", "Amount", "money")]
ROWS: list[dict[str, Any]] = [
    {"name": "Acme", "number": 1, "amount": Decimal(1000)},
    {"name": "Globex", "number": 2500, "amount": Decimal("-250.5")},
    {"name": "Initech", "number": 3, "amount": Decimal(0)},
]
TOTAL: dict[str, Any] = {"number": 2504, "amount": Decimal("749.5")}
COLOUR = re.compile(r"\x1b\[[0-9]+m")


def shown(rows: list[dict[str, Any]] = ROWS, columns: list[Column] = COLUMNS, **look: Any) -> str:
    chart = Chart("bar", "name", ("amount",))
    answer = Answer("test", "Test?", "USD", date(2026, 11, 24), columns, rows, TOTAL, chart=chart)
    return "".join(pieces(answers_of(answer), Look(**look)))


# --------------------------------------------------------------------------------------------------------- bars


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([8, 4, 1, 0, None], ["████████", "████", "█", "", ""]),
        ([16, 9, 1], ["████████", "████▌", "▌"]),
        ([1000, 1], ["████████", "▏"]),
        ([-8, 4], ["▒▒▒▒▒▒▒▒", "████"]),
        ([0, None], ["", ""]),
        ([], []),
    ],
)
def test_a_bar_is_as_long_as_its_value_is_large(values: list[int | None], drawn: list[str]) -> None:
    assert bars(values, 8) == drawn


def test_bars_of_ascii_are_of_whole_characters() -> None:
    assert bars([16, 9, 1, -8], 8, blocks=False) == ["########", "#####", "#", "----"]


@given(values=st.lists(st.decimals(-(10**15), 10**15, places=4), max_size=6), width=st.integers(1, 30))
def test_no_bar_is_longer_than_there_is_room_and_a_larger_value_has_no_shorter_one(
    values: list[Decimal], width: int
) -> None:
    drawn = bars(values, width)
    assert all(len(bar) <= width for bar in drawn)
    lengths = [len(bar) for value, bar in sorted(zip(values, drawn, strict=True)) if value > 0]
    assert lengths == sorted(lengths)
    assert [bool(bar) for bar in drawn] == [value != 0 for value in values]


# ------------------------------------------------------------------------------------------------------- tables


def test_a_table_has_its_numbers_to_the_right_its_bars_and_its_total_apart() -> None:
    assert shown().splitlines() == [
        "test in USD as of 2026-11-24",
        "",
        "Name         Number    Amount",
        "-----------  ------  --------",
        "Acme              1  1,000.00  ████████████████████████",
        "Globex        2,500   -250.50  ▒▒▒▒▒▒",
        "Initech           3      0.00",
        "-----------  ------  --------",
        "Grand Total   2,504    749.50",
    ]


def test_a_limit_tells_how_many_more_there_are_and_leaves_total_and_bars_as_they_are() -> None:
    lines = shown(ROWS[1:2] * 5 + ROWS[:1], limit=1).splitlines()
    assert lines[4] == "Globex        2,500  -250.50  ▒▒▒▒▒▒"
    assert lines[6:] == ["Grand Total   2,504   749.50", "", "5 more lines; the total is that of all."]
    assert shown(limit=3).splitlines()[-1] == "Grand Total   2,504    749.50"


def test_one_row_has_no_bar_and_no_row_is_a_table_with_its_total() -> None:
    assert shown(ROWS[:1]).splitlines()[4] == "Acme              1  1,000.00"
    assert shown([]).splitlines()[2:] == [
        "Name         Number  Amount",
        "-----------  ------  ------",
        "-----------  ------  ------",
        "Grand Total   2,504  749.50",
    ]


def test_colours_change_no_width() -> None:
    plain, coloured = shown(), shown(colours=True)
    assert COLOUR.sub("", coloured) == plain
    lines = coloured.splitlines()
    assert lines[5].endswith("\x1b[31m-250.50\x1b[0m  \x1b[31m▒▒▒▒▒▒\x1b[0m")
    assert lines[4].endswith("1,000.00  \x1b[36m████████████████████████\x1b[0m")
    assert lines[-1].startswith("\x1b[1mGrand Total\x1b[0m")
    assert lines[3].startswith("\x1b[2m---")


def test_a_terminal_without_blocks_gets_ascii_only() -> None:
    rows = [*ROWS, {"name": "An account with a name that is much longer than any column", "number": 1, "amount": 5}]
    columns = [*COLUMNS, Column("note", "Note", "text")]
    told = shown([row | {"note": "x" * 60} for row in rows], columns, blocks=False)
    assert told.isascii()
    assert "~" in told


def test_long_names_are_cut_and_numbers_never() -> None:
    rows = [{"name": "N" * 255, "number": 10**9, "amount": Decimal("99999999999999.9999")} for _ in range(2)]
    lines = shown(rows).splitlines()
    assert max(map(len, lines)) <= 80
    assert "100,000,000,000,000.00" in lines[4]
    assert "…" in lines[4]
    assert len(shown(rows, width=120).splitlines()[4]) > 80


def test_numbers_that_are_too_wide_for_a_table_are_told_as_lists() -> None:
    columns = [COLUMNS[0], *(Column(f"amount{n}", f"Amount {n}", "money") for n in range(4))]
    row = {"name": "Acme"} | {f"amount{n}": Decimal("-99999999999999.9999") for n in range(4)}
    lines = shown([row, row], columns).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[2:5] == ["Acme", "  Amount 0  -100,000,000,000,000.00", "  Amount 1  -100,000,000,000,000.00"]


def test_several_amounts_that_have_no_room_are_told_in_whole_units() -> None:
    columns = [COLUMNS[0], *(Column(f"amount{n}", f"Amount {n}", "money") for n in range(5))]
    row = {"name": "Acme"} | {f"amount{n}": Decimal("-1234567.5000") for n in range(5)}
    assert shown([row, row], columns, width=120).splitlines()[4].split()[1:] == ["-1,234,567.50"] * 5
    lines = shown([row, row], columns).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[4].split() == ["Acme", *["-1,234,568"] * 5]
    assert "Amounts in whole USD, as there is no room for more." in lines
    assert units(Decimal("-0.4")) == "0"


def test_headings_that_are_too_wide_take_two_lines() -> None:
    headings = ["Account", "Closed Won", "Closed Lost", "Identification & Alignment", *["Solution Development"] * 6]
    lines = table(headings, [["Acme", *"123456789"]], right=[False, *[True] * 9]).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split()[:2] == ["Closed", "Closed"]
    assert lines[1].split()[:3] == ["Account", "Won", "Lost"]


def test_what_is_below_a_column_stands_under_its_cells() -> None:
    columns = [*COLUMNS, Column("change", "Change", "text", below="amount")]
    lines = shown([row | {"change": "+3 (+150%)"} for row in ROWS], columns).splitlines()
    assert lines[2:6] == [
        "Name         Number      Amount",
        "-----------  ------  ----------",
        "Acme              1    1,000.00  ████████████████████████",
        "                     +3 (+150%)",
    ]


def test_exact_amounts_are_told_with_all_decimals_that_the_column_needs() -> None:
    columns = [COLUMNS[0], Column("amount", "Amount", "money", exact=True)]
    rows = [{"name": "A", "amount": Decimal("1.25")}, {"name": "B", "amount": Decimal("-0.00002")}]
    assert [line.split()[1] for line in shown(rows, columns).splitlines()[4:6]] == ["1.25000", "-0.00002"]


def test_notes_stand_below_their_rows() -> None:
    told = table(["A"], [["x"], ["y"]], right=[False], beside=Beside(notes=["first"]))
    assert told.splitlines() == ["A", "-", "x", "  first", "y"]


def test_nothing_is_told_as_zero_and_never_as_less_than_it() -> None:
    assert [cents(amount) for amount in (None, Decimal("-0.001"), Decimal("0.005"))] == ["0.00", "0.00", "0.01"]


# ------------------------------------------------------------------------------------------------- command line


class Terminal(io.StringIO):
    """Standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def said(monkeypatch: pytest.MonkeyPatch, stream: io.TextIOBase, *words: str, **environment: str) -> str:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", stream)
    assert main([*words, "--today", "2026-11-20"]) == 0
    stream.seek(0)
    return stream.read()


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    url = sample_database(tmp_path_factory.mktemp("samples"))
    return "--db", url, "--config", str(SAMPLES / "dealport.toml")


def test_colours_are_for_terminals_only_and_the_environment_has_a_say(
    monkeypatch: pytest.MonkeyPatch, samples: tuple[str, ...]
) -> None:
    words = ("report", "by-status", *samples)
    assert "\x1b[" in said(monkeypatch, Terminal(), *words)
    assert "\x1b[" not in said(monkeypatch, io.StringIO(), *words)
    assert "\x1b[" not in said(monkeypatch, Terminal(), *words, NO_COLOR="1")
    assert "\x1b[" not in said(monkeypatch, Terminal(), *words, TERM="dumb")
    assert "\x1b[" in said(monkeypatch, io.StringIO(), *words, FORCE_COLOR="1")
    assert "\x1b[" not in said(monkeypatch, io.StringIO(), *words, FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[" not in said(monkeypatch, Terminal(), *words, "--format", "csv")


def test_a_terminal_of_another_encoding_gets_what_it_can_show(
    monkeypatch: pytest.MonkeyPatch, samples: tuple[str, ...]
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    told = said(monkeypatch, stream, "report", "lifetime-value", *samples)
    assert told.isascii()
    assert "####" in told
    assert "M?ller" in told


def test_every_report_fits_80_columns_alone_and_below_others(
    monkeypatch: pytest.MonkeyPatch, samples: tuple[str, ...]
) -> None:
    names = ("by-status", "forecast", "accounts", "leads-by-date", "lead-source", "statistics", "lifetime-value")
    told = said(monkeypatch, io.StringIO(), "report", *names, *samples)
    assert [line for line in told.splitlines() if len(line) > 80] == []
    assert [line.split()[0] for line in told.splitlines() if " in USD as of " in line] == list(names)
    assert "\n\n\n" not in told


@pytest.mark.parametrize("by", ["owner", "account", "month"])
@pytest.mark.parametrize("report", ["accounts", "statistics", "range"])
def test_a_grouped_report_fits_80_columns_too(
    monkeypatch: pytest.MonkeyPatch, samples: tuple[str, ...], report: str, by: str
) -> None:
    more = ("--target", "100000") if report == "range" else ()
    told = said(monkeypatch, io.StringIO(), "report", report, "--by", by, *more, *samples)
    assert [line for line in told.splitlines() if len(line) > 80] == []
    assert len(told.splitlines()) > 4


def test_the_head_of_a_comparison_tells_both_moments(monkeypatch: pytest.MonkeyPatch, samples: tuple[str, ...]) -> None:
    told = said(monkeypatch, io.StringIO(), "report", "forecast", "--since", "2026-11-19", *samples)
    assert told.startswith("forecast in USD as of 2026-11-20, since 2026-11-19 (known then)\n")


def test_a_number_is_explained_on_the_terminal(monkeypatch: pytest.MonkeyPatch, samples: tuple[str, ...]) -> None:
    told = said(monkeypatch, io.StringIO(), "explain", "forecast", "--owner", "clara.dubois", *samples)
    assert told.splitlines()[-1] == "4 opportunities make 'Weighted forecast' of clara.dubois: 70,846.18 USD."


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("report", "forcast"), "There is no report 'forcast'.\nDid you mean 'forecast'?"),
        (("report", "won-by-perod"), "There is no report 'won-by-perod'.\nDid you mean 'won-by-period'?"),
        (("report", "forecast", "--by", "colour"), "The report forecast cannot be grouped by colour."),
        (("report", "by-month", "--by", "status"), "The report by-month cannot be grouped by status."),
        (("report", "forecast", "--today", "tomorrow"), "--today: 'tomorrow' is not a day written like 2026-12-31."),
        (("report", "forecast", "--from", "2026-02-30"), "--from: '2026-02-30' is not a day written like 2026-12-31."),
        (("report", "forecast", "--limit", "0"), "--limit: '0' is not a number of rows."),
        (("report", "range", "--target", "much"), "--target: 'much' is not an amount."),
        (("report", "forecast", "--limit", "2", "--format", "json"), "--limit is for tables, not for json."),
        (
            ("report", "forecast", "--from", "2026-12-01", "--to", "2026-11-01"),
            "The first day, 2026-12-01, is after the last, 2026-11-01.",
        ),
        (("explain", "accounts"), "The report accounts adds no amounts up."),
        (("explain", "forecast", "--owner", "anna"), "There is no line of the report forecast 'anna'."),
    ],
)
def test_what_is_wrong_with_the_words_is_told_in_sentences(
    samples: tuple[str, ...], capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    assert main([*words, *samples]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"dealport: {sentence}")


def test_the_help_says_which_reports_take_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["report", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "one account or customer; of customer-history" in told
    assert "the past moment to compare with; of forecast" in told
    assert "lifetime-value (account, customer)" in told


def test_a_table_in_a_file_is_plain(tmp_path: Path, samples: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "forecast.txt"
    said(monkeypatch, Terminal(), "report", "forecast", "--output", str(target), *samples, FORCE_COLOR="1")
    assert "\x1b[" not in target.read_text(encoding="utf-8")
