from datetime import date
from decimal import Decimal

import pytest

from tests.build import IN_EUROS_TOO, an_opportunity, counts, history, import_rows, names, stored, told

EVERYTHING = {
    "close_date": "2026-12-31",
    "probability": "40",
    "customer_need": "a shop",
    "close_revenue": "900",
    "close_revenue_currency": "USD",
    "proposed_solution": "ours",
    "notes": "call again",
    "close_reason": "Won",
    "contact_first_name": "Jerry",
    "contact_last_name": "Coleman",
    "lead": "Fair",
    "owner": "ann",
    "customer": "Acme Retail",
}
BARE = ["name", "account", "status"]


def test_a_column_that_the_file_lacks_is_left_untouched(database: str) -> None:
    import_rows(database, an_opportunity(**EVERYTHING, source_id="1", tags="big"))
    before = stored(database)
    row = an_opportunity(budget_amount=None, budget_currency=None)
    assert counts(import_rows(database, row)) == {"unchanged": 1}
    changed = row | {"Additional comments": "new"}
    assert counts(import_rows(database, changed)) == {"updated": 1}
    (after,) = stored(database)
    written = {"notes": "new", "run_id": 3}
    assert after | {"valid_from": None} == before[0] | written | {"valid_from": None}


def test_a_blank_cell_clears_what_was_stored(database: str) -> None:
    import_rows(database, an_opportunity(**EVERYTHING))
    blank = dict.fromkeys(EVERYTHING, "") | {"probability": "  ", "notes": " \t"}
    again = import_rows(database, an_opportunity(budget_amount="", budget_currency="", **blank))
    assert counts(again) == {"updated": 1}
    cleared = [*EVERYTHING, "budget_amount", "budget_currency"]
    assert stored(database, *cleared) == [dict.fromkeys(cleared)]
    assert stored(database, *BARE) == [{"name": "Website", "account": "Acme", "status": "in_progress"}]


def test_everything_that_a_row_says_is_stored(database: str) -> None:
    import_rows(database, an_opportunity(**EVERYTHING, source_id="1", tags="big, new,big ,"))
    expected = EVERYTHING | {
        "close_date": date(2026, 12, 31),
        "probability": Decimal("0.4"),
        "close_revenue": Decimal(900),
        "budget_amount": Decimal(1000),
        "budget_currency": "USD",
        "tags": "big, new",
        "source_id": "1",
    }
    assert stored(database, *expected) == [expected]


@pytest.mark.parametrize("blank", ["", "  "])
def test_blank_tags_and_a_blank_id_clear_nothing(database: str, blank: str) -> None:
    import_rows(database, an_opportunity(source_id="1", tags="big, new"))
    again = import_rows(database, an_opportunity(source_id=blank, tags=blank))
    assert counts(again) == {"unchanged": 1}
    assert stored(database, "source", "source_id", "tags") == [
        {"source": "orocrm", "source_id": "1", "tags": "big, new"}
    ]


def test_tags_replace_the_stored_ones(database: str) -> None:
    import_rows(database, an_opportunity(tags="big, new"))
    import_rows(database, an_opportunity(tags="old"))
    assert stored(database, "tags") == [{"tags": "old"}]


def test_a_row_shorter_than_its_headers_is_a_problem_and_clears_nothing(database: str) -> None:
    import_rows(database, an_opportunity(notes="kept"))
    before = stored(database)
    imported = import_rows(database, an_opportunity(status="", notes=""))
    assert told(imported) == [(2, "Status Id", "missing_status")]
    assert stored(database) == before


def test_an_amount_with_a_blank_currency_is_in_the_base_currency(database: str) -> None:
    import_rows(database, an_opportunity(budget_amount="12.5", budget_currency=""), settings=IN_EUROS_TOO)
    assert stored(database, "budget_amount", "budget_currency") == [
        {"budget_amount": Decimal("12.5"), "budget_currency": "USD"}
    ]


