"""Workflows: what OroCRM's and those of the settings forbid, need, lock, set and clear; and what only warns."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipelines.imported import Imported
from schemas.errors import SettingsError
from schemas.settings import Settings, parse_settings
from tests.build import NOON, an_opportunity, counts, history, import_rows, money, stored, told

ENFORCED = parse_settings('[workflows]\nopportunity_flow = "enforce"', "dealport.toml")
WARNED = parse_settings('[workflows]\nopportunity_flow = "warn"', "dealport.toml")
LATER = NOON + timedelta(hours=1)


def says(imported: Imported) -> list[str]:
    return [f"{one.where}: '{one.header}' {one.why}" for one in imported.problems]


def store(database: str, **fields: str | None) -> None:
    """Store an opportunity as if no workflow were on."""
    imported = import_rows(database, an_opportunity(**fields))
    assert counts(imported) == {"added": 1}


def again(database: str, settings: Settings = ENFORCED, /, **fields: str | None) -> Imported:
    """Import a row of the opportunity an hour later, with a workflow on."""
    return import_rows(database, an_opportunity(**fields), settings=settings, at=LATER)


# -------------------------------------------------------------------------------------------------- transitions


def test_a_new_deal_cannot_be_won_or_lost_in_orocrms_flow(database: str) -> None:
    imported = import_rows(
        database, an_opportunity(status="won"), an_opportunity(name="Shop", status="lost"), settings=ENFORCED
    )
    assert told(imported) == [(2, "Status Id", "forbidden_transition"), (3, "Status Id", "forbidden_transition")]
    assert says(imported)[0] == (
        "row 2: 'Status Id' cannot be the first status of a deal in opportunity_flow, which allows Open, "
        "Identification & Alignment, Needs Analysis, Solution Development and Negotiation"
    )
    assert stored(database) == []


def test_no_workflow_is_on_by_default(database: str) -> None:
    assert counts(import_rows(database, an_opportunity(status="won"))) == {"added": 1}
    assert Settings().workflows == parse_settings('[workflows]\nopportunity_flow = "off"', "a.toml").workflows == ()


def test_a_won_deal_cannot_become_lost_without_being_reopened(database: str) -> None:
    store(database, status="won")
    imported = again(database, status="lost")
    assert told(imported) == [(2, "Status Id", "forbidden_transition")]
    assert says(imported)[0].startswith(
        "row 2: 'Status Id' cannot follow 'Closed Won' in opportunity_flow, which allows Open, Identification"
    )
    assert stored(database, "status") == [{"status": "won"}]


def test_an_open_deal_may_go_to_any_open_status(database: str) -> None:
    store(database, status="negotiation")
    assert counts(again(database, status="needs_analysis")) == {"updated": 1}


def test_a_deal_that_was_refused_is_in_the_money_of_the_rejected(database: str) -> None:
    store(database, status="won", close_revenue="900", close_revenue_currency="USD")
    imported = again(database, status="lost", close_revenue="900", close_revenue_currency="USD")
    assert money(imported) == {"USD": {"file": Decimal(1900), "rejected": Decimal(1900)}}


# ------------------------------------------------------------------------------------------- what is set and cleared


def test_winning_sets_close_reason_and_probability(database: str) -> None:
    store(database, status="negotiation", probability="60", close_reason="")
    done = again(database, status="won", probability="60", close_reason="", close_date="2026-11-20")
    assert counts(done) == {"updated": 1}
    assert stored(database, "status", "close_reason", "probability") == [
        {"status": "won", "close_reason": "Won", "probability": Decimal(1)}
    ]
    same = again(database, status="won", probability="60", close_reason="", close_date="2026-11-20")
    assert counts(same) == {"unchanged": 1}


def test_losing_sets_no_revenue_in_the_base_currency(database: str) -> None:
    store(database)
    row = {"status": "lost", "close_reason": "Outsold", "close_date": "2026-11-20", "close_revenue": ""}
    done = again(database, **row)
    assert counts(done) == {"updated": 1}
    assert money(done) == {"USD": {"file": Decimal(1000), "stored": Decimal(1000)}}
    assert stored(database, "close_revenue", "close_revenue_currency", "probability", "close_revenue_base") == [
        {
            "close_revenue": Decimal(0),
            "close_revenue_currency": "USD",
            "probability": Decimal(0),
            "close_revenue_base": Decimal(0),
        }
    ]
    assert counts(again(database, **row)) == {"unchanged": 1}


@pytest.mark.parametrize("blank", [None, ""])
@pytest.mark.parametrize("settings", [ENFORCED, WARNED], ids=["enforce", "warn"])
def test_reopening_clears_revenue_reason_and_the_moment_of_closing(
    database: str, blank: str | None, settings: Settings
) -> None:
    store(
        database,
        status="won",
        close_revenue="900",
        close_revenue_currency="USD",
        close_reason="Won",
        probability="100",
    )
    row = {"status": "in_progress", "close_revenue": blank, "close_revenue_currency": blank, "close_reason": blank}
    reopened = again(database, settings, **row)
    assert counts(reopened) == {"updated": 1}
    assert reopened.problems == []
    cleared = ("close_revenue", "close_revenue_currency", "close_revenue_base", "close_reason", "closed_at")
    assert stored(database, *cleared, "probability") == [dict.fromkeys(cleared) | {"probability": Decimal(0)}]
    assert [one["close_revenue"] for one in history(database)] == [Decimal(900)]
    assert counts(again(database, settings, **row)) == {"unchanged": 1}


def test_a_row_that_reopens_and_states_a_revenue_contradicts_itself(database: str) -> None:
    store(database, status="won", close_revenue="900", close_revenue_currency="USD", close_reason="Won")
    row = {"status": "in_progress", "close_revenue": "900", "close_revenue_currency": "USD", "close_reason": "Won"}
    imported = again(database, **row)
    assert told(imported) == [(2, "Close reason Name", "locked_field"), (2, "Close revenue", "locked_field")]
    assert "row 2: 'Close revenue' is not allowed here: opportunity_flow clears it on the way to 'Open'" in says(
        imported
    )
    assert stored(database, "status", "close_revenue") == [{"status": "won", "close_revenue": Decimal(900)}]
    warned = again(database, WARNED, **row)
    assert counts(warned) == {"updated": 1}
    assert [one.warns for one in warned.problems] == [True, True]
    assert warned.balanced
    assert stored(database, "status", "close_revenue") == [{"status": "in_progress", "close_revenue": Decimal(900)}]


def test_a_new_deal_says_nothing_of_its_closing(database: str) -> None:
    imported = import_rows(
        database,
        an_opportunity(close_reason="Won", close_revenue="5", close_revenue_currency="USD"),
        an_opportunity(name="Shop", close_reason="", close_revenue="", close_revenue_currency=""),
        settings=ENFORCED,
    )
    assert {(row, code) for row, _, code in told(imported)} == {(2, "locked_field")}
    assert counts(imported) == {"added": 1, "rejected": 1}


# ------------------------------------------------------------------------------------------------ needed and locked


def test_losing_needs_a_reason_and_a_day(database: str) -> None:
    store(database)
    imported = again(database, status="lost", close_reason="")
    assert told(imported) == [
        (2, "Close reason Name", "missing_for_step"),
        (2, "Expected close date", "missing_for_step"),
    ]
    assert says(imported)[0] == "row 2: 'Close reason Name' is needed for 'Closed Lost' in opportunity_flow"


def test_a_stored_day_is_enough_where_the_file_has_none(database: str) -> None:
    store(database, close_date="2026-11-20")
    assert counts(again(database, status="won")) == {"updated": 1}


@pytest.mark.parametrize(
    ("changed", "header", "why"),
    [
        ({"budget_amount": "2000"}, "Budget Amount", ", where it is '1000.0000'"),
        ({"close_date": "2026-11-21"}, "Expected close date", ", where it is '2026-11-20'"),
        ({"probability": "90"}, "Probability", ", where it is '100'"),
        ({"close_reason": "Outsold"}, "Close reason Name", ", where it is 'Won'"),
        ({"close_revenue": "", "close_revenue_currency": ""}, "Close revenue", ", where it is '900.0000'"),
        ({"account": "Globex", "customer": None}, "Customer Account Account name", ""),
        ({"customer": "Acme East"}, "Customer Business Customer Customer name", ""),
    ],
)
def test_a_won_deal_keeps_what_it_was_won_with(
    database: str, changed: dict[str, str | None], header: str, why: str
) -> None:
    won: dict[str, str | None] = {
        "source_id": "7",
        "status": "won",
        "close_date": "2026-11-20",
        "probability": "100",
        "close_reason": "Won",
        "close_revenue": "900",
        "close_revenue_currency": "USD",
        "customer": "Acme West",
    }
    store(database, **won)
    assert counts(again(database, **won)) == {"unchanged": 1}
    imported = again(database, **(won | changed))
    assert told(imported) == [(2, header, "locked_field")]
    assert says(imported) == [f"row 2: '{header}' is not allowed here: opportunity_flow locks it in 'Closed Won'{why}"]
    assert counts(again(database, **won, notes="called back")) == {"updated": 1}


def test_what_is_stored_already_is_never_refused_for_what_it_is(database: str) -> None:
    store(database, close_revenue="5", close_revenue_currency="USD", close_reason="Won")
    row: dict[str, str | None] = {"close_revenue": "5", "close_revenue_currency": "USD", "close_reason": "Won"}
    assert counts(again(database, **row)) == {"unchanged": 1}


# ---------------------------------------------------------------------------------------------------------- warnings


def test_a_workflow_that_warns_rejects_nothing(database: str) -> None:
    imported = import_rows(database, an_opportunity(status="won"), settings=WARNED)
    assert counts(imported) == {"added": 1}
    assert [(one.code, one.warns) for one in imported.problems] == [("forbidden_transition", True)]
    assert imported.rejects is None


def test_a_rejected_row_shows_its_warnings_too_and_a_warned_one_is_not_handed_back(database: str) -> None:
    both = parse_settings(
        """
        [workflows]
        opportunity_flow = "warn"
        [workflows.owned]
        [[workflows.owned.steps]]
        name = "closing"
        statuses = ["won", "lost"]
        required = ["owner"]
        """,
        "dealport.toml",
    )
    imported = import_rows(
        database,
        an_opportunity(status="won", owner=""),
        an_opportunity(name="Shop", status="won", owner="ann"),
        settings=both,
    )
    assert [(one.row, one.code, one.warns) for one in imported.problems] == [
        (2, "missing_for_step", False),
        (2, "forbidden_transition", True),
        (3, "forbidden_transition", True),
    ]
    assert counts(imported) == {"added": 1, "rejected": 1}


# ----------------------------------------------------------------------------------------- workflows of one's own


PILOT = """
[workflows.pilot]
[[workflows.pilot.steps]]
name = "early"
statuses = ["in_progress", "needs_analysis"]
locked = ["owner"]
[[workflows.pilot.steps]]
name = "late"
statuses = ["negotiation"]
required = ["contact_last_name"]
[[workflows.pilot.transitions]]
from = ["early"]
to = ["late"]
required = ["proposed_solution"]
clear = ["notes"]
"""


def pilot(**fields: str | None) -> dict[str, str]:
    return an_opportunity(**fields)


def test_statuses_outside_of_a_workflow_are_not_judged(database: str) -> None:
    settings = parse_settings(PILOT, "dealport.toml")
    assert counts(import_rows(database, pilot(status="won"), settings=settings)) == {"added": 1}
    assert counts(again(database, settings, status="in_progress")) == {"updated": 1}
    back = again(database, settings, status="needs_analysis")
    assert says(back) == ["row 2: 'Status Id' cannot follow 'Open' in pilot, which allows Negotiation"]


def test_steps_and_transitions_of_ones_own_need_lock_and_clear(database: str) -> None:
    settings = parse_settings(PILOT, "dealport.toml")
    store(database, owner="ann", notes="raw")
    assert told(again(database, settings, owner="bob")) == [(2, "Owner Username", "locked_field")]
    late = {"status": "negotiation", "contact_last_name": "", "proposed_solution": "", "notes": "new"}
    assert {(header, code) for _, header, code in told(again(database, settings, **late))} == {
        ("Contact Last name", "missing_for_step"),
        ("Proposed solution", "missing_for_step"),
        ("Additional comments", "locked_field"),
    }
    late |= {"contact_last_name": "Coleman", "proposed_solution": "ramp", "notes": ""}
    assert counts(again(database, settings, **late)) == {"updated": 1}
    assert stored(database, "owner", "notes", "contact_last_name") == [
        {"owner": "ann", "notes": None, "contact_last_name": "Coleman"}
    ]


def test_the_first_workflow_that_sets_a_field_has_the_word(database: str) -> None:
    settings = parse_settings(
        """
        [workflows]
        opportunity_flow = "enforce"
        [workflows.other]
        [[workflows.other.steps]]
        name = "all"
        statuses = ["in_progress", "won"]
        [[workflows.other.transitions]]
        from = ["in_progress"]
        to = ["won"]
        set = { close_reason = "Outsold" }
        """,
        "dealport.toml",
    )
    store(database)
    assert counts(again(database, settings, status="won", close_date="2026-11-20")) == {"updated": 1}
    assert stored(database, "close_reason") == [{"close_reason": "Won"}]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[workflows]\nopportunity_flow = "on"', "workflows.opportunity_flow is 'on'"),
        ('[workflows]\nopportunity_flo = "warn"', "workflows.opportunity_flo is 'warn', not a table"),
        ('[workflows.a]\nmode = "warn"', "workflows.a.steps is missing"),
        ('[[workflows.a.steps]]\nname = "x"\nstatuses = ["wonn"]', "workflows.a.steps[1].statuses holds 'wonn'"),
        ('[[workflows.a.steps]]\nname = "x"\nstatuses = []', "workflows.a.steps[1].statuses is empty"),
        (PILOT + 'set = { probability = "70" }', "workflows.pilot.transitions[1].set.probability is '70'"),
        (PILOT + "set = { close_revenue = 5 }", "workflows.pilot.transitions[1].set.close_revenue is not 0"),
        (PILOT + 'set = { status = "won" }', "workflows.pilot.transitions[1].set.status is not a setting"),
        (
            PILOT + '[[workflows.pilot.transitions]]\nfrom = ["needs_analysis"]\nto = ["late"]',
            "workflows.pilot.transitions has two ways from 'needs_analysis' to 'negotiation'",
        ),
        (PILOT + '[[workflows.pilot.transitions]]\nfrom = ["early"]', "workflows.pilot.transitions[2].to is missing"),
        (PILOT.replace('"late"\nstat', '"early"\nstat'), "workflows.pilot.steps has the same name twice"),
        (PILOT.replace('["negotiation"]', '["in_progress"]'), "workflows.pilot.steps has the same status twice"),
        (PILOT.replace('"owner"', '"tags"'), "workflows.pilot.steps[1].locked holds 'tags'"),
        (PILOT.replace("pilot", "Pilot"), "workflows.Pilot.mode belongs to 'Pilot'"),
    ],
)
def test_a_workflow_that_contradicts_itself_is_refused(text: str, why: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text, "a.toml")
    assert why in caught.value.why


def test_the_fingerprint_of_settings_tells_workflows_apart() -> None:
    prints: set[Any] = {settings.fingerprint() for settings in (Settings(), ENFORCED, WARNED)}
    assert len(prints) == 3
