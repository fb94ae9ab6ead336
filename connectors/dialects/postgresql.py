"""PostgreSQL: many writers, one import at a time; staging by COPY."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pyarrow as pa
from psycopg import Connection as Psycopg
from psycopg import Copy
from pyarrow.csv import ConvertOptions, ParseOptions, ReadOptions, WriteOptions, read_csv, write_csv
from sqlalchemy import BindParameter, Connection, Engine, ForeignKeyConstraint, Select, Table, event
from sqlalchemy.schema import AddConstraint, DropConstraint
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

LOCK = 0x6465616C  # 'deal'
PIECE_BYTES = 4 * 2**20
SETTINGS = (
    "timezone = 'UTC'",
    "datestyle = 'ISO, YMD'",
    "work_mem = '128MB'",
    "hash_mem_multiplier = 2",
    "temp_buffers = '64MB'",
    "jit = off",
)


def prepare(engine: Engine) -> None:
    """Make every connection of the engine speak UTC and join large tables in memory."""

    @event.listens_for(engine, "connect")
    def connected(connection: Psycopg, _: object) -> None:
        connection.autocommit = True
        connection.execute("; ".join(f"set {setting}" for setting in SETTINGS))  # one way there and back
        connection.autocommit = False


def is_there(engine: Engine) -> bool:
    """Whether there is a database to connect to: only connecting tells."""
    return True


def lock(connection: Connection) -> None:
    """Wait until no other import is between its lock and its commit; its rows are seen from then on."""
    connection.exec_driver_sql(f"select pg_advisory_xact_lock({LOCK})")


def stage(connection: Connection, table: str, columns: list[str], batches: Iterable[pa.Table]) -> None:
    """Put the rows of the batches into a temporary table by COPY; blank text and null stay apart."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, Psycopg)
    statement = f"copy {table} ({', '.join(columns)}) from stdin (format csv)"
    with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for batch in batches:
            text = BytesIO()
            write_csv(batch.select(columns), text, WriteOptions(include_header=False))
            copy.write(text.getbuffer())


def texts(connection: Connection, query: Select[Any], names: list[str]) -> Generator[pa.Table]:
    """The answer of a query by COPY: whole lines of CSV, parsed some megabytes at a time."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, Psycopg)
    asked = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    assert isinstance(asked, SQLCompiler)
    values = {name: _bound(connection, _kind(asked, name), value) for name, value in asked.params.items()}
    with driver.cursor() as cursor, cursor.copy(f"copy ({asked}) to stdout (format csv)".encode(), values) as copy:
        while lines := driver.wait(_piece(copy)):
            yield _parsed(lines, names)


def _piece(copy: Copy) -> Generator[Any, Any, bytearray]:
    """Some megabytes of whole lines; waiting for each line by itself would cost more than the line."""
    piece = bytearray()
    while len(piece) < PIECE_BYTES and (line := (yield from copy._read_gen())):
        piece += line
    return piece


def _kind(asked: SQLCompiler, name: str) -> TypeEngine[Any]:
    # the values of `in` are numbered behind the name of their list
    binds: dict[str, BindParameter[Any]] = asked.binds
    return binds[name if name in binds else name.rpartition("_")[0]].type


def _bound(connection: Connection, kind: TypeEngine[Any], value: Any) -> Any:
    processor = kind.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return processor(value) if processor else value


def _parsed(lines: bytearray, names: list[str]) -> pa.Table:
    return read_csv(
        pa.BufferReader(lines),
        ReadOptions(column_names=names, block_size=len(lines) + 1),
        ParseOptions(newlines_in_values=True),
        ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def erase_for_good(connection: Connection) -> None:
    """Nothing to do: no reader sees deleted rows; vacuum gives their pages back."""


def compact(engine: Engine) -> None:
    """Vacuum every table: what was deleted is no longer in its pages once they are written again."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("vacuum")


@contextmanager
def filling(connection: Connection, table: Table) -> Iterator[None]:
    """Check the foreign keys of a table once, as a set, at the end: row by row they cost more than the rows."""
    keys = sorted(table.foreign_key_constraints, key=lambda key: str(key.name))
    with removing(connection, keys):
        yield


@contextmanager
def removing(connection: Connection, keys: Sequence[ForeignKeyConstraint]) -> Iterator[None]:
    """Check foreign keys once, as a set, at the end: row by row, all that went before would be looked through."""
    for key in keys:
        connection.execute(DropConstraint(key, isolate_from_table=False))
    yield
    for key in keys:
        connection.execute(AddConstraint(key, isolate_from_table=False))


def join_whole(connection: Connection) -> None:
    """Join whole tables until the transaction ends: the planner takes a key of two columns for far rarer than it is."""
    connection.exec_driver_sql("set local enable_nestloop = off")


def settle(connection: Connection, table: str, *, temporary: bool) -> None:
    """Tell the planner how large a freshly filled table is; of a temporary one a glance will do."""
    target = 10 if temporary else 100
    connection.exec_driver_sql(f"set local default_statistics_target = {target}")
    connection.exec_driver_sql(f"analyze {table}")
