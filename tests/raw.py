"""Raw tables as literals: headers, numbered rows and ragged rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.files import ANYHOW, read_table
from schemas.raw import Fits, ReadAs, first_row

Numbered = list[tuple[int, tuple[str, ...]]]


@dataclass(frozen=True)
class Seen:
    """All that a file was read to be."""

    headers: tuple[str, ...]
    rows: Numbered
    ragged: Numbered
    how: ReadAs
    found: dict[str, str]
    notes: list[str]


def see(path: Path, how: ReadAs = ANYHOW, fits: Fits = first_row) -> Seen:
    """Read a file to its end."""
    table = read_table(path, how, fits)
    rows: Numbered = []
    ragged: Numbered = []
    for batch in table.batches:
        lines = zip(*(column.to_pylist() for column in batch.cells.columns), strict=True)
        rows += zip(batch.row.to_pylist(), lines, strict=True)
        ragged += [(one.row, one.cells) for one in batch.ragged]
    return Seen(table.headers, rows, ragged, table.how, table.found, table.notes)


def knows(*headers: str) -> Fits:
    """Counts the cells that are among these headers."""

    def fits(cells: Sequence[str]) -> int:
        return len({cell.strip() for cell in cells} & set(headers))

    return fits
