"""Leads, accounts, contacts and business customers: the importer of opportunities, in the words of their entity."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from connectors.databases import reading
from pipelines.checking import check_file
from pipelines.drift import record
from pipelines.exporting import export_file
from pipelines.imported import Imported
from pipelines.importing import import_file
from pipelines.telling import findings_of
from pipelines.templates import write_template
from schemas.errors import RunError, UsageError
from schemas.fields import FIELDS_OF, NOUNS
from schemas.layout_files import load_layout
from schemas.settings import Settings
from schemas.tables import HISTORY, lead
from tests.build import (
    IN_DOLLARS,
    IN_EUROS_TOO,
    TODAY,
    an_opportunity,
    counts,
    import_rows,
    kept,
    names,
    options,
    read_csv,
    store_rates,
    told,
    write_csv,
)

OROCRM = {
    "lead": "orocrm-leads",
    "account": "orocrm-accounts",
    "contact": "orocrm-contacts",
    "customer": "orocrm-customers",
}
Row = dict[str, str]


def bring(database: str, entity: str, *rows: Row, **changed: Any) -> Imported:
    return import_rows(database, *rows, layout=OROCRM[entity], **changed)


def export(database: str, entity: str, folder: Path) -> Path:
    target = folder / f"{entity}.csv"
    export_file(target, database, IN_DOLLARS, layout=OROCRM[entity], view="all", today=TODAY)
    return target


# ------------------------------------------------------------------------------------------------------ there and back


@pytest.mark.parametrize("entity", NOUNS)
def test_a_template_imports_and_its_export_imported_again_changes_nothing(
    database: str, entity: str, tmp_path: Path
) -> None:
    layout = OROCRM.get(entity, "orocrm")
    write_template(tmp_path / "template.csv", layout, IN_DOLLARS)
    first = import_file(tmp_path / "template.csv", database, IN_DOLLARS, options(layout=None))
    assert (first.layout, counts(first)) == (layout, {"added": 1})
    target = tmp_path / "export.csv"
    assert export_file(target, database, IN_DOLLARS, layout=layout, view="all", today=TODAY) == 1
    again = import_file(target, database, IN_DOLLARS, options(layout=None))
    assert (again.layout, counts(again)) == (layout, {"unchanged": 1})


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


SAID = ("Emails 1 Email", "Emails 3 Email", "Tags", "Addresses 2 Street", "Addresses 2 City", "Description")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.fixed_dictionaries(dict.fromkeys(SAID, WORDS)), min_size=1, max_size=4))
def test_whatever_a_contact_says_comes_back_from_its_export(sqlite: str, rows: list[Row], tmp_path: Path) -> None:
    numbered = [row | {"First name": f"Ann {number}", "Last name": "Lee"} for number, row in enumerate(rows)]
    bring(sqlite, "contact", *numbered)
    again = import_file(export(sqlite, "contact", tmp_path), sqlite, IN_DOLLARS, options(layout=None))
    assert set(counts(again)) == {"unchanged"}


def test_as_many_blocks_are_exported_as_any_row_has_and_none_where_no_row_has_any(sqlite: str, tmp_path: Path) -> None:
    bring(sqlite, "contact", {"First name": "Ann", "Last name": "Lee", "Emails 1 Email": "a@x.org"})
    bring(
        sqlite,
        "contact",
        {"First name": "Ben", "Last name": "", "Emails 2 Email": "b@x.org", "Emails 7 Email": "c@x.org"},
    )
    ann, ben = read_csv(export(sqlite, "contact", tmp_path))
    assert [header for header in ann if header.startswith(("Emails", "Phones"))] == ["Emails 1 Email", "Emails 2 Email"]
    assert (ann["Emails 1 Email"], ann["Emails 2 Email"]) == ("a@x.org", "")
    assert (ben["Emails 1 Email"], ben["Emails 2 Email"]) == ("b@x.org", "c@x.org")


# ----------------------------------------------------------------------------------------------- missing, blank, blocks


def test_a_missing_column_leaves_a_value_and_a_blank_cell_clears_it(database: str) -> None:
    bring(database, "account", {"Account name": "Acme", "Description": "Bolts", "Owner Username": "ann", "Tags": "key"})
    assert counts(bring(database, "account", {"Account name": "Acme", "Owner Username": ""})) == {"updated": 1}
    assert kept(database, "account", "description", "owner", "tags") == [
        {"description": "Bolts", "owner": None, "tags": "key"}
    ]
    assert counts(bring(database, "account", {"Account name": "Acme", "Description": " ", "Tags": ""})) == {
        "updated": 1
    }
    assert kept(database, "account", "description", "tags") == [{"description": None, "tags": "key"}]


def test_a_collection_with_values_is_replaced_a_blank_one_emptied_and_a_missing_one_left(database: str) -> None:
    person = {"First name": "Ann", "Last name": "Lee"}
    bring(
        database, "contact", person | {"Emails 1 Email": "a@x.org", "Emails 2 Email": "b@x.org", "Phones 1 Phone": "1"}
    )
    bring(database, "contact", person | {"Emails 1 Email": "c@x.org"})
    assert kept(database, "contact", "emails", "phones") == [
        {"emails": '[{"email":"c@x.org"}]', "phones": '[{"phone":"1"}]'}
    ]
    bring(database, "contact", person | {"Emails 4 Email": " "})
    assert kept(database, "contact", "emails", "phones") == [{"emails": None, "phones": '[{"phone":"1"}]'}]


def test_two_headers_of_one_block_are_refused(sqlite: str) -> None:
    row = {"First name": "Ann", "Last name": "Lee", "Emails 1 Email": "a@x.org", "emails 1  email": "b@x.org"}
    with pytest.raises(RunError, match="'Emails 1 Email' and 'emails 1  email' both hold emails:1:email"):
        bring(sqlite, "contact", row)


def test_an_invisible_character_in_a_block_is_a_problem_of_its_cell(sqlite: str) -> None:
    imported = bring(sqlite, "contact", {"First name": "Ann", "Last name": "Lee", "Emails 2 Email": "a\0@x.org"})
    assert told(imported) == [(2, "Emails 2 Email", "nul_character")]


# ------------------------------------------------------------------------------------------------------- who is meant


def test_the_id_of_the_source_comes_first_and_what_it_means_can_be_renamed(database: str) -> None:
    bring(database, "account", {"Id": "5", "Account name": "Acme"})
    assert counts(bring(database, "account", {"Id": "5", "Account name": "Globex"})) == {"updated": 1}
    assert kept(database, "account", "source_id", "name", "match_key") == [
        {"source_id": "5", "name": "Globex", "match_key": "globex"}
    ]


def test_what_opportunities_named_takes_the_id_that_a_later_file_brings(database: str) -> None:
    import_rows(database, an_opportunity(account="Acme", contact_first_name="Ann", contact_last_name="Lee"))
    assert counts(bring(database, "account", {"Id": "5", "Account name": "Acme"})) == {"updated": 1}
    row = {"Id": "9", "First name": "Ann", "Last name": "Lee", "Job Title": "Buyer"}
    assert counts(bring(database, "contact", row)) == {"updated": 1}
    assert kept(database, "contact", "source_id", "job_title") == [{"source_id": "9", "job_title": "Buyer"}]


def test_the_name_of_another_stored_row_is_a_problem(database: str) -> None:
    bring(database, "account", {"Id": "5", "Account name": "Acme"}, {"Id": "6", "Account name": "Globex"})
    for row in ({"Id": "6", "Account name": "Acme"}, {"Id": "7", "Account name": "Acme"}):
        imported = bring(database, "account", row)
        assert told(imported) == [(2, "Account name", "name_taken")]
        assert imported.problems[0].why == "is the name of another stored account"
    assert names(database, "account") == ["Acme", "Globex"]


def test_two_rows_of_one_name_and_two_ids_are_a_problem_in_the_words_of_the_entity(database: str) -> None:
    ann = {"First name": "Ann", "Last name": "Lee"}
    imported = bring(database, "contact", {"Id": "5", **ann}, {"Id": "6", **ann})
    assert told(imported) == [(2, "First name", "duplicate_row"), (3, "First name", "duplicate_row")]
    assert imported.problems[0].why.startswith("names a contact that stands in this file more than once")
    assert imported.balanced


def test_equal_copies_are_stored_once(database: str) -> None:
    row = {"Lead name": "Cold call", "Status Id": "new"}
    assert counts(bring(database, "lead", row, row)) == {"added": 1, "duplicate": 1}


def test_a_lead_whose_name_two_stored_ones_have_is_ambiguous(database: str) -> None:
    row = {"Lead name": "Cold call", "Status Id": "new"}
    bring(database, "lead", row | {"Id": "1"}, row | {"Id": "2"})
    imported = bring(database, "lead", row)
    assert told(imported) == [(2, "Lead name", "ambiguous_match")]
    assert imported.problems[0].why == "matches 2 stored leads (2, 3)"
    assert imported.problems[0].fix.startswith("Give the row the Id of the lead it means")


def test_a_name_that_is_like_a_stored_account_is_asked_about(database: str) -> None:
    bring(database, "account", {"Account name": "Harbor Logistics"})
    imported = bring(database, "account", {"Account name": "Habor Logistics"})
    assert told(imported) == [(2, "Account name", "uncertain_account")]
    same = bring(database, "account", {"Account name": "HARBOR LOGISTICS LTD", "Description": "Ships"})
    assert counts(same) == {"updated": 1}
    assert kept(database, "account", "name", "description") == [{"name": "Harbor Logistics", "description": "Ships"}]


# ---------------------------------------------------------------------------------------------------- what it refers to


def test_a_contact_of_a_lead_has_to_be_stored_before(database: str) -> None:
    row = {"Lead name": "Cold call", "Status Id": "new", "Contact First name": "Ann", "Contact Last name": "Lee"}
    assert told(bring(database, "lead", row)) == [(2, "Contact First name", "unknown_contact")]
    bring(database, "contact", {"First name": "Ann", "Last name": "Lee"})
    assert counts(bring(database, "lead", row)) == {"added": 1}


def test_a_lead_makes_its_account_and_its_business_customer(database: str) -> None:
    row = {
        "Lead name": "Cold call",
        "Status Id": "new",
        "Customer Account Account name": "Acme",
        "Customer Business Customer Customer name": "Acme Retail",
    }
    assert counts(bring(database, "lead", row)) == {"added": 1}
    assert kept(database, "lead", "account", "customer") == [{"account": "Acme", "customer": "Acme Retail"}]
    assert kept(database, "customer", "name", "account") == [{"name": "Acme Retail", "account": "Acme"}]


def test_who_referred_an_account_is_stored_or_in_the_same_file(database: str) -> None:
    referred = {"Account name": "Acme", "Referred By Account name": "Globex"}
    assert told(bring(database, "account", referred)) == [(2, "Referred By Account name", "unknown_referrer")]
    row = {"Account name": "Globex", "Referred By Account name": ""}
    assert counts(bring(database, "account", referred, row)) == {"added": 2}
    assert counts(bring(database, "account", referred)) == {"unchanged": 1}


def test_a_business_customer_without_account_gets_one_of_its_name_and_keeps_the_one_it_has(database: str) -> None:
    bring(database, "customer", {"Customer name": "Acme Retail"})
    assert kept(database, "customer", "account") == [{"account": "Acme Retail"}]
    moved = {"Id": "3", "Customer name": "Acme Retail", "Account Account name": "Acme"}
    assert counts(bring(database, "customer", moved)) == {"updated": 1}
    blank = {"Id": "3", "Customer name": "Acme Shops", "Account Account name": ""}
    assert counts(bring(database, "customer", blank)) == {"updated": 1}
    assert kept(database, "customer", "name", "account") == [{"name": "Acme Shops", "account": "Acme"}]


def test_owners_of_the_settings_are_the_only_ones_also_for_whom_a_contact_is_assigned_to(database: str) -> None:
    row = {"First name": "Ann", "Last name": "Lee", "Owner Username": "ann", "Assigned to Username": "bob"}
    imported = bring(database, "contact", row, settings=Settings(owners=("ann",)))
    assert told(imported) == [(2, "Assigned to Username", "unknown_owner")]


# ------------------------------------------------------------------------------------------------------ all the rest


def test_what_a_new_row_needs_has_to_be_there(database: str) -> None:
    assert told(bring(database, "lead", {"Lead name": "Cold call"})) == [(2, "Status Id", "missing_status")]
    assert told(bring(database, "contact", {"Id": "5", "Job Title": "Buyer"})) == [(2, "Id", "missing_contact_name")]
    imported = bring(database, "account", {"Id": "5", "Account name": ""})
    assert told(imported) == [(2, "Account name", "missing_name")]
    assert imported.problems[0].fix == "Write the name of the account."


def test_a_file_without_what_tells_its_rows_apart_is_refused(sqlite: str) -> None:
    with pytest.raises(RunError, match="layout 'orocrm-contacts' cannot tell its contacts apart"):
        bring(sqlite, "contact", {"Gender": "f", "Birthday": "1980-12-31"})


def test_the_old_image_of_a_changed_row_goes_to_the_history(database: str) -> None:
    bring(database, "lead", {"Lead name": "Cold call", "Status Id": "new"})
    bring(database, "lead", {"Lead name": "Cold call", "Status Id": "qualified"})
    with reading(database) as connection:
        past = HISTORY[lead].c
        (image,) = connection.execute(select(past.status, past.run_id, past.replaced_by_run_id))
        assert tuple(image) == ("new", 1, 2)


def test_rejected_rows_come_back_as_they_came_and_import_when_corrected(sqlite: str, tmp_path: Path) -> None:
    good = {"Lead name": "Cold call", "Status Id": "new", "Phones 1 Phone": "1"}
    bad = {"Lead name": "Fair", "Status Id": "nwe", "Phones 1 Phone": "2"}
    source = write_csv(tmp_path / "leads.csv", [good, bad])
    imported = import_file(source, sqlite, IN_DOLLARS, options(layout=None))
    assert told(imported) == [(3, "Status Id", "unknown_word")]
    assert "Did you mean 'new'?" in imported.problems[0].fix
    (row,) = read_csv(tmp_path / "leads.rejects.csv")
    write_csv(tmp_path / "leads.csv", [row | {"Status Id": "new"}])
    assert counts(import_file(tmp_path / "leads.csv", sqlite, IN_DOLLARS, options(layout=None))) == {"added": 1}


def test_a_check_judges_without_a_database(tmp_path: Path) -> None:
    source = write_csv(
        tmp_path / "customers.csv", [{"Customer name": "Acme", "Employees": "many", "Rating": "A", "Ticker symbol": ""}]
    )
    assert told(check_file(source, IN_DOLLARS, options(layout=None))) == [(2, "Employees", "not_a_whole_number")]


def test_modes_hold_for_every_entity(database: str) -> None:
    row = {"Account name": "Acme"}
    assert told(bring(database, "account", row, mode="update")) == [(2, "Account name", "not_stored")]
    bring(database, "account", row)
    assert told(bring(database, "account", row, mode="insert")) == [(2, "Account name", "already_stored")]


def test_a_view_of_opportunities_is_none_of_contacts(sqlite: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="The view open is one of opportunities, not of contacts"):
        export_file(tmp_path / "a.csv", sqlite, IN_DOLLARS, layout="orocrm-contacts", view="open", today=TODAY)


def test_the_lifetime_value_of_a_customer_is_computed_from_what_it_bought_and_never_imported(
    database: str, tmp_path: Path
) -> None:
    store_rates(database, EUR="1.10")
    of_acme = {"customer": "Acme Retail", "close_revenue_currency": "EUR"}
    import_rows(
        database,
        an_opportunity(name="A", status="won", close_revenue="100", **of_acme),
        an_opportunity(name="B", status="won", close_revenue="0.5", **of_acme),
        an_opportunity(name="C", status="lost", close_revenue="70", **of_acme),
        an_opportunity(name="D", close_revenue="9", **of_acme),
        settings=IN_EUROS_TOO,
    )
    bring(database, "customer", {"Customer name": "Globex", "Lifetime sales value": "999"})
    rows = read_csv(export(database, "customer", tmp_path))
    assert {row["Customer name"]: row["Lifetime sales value"] for row in rows} == {
        "Acme Retail": "110.5500",
        "Globex": "",
    }
    again = import_file(tmp_path / "customer.csv", database, IN_DOLLARS, options(layout=None))
    assert (counts(again), again.left_out_headers) == ({"unchanged": 2}, ("Lifetime sales value",))


def test_accounts_with_ids_of_their_own_are_as_many_as_the_source_says(database: str) -> None:
    bring(database, "account", {"Id": "5", "Account name": "Acme"}, {"Id": "6", "Account name": "Acme Inc."})
    assert counts(bring(database, "account", {"Id": "7", "Account name": "ACME"})) == {"added": 1}
    assert names(database, "account") == ["Acme", "Acme Inc.", "ACME"]


def test_an_account_that_opportunities_named_in_another_spelling_takes_the_id(database: str) -> None:
    import_rows(database, an_opportunity(account="Acme Inc."))
    assert counts(bring(database, "account", {"Id": "5", "Account name": "ACME, Inc"})) == {"updated": 1}
    assert kept(database, "account", "source_id", "name") == [{"source_id": "5", "name": "Acme Inc."}]


def test_what_a_file_of_leads_looks_like_is_recorded_with_its_numbered_columns(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "leads.csv", [{"Lead name": "Cold call", "Status Id": "new", "Phones 2 Phone": "1"}])
    looks = {look.header: (look.field, look.words) for look in record(source, None).headers}
    assert looks == {
        "Lead name": ("name", None),
        "Status Id": ("status", ("new",)),
        "Phones 2 Phone": ("phones:2:phone", None),
    }


def test_a_workbook_with_the_problems_of_leads_offers_the_statuses_of_leads(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "leads.csv", [{"Lead name": "Cold call", "Status Id": "nwe"}])
    found = findings_of(check_file(source, IN_DOLLARS, options(layout=None)), IN_DOLLARS)
    assert found.source is not None
    assert found.source.choices == {1: ("new", "qualified", "canceled")}


def test_fields_of_one_name_are_of_one_kind() -> None:
    kinds = {(field.name, field.kind) for fields in FIELDS_OF.values() for field in fields.values()}
    assert len(kinds) == len({name for name, _ in kinds})


def test_a_layout_whose_blocks_have_no_number_or_an_unknown_part_is_refused(tmp_path: Path) -> None:
    for line, why in (
        ('emails.email = ["Email"]', "'Email' has not one # for the number of the block"),
        ('emails.mail = ["Emails # Mail"]', "part 'mail' is not known"),
        ('mails.email = ["Emails # Email"]', "field of blocks 'mails' is not known"),
    ):
        own = tmp_path / "own.toml"
        text = f'title = "Own"\nentity = "contact"\n[headers]\nfirst_name = ["First"]\nlast_name = ["Last"]\n{line}\n'
        own.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError) as caught:
            load_layout(str(own))
        assert why in caught.value.why
