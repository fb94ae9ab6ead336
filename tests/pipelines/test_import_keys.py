import pytest

from schemas.settings import Settings
from tests.build import an_opportunity, counts, history, import_rows, names, stored, told


def test_a_new_opportunity_is_stored_with_its_account(database: str) -> None:
    imported = import_rows(database, an_opportunity())
    assert (counts(imported), told(imported)) == ({"added": 1}, [])
    assert stored(database, "name", "account", "status", "source", "source_id") == [
        {"name": "Website", "account": "Acme", "status": "in_progress", "source": None, "source_id": None}
    ]
    assert history(database) == []


def test_an_opportunity_without_id_is_known_by_account_and_name(database: str) -> None:
    import_rows(database, an_opportunity(notes="first"))
    again = import_rows(
        database,
        an_opportunity(notes="second"),
        an_opportunity(account="Globex", notes="other account"),
        an_opportunity(name="Shop", notes="other name"),
    )
    assert counts(again) == {"added": 2, "updated": 1}
    assert stored(database, "name", "account", "notes") == [
        {"name": "Website", "account": "Acme", "notes": "second"},
        {"name": "Website", "account": "Globex", "notes": "other account"},
        {"name": "Shop", "account": "Acme", "notes": "other name"},
    ]


def test_an_opportunity_with_an_id_is_known_by_it_whatever_its_name(database: str) -> None:
    import_rows(database, an_opportunity(source_id="A-1"))
    again = import_rows(database, an_opportunity(source_id="A-1", name="Shop", account="Globex"))
    assert counts(again) == {"updated": 1}
    assert stored(database, "source", "source_id", "name", "account") == [
        {"source": "orocrm", "source_id": "A-1", "name": "Shop", "account": "Globex"}
    ]


def test_rows_with_different_ids_may_share_account_and_name(database: str) -> None:
    rows = an_opportunity(source_id="1"), an_opportunity(source_id="2")
    assert counts(import_rows(database, *rows)) == {"added": 2}
    assert counts(import_rows(database, *rows)) == {"unchanged": 2}


def test_the_same_id_of_another_source_is_another_opportunity(database: str) -> None:
    import_rows(database, an_opportunity(source_id="1"))
    row = {"source_id": "1", "name": "Shop", "account": "Acme", "status": "won"}
    assert counts(import_rows(database, row, layout="plain")) == {"added": 1}
    assert stored(database, "source", "source_id", "name") == [
        {"source": "orocrm", "source_id": "1", "name": "Website"},
        {"source": "plain", "source_id": "1", "name": "Shop"},
    ]


def test_an_opportunity_stored_without_id_is_adopted_by_the_row_that_brings_one(database: str) -> None:
    import_rows(database, an_opportunity())
    assert counts(import_rows(database, an_opportunity(source_id="7"))) == {"updated": 1}
    assert counts(import_rows(database, an_opportunity(source_id="7", name="Shop"))) == {"updated": 1}
    assert stored(database, "source", "source_id", "name") == [{"source": "orocrm", "source_id": "7", "name": "Shop"}]


def test_a_row_whose_id_cell_is_blank_is_known_by_account_and_name_and_the_id_stays(database: str) -> None:
    import_rows(database, an_opportunity(source_id="7"))
    assert counts(import_rows(database, an_opportunity(source_id="", notes="new"))) == {"updated": 1}
    assert stored(database, "source", "source_id", "notes") == [{"source": "orocrm", "source_id": "7", "notes": "new"}]


def test_a_row_without_id_that_fits_two_stored_opportunities_is_a_problem(database: str) -> None:
    import_rows(database, an_opportunity(source_id="1"), an_opportunity(source_id="2"))
    before = stored(database)
    again = import_rows(database, an_opportunity(notes="which one?"), an_opportunity(name="Shop"))
    assert told(again) == [(2, "Opportunity name", "ambiguous_match")]
    assert "matches 2 stored opportunities (" in again.problems[0].why
    assert counts(again) == {"added": 1, "rejected": 1}
    assert stored(database)[:2] == before


def test_an_id_that_is_stored_decides_between_namesakes(database: str) -> None:
    import_rows(database, an_opportunity(source_id="1"), an_opportunity(source_id="2"))
    again = import_rows(database, an_opportunity(source_id="2", notes="mine"))
    assert counts(again) == {"updated": 1}
    assert stored(database, "source_id", "notes") == [
        {"source_id": "1", "notes": None},
        {"source_id": "2", "notes": "mine"},
    ]


def test_a_new_id_beside_a_namesake_with_another_id_is_a_new_opportunity(database: str) -> None:
    import_rows(database, an_opportunity(source_id="1"))
    assert counts(import_rows(database, an_opportunity(source_id="2"))) == {"added": 1}


def test_two_rows_that_lead_to_one_stored_opportunity_are_problems(database: str) -> None:
    import_rows(database, an_opportunity(source_id="1"))
    again = import_rows(
        database, an_opportunity(source_id="1", name="Shop"), an_opportunity(source_id="", notes="by name")
    )
    assert told(again) == [
        (2, "Opportunity name", "same_opportunity"),
        (3, "Opportunity name", "same_opportunity"),
    ]
    assert "rows 2, 3" in again.problems[0].why
    assert stored(database, "name", "notes") == [{"name": "Website", "notes": None}]


