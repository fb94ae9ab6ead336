"""Cells that a marked sheet keeps aside: what was left over of a row that was split wrongly, until it is put right."""

from collections.abc import Sequence

import pyarrow.compute as pc

from schemas.layout import folded
from schemas.problems import Problem, problem
from schemas.raw import RawBatch

LEFT_OVER = "Left over"


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
        name, _, number = folded(header).rpartition(" ")
        if name != folded(LEFT_OVER) or not number.isdecimal():
            continue
        texts = raw.cells.column(position)
        filled = pc.not_equal(pc.binary_length(texts), 0)
        for row, text in zip(raw.row.filter(filled).to_pylist(), texts.filter(filled).to_pylist(), strict=True):
            told = problem(row, "", "left_over", text)
            found.setdefault(row, Problem(row, header, told.code, text, told.why, told.fix, column=position + 1))
    return list(found.values())
