"""Rows by column, as a database tells them: a million take a tenth of the memory of rows by themselves."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, overload

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.questions.answer import DIGITS, Cell, Column
from schemas.settings import Rounding

EXACT = pa.decimal128(38, 10)
"""Holds an amount times a probability."""
TYPES = {"text": pa.string(), "date": pa.date32(), "count": pa.int64()}
MODES = {"half-up": "half_towards_infinity", "half-even": "half_to_even"}


class Listed(Sequence[dict[str, Cell]]):
    """Rows by column, each a dictionary that is made when it is looked at.

    `batches` are tables of them, with columns of strings, days, whole numbers and decimals with as many decimals as
    answers have; `sums` the exact sums of the columns that are added up, before anything was rounded.
    """

    def __init__(self, columns: Sequence[Column], texts: Iterable[pa.Table], rounding: Rounding) -> None:
        """Take the columns, and their cells as texts, batch by batch."""
        self.batches: list[pa.Table] = []
        self.sums: dict[str, int | Decimal] = {
            column.key: Decimal(0) if column.kind == "money" else 0 for column in columns if column.is_added
        }
        for batch in texts:
            cells = [self._typed(column, batch.column(n), rounding) for n, column in enumerate(columns)]
            self.batches.append(pa.table(cells, [column.key for column in columns]))

    def _typed(self, column: Column, texts: pa.ChunkedArray, rounding: Rounding) -> pa.ChunkedArray:
        exact = texts.cast(TYPES.get(column.kind, EXACT))
        if column.is_added:
            self.sums[column.key] += pc.sum(exact).as_py() or 0
        if column.kind in TYPES:
            return exact
        digits = -int(DIGITS[column.kind].as_tuple().exponent)
        rounded = pc.round(exact, digits, MODES[rounding]).cast(pa.decimal128(38, digits))
        return rounded.fill_null(Decimal(0)) if column.is_added else rounded

    @cached_property
    def _table(self) -> pa.Table:
        return pa.concat_tables(self.batches)

    def __len__(self) -> int:
        return sum(map(len, self.batches))

    def __iter__(self) -> Iterator[dict[str, Cell]]:
        for batch in self.batches:
            yield from batch.to_pylist()

    __hash__ = None  # type: ignore[assignment]  # as of a list

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    @overload
    def __getitem__(self, place: int) -> dict[str, Cell]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[dict[str, Cell]]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return [self[n] for n in range(*place.indices(len(self)))]
        return self._table.slice(range(len(self))[place], 1).to_pylist()[0]
