"""The command line as of past moments: what it says, what it refuses, and that it fits."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.cli import main
from pipelines.importing import import_file
from pipelines.rating import import_rates
from schemas.settings import Settings
from tests.build import an_opportunity, import_rows, options

MONDAY, THURSDAY = (datetime(2026, 11, day, 12, tzinfo=UTC) for day in (16, 19))
LONG = "A very long name of an opportunity that somebody wrote without any mercy for those who print it"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A deal of 8000 that was in negotiation on Monday, and on Thursday turned out to be won since Tuesday."""
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'past.db'}"
    Path("rates.csv").write_text("day,currency,rate\n2026-11-16,EUR,1.10\n", encoding="utf-8")
    import_rows(url, an_opportunity(name=LONG, status="negotiation", owner="ann", budget_amount="8000"), at=MONDAY)
    import_rates(Path("rates.csv"), url, Settings(), clock=lambda: THURSDAY)
    told = f"name,account,status,closed_at\n{LONG},Acme,won,2026-11-17T15:30:00Z\n"
    Path("won.csv").write_text(told, encoding="utf-8")
    import_file(Path("won.csv"), url, Settings(), options(layout="plain", clock=lambda: THURSDAY))
    return url


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    out, err = capsys.readouterr()
    return code, out, err


def test_a_report_of_a_past_day_says_so_and_takes_that_day_for_today(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("report", "forecast", "--as-of", "2026-11-18", "--db", database)
    assert said(capsys, *words)[1].startswith("forecast in USD as of 2026-11-18 (known then)\n")
    answer = json.loads(said(capsys, *words, "--format", "json")[1])
    assert (answer["as_of"], answer["moment"], answer["known"]) == (
        "2026-11-18",
        "2026-11-18T23:59:59.999999+00:00",
        "then",
    )
    assert answer["total"]["weighted_amount"] == "6400.0000"
    answer = json.loads(said(capsys, *words, "--format", "json", "--effective")[1])
    assert (answer["known"], answer["total"]["weighted_amount"]) == ("today", "0.0000")


def test_the_moment_of_a_csv_is_the_one_to_ask_for_again(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("report", "forecast", "--format", "csv", "--db", database)
    out = said(capsys, *words, "--as-of", "2026-11-18")[1]
    moment = out.splitlines()[1].split(",")[-2]
    assert said(capsys, *words, "--as-of", moment)[1] == out


def test_an_export_and_the_list_of_rates_are_as_known_then(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "export", "open.csv", "--view", "open", "--as-of", "2026-11-18T08:00", "--db", database)[1]
    assert told == "open.csv: 1 opportunities, view open, layout orocrm, as of 2026-11-18 08:00:00 UTC (known then)\n"
    for day, rates in (("2026-11-18", 0), ("2026-11-19", 1)):
        assert len(json.loads(said(capsys, "rates", "list", "--as-of", day, "--json", "--db", database)[1])) == rates


def test_the_table_of_what_was_learnt_fits_80_columns(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "report", "effective", "--as-of", "2026-11-18", "--db", database)
    assert code == 0
    assert [line for line in out.splitlines() if len(line) > 80] == []
    assert out.splitlines()[4].split() == ["known", "then", "8,000.00", "6,400.00"]
    assert out.splitlines()[5].endswith("-8,000.00          -6,400.00")
    told = " ".join(out.splitlines()[6].split())
    assert told == "deal 2: Negotiation → Closed Won since 2026-11-17; run 3, won.csv, 2026-11-19"
    assert out.splitlines()[-1].split() == ["true", "then,", "as", "known", "today", "0.00", "0.00"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--as-of", "2999-01-01"), "2999-01-01 is still to come"),
        (("--as-of", "last week"), "'last week' is no day and no moment"),
        (("--effective",), "--effective explains a past moment, and none is named"),
    ],
)
@pytest.mark.parametrize("command", [("report", "forecast"), ("export", "out.csv")])
def test_what_is_no_past_moment_ends_with_2(
    database: str, capsys: pytest.CaptureFixture[str], command: tuple[str, str], words: tuple[str, ...], why: str
) -> None:
    code, out, err = said(capsys, *command, *words, "--db", database)
    assert (code, out) == (2, "")
    assert err.startswith(f"dealport: {why}")
    assert not Path("out.csv").exists()


def test_the_report_of_what_was_learnt_asks_for_a_moment(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "report", "effective", "--db", database)
    assert (code, err.splitlines()[-1]) == (2, "Name one with --as-of.")
