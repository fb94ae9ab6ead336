"""What the rows around a moved one ask: what it refers to comes along, nothing is there twice, nothing used goes."""

from collections.abc import Iterator, Sequence

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Table,
    UniqueConstraint,
    and_,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from pipelines.undo.moves import CHANGED, LACKING, MOVES, REVIVED, TAKEN, UNDONE, USED, Moves, version
from schemas.tables import metadata, opportunity


def bring_along(connection: Connection, every: Sequence[Moves]) -> None:
    """Let what moved rows refer to come back with them, in its last version, where it is not there any more."""
    of = {moves.table: moves for moves in every}
    for moves in reversed(every):
        for column, parent in _references(moves.table):
            if parent in of:
                _bring_along(connection, moves, moves.past.c[column.name], of[parent])


def _references(table: Table) -> list[tuple["Column[int]", Table]]:
    """The columns of a table that refer to rows of others, each with that table."""
    keys = sorted(table.foreign_keys, key=lambda key: key.parent.name)
    return [(key.parent, key.column.table) for key in keys]


def _bring_along(connection: Connection, moves: Moves, refers: "Column[int]", parent: Moves) -> None:
    past, rows, number = parent.past, parent.rows, parent.past.c.id
    gone = select(number).outerjoin(parent.table, parent.table.c.id == number).where(parent.table.c.id.is_(None))
    gone = gone.where(number.not_in(select(rows.c.id).where(parent.returns)))
    if connection.execute(gone.limit(1)).first() is None:
        return
    image = select(refers).join(moves.rows, moves.is_image())
    needed = image.where(moves.verdict(MOVES, REVIVED), moves.rows.c.before.is_not(None), refers.is_not(None))
    last = select(number.label("id"), func.max(past.c.replaced_by_run_id).label("image_by"))
    last_of = last.where(number.in_(gone), number.in_(needed)).group_by(number).subquery()
    is_last = and_(number == last_of.c.id, past.c.replaced_by_run_id == last_of.c.image_by)
    lost = select(last_of, version(past).label("before")).join(past, is_last).subquery()
    stays = and_(rows.c.id == lost.c.id, parent.verdict(UNDONE, CHANGED))
    back = {"image_by": lost.c.image_by, "before": lost.c.before, "after": None, "verdict": REVIVED}
    connection.execute(update(rows).where(stays).values(back))
    new = select(lost, literal(REVIVED), literal(False)).where(lost.c.id.not_in(select(rows.c.id)))
    connection.execute(insert(rows).from_select(["id", "image_by", "before", "verdict", "own"], new))


def refuse_twice(connection: Connection, every: Sequence[Moves]) -> None:
    """Keep rows as they are whose name or id another row took meanwhile, and those that refer to a row so kept."""
    of = {moves.table: moves for moves in every}
    for moves in every:
        for clash in _clashes(connection, moves):
            _refuse(connection, moves, clash)
        for column, parent in _references(moves.table):
            if parent in of:
                _refuse_lacking(connection, moves, moves.past.c[column.name], of[parent])


def _clashes(connection: Connection, moves: Moves) -> Iterator[ColumnElement[bool]]:
    """When the image of a row and another row cannot both be there."""
    image, there = moves.past.c, moves.table.c
    returning = moves.count(connection, moves.returns) > 0
    renamed = moves.renames(connection)
    for columns in _unique(moves.table):
        same = and_(*(there[name] == image[name] for name in columns))
        if returning:
            yield and_(same, moves.returns)
        if renamed:
            yield and_(same, moves.swaps)
    if returning and moves.table is opportunity:
        # imports tell deals without an id by account and name
        named = and_(there.name == image.name, there.account_id.is_not_distinct_from(image.account_id))
        unsaid = or_(image.source_id.is_(None), there.source_id.is_(None))
        yield and_(moves.returns, named, unsaid)


def _unique(table: Table) -> list[list[str]]:
    constraints: list[UniqueConstraint | Index] = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    constraints += [index for index in table.indexes if index.unique]
    return sorted([column.name for column in one.columns] for one in constraints)


def _refuse(connection: Connection, moves: Moves, clash: ColumnElement[bool]) -> None:
    rows, table, past = moves.rows, moves.table, moves.past
    both = rows.join(past, moves.is_image()).join(table, and_(clash, table.c.id != rows.c.id))
    taken = select(rows.c.id, func.min(table.c.id).label("other")).select_from(both)
    found = taken.group_by(rows.c.id).subquery()
    refused = {"verdict": TAKEN, "other": found.c.other}
    connection.execute(update(rows).where(rows.c.id == found.c.id).values(refused))


def _refuse_lacking(connection: Connection, moves: Moves, refers: "Column[int]", parent: Moves) -> None:
    stays = and_(parent.verdict(TAKEN, LACKING), parent.rows.c.present.is_(None))
    if not parent.count(connection, stays):
        return
    rows = moves.rows
    image = select(rows.c.id, refers.label("other")).select_from(rows.join(moves.past, moves.is_image()))
    found = image.where(moves.verdict(MOVES, REVIVED), refers.in_(select(parent.rows.c.id).where(stays))).subquery()
    lacking = {"verdict": LACKING, "other": found.c.other, "user": parent.table.name}
    connection.execute(update(rows).where(rows.c.id == found.c.id).values(lacking))


def keep_used(connection: Connection, moves: Moves) -> None:
    """Keep the rows that would go but that others refer to; those that refer have moved already."""
    for table in metadata.sorted_tables:
        for column, parent in _references(table):
            if parent is moves.table and connection.execute(select(func.count(column))).scalar_one():
                used = moves.rows.c.id.in_(select(column).where(column.is_not(None)))
                kept = {"verdict": USED, "user": table.name}
                connection.execute(update(moves.rows).where(moves.goes, used).values(kept))
