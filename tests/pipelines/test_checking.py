"""Checks against stored accounts: what an import would ask about a name is told before, and nothing is written."""

from pathlib import Path

import pytest

from pipelines.accounts import decide_alias
from pipelines.checking import check_file
from pipelines.imported import Imported
from schemas.errors import RunError
from tests.build import IN_DOLLARS, an_opportunity, history, import_rows, names, options, stored, told, write_csv

UNCERTAIN = [(2, "Customer Account Account name", "uncertain_account")]


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "deals.csv", [an_opportunity(account="Harbour Logistics")])


def checked(path: Path, database: str | None) -> Imported:
    return check_file(path, IN_DOLLARS, options(), database=database)


def test_a_name_like_a_stored_account_is_told_only_where_the_database_is_named(database: str, deals: Path) -> None:
    import_rows(database, an_opportunity(account="Harbor Logistics", name="Cold store"))
    before = stored(database)
    assert told(checked(deals, None)) == []
    found = checked(deals, database)
    assert told(found) == UNCERTAIN
    assert "is like the stored account 'Harbor Logistics' (97 %)" in str(found.problems[0])
    assert (found.run, found.rejects) == (None, None)
    assert (stored(database), history(database), names(database, "account")) == (before, [], ["Harbor Logistics"])


def test_what_was_decided_about_a_name_holds_in_a_check_too(sqlite: str, deals: Path) -> None:
    import_rows(sqlite, an_opportunity(account="Harbor Logistics"))
    decide_alias("Harbour Logistics", "Harbor Logistics", sqlite)
    assert told(checked(deals, sqlite)) == []


def test_a_check_finds_the_same_however_many_accounts_are_stored(sqlite: str, deals: Path) -> None:
    rows = [an_opportunity(account=f"Firm {chr(65 + n % 26)}{n:05}", name=f"{n}") for n in range(300)]
    import_rows(sqlite, *rows, an_opportunity(account="Harbor Logistics"))
    import_rows(sqlite, an_opportunity(account="Brighton Books"))
    assert told(checked(deals, sqlite)) == UNCERTAIN


def test_a_database_that_is_not_there_is_not_made_by_a_check(tmp_path: Path, deals: Path) -> None:
    with pytest.raises(RunError, match="holds no opportunities yet"):
        checked(deals, f"sqlite:///{tmp_path / 'none.db'}")
    assert not (tmp_path / "none.db").exists()
