"""Files of cells, in and out, packed or not: the suffix picks the format."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from connectors.finished import reason, writing_whole
from connectors.packed import Source, open_source
from connectors.workbooks.suffixes import READ_ONLY
from schemas.choices import choices, choose
from schemas.errors import UnknownNameError, UnreadableFileError, UsageError
from schemas.raw import Dialect, Fits, RawBatch, RawTable, ReadAs, first_row

FORMATS = "connectors.formats"
SUFFIXES = {"tsv": "csv", "tab": "csv", "txt": "csv"}
"""Suffixes of a format beside the one that it is named for."""
PACKED_SUFFIXES = ("gz", "zip")
ANYHOW = ReadAs()
"""Everything about a file is found out from the file."""


def read_table(path: Path, how: ReadAs = ANYHOW, fits: Fits = first_row) -> RawTable:
    """The headers of a file, and its cells in batches that are read while they are asked for."""
    with _reading(path):
        source = _source(path)
        table: RawTable = format_of(source.name).read_table(source, how, fits)
    _refuse_repeated_headers(path, table.headers)
    return replace(table, batches=_guarded(path, _noting_headless(table)))


def read_rows(
    path: Path, wanted: Collection[int], how: ReadAs = ANYHOW, fits: Fits = first_row
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The cells of the wanted rows as they came, ragged ones too, in the order of the file."""
    missing = set(wanted)
    if not missing:
        return
    rows = pa.array(sorted(missing), pa.int64())
    with closing(cast("Generator[RawBatch]", read_table(path, how, fits).batches)) as batches:
        for batch in batches:
            found = pc.is_in(batch.row, value_set=rows)
            whole = zip(batch.row.filter(found).to_pylist(), _lines(batch.cells.filter(found)), strict=True)
            ragged = ((one.row, one.cells) for one in batch.ragged if one.row in missing)
            for row, cells in sorted([*whole, *ragged]):
                missing.remove(row)
                yield row, cells
            if not missing:
                return


def write_table(
    path: Path, headers: Sequence[str], lines: Iterable[Sequence[str]], dialect: Dialect | None = None
) -> None:
    """Write a file whole or not at all, in the place of the one that was there; text in a dialect, if one is given."""
    format_module = format_of(path.name)
    in_dialect = dialect is not None and getattr(format_module, "DELIMITED", False)
    with writing_whole(path) as part:
        format_module.write_table(part, headers, lines, *([dialect] if in_dialect else []))


def write_batches(path: Path, headers: Sequence[str], batches: Iterable[pa.Table]) -> None:
    """Write a file of texts in batches, where `write_table` has lines; not yet under a name that anybody waits for."""
    format_module = format_of(path.name)
    if hasattr(format_module, "write_texts"):
        format_module.write_texts(path, headers, batches)
        return
    lines = (line for batch in batches for line in zip(*(column.to_pylist() for column in batch.columns), strict=True))
    format_module.write_table(path, headers, lines)


def write_pieces(path: Path, pieces: Iterable[str | bytes]) -> None:
    """Write a file of text in UTF-8, or of bytes, whole or not at all."""
    with writing_whole(path) as part, part.open("wb") as file:
        for piece in pieces:
            file.write(piece if isinstance(piece, bytes) else piece.encode())


def is_name_of_a_table(name: str) -> bool:
    """Whether a name tells a file of cells, packed or not; .txt tells nothing, and is read only where it is named."""
    suffix = Path(name.lower().removesuffix(".gz")).suffix.removeprefix(".")
    return suffix in {*choices(FORMATS), *SUFFIXES, "zip"} - {"txt"}


def split_name(path: Path) -> tuple[str, str]:
    """The name of a file and its suffixes, that of its packing too: deals and .csv.gz."""
    if path.suffix.lower() != ".gz":
        return path.stem, path.suffix
    inner = Path(path.stem).suffix
    return path.stem.removesuffix(inner), inner + path.suffix


def written_suffix(path: Path) -> str:
    """The suffix of a file written beside another: that of the other one, unpacked, or one that can be written."""
    suffix = path.suffix
    if suffix.lower().removeprefix(".") in PACKED_SUFFIXES:
        with _reading(path):
            suffix = Path(_source(path).name).suffix
    return ".xlsx" if suffix.lower() in READ_ONLY else suffix