def test_names_are_compared_without_surrounding_blanks_but_with_their_case(database: str) -> None:
    import_rows(database, an_opportunity())
    again = import_rows(database, an_opportunity(name=" Website ", account="Acme "), an_opportunity(name="WEBSITE"))
    assert counts(again) == {"added": 1, "unchanged": 1}
    assert [row["name"] for row in stored(database)] == ["Website", "WEBSITE"]


def test_a_file_with_ids_alone_changes_what_it_names(database: str) -> None:
    import_rows(database, an_opportunity(source_id="1"), an_opportunity(source_id="2"))
    only = {"name": None, "account": None, "status": None, "budget_amount": None, "budget_currency": None}
    again = import_rows(
        database,
        an_opportunity(source_id="2", notes="called", **only),
        an_opportunity(source_id="3", notes="nobody", **only),
    )
    assert told(again) == [
        (3, "Customer Account Account name", "missing_account"),
        (3, "Opportunity name", "missing_name"),
        (3, "Status Id", "missing_status"),
    ]
    assert counts(again) == {"updated": 1, "rejected": 1}
    assert stored(database, "name", "notes") == [
        {"name": "Website", "notes": None},
        {"name": "Website", "notes": "called"},
    ]


@pytest.mark.parametrize(
    ("field", "header"),
    [
        ("name", "Opportunity name"),
        ("status", "Status Id"),
        ("account", "Customer Account Account name"),
    ],
)
@pytest.mark.parametrize("blank", ["", "   "])
def test_name_status_and_account_are_required(sqlite: str, field: str, header: str, blank: str) -> None:
    imported = import_rows(sqlite, an_opportunity(**{field: blank}))
    assert told(imported) == [(2, header, f"missing_{field}")]
    assert counts(imported) == {"rejected": 1}
    assert stored(sqlite) == []


def test_the_account_is_required_by_the_layout_of_orocrm_only(database: str) -> None:
    with_account = {"name": "Website", "account": "Acme", "status": "needs_analysis"}
    rows = with_account, with_account | {"account": ""}
    assert counts(import_rows(database, *rows, layout="plain")) == {"added": 2}
    assert counts(import_rows(database, *rows, layout="plain")) == {"unchanged": 2}
    assert stored(database, "name", "account") == [
        {"name": "Website", "account": "Acme"},
        {"name": "Website", "account": None},
    ]


def test_a_file_without_an_account_column_means_opportunities_without_account(database: str) -> None:
    import_rows(database, an_opportunity())
    row = {"name": "Website", "status": "won"}
    assert counts(import_rows(database, row, layout="plain")) == {"added": 1}
    assert counts(import_rows(database, row, layout="plain")) == {"unchanged": 1}
    assert stored(database, "account", "status") == [
        {"account": "Acme", "status": "in_progress"},
        {"account": None, "status": "won"},
    ]


def test_the_rule_that_an_account_is_required_can_be_switched_off(database: str) -> None:
    lenient = Settings(rules_off=frozenset({"missing_account"}))
    row = an_opportunity(account="")
    assert counts(import_rows(database, row, settings=lenient)) == {"added": 1}
    assert counts(import_rows(database, row, settings=lenient)) == {"unchanged": 1}


@pytest.mark.parametrize(
    ("field", "cell", "header", "code", "fix"),
    [
        ("status", "wonn", "Status Id", "unknown_status", "Did you mean 'won'?"),
        ("status", "?", "Status Id", "unknown_status", "Known: in_progress, identification_alignment, "),
        ("close_reason", "Canceled", "Close reason Name", "unknown_close_reason", "Did you mean 'Cancelled'?"),
        ("close_reason", "?", "Close reason Name", "unknown_close_reason", "Known: Outsold, Won, Cancelled."),
        ("budget_currency", "XYZ", "Budget Amount Currency", "unknown_currency", "Known: USD."),
    ],
)
def test_an_unknown_word_is_a_problem_that_says_what_is_known(
    sqlite: str, field: str, cell: str, header: str, code: str, fix: str
) -> None:
    imported = import_rows(sqlite, an_opportunity(**{field: cell}))
    assert told(imported) == [(2, header, code)]
    assert imported.problems[0].value == cell
    assert fix in imported.problems[0].fix


@pytest.mark.parametrize("word", ["won", "WON", "Closed Won", "closed  won", "opportunity_status.won"])
def test_a_status_is_known_by_its_id_and_its_label(sqlite: str, word: str) -> None:
    import_rows(sqlite, an_opportunity(status=word))
    assert stored(sqlite, "status") == [{"status": "won"}]


def test_ids_follow_the_order_of_the_file(database: str) -> None:
    import_rows(database, *(an_opportunity(name=name, account=name) for name in ("c", "a", "b")))
    import_rows(database, *(an_opportunity(name=name, account=name) for name in ("z", "b", "y")))
    found = stored(database, "id", "name")
    assert [row["name"] for row in found] == ["c", "a", "b", "z", "y"]
    assert [row["id"] for row in found] == sorted(row["id"] for row in found)
    assert names(database, "account") == ["c", "a", "b", "z", "y"]
