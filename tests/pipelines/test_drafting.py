import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.cli import main
from pipelines.drafting import draft_layout
from pipelines.steps.propose import (
    decimal_mark,
    order_of_days,
    propose_fields,
    propose_status,
    scale_of_probabilities,
)
from schemas.layout_files import load_layout
from schemas.settings import Settings
from schemas.statuses import Status
from tests.build import write_csv

ROWS = [
    {
        "Deal No": "1",
        "Deal title": "Cold store",
        "Client": "Harbor",
        "Responsible person": "ben",
        "Net deal value": "12.500,00",
        "Phase": "1 - Qualify",
        "State": "open",
        "Closing": "03/04/2026",
        "Chance": "0.4",
        "Expected Revenue": "5000",
        "Region": "North",
    },
    {
        "Deal No": "2",
        "Deal title": "Gate",
        "Client": "Harbor",
        "Responsible person": "ben",
        "Net deal value": "1.234",
        "Phase": "Verbal yes",
        "State": "WON",
        "Closing": "04/05/2026",
        "Chance": "1",
        "Expected Revenue": "5000",
        "Region": "North",
    },
]


def fields(*headers: str) -> dict[str, str]:
    return {one.header: one.field for one in propose_fields(headers)}


def drafted(folder: Path, rows: list[dict[str, str]] = ROWS, told: Settings | None = None) -> str:
    return draft_layout(write_csv(folder / "deals.csv", rows), told or Settings())


def test_known_headers_get_their_field_however_they_are_written() -> None:
    assert fields(" DEAL  Name*", "Account Name:", "Sales stage", "probability, %") == {
        " DEAL  Name*": "name",
        "Account Name:": "account",
        "Sales stage": "stage",
        "probability, %": "probability",
    }


def test_a_field_is_proposed_once_and_the_surest_header_gets_it() -> None:
    assert fields("Title", "Opportunity Name", "Value", "Amount") == {
        "Opportunity Name": "name",
        "Amount": "budget_amount",
    }


def test_a_header_that_only_resembles_a_known_one_is_marked_as_a_guess() -> None:
    (owner, amount) = propose_fields(["Acount Manager", "Net deal value"])
    assert (owner.field, owner.like) == ("owner", "account manager")
    assert (amount.field, amount.like) == ("budget_amount", "deal value")


def test_a_weighted_amount_is_never_proposed_as_the_amount() -> None:
    assert fields("Expected Revenue", "Deal - Weighted value") == {}


def test_steps_are_understood_in_several_languages_and_with_a_number_before_them() -> None:
    steps = ["Closed Won", "gagné", "3) Proposal", "2. Negotiation", "4-Close", "Abandoned", "On hold", "Verbal yes"]
    assert [propose_status(step) for step in steps] == [
        "won", "won", "solution_development", "negotiation", "negotiation", "lost", "in_progress", "",
    ]  # fmt: skip


def test_days_tell_their_order_only_where_one_number_is_above_12() -> None:
    assert order_of_days(["31/12/2026", "03/04/2026", "5/5/2026", "soon"]).decides == {"dmy": 1}
    assert order_of_days(["03/04/2026", "04/05/2026"]).both == 2
    assert order_of_days(["12/31/2026", "31/12/2026"]).decided == ""
    assert order_of_days(["2026-12-31 10:00"]).decided == "ymd"


def test_a_decimal_mark_is_told_by_both_marks_or_by_other_than_three_digits_behind_it() -> None:
    assert decimal_mark(["1.234,50", "1.234"]).decided == ","
    assert decimal_mark(["$22,700.00"]).decided == "."
    assert decimal_mark(["1,234,567"]).decided == "."
    assert decimal_mark(["1,234", "1.234", "900"]).decides == {}
    assert decimal_mark(["0,125"]).decided == ","


def test_probabilities_are_percent_where_one_is_above_1() -> None:
    assert scale_of_probabilities(["0.4", "40"]).decided == "percent"
    assert scale_of_probabilities(["0.4", "1", "0"]).both == 1


