"""Moves the rows: present versions to the history, images back to the present; what was added goes last."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    delete,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)

from connectors.databases import filling, inserted, removing, settle
from pipelines.undo.guarding import keep_used
from pipelines.undo.moves import Moves
from schemas.errors import RunError
from schemas.exact import Moment
from schemas.past import images, into_history

MANY_ROWS = 50_000
FEW_ROWS = 20
"""So many rows go one by one; for more of them the database prepares itself."""


class Moved(NamedTuple):
    """How many rows of a table went back to another version, came back, and went; as the statements count them."""

    swapped: int = 0
    returned: int = 0
    gone: int = 0


def move(connection: Connection, every: Sequence[Moves], run_id: int, now: datetime) -> dict[str, Moved]:
    """Move every row that may be moved; the counts are those of the statements themselves."""
    # what comes back may be referred to by what follows, what goes by what went before
    back = [(_swap(connection, moves, run_id, now), _bring_back(connection, moves, now)) for moves in every]
    gone = [_remove(connection, moves, run_id, now) for moves in reversed(every)]
    told = zip(every, back, reversed(gone), strict=True)
    return {moves.table.name: Moved(swapped, returned, went) for moves, (swapped, returned), went in told}


def _swap(connection: Connection, moves: Moves, run_id: int, now: datetime) -> int:
    table, past = moves.table, moves.past
    many = moves.count(connection, moves.swaps)
    if not many:
        return 0
    kept = moves.kept_columns(connection)
    _keep_images(connection, moves, moves.swaps, many, (run_id, now))
    own = {column.name for column in table.primary_key} | {"valid_from"} | kept
    back = {column.name: past.c[column.name] for column in table.c if column.name not in own}
    statement = update(table).where(moves.same(table), moves.is_image(), moves.swaps)
    return connection.execute(statement.values(back | {"valid_from": literal(now, Moment)})).rowcount


def _bring_back(connection: Connection, moves: Moves, now: datetime) -> int:
    table, past = moves.table, moves.past
    many = moves.count(connection, moves.returns)
    if not many:
        return 0
    columns = {column.name: past.c[column.name] for column in table.c} | {"valid_from": literal(now, Moment)}
    versions = select(*columns.values()).select_from(moves.rows.join(past, moves.is_image())).where(moves.returns)
    with _filled(connection, table, many):
        return inserted(connection, insert(table).from_select(list(columns), versions.order_by(*moves.key(past))))


def _remove(connection: Connection, moves: Moves, run_id: int, now: datetime) -> int:
    table = moves.table
    if not moves.count(connection, moves.goes):
        return 0
    keep_used(connection, moves)
    many = moves.count(connection, moves.goes)
    if not many:
        return 0
    _keep_images(connection, moves, moves.goes, many, (run_id, now))
    goes = select(*moves.key(moves.rows)).where(moves.goes)
    key = moves.key(table)
    with removing(connection, table) if many > FEW_ROWS else nullcontext():
        gone = connection.execute(delete(table).where((key[0] if len(key) == 1 else tuple_(*key)).in_(goes))).rowcount
    if many >= MANY_ROWS:
        settle(connection, table.name)
    return gone


def _keep_images(
    connection: Connection, moves: Moves, which: ColumnElement[bool], many: int, end: tuple[int, datetime]
) -> None:
    table, (run_id, now) = moves.table, end
    old = images(table, now, run_id).join(moves.rows, moves.same(table)).where(which)
    with _filled(connection, moves.past, many):
        kept = inserted(connection, into_history(table, old))
    require_equal(kept, many, table)


def require_equal(moved: int, told: int, table: Table) -> None:
    """Refuse an undo in which a row was lost or made up; the transaction is rolled back."""
    if moved != told:
        why = f"The undo does not balance: {told} rows of {table.name} were to be moved, {moved} were."
        raise RunError(why, "Nothing was undone. Please report this as a defect.")


@contextmanager
def _filled(connection: Connection, table: Table, many: int) -> Iterator[None]:
    """Fill a table the fastest way where most of its rows come now."""
    with ExitStack() as stack:
        if many >= MANY_ROWS:
            there = connection.execute(select(func.count()).select_from(table)).scalar_one()
            if many >= there:
                stack.enter_context(filling(connection, table))
        yield
    if many >= MANY_ROWS:
        settle(connection, table.name)
