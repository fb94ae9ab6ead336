"""Databases: opened by URL, brought up to date, written in one transaction; the dialect is chosen by the URL."""

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Engine, Insert, Select, Table, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import DatabaseError as SQLAlchemyDatabaseError
from sqlalchemy.pool import NullPool

from schemas.choices import choose
from schemas.errors import DatabaseError, UnreachableDatabaseError, UsageError

NEWEST_REVISION = "0005"
DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def dialect(connection: Connection | Engine) -> ModuleType:
    """The module in connectors/dialects for a connection."""
    return choose("connectors.dialects", "database", connection.dialect.name)


def database_named(url: str | None) -> str:
    """The URL that is named, else that of DEALPORT_DATABASE_URL, else dealport.db in the working folder."""
    return url or os.environ.get("DEALPORT_DATABASE_URL") or "sqlite:///dealport.db"


def open_database(url: str) -> Engine:
    """The engine for a URL such as sqlite:///deals.db or postgresql://host/name, or for the path of an SQLite file.

    It is the same one each time, so that a process compiles a statement once; it keeps no connection open.
    """
    if "://" not in url:
        url = f"sqlite:///{url}"
    return _engine(url, str(Path.cwd()) if url.startswith("sqlite") else "")


@lru_cache(maxsize=16)
def _engine(url: str, _folder: str) -> Engine:
    """The engine for a URL; the path of an SQLite file may begin in the working folder."""
    try:
        address = make_url(url)
        name = address.get_backend_name()
        choose("connectors.dialects", "database", "postgresql" if name in DRIVERS else name)
        address = address.set(drivername=DRIVERS.get(address.drivername, address.drivername))
        engine = create_engine(address, poolclass=NullPool)
    except (ArgumentError, ModuleNotFoundError, ValueError) as fault:
        raise UsageError(
            f"'{url}' is not a database URL.", "Write sqlite:///deals.db or postgresql://user@host/name."
        ) from fault
    dialect(engine).prepare(engine)
    return engine


@contextmanager
def transaction(url: str) -> Iterator[Connection]:
    """One connection and one transaction: committed at the end, rolled back by any error, closed in any case."""
    engine = open_database(url)
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyDatabaseError as fault:
        # its other kinds, such as a broken constraint, are defects of ours and keep their traceback
        if isinstance(fault, OperationalError) or type(fault) is SQLAlchemyDatabaseError:
            raise _unreachable(engine, fault) from fault
        raise


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """A connection to a database that must exist and be of this version; what it reads is one moment's picture."""
    engine = open_database(url)
    if not dialect(engine).is_there(engine):
        raise _nothing_stored(engine)
    with transaction(url) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("set transaction isolation level repeatable read, read only")
        revision = revision_of(connection)
        if revision is None:
            raise _nothing_stored(connection.engine)
        _refuse_newer(connection, revision)
        if revision != NEWEST_REVISION:
            raise DatabaseError(
                f"{_shown(connection.engine)} has the older version {revision}.",
                "Import a file: it brings it up to date.",
            )
        yield connection


@contextmanager
def writing(url: str) -> Iterator[Connection]:
    """A transaction of the one writer of a database that must exist and be of this version: none is made for this."""
    with reading(url):
        pass
    with transaction(url) as connection:
        lock(connection)
        yield connection


def bring_up_to_date(url: str) -> None:
    """Create or migrate the tables of a database; one that a newer dealport made is refused."""
    with transaction(url) as connection:
        revision = revision_of(connection)
        _refuse_newer(connection, revision)
        if revision == NEWEST_REVISION:
            return
        dialect(connection).lock(connection)
        if revision_of(connection) is None:
            from connectors.migrations import newest  # the tables of today are for the one that has none

            newest.create(connection, NEWEST_REVISION)
            return
        from connectors.migrations.upgrade import upgrade  # Alembic is slow to load and seldom needed

        upgrade(connection)


