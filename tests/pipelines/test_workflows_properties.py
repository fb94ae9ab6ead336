"""The promises that hold with workflows too: the same file twice, and the balance, over random files and workflows."""

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from pipelines.imported import Imported
from pipelines.importing import import_file
from schemas.settings import Settings, parse_settings
from tests.build import HEADERS, NOON, new_postgresql, options, store_rates, stored, write_csv

MANY = examples(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
FEW = examples(parent=MANY, max_examples=8)
CELLS = {
    "name": ["Website", "Shop"],
    "account": ["Acme"],
    "status": ["in_progress", "negotiation", "won", "lost"],
    "probability": ["", "0", "80", "100"],
    "close_date": ["", "2026-11-20", "2026-11-21"],
    "close_reason": ["", "Won", "Outsold"],
    "close_revenue": ["", "0", "5"],
    "close_revenue_currency": ["", "EUR"],
    "budget_amount": ["", "10"],
    "notes": ["", "a"],
    "owner": ["", "ann"],
}
Row = dict[str, str]


@st.composite
def files(draw: st.DrawFn) -> list[Row]:
    """Rows that share their fields: name, account and status always, each other one perhaps."""
    fields = ["name", "account", "status", *draw(st.sets(st.sampled_from(list(CELLS)[3:]), min_size=3))]
    row = st.fixed_dictionaries({name: st.sampled_from(CELLS[name]) for name in fields})
    return draw(st.lists(row, min_size=1, max_size=3, unique_by=lambda one: one["name"]))


WAYS = (
    'from = ["__start__"]\nto = ["early"]\nclear = ["close_revenue", "notes"]',
    'from = ["early"]\nto = ["won"]\nset = { close_reason = "Won", probability = "default" }',
    'from = ["early"]\nto = ["lost"]\nset = { close_revenue = 0 }\nrequired = ["close_date"]',
    'from = ["won", "lost"]\nto = ["early"]\nclear = ["close_revenue"]\nset = { probability = "default" }',
    'from = ["won"]\nto = ["lost"]\nset = { close_reason = "Outsold", close_revenue = 0, probability = "default" }',
    'from = ["early"]\nto = ["early"]',
)


@st.composite
def workflows(draw: st.DrawFn) -> Settings:
    """OroCRM's flow in one mode, and perhaps one of some of the ways above in another."""
    modes = st.sampled_from(["off", "warn", "enforce"])
    text = f'[workflows]\nopportunity_flow = "{draw(modes)}"\n[workflows.own]\nmode = "{draw(modes)}"\n'
    locked = draw(st.sampled_from(["", 'locked = ["close_revenue"]', 'locked = ["owner", "probability"]']))
    for name, statuses in (("early", '"in_progress", "negotiation"'), ("won", '"won"'), ("lost", '"lost"')):
        text += f'[[workflows.own.steps]]\nname = "{name}"\nstatuses = [{statuses}]\n{locked}\n'
    for way in draw(st.sets(st.sampled_from(WAYS), min_size=1)):
        text += f"[[workflows.own.transitions]]\n{way}\n"
    return parse_settings('[currencies]\nenabled = ["USD", "EUR"]\n' + text, "dealport.toml")


def with_a_rate(database: str) -> str:
    store_rates(database, EUR="1.1")
    return database


def require_promises(database: str, several: list[list[Row]], settings: Settings) -> None:
    """Import each file twice; the second time changes nothing and says the same."""

    def imported(rows: list[Row], hours: int) -> Imported:
        with tempfile.TemporaryDirectory() as folder:
            path = write_csv(Path(folder) / "deals.csv", [{HEADERS[name]: row[name] for name in row} for row in rows])
            return import_file(path, database, settings, options(clock=lambda: NOON + timedelta(hours=hours)))

    for number, rows in enumerate(several):
        first = imported(rows, 2 * number)
        assert first.balanced
        before = stored(database)
        second = imported(rows, 2 * number + 1)
        assert (second.added, second.updated, second.rejected) == (0, 0, first.rejected)
        assert second.balanced
        assert stored(database) == before
        rejecting = [[one for one in run.problems if not one.warns] for run in (first, second)]
        assert rejecting[0] == rejecting[1]
        assert {one.row for one in rejecting[0]} == set() or first.rejected > 0


@FEW
@given(st.lists(files(), min_size=1, max_size=3), workflows())
def test_the_same_file_twice_changes_nothing_with_workflows(several: list[list[Row]], settings: Settings) -> None:
    with tempfile.TemporaryDirectory() as folder:
        require_promises(with_a_rate(f"sqlite:///{Path(folder) / 'deals.db'}"), several, settings)


@pytest.mark.slow
@MANY
@given(several=st.lists(files(), min_size=1, max_size=3), settings=workflows())
def test_so_it_is_on_postgresql(postgresql_server: str, several: list[list[Row]], settings: Settings) -> None:
    require_promises(with_a_rate(new_postgresql(postgresql_server)), several, settings)
