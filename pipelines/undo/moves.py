"""The rows that a run moved, in a temporary table for each kept table: from which version to which, and what is now.

A version of a row is named by the run that stated it; none means that the row was not there. Every run, an undo too,
moved a row from the version before it to the one after it; undoing the run moves it from after to before.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Index,
    String,
    Table,
    UniqueConstraint,
    and_,
    case,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)

from connectors import making
from connectors.databases import settle
from schemas.tables import HISTORY, Id, run

MOVES, REVIVED, UNDONE = "moves", "revived", "undone"
CHANGED, USED, TAKEN, LACKING, PRUNED = "changed", "used", "taken", "lacking", "pruned"
"""What becomes of a row: it moves; comes back because another needs it; was undone before; or is kept, for a reason.

Kept are rows that another run changed since, that others still use, whose name or id others took, that refer to a row
that cannot come back, or whose version of before is not in the history any more.
"""
KEPT = (CHANGED, USED, TAKEN, LACKING, PRUNED)


@dataclass(frozen=True)
class Target:
    """The run to be undone, with its family: the runs that undid it, undid that, and so on, up and down.

    `opposite` are those of the family that took back what this one did, `recorded` the moments of the family.
    """

    number: int
    what: str
    kind: str
    read: int
    recorded_at: datetime | None
    family: Mapping[int, datetime]
    opposite: frozenset[int]


@dataclass(frozen=True)
class Moves:
    """The rows of one kept table that a run moved."""

    table: Table
    past: Table
    rows: Table

    def same(self, other: FromClause, one: FromClause | None = None) -> ColumnElement[bool]:
        """Whether a row of another table has the key of one of these."""
        mine = self.rows if one is None else one
        return and_(*(mine.c[column.name] == other.c[column.name] for column in self.table.primary_key))

    def key(self, of: FromClause) -> list[ColumnElement[Any]]:
        """The columns of the key in a table that has them."""
        return [of.c[column.name] for column in self.table.primary_key]

    def is_image(self) -> ColumnElement[bool]:
        """Whether a row of the history is the image that a row goes back to."""
        return and_(self.same(self.past), self.past.c.replaced_by_run_id == self.rows.c.image_by)

    def count(self, connection: Connection, *where: ColumnElement[bool]) -> int:
        """How many rows fulfil conditions."""
        return connection.execute(select(func.count()).select_from(self.rows).where(*where)).scalar_one()

    def verdict(self, *verdicts: str) -> ColumnElement[bool]:
        """Whether one of these becomes of a row."""
        return self.rows.c.verdict.in_(verdicts)

    def kept_columns(self, connection: Connection) -> set[str]:
        """The columns that no row changes that goes back: setting them anew would rewrite every index."""
        return set() if self.renames(connection) else _indexed(self.table)

    def renames(self, connection: Connection) -> bool:
        """Whether a row that goes back to another version changes in a column of an index: its name or id."""
        indexed = sorted(_indexed(self.table))
        if not indexed or not self.count(connection, self.swaps):
            return False
        changes = or_(*(self.table.c[name].is_distinct_from(self.past.c[name]) for name in indexed))
        both = self.rows.join(self.past, self.is_image()).join(self.table, self.same(self.table))
        changed = select(literal(1)).select_from(both).where(self.swaps, changes).limit(1)
        return connection.execute(changed).first() is not None

    @property
    def swaps(self) -> ColumnElement[bool]:
        """Whether a row that is there goes back to another version."""
        rows = self.rows.c
        return and_(rows.verdict == MOVES, rows.present.is_not(None), rows.before.is_not(None))

    @property
    def returns(self) -> ColumnElement[bool]:
        """Whether a row that is not there comes back."""
        return and_(self.verdict(MOVES, REVIVED), self.rows.c.present.is_(None), self.rows.c.before.is_not(None))

    @property
    def goes(self) -> ColumnElement[bool]:
        """Whether a row is removed."""
        rows = self.rows.c
        return and_(rows.verdict == MOVES, rows.present.is_not(None), rows.before.is_(None))


def version(of: FromClause) -> ColumnElement[Any]:
    """The version of a row: the run that stated it, 0 where that was before runs were noted."""
    return func.coalesce(of.c.run_id, 0)


def _indexed(table: Table) -> set[str]:
    unique = (one for one in table.constraints if isinstance(one, UniqueConstraint))
    several: list[UniqueConstraint | Index] = [*unique, *table.indexes]
    return {column.name for one in several for column in one.columns}


def find_moves(connection: Connection, target: Target) -> list[Moves]:
    """Every row that a run moved, with what becomes of it as far as the row itself tells; parents before children."""
    # SQLite finds rows by this key; PostgreSQL joins whole tables
    every = [_moves(table, keyed=connection.dialect.name == "sqlite") for table in HISTORY]
    for moves in every:
        making.create(connection, moves.rows.metadata)
        _fill(connection, moves, target)
        settle(connection, moves.rows.name, temporary=True)
        if moves.count(connection, moves.verdict(CHANGED)):
            _tell_undone(connection, moves, target)
            _tell_changed(connection, moves)
    return every


def drop_moves(connection: Connection, every: Collection[Moves]) -> None:
    """Make room for the next run that is undone in the same transaction."""
    for moves in every:
        moves.rows.drop(connection)


@cache
def _moves(table: Table, *, keyed: bool) -> Moves:
    rows = making.temporary(
        f"moved_{table.name}",
        *(Column(c.name, c.type, primary_key=keyed, autoincrement=False) for c in table.primary_key),
        *(Column(name, Id) for name in ("after", "before", "present", "image_by", "other")),
        Column("verdict", String(8)),
        Column("user", String(64)),
        Column("own", Boolean),
    )
    return Moves(table, HISTORY[table], rows)


def _fill(connection: Connection, moves: Moves, target: Target) -> None:
    table, past = moves.table, moves.past

    def told(of: Table, after: Any, before: Any, where: ColumnElement[bool]) -> Any:
        return select(*moves.key(of), after.label("after"), before.label("before")).where(where)

    def began(of: Table) -> ColumnElement[bool]:
        # what an import wrote is found by its number, also where it was stored before moments were noted
        return of.c.valid_from == target.recorded_at if target.kind == "undo" else of.c.run_id == target.number

    none = literal(None, Id)
    both = union_all(
        told(past, none, version(past), past.c.replaced_by_run_id == target.number),
        told(table, version(table), none, began(table)),
        told(past, version(past), none, began(past)),
    ).subquery()
    key = moves.key(both)
    sides = (func.max(both.c.after).label("after"), func.max(both.c.before).label("before"))
    moved = select(*key, *sides).group_by(*key).subquery()
    source = moved.outerjoin(table, moves.same(table, moved))
    # a row that is not there has no key
    present = case((moves.key(table)[0].is_not(None), version(table)))
    standing = present.is_not_distinct_from(moved.c.after)
    values = {
        **{column.name: column for column in moves.key(moved)},
        "after": moved.c.after,
        "before": moved.c.before,
        "present": present,
        "image_by": literal(target.number, Id),
        "verdict": case((~standing, CHANGED), (_is_pruned(moves, target, moved), PRUNED), else_=MOVES),
        "own": true(),
    }
    query = select(*values.values()).select_from(source)
    connection.execute(insert(moves.rows).from_select(list(values), query))


def _is_pruned(moves: Moves, target: Target, moved: FromClause) -> ColumnElement[bool]:
    """Whether a row without a version of before is older than the import that wrote it."""
    if target.kind == "undo" or target.recorded_at is None or "created_at" not in moves.table.c:
        return false()
    return and_(moved.c.before.is_(None), moves.table.c.created_at < target.recorded_at)


def _tell_undone(connection: Connection, moves: Moves, target: Target) -> None:
    """Mark rows whose last move within the family took back what the run did, and those that are gone for good."""
    rows, table, past = moves.rows, moves.table, moves.past
    gone = and_(rows.c.present.is_(None), rows.c.before.is_(None))
    if not target.opposite:
        connection.execute(update(rows).where(moves.verdict(CHANGED), gone).values(verdict=UNDONE))
        return
    moment = run.c.recorded_at
    family = run.c.id.in_(target.family)
    ended = select(*moves.key(past), past.c.replaced_by_run_id.label("mover")).join(rows, moves.same(past))
    began = (
        select(*moves.key(of), run.c.id.label("mover"))
        .select_from(of.join(rows, moves.same(of)).join(run, moment == of.c.valid_from))
        .where(moves.verdict(CHANGED), family)
        for of in (table, past)
    )
    movers = union_all(
        ended.where(moves.verdict(CHANGED), past.c.replaced_by_run_id.in_(target.family)), *began
    ).subquery()
    key = moves.key(movers)
    last = select(*key, func.max(movers.c.mover).label("mover")).group_by(*key).subquery()
    undone = and_(moves.same(last), last.c.mover.in_(target.opposite))
    connection.execute(update(rows).where(moves.verdict(CHANGED), undone).values(verdict=UNDONE))


def _tell_changed(connection: Connection, moves: Moves) -> None:
    """Tell of the rows that are kept which run stated what is there now, or removed them."""
    rows, table, past = moves.rows, moves.table, moves.past
    recorded = select(run.c.id).where(run.c.recorded_at == table.c.valid_from).scalar_subquery()
    changed = select(func.coalesce(table.c.run_id, recorded)).where(moves.same(table)).scalar_subquery()
    removed = select(func.max(past.c.replaced_by_run_id)).where(moves.same(past)).scalar_subquery()
    other = case((rows.c.present.is_(null()), removed), else_=changed)
    connection.execute(update(rows).where(moves.verdict(CHANGED)).values(other=other))
