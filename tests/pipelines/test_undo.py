"""Undo: what a run added goes, what it replaced comes back, what others changed since is kept and listed."""

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from connectors.databases import transaction
from pipelines.accounts import decide_alias
from pipelines.ledger import list_runs
from pipelines.rating import import_rates, list_rates
from pipelines.undo.counting import Moving
from pipelines.undoing import Undone
from schemas.errors import RunError, UnknownNameError
from schemas.tables import opportunity_history, run
from tests.build import IN_DOLLARS, NOON, an_opportunity, at, history, import_rows, names, present, stored, undo

LINKS = "account", "customer", "owner", "contact"


def kept(undone: Undone) -> list[tuple[str, str, str]]:
    return [(row.table, row.name, row.why) for row in undone.kept_rows]


def counts(undone: Undone, table: str = "opportunity") -> dict[str, int]:
    return {name: number for name, number in vars(undone.tables[table]).items() if number}


FIRST = an_opportunity(owner="ann"), an_opportunity(name="Shop", account="Globex", customer="Globex Labs")
SECOND = (
    an_opportunity(owner="bob", budget_amount="7", status="won", notes="signed"),
    an_opportunity(name="Portal", account="Umbrella", contact_first_name="Jo", contact_last_name="Doe"),
)


def test_an_undo_restores_what_a_run_changed_and_removes_what_it_added(database: str) -> None:
    import_rows(database, *FIRST)
    before = present(database)
    import_rows(database, *SECOND, at=at(1))
    undone = undo(database, 2)
    assert present(database) == before
    assert counts(undone) == {"read": 2, "restored": 1, "removed": 1}
    assert {table: counts(undone, table) for table in ("owner", "account", "contact")} == {
        table: {"read": 1, "removed": 1} for table in ("owner", "account", "contact")
    }
    assert (undone.run, undone.undoes, undone.kept_rows) == (3, 2, [])
    assert undone.money == {"USD": Moving(Decimal(1007), Decimal(1000))}


def test_what_an_undo_restores_is_known_from_then_on_and_leads_to_the_file_that_stated_it(database: str) -> None:
    import_rows(database, *FIRST)
    import_rows(database, *SECOND, at=at(1))
    undo(database, 2)
    assert stored(database, "name", "run_id", "row", "valid_from", "created_at") == [
        {"name": "Website", "run_id": 1, "row": 2, "valid_from": at(60), "created_at": NOON},
        {"name": "Shop", "run_id": 1, "row": 3, "valid_from": NOON, "created_at": NOON},
    ]
    assert history(database, "name", "run_id", "valid_from", "valid_to", "replaced_by_run_id") == [
        {"name": "Website", "run_id": 1, "valid_from": NOON, "valid_to": at(1), "replaced_by_run_id": 2},
        {"name": "Website", "run_id": 2, "valid_from": at(1), "valid_to": at(60), "replaced_by_run_id": 3},
        {"name": "Portal", "run_id": 2, "valid_from": at(1), "valid_to": at(60), "replaced_by_run_id": 3},
    ]


def test_an_undo_is_a_run_in_the_ledger(database: str) -> None:
    import_rows(database, *FIRST)
    undo(database, 1)
    told, _ = list_runs(database)
    facts = ("id", "kind", "state", "undoes_run_id", "read", "updated", "removed", "kept", "unchanged", "recorded_at")
    assert [told[fact] for fact in facts] == [2, "undo", "done", 1, 6, 0, 6, 0, 0, at(60)]


def test_undos_of_undos_go_forth_and_back(database: str) -> None:
    import_rows(database, *FIRST)
    before = present(database)
    import_rows(database, *SECOND, at=at(1))
    after = present(database)
    for number in range(2, 8):
        undo(database, number, 60 + number)
        assert present(database) == (before if number % 2 == 0 else after)


def test_a_row_that_another_run_changed_since_is_kept_and_listed(database: str) -> None:
    import_rows(database, *FIRST)
    import_rows(database, *SECOND, at=at(1))
    import_rows(database, an_opportunity(budget_amount="8"), at=at(2))
    undone = undo(database, 2)
    assert counts(undone) == {"read": 2, "removed": 1, "kept": 1}
    assert kept(undone) == [
        ("opportunity", "Website", "changed since by run 3 (import of deals.csv)"),
        ("owner", "bob", "still used by an opportunity"),
    ]
    assert [row.run for row in undone.kept_rows] == [3, None]
    assert stored(database, "name", "budget_amount", "owner") == [
        {"name": "Website", "budget_amount": Decimal(8), "owner": "bob"},
        {"name": "Shop", "budget_amount": Decimal(1000), "owner": None},
    ]


