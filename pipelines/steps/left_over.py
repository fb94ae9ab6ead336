"""Rows that were split wrongly, as long as they are not put right: cells left over, and cells still missing."""

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from schemas.mapping import LEFT_OVER, Mapping, is_left_over
from schemas.problems import Problem, problem
from schemas.raw import RawBatch

_SHORT = re.compile(r"^row \d+.*?: (has (\d{1,5}) cells under (\d{1,5}) headers)")


def left_over_headers(number: int) -> tuple[str, ...]:
    """The headers under which so many cells are kept aside."""
    return tuple(f"{LEFT_OVER} {place}" for place in range(1, number + 1))


def kept_aside(surplus: Sequence[str], missing: int) -> tuple[str, ...]:
    """What is kept aside of a row: its surplus cells, or a word about the missing ones."""
    return (f"({missing} missing)",) if missing > 0 else tuple(surplus)


def left_over(raw: RawBatch, headers: Sequence[str]) -> list[Problem]:
    """A problem for each row that still has a cell aside, told of its first such cell."""
    found: dict[int, Problem] = {}
    for position, header in enumerate(headers):
        if not is_left_over(header):
            continue
        texts = raw.cells.column(position)
        filled = pc.not_equal(pc.binary_length(texts), 0)
        for row, text in zip(raw.row.filter(filled).to_pylist(), texts.filter(filled).to_pylist(), strict=True):
            told = problem(row, "", "left_over", text)
            found.setdefault(row, Problem(row, header, told.code, text, told.why, told.fix, column=position + 1))
    return list(found.values())


def still_short(raw: RawBatch, mapping: Mapping) -> list[Problem]:
    """A problem for each row that came back with too few cells and has not been filled since.

    In the reject file its missing cells are blank, and blank would clear what is stored; who means it clears Problem.
    """
    place = mapping.problem_position
    if place is None:
        return []
    said = raw.cells.column(place)
    suspects = pc.indices_nonzero(pc.match_substring_regex(said, _SHORT.pattern)).to_pylist()
    found = []
    for index in suspects:
        told = _SHORT.match(said[index].as_py())
        columns = [column for position, column in enumerate(raw.cells.columns) if position != place]
        if told and int(told[2]) < int(told[3]) == len(columns) and _blank(columns[int(told[2]) :], index):
            found.append(problem(raw.row[index].as_py(), "", "ragged_row", detail=told[1]))
    return found


def _blank(columns: Sequence[pa.Array], index: int) -> bool:
    return not any(column[index].as_py().strip() for column in columns)
