"""Leads become opportunities, by OroCRM's rules."""

from typing import Any

import pytest
from sqlalchemy import func, select

from connectors.databases import reading
from pipelines.converting import convert_leads
from pipelines.imported import Imported
from pipelines.leads import Changed, change_status
from pipelines.ledger import list_runs
from schemas.errors import RunError, UnknownNameError
from schemas.settings import Settings
from schemas.tables import HISTORY, account, contact, lead, opportunity
from tests.build import IN_DOLLARS, NOON, counts, import_rows, kept, names, stored

A_LEAD = {
    "Id": "1",
    "Lead name": "Cold call",
    "Name prefix": "Ms.",
    "First name": "Ann",
    "Last name": "Lee",
    "Job title": "Buyer",
    "Status Id": "new",
    "Company name": "Acme",
    "Additional comments": "Call again",
    "Address 1 City": "Hull",
    "Twitter": "annlee",
    "Owner Username": "ben",
    "Emails 1 Email": "ann@acme.example",
    "Emails 2 Email": "lee@acme.example",
    "Phones 1 Phone": "1",
    "Customer Account Account name": "",
    "Source Id": "Fair",
}
"""A lead that names a person and a company, and no account."""


def leads(database: str, *rows: dict[str, str], **changed: Any) -> Imported:
    return import_rows(database, *rows, layout="orocrm-leads", **changed)


def convert(database: str, *wanted: str) -> Changed:
    return convert_leads(wanted, database, IN_DOLLARS, clock=lambda: NOON)


def test_a_lead_becomes_an_opportunity_with_a_contact_that_has_all_it_said_and_the_account_of_its_company(
    database: str,
) -> None:
    leads(database, A_LEAD)
    assert convert(database, "Cold call") == Changed(2, ("Cold call",))
    (made,) = stored(database, "name", "account", "contact_first_name", "contact_last_name", "lead", "owner", "status",
                     "probability", "notes", "source_id")  # fmt: skip
    assert made == {
        "name": "Cold call",
        "account": "Acme",
        "contact_first_name": "Ann",
        "contact_last_name": "Lee",
        "lead": "Cold call",
        "owner": "ben",
        "status": "in_progress",
        "probability": 0,
        "notes": "Call again",
        "source_id": None,
    }
    assert kept(database, "contact", "name_prefix", "job_title", "twitter", "owner", "contact_source", "emails",
                "phones", "addresses", "accounts", "description") == [
        {
            "name_prefix": "Ms.",
            "job_title": "Buyer",
            "twitter": "annlee",
            "owner": "ben",
            "contact_source": "Fair",
            "emails": '[{"email":"ann@acme.example"},{"email":"lee@acme.example"}]',
            "phones": '[{"phone":"1"}]',
            "addresses": '[{"city":"Hull"}]',
            "accounts": '[{"account":"Acme"}]',
            "description": "Cold call",
        }
    ]  # fmt: skip
    assert kept(database, "lead", "status", "contact_first_name", "opportunities", "source_id") == [
        {
            "status": "qualified",
            "contact_first_name": "Ann",
            "opportunities": '[{"name":"Cold call"}]',
            "source_id": "1",
        }
    ]


def test_account_customer_and_contact_of_a_lead_are_taken_where_it_has_them(database: str) -> None:
    import_rows(
        database, {"First name": "Jerry", "Last name": "Coleman", "Job Title": "Boss"}, layout="orocrm-contacts"
    )
    named = {
        "Contact First name": "Jerry",
        "Contact Last name": "Coleman",
        "Customer Account Account name": "Globex",
        "Customer Business Customer Customer name": "Globex Retail",
    }
    leads(database, A_LEAD | named)
    convert(database, "1")
    assert stored(database, "account", "customer", "contact_last_name") == [
        {"account": "Globex", "customer": "Globex Retail", "contact_last_name": "Coleman"}
    ]
    assert kept(database, "contact", "job_title") == [{"job_title": "Boss"}]


def test_the_company_is_a_stored_account_whatever_its_case(database: str) -> None:
    import_rows(database, {"Account name": "ACME"}, layout="orocrm-accounts")
    leads(database, A_LEAD)
    convert(database, "1")
    assert names(database, "account") == ["ACME"]
    assert stored(database, "account") == [{"account": "ACME"}]


