import pytest

from schemas.settings import Settings
from tests.build import an_opportunity, counts, import_rows, names, stored, told

RETAIL = {"account": "Acme", "customer": "Acme Retail"}


def test_a_new_customer_belongs_to_the_account_of_its_row(database: str) -> None:
    import_rows(database, an_opportunity(**RETAIL), an_opportunity(name="Shop", **RETAIL))
    assert stored(database, "account", "customer") == [RETAIL, RETAIL]
    assert names(database, "customer") == ["Acme Retail"]


def test_a_customer_of_another_account_is_a_problem(database: str) -> None:
    import_rows(database, an_opportunity(**RETAIL))
    imported = import_rows(database, an_opportunity(name="Shop", account="Globex", customer="Acme Retail"))
    assert told(imported) == [(2, "Customer Business Customer Customer name", "customer_of_other_account")]
    assert "belongs to the account 'Acme'" in imported.problems[0].why
    assert names(database, "account") == ["Acme"]


def test_a_customer_given_two_accounts_in_one_file_belongs_to_the_first(database: str) -> None:
    imported = import_rows(
        database,
        an_opportunity(**RETAIL),
        an_opportunity(name="Shop", account="Globex", customer="Acme Retail"),
        an_opportunity(name="Blog", **RETAIL),
    )
    assert told(imported) == [(3, "Customer Business Customer Customer name", "customer_of_other_account")]
    assert counts(imported) == {"added": 2, "rejected": 1}


def test_the_rule_about_the_accounts_of_customers_can_be_switched_off(database: str) -> None:
    lenient = Settings(rules_off=frozenset({"customer_of_other_account"}))
    import_rows(database, an_opportunity(**RETAIL))
    row = an_opportunity(name="Shop", account="Globex", customer="Acme Retail")
    assert counts(import_rows(database, row, settings=lenient)) == {"added": 1}
    assert stored(database, "account", "customer") == [RETAIL, RETAIL | {"account": "Globex"}]


def test_a_blank_customer_is_cleared_and_its_account_stays(database: str) -> None:
    import_rows(database, an_opportunity(**RETAIL))
    assert counts(import_rows(database, an_opportunity(customer=""))) == {"updated": 1}
    assert stored(database, "account", "customer") == [{"account": "Acme", "customer": None}]


def test_a_new_customer_without_account_gets_an_account_of_its_own_name(database: str) -> None:
    row = {"name": "Website", "status": "won", "customer": "Acme Retail"}
    assert counts(import_rows(database, row, layout="plain")) == {"added": 1}
    assert stored(database, "account", "customer") == [{"account": "Acme Retail", "customer": "Acme Retail"}]
    assert counts(import_rows(database, row, layout="plain")) == {"unchanged": 1}
    assert counts(import_rows(database, row | {"account": ""}, layout="plain")) == {"unchanged": 1}


def test_a_known_customer_without_account_in_the_file_brings_its_own(database: str) -> None:
    import_rows(database, an_opportunity(**RETAIL))
    row = {"name": "Website", "status": "won", "customer": "Acme Retail"}
    assert counts(import_rows(database, row, layout="plain")) == {"updated": 1}
    assert stored(database, "account", "customer", "status") == [RETAIL | {"status": "won"}]


def test_a_customer_stands_in_for_the_account_that_orocrm_requires(database: str) -> None:
    row = an_opportunity(account="", customer="Acme Retail")
    assert counts(import_rows(database, row)) == {"added": 1}
    assert stored(database, "account", "customer") == [{"account": "Acme Retail", "customer": "Acme Retail"}]
    assert counts(import_rows(database, row)) == {"unchanged": 1}


def test_a_row_with_neither_account_nor_customer_is_a_problem_in_orocrm(database: str) -> None:
    imported = import_rows(database, an_opportunity(account="", customer=""))
    assert told(imported) == [(2, "Customer Account Account name", "missing_account")]


def test_copies_of_which_one_names_the_account_and_one_the_customer_alone_are_one_opportunity(
    database: str,
) -> None:
    import_rows(database, an_opportunity(name="first", **RETAIL))
    row = {"name": "Website", "status": "won", "customer": "Acme Retail", "account": "Acme"}
    imported = import_rows(database, row, row | {"account": ""}, layout="plain")
    assert counts(imported) == {"added": 1, "duplicate": 1}


@pytest.mark.parametrize("first", [0, 1])
def test_a_new_customer_has_the_account_that_any_of_its_rows_says(database: str, first: int) -> None:
    rows = an_opportunity(name="with", **RETAIL), an_opportunity(name="without", account="", customer="Acme Retail")
    imported = import_rows(database, rows[first], rows[1 - first])
    assert counts(imported) == {"added": 2}
    assert stored(database, "account", "customer") == [RETAIL, RETAIL]
    assert names(database, "account") == ["Acme"]


def test_without_account_column_orocrm_requires_a_customer(database: str) -> None:
    rows = an_opportunity(account=None, customer="Acme Retail"), an_opportunity(account=None, customer="", name="Shop")
    imported = import_rows(database, *rows)
    assert told(imported) == [(3, "Customer Account Account name", "missing_account")]
    assert counts(imported) == {"added": 1, "rejected": 1}


def test_an_account_alone_moves_an_opportunity_known_by_its_id(database: str) -> None:
    import_rows(database, an_opportunity(source_id="1"))
    assert counts(import_rows(database, an_opportunity(source_id="1", account="Globex"))) == {"updated": 1}
    assert stored(database, "account") == [{"account": "Globex"}]
    assert names(database, "account") == ["Acme", "Globex"]


def test_nothing_is_created_for_rows_that_are_rejected(database: str) -> None:
    import_rows(database, an_opportunity(account="Globex", status="?", owner="ann", customer="Globex Retail"))
    assert [names(database, table) for table in ("account", "owner", "customer")] == [[], [], []]