def test_a_draft_loads_as_it_is_and_says_what_was_proposed(tmp_path: Path) -> None:
    (tmp_path / "draft.toml").write_text(drafted(tmp_path), encoding="utf-8")
    layout = load_layout(str(tmp_path / "draft.toml"))
    assert layout.headers == {
        "source_id": ("Deal No",),
        "name": ("Deal title",),
        "account": ("Client",),
        "owner": ("Responsible person",),
        "stage": ("Phase",),
        "probability": ("Chance",),
        "close_date": ("Closing",),
        "budget_amount": ("Net deal value",),
    }
    assert layout.stages == {"1 - qualify": "identification_alignment"}
    assert layout.outcomes[0].headers == ("State",)
    assert layout.outcomes[0].values == {"open": "open", "won": "won"}
    assert (layout.dates, layout.decimal, layout.probability) == ("", ",", "")


def test_a_draft_leaves_open_what_nothing_tells(tmp_path: Path) -> None:
    draft = drafted(tmp_path)
    assert '# CHOOSE "dmy" or "mdy" or "ymd"; else an import stops and shows the evidence\n# dates = "…"' in draft
    assert (
        '# no probability is above 1, such as 0.4: CHOOSE this line if 0.4 is 40 %\n# probability = "fraction"' in draft
    )
    assert '# "Verbal yes" = "…"    # 1 row; CHOOSE' in draft
    assert "owner = [\"Responsible person\"]    # GUESS: like 'responsible'" in draft
    assert '    # "Expected Revenue",    # in most systems weighted with the probability\n    # "Region",' in draft


def test_a_status_without_a_stage_is_the_stage(tmp_path: Path) -> None:
    draft = tomllib.loads(drafted(tmp_path, [{"Title": "Gate", "Status": "Won"}, {"Title": "Fence", "Status": "New"}]))
    assert draft["headers"]["stage"] == ["Status"]
    assert draft["stages"] == {"Won": "won", "New": "in_progress"}
    assert "outcome" not in draft


def test_a_status_that_the_settings_do_not_have_is_left_to_be_chosen(tmp_path: Path) -> None:
    known = tuple(Status(name, name, Settings().statuses[0].probability, name) for name in ("open", "won", "lost"))
    draft = drafted(tmp_path, [{"Title": "Gate", "Stage": "Proposal"}], Settings(statuses=known))
    assert '# CHOOSE from open, won, lost\n[stages]\n# "Proposal" = "…"    # 1 row; CHOOSE' in draft


def test_a_draft_without_a_name_says_so(tmp_path: Path) -> None:
    draft = drafted(tmp_path, [{"Foo": "Gate", "Status": "Won"}])
    assert "# CHOOSE: no header looks like a name, and the layout cannot be used without" in draft
    assert "name" not in tomllib.loads(draft)["headers"]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    headers=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1), max_size=5
    ),
    cell=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1),
)
def test_a_draft_of_any_file_loads(tmp_path: Path, headers: list[str], cell: str) -> None:
    named = {
        header: cell for header in headers if header.strip() and header.strip().casefold() not in {"name", "stage"}
    }
    unique = {header.strip().casefold(): header for header in named}
    rows = [{"Name": cell, "Stage": cell} | dict.fromkeys(unique.values(), cell)]
    (tmp_path / "draft.toml").write_text(drafted(tmp_path, rows), encoding="utf-8")
    assert load_layout(str(tmp_path / "draft.toml")).headers["name"] == ("Name",)


def test_the_command_writes_a_new_file_and_tells_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_csv(Path("deals.csv"), ROWS)
    assert main(["layout", "draft", "deals.csv", "--output", "ledgerdesk.toml"]) == 0
    assert capsys.readouterr().out == (
        "ledgerdesk.toml: a draft; guesses to confirm: 2, choices left to you: 3\n"
        "Look at every line, then: dealport check deals.csv --layout ledgerdesk.toml\n"
    )
    assert main(["layout", "draft", "deals.csv", "--output", "ledgerdesk.toml"]) == 2
    assert capsys.readouterr().err == (
        "dealport: ledgerdesk.toml is there already.\nName another file, or remove it first.\n"
    )


@pytest.mark.parametrize("words", [["layout", "show", "pipedrive"], ["layout", "draft", "deals.csv"]])
def test_what_is_shown_fits_80_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_csv(Path("deals.csv"), ROWS)
    assert main(words) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if len(line) > 80] == []


def test_a_layout_shows_its_fields_and_marks_the_headers_that_were_never_seen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["layout", "show", "close"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("close: Close opportunities\nrecognised by ")
    assert "  budget_amount            value ?\n" in shown
    assert "  name                     as account\n" in shown
    assert "status by status_type      won = won, lost = lost, active = open, see below\n" in shown
    assert "amounts: cents" in shown
