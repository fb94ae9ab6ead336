"""Problems in the words of the file: its headers and its cells."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from schemas.mapping import Mapping
from schemas.problems import Problem
from schemas.raw import RaggedRow, RawBatch


def first_per_cell(problems: Iterable[Problem], mapping: Mapping) -> list[Problem]:
    """What was said first of each cell: a number that cannot be read is not also missing."""
    first: dict[tuple[int, int | str], Problem] = {}
    for problem in problems:
        place = mapping.place(problem.field)
        first.setdefault((problem.row, problem.field if place is None else place), problem)
    return list(first.values())


def locate(problems: Iterable[Problem], raw: RawBatch, mapping: Mapping) -> list[Problem]:
    """The problems of a batch with the header and the cell of the file."""
    rows = np.asarray(raw.row)
    located = []
    for problem in problems:
        position = mapping.place(problem.field)
        value = ""
        if position is not None:
            value = raw.cells.column(position)[int(np.searchsorted(rows, problem.row))].as_py()
        located.append(_placed(problem, value, mapping))
    return located


def _placed(problem: Problem, value: str, mapping: Mapping) -> Problem:
    position = mapping.place(problem.field)
    column = 0 if position is None else position + 1
    return replace(problem, header=mapping.spelled(problem.field), value=value, column=column)


def locate_row(problem: Problem, cells: Sequence[str], mapping: Mapping) -> Problem:
    """A problem told by the database, with the header and the cell of its row."""
    position = mapping.place(problem.field)
    value = cells[position] if position is not None and position < len(cells) else ""
    return _placed(problem, value, mapping)


def describe_ragged(ragged: RaggedRow, headers: Sequence[str]) -> str:
    """How the number of cells differs from that of the headers, with what was left over."""
    cells, wanted = len(ragged.cells), len(headers)
    said = f"has {cells} cells under {wanted} headers"
    if cells <= wanted:
        return said
    left = ", ".join(f"'{cell}'" for cell in ragged.cells[wanted:])
    return f"{said}, {left} being left over"
