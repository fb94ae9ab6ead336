"""Parquet: columns of typed values, as data warehouses read them; amounts are decimals."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.parquet import ParquetFile, ParquetWriter

from connectors.packed import Source
from connectors.typed import Typed, iso_moments
from schemas.errors import NoCharacterError, UnreadableFileError
from schemas.raw import Fits, RawBatch, RawTable, ReadAs

RUNS_FORMULAS = False
"""No program takes a text of such a file for a formula."""
BATCH_ROWS = 10_000
GROUP_ROWS = 131_072
"""Of how many rows a group is made: readers take one at a time."""


def read_table(source: Source, how: ReadAs, fits: Fits) -> RawTable:
    """The columns by their names, every value as text; the first row is row 2, as in a table with headers."""
    how.require_only(source.path, "a Parquet file has")
    with source.open() as content:
        if not content.read(1):
            raise UnreadableFileError(source.path, "is empty", "Export it again.")
    with _reading(source), source.open_seekable() as content:
        headers = tuple(ParquetFile(content).schema_arrow.names)
    return RawTable(headers, _batches(source), how)


def write_table(path: Path, headers: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    """Write columns of texts; a blank cell is null."""
    schema = pa.schema([(header, pa.string()) for header in headers])
    rows = iter(lines)
    with ParquetWriter(path, schema) as writer:
        while piece := list(islice(rows, GROUP_ROWS)):
            try:
                columns = [
                    pa.array([cell or None for cell in cells], pa.string()) for cells in zip(*piece, strict=True)
                ]
            except UnicodeEncodeError as error:
                raise NoCharacterError(error) from error
            writer.write_table(pa.table(columns, schema=schema))


def write_typed(path: Path, typed: Typed) -> None:
    """Write columns of typed values, and what is told about them as metadata of the file."""
    schema = pa.schema([(column.header, column.arrow) for column in typed.columns])
    with ParquetWriter(path, schema) as writer:
        waiting: list[pa.Table] = []
        for batch in typed.batches:
            waiting.append(batch.rename_columns(schema.names))
            if sum(map(len, waiting)) >= GROUP_ROWS:
                writer.write_table(pa.concat_tables(waiting))
                waiting = []
        if waiting:
            writer.write_table(pa.concat_tables(waiting))
        writer.add_key_value_metadata(dict(typed.about))


@contextmanager
def _reading(source: Source) -> Iterator[None]:
    """What Arrow says against a file, in our words."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as fault:
        if isinstance(fault, FileNotFoundError | IsADirectoryError | PermissionError):
            raise
        reason = str(fault).strip().splitlines()[0].rstrip(".") or "nothing is known of it"
        raise UnreadableFileError(
            source.path, f"is no Parquet file that can be read ({reason})", "Export it again."
        ) from fault


def _batches(source: Source) -> Iterator[RawBatch]:
    row = 2
    with _reading(source), source.open_seekable() as content:
        for batch in ParquetFile(content).iter_batches(BATCH_ROWS):
            texts = [pc.fill_null(_texts(column), "") for column in batch.columns]
            rows = pa.array(range(row, row + len(batch)), pa.int64())
            row += len(batch)
            filled = pc.not_equal(pc.binary_join_element_wise(*texts, "", ""), "")
            cells = pa.record_batch(texts, [str(place) for place in range(len(texts))])
            yield RawBatch(rows.filter(filled), cells.filter(filled))


def _texts(column: pa.Array) -> pa.Array:
    """Values as text: decimals with their digits, days and moments as ISO writes them, lists and records as JSON."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        in_utc = column.cast(pa.timestamp("us", "UTC")) if kind.tz else column.cast(pa.timestamp("us"))
        texts: pa.Array = iso_moments(in_utc)
        return texts if kind.tz else pc.utf8_rtrim(texts, "Z")
    if pa.types.is_nested(kind):
        return pa.array([None if value is None else _json(value) for value in column.to_pylist()], pa.string())
    return column.cast(pa.string())


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
