"""The life of an opportunity: each change with its moment, its run, the row of the file that stated it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from pipelines.cli.told_lives import told_life
from pipelines.tracing import Life, trace
from pipelines.undoing import undo_run
from schemas.errors import UnknownNameError, UsageError
from tests.build import NOON, an_opportunity, import_rows

MINUTE = timedelta(minutes=1)


def told(life: Life) -> list[tuple[str, int, tuple[int, int | None] | None]]:
    """What happened, by which run, and the run and row that stated it."""
    return [(one.what, one.by.run, (one.stated.run, one.stated.row) if one.stated else None) for one in life.events]


def test_every_change_leads_to_its_run_file_and_row_with_old_and_new_values(database: str) -> None:
    import_rows(database, an_opportunity(name="Other"), an_opportunity(owner="ann", source_id="7"))
    import_rows(
        database,
        an_opportunity(source_id="7", owner="bob", account="Globex", budget_amount="0.0001"),
        at=NOON + MINUTE,
    )
    life = trace(database, "orocrm:7")
    assert (life.name, life.source, life.source_id, life.present) == ("Website", "orocrm", "7", True)
    assert told(life) == [("added", 1, (1, 3)), ("changed", 2, (2, 2))]
    first, second = life.events
    assert first.changes["account"] == (None, "Acme")
    assert (first.moment, second.moment) == (NOON, NOON + MINUTE)
    assert second.changes == {
        "account": ("Acme", "Globex"),
        "owner": ("ann", "bob"),
        "budget_amount": (Decimal(1000), Decimal("0.0001")),
    }
    assert second.stated is not None
    assert second.stated.file.endswith("deals.csv")


def test_undos_are_part_of_the_life_and_lead_to_the_file_that_stated_what_they_restored(database: str) -> None:
    import_rows(database, an_opportunity())
    import_rows(database, an_opportunity(notes="b"), at=NOON + MINUTE)
    for number, run in enumerate((2, 1, 4), 2):
        undo_run(database, run, clock=lambda number=number: NOON + number * MINUTE)  # type: ignore[misc]
    assert told(trace(database, "Website")) == [
        ("added", 1, (1, 2)),
        ("changed", 2, (2, 2)),
        ("restored", 3, (1, 2)),
        ("removed", 4, None),
        ("returned", 5, (1, 2)),
    ]


def test_what_was_removed_is_traced_to_its_end(database: str) -> None:
    import_rows(database, an_opportunity(source_id="7"))
    undo_run(database, 1)
    for word in ("Website", "orocrm:7"):
        life = trace(database, word)
        assert not life.present
        assert told(life) == [("added", 1, (1, 2)), ("removed", 2, None)]


def test_of_several_with_one_name_one_is_to_be_chosen_by_its_number(database: str) -> None:
    import_rows(database, an_opportunity(), an_opportunity(account="Globex", status="won", source_id="9"))
    with pytest.raises(UsageError) as caught:
        trace(database, "Website")
    assert str(caught.value) == (
        "2 opportunities are called 'Website'.\n"
        "Name one by its number:\n"
        "  2  in_progress, Acme\n"
        "  3  won, Globex, orocrm:9"
    )
    assert trace(database, "3").source_id == "9"


def test_an_unknown_opportunity_is_refused_with_the_name_that_was_perhaps_meant(database: str) -> None:
    import_rows(database, an_opportunity(name="Website relaunch"))
    with pytest.raises(UnknownNameError, match="Did you mean 'Website relaunch'"):
        trace(database, "Website relunch")
    with pytest.raises(UsageError, match=r"There is no opportunity '99'\.\nGive its number"):
        trace(database, "99")


def test_a_name_that_is_a_number_is_found_where_no_opportunity_has_that_number(database: str) -> None:
    import_rows(database, an_opportunity(name="2027"))
    assert trace(database, "2027").id == 2


def test_a_life_is_told_in_80_columns(sqlite: str) -> None:
    import_rows(sqlite, an_opportunity(notes="very " * 40, tags="x", status="won", close_revenue="1"))
    lines = list(told_life(trace(sqlite, "Website")))
    assert lines[0] == "opportunity 2 'Website'"
    assert "    budget_amount           1000" in lines
    assert max(map(len, lines)) <= 80
