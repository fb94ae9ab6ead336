import tempfile
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from connectors.databases import reading
from pipelines.accounts import decide_alias, forget_alias, list_aliases, undecided
from pipelines.imported import Imported
from schemas.errors import DatabaseError, UsageError
from schemas.names import match_key
from schemas.settings import Settings, parse_settings
from schemas.tables import account
from tests.build import NOON, an_opportunity, counts, import_rows, money, names, stored, told

ACCOUNT = "Customer Account Account name"
UNCERTAIN = [(2, ACCOUNT, "uncertain_account")]


def deal(account: str, name: str = "Website", **changed: str | None) -> dict[str, str]:
    return an_opportunity(account=account, name=name, **changed)


def import_accounts(database: str, *accounts: str, **changed: object) -> Imported:
    """Import one opportunity for each account."""
    rows = (deal(account, f"Deal {number}") for number, account in enumerate(accounts))
    return import_rows(database, *rows, **changed)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------- the same name


def test_an_account_is_found_by_another_spelling_and_keeps_its_own(database: str) -> None:
    import_rows(database, deal("Zürcher Werkzeugbau AG"))
    again = import_rows(database, deal("ZURCHER  WERKZEUGBAU"), deal("Zürcher Werkzeugbau A.G.", "Shop"))
    assert counts(again) == {"added": 1, "unchanged": 1}
    assert names(database, "account") == ["Zürcher Werkzeugbau AG"]
    assert [row["account"] for row in stored(database)] == ["Zürcher Werkzeugbau AG"] * 2


def test_a_file_with_other_spellings_twice_changes_nothing_the_second_time(database: str) -> None:
    rows = deal("Acme"), deal("ACME", "Shop"), deal("acme inc.", "Blog"), deal("Globex", "Blog", source_id="7")
    assert counts(import_rows(database, *(row | {"Id": row.get("Id", "")} for row in rows))) == {"added": 4}
    assert counts(import_rows(database, *(row | {"Id": row.get("Id", "")} for row in rows))) == {"unchanged": 4}
    assert names(database, "account") == ["Acme", "Globex"]


def test_spellings_of_one_file_are_one_account_named_as_the_first(database: str) -> None:
    assert counts(import_accounts(database, "ACME Inc.", "Acme", "acme, incorporated")) == {"added": 3}
    assert names(database, "account") == ["ACME Inc."]


def test_an_id_moves_to_the_stored_account_and_not_to_a_new_one(database: str) -> None:
    import_rows(database, deal("Acme", source_id="1"), deal("Globex", source_id="2"))
    assert counts(import_rows(database, deal("GLOBEX", source_id="1"))) == {"updated": 1}
    assert [row["account"] for row in stored(database)] == ["Globex", "Globex"]


def test_equal_rows_of_one_account_in_two_spellings_are_stored_once(database: str) -> None:
    imported = import_rows(database, deal("Acme"), deal("ACME Inc."))
    assert counts(imported) == {"added": 1, "duplicate": 1}
    assert money(imported) == {"USD": {"file": 2000, "stored": 1000, "duplicate": 1000}}


def test_different_rows_of_one_account_in_two_spellings_are_problems(database: str) -> None:
    rows = deal("Acme"), deal("ACME Inc.", budget_amount="7"), deal("Globex")
    imported = import_rows(database, *rows)
    assert told(imported) == [(row, "Opportunity name", "duplicate_row") for row in (2, 3)]
    assert counts(imported) == {"added": 1, "rejected": 2}
    assert counts(import_rows(database, *rows, duplicates="last")) == {"added": 1, "unchanged": 1, "duplicate": 1}


def test_accounts_of_different_legal_forms_are_different(database: str) -> None:
    assert counts(import_accounts(database, "Acme AG", "Acme GmbH", "ACME gmbh", "Acme")) == {"added": 4}
    assert names(database, "account") == ["Acme AG", "Acme GmbH", "Acme"]
    assert counts(import_accounts(database, "Acme A.G.", "acme gmbh")) == {"unchanged": 2}


def test_another_legal_form_than_the_stored_one_is_uncertain(database: str) -> None:
    import_rows(database, deal("Acme AG"))
    assert told(import_rows(database, deal("Acme GmbH"))) == UNCERTAIN
    assert names(database, "account") == ["Acme AG"]


def test_a_name_that_several_stored_accounts_may_mean_is_a_problem_that_names_them(database: str) -> None:
    import_accounts(database, "Acme AG", "Acme GmbH")
    imported = import_rows(database, deal("ACME"))
    assert told(imported) == UNCERTAIN
    assert imported.problems[0].why == (
        "is like the stored accounts 'Acme AG' (73 %), 'Acme GmbH' (62 %), but not certainly the same"
    )


