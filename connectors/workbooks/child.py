"""What runs in the child process: a workbook of any kind, its first rows, then one sheet in batches."""

import re
import sys
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile

from connectors.confined import Message, Receive, RefusedError, Send
from connectors.workbooks.kinds import open_workbook
from connectors.workbooks.merged import Covered
from connectors.workbooks.properties import properties
from connectors.workbooks.rows import Row, Workbook

HEAD_ROWS = 100  # the headers stand in one of the first 50; as many below them tell how wide the table is
BATCH_ROWS = 20_000
BATCH_CELLS = 400_000
BATCH_CHARACTERS = 16_000_000
HEAD_CHARACTERS = 4_000_000
HEADS_CHARACTERS = 64_000_000
ROW_CHARACTERS = 32_000_000
Signs = dict[int, dict[int, str]]
"""By the position of a column the signs that formats show beside its numbers, each by its place in the batch."""
BARE = re.compile(r"[(+-]?[\d.,'\u2019\s]+(?:[eE][+-]?\d{1,3})?[)-]?")
"""A number, also one stored as text, without a sign of its own: beside others the sign of a format does not stand."""
GET_AGAIN = "Export or download it again."


def main(file: BinaryIO, receive: Receive, send: Send) -> None:
    """Tell the sheets and their first rows, learn which sheet is wanted from where on, and send its batches."""
    try:
        workbook = open_workbook(file)
        asked = receive()
        send(_heads(workbook, asked))
        wanted = receive()
        batches = Batches(workbook.rows(wanted["sheet"], merged=True), wanted["header_row"], wanted["width"])
        for message, body in batches:
            send(message, body)
        send({"end": True, "notes": [*workbook.notes, *batches.notes()]})
    # zipfile says RuntimeError for a password; a ParseError of XML is a SyntaxError.
    except (BadZipFile, zlib.error, EOFError, RuntimeError, SyntaxError, ExpatError, LookupError, ValueError) as error:
        raise RefusedError(f"is a damaged workbook ({error})", GET_AGAIN) from error


def _heads(workbook: Workbook, asked: Message) -> Message:
    """The sheets that may be meant, each with its first rows."""
    sheets = []
    size = 0
    for place, sheet in enumerate(workbook.sheets):
        meant = sheet.visible if asked["sheet"] is None else sheet.name == asked["sheet"]
        above, rows = _head(workbook.rows(place), asked["header_row"] or 0) if meant else ([], [])
        size += sum(len(cells) + sum(map(len, cells)) for _, cells in rows)
        if size > HEADS_CHARACTERS:
            raise RefusedError("holds too much in the first rows of its sheets", "Split it, or name the sheet to read.")
        sheets.append({"name": sheet.name, "meant": meant, "above": above, "rows": rows})
    package = getattr(workbook, "package", None)
    told = properties(package) if package else {}
    return {"sheets": sheets, "epoch_1904": workbook.epoch_1904, "properties": told}


def _head(rows: Iterator[Row], first: int) -> tuple[list[int], list[tuple[int, list[str]]]]:
    """The first rows from a row on, and the numbers of the first and the last one above it."""
    above: list[int] = []
    size = 0
    found: list[tuple[int, list[str]]] = []
    for row in rows:
        if not any(row.cells):
            continue
        if row.number < first:
            above[1:] = [row.number]
            continue
        size += _size(row) + len(row.cells)
        found.append((row.number, row.cells))
        if len(found) == HEAD_ROWS or size > HEAD_CHARACTERS:
            break
    return above, found


class Batches:
    """The rows below the headers, as Arrow batches; what was unusual about them is told at the end."""

    def __init__(self, rows: Iterator[Row], header_row: int, width: int) -> None:
        """Cells right of the last header are counted, and left out."""
        self.rows = (row for row in rows if row.number > header_row and any(row.cells))
        self.width = width
        self.covered = Covered(width)
        self.hidden = self.beyond = 0
        self.first_beyond = (0, 0)

    def __iter__(self) -> Iterator[tuple[Message, Any]]:
        """Each batch with the faults of its cells."""
        most = max(1, min(BATCH_ROWS, BATCH_CELLS // self.width))
        numbers: list[int] = []
        lines: list[list[str]] = []
        faults: list[tuple[int, int, str, str]] = []
        signs: Signs = {}
        size = 0
        for row in self.rows:
            cells = self._fitted(row)
            if not any(cells):
                continue
            self.hidden += row.hidden
            numbers.append(row.number)
            lines.append(cells)
            found = [*row.faults, *self.covered.faults(row, cells)]
            faults += [(row.number, *fault) for fault in found if fault[0] < self.width]
            for position, sign in row.signs:
                if position < self.width and BARE.fullmatch(cells[position].strip()):
                    signs.setdefault(position, {})[len(lines) - 1] = sign
            size += _size(row)
            if len(lines) >= most or size > BATCH_CHARACTERS:
                yield {"faults": faults, "signed": sorted(signs)}, _arrow(numbers, lines, signs)
                numbers, lines, faults, signs, size = [], [], [], {}, 0
        if lines:
            yield {"faults": faults, "signed": sorted(signs)}, _arrow(numbers, lines, signs)

    def notes(self) -> list[str]:
        """Sentences about the rows that were read."""
        notes = []
        if self.hidden:
            were = "1 hidden row was" if self.hidden == 1 else f"{self.hidden:,} hidden rows were"
            notes.append(f"{were} read like the others")
        if self.beyond:
            cells = "1 cell stands" if self.beyond == 1 else f"{self.beyond:,} cells stand"
            were = "was" if self.beyond == 1 else "were"
            first = _address(*self.first_beyond)
            notes.append(f"{cells} right of all headers and {were} left out, the first in {first}")
        return notes

    def _fitted(self, row: Row) -> list[str]:
        missing = self.width - len(row.cells)
        if missing < 0:
            if beyond := [place for place in range(self.width, len(row.cells)) if row.cells[place]]:
                self.first_beyond = self.first_beyond if self.beyond else (row.number, beyond[0])
                self.beyond += len(beyond)
            return row.cells[: self.width]
        return row.cells + [""] * missing if missing else row.cells


def _size(row: Row) -> int:
    """The characters of a row: a few shared texts can make many."""
    size = sum(map(len, row.cells))
    if size > ROW_CHARACTERS:
        raise RefusedError(f"has more than {ROW_CHARACTERS:,} characters in row {row.number}", "Shorten its cells.")
    return size


def _arrow(numbers: list[int], lines: list[list[str]], signs: Signs) -> Any:
    """The numbers of rows, their cells, and for each column that shows money the signs beside its numbers."""
    for unused in ("numpy", "cloudpickle"):
        sys.modules.setdefault(unused, None)  # type: ignore[arg-type]  # Arrow does without, and starts in half the time
    import pyarrow as pa

    columns = [pa.array(column, pa.string()) for column in zip(*lines, strict=True)]
    beside = (map(signs[position].get, range(len(lines))) for position in sorted(signs))
    columns += [pa.array(list(column), pa.string()) for column in beside]
    names = ["row", *map(str, range(len(columns)))]
    return pa.RecordBatch.from_arrays([pa.array(numbers, pa.int64()), *columns], names).serialize()


def _address(row: int, position: int) -> str:
    from connectors.files import column_letters

    return f"{column_letters(position)}{row}"
