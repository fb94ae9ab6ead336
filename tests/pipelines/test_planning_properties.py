"""A plan is what applying it then does, row for row, over random files and databases."""

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.importing import import_file
from pipelines.plan.changes import Change, canonical
from pipelines.planning import apply_plan, plan_import
from schemas.tables import opportunity
from tests.build import IN_EUROS_TOO, NOON, options, stored
from tests.pipelines.test_import_properties import (
    CELLS,
    SHORT,
    Row,
    files,
    fresh,
    import_days_later,
    with_rates,
    written,
)

LINKED = ("account", "customer", "contact", "owner")
HIDDEN = {"id", "created_at", "valid_from", "run_id", "row", *(f"{name}_id" for name in LINKED)}
Deal = dict[str, str | None]
POLICIES = st.sampled_from([None, "close-lost", "mark-missing"])


def as_text(value: Any, field: str) -> str | None:
    kind = opportunity.c[field].type if field in opportunity.c else None
    return canonical(None if value is None else str(value).removesuffix("+00:00"), kind)


def deals(database: str) -> dict[int, Deal]:
    """Every stored deal by its id: all that a plan speaks of, as text."""
    found = {}
    for row in stored(database):
        contact = f"{row['contact_first_name'] or ''} {row['contact_last_name'] or ''}".strip() or None
        told = {**{name: row[name] for name in LINKED if name != "contact"}, "contact": contact}
        fields = {name: as_text(value, name) for name, value in row.items() if name in opportunity.c}
        found[row["id"]] = {**{name: cell for name, cell in fields.items() if name not in HIDDEN}, **told}
    return found


def after(before: dict[int, Deal], changes: list[Change]) -> list[Deal]:
    """What a naive reader of a plan expects to be stored, in any order."""
    expected = {number: dict(deal) for number, deal in before.items()}
    new: list[Deal] = []
    fields = next(iter(before.values()), {})
    for change in changes:
        if change.table != "opportunity":
            continue
        values = {name: value for name, (_, value) in change.fields.items()}
        if change.id is None:
            new.append({**dict.fromkeys(fields), **values})
        else:
            assert {name: old for name, (old, _) in change.fields.items()} == {
                name: expected[change.id][name] for name in change.fields
            }
            expected[change.id] |= values
    return [*expected.values(), *new]


def in_order(rows: list[Deal]) -> list[list[tuple[str, str]]]:
    """Deals in an order of their own, without what is blank."""
    return sorted(sorted((name, cell) for name, cell in row.items() if cell is not None) for row in rows)


def check(database: str, folder: Path, first: list[Row], second: list[Row], policy: Any) -> None:
    import_days_later(database, folder, first, 0)
    before = deals(database)
    path = written(folder, second)
    asked = options(clock=lambda: NOON + timedelta(1), snapshot=policy if "source_id" in second[0] else None)
    planned = plan_import(path, database, IN_EUROS_TOO, asked, folder / "plan")
    assert deals(database) == before
    applied = apply_plan(folder / "plan", database, IN_EUROS_TOO, clock=lambda: NOON + timedelta(2))
    assert vars(planned.imported) | {"run": applied.run, "reading": applied.reading} == vars(applied) | {
        "rejects": planned.imported.rejects
    }
    assert in_order(list(deals(database).values())) == in_order(after(before, list(planned.plan.changes())))


@settings(SHORT, max_examples=8)
@given(files(CELLS), files(CELLS), POLICIES)
def test_applying_a_plan_stores_what_the_plan_shows(first: list[Row], second: list[Row], policy: Any) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        check(fresh(folder), folder, first, second, policy)


@settings(SHORT, max_examples=4)
@given(st.data())
def test_applying_a_plan_stores_what_the_plan_shows_on_postgresql(
    emptied_postgresql: Callable[[], str], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as name:
        database = with_rates(emptied_postgresql())
        check(database, Path(name), data.draw(files(CELLS)), data.draw(files(CELLS)), data.draw(POLICIES))


@settings(SHORT, max_examples=8)
@given(files(CELLS), files(CELLS))
def test_a_plan_and_then_an_import_are_an_import(first: list[Row], second: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        planned, direct = fresh(folder, "planned.db"), fresh(folder, "direct.db")
        for database in (planned, direct):
            import_days_later(database, folder, first, 0)
        path = written(folder, second)
        asked = options(clock=lambda: NOON + timedelta(1))
        plan_import(path, planned, IN_EUROS_TOO, asked, folder / "plan")
        apply_plan(folder / "plan", planned, IN_EUROS_TOO, clock=lambda: NOON + timedelta(1))
        import_file(path, direct, IN_EUROS_TOO, asked)
        assert deals(planned) == deals(direct)
