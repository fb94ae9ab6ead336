"""A person is forgotten: in what is stored, its history, the ledger and reject files, down to the bytes."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.databases import reading
from pipelines.forgetting import forget_contact
from pipelines.importing import import_file
from pipelines.ledger import list_runs, show_run
from pipelines.plan.holding import HeldError
from schemas.breaker import Breaker, parse_limit
from schemas.errors import UnknownNameError
from schemas.tables import contact, metadata
from tests.build import IN_DOLLARS, NOON, an_opportunity, history, import_rows, options, read_csv, stored, write_csv

NOW = NOON + timedelta(days=30)
JERRY = {"contact_first_name": "Jerry", "contact_last_name": "Coleman"}
STRICT = replace(IN_DOLLARS, breaker=Breaker(max_lost=parse_limit("0")))


def everything(database: str) -> str:
    """Every value of every table, as text."""
    with reading(database) as connection:
        return "\n".join(
            str(value) for table in metadata.sorted_tables for row in connection.execute(select(table)) for value in row
        )


@pytest.fixture
def with_jerry(database: str, tmp_path: Path) -> str:
    """A database in which Jerry Coleman is a contact, and told of in notes, history, problems and a held plan."""
    import_rows(database, an_opportunity(source_id="1", notes="met jerry coleman", **JERRY), at=NOON)
    import_rows(database, an_opportunity(source_id="1", notes="Coleman, Jerry left", **JERRY), at=NOON + timedelta(1))
    rows = [
        an_opportunity(source_id="2", name="Jerry Coleman's shop", contact_first_name="Ann", contact_last_name="Lee"),
        an_opportunity(source_id="3", status="Jerry Coleman", **JERRY),
    ]
    import_file(write_csv(tmp_path / "deals.csv", rows), database, IN_DOLLARS, options())
    lost = write_csv(
        tmp_path / "lost.csv", [an_opportunity(source_id="1", status="lost", notes="Jerry Coleman", **JERRY)]
    )
    with pytest.raises(HeldError):
        import_file(lost, database, STRICT, options())
    assert "Jerry" in everything(database)
    return database


def test_no_table_tells_of_the_person_and_the_deals_stay(with_jerry: str) -> None:
    forget_contact("Jerry Coleman", with_jerry, IN_DOLLARS, clock=lambda: NOW)
    told = everything(with_jerry).casefold()
    assert "jerry" not in told
    assert "coleman" not in told
    assert [(deal["name"], deal["contact_first_name"], deal["notes"]) for deal in stored(with_jerry)] == [
        ("Website", None, "[forgotten] left"),
        ("[forgotten]'s shop", "Ann", None),
    ]
    assert [image["notes"] for image in history(with_jerry)] == ["met [forgotten]"]


def test_the_held_plan_goes_and_its_run_stays_in_the_ledger(with_jerry: str) -> None:
    done = forget_contact("jerry  coleman", with_jerry, IN_DOLLARS, clock=lambda: NOW)
    assert done.removed["held_plan"] == 1
    assert [(run["id"], run["state"]) for run in list_runs(with_jerry)][:2] == [(done.run, "done"), (4, "refused")]
    assert show_run(with_jerry, 3).problems[0].value == "[forgotten]"


def test_the_reject_file_is_written_without_the_person(with_jerry: str, tmp_path: Path) -> None:
    rejects = tmp_path / "deals.rejects.csv"
    assert "Jerry" in rejects.read_text(encoding="utf-8")
    done = forget_contact("Jerry Coleman", with_jerry, IN_DOLLARS, clock=lambda: NOW)
    assert done.files == [str(rejects)]
    (row,) = read_csv(rejects)
    assert (row["Id"], row["Contact First name"], row["Contact Last name"]) == ("3", "", "")
    assert "Jerry" not in rejects.read_text(encoding="utf-8")


def test_a_dry_run_counts_and_changes_nothing(with_jerry: str, tmp_path: Path) -> None:
    before = everything(with_jerry), (tmp_path / "deals.rejects.csv").read_bytes()
    done = forget_contact("Jerry Coleman", with_jerry, IN_DOLLARS, dry_run=True, clock=lambda: NOW)
    assert (done.run, done.removed["contact"]) == (None, 1)
    assert (everything(with_jerry), (tmp_path / "deals.rejects.csv").read_bytes()) == before


def test_other_people_stay(with_jerry: str) -> None:
    forget_contact("Jerry Coleman", with_jerry, IN_DOLLARS, clock=lambda: NOW)
    with reading(with_jerry) as connection:
        assert connection.scalars(select(contact.c.last_name)).all() == ["Lee"]


def test_the_bytes_of_the_file_do_not_tell_of_the_person_either(sqlite: str, tmp_path: Path) -> None:
    import_rows(sqlite, an_opportunity(source_id="1", notes="Zebulon Quimby", contact_first_name="Zebulon"))
    import_rows(
        sqlite, an_opportunity(source_id="2", name="Shop", contact_first_name="Zebulon", contact_last_name="Quimby")
    )
    forget_contact("Zebulon Quimby", sqlite, IN_DOLLARS, clock=lambda: NOW)
    files = [path for path in tmp_path.iterdir() if path.name.startswith("deals.db")]
    assert files
    assert not any(b"Quimby" in path.read_bytes() for path in files)


def test_an_unknown_person_is_refused(with_jerry: str) -> None:
    with pytest.raises(UnknownNameError, match="There is no contact 'Jery Coleman'") as fault:
        forget_contact("Jery Coleman", with_jerry, IN_DOLLARS)
    assert fault.value.fix == "Did you mean 'Jerry Coleman'?"