@pytest.mark.parametrize("order", list(permutations(["Acme", "ACME Inc.", "Globex", "Acme & Sons"], 4))[::5])
def test_the_order_of_rows_makes_no_difference_to_which_accounts_there_are(sqlite: str, order: tuple[str]) -> None:
    import_accounts(sqlite, *order)
    assert sorted(map(match_key, names(sqlite, "account"))) == ["acme", "acme sons", "globex"]


# ----------------------------------------------------------------------------------------------- perhaps the same


def test_a_name_like_a_stored_one_is_a_problem_with_the_command_that_decides(database: str) -> None:
    import_rows(database, deal("Harbor Logistics"))
    imported = import_rows(database, deal("Harbour Logistics", "Dock"), deal("Harbor Logistics", "Gate"))
    assert told(imported) == UNCERTAIN
    assert imported.problems[0].value == "Harbour Logistics"
    assert imported.problems[0].why == (
        "is like the stored account 'Harbor Logistics' (97 %), but not certainly the same"
    )
    assert imported.problems[0].fix == (
        'Decide once: `dealport accounts alias "Harbour Logistics" --to "Harbor Logistics"`, '
        "or --new instead of --to where it is an account of its own."
    )
    assert counts(imported) == {"added": 1, "rejected": 1}
    assert money(imported) == {"USD": {"file": 2000, "stored": 1000, "rejected": 1000}}
    assert names(database, "account") == ["Harbor Logistics"]


def test_names_that_a_shell_would_change_are_quoted_in_the_command(sqlite: str) -> None:
    import_rows(sqlite, deal('Harbor "$HOME" Logistics'))
    problem = import_rows(sqlite, deal('Harbour "$HOME" Logistics')).problems[0]
    assert """alias 'Harbour "$HOME" Logistics' --to 'Harbor "$HOME" Logistics'`""" in problem.fix


def test_a_first_file_has_no_uncertain_accounts(database: str) -> None:
    likely = "Harbor Logistics", "Harbour Logistics", "Harbor Logistic"
    assert counts(import_accounts(database, *likely)) == {"added": 3}
    assert counts(import_accounts(database, *likely)) == {"unchanged": 3}
    assert names(database, "account") == list(likely)


def test_accounts_that_differ_in_their_number_are_different(database: str) -> None:
    import_accounts(database, *(f"Plant {number} Hamburg" for number in range(20)))
    assert counts(import_accounts(database, *(f"Plant {number} Hamburg" for number in range(10, 30)))) == {"added": 20}


def test_a_customer_that_tells_an_uncertain_account_is_the_cell_to_look_at(database: str) -> None:
    import_rows(database, deal("Harbor Logistics"))
    imported = import_rows(database, deal("", customer="Harbour Logistics"))
    assert told(imported) == [(2, "Customer Business Customer Customer name", "uncertain_account")]
    imported = import_rows(database, deal("", "Shop", customer="HARBOR LOGISTICS"))
    assert counts(imported) == {"added": 1}
    assert names(database, "account") == ["Harbor Logistics"]


def test_a_customer_of_an_account_in_another_spelling_belongs_to_it(database: str) -> None:
    import_rows(database, deal("Acme", customer="Acme Retail"))
    assert counts(import_rows(database, deal("ACME Inc.", "Shop", customer="Acme Retail"))) == {"added": 1}


@pytest.mark.parametrize(
    ("matching", "accounts"),
    [
        ("exact", ["Harbor Logistics", "HARBOR LOGISTICS", "Harbour Logistics"]),
        ("normalised", ["Harbor Logistics", "Harbour Logistics"]),
        ("fuzzy", ["Harbor Logistics"]),
    ],
)
def test_the_settings_say_how_far_matching_goes(database: str, matching: str, accounts: list[str]) -> None:
    chosen = parse_settings(f'[accounts]\nmatching = "{matching}"', "dealport.toml")
    import_accounts(database, "Harbor Logistics", settings=chosen)
    import_accounts(database, "Harbor Logistics", "HARBOR LOGISTICS", "Harbour Logistics", settings=chosen)
    assert names(database, "account") == accounts


def test_every_stored_account_has_its_match_key(database: str) -> None:
    import_accounts(database, "Acme Inc.", "Müller & Söhne KG", settings=Settings(account_matching="exact"))
    decide_alias("Globex Two", None, database)
    import_accounts(database, "Acme Inc.", "GLOBEX TWO")
    import_rows(database, deal("", customer="Initech Ltd"))
    with reading(database) as connection:
        found = connection.execute(select(account.c.name, account.c.match_key).order_by(account.c.id))
        assert list(map(tuple, found)) == [
            ("Acme Inc.", "acme"),
            ("Müller & Söhne KG", "muller sohne"),
            ("Globex Two", "globex two"),
            ("Initech Ltd", "initech"),
        ]


# -------------------------------------------------------------------------------------------------- decided once


