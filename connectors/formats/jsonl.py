"""JSON Lines: an object a line, its keys the headers; amounts are texts, so that no reader makes floats of them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.compute as pc

from connectors.packed import Source
from connectors.typed import Typed, as_json
from schemas.errors import NoCharacterError, RunError, UnreadableFileError
from schemas.raw import Fits, RawBatch, RawTable, ReadAs

RUNS_FORMULAS = False
"""No program takes a text of such a file for a formula."""
BATCH_LINES = 10_000
Line = dict[str, str]


def read_table(source: Source, how: ReadAs, fits: Fits) -> RawTable:
    """The keys of all objects as headers, in the order in which they come; the object of the first line is row 2."""
    how.require_only(source.path, "JSON Lines have")
    headers: dict[str, None] = {}
    for _, line in _lines(source):
        headers |= dict.fromkeys(line)
    if not headers:
        raise UnreadableFileError(source.path, "is empty", "Export it again, with an object on each line.")
    return RawTable(tuple(headers), _batches(source, list(headers)), how)


def write_table(path: Path, headers: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    """Write an object of texts for each line; a blank cell is null."""
    with path.open("wb") as file:
        for cells in lines:
            told = {header: cell or None for header, cell in zip(headers, cells, strict=True)}
            try:
                file.write(f"{json.dumps(told, ensure_ascii=False, separators=(',', ':'))}\n".encode())
            except UnicodeEncodeError as error:
                raise NoCharacterError(error) from error


def write_typed(path: Path, typed: Typed) -> None:
    """Write an object for each row; whole numbers are numbers, all else is text, or null where there is nothing."""
    keys = [f"{json.dumps(column.header, ensure_ascii=False)}:" for column in typed.columns]
    with path.open("wb") as file:
        for batch in typed.batches:
            values = [as_json(column) for column in batch.combine_chunks().columns]
            pairs = [pc.binary_join_element_wise(key, value, "") for key, value in zip(keys, values, strict=True)]
            lines = pc.binary_join_element_wise("{", pc.binary_join_element_wise(*pairs, ","), "}\n", "")
            file.write("".join(lines.to_pylist()).encode())


def _batches(source: Source, headers: list[str]) -> Iterator[RawBatch]:
    lines = (line for line in _lines(source) if any(line[1].values()))
    while piece := list(islice(lines, BATCH_LINES)):
        cells = [pa.array([line.get(header, "") for _, line in piece], pa.string()) for header in headers]
        names = [str(place) for place in range(len(headers))]
        yield RawBatch(pa.array([row for row, _ in piece], pa.int64()), pa.record_batch(cells, names))


def _lines(source: Source) -> Iterator[tuple[int, Line]]:
    """Each object with its row: one more than that of its line, as in a table with headers."""
    with source.open() as file:
        for number, line in enumerate(file, start=1):
            text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if text.strip():
                yield number + 1, _object(source, number, text)


def _object(source: Source, number: int, line: bytes) -> Line:
    def refuse(why: str, fix: str) -> NoReturn:
        raise UnreadableFileError(source.path, f"has in line {number} {why}", fix)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        told = dict(pairs)
        if len(told) < len(pairs):
            refuse("an object that has a key twice", "Give each key once.")
        return told

    try:
        # numbers stay the digits that they are
        told = json.loads(line, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=once)
        cells = {key: _cell(value) for key, value in told.items()} if isinstance(told, dict) else None
        "".join([*(cells or {}), *(cells or {}).values()]).encode()
    except RunError:
        raise
    except (ValueError, RecursionError) as fault:
        refuse(f"what is no JSON ({str(fault).partition(':')[0]})", "Write one object on each line, in UTF-8.")
    if cells is None:
        refuse("something that is no object", 'Write one object on each line, such as {"Name": "Roof"}.')
    return cells


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
