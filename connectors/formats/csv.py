"""CSV: text separated by commas, in UTF-8, as spreadsheets and databases write it."""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from connectors.utf8 import SAVE_AGAIN, CheckedBytes, Utf8
from schemas.errors import RunError, UnreadableFileError, UsageError
from schemas.raw import Fits, RaggedRow, RawBatch, RawTable, ReadAs

BLOCK_BYTES = 2 * 1024 * 1024  # memory grows with it, speed hardly; it is also the longest row there can be
RAGGED_RUN = 100_000  # while rows are ragged, Arrow hands nothing out and the memory fills
CLOSE_QUOTE = 'Close the quote, or write a quote inside a cell twice ("").'

csv.field_size_limit(BLOCK_BYTES)  # the default of 128 kB is less than Arrow reads


def read_table(path: Path, how: ReadAs, fits: Fits) -> RawTable:
    """The headers now, the cells batch by batch while they are asked for."""
    if how.sheet is not None:
        raise UsageError(f"{path}: a CSV file has no sheets.", f"Leave out the sheet '{how.sheet}'.")
    with path.open("rb") as file:
        headers, header_row, start = _read_headers(path, file.read(BLOCK_BYTES))
    return RawTable(headers, _batches(path, len(headers), header_row, start), ReadAs(header_row=header_row))


def write_table(path: Path, headers: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    """Write headers and lines, quoting only the cells that need it."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            # A lone carriage return ends a row for every reader, but Python before 3.13 does not quote it.
            writer = csv.writer(_Lines(file), lineterminator="\r\n")
            writer.writerow(headers)
            writer.writerows(lines)
    except UnicodeEncodeError as error:
        found = error.object[error.start : error.end]
        raise RunError(f"A cell to write has {found!a}, which is no character.", "Remove it.") from error


class _Lines:
    """Ends every written row with a line feed alone."""

    def __init__(self, file: io.TextIOBase) -> None:
        self.write_text = file.write

    def write(self, line: str) -> int:
        return self.write_text(f"{line[:-2]}\n")


def _read_headers(path: Path, head: bytes) -> tuple[tuple[str, ...], int, int]:
    """The headers, the row they stand in and the byte where the next row starts."""
    if not head:
        raise UnreadableFileError(path, "is empty", "Export it again, with a row of headers.")
    if head.startswith(b"PK\x03\x04"):
        raise UnreadableFileError(path, "is an XLSX or ZIP file named .csv", "Give it its true suffix.")
    marked = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    text = io.StringIO(Utf8(path, marked).decode(head[marked:]), newline="")
    try:
        # Strict: a quote that is never closed would make one header of the whole file.
        for row, cells in enumerate(csv.reader(text, strict=True), start=1):
            if any(cell.strip() for cell in cells):
                return tuple(cells), row, marked + len(text.getvalue()[: text.tell()].encode())
    except csv.Error as error:
        raise UnreadableFileError(path, f"has no readable row of headers ({error})", CLOSE_QUOTE) from error
    raise UnreadableFileError(path, "has no row of headers", "Write the headers into its first row.")


class _Refused:
    """The rows that Arrow turned down, numbered from 1, until the batch they stand in is asked for."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[int, str]] = deque()
        self.last, self.run = (0, ""), 0

    def __call__(self, refused: arrow_csv.InvalidRow) -> str:
        self.run = self.run + 1 if refused.number == self.last[0] + 1 else 1
        self.last = (refused.number, refused.text)
        self.waiting.append(self.last)
        return "skip" if self.run < RAGGED_RUN else "error"

    def among(self, first: int, accepted: int) -> list[tuple[int, str]]:
        """Those between the accepted rows of a batch; Arrow may have read further already."""
        found: list[tuple[int, str]] = []
        while self.waiting and self.waiting[0][0] < first + accepted + len(found):
            found.append(self.waiting.popleft())
        return found


def _batches(path: Path, width: int, header_row: int, start: int) -> Iterator[RawBatch]:
    ending = "," * width  # one cell too many: Arrow always refuses it
    refused = _Refused()
    row = header_row + 1
    with closing(CheckedBytes(path, start, f"\n{ending}\n".encode())) as file:
        try:
            with _open_csv(file, width, refused) as reader:
                for cells in reader:
                    found = refused.among(row - header_row, len(cells))
                    batch = _batch(row, cells, [(header_row + number, text) for number, text in found])
                    if len(batch.row) or batch.ragged:
                        yield batch
                    row += len(cells) + len(found)
        except pa.ArrowInvalid as error:
            raise _unreadable(path, header_row, refused, str(error)) from error
    rest = [(header_row + number, text) for number, text in refused.waiting]
    last_row = row + len(rest) - 1
    if (header_row + refused.last[0], refused.last[1]) != (last_row, ending):
        raise UnreadableFileError(path, f"opens a quote in row {last_row} and never closes it", CLOSE_QUOTE)
    if last := _ragged(rest):
        yield RawBatch(pa.arange(0, 0), _no_cells(width), last)


def _open_csv(file: io.RawIOBase, width: int, refused: _Refused) -> arrow_csv.CSVStreamingReader:
    """Arrow's reader, told to leave every cell as it is. It numbers refused rows only without threads."""
    positions = [str(position) for position in range(width)]
    return arrow_csv.open_csv(
        file,
        arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=positions),
        arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=refused),
        arrow_csv.ConvertOptions(
            check_utf8=False, column_types=dict.fromkeys(positions, pa.string()), strings_can_be_null=False
        ),
    )


