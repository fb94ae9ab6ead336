"""CSV: text separated by commas, semicolons, tabs or pipes, in any encoding, as spreadsheets and databases write it."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from connectors.packed import Source
from connectors.texts.delimited import Top, find_top
from connectors.texts.encodings import Encoding, find_encoding
from connectors.texts.numbered_rows import BLOCK_BYTES, Text, read_batches
from connectors.texts.recoding import recode
from connectors.texts.transcoding import END_OF_TEXT, Decoding
from schemas.errors import NoCharacterError, UnreadableFileError, UsageError
from schemas.raw import Dialect, Fits, RawTable, ReadAs
from schemas.text_bytes import bytes_of, has_any

DELIMITED = True
"""Files are written in the dialect that is asked for."""
TAB_SUFFIXES = (".tsv", ".tab")
USUAL = Dialect()


def read_table(source: Source, how: ReadAs, fits: Fits) -> RawTable:
    """The headers now, the cells batch by batch while they are asked for."""
    if how.sheet is not None:
        raise UsageError(f"{source.path}: a CSV file has no sheets.", f"Leave out the sheet '{how.sheet}'.")
    text = _begin(source, how, fits)
    read_so = ReadAs(None, text.encoding.name, text.top.delimiter, text.top.header_row)
    encoding, top = text.encoding, text.top
    dialect = Dialect(encoding.name, bool(encoding.marked), top.delimiter, top.line_end, top.sep_line)
    return RawTable(top.headers, read_batches(text), read_so, _unusual(encoding, top), list(top.notes), dialect=dialect)


def _begin(source: Source, how: ReadAs, fits: Fits) -> Text:
    with source.open() as file:
        magic = file.read(4)
    if not magic:
        raise UnreadableFileError(source.path, "is empty", "Export it again, with a row of headers.")
    if magic == b"PK\x03\x04":
        raise UnreadableFileError(source.path, "is an XLSX or ZIP file named as text", "Give it its true suffix.")
    encoding = find_encoding(source, how.encoding)
    with source.open() as file:
        file.read(encoding.marked)
        piece = file.read(BLOCK_BYTES)
    whole = len(piece) < BLOCK_BYTES
    text = Decoding(source, encoding).text(piece, final=whole)
    text = text.removesuffix(END_OF_TEXT.decode()) if whole else text
    top = find_top(source.path, text, how, fits)
    return Text(source, encoding, top, len(text[: top.end].encode()))


def _unusual(encoding: Encoding, top: Top) -> dict[str, str]:
    """What is not so in every CSV file."""
    found = {"encoding": encoding.name, "delimiter": top.delimiter, "header_row": str(top.header_row)}
    usual = {"encoding": "utf-8", "delimiter": ",", "header_row": "1"}
    return {what: value for what, value in found.items() if value != usual[what]}


def write_table(path: Path, headers: Sequence[str], lines: Iterable[Sequence[str]], dialect: Dialect = USUAL) -> None:
    """Write headers and lines in a dialect, quoting only the cells that need it, with tabs where the suffix says so.

    What cannot be written in the encoding of the dialect, or would not be read again as it is, is UTF-8 with a mark.
    """
    delimiter = "\t" if path.suffix.lower() in TAB_SUFFIXES else dialect.delimiter
    other = dialect.encoding != USUAL.encoding
    try:
        with path.open("w", encoding="utf-8-sig" if dialect.marked or other else "utf-8", newline="") as file:
            if dialect.sep_line:
                file.write(f"sep={delimiter}{dialect.line_end}")
            # A lone carriage return ends a row for every reader, but Python before 3.13 does not quote it.
            writer = csv.writer(_Lines(file, dialect.line_end), delimiter=delimiter, lineterminator="\r\n")
            writer.writerow(headers)
            writer.writerows(lines)
    except UnicodeEncodeError as error:
        raise NoCharacterError(error) from error
    if other:
        recode(path, dialect.encoding, marked=dialect.marked)


def write_texts(path: Path, headers: Sequence[str], batches: Iterable[pa.Table]) -> None:
    """Write headers and batches of texts, as `write_table` writes lines: the same bytes, a column at a time."""
    delimiter = "\t" if path.suffix.lower() in TAB_SUFFIXES else USUAL.delimiter
    write_table(path, headers, ())
    with path.open("ab") as file:
        for batch in batches:
            columns = [_quoted(column, delimiter) for column in batch.combine_chunks().columns]
            if len(columns) == 1:
                columns = [_alone(columns[0])]
            for lines in _joined(columns, delimiter):
                file.write(bytes_of(lines))


def _quoted(column: pa.ChunkedArray, delimiter: str) -> pa.ChunkedArray:
    """Texts, those in quotes that would not be read as one cell without."""
    if not has_any(column, f'"\r\n{delimiter}'):
        return column
    needs = pc.match_substring_regex(column, rf'["\r\n{delimiter}]')
    doubled = pc.replace_substring(column.filter(needs), '"', '""')
    quoted = pc.binary_join_element_wise('"', doubled, '"', "")
    kept = pc.replace_with_mask(column.combine_chunks(), needs.combine_chunks(), quoted.combine_chunks())
    return pa.chunked_array([kept])


def _alone(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts of a table with one column: a blank one would be a blank line, which is no row."""
    return pc.if_else(pc.equal(column, ""), '""', column)


def _joined(columns: list[pa.ChunkedArray], delimiter: str) -> Iterator[pa.StringArray]:
    """The lines, each with its end, in arrays of which none is too large."""
    lines = pc.binary_join_element_wise(*columns, delimiter) if len(columns) > 1 else columns[0]
    yield from pc.binary_join_element_wise(lines, USUAL.line_end, "").chunks


class _Lines:
    """Ends every written row as lines end."""

    def __init__(self, file: io.TextIOBase, line_end: str) -> None:
        self.write_text, self.line_end = file.write, line_end

    def write(self, line: str) -> int:
        return self.write_text(line[:-2] + self.line_end)