def revision_of(connection: Connection) -> str | None:
    """The version of the tables in a database, or None where there are none."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found: str | None = connection.execute(text("select version_num from alembic_version")).scalar()
    return found


def stage(connection: Connection, table: str, columns: list[str], batches: Iterable[pa.Table]) -> None:
    """Put batches of typed rows into an existing temporary table, the fastest way the database has."""
    dialect(connection).stage(connection, table, columns, batches)
    settle(connection, table, temporary=True)


@contextmanager
def texts(connection: Connection, query: Select[Any]) -> Iterator[Iterator[pa.Table]]:
    """The answer of a query as text, batch by batch, the fastest way the database has; columns are named by their keys.

    Amounts have all their decimals, days are 2026-12-31, null stays null. Nothing else may be asked of the connection
    before the end, not even to roll back: it would wait for the rest of the answer for ever.
    """
    names = [str(column.key) for column in query.selected_columns]
    with closing(dialect(connection).texts(connection, query, names)) as batches:
        yield batches


def settle(connection: Connection, table: str, *, temporary: bool = False) -> None:
    """Tell the planner of the database that a table was filled."""
    dialect(connection).settle(connection, table, temporary=temporary)


def join_whole(connection: Connection) -> None:
    """Tell the planner that the rows to come are a large part of those stored."""
    dialect(connection).join_whole(connection)


@contextmanager
def filling(connection: Connection, table: Table) -> Iterator[None]:
    """The fastest way to fill a table that holds little yet; its constraints and indexes are back at the end.

    An index is built several times faster of all rows at once. Readers of the table may have to wait until the
    transaction ends.
    """
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    with dialect(connection).filling(connection, table):
        for index in indexes:
            index.drop(connection)
        yield
        for index in indexes:
            index.create(connection)


@contextmanager
def removing(connection: Connection, table: Table) -> Iterator[None]:
    """The fastest way to remove rows of a table to which others refer; the constraints hold again at the end."""
    keys = [key for other in table.metadata.sorted_tables for key in other.foreign_key_constraints]
    referring = [key for key in keys if key.referred_table is table]
    with dialect(connection).removing(connection, sorted(referring, key=lambda key: str(key.name))):
        yield


def erase_for_good(connection: Connection) -> None:
    """Have what is deleted in this transaction overwritten, where the database leaves that to its user."""
    dialect(connection).erase_for_good(connection)


def compact(url: str) -> None:
    """Give room that deleted rows took back, and with it what they held, as far as the database lets its users."""
    engine = open_database(url)
    dialect(engine).compact(engine)


def inserted(connection: Connection, statement: Insert) -> int:
    """Run an insert and give the number of its rows, which SQLAlchemy counts only when told to."""
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def lock(connection: Connection) -> None:
    """Become the one writer of this database until the transaction ends."""
    dialect(connection).lock(connection)


def _refuse_newer(connection: Connection, revision: str | None) -> None:
    if revision is not None and revision > NEWEST_REVISION:
        raise DatabaseError(
            f"{_shown(connection.engine)} was made by a newer dealport (its tables are version {revision}, "
            f"this one knows {NEWEST_REVISION}).",
            "Upgrade dealport.",
        )


def _nothing_stored(engine: Engine) -> DatabaseError:
    return DatabaseError(f"{_shown(engine)} holds no opportunities yet.", "Import a file first, or name another --db.")


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _unreachable(engine: Engine, fault: SQLAlchemyError) -> UnreachableDatabaseError:
    reason = str(getattr(fault, "orig", fault)).strip().splitlines()[0]
    if "locked" in reason:
        return UnreachableDatabaseError(
            f"{_shown(engine)} is being written by another run.", "Try again when that run has ended."
        )
    return UnreachableDatabaseError(
        f"{_shown(engine)} cannot be used: {reason}.", "Check the URL, the server and your rights."
    )