def test_a_person_who_is_a_contact_already_is_linked_and_left_as_stored(database: str) -> None:
    import_rows(database, {"First name": "Ann", "Last name": "Lee", "Job Title": "Boss"}, layout="orocrm-contacts")
    leads(database, A_LEAD)
    convert(database, "1")
    assert kept(database, "contact", "job_title", "emails") == [{"job_title": "Boss", "emails": None}]
    assert kept(database, "lead", "contact_last_name") == [{"contact_last_name": "Lee"}]


def test_a_lead_is_converted_once(database: str) -> None:
    leads(database, A_LEAD)
    convert(database, "Cold call")
    again = convert(database, "Cold call")
    assert again == Changed(None, (), (("Cold call", "It became the opportunity 'Cold call' already."),))
    assert len(list_runs(database)) == 2


def test_a_lead_without_account_and_company_stays_as_it_is(database: str) -> None:
    leads(database, A_LEAD | {"Company name": ""})
    assert convert(database, "1").refused[0][1] == "It names neither an account nor a company: write one of them."
    assert kept(database, "lead", "status") == [{"status": "new"}]


def test_a_lead_that_cannot_be_converted_takes_no_other_along_and_leaves_nothing_behind(database: str) -> None:
    import_rows(database, {"Account name": "Harbor Logistics"}, layout="orocrm-accounts")
    uncertain = A_LEAD | {"Id": "2", "Lead name": "Fair", "First name": "Eve", "Company name": "Habor Logistics"}
    leads(database, A_LEAD, uncertain)
    made = convert(database, "1", "2")
    assert (made.done, [name for name, _ in made.refused]) == (("Cold call",), ["Fair"])
    assert "is like the stored account 'Harbor Logistics'" in made.refused[0][1]
    assert kept(database, "contact", "first_name") == [{"first_name": "Ann"}]
    assert [run["kind"] for run in list_runs(database)] == ["convert", "import", "import"]


def test_all_qualified_leads_that_are_no_opportunity_yet_are_converted(database: str) -> None:
    qualified = {"Status Id": "qualified"}
    leads(database, A_LEAD, A_LEAD | qualified | {"Id": "2", "Lead name": "Fair"})
    assert convert(database).done == ("Fair",)
    assert convert(database) == Changed(None, ())


def test_qualified_leads_are_converted_as_they_are_imported_when_the_settings_say_so(database: str) -> None:
    qualified = A_LEAD | {"Status Id": "qualified"}
    imported = leads(database, qualified, settings=Settings(convert_qualified=True))
    assert imported.converted == Changed(2, ("Cold call",))
    assert stored(database, "name") == [{"name": "Cold call"}]
    again = leads(database, qualified, settings=Settings(convert_qualified=True))
    assert (counts(again), again.converted) == ({"unchanged": 1}, Changed(None, ()))
    assert (
        leads(database, qualified | {"Id": "3"}, settings=Settings(convert_qualified=True), dry_run=True).converted
        is None
    )


def test_what_a_conversion_did_is_in_the_history_so_that_it_can_be_undone(database: str) -> None:
    leads(database, A_LEAD)
    convert(database, "1")
    with reading(database) as connection:
        for table in (opportunity, contact, account, lead):
            assert connection.scalar(select(func.count()).where(table.c.run_id == 2)) == 1, table.name
        past = HISTORY[lead].c
        (image,) = connection.execute(select(past.status, past.contact_id, past.run_id, past.replaced_by_run_id))
        assert tuple(image) == ("new", None, 1, 2)


def test_a_lead_is_disqualified_and_reactivated(database: str) -> None:
    leads(database, A_LEAD)
    assert change_status(["1"], "canceled", database, IN_DOLLARS) == Changed(2, ("Cold call",))
    assert change_status(["1"], "canceled", database, IN_DOLLARS).run is None
    assert kept(database, "lead", "status") == [{"status": "canceled"}]
    assert change_status(["Cold call"], "new", database, IN_DOLLARS).run == 3
    assert kept(database, "lead", "status") == [{"status": "new"}]


def test_a_lead_that_is_not_there_or_not_the_only_one_of_its_name_is_not_guessed(database: str) -> None:
    leads(database, A_LEAD, A_LEAD | {"Id": "2"})
    with pytest.raises(UnknownNameError, match="There is no lead 'Cold cal'"):
        convert(database, "Cold cal")
    with pytest.raises(RunError, match="'Cold call' means 2 leads: 'Cold call' with Id 1, 'Cold call' with Id 2"):
        convert(database, "Cold call")
    assert convert(database, "2").done == ("Cold call",)
    assert convert(database, "1").refused[0][1].startswith("Its account has an opportunity of that name")
