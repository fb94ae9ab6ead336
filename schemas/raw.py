"""The raw table: headers and cells of a file as text, with the row numbers its spreadsheet shows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import UsageError

Fits = Callable[[Sequence[str]], int]
"""How many of the cells of a row are headers that some layout knows: it finds the row of headers, and the sheet."""


def first_row(_cells: Sequence[str]) -> int:
    """Fits no header: without knowledge of layouts the first row with cells is the row of headers."""
    return 0


@dataclass(frozen=True, slots=True)
class ReadAs:
    """How a file is to be read; what is None is found out from the file.

    `signed` are the positions of columns of money: where number formats show a currency, their cells tell it.
    """

    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    signed: tuple[int, ...] = ()

    def require_only(self, path: Path, kind_has: str, *choices: str) -> None:
        """Refuse what is named and the kind of file has not, such as the encoding of a workbook."""
        told = {"sheet": self.sheet, "encoding": self.encoding, "delimiter": self.delimiter}
        for what, value in (told | {"header row": self.header_row}).items():
            if value is not None and what not in choices:
                raise UsageError(f"{path}: {kind_has} no {what} to choose.", f"Leave the {what} out.")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited text is written; `marked` tells that a byte order mark comes first, `sep_line` a line sep=;."""

    encoding: str = "utf-8"
    marked: bool = False
    delimiter: str = ","
    line_end: str = "\n"
    sep_line: bool = False


@dataclass(frozen=True, slots=True)
class RaggedRow:
    """A row with more or fewer cells than there are headers, as it came."""

    row: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that the file itself shows to be wrong, such as #N/A: its place (position from 0) and a problem code."""

    row: int
    position: int
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RawBatch:
    """A piece of a raw table: n rows, every cell as text, untouched; `row` counts the header as row 1.

    `signs` holds, by the position of a column, the currency signs (n, else null) that number formats show beside its
    cells, which are bare numbers.
    """

    row: pa.Int64Array
    cells: pa.RecordBatch
    ragged: tuple[RaggedRow, ...] = ()
    faults: tuple[CellFault, ...] = ()
    signs: dict[int, pa.StringArray] = field(default_factory=dict)

    def signed(self, positions: Iterable[int]) -> Self:
        """The batch with the signs beside the numbers of some columns, as somebody would have typed them."""
        cells = self.cells
        for position in positions:
            if position in self.signs:
                signs, bare = self.signs[position], cells.column(position)
                shown = pc.coalesce(pc.binary_join_element_wise(signs, bare, pa.scalar(" ")), bare)
                cells = cells.set_column(position, cells.schema.field(position), shown)
        return replace(self, cells=cells, signs={})


@dataclass(frozen=True)
class RawTable:
    """The headers of a file and its cells in batches, read once from first to last.

    `how` tells how the file was read; read so a second time, it gives the same. `found` shows of it what is worth
    telling (what, and its value); `notes` are sentences about what was left out or read in an unusual way, and grow
    while the batches are read. `epoch_1904` tells that numbers of days count from 1904. `dialect` is that of a text,
    `properties` are what dealport wrote into a workbook about it.
    """

    headers: tuple[str, ...]
    batches: Iterator[RawBatch] = field(repr=False)
    how: ReadAs = field(default_factory=ReadAs)
    found: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    epoch_1904: bool = False
    dialect: Dialect | None = None
    properties: dict[str, str] = field(default_factory=dict)

    def signed(self, positions: Iterable[int]) -> Self:
        """The table with columns of money, by their positions, in which number formats tell the currency."""
        money = tuple(sorted(positions))
        if not money:
            return self
        batches = (batch.signed(money) for batch in self.batches)
        return replace(self, batches=batches, how=replace(self.how, signed=money))