def test_a_kept_row_goes_back_once_what_changed_it_is_undone(database: str) -> None:
    import_rows(database, *FIRST)
    before = present(database)
    import_rows(database, *SECOND, at=at(1))
    import_rows(database, an_opportunity(budget_amount="8"), at=at(2))
    undo(database, 2)
    undo(database, 3, 61)
    again = undo(database, 2, 62)
    assert counts(again) == {"read": 2, "restored": 1, "undone": 1}
    assert counts(again, "owner") == {"read": 1, "removed": 1}
    assert present(database) == before


def test_a_cascade_takes_later_runs_along_last_first(database: str) -> None:
    import_rows(database, *FIRST)
    before = present(database)
    import_rows(database, *SECOND, at=at(1))
    import_rows(database, an_opportunity(budget_amount="8"), an_opportunity(name="Shop", account="Globex"), at=at(2))
    import_rows(database, an_opportunity(name="Shop", account="Globex", notes="later"), at=at(3))
    import_rows(database, an_opportunity(name="Apart"), at=at(4))
    undone = undo(database, 2, cascade=True)
    assert [(one.run, one.undoes) for one in (*undone.before, undone)] == [(6, 3), (7, 2)]
    assert undone.kept_rows == []
    assert [row["name"] for row in stored(database)] == ["Website", "Shop", "Apart"]
    undo(database, 5)
    undo(database, 4)
    assert present(database) == before


def test_a_cascade_undoes_first_what_changed_the_rows_of_a_later_run(database: str) -> None:
    import_rows(database, an_opportunity())
    import_rows(database, an_opportunity(notes="b"), at=at(1))
    import_rows(database, an_opportunity(notes="c"), an_opportunity(name="Shop"), at=at(2))
    import_rows(database, an_opportunity(name="Shop", notes="d"), at=at(3))
    undone = undo(database, 2, cascade=True)
    assert [one.undoes for one in (*undone.before, undone)] == [4, 3, 2]
    assert stored(database, "name", "notes") == [{"name": "Website", "notes": None}]


def test_a_cascade_ends_where_a_later_run_was_undone_in_part(database: str) -> None:
    for day, notes in enumerate(("first", "second", "third")):
        import_rows(database, an_opportunity(notes=notes), an_opportunity(name="Shop", notes=notes), at=at(day))
    import_rows(database, an_opportunity(name="Shop", notes="fourth"), at=at(3))
    assert len(kept(undo(database, 3, 60))) == 1
    undone = undo(database, 2, 61, cascade=True)
    assert [one.undoes for one in (*undone.before, undone)] == [4, 3, 2]
    assert [deal["notes"] for deal in stored(database)] == ["first", "first"]


def test_without_a_cascade_nothing_of_later_runs_is_touched(database: str) -> None:
    import_rows(database, an_opportunity())
    import_rows(database, an_opportunity(notes="b"), at=at(1))
    before = present(database)
    undone = undo(database, 1)
    assert (undone.run, undone.moved, undone.total("kept")) == (None, False, 2)
    assert present(database) == before
    assert len(list_runs(database)) == 2


def test_a_dry_run_tells_what_an_undo_does_and_stores_nothing(database: str) -> None:
    import_rows(database, *FIRST)
    import_rows(database, *SECOND, at=at(1))
    before = present(database), history(database)
    told = undo(database, 2, dry_run=True)
    assert (told.run, told.dry_run) == (None, True)
    assert (present(database), history(database), len(list_runs(database))) == (*before, 2)
    done = undo(database, 2)
    assert (told.tables, told.money, told.kept_rows) == (done.tables, done.money, done.kept_rows)


def test_a_dry_run_of_a_cascade_has_no_runs_either(database: str) -> None:
    import_rows(database, an_opportunity())
    import_rows(database, an_opportunity(notes="b"), at=at(1))
    told = undo(database, 1, cascade=True, dry_run=True)
    assert [(one.run, one.undoes, one.dry_run) for one in (*told.before, told)] == [(None, 2, True), (None, 1, True)]
    assert len(list_runs(database)) == 2