def _batch(row: int, cells: pa.RecordBatch, refused: list[tuple[int, str]]) -> RawBatch:
    """Number the cells from a row on, past the refused rows, and leave blank rows out."""
    rows = pa.arange(row, row + len(cells) + len(refused))
    if refused:
        rows = rows.filter(pc.invert(pc.is_in(rows, pa.array([refused_row for refused_row, _ in refused]))))
    blank = rows
    for column in cells.columns:
        among = column if len(blank) == len(rows) else column.filter(pc.is_in(rows, blank))
        # No comparison with "": for a Python value Arrow loads pandas, which takes a second.
        blank = blank.filter(pc.invert(pc.binary_length(among).cast(pa.bool_())))
        if not len(blank):
            break
    else:
        kept = pc.invert(pc.is_in(rows, blank))
        rows, cells = rows.filter(kept), cells.filter(kept)
    return RawBatch(rows, cells, _ragged(refused))


def _ragged(refused: list[tuple[int, str]]) -> tuple[RaggedRow, ...]:
    """The cells of refused rows that are not blank."""
    parsed = ((row, next(csv.reader(io.StringIO(text, newline="")))) for row, text in refused)
    return tuple(RaggedRow(row, tuple(cells)) for row, cells in parsed if any(map(str.strip, cells)))


def _no_cells(width: int) -> pa.RecordBatch:
    nothing = pa.nulls(0, pa.string())
    return pa.RecordBatch.from_arrays([nothing] * width, [str(position) for position in range(width)])


def _unreadable(path: Path, header_row: int, refused: _Refused, said: str) -> UnreadableFileError:
    """Arrow's complaint in the words of the file."""
    if refused.run >= RAGGED_RUN:
        last_row = header_row + refused.last[0]
        why = f"has {RAGGED_RUN:,} rows, up to row {last_row}, with more or fewer cells than headers"
        return UnreadableFileError(path, why, "Give the row of headers as many cells as the rows below have.")
    if "straddl" not in said:
        return UnreadableFileError(path, f"cannot be read ({said})", SAVE_AGAIN)
    why = f"holds a row longer than {BLOCK_BYTES:,} bytes, row {_endless_row(path)}"
    return UnreadableFileError(path, why, CLOSE_QUOTE)


def _endless_row(path: Path) -> int:
    """The first row that is longer than a block: slow, but it only runs for a file that is turned down."""
    length = row = 0

    def lines_of_one_row(file: io.TextIOBase) -> Iterator[str]:
        nonlocal length
        for line in file:
            length += len(line.encode())
            if length > BLOCK_BYTES:
                return
            yield line

    with path.open(encoding="utf-8-sig", newline="") as file:
        for row, _ in enumerate(csv.reader(lines_of_one_row(file)), start=1):
            if length > BLOCK_BYTES:
                return row
            length = 0
    return row + 1
