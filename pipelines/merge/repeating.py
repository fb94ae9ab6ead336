"""Opportunities that stand in a file more than once: equal copies are stored once, different ones are problems."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from pipelines.merge.matching import forget
from pipelines.merge.staging import Merge
from pipelines.steps.total import Money
from schemas.problems import Problem, problem

Staged = Row[Any]


class Repeated(NamedTuple):
    """What left the stage: problems and the money of their rows, the number of copies and their money."""

    problems: list[Problem]
    rejected: Money
    copies: int
    duplicate: Money


def settle_repeated(connection: Connection, merge: Merge, candidates: list[int], keep: str) -> Repeated:
    """Settle the rows that may stand in the file twice; `keep` is 'equal' or 'last'."""
    problems: list[Problem] = []
    copies: list[int] = []
    for group in _groups(_staged(connection, merge, candidates)):
        if len(group) == 1:
            continue
        if keep == "last" or len({_content(row) for row in group}) == 1:
            left_out = group[:-1] if keep == "last" else group[1:]
            copies += [row.row for row in left_out]
        else:
            rows = ", ".join(str(row.shown_row or row.row) for row in group)
            key = "name" if merge.has("name") else "source_id"
            problems += [problem(row.row, key, "duplicate_row", detail=f"rows {rows}") for row in group]
    rejected = forget(connection, merge, [told.row for told in problems])
    return Repeated(problems, rejected, len(copies), forget(connection, merge, copies))


def _staged(connection: Connection, merge: Merge, rows: list[int]) -> Iterator[Staged]:
    for start in range(0, len(rows), 500):
        some = rows[start : start + 500]
        yield from connection.execute(
            select(merge.stage).where(merge.stage.c.row.in_(some)).order_by(merge.stage.c.row)
        )


def _groups(rows: Iterable[Staged]) -> list[list[Staged]]:
    """Rows with the same id; or, as soon as one of them has no id, with the same account and name."""
    by_name: dict[tuple[Any, ...], list[Staged]] = {}
    for row in rows:
        by_name.setdefault((_value(row, "account"), _value(row, "name")), []).append(row)
    groups: dict[tuple[Any, ...], list[Staged]] = {}
    for name, namesakes in by_name.items():
        mixed = any(_value(row, "source_id") is None for row in namesakes)
        for row in namesakes:
            groups.setdefault(name if mixed else (_value(row, "source_id"),), []).append(row)
    return list(groups.values())


def _value(row: Staged, field: str) -> Any:
    return row._mapping.get(field)


def _content(row: Staged) -> tuple[Any, ...]:
    return tuple(value for name, value in row._mapping.items() if name not in {"row", "shown_row"})