def test_an_alias_decides_for_all_later_imports(database: str) -> None:
    import_rows(database, deal("Harbor Logistics"))
    decide_alias("Harbour Logistics", "Harbor Logistics", database, clock=lambda: NOON)
    imported = import_rows(database, deal("Harbour Logistics"), deal("HARBOUR LOGISTICS", "Shop"))
    assert counts(imported) == {"added": 1, "unchanged": 1}
    assert names(database, "account") == ["Harbor Logistics"]
    [alias] = list_aliases(database)
    assert (alias.name, alias.account, alias.own, alias.decided_at) == (
        "Harbour Logistics",
        "Harbor Logistics",
        False,
        NOON,
    )


def test_an_alias_needs_no_likeness_and_holds_when_names_must_be_exact(database: str) -> None:
    exact = Settings(account_matching="exact")
    import_rows(database, deal("Globex"), settings=exact)
    decide_alias("Initech", "Globex", database)
    assert counts(import_rows(database, deal("Initech"), settings=exact)) == {"unchanged": 1}


def test_a_name_decided_to_be_its_own_account_becomes_one_and_is_matched_like_any(database: str) -> None:
    import_rows(database, deal("Harbor Logistics"))
    assert decide_alias("Harbour Logistics", None, database).own
    assert counts(import_rows(database, deal("HARBOUR LOGISTICS Inc."))) == {"added": 1}
    assert counts(import_rows(database, deal("Harbour Logistics"))) == {"unchanged": 1}
    assert names(database, "account") == ["Harbor Logistics", "Harbour Logistics"]


def test_the_last_decision_counts_and_can_be_taken_back(database: str) -> None:
    import_accounts(database, "Acme AG", "Acme GmbH")
    decide_alias("Acme", "Acme AG", database)
    decide_alias("Acme", "Acme GmbH", database)
    assert [alias.account for alias in list_aliases(database)] == ["Acme GmbH"]
    assert counts(import_rows(database, deal("Acme", "Deal 1"))) == {"unchanged": 1}
    assert forget_alias("Acme", database).account == "Acme GmbH"
    assert list_aliases(database) == []
    assert told(import_rows(database, deal("Acme", "Deal 1"))) == UNCERTAIN


def test_an_alias_of_an_unknown_account_is_refused_with_the_nearest_one(database: str) -> None:
    import_accounts(database, "ACME Incorporated", "Globex")
    with pytest.raises(UsageError, match="Did you mean 'ACME Incorporated'") as caught:
        decide_alias("Acme Two", "Acme Incorporatd", database)
    assert caught.value.why == "There is no account 'Acme Incorporatd'."


def test_what_cannot_be_decided_is_refused(database: str) -> None:
    import_accounts(database, "Acme", "Globex")
    with pytest.raises(UsageError, match="'Acme' is the name of a stored account already"):
        decide_alias("Acme", "Globex", database)
    with pytest.raises(UsageError, match="The name is blank"):
        decide_alias("  ", "Globex", database)
    with pytest.raises(UsageError, match="There is no alias 'Acme'"):
        forget_alias("Acme", database)


def test_a_database_that_is_not_there_has_nothing_to_decide(sqlite: str) -> None:
    with pytest.raises(DatabaseError, match="holds no opportunities yet"):
        decide_alias("Acme", None, sqlite)


def test_what_runs_refused_is_listed_until_it_is_decided(database: str) -> None:
    import_accounts(database, "Harbor Logistics", "Acme AG", "Acme GmbH")
    import_rows(database, deal("Harbour Logistics"), deal(" Harbour Logistics ", "b"), deal("Acme"))
    import_rows(database, deal("Acme"), deal("Acme", "b"))
    found = [(one.name, one.rows, one.run, [c.account for c in one.candidates]) for one in undecided(database)]
    assert found == [
        ("Acme", 2, 3, ["Acme AG", "Acme GmbH"]),
        ("Harbour Logistics", 1, 2, ["Harbor Logistics"]),
    ]
    decide_alias("Acme", None, database)
    decide_alias("Harbour Logistics", "Harbor Logistics", database)
    assert undecided(database) == []


# --------------------------------------------------------------------------------------------------- whatever file

SPELLED = ["Acme", "ACME", "Acme Inc.", "Acme AG", "Harbor Logistics", "Harbour Logistics", "harbor-logistics", ""]


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.sampled_from(SPELLED), st.sampled_from(["a", "b"])), min_size=1, max_size=6),
    st.lists(st.tuples(st.sampled_from(SPELLED), st.sampled_from(["a", "b"])), min_size=1, max_size=6),
)
def test_whatever_the_spellings_the_run_balances_and_the_second_time_changes_nothing(
    first: list[tuple[str, str]], second: list[tuple[str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{Path(folder) / 'deals.db'}"
        for pairs in (first, second):
            rows = [deal(*pair) for pair in pairs]
            assert import_rows(database, *rows).balanced
            before = stored(database), names(database, "account")
            again = import_rows(database, *rows)
            assert again.balanced
            assert (again.added, again.updated) == (0, 0)
            assert (stored(database), names(database, "account")) == before
