"""The raw table: headers and cells of a file as text, with the row numbers its spreadsheet shows."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class RaggedRow:
    """A row with more or fewer cells than there are headers, as it came."""

    row: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RawBatch:
    """A piece of a raw table: n rows, every cell as text, untouched; `row` counts the header as row 1."""

    row: pa.Int64Array
    cells: pa.RecordBatch
    ragged: tuple[RaggedRow, ...] = ()


@dataclass(frozen=True)
class RawTable:
    """The headers of a file and its cells in batches, read once from first to last."""

    headers: tuple[str, ...]
    batches: Iterator[RawBatch] = field(repr=False)
    sheet: str | None = None
