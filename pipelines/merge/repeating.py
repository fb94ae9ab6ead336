"""Rows that stand in a file more than once: equal copies are stored once, different ones are problems."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, func, select

from pipelines.merge.matching import forget
from pipelines.merge.staging import Merge
from pipelines.steps.total import Money
from schemas.entities import Entity
from schemas.problems import Problem, problem

Staged = Row[Any]
Key = tuple[Any, ...]


class Repeated(NamedTuple):
    """What left the stage: problems and the money of their rows, the number of copies and their money."""

    problems: list[Problem]
    rejected: Money
    copies: int
    duplicate: Money


def settle_repeated(
    connection: Connection, merge: Merge, candidates: list[int], keep: str, *, renamed: bool
) -> Repeated:
    """Settle the rows that may stand in the file twice; `keep` is 'equal' or 'last'.

    `renamed`: some rows got the name of an account that their file spells in another way.
    """
    problems: list[Problem] = []
    copies: list[int] = []
    candidates = sorted({*candidates, *_namesakes(connection, merge, renamed=renamed)})
    for group in _groups(_staged(connection, merge, candidates), merge.entity):
        if len(group) == 1:
            continue
        meant = Counter(row.meant_id for row in group if row.meant_id is not None)
        last = keep == "last" and not meant and len({_value(row, "source_id") for row in group} - {None}) <= 1
        if last or len({_content(row) for row in group}) == 1:
            left_out = group[:-1] if last else group[1:]
            copies += [row.row for row in left_out]
        else:
            rows = ", ".join(str(row.shown_row or row.row) for row in group)
            key, of = merge.key_field(), merge.entity.name
            for row in group:
                copied = meant[row.meant_id] > 1
                told = ("fingerprint", "copied_fingerprint") if copied else (key, "duplicate_row")
                problems.append(problem(row.row, *told, detail=f"rows {rows}", entity=of))
    rejected = forget(connection, merge, [told.row for told in problems])
    return Repeated(problems, rejected, len(copies), forget(connection, merge, copies))


def _namesakes(connection: Connection, merge: Merge, *, renamed: bool) -> Iterator[int]:
    """The rows that share account and name where accounts are not as the file has them: its keys do not show them."""
    stage = merge.stage.c
    if not merge.has("name") or not (renamed or merge.has("customer")):
        return iter(())
    if "account" not in merge.entity.noun.identity:
        several_names = select(stage.name).group_by(stage.name).having(func.count() > 1)
        return iter(connection.scalars(select(stage.row).where(stage.name.in_(several_names)))) if renamed else iter(())
    told = select(stage.account).where(stage.told_account).distinct()
    if not renamed and not connection.scalar(told.limit(1)):
        return iter(())
    of_told = select(stage.account, stage.name).where(stage.account.in_(told)).group_by(stage.account, stage.name)
    several = of_told.having(func.count() > 1).subquery()
    same = and_(stage.account == several.c.account, stage.name == several.c.name)
    return iter(connection.scalars(select(stage.row).join(several, same)))


def _staged(connection: Connection, merge: Merge, rows: list[int]) -> Iterator[Staged]:
    for start in range(0, len(rows), 500):
        some = rows[start : start + 500]
        yield from connection.execute(
            select(merge.stage).where(merge.stage.c.row.in_(some)).order_by(merge.stage.c.row)
        )


def _groups(rows: Iterable[Staged], entity: Entity) -> list[list[Staged]]:
    """Rows joined by the same fingerprint or id; and by the same names, where one has neither or none share a name."""
    every = list(rows)
    of = entity.noun.identity
    named = {
        _name(row, of) for row in every if entity.unique or (row.meant_id is None and _value(row, "source_id") is None)
    }
    leader: dict[Key, Key] = {}

    def led_by(key: Key) -> Key:
        while leader.setdefault(key, key) != key:
            leader[key] = key = leader[leader[key]]
        return key

    groups: dict[Key, list[Staged]] = {}
    keys = [_keys(row, of, named) for row in every]
    for first, *others in keys:
        for other in others:
            leader[led_by(other)] = led_by(first)
    for row, (first, *_) in zip(every, keys, strict=True):
        groups.setdefault(led_by(first), []).append(row)
    return list(groups.values())


def _keys(row: Staged, of: tuple[str, ...], named: set[Key]) -> list[Key]:
    own = _value(row, "source_id")
    by_id: list[Key] = [] if row.meant_id is None else [("fingerprint", row.meant_id)]
    by_id += [] if own is None else [("id", own)]
    return [*by_id, _name(row, of)] if _name(row, of) in named else by_id


def _name(row: Staged, of: tuple[str, ...]) -> Key:
    return ("name", *(_value(row, part) for part in of))


def _value(row: Staged, field: str) -> Any:
    return row._mapping.get(field)


def _content(row: Staged) -> tuple[Any, ...]:
    return tuple(value for name, value in row._mapping.items() if name not in {"row", "shown_row", "told_account"})
