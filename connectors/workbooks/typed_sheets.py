"""Workbooks of typed values: a table on one sheet, its summary on the next, words to choose from on a hidden one."""

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from connectors.typed import Typed, TypedColumn
from connectors.workbooks.cell_styles import HEADER, TITLE, Formats
from connectors.workbooks.marked import write_workbook
from connectors.workbooks.packages import MAX_BYTES
from connectors.workbooks.parts import MAX_COLUMNS, MAX_ROWS, cell_xml
from connectors.workbooks.sheets import MarkedSheet, Written
from connectors.workbooks.typed_rows import TypedRows
from schemas.errors import RunError

BATCH_ROWS, BATCH_BYTES = 8192, 1 << 23
MEASURED_ROWS = 5000
"""The widths are those of so many first rows at least: no row is kept for them."""
NARROWEST, WIDEST, ROOM = 9, 50, 2
FILTER_BUTTON = 3
WIDTHS = {"date": 11, "moment": 20, "percent": 9}
SUMMARY = "Summary"
MOST_XML = MAX_BYTES - (32 << 20)  # beside it there is more in a workbook
SPLIT = "Write several files with --split-rows, or take another format such as csv or parquet."


def write_typed_workbook(target: BinaryIO, typed: Typed) -> None:
    """Write the table, batch by batch, and then its summary; the same table gives the same bytes."""
    if len(typed.columns) > MAX_COLUMNS:
        why = f"An XLSX sheet has {MAX_COLUMNS:,} columns; there are {len(typed.columns):,} to write."
        raise RunError(why, "Take another format such as csv or parquet.")
    rows = TypedRows(typed.columns, formats := Formats())
    batches = _batches(typed)
    first: list[pa.RecordBatch] = []
    while sum(map(len, first)) < MEASURED_ROWS and (batch := next(batches, None)) is not None:
        first.append(batch)
    table = MarkedSheet(
        typed.name,
        [column.header for column in typed.columns],
        _written(rows, chain(first, batches)),
        choices={place: column.words for place, column in enumerate(typed.columns) if column.words},
        widths=[_width(column, [batch.column(place) for batch in first]) for place, column in enumerate(typed.columns)],
        styles=[rows.default_style(column) for column in typed.columns],
        banded=True,
    )
    summary = MarkedSheet(SUMMARY, (), _summary(typed), header_row=0, widths=(24, 70))
    write_workbook(target, [table, summary], formats)


def _batches(typed: Typed) -> Iterator[pa.RecordBatch]:
    """The rows in batches that are small enough to become XML as a whole."""
    for table in typed.batches:
        row_bytes = table.nbytes // max(1, len(table)) + 1
        yield from table.to_batches(max_chunksize=max(1, min(BATCH_ROWS, BATCH_BYTES // row_bytes)))


def _written(rows: TypedRows, batches: Iterator[pa.RecordBatch]) -> Iterator[Written]:
    size = 0
    for batch in batches:
        if not len(batch):
            continue
        if rows.last_row + len(batch) > MAX_ROWS:
            raise RunError(f"An XLSX sheet has {MAX_ROWS - 1:,} rows below its headers; there are more.", SPLIT)
        xml = rows.written(batch)
        size += len(xml)
        if size > MOST_XML:
            why = f"A workbook that is read again unpacks to 1 GiB at most; row {rows.last_row:,} is beyond it."
            raise RunError(why, SPLIT)
        yield Written(rows.last_row, xml)


def _width(column: TypedColumn, values: list[pa.Array]) -> int:
    """How wide a column has to be for its header and for what is in its first rows."""
    held = WIDTHS.get(column.kind) or max((_longest(column, array) for array in values), default=0)
    return max(NARROWEST, min(WIDEST, max(held + ROOM, len(column.header) + FILTER_BUTTON)))


def _longest(column: TypedColumn, values: pa.Array) -> int:
    texts = values.cast(pa.string())
    digits = pc.max(pc.utf8_length(texts)).as_py() or 0
    if column.kind != "amount":
        return int(digits)
    # as it is shown, with the code, a sign between three digits each, and most often two decimals less
    return int(digits) + digits // 4 + 2


def _summary(typed: Typed) -> Iterator[Written]:
    """The name, and below it the labels with what is told of each."""
    yield Written(1, f'<row r="1">{cell_xml(1, 0, typed.name, TITLE)}</row>')
    for row, (label, told) in enumerate(typed.about.items(), start=3):
        yield Written(row, f'<row r="{row}">{cell_xml(row, 0, label, HEADER)}{cell_xml(row, 1, told)}</row>')
