"""Any order of imports and undos leaves what a naive model of versions leaves, and every past moment as it was."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from connectors.databases import reading
from pipelines.importing import import_file
from pipelines.undoing import Undone, undo_run
from schemas.errors import RunError
from schemas.tables import HISTORY, run
from tests.build import HEADERS, IN_DOLLARS, new_postgresql, options, write_csv

CELLS = {
    "source_id": ["", "", "1", "2"],
    "name": ["Website", "Shop", "Portal"],
    "account": ["Acme", "Globex"],
    "status": ["in_progress", "won", "lost"],
    "budget_amount": ["", "10", "20"],
    "notes": ["", "a", "b"],
    "owner": ["", "ann", "bob"],
    "customer": ["", "Labs"],
    "contact_last_name": ["", "Doe"],
}
BUSINESS = ("name", "source_id", "status", "budget_amount", "notes", "close_reason", "probability")
Row = dict[str, str]
Import = list[Row]
Undo = tuple[int, bool]
Step = Import | Undo


@st.composite
def files(draw: st.DrawFn) -> Import:
    """The rows of a file, by field; name and account are never missing."""
    optional = st.lists(st.sampled_from([name for name in CELLS if name not in {"name", "account"}]), unique=True)
    fields = ["name", "account", "status", *(name for name in draw(optional) if name != "status")]
    row = st.fixed_dictionaries({name: st.sampled_from(CELLS[name]) for name in fields})
    return draw(st.lists(row, min_size=1, max_size=4))


@st.composite
def stories(draw: st.DrawFn) -> list[Step]:
    """Two files, then undos (of which of the last runs, and whether with a cascade), new files, and old ones again."""
    first = [draw(files()), draw(files())]
    undos = st.tuples(st.integers(0, 5), st.booleans())
    return [*first, *draw(st.lists(st.one_of(undos, undos, st.sampled_from(first), files()), min_size=3, max_size=8))]


def examples(number: int) -> settings:
    return settings(
        max_examples=number, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), print_blob=True
    )


# -------------------------------------------------------------------------------------------- the naive model

Place = tuple[str, tuple[Any, ...]]
Version = dict[str, Any]
"""A row as a run left it, without since when it is so."""
State = dict[Place, Version]
REFERS = {
    "opportunity": ("account", "customer", "contact", "owner"),
    "customer": ("account",),
}
PARENTS = ("owner", "account", "contact", "customer")


@dataclass
class Change:
    """What a run did to a row."""

    before: Version | None
    after: Version | None


@dataclass
class Model:
    """The present, and what each run did to each row, in plain Python."""

    state: State = field(default_factory=dict)
    changes: dict[int, dict[Place, Change]] = field(default_factory=dict)
    undoes: dict[int, int] = field(default_factory=dict)
    runs: int = 0

    def learn(self, number: int, after: State) -> None:
        """Take what an import did: it adds rows and gives rows new versions, and touches nothing else."""
        assert not set(self.state) - set(after)
        changed = {place: row for place, row in after.items() if self.state.get(place) != row}
        assert all(row["run_id"] == number for row in changed.values())
        self.changes[number] = {place: Change(self.state.get(place), row) for place, row in changed.items()}
        self.state, self.runs = dict(after), number

    def undo(self, number: int, *, cascade: bool) -> list[tuple[int, int]] | str:
        """Undo a run; gives the number and the undone run of each undo, or the word why there is none."""
        kept = (dict(self.state), dict(self.changes), dict(self.undoes), self.runs)
        try:
            done = [*self._later(number, self.runs)] if cascade else []
            done.append(self._undo(number))
        except LookupError as refused:
            self.state, self.changes, self.undoes, self.runs = kept
            return str(refused.args[0])
        if not any(self.changes[one] for one, _ in done):
            self.state, self.changes, self.undoes, self.runs = kept
            return "nothing moved"
        return done

    def _later(self, number: int, last: int) -> Iterator[tuple[int, int]]:
        """Undo the later runs that moved its rows, up to the last one before the cascade began."""
        tried: set[int] = set()
        while blocking := [one for one in self._blocking(number) - tried if number < one <= last]:
            tried.add(max(blocking))
            yield from self._later(max(blocking), last)
            yield self._undo(max(blocking))

    def _blocking(self, number: int) -> set[int]:
        return {self._last_mover(place) for place in self._sorted(number)[1]}

    def _undo(self, number: int) -> tuple[int, int]:
        changes = self.changes.get(number, {})
        if not changes:
            raise LookupError("changed nothing")
        moving, blocked = self._sorted(number)
        if not moving and not blocked:
            raise LookupError("undone")
        before = dict(self.state)
        back = {place: self.changes[number][place].before for place in moving}
        self._bring_along(back)
        self._refuse(back)
        for place in [place for place, version in back.items() if version is not None]:
            self.state[place] = back.pop(place)  # type: ignore[assignment]  # what is None is left for last
        # children go first, then what nothing refers to any more
        for table in ("opportunity", *reversed(PARENTS)):
            for place in [place for place in back if place[0] == table]:
                if not any(place in referred(other, row) for other, row in self.state.items()):
                    del self.state[place]
        self.runs += 1
        places = {*before, *self.state}
        self.changes[self.runs] = {
            place: Change(before.get(place), self.state.get(place))
            for place in places
            if before.get(place) != self.state.get(place)
        }
        self.undoes[self.runs] = number
        return self.runs, number

    def _sorted(self, number: int) -> tuple[list[Place], list[Place]]:
        """The rows that may move, and those that another run changed since; the others were undone before."""
        moving, blocked = [], []
        for place, change in self.changes.get(number, {}).items():
            if named(self.state.get(place)) == named(change.after):
                moving.append(place)
            elif not self._is_undone(number, place):
                blocked.append(place)
        return moving, blocked

    def _is_undone(self, number: int, place: Place) -> bool:
        family = [one for one in self.changes if self._root(one)[0] == self._root(number)[0]]
        last = max(one for one in family if place in self.changes[one])
        return (self._root(last)[1] - self._root(number)[1]) % 2 == 1

    def _root(self, number: int) -> tuple[int, int]:
        steps = 0
        while number in self.undoes:
            number, steps = self.undoes[number], steps + 1
        return number, steps

    def _last_mover(self, place: Place) -> int:
        """The run that stated what is there, which an undo may have brought back; else the one that removed it."""
        if place in self.state:
            return int(self.state[place]["run_id"])
        return max(number for number, changes in self.changes.items() if place in changes)

    def _bring_along(self, back: dict[Place, Version | None]) -> None:
        waiting = [(place, version) for place, version in back.items() if version is not None]
        while waiting:
            place, version = waiting.pop()
            for parent in referred(place, version):
                if parent not in self.state and back.get(parent) is None:
                    last = max(number for number, changes in self.changes.items() if parent in changes)
                    back[parent] = self.changes[last][parent].before
                    waiting.append((parent, back[parent]))  # type: ignore[arg-type]

    def _refuse(self, back: dict[Place, Version | None]) -> None:
        for place in [place for place, version in back.items() if version is not None and place[0] == "opportunity"]:
            version = back[place]
            assert version is not None
            others = [row for other, row in self.state.items() if other[0] == "opportunity" and other != place]
            same_id = [row for row in others if version["source_id"] and row["source_id"] == version["source_id"]]
            there = self.state.get(place)
            same_name = [
                row
                for row in others
                if (row["account_id"], row["name"]) == (version["account_id"], version["name"])
                and not (version["source_id"] and row["source_id"])
            ]
            if (there is None and (same_id or same_name)) or (there and same_id):
                del back[place]


def named(version: Version | None) -> int | None:
    return None if version is None else version["run_id"]


def referred(place: Place, version: Version) -> list[Place]:
    """The rows that a row refers to."""
    links = REFERS.get(place[0], ())
    return [(name, (version[f"{name}_id"],)) for name in links if version[f"{name}_id"] is not None]


# ------------------------------------------------------------------------------------------------ what is stored

Rows = list[tuple[str, dict[str, Any]]]


def present(database: str) -> Rows:
    with reading(database) as connection:
        return [
            (table.name, dict(row))
            for table in HISTORY
            for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
        ]


def as_of(database: str, moment: datetime) -> Rows:
    """What was known at a moment: what is so since then or earlier, and what was so then and ended later."""
    found: Rows = []
    with reading(database) as connection:
        for table, past in HISTORY.items():
            now = select(table).where(table.c.valid_from <= moment)
            then = select(*(past.c[column.name] for column in table.c))
            then = then.where(past.c.valid_from <= moment, past.c.valid_to > moment)
            rows = [dict(row) for query in (now, then) for row in connection.execute(query).mappings()]
            key = [column.name for column in table.primary_key]
            found += [(table.name, row) for row in sorted(rows, key=lambda row: [row[part] for part in key])]
    return found


def versions(rows: Rows) -> State:
    keys = {table.name: [column.name for column in table.primary_key] for table in HISTORY}
    return {
        (table, tuple(row[part] for part in keys[table])): {k: v for k, v in row.items() if k != "valid_from"}
        for table, row in rows
    }


def business(database: str) -> list[Any]:
    """What opportunities say, with the names of what they refer to, and every name there is; no numbers of rows."""
    state = versions(present(database))
    names = {place: row.get("name", row.get("last_name")) for place, row in state.items()}
    deals = [
        [*(row[part] for part in BUSINESS), *sorted(f"{one[0]} {names[one]}" for one in referred(place, row))]
        for place, row in state.items()
        if place[0] == "opportunity"
    ]
    return sorted(map(repr, deals)) + sorted(f"{place[0]} {name}" for place, name in names.items())


def moments(database: str) -> dict[int, datetime]:
    with reading(database) as connection:
        return dict(connection.execute(select(run.c.id, run.c.recorded_at)).tuples().all())


def import_rows(database: str, folder: Path, rows: Import) -> int | None:
    path = write_csv(folder / "deals.csv", [{HEADERS[name]: cell for name, cell in row.items()} for row in rows])
    return import_file(path, database, IN_DOLLARS, options()).run


def play(database: str, steps: list[Step]) -> None:
    """Take the steps on a database and in the model, and compare them after each, and every past moment at the end."""
    model, snapshots = Model(), dict[int, Rows]()
    with tempfile.TemporaryDirectory() as folder:
        for step in steps:
            if isinstance(step, list):
                number = import_rows(database, Path(folder), step)
                assert number == model.runs + 1
                model.learn(number, versions(present(database)))
            else:
                undo(database, model, model.runs - step[0] % model.runs, cascade=step[1])
            now = present(database)
            assert versions(now) == model.state
            snapshots[model.runs] = now
    known = moments(database)
    for number, snapshot in snapshots.items():
        assert as_of(database, known[number]) == snapshot


REFUSED = {"changed nothing": "changed nothing", "undone": "was undone by run"}


def undo(database: str, model: Model, number: int, *, cascade: bool) -> None:
    expected = model.undo(number, cascade=cascade)
    if isinstance(expected, str) and expected in REFUSED:
        with pytest.raises(RunError, match=REFUSED[expected]):
            undo_run(database, number, cascade=cascade)
        return
    undone = undo_run(database, number, cascade=cascade)
    done = [(one.run, one.undoes) for one in (*undone.before, undone)]
    assert done == expected or (expected == "nothing moved" and undone.run is None)
    prove(undone)


def prove(undone: Undone) -> None:
    for counts in undone.tables.values():
        assert counts.read == counts.restored + counts.removed + counts.kept + counts.undone
    assert len(undone.kept_rows) == undone.total("kept")


@examples(14)
@given(stories())
def test_imports_and_undos_leave_what_a_naive_model_leaves(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        play(f"sqlite:///{folder}/deals.db", steps)


@examples(5)
@given(stories())
def test_imports_and_undos_leave_what_a_naive_model_leaves_on_postgresql(
    postgresql_server: str, steps: list[Step]
) -> None:
    play(new_postgresql(postgresql_server), steps)


@pytest.mark.slow
@examples(300)
@given(stories())
def test_many_imports_and_undos_leave_what_a_naive_model_leaves(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        play(f"sqlite:///{folder}/deals.db", steps)


@pytest.mark.slow
@examples(60)
@given(stories())
def test_many_imports_and_undos_leave_what_a_naive_model_leaves_on_postgresql(
    postgresql_server: str, steps: list[Step]
) -> None:
    play(new_postgresql(postgresql_server), steps)


def without(undone: Import, database: Callable[[str], str], before: list[Import], after: Import) -> None:
    one, other = database("undone"), database("never")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rows in before:
            import_rows(one, folder, rows)
            import_rows(other, folder, rows)
        known = business(one)
        number = import_rows(one, folder, undone)
        assert number is not None
        with suppress(RunError):  # it changed nothing
            undo_run(one, number)
        assert business(one) == known
        import_rows(one, folder, after)
        import_rows(other, folder, after)
    assert business(one) == business(other)


@examples(8)
@given(files(), st.lists(files(), min_size=1, max_size=2), files())
def test_a_run_undone_is_a_run_that_never_was(undone: Import, before: list[Import], after: Import) -> None:
    with tempfile.TemporaryDirectory() as folder:
        without(undone, lambda name: f"sqlite:///{folder}/{name}.db", before, after)


@pytest.mark.slow
@examples(30)
@given(files(), st.lists(files(), min_size=1, max_size=2), files())
def test_a_run_undone_is_a_run_that_never_was_on_postgresql(
    postgresql_server: str, undone: Import, before: list[Import], after: Import
) -> None:
    without(undone, lambda _: new_postgresql(postgresql_server), before, after)