def test_names_that_others_still_use_are_kept(database: str) -> None:
    import_rows(database, an_opportunity(name="A", owner="ann", customer="Labs", contact_last_name="Doe"))
    import_rows(database, an_opportunity(name="B", owner="ann", customer="Labs", contact_last_name="Doe"), at=at(1))
    undone = undo(database, 1)
    assert kept(undone) == [
        ("customer", "Labs", "still used by an opportunity"),
        ("account", "Acme", "still used by a customer"),
        ("contact", "Doe", "still used by an opportunity"),
        ("owner", "ann", "still used by an opportunity"),
    ]
    assert [row["name"] for row in stored(database)] == ["B"]


def test_an_account_that_a_decided_name_means_is_kept(database: str) -> None:
    import_rows(database, an_opportunity())
    decide_alias("ACME & Sons", "Acme", database)
    assert kept(undo(database, 1)) == [("account", "Acme", "still used by an alias")]
    assert names(database, "account") == ["Acme"]


def test_what_came_again_meanwhile_is_not_doubled_by_the_undo_of_an_undo(database: str) -> None:
    import_rows(database, an_opportunity(source_id="7"), an_opportunity(name="Shop"))
    undo(database, 1, 1)
    import_rows(database, an_opportunity(source_id="7", notes="again"), an_opportunity(name="Shop"), at=at(2))
    undone = undo(database, 2)
    assert kept(undone) == [
        ("opportunity", "Website", "exists again as opportunity 5"),
        ("opportunity", "Shop", "exists again as opportunity 6"),
        ("account", "Acme", "changed since by run 3 (import of deals.csv)"),
    ]
    assert undone.run is None


def test_an_account_that_is_named_again_is_the_one_it_was(database: str) -> None:
    import_rows(database, an_opportunity(), an_opportunity(name="Shop", account="Globex"))
    import_rows(database, an_opportunity(name="Other", account="Umbrella"), at=at(1))
    before = present(database)
    undo(database, 1)
    import_rows(database, an_opportunity(name="New"), at=at(61))
    again = undo(database, 3, 62)
    assert kept(again) == [("account", "Acme", "changed since by run 4 (import of deals.csv)")]
    assert [row["account"] for row in stored(database)] == ["Acme", "Globex", "Umbrella", "Acme"]
    undo(database, 4, 63)
    assert present(database)["opportunity"] == before["opportunity"]


def test_what_a_restored_row_refers_to_comes_back_with_it(database: str) -> None:
    import_rows(database, an_opportunity(owner="ann", source_id="1"))
    import_rows(database, an_opportunity(owner="bob", source_id="1"), at=at(1))
    first = undo(database, 1)
    assert kept(first) == [
        ("opportunity", "Website", "changed since by run 2 (import of deals.csv)"),
        ("account", "Acme", "still used by an opportunity"),
    ]
    assert names(database, "owner") == ["bob"]
    second = undo(database, 2, 61)
    assert counts(second, "owner") == {"read": 1, "removed": 1, "along": 1}
    assert stored(database, "owner", "run_id") == [{"owner": "ann", "run_id": 1}]
    third = undo(database, 4, 62)
    assert counts(third, "owner") == {"read": 2, "restored": 1, "removed": 1}
    assert stored(database, "owner", "run_id") == [{"owner": "bob", "run_id": 2}]
    assert names(database, "owner") == ["bob"]


