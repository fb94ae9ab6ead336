"""Undoes a run: what it added goes, what it replaced comes back, what others changed since is kept and told."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from connectors import databases
from pipelines.kept_history import require_kept
from pipelines.merge.recording import close_run, next_moment, open_run
from pipelines.undo.counting import Counts, Kept, Moving, count_money, count_rows, list_kept, run_in_words
from pipelines.undo.guarding import bring_along, refuse_twice
from pipelines.undo.moves import CHANGED, UNDONE, Moves, Target, drop_moves, find_moves
from pipelines.undo.moving import MANY_ROWS, move
from schemas.clock import utc_now
from schemas.errors import RunError, UnknownNameError
from schemas.tables import run


@dataclass(frozen=True)
class Undone:
    """What became of the rows that a run had moved; `run` is the undo's number, None where it stored nothing.

    `kept_rows` lists the first of the rows that were kept; `before` are the later runs undone before this one.
    """

    run: int | None
    undoes: int
    what: str
    dry_run: bool
    tables: dict[str, Counts]
    money: dict[str, Moving]
    kept_rows: list[Kept]
    before: tuple["Undone", ...] = ()

    def total(self, count: str) -> int:
        """A count of all tables together."""
        return sum(getattr(counts, count) for counts in self.tables.values())

    @property
    def moved(self) -> bool:
        """Whether any row was restored or removed."""
        return bool(self.total("restored") + self.total("removed"))


class _RolledBackError(Exception):
    """Rolls back what is only to be shown, or did nothing; carries what it found."""

    def __init__(self, undone: Undone) -> None:
        super().__init__()
        self.undone = undone


def undo_run(
    database: str,
    number: int,
    *,
    cascade: bool = False,
    dry_run: bool = False,
    clock: Callable[[], datetime] = utc_now,
) -> Undone:
    """Undo a run, as a run of its own; with `cascade` first the later ones that changed the same rows, last first."""
    begun = clock()
    try:
        with databases.writing(database) as connection:
            undoing = _Undoing(connection, begun, clock)
            later = tuple(undoing.later(number)) if cascade else ()
            undone = replace(undoing.undo(number), before=later)
            if dry_run or not any(one.moved for one in (undone, *later)):
                raise _RolledBackError(undone)
    except _RolledBackError as back:
        found = back.undone
        before = tuple(replace(one, run=None, dry_run=True) for one in found.before)
        return replace(found, run=None, dry_run=dry_run, before=before)
    return undone


class _Undoing:
    """The undos of one transaction."""

    def __init__(self, connection: Connection, begun: datetime, clock: Callable[[], datetime]) -> None:
        self.connection, self.begun, self.clock = connection, begun, clock
        self.last: int = connection.scalar(select(func.max(run.c.id))) or 0

    def later(self, number: int) -> Iterator[Undone]:
        """Undo the runs that changed what a run wrote, last first; those that changed what they wrote before them."""
        tried: set[int] = set()
        # an undo of this very cascade is never undone again
        while blocking := {one for one in self._blocking(number) - tried if number < one <= self.last}:
            last = max(blocking)
            tried.add(last)
            yield from self.later(last)
            yield self.undo(last)

    def undo(self, number: int) -> Undone:
        """Undo one run and enter it into the ledger."""
        connection = self.connection
        target = _find_target(connection, number)
        if target.read >= MANY_ROWS:
            databases.join_whole(connection)
        every = find_moves(connection, target)
        self._require_something(target, every)
        bring_along(connection, every)
        refuse_twice(connection, every)
        now = next_moment(connection, self.begun)
        facts = {"kind": "undo", "undoes_run_id": number, "settings": ""}
        run_id = open_run(connection, self.begun, now, facts)
        done = move(connection, every, run_id, now)
        tables = count_rows(connection, every, done)
        money = count_money(connection, every, run_id, now)
        undone = Undone(run_id, number, target.what, False, tables, money, list_kept(connection, every))
        self._close(undone)
        drop_moves(connection, every)
        return undone

    def _blocking(self, number: int) -> set[int]:
        """The runs that moved since what a run had moved."""
        every = find_moves(self.connection, _find_target(self.connection, number))
        found: set[int] = set()
        for moves in every:
            changed = select(moves.rows.c.other).where(moves.verdict(CHANGED)).distinct()
            found |= set(self.connection.scalars(changed))
        drop_moves(self.connection, every)
        return found

    def _require_something(self, target: Target, every: list[Moves]) -> None:
        counts = [
            (moves.count(self.connection), moves.count(self.connection, moves.verdict(UNDONE))) for moves in every
        ]
        rows, undone = (sum(column) for column in zip(*counts, strict=True))
        if not rows:
            raise RunError(f"Run {target.number} changed nothing.", "There is nothing to undo.")
        if rows == undone and target.opposite:
            last = max(target.opposite)
            why = f"Run {target.number} was undone by run {last}."
            raise RunError(why, f"To bring back what it did: dealport runs undo {last}.")

    def _close(self, undone: Undone) -> None:
        told = {
            "tables": {name: asdict(counts) for name, counts in undone.tables.items()},
            "money": {code: asdict(moving) for code, moving in undone.money.items()},
        }
        counts: dict[str, Any] = {
            "read": undone.total("read"),
            "added": undone.total("along"),
            "updated": undone.total("restored"),
            "removed": undone.total("removed"),
            "kept": undone.total("kept"),
            "unchanged": undone.total("undone"),
            "duplicate": 0,
            "rejected": 0,
        }
        facts = {**counts, "finished_at": max(self.clock(), self.begun), "reading": json.dumps(told, default=str)}
        assert undone.run is not None
        close_run(self.connection, undone.run, facts, {}, [])


def _find_target(connection: Connection, number: int) -> Target:
    """A run that can be undone, with those that undid it, undid that, and so on; one that cannot is refused."""
    facts = connection.execute(select(run).where(run.c.id == number)).one_or_none()
    if facts is None:
        known = connection.scalars(select(run.c.id).order_by(run.c.id.desc()).limit(12))
        raise UnknownNameError("run", str(number), map(str, known))
    if facts.state != "done":
        why = f"Run {number} is {facts.state}: it stored nothing itself."
        raise RunError(why, "There is nothing to undo. The ledger shows its runs: dealport runs.")
    require_kept(connection, facts.recorded_at, f"An undo of run {number}")
    undos = connection.execute(
        select(run.c.id, run.c.undoes_run_id, run.c.recorded_at).where(run.c.kind == "undo")
    ).all()
    undoes = {undo.id: undo.undoes_run_id for undo in undos}
    depth = {one: _depth(one, undoes) for one in (number, *undoes)}
    root, even = depth[number][0], depth[number][1] % 2
    family = {undo.id: undo.recorded_at for undo in undos if depth[undo.id][0] == root}
    for one in family.values():
        require_kept(connection, one, f"An undo of run {number}")
    opposite = frozenset(one for one in family if depth[one][1] % 2 != even)
    what = run_in_words(number, facts.kind, facts.file, facts.undoes_run_id)
    return Target(number, what, facts.kind, facts.read or 0, facts.recorded_at, family, opposite)


def _depth(number: int, undoes: dict[int, int]) -> tuple[int, int]:
    """The run at the root of a chain of undos, and how far above it a run stands."""
    steps = 0
    while number in undoes:
        number, steps = undoes[number], steps + 1
    return number, steps
