"""Databases are asked without a trace, and what can pass by itself is told from what cannot."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from connectors.databases import bring_up_to_date, reading, transaction, writing
from schemas.errors import DatabaseError, UnreachableDatabaseError


@pytest.mark.parametrize("opened", [reading, writing])
def test_an_sqlite_file_that_is_not_there_is_made_by_imports_only(
    tmp_path: Path, opened: Callable[[str], AbstractContextManager[Connection]]
) -> None:
    with pytest.raises(DatabaseError, match="holds no opportunities yet"), opened(str(tmp_path / "no.db")):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_newer_database_is_no_passing_trouble(blank_database: str) -> None:
    bring_up_to_date(blank_database)
    with transaction(blank_database) as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(DatabaseError, match="was made by a newer dealport") as refused:
        bring_up_to_date(blank_database)
    assert not isinstance(refused.value, UnreachableDatabaseError)


def test_a_server_that_does_not_answer_may_answer_later() -> None:
    with pytest.raises(UnreachableDatabaseError, match="cannot be used"):
        bring_up_to_date("postgresql://nobody@127.0.0.1:1/deals")
