"""Reads a workbook of any kind: the choice of sheet and headers is made here, all else in a child process."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from connectors.confined import Child, Limits, RefusedError
from connectors.packed import Source
from connectors.workbooks.choosing import choose, width
from schemas.errors import UnreadableFileError
from schemas.raw import CellFault, Fits, RawBatch, RawTable, ReadAs

LIMITS = Limits()


def read_workbook(source: Source, how: ReadAs, fits: Fits, limits: Limits = LIMITS) -> RawTable:
    """The headers and cells of one sheet of a workbook."""
    path = source.path
    how.require_only(path, "a workbook has", "sheet", "header row")
    with source.open_seekable() as content:
        child = Child("connectors.workbooks.child", content, limits)
    try:
        child.send({"sheet": how.sheet, "header_row": how.header_row})
        told, _ = child.receive()
        chosen = choose(path, told["sheets"], how, fits)
        headers = chosen.headers + [""] * (width(chosen, told["sheets"][chosen.sheet]["rows"]) - len(chosen.headers))
        child.send({"sheet": chosen.sheet, "header_row": chosen.header_row, "width": len(headers)})
    except RefusedError as error:
        raise UnreadableFileError(path, error.why, error.fix) from error
    except BaseException:
        child.close()
        raise
    table = RawTable(
        tuple(headers),
        _Batches(path, child, len(headers), chosen.notes),
        ReadAs(sheet=chosen.name, header_row=chosen.header_row),
        chosen.found,
        chosen.notes,
        told["epoch_1904"],
        properties=told["properties"],
    )
    return table.signed(how.signed)


class _Batches(Iterator[RawBatch]):
    """The batches that a child sends; it ends with them, or when nobody wants them any more."""

    def __init__(self, path: Path, child: Child, columns: int, notes: list[str]) -> None:
        self.path, self.child, self.notes = path, child, notes
        self.columns = columns
        self.ended = False

    def __next__(self) -> RawBatch:
        if self.ended:
            raise StopIteration
        try:
            message, body = self.child.receive()
        except RefusedError as error:
            self.close()
            raise UnreadableFileError(self.path, error.why, error.fix) from error
        if "end" in message:
            self.notes += message["notes"]
            self.close()
            raise StopIteration
        signed: list[int] = message["signed"]
        cells = [str(place) for place in range(self.columns)]
        beside = [str(self.columns + place) for place in range(len(signed))]
        schema = pa.schema([("row", pa.int64()), *((name, pa.string()) for name in (*cells, *beside))])
        batch = pa.ipc.read_record_batch(pa.py_buffer(body), schema)
        faults = tuple(CellFault(*fault) for fault in message["faults"])
        signs = dict(zip(signed, map(batch.column, beside), strict=True))
        return RawBatch(batch.column(0), batch.select(cells), faults=faults, signs=signs)

    def close(self) -> None:
        """End the child."""
        self.ended = True
        self.child.close()
