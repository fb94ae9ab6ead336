"""Tables of typed values as tests write them to workbooks, and read them back."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa

from connectors.files import read_table
from connectors.formats.xlsx import write_typed
from connectors.typed import Typed, TypedColumn

DEALS = (
    TypedColumn("Name", "text"),
    TypedColumn("Close date", "date"),
    TypedColumn("Chance", "percent"),
    TypedColumn("Budget", "amount", currency="Currency"),
    TypedColumn("Currency", "choice", words=("EUR", "USD")),
    TypedColumn("In base", "amount", code="USD"),
    TypedColumn("Created", "moment"),
    TypedColumn("Run", "whole"),
)
CREATED = datetime(2026, 11, 25, 17, 30, 15, tzinfo=UTC)
ROOF = ("Roof", date(2026, 12, 31), Decimal("0.4"), Decimal("1234.5"), "EUR", Decimal("1357.9501"), CREATED, 7)
BLANK = (None,) * 8


def batch(columns: Sequence[TypedColumn], *rows: Sequence[Any]) -> pa.Table:
    """Rows as they are handed over."""
    arrays = [pa.array([row[place] for row in rows], column.arrow) for place, column in enumerate(columns)]
    return pa.table(arrays, names=[column.header for column in columns])


def written(path: Path, columns: Sequence[TypedColumn], *rows: Sequence[Any], **about: str) -> Path:
    """A workbook of these rows."""
    write_typed(path, Typed("Deals", columns, iter([batch(columns, *rows)]), about))
    return path


def opened(path: Path, *rows: Sequence[Any], columns: Sequence[TypedColumn] = DEALS, **about: str) -> Any:
    """The workbook of these rows, as openpyxl has it."""
    return openpyxl.load_workbook(written(path / "deals.xlsx", columns, *rows, **about))


def read_back(path: Path) -> list[tuple[tuple[str, str | None], ...]]:
    """The rows as our own reader has them: each cell with the currency that its format shows."""
    rows: list[tuple[tuple[str, str | None], ...]] = []
    for one in read_table(path).batches:
        assert not one.faults
        signs = [
            one.signs[place].to_pylist() if place in one.signs else [None] * len(one.row)
            for place in range(one.cells.num_columns)
        ]
        cells = [column.to_pylist() for column in one.cells.columns]
        rows += zip(*(zip(*pair, strict=True) for pair in zip(cells, signs, strict=True)), strict=True)
    return rows
