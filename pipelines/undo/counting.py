"""What became of the rows that a run had moved: proven counts, their money, and the rows that were kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, FromClause, Row, Table, and_, func, select

from pipelines.undo.moves import CHANGED, KEPT, LACKING, PRUNED, REVIVED, TAKEN, UNDONE, Moves
from pipelines.undo.moving import Moved, require_equal
from schemas.entities import name_of
from schemas.errors import RunError
from schemas.exact import exact_sum
from schemas.fields import AMOUNTS
from schemas.tables import opportunity, run

LISTED = 10_000
"""So many kept rows are listed at most; all are counted."""

Money = dict[str, Decimal]


@dataclass(frozen=True)
class Counts:
    """Of the rows that a run moved: `read` = restored + removed + kept + undone before; `along` came back with them."""

    read: int
    restored: int
    removed: int
    kept: int
    undone: int
    along: int


@dataclass(frozen=True)
class Kept:
    """A row that stays as it is: its table, its key and name, and why; `run` is the run that changed it since."""

    table: str
    key: str
    name: str
    code: str
    why: str
    run: int | None


@dataclass(frozen=True)
class Moving:
    """The money of one currency that the moved opportunities held before the undo and hold after it."""

    before: Decimal
    after: Decimal


def count_rows(connection: Connection, every: Sequence[Moves], done: dict[str, Moved]) -> dict[str, Counts]:
    """The proven counts of each table of which a row was moved, or kept."""
    counted = {}
    for moves in every:
        told, rows = done[moves.table.name], moves.rows.c
        found: dict[str, tuple[int, int]] = {
            verdict: (own, total - own)
            for verdict, own, total in connection.execute(
                select(rows.verdict, func.count().filter(rows.own), func.count()).group_by(rows.verdict)
            )
        }
        if not found:
            continue
        read = sum(own for own, _ in found.values())
        kept = sum(found.get(verdict, (0, 0))[0] for verdict in KEPT)
        undone, along = found.get(UNDONE, (0, 0))[0], found.get(REVIVED, (0, 0))[1]
        require_equal(told.swapped + told.returned + told.gone, read - kept - undone + along, moves.table)
        restored = told.swapped + told.returned - along
        counted[moves.table.name] = Counts(read, restored, told.gone, kept, undone, along)
    return counted


def count_money(connection: Connection, every: Sequence[Moves], run_id: int, now: datetime) -> dict[str, Moving]:
    """What the moved opportunities hold, before and after, proven against the images that they went back to."""
    moves = next(moves for moves in every if moves.table is opportunity)
    past = moves.past.alias("past")
    before = _money(connection, past, past, past.c.replaced_by_run_id == run_id)
    moved = moves.swaps | moves.returns
    due = _money(connection, moves.past, moves.rows.join(moves.past, moves.is_image()), moved)
    # no other run has this moment
    after = _money(connection, opportunity, opportunity, opportunity.c.valid_from == now)
    if due != after:
        why = f"The undo does not balance: {due} was to come back, {after} did."
        raise RunError(why, "Nothing was undone. Please report this as a defect.")
    none = Decimal(0)
    return {code: Moving(before.get(code, none), after.get(code, none)) for code in sorted({*before, *after})}


def _money(connection: Connection, of: FromClause, source: FromClause, where: Any) -> Money:
    money: Money = {}
    codes = [of.c[code] for code in AMOUNTS.values()]
    query = select(*codes, *(exact_sum(of.c[amount]) for amount in AMOUNTS)).select_from(source).where(where)
    for line in connection.execute(query.group_by(*codes)):
        for code, amount in zip(line[: len(codes)], line[len(codes) :], strict=True):
            if code is not None and amount is not None:
                money[code] = money.get(code, Decimal(0)) + amount
    return money


def list_kept(connection: Connection, every: Sequence[Moves]) -> list[Kept]:
    """The first rows that stay as they are, those that refer to others before these, each with the reason."""
    kept: list[Kept] = []
    for moves in reversed(every):
        rows, past = moves.rows, moves.past
        now = select(name_of(moves.table)).where(moves.same(moves.table)).scalar_subquery()
        last = select(name_of(past)).where(moves.same(past)).order_by(past.c.replaced_by_run_id.desc()).limit(1)
        name = func.coalesce(now, last.scalar_subquery())
        told = select(*moves.key(rows), rows.c.verdict, rows.c.other, rows.c.user, rows.c.present, name.label("name"))
        told = told.add_columns(run.c.kind, run.c.file, run.c.undoes_run_id)
        source = rows.outerjoin(run, and_(run.c.id == rows.c.other, moves.verdict(CHANGED)))
        query = told.select_from(source).where(moves.verdict(*KEPT)).order_by(*moves.key(rows))
        for line in connection.execute(query.limit(LISTED - len(kept))):
            key = " ".join(str(part) for part in line[: len(moves.key(rows))])
            changed = line.other if line.verdict == CHANGED else None
            kept.append(Kept(moves.table.name, key, line.name, line.verdict, _why(line, moves.table), changed))
    return kept


def _why(line: Row[Any], table: Table) -> str:
    if line.verdict == CHANGED:
        what = "removed" if line.present is None else "changed"
        return f"{what} since by {run_in_words(line.other, line.kind, line.file, line.undoes_run_id)}"
    if line.verdict == TAKEN:
        return f"exists again as {table.name} {line.other}"
    if line.verdict == PRUNED:
        return "what it was before is not in the history any more"
    if line.verdict == LACKING:
        return f"its {line.user} {line.other} cannot come back"
    user = "alias" if line.user == "account_alias" else line.user
    return f"still used by {'an' if user[0] in 'aeio' else 'a'} {user}"


def run_in_words(number: int, kind: str, file: str, undoes: int | None) -> str:
    """A run as a sentence names it."""
    of = f"run {undoes}" if undoes else Path(file).name
    return f"run {number} ({kind} of {of})" if of else f"run {number}"