def test_rates_go_back_too(database: str, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text("day,currency,rate\n2026-11-20,EUR,1.10\n", encoding="utf-8")
    import_rates(file, database, IN_DOLLARS, clock=lambda: at(0))
    before = list_rates(database)
    file.write_text("day,currency,rate\n2026-11-20,EUR,1.20\n2026-11-21,EUR,1.30\n", encoding="utf-8")
    import_rates(file, database, IN_DOLLARS, clock=lambda: at(1))
    after = list_rates(database)
    assert counts(undo(database, 2), "exchange_rate") == {"read": 2, "restored": 1, "removed": 1}
    assert list_rates(database) == before
    undo(database, 3, 61)
    assert list_rates(database) == after
    kept_rate = undo(database, 1, 62)
    assert kept(kept_rate) == [("exchange_rate", "2026-11-20 EUR USD", "changed since by run 2 (rates of rates.csv)")]


def test_an_unknown_run_is_refused(database: str) -> None:
    import_rows(database, an_opportunity())
    with pytest.raises(UnknownNameError, match="There is no run '7'"):
        undo(database, 7)


def test_a_database_that_is_not_there_is_not_made(sqlite: str) -> None:
    with pytest.raises(RunError, match="holds no opportunities yet"):
        undo(sqlite, 1)


@pytest.mark.parametrize("state", ["held", "approved", "refused"])
def test_a_run_that_stored_nothing_itself_is_refused(database: str, state: str) -> None:
    import_rows(database, an_opportunity())
    with transaction(database) as connection:
        connection.execute(update(run).values(state=state))
    with pytest.raises(RunError, match=f"Run 1 is {state}: it stored nothing itself"):
        undo(database, 1)


def test_a_run_that_changed_nothing_is_refused(database: str) -> None:
    import_rows(database, an_opportunity())
    import_rows(database, an_opportunity(), at=at(1))
    with pytest.raises(RunError, match="Run 2 changed nothing"):
        undo(database, 2)


def test_a_run_is_undone_once_and_the_way_back_is_told(database: str) -> None:
    import_rows(database, an_opportunity())
    undo(database, 1)
    with pytest.raises(RunError, match=r"Run 1 was undone by run 2\.\nTo bring back what it did: dealport runs undo 2"):
        undo(database, 1)
    undo(database, 2)
    with pytest.raises(RunError, match="Run 2 was undone by run 3"):
        undo(database, 2)
    assert undo(database, 1).run == 4


def test_more_rows_than_are_looked_up_one_by_one_go_too(database: str) -> None:
    people = [
        an_opportunity(name=f"Deal {n}", account=f"Account {n}", owner=f"owner {n}", contact_last_name=f"Doe {n}")
        for n in range(30)
    ]
    import_rows(database, *people)
    undone = undo(database, 1)
    assert {name: count.removed for name, count in undone.tables.items()} == dict.fromkeys(
        ("opportunity", "account", "owner", "contact"), 30
    )
    assert all(not rows for rows in present(database).values())
    undo(database, 2, 61)
    assert len(stored(database)) == 30


def test_the_indexes_and_foreign_keys_are_those_of_before(database: str) -> None:
    def made() -> list[str]:
        with transaction(database) as connection:
            if connection.dialect.name == "sqlite":
                return sorted(connection.exec_driver_sql("select name from sqlite_master").scalars())
            indexes = connection.exec_driver_sql("select indexdef from pg_indexes where schemaname = 'public'")
            keys = connection.exec_driver_sql("select conname || pg_get_constraintdef(oid) from pg_constraint")
            return sorted([*indexes.scalars(), *keys.scalars()])

    import_rows(database, *(an_opportunity(name=f"Deal {n}", owner=f"owner {n}") for n in range(30)))
    before = made()
    undo(database, 1)
    assert names(database, "owner") == []
    assert made() == before


def test_a_row_whose_past_is_not_kept_any_more_is_kept_and_never_removed(database: str) -> None:
    import_rows(database, an_opportunity())
    import_rows(database, an_opportunity(notes="b"), an_opportunity(name="Shop"), at=at(1))
    with transaction(database) as connection:
        connection.execute(delete(opportunity_history))
    undone = undo(database, 2)
    assert kept(undone) == [("opportunity", "Website", "what it was before is not in the history any more")]
    assert stored(database, "name", "notes") == [{"name": "Website", "notes": "b"}]


def test_runs_from_before_moments_were_noted_can_be_undone(database: str) -> None:
    import_rows(database, *FIRST)
    before = present(database)
    import_rows(database, *SECOND, at=at(1))
    after = present(database)
    with transaction(database) as connection:
        connection.execute(update(run).values(recorded_at=None))
    undo(database, 2)
    assert present(database) == before
    undo(database, 3, 61)
    assert present(database) == after
    assert kept(undo(database, 1, 62))[0] == ("opportunity", "Website", "changed since by run 2 (import of deals.csv)")
