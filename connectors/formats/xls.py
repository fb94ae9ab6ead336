"""XLS: the workbooks of Excel 97-2003; read, not written."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from connectors.packed import Source
from connectors.workbooks.reading import read_workbook
from connectors.workbooks.suffixes import refuse_to_write
from schemas.raw import Fits, RawTable, ReadAs


def read_table(source: Source, how: ReadAs, fits: Fits) -> RawTable:
    """The headers and cells of one sheet: the named one, else the one that fits, else the first visible one."""
    return read_workbook(source, how, fits)


def write_table(path: Path, _headers: Sequence[str], _lines: Iterable[Sequence[str]]) -> None:
    """Say which format to write instead."""
    refuse_to_write(path)
