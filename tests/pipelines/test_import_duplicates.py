from decimal import Decimal

import pytest

from tests.build import IN_EUROS_TOO, an_opportunity, counts, history, import_rows, money, stored, told


def test_equal_copies_are_stored_once_and_counted(database: str) -> None:
    imported = import_rows(database, *[an_opportunity()] * 3, an_opportunity(name="Shop"))
    assert counts(imported) == {"added": 2, "duplicate": 2}
    assert [row["name"] for row in stored(database)] == ["Website", "Shop"]
    assert money(imported) == {"USD": {"file": 4000, "stored": 2000, "duplicate": 2000}}


def test_copies_are_equal_when_their_values_are(database: str) -> None:
    imported = import_rows(
        database,
        an_opportunity(status="won", budget_amount="1000"),
        an_opportunity(name=" Website", status="Closed Won", budget_amount="1000.00", budget_currency="usd"),
    )
    assert counts(imported) == {"added": 1, "duplicate": 1}


def test_copies_that_differ_are_a_problem_on_each_of_them(database: str) -> None:
    imported = import_rows(
        database,
        an_opportunity(budget_amount="1"),
        an_opportunity(name="Shop"),
        an_opportunity(budget_amount="2"),
        an_opportunity(budget_amount="1"),
    )
    assert told(imported) == [
        (2, "Opportunity name", "duplicate_row"),
        (4, "Opportunity name", "duplicate_row"),
        (5, "Opportunity name", "duplicate_row"),
    ]
    assert {problem.value for problem in imported.problems} == {"Website"}
    assert all("(rows 2, 4, 5)" in problem.why for problem in imported.problems)
    assert counts(imported) == {"added": 1, "rejected": 3}
    assert money(imported) == {"USD": {"file": 1004, "stored": 1000, "rejected": 4}}


def test_the_last_of_several_is_taken_where_asked_for(database: str) -> None:
    imported = import_rows(
        database,
        an_opportunity(budget_amount="1", budget_currency="EUR"),
        an_opportunity(name="Shop"),
        an_opportunity(budget_amount="2"),
        an_opportunity(budget_amount="3"),
        settings=IN_EUROS_TOO,
        duplicates="last",
    )
    assert counts(imported) == {"added": 2, "duplicate": 2}
    assert stored(database, "name", "budget_amount") == [
        {"name": "Shop", "budget_amount": Decimal(1000)},
        {"name": "Website", "budget_amount": Decimal(3)},
    ]
    assert money(imported) == {
        "EUR": {"file": 1, "duplicate": 1},
        "USD": {"file": 1005, "stored": 1003, "duplicate": 2},
    }


def test_one_id_twice_is_one_opportunity_whatever_its_name(database: str) -> None:
    imported = import_rows(
        database,
        an_opportunity(source_id="1"),
        an_opportunity(source_id="1", name="Shop", account="Globex"),
        an_opportunity(source_id="2"),
    )
    assert told(imported) == [
        (2, "Opportunity name", "duplicate_row"),
        (3, "Opportunity name", "duplicate_row"),
    ]
    assert counts(imported) == {"added": 1, "rejected": 2}


def test_a_row_without_id_beside_a_namesake_with_one_is_the_same_opportunity(database: str) -> None:
    imported = import_rows(database, an_opportunity(source_id="1"), an_opportunity(source_id=""))
    assert [row for row, _, _ in told(imported)] == [2, 3]
    assert counts(imported) == {"rejected": 2}


def test_a_chain_of_an_id_and_a_name_is_one_opportunity(database: str) -> None:
    imported = import_rows(
        database,
        an_opportunity(source_id="1", name="Shop"),
        an_opportunity(source_id="1"),
        an_opportunity(source_id=""),
    )
    assert [row for row, _, code in told(imported) if code == "duplicate_row"] == [2, 3, 4]
    assert stored(database) == []


def test_the_last_of_a_chain_is_taken_where_asked_for(database: str) -> None:
    imported = import_rows(
        database,
        an_opportunity(source_id="1", name="Shop"),
        an_opportunity(source_id="1"),
        an_opportunity(source_id="", notes="last"),
        duplicates="last",
    )
    assert counts(imported) == {"added": 1, "duplicate": 2}
    assert stored(database, "name", "notes") == [{"name": "Website", "notes": "last"}]


def test_copies_of_a_stored_opportunity_change_it_once(database: str) -> None:
    import_rows(database, an_opportunity())
    again = import_rows(database, *[an_opportunity(notes="new")] * 2)
    assert counts(again) == {"updated": 1, "duplicate": 1}
    assert len(history(database)) == 1


def test_a_copy_that_cannot_be_read_does_not_spoil_the_other(database: str) -> None:
    imported = import_rows(database, an_opportunity(), an_opportunity(budget_amount="lots"))
    assert told(imported) == [(3, "Budget Amount", "not_a_number")]
    assert counts(imported) == {"added": 1, "rejected": 1}


def test_many_copies_are_settled_in_pieces(sqlite: str) -> None:
    rows = [an_opportunity(name=f"Deal {number % 700}") for number in range(1400)]
    imported = import_rows(sqlite, *rows)
    assert counts(imported) == {"added": 700, "duplicate": 700}
    assert imported.money["USD"].duplicate == 700000


@pytest.mark.parametrize("duplicates", ["equal", "last"])
def test_a_name_written_in_other_letters_is_no_copy(database: str, duplicates: str) -> None:
    rows = an_opportunity(notes="a"), an_opportunity(name="WEBSITE", notes="b")
    assert counts(import_rows(database, *rows, duplicates=duplicates)) == {"added": 2}


def test_several_ids_and_a_row_without_one_are_a_problem_even_where_the_last_is_taken(database: str) -> None:
    rows = an_opportunity(source_id="1"), an_opportunity(source_id="2"), an_opportunity(source_id="")
    imported = import_rows(database, *rows, duplicates="last")
    assert [row for row, _, code in told(imported) if code == "duplicate_row"] == [2, 3, 4]
    assert stored(database) == []


def test_namesakes_of_two_customers_of_one_account_are_one_opportunity(database: str) -> None:
    import_rows(
        database,
        an_opportunity(name="first", customer="Acme Retail"),
        an_opportunity(name="second", customer="Acme Online"),
    )
    rows = an_opportunity(account="", customer="Acme Retail"), an_opportunity(account="", customer="Acme Online")
    assert [row for row, _, code in told(import_rows(database, *rows)) if code == "duplicate_row"] == [2, 3]
    assert counts(import_rows(database, *rows, duplicates="last")) == {"added": 1, "duplicate": 1}
