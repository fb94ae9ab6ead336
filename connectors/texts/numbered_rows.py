"""The rows of a delimited text, read by Arrow in batches, every cell as it is, and numbered."""

import csv
import io
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from connectors.packed import Source
from connectors.texts.delimited import CLOSE_QUOTE, Top
from connectors.texts.encodings import SAVE_AGAIN, Encoding
from connectors.texts.transcoding import Utf8Bytes
from schemas.errors import UnreadableFileError
from schemas.raw import RaggedRow, RawBatch

BLOCK_BYTES = 2 * 1024 * 1024  # memory grows with it, speed hardly; it is also the longest row there can be
RAGGED_RUN = 100_000  # while rows are ragged, Arrow hands nothing out and the memory fills

csv.field_size_limit(BLOCK_BYTES)  # the default of 128 kB is less than Arrow reads


@dataclass(frozen=True, slots=True)
class Text:
    """A delimited text whose encoding and top are known; `start` is the byte of its UTF-8 where the cells begin."""

    source: Source
    encoding: Encoding
    top: Top
    start: int


def read_batches(text: Text) -> Iterator[RawBatch]:
    """The rows under the headers; blank ones are left out, those that are too short or too long are ragged."""
    width, header_row = len(text.top.headers), text.top.header_row
    ending = text.top.delimiter * width  # one cell too many: Arrow always refuses it
    refused = _Refused()
    row = header_row + 1
    with closing(Utf8Bytes(text.source, text.encoding, text.start, f"\n{ending}\n".encode())) as file:
        try:
            with _open_csv(file, text.top, refused) as reader:
                for cells in reader:
                    found = refused.among(row - header_row, len(cells))
                    batch = _batch(row, cells, [(header_row + number, line) for number, line in found], text.top)
                    if len(batch.row) or batch.ragged:
                        yield batch
                    row += len(cells) + len(found)
        except pa.ArrowInvalid as error:
            raise _unreadable(text, refused, str(error)) from error
    rest = [(header_row + number, line) for number, line in refused.waiting]
    last_row = row + len(rest) - 1
    if (header_row + refused.last[0], refused.last[1]) != (last_row, ending):
        raise UnreadableFileError(text.source.path, f"opens a quote in row {last_row} and never closes it", CLOSE_QUOTE)
    if last := _ragged(rest, text.top.delimiter):
        yield RawBatch(pa.arange(0, 0), _no_cells(width), last)


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


def _open_csv(file: io.RawIOBase, top: Top, refused: _Refused) -> arrow_csv.CSVStreamingReader:
    """Arrow's reader, told to leave every cell as it is. It numbers refused rows only without threads."""
    positions = [str(position) for position in range(len(top.headers))]
    return arrow_csv.open_csv(
        file,
        arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=positions),
        arrow_csv.ParseOptions(
            delimiter=top.delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=refused
        ),
        arrow_csv.ConvertOptions(
            check_utf8=False, column_types=dict.fromkeys(positions, pa.string()), strings_can_be_null=False
        ),
    )


def _batch(row: int, cells: pa.RecordBatch, refused: list[tuple[int, str]], top: Top) -> RawBatch:
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
    return RawBatch(rows, cells, _ragged(refused, top.delimiter))


def _ragged(refused: list[tuple[int, str]], delimiter: str) -> tuple[RaggedRow, ...]:
    """The cells of refused rows that are not blank."""
    parsed = ((row, next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter))) for row, line in refused)
    return tuple(RaggedRow(row, tuple(cells)) for row, cells in parsed if any(map(str.strip, cells)))


def _no_cells(width: int) -> pa.RecordBatch:
    nothing = pa.nulls(0, pa.string())
    return pa.RecordBatch.from_arrays([nothing] * width, [str(position) for position in range(width)])


def _unreadable(text: Text, refused: _Refused, said: str) -> UnreadableFileError:
    """Arrow's complaint in the words of the file."""
    path = text.source.path
    if refused.run >= RAGGED_RUN:
        last_row = text.top.header_row + refused.last[0]
        why = f"has {RAGGED_RUN:,} rows, up to row {last_row}, with more or fewer cells than headers"
        return UnreadableFileError(path, why, "Give the row of headers as many cells as the rows below have.")
    if "straddl" not in said:
        return UnreadableFileError(path, f"cannot be read ({said})", SAVE_AGAIN)
    why = f"holds a row longer than {BLOCK_BYTES:,} bytes, row {_endless_row(text)}"
    return UnreadableFileError(path, why, CLOSE_QUOTE)


def _endless_row(text: Text) -> int:
    """The first row that is longer than a block: slow, but it only runs for a file that is turned down."""
    length = row = 0

    def lines_of_one_row(file: io.TextIOBase) -> Iterator[str]:
        nonlocal length
        for line in file:
            length += len(line.encode())
            if length > BLOCK_BYTES:
                return
            yield line

    with text.source.open() as file:
        file.read(text.encoding.marked)
        with io.TextIOWrapper(file, encoding=text.encoding.name, newline="") as lines:
            for row, _ in enumerate(csv.reader(lines_of_one_row(lines), delimiter=text.top.delimiter), start=1):
                if length > BLOCK_BYTES:
                    return row
                length = 0
    return row + 1
