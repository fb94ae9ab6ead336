"""The promise of exports for editing, over random edits on both sides: each row as a naive model says."""

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from pipelines.exporting import export_file
from pipelines.imported import Imported
from pipelines.importing import import_file
from tests.build import HEADERS, IN_DOLLARS, NOON, TODAY, Rows, new_postgresql, options, read_csv, stored, write_csv

MANY = examples(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
FEW = examples(parent=MANY, max_examples=6)
CELLS = {
    "name": ["Website", "Shop", "Fair"],
    "account": ["Acme", "Globex"],
    "status": ["in_progress", "won"],
    "notes": ["", "a", "b"],
    "budget_amount": ["", "10", "20"],
    "owner": ["", "ann"],
}
Row = dict[str, str]
rows = st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in CELLS.items()})
edits = st.dictionaries(st.sampled_from(list(CELLS)), st.sampled_from(range(3)), max_size=2)


def edited(row: Row, edit: dict[str, int]) -> Row:
    return row | {name: CELLS[name][choice % len(CELLS[name])] for name, choice in edit.items()}


class Desk:
    """A database in which deals are told apart by their ids, and which tells what is stored by them."""

    def __init__(self, database: str, folder: Path) -> None:
        self.database, self.folder, self.hours = database, folder, 0

    def take(self, rows: Rows) -> Imported:
        self.hours += 1
        at = NOON + timedelta(hours=self.hours)
        path = write_csv(self.folder / "deals.csv", rows)
        return import_file(path, self.database, IN_DOLLARS, options(clock=lambda: at))

    def by_id(self, deals: dict[str, Row]) -> Imported | None:
        rows = [{HEADERS["source_id"]: number, **cells(row)} for number, row in deals.items()]
        return self.take(rows) if rows else None

    def export(self) -> Rows:
        path = self.folder / "export.csv"
        export_file(path, self.database, IN_DOLLARS, layout="orocrm", view="all", today=TODAY, for_editing=True)
        return read_csv(path)

    def now(self) -> dict[str, Row]:
        found = stored(self.database, "source_id", *CELLS)
        return {str(row.pop("source_id")): {name: said(row[name]) for name in CELLS} for row in found}


def cells(row: Row) -> Row:
    return {HEADERS[name]: cell for name, cell in row.items()}


def said(value: object) -> str:
    return "" if value is None else f"{value:f}".partition(".")[0] if not isinstance(value, str) else value


def require_promises(desk: Desk, begun: list[Row], theirs: list[dict[str, int]], ours: list[dict[str, int]]) -> None:
    """Store deals, export them, let others change some, and take the export back with edits of its own."""
    deals = {str(number): row for number, row in enumerate(begun, 1)}
    desk.by_id(deals)
    exports = desk.export()
    assert desk.now() == deals
    changed = {number: edited(deals[number], edit) for number, edit in zip(deals, theirs, strict=False)}
    moved = {number: row for number, row in changed.items() if row != deals[number]}
    desk.by_id(moved)
    current = deals | moved

    back, expected, outcome = [], dict(current), {"updated": 0, "unchanged": 0, "rejected": 0}
    stale = []
    for place, (number, edit) in enumerate(zip(deals, [*ours, *[{}] * len(deals)], strict=False)):
        wanted = edited(deals[number], edit)
        # the id may be gone from the file: the fingerprint tells which deal is meant
        row = exports[place] | cells(wanted) | ({HEADERS["source_id"]: ""} if place % 2 else {})
        back.append(row)
        if wanted == current[number]:
            outcome["unchanged"] += 1
        elif number in moved:
            outcome["rejected"] += 1
            stale.append((place + 2, "stale_row"))
        else:
            outcome["updated"] += 1
            expected[number] = wanted
    imported = desk.take(back)
    assert {part: getattr(imported, part) for part in ("added", *outcome)} == {"added": 0, **outcome}
    assert [(one.row, one.code) for one in imported.problems] == stale
    assert imported.balanced
    assert desk.now() == expected
    again = desk.take(back)
    assert (again.added, again.updated) == (0, 0)
    fresh = desk.take(desk.export())
    assert (fresh.added, fresh.updated, fresh.rejected) == (0, 0, 0)


cases = {
    "begun": st.lists(rows, min_size=1, max_size=4),
    "theirs": st.lists(edits, max_size=4),
    "ours": st.lists(edits, max_size=4),
}


@FEW
@given(**cases)
def test_every_row_is_stored_ignored_or_refused_as_a_naive_model_says(
    begun: list[Row], theirs: list[dict[str, int]], ours: list[dict[str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        require_promises(Desk(f"sqlite:///{Path(folder) / 'deals.db'}", Path(folder)), begun, theirs, ours)


@pytest.mark.slow
@MANY
@given(**cases)
def test_so_it_is_on_postgresql(
    postgresql_server: str, begun: list[Row], theirs: list[dict[str, int]], ours: list[dict[str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        require_promises(Desk(new_postgresql(postgresql_server), Path(folder)), begun, theirs, ours)