def fingerprint(path: Path) -> tuple[str, int]:
    """What tells a file from any other: the SHA-256 of its bytes, and how many there are."""
    with _reading(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()


def written_at(path: Path) -> datetime:
    """When a file was last written, in UTC."""
    with _reading(path):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def column_letters(position: int) -> str:
    """The letters over a column of a spreadsheet, for its position counted from 0."""
    letters = ""
    left = position + 1
    while left:
        left, letter = divmod(left - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def format_of(name: str, *, to_write: bool = False) -> ModuleType:
    """The module of the format that the suffix of a name tells; of a file to write, only those are suggested."""
    suffix = Path(name).suffix.lower().removeprefix(".")
    if not suffix:
        raise UsageError(
            f"The name '{name}' has no suffix, which tells the format.", "Give it one, such as .csv or .xlsx."
        )
    suffix, known = SUFFIXES.get(suffix, suffix), choices(FORMATS)
    if to_write and suffix not in known:
        raise UnknownNameError("file format", suffix, [one for one in known if f".{one}" not in READ_ONLY])
    return choose(FORMATS, "file format", suffix)


def _source(path: Path) -> Source:
    """What is to be read of a file; a name that no format goes by is refused before anything is opened."""
    if path.suffix.lower().removeprefix(".") not in PACKED_SUFFIXES:
        format_of(path.name)
    if path.is_dir():
        raise IsADirectoryError
    if path.exists() and not path.is_file():
        raise UnreadableFileError(path, "is not a file on a disk", "Save it on a disk first.")
    return open_source(path)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """What the operating system says against a file, in our words."""
    try:
        yield
    except FileNotFoundError as error:
        raise UnreadableFileError(path, "does not exist", "Check the name and the folder.") from error
    except IsADirectoryError as error:
        raise UnreadableFileError(path, "is a folder", "Name a file in it.") from error
    except PermissionError as error:
        raise UnreadableFileError(path, "may not be read by you", "Ask for permission to read it.") from error
    except OSError as error:
        why = f"cannot be read ({reason(error)})"
        raise UnreadableFileError(path, why, "Check the disk or the network, then try again.") from error


def _guarded(path: Path, batches: Iterator[RawBatch]) -> Generator[RawBatch]:
    with _reading(path):
        yield from batches


def _noting_headless(table: RawTable) -> Iterator[RawBatch]:
    """The batches of a table, and in the end a note on columns that have cells and no header."""
    blank = [position for position, header in enumerate(table.headers) if not header.strip()]
    filled: list[int] = []
    for batch in table.batches:
        yield batch
        filled += [one for one in blank if one not in filled and _has_text(batch.cells.column(one))]
    if len(filled) == 1:
        table.notes.append(f"column {column_letters(filled[0])} has cells but no header")
    elif filled:
        letters = ", ".join(map(column_letters, sorted(filled)))
        table.notes.append(f"columns {letters} have cells but no header")


def _has_text(column: pa.StringArray) -> bool:
    lengths = pc.binary_length(pc.utf8_trim_whitespace(column))
    return (pc.max(lengths).as_py() or 0) > 0


def _refuse_repeated_headers(path: Path, headers: Sequence[str]) -> None:
    """A header that stands twice leaves open which column is meant; blank ones are nobody's."""
    places: dict[str, list[int]] = defaultdict(list)
    for position, header in enumerate(headers):
        places[header.strip().casefold()].append(position)
    repeated = [
        f"'{headers[found[0]].strip()}' in columns {', '.join(map(column_letters, found))}"
        for header, found in places.items()
        if header and len(found) > 1
    ]
    if repeated:
        why = f"has headers that stand more than once: {'; '.join(repeated)}"
        raise UnreadableFileError(path, why, "Rename or remove all but one of each.")


def _lines(cells: pa.RecordBatch) -> list[tuple[str, ...]]:
    if not len(cells):
        return []
    return list(zip(*(column.to_pylist() for column in cells.columns), strict=True))
