"""Leads, accounts, contacts and business customers are planned, looked back at and undone as opportunities are."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.answering import Asked
from pipelines.converting import convert_leads
from pipelines.exporting import export_file
from pipelines.imported import Imported
from pipelines.leads import change_status
from pipelines.plan_reports.text import pieces
from pipelines.planning import apply_plan, plan_import
from pipelines.reporting import build_report
from schemas.breaker import Breaker, parse_limit
from schemas.errors import RunError, UsageError
from schemas.known import AsOf
from schemas.settings import Settings, parse_settings
from tests.build import (
    IN_DOLLARS,
    TODAY,
    an_opportunity,
    at,
    counts,
    import_rows,
    kept,
    options,
    present,
    read_csv,
    undo,
    write_csv,
)

LAYOUTS = {
    "lead": "orocrm-leads",
    "account": "orocrm-accounts",
    "contact": "orocrm-contacts",
    "customer": "orocrm-customers",
}
FIRST: dict[str, list[dict[str, str]]] = {
    "lead": [{"Id": "1", "Lead name": "Cold call", "Status Id": "new", "First name": "Ann", "Company name": "Acme"}],
    "account": [{"Id": "1", "Account name": "Acme", "Owner Username": "ann", "Default Contact First name": "Jo"}],
    "contact": [{"Id": "1", "First name": "Jo", "Last name": "Doe", "Fax": "7", "Emails 1 Email": "jo@acme.example"}],
    "customer": [{"Id": "1", "Customer name": "Acme Labs", "Account Account name": "Acme", "Website": "acme.example"}],
}
SECOND: dict[str, list[dict[str, str]]] = {
    "lead": [
        {"Id": "1", "Lead name": "Cold call", "Status Id": "qualified", "First name": "Eve", "Company name": "Acme"},
        {"Id": "2", "Lead name": "Fair", "Status Id": "new", "First name": "Al", "Company name": "Globex"},
    ],
    "account": [
        {"Id": "1", "Account name": "Acme Ltd", "Owner Username": "bob", "Default Contact First name": "Al"},
        {"Id": "2", "Account name": "Globex", "Owner Username": "bob", "Default Contact First name": ""},
    ],
    "contact": [
        {"Id": "1", "First name": "Jo", "Last name": "Roe", "Fax": "8", "Emails 1 Email": "jo@acme.example"},
        {"Id": "2", "First name": "Al", "Last name": "", "Fax": "", "Emails 1 Email": ""},
    ],
    "customer": [
        {"Id": "1", "Customer name": "Acme Lab", "Account Account name": "Acme", "Website": "lab.example"},
        {"Id": "2", "Customer name": "Globex Labs", "Account Account name": "Globex", "Website": ""},
    ],
}
ENTITIES = tuple(LAYOUTS)


def bring(database: str, entity: str, rows: list[dict[str, str]], minute: int = 0, **changed: Any) -> Imported:
    return import_rows(database, *rows, layout=LAYOUTS[entity], at=at(minute), **changed)


def export(database: str, layout: str, target: Path, when: AsOf) -> list[dict[str, str]]:
    export_file(target, database, IN_DOLLARS, layout=layout, view="all", today=TODAY, when=when)
    return read_csv(target)


# ------------------------------------------------------------------------------------------------------------- undo


@pytest.mark.parametrize("entity", ENTITIES)
def test_an_undo_takes_back_what_an_import_of_any_entity_did_and_can_be_undone(database: str, entity: str) -> None:
    bring(database, entity, FIRST[entity])
    before = present(database)
    assert counts(bring(database, entity, SECOND[entity], 1)) == {"added": 1, "updated": 1}
    after = present(database)
    undone = undo(database, 2)
    assert (undone.tables[entity].restored, undone.tables[entity].removed, undone.kept_rows) == (1, 1, [])
    assert present(database) == before
    undo(database, 3, 61)
    assert present(database) == after
    undo(database, 1, 62, cascade=True)
    assert not any(present(database).values())


def test_an_undo_of_a_conversion_leaves_the_lead_as_it_was_and_nothing_of_what_it_made(database: str) -> None:
    bring(database, "lead", SECOND["lead"])
    before = present(database)
    converted = convert_leads((), database, IN_DOLLARS, clock=lambda: at(1))
    assert converted.done == ("Cold call",)
    undone = undo(database, 2)
    assert {name: (told.restored, told.removed) for name, told in undone.tables.items()} == {
        "lead": (1, 0),
        "opportunity": (0, 1),
        "contact": (0, 1),
        "account": (0, 1),
    }
    assert present(database) == before
    undo(database, 3, 61)
    assert kept(database, "lead", "name", "status", "opportunities")[0] == {
        "name": "Cold call",
        "status": "qualified",
        "opportunities": '[{"name":"Cold call"}]',
    }
    assert len(present(database)["opportunity"]) == 1


def test_an_import_whose_leads_were_converted_since_is_undone_with_the_conversion(database: str) -> None:
    bring(database, "lead", SECOND["lead"])
    convert_leads((), database, IN_DOLLARS, clock=lambda: at(1))
    undone = undo(database, 1)
    assert [(row.name, row.why) for row in undone.kept_rows] == [("Cold call", "changed since by run 2")]
    undo(database, 1, 61, cascade=True)
    assert not any(present(database).values())


def test_an_undo_of_a_disqualification_leaves_the_lead_as_it_was(database: str) -> None:
    bring(database, "lead", FIRST["lead"])
    before = present(database)
    change_status(("Cold call",), "canceled", database, IN_DOLLARS, clock=lambda: at(1))
    assert kept(database, "lead", "status") == [{"status": "canceled"}]
    undo(database, 2)
    assert present(database) == before


# ------------------------------------------------------------------------------------------------------------- plans


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_plan_of_any_entity_is_shown_and_then_done(database: str, tmp_path: Path, entity: str) -> None:
    bring(database, entity, FIRST[entity])
    file = write_csv(tmp_path / "second.csv", SECOND[entity])
    asked = options(layout=LAYOUTS[entity], clock=lambda: at(1))
    planned = plan_import(file, database, IN_DOLLARS, asked, tmp_path / "plan")
    assert counts(planned.imported) == {"added": 1, "updated": 1}
    text = "\n".join(pieces(planned.plan))
    assert f"1 new {entity}: {SHOWN[entity]}" in text
    assert f"1 {entity} would change" in text
    assert counts(apply_plan(tmp_path / "plan", database, IN_DOLLARS, clock=lambda: at(2))) == counts(planned.imported)
    assert counts(bring(database, entity, SECOND[entity], 3)) == {"unchanged": 2}


SHOWN = {"lead": "Fair", "account": "Globex", "contact": "Al", "customer": "Globex Labs"}


def test_a_plan_is_refused_where_what_it_changes_was_changed_since(database: str, tmp_path: Path) -> None:
    bring(database, "contact", FIRST["contact"])
    file = write_csv(tmp_path / "second.csv", SECOND["contact"])
    asked = options(layout=LAYOUTS["contact"], clock=lambda: at(1))
    plan_import(file, database, IN_DOLLARS, asked, tmp_path / "plan")
    bring(database, "contact", [FIRST["contact"][0] | {"Fax": "9"}], 2)
    with pytest.raises(RunError, match="Stored contacts that the plan changes were changed since: 'Jo Doe' by run 2"):
        apply_plan(tmp_path / "plan", database, IN_DOLLARS, clock=lambda: at(3))


def test_a_plan_of_leads_that_are_converted_as_they_come_does_that_too_when_it_is_applied(
    database: str, tmp_path: Path
) -> None:
    settings = Settings(convert_qualified=True)
    file = write_csv(tmp_path / "leads.csv", SECOND["lead"])
    asked = options(layout=LAYOUTS["lead"], clock=lambda: at(1))
    planned = plan_import(file, database, settings, asked, tmp_path / "plan")
    assert "1 qualified lead becomes an opportunity, in a run of its own" in planned.imported.reading.notes
    assert present(database)["lead"] == []
    applied = apply_plan(tmp_path / "plan", database, settings, clock=lambda: at(2))
    assert applied.converted is not None
    assert applied.converted.done == ("Cold call",)


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_circuit_breaker_holds_a_file_of_any_entity_for_its_rejected_rows(database: str, entity: str) -> None:
    breaker = Breaker(max_rejected=parse_limit("0"), max_pipeline_move=parse_limit("1 %"), max_lost=parse_limit("0"))
    bring(database, entity, FIRST[entity])
    bad = {header: cell if header == "Id" else "" for header, cell in SECOND[entity][1].items()} | {"Id": "x" * 300}
    with pytest.raises(RunError, match=r"Run 2 is held, nothing was stored\. 1 of 2 rows were rejected"):
        bring(database, entity, [SECOND[entity][0], bad], 1, settings=Settings(breaker=breaker))


# ---------------------------------------------------------------------------------------- what is of opportunities


@pytest.mark.parametrize("entity", ENTITIES)
def test_snapshots_and_files_for_editing_are_of_opportunities(database: str, tmp_path: Path, entity: str) -> None:
    bring(database, entity, FIRST[entity])
    with pytest.raises(UsageError, match="A snapshot is of opportunities"):
        bring(database, entity, SECOND[entity], 1, snapshot="keep")
    with pytest.raises(UsageError, match="Only rows of opportunities carry fingerprints"):
        export_file(
            tmp_path / "e.csv", database, IN_DOLLARS, layout=LAYOUTS[entity], view="all", today=TODAY, for_editing=True
        )


def test_a_column_of_fingerprints_is_unknown_in_a_file_of_contacts(database: str) -> None:
    imported = bring(database, "contact", [FIRST["contact"][0] | {"Fingerprint": "1-1-abc"}])
    assert (counts(imported), imported.unknown_headers) == ({"added": 1}, ("Fingerprint",))


def test_a_workflow_is_one_of_opportunities(database: str) -> None:
    strict = parse_settings('[workflows]\nopportunity_flow = "enforce"\n', "dealport.toml")
    assert counts(bring(database, "lead", FIRST["lead"], settings=strict)) == {"added": 1}
    assert counts(bring(database, "lead", SECOND["lead"], 1, settings=strict)) == {"added": 1, "updated": 1}
    converted = convert_leads((), database, strict, clock=lambda: at(2))
    assert converted.done == ("Cold call",)


# -------------------------------------------------------------------------------------------------------------- as of


@pytest.mark.parametrize("entity", ENTITIES)
def test_an_export_of_any_entity_as_of_a_past_moment_is_the_one_of_then(
    database: str, tmp_path: Path, entity: str
) -> None:
    layout = LAYOUTS[entity]
    bring(database, entity, FIRST[entity])
    then = export(database, layout, tmp_path / "then.csv", AsOf())
    bring(database, entity, SECOND[entity], 10)
    assert export(database, layout, tmp_path / "again.csv", AsOf(at(5))) == then
    assert export(database, layout, tmp_path / "now.csv", AsOf()) != then
    undo(database, 2)
    assert export(database, layout, tmp_path / "undone.csv", AsOf()) == then


def test_the_lifetime_value_and_the_history_of_a_customer_are_those_of_the_moment_asked_for(
    database: str, tmp_path: Path
) -> None:
    won = {"status": "won", "close_revenue": "100", "close_revenue_currency": "USD", "customer": "Acme Labs"}
    import_rows(database, an_opportunity(**won))
    import_rows(database, an_opportunity(**won | {"close_revenue": "250"}), an_opportunity(name="Shop"), at=at(10))

    def value(when: AsOf) -> list[str]:
        rows = export(database, LAYOUTS["customer"], tmp_path / "customers.csv", when)
        return [row["Lifetime sales value"] for row in rows]

    def deals(when: AsOf) -> list[tuple[Any, Any]]:
        asked = Asked(account="Acme", when=when)
        answer = build_report("customer-history", database, IN_DOLLARS, asked, date(2026, 11, 24))
        return [(row["name"], row["close_revenue"]) for row in answer.rows]

    assert (value(AsOf(at(5))), value(AsOf())) == (["100.0000"], ["250.0000"])
    assert deals(AsOf(at(5))) == [("Website", Decimal(100))]
    assert deals(AsOf()) == [("Website", Decimal(250)), ("Shop", Decimal(0))]
    with pytest.raises(RunError, match="'Acme'"):
        deals(AsOf(datetime(2026, 1, 1, tzinfo=UTC)))
