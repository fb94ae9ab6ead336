"""Plans: what an import would do, and doing exactly that."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.importing import import_file
from pipelines.plan.file import read_plan
from pipelines.planning import Planned, apply_plan, plan_import
from schemas.errors import RunError
from schemas.settings import Settings
from tests.build import (
    IN_DOLLARS,
    IN_EUROS_TOO,
    NOON,
    TODAY,
    an_opportunity,
    counts,
    history,
    import_rows,
    names,
    options,
    store_rates,
    stored,
    write_csv,
)

LATER = NOON + timedelta(days=1)
MUCH_LATER = NOON + timedelta(days=9)
TWO_DEALS = an_opportunity(source_id="1"), an_opportunity(source_id="2", name="Shop", budget_amount="200")
NEXT = an_opportunity(source_id="1", status="won"), an_opportunity(source_id="3", name="App", account="Globex")


def planned(folder: Path, database: str, *rows: dict[str, str], settings: Settings = IN_DOLLARS) -> Planned:
    """Plan an import of the rows a day after noon, into the file plan."""
    file = write_csv(folder / "deals.csv", rows)
    return plan_import(file, database, settings, options(clock=lambda: LATER, today=TODAY), folder / "plan")


def applied(folder: Path, database: str, settings: Settings = IN_DOLLARS) -> dict[str, int]:
    return counts(apply_plan(folder / "plan", database, settings, clock=lambda: MUCH_LATER))


def test_a_plan_stores_nothing(tmp_path: Path, database: str) -> None:
    import_rows(database, *TWO_DEALS)
    before = stored(database), history(database), names(database, "account")
    done = planned(tmp_path, database, *NEXT)
    assert counts(done.imported) == {"added": 1, "updated": 1}
    assert (stored(database), history(database), names(database, "account")) == before


def test_a_plan_tells_each_change_field_by_field_and_what_is_new(tmp_path: Path, database: str) -> None:
    import_rows(database, *TWO_DEALS)
    found = list(planned(tmp_path, database, *NEXT).plan.changes())
    assert [(change.table, change.row, change.added, change.name, change.account) for change in found] == [
        ("account", 3, True, "Globex", None),
        ("opportunity", 2, False, "Website", "Acme"),
        ("opportunity", 3, True, "App", "Globex"),
    ]
    assert found[1].fields == {
        "status": ("in_progress", "won"),
        "budget_amount_base": (None, "1000"),
        "budget_amount_rate": (None, "1"),
        "budget_amount_rate_day": (None, "2026-11-24"),
        "closed_at": (None, "2026-11-25T12:00:00Z"),
    }
    assert found[2].fields["budget_amount"] == (None, "1000")


def test_a_plan_weighs_money_and_pipeline(tmp_path: Path, database: str) -> None:
    store_rates(database, EUR="1.1")
    row = an_opportunity(source_id="1", status="negotiation", budget_amount="100", budget_currency="EUR")
    import_rows(database, row, *TWO_DEALS[1:], settings=IN_EUROS_TOO)
    won = row | {"Status Id": "won"}
    head = planned(tmp_path, database, won, settings=IN_EUROS_TOO).plan.head
    assert head["moved"] == [
        {
            "status": "negotiation",
            "currency": "EUR",
            "before": {"deals": 1, "amount": "100", "weighted": "80"},
            "after": {"deals": 0, "amount": "0", "weighted": "0"},
        },
        {
            "status": "won",
            "currency": "EUR",
            "before": {"deals": 0, "amount": "0", "weighted": "0"},
            "after": {"deals": 1, "amount": "100", "weighted": "100"},
        },
    ]
    before, after = head["pipeline"]["before"], head["pipeline"]["after"]
    assert (before["deals"], Decimal(before["amount"]), Decimal(before["weighted"])) == (2, Decimal(310), Decimal(88))
    assert (after["deals"], Decimal(after["amount"]), Decimal(after["weighted"])) == (1, Decimal(200), Decimal(0))


def test_applying_a_plan_does_what_it_says_also_days_later(tmp_path: Path, database: str) -> None:
    import_rows(database, *TWO_DEALS)
    planned(tmp_path, database, *NEXT)
    assert applied(tmp_path, database) == {"added": 1, "updated": 1}
    assert [(deal["name"], deal["status"], deal["closed_at"], deal["valid_from"]) for deal in stored(database)] == [
        ("Website", "won", LATER, MUCH_LATER),
        ("Shop", "in_progress", None, NOON),
        ("App", "in_progress", None, MUCH_LATER),
    ]


def refused(folder: Path, database: str, settings: Settings = IN_DOLLARS) -> str:
    """Why a plan cannot be applied; nothing is stored."""
    before = stored(database), history(database)
    with pytest.raises(RunError) as fault:
        apply_plan(folder / "plan", database, settings)
    assert (stored(database), history(database)) == before
    return fault.value.why


def test_a_plan_is_refused_when_its_file_has_changed(tmp_path: Path, database: str) -> None:
    planned(tmp_path, database, *NEXT)
    write_csv(tmp_path / "deals.csv", TWO_DEALS)
    assert refused(tmp_path, database).startswith(f"{tmp_path / 'deals.csv'} has changed since the plan was made: ")


def test_a_plan_is_refused_when_the_settings_have_changed(tmp_path: Path, database: str) -> None:
    planned(tmp_path, database, *NEXT)
    assert refused(tmp_path, database, IN_EUROS_TOO) == "The settings have changed since the plan was made."


def test_a_plan_is_refused_when_a_deal_it_changes_was_changed_since(tmp_path: Path, database: str) -> None:
    import_rows(database, *TWO_DEALS)
    planned(tmp_path, database, *NEXT)
    import_rows(database, an_opportunity(source_id="1", notes="called"), at=LATER)
    why = refused(tmp_path, database)
    assert why.startswith("Stored deals that the plan changes were changed since: 'Website' by run 2 (")


def test_a_plan_holds_when_other_deals_were_changed_since(tmp_path: Path, database: str) -> None:
    import_rows(database, *TWO_DEALS)
    planned(tmp_path, database, *NEXT)
    import_rows(database, an_opportunity(source_id="2", name="Shop", notes="called"), at=LATER)
    import_rows(database, an_opportunity(source_id="9", name="Fourth", account="Initech"), at=LATER)
    assert applied(tmp_path, database) == {"added": 1, "updated": 1}


def test_a_plan_is_refused_when_it_would_do_something_else_now(tmp_path: Path, database: str) -> None:
    import_rows(database, *TWO_DEALS)
    planned(tmp_path, database, *NEXT)
    file = write_csv(tmp_path / "others.csv", NEXT[1:])
    import_file(file, database, IN_DOLLARS, options(clock=lambda: LATER))
    assert refused(tmp_path, database) == (
        "The import would not do what was planned. Planned: row 3: add the account 'Globex' (name). "
        "Now: row 2: change the opportunity 'Website' (status, budget_amount_base, budget_amount_rate, "
        f"budget_amount_rate_day, closed_at). Runs since: 2 ({file})."
    )


def test_a_plan_is_refused_when_a_rate_it_needs_has_changed(tmp_path: Path, database: str) -> None:
    store_rates(database, day=TODAY - timedelta(days=1), EUR="1.1")
    euros = an_opportunity(source_id="1", budget_currency="EUR")
    import_rows(database, euros, settings=IN_EUROS_TOO)
    planned(tmp_path, database, euros | {"Status Id": "won"}, settings=IN_EUROS_TOO)
    store_rates(database, day=TODAY, EUR="1.2")
    assert "would not do what was planned" in refused(tmp_path, database, IN_EUROS_TOO)


def test_a_plan_for_another_database_is_refused(tmp_path: Path, database: str) -> None:
    planned(tmp_path, f"sqlite:///{tmp_path / 'other.db'}", *NEXT)
    import_rows(database, *TWO_DEALS)
    assert refused(tmp_path, database) == "The plan was made for another database."


@pytest.mark.parametrize("kept", [0, 10, -30])
def test_a_plan_that_is_cut_off_is_refused(tmp_path: Path, sqlite: str, kept: int) -> None:
    planned(tmp_path, sqlite, *NEXT)
    plan = tmp_path / "plan"
    plan.write_bytes(plan.read_bytes()[:kept])
    with pytest.raises(RunError, match="is not a "):
        read_plan(plan)


def test_a_plan_whose_lines_were_edited_is_refused(tmp_path: Path, sqlite: str) -> None:
    planned(tmp_path, sqlite, *NEXT)
    plan = tmp_path / "plan"
    lines = plan.read_text(encoding="utf-8").splitlines()
    end = json.loads(lines[-1])
    end["end"]["digest"] = "0" * 64
    plan.write_text("\n".join([*lines[:-1], json.dumps(end)]), encoding="utf-8")
    assert refused(tmp_path, sqlite).startswith("The plan's lines do not match its digest")