def test_a_blank_currency_turns_a_stored_one_into_the_base_currency(database: str) -> None:
    import_rows(database, an_opportunity(budget_currency="EUR"), settings=IN_EUROS_TOO)
    again = import_rows(database, an_opportunity(budget_currency=""), settings=IN_EUROS_TOO)
    assert counts(again) == {"updated": 1}
    assert stored(database, "budget_currency") == [{"budget_currency": "USD"}]


def test_a_file_without_the_currency_column_keeps_the_stored_currency(database: str) -> None:
    import_rows(database, an_opportunity(budget_currency="EUR"), settings=IN_EUROS_TOO)
    without = an_opportunity(budget_currency=None)
    assert counts(import_rows(database, without, settings=IN_EUROS_TOO)) == {"unchanged": 1}
    changed = import_rows(
        database,
        an_opportunity(budget_currency=None, budget_amount="70"),
        an_opportunity(budget_currency=None, name="Shop", budget_amount="30"),
        settings=IN_EUROS_TOO,
    )
    assert counts(changed) == {"added": 1, "updated": 1}
    assert {code: sums.stored for code, sums in changed.money.items()} == {"EUR": 70, "USD": 30}
    assert stored(database, "budget_amount", "budget_currency") == [
        {"budget_amount": Decimal(70), "budget_currency": "EUR"},
        {"budget_amount": Decimal(30), "budget_currency": "USD"},
    ]


def test_an_amount_that_was_cleared_has_no_currency_and_comes_back_in_the_base_currency(database: str) -> None:
    import_rows(database, an_opportunity(budget_currency="EUR"), settings=IN_EUROS_TOO)
    import_rows(database, an_opportunity(budget_amount="", budget_currency="EUR"), settings=IN_EUROS_TOO)
    assert stored(database, "budget_amount", "budget_currency") == [{"budget_amount": None, "budget_currency": None}]
    import_rows(database, an_opportunity(budget_amount="5", budget_currency=None), settings=IN_EUROS_TOO)
    assert stored(database, "budget_amount", "budget_currency") == [
        {"budget_amount": Decimal(5), "budget_currency": "USD"}
    ]


def test_a_currency_alone_changes_the_currency_of_a_stored_amount(database: str) -> None:
    import_rows(database, an_opportunity(), an_opportunity(name="Shop", budget_amount=""))
    again = import_rows(
        database,
        an_opportunity(budget_amount=None, budget_currency="EUR"),
        an_opportunity(name="Shop", budget_amount=None, budget_currency="EUR"),
        settings=IN_EUROS_TOO,
    )
    assert counts(again) == {"updated": 1, "unchanged": 1}
    assert stored(database, "budget_amount", "budget_currency") == [
        {"budget_amount": Decimal(1000), "budget_currency": "EUR"},
        {"budget_amount": None, "budget_currency": None},
    ]


def test_half_of_a_contact_in_a_file_names_a_contact_of_that_half(database: str) -> None:
    import_rows(database, an_opportunity(contact_first_name="Jerry", contact_last_name="Coleman"))
    assert counts(import_rows(database, an_opportunity(contact_last_name="Coleman"))) == {"updated": 1}
    assert counts(import_rows(database, an_opportunity(contact_last_name="Coleman"))) == {"unchanged": 1}
    assert stored(database, "contact_first_name", "contact_last_name") == [
        {"contact_first_name": "", "contact_last_name": "Coleman"}
    ]


def test_contact_and_owner_are_created_once_and_found_again(database: str) -> None:
    jerry = {"contact_first_name": "Jerry", "contact_last_name": "Coleman", "owner": "ann"}
    import_rows(database, an_opportunity(**jerry), an_opportunity(name="Shop", **jerry))
    import_rows(database, an_opportunity(name="Blog", **jerry | {"owner": "bob"}))
    assert [row["contact_id"] for row in stored(database)] == [1, 1, 1]
    assert names(database, "owner") == ["ann", "bob"]


def test_a_text_keeps_its_blanks_and_lines(database: str) -> None:
    import_rows(database, an_opportunity(notes=' two\nlines, "quoted" '))
    assert stored(database, "notes") == [{"notes": ' two\nlines, "quoted" '}]
    assert history(database) == []
