"""Tables as they are made in a database: their SQL is worked out once in a process, however often they are made."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, create_mock_engine


def temporary(name: str, *columns: Column[Any]) -> Table:
    """A table of one transaction, made by `create`.

    Statements are compiled once for each table object: keep it for the next transaction.
    """
    return Table(name, MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")


def create(connection: Connection, metadata: MetaData) -> None:
    """Make tables, with their indexes, where none of them is yet."""
    for statement in _statements(metadata, connection.engine.url.drivername):
        connection.exec_driver_sql(statement)


@lru_cache(maxsize=256)
def _statements(metadata: MetaData, driver: str) -> tuple[str, ...]:
    found: list[str] = []

    def keep(statement: Any, *_: Any, **__: Any) -> None:
        found.append(str(statement.compile(dialect=engine.dialect)).strip())

    engine = create_mock_engine(f"{driver}://", keep)
    metadata.create_all(engine, checkfirst=False)
    return tuple(found)
