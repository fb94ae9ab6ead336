"""The rows of the reject file: cells as they came, and what to fix beside them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from itertools import groupby
from typing import Any

from schemas.mapping import PROBLEM_HEADER, Mapping
from schemas.problems import Problem

_ROW = re.compile(r"^row (\d{1,12})(?: \(([a-z]+ \S+(?:, [a-z]+ \S+)*)\))?: ")


def told_row(cell: str) -> int | None:
    """The original row number that a cell of the Problem column tells, or None where it tells none."""
    found = _ROW.match(cell)
    return int(found[1]) if found else None


def told_ways(cell: str) -> dict[str, str]:
    """How the columns of the first file were read, such as dates: dmy, where the Problem column tells it."""
    found = _ROW.match(cell)
    told = found[2] if found else None
    return dict(way.split(" ", 1) for way in told.split(", ")) if told else {}


def problem_cell(row: int, problems: Iterable[Problem], ways: Dictionary[str, str]) -> str:
    """The cell of the Problem column: the original row number, then every problem of the row.

    The few rows of a reject file may not show any more how its columns are to be read, so `ways` goes with them.
    """
    how = ", ".join(f"{kind} {way}" for kind, way in ways.items())
    told = (f"{'warning: ' if problem.warns else ''}{problem}" for problem in problems)
    return f"row {row}{f' ({how})' if how else ''}: " + " | ".join(told)


def reject_headers(mapping: Mapping) -> tuple[str, ...]:
    """The headers of the file and one more, Problem, which a corrected reject file may already have."""
    return (*without_problem(mapping.headers, mapping.headers, mapping.problem_position), PROBLEM_HEADER)


def without_problem(cells: Sequence[Any], headers: Sequence[str], problem_position: int | None) -> tuple[Any, ...]:
    """The cells without an earlier Problem; missing ones are blank, surplus ones stay and keep the row ragged."""
    kept = list(cells)
    place = problem_position
    if place is not None and len(kept) > len(headers) and told_row(str(kept[-1])) is not None:
        place = len(kept) - 1
    if place is not None and place < len(kept):
        del kept[place]
    wanted = len(headers) - (problem_position is not None)
    return (*kept, *[""] * (wanted - len(kept)))


def reject_lines(
    rows: Iterable[tuple[int, tuple[str, ...]]],
    problems: Sequence[Problem],
    shown_rows: dict[int, int],
    mapping: Mapping,
    ways: Dictionary[str, str],
) -> Iterator[tuple[str, ...]]:
    """A line for each rejected row, given with its cells in the order of rows, as the problems are.

    Rows that have only warnings are left out: they are stored.
    """
    of_row = {row: list(group) for row, group in groupby(problems, key=lambda problem: problem.row)}
    for row, cells in rows:
        if all(problem.warns for problem in of_row[row]):
            continue
        kept = without_problem(cells, mapping.headers, mapping.problem_position)
        yield (*kept, problem_cell(shown_rows.get(row, row), of_row[row], ways))
