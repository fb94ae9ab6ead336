"""SQLite: one file, one writer; amounts as scaled integers, summed exactly."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from sqlite3 import Connection as Sqlite
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Engine, ForeignKeyConstraint, Index, MetaData, Select, Table, event

from schemas.exact import Scaled

BUSY_SECONDS = 60
PIECE_ROWS = 10_000
PRAGMAS = (
    "journal_mode=wal",
    "synchronous=normal",
    "foreign_keys=on",
    f"busy_timeout={BUSY_SECONDS * 1000}",
    "cache_size=-131072",
)


def joined(bits: int, *parts: int | None) -> str | None:
    """An integer of any size, as text, from its parts of some bits, highest first; null where a part is null."""
    total = 0
    for part in parts:
        if part is None:
            return None
        total = (total << bits) + part
    return str(total)


@lru_cache(maxsize=4096)
def _ratio(rate: str) -> tuple[int, int]:
    whole, _, decimals = rate.partition(".")
    return int(whole + decimals), 10 ** len(decimals)


def convert(amount: int | None, rate: str | None, rounding: str) -> int | None:
    """amount × rate in units of the amount, rounded half-up (away from zero) or half-even; null where one is null."""
    if amount is None or rate is None:
        return None
    numerator, denominator = _ratio(rate)
    product = amount * numerator
    quotient, rest = divmod(abs(product), denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and (rounding == "half-up" or quotient % 2)):
        quotient += 1
    return quotient if product >= 0 else -quotient


def prepare(engine: Engine) -> None:
    """Make every connection of the engine a strict one: write-ahead log, foreign keys, real transactions."""

    @event.listens_for(engine, "connect")
    def connected(connection: Sqlite, _: Any) -> None:
        connection.isolation_level = None  # else the driver begins transactions late and ends them early
        for pragma in PRAGMAS:
            connection.execute(f"pragma {pragma}")
        connection.create_function("dealport_convert", 3, convert, deterministic=True)
        connection.create_function("dealport_joined", -1, joined, deterministic=True)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("begin")


def is_there(engine: Engine) -> bool:
    """Whether the file exists: connecting to one that does not would make it."""
    return Path(engine.url.database or "").exists()


def lock(connection: Connection) -> None:
    """Become the one writer, so that what is read from now on stays true until the commit."""
    # nothing but temporary tables was written so far, and they belong to the connection: a commit keeps them
    connection.exec_driver_sql("commit")
    connection.exec_driver_sql("begin immediate")


def stage(connection: Connection, table: str, columns: list[str], batches: Iterable[pa.Table]) -> None:
    """Put the rows of the batches into a temporary table."""
    marks = ", ".join("?" * len(columns))
    statement = f"insert into temp.{table} ({', '.join(columns)}) values ({marks})"
    driver = connection.connection.driver_connection
    assert isinstance(driver, Sqlite)
    for batch in batches:
        cells = [_cells(batch.column(column)) for column in columns]
        driver.executemany(statement, zip(*cells, strict=True))


def texts(connection: Connection, query: Select[Any], names: list[str]) -> Generator[pa.Table]:
    """The answer of a query row by row, as SQLite keeps it; scaled integers are written as the decimals they mean."""
    result = connection.execute(query)
    assert result.cursor is not None
    scales = [column.type.scale if isinstance(column.type, Scaled) else None for column in query.selected_columns]
    while rows := result.cursor.fetchmany(PIECE_ROWS):
        columns = [
            _texts(cells) if scale is None else [_decimal(cell, scale) for cell in cells]
            for cells, scale in zip(zip(*rows, strict=True), scales, strict=True)
        ]
        yield pa.table([pa.array(cells, pa.string()) for cells in columns], names)
    result.close()


def _texts(cells: Sequence[Any]) -> list[str | None]:
    return [cell if cell is None or isinstance(cell, str) else str(cell) for cell in cells]


def _decimal(units: int | str | None, scale: int) -> str | None:
    if units is None:
        return None
    digits = str(units)
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    digits = digits.zfill(scale + 1)
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}"


def erase_for_good(connection: Connection) -> None:
    """Overwrite what is deleted with zeros."""
    connection.exec_driver_sql("pragma secure_delete = on")


def compact(engine: Engine) -> None:
    """Write the file anew, and empty the write-ahead log."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, Sqlite)
        if driver.in_transaction:
            driver.execute("commit")
        driver.execute("vacuum")
        driver.execute("pragma wal_checkpoint(truncate)")


def filling(connection: Connection, table: Table) -> AbstractContextManager[None]:
    """Nothing to do: SQLite checks foreign keys as fast as it writes."""
    return nullcontext()


@contextmanager
def removing(connection: Connection, keys: Sequence[ForeignKeyConstraint]) -> Iterator[None]:
    """Index the columns that refer to rows that go: SQLite looks for each of these rows who refers to it."""
    indexes = []
    for key in keys:
        column = key.columns[0]
        if column.name not in {next(iter(index.columns)).name for index in key.table.indexes}:
            apart = key.table.to_metadata(MetaData())
            indexes.append(Index(f"ix_removing_{key.table.name}_{column.name}", apart.c[column.name]))
    for index in indexes:
        index.create(connection)
    yield
    for index in indexes:
        index.drop(connection)


def join_whole(connection: Connection) -> None:
    """Nothing to do: SQLite looks rows up one by one as fast as it would join them."""


def settle(connection: Connection, table: str, *, temporary: bool) -> None:
    """Nothing to do: SQLite plans these joins well without statistics of a temporary table."""


def _cells(column: pa.ChunkedArray) -> list[Any]:
    type_ = column.type
    if pa.types.is_decimal(type_):
        column = scaled(column)
    elif pa.types.is_date(type_):
        column = pc.cast(column, pa.string())
    elif pa.types.is_timestamp(type_):
        column = pc.strftime(column, format="%Y-%m-%d %H:%M:%S")
    cells: list[Any] = column.to_pylist()
    return cells


def scaled(column: pa.ChunkedArray) -> pa.Array:
    """Decimals of up to 18 digits as the integers of their smallest unit."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    words = np.frombuffer(array.buffers()[1], dtype=np.int64)[2 * array.offset :: 2][: len(array)]
    return pa.array(words, mask=np.asarray(array.is_null()))
