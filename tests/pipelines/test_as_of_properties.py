"""As of any past moment equals the snapshot taken at that moment; and what was learnt since adds up exactly."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from connectors.databases import bring_up_to_date, reading
from pipelines.answering import Asked
from pipelines.exporting import export_file
from pipelines.importing import import_file
from pipelines.rating import import_rates
from pipelines.reporting import build_report
from schemas.errors import RunError
from schemas.hindsight import hindsight
from schemas.known import PRESENT, AsOf
from schemas.tables import opportunity
from schemas.views import BUILT_IN
from tests.build import IN_EUROS_TOO, TODAY, new_postgresql, options, store_rates, write_csv

FIRST = datetime(2026, 11, 24, 6, tzinfo=UTC)
REPORTS = ("by-status", "forecast", "won-by-period", "accounts")
TICK = timedelta(microseconds=1)
Row = dict[str, str]
Step = tuple[str, Any]
Snapshot = dict[str, Any]

CELLS = {
    "name": ["Website", "Shop", "Scanner"],
    "account": ["Acme", "Globex"],
    "status": ["in_progress", "negotiation", "won", "lost"],
    "probability": ["", "20", "55"],
    "budget_amount": ["", "10", "0.5"],
    "budget_currency": ["USD", "EUR"],
    "close_revenue": ["", "7"],
    "close_date": ["", "2026-11-22", "2026-11-25", "2026-12-01"],
    "closed_at": ["", "", "2026-11-23T10:00:00Z", "2026-11-24T08:00:00Z"],
    "owner": ["ann", "bob"],
    "contact_last_name": ["", "Diaz"],
}
NEEDED = ("name", "account", "status", "owner")


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """The rows of a file, all with the same fields; each deal stands in it once."""
    others = draw(st.lists(st.sampled_from([name for name in CELLS if name not in NEEDED]), unique=True))
    cells = st.fixed_dictionaries({name: st.sampled_from(CELLS[name]) for name in (*NEEDED, *others)})
    return draw(st.lists(cells, min_size=1, max_size=4, unique_by=lambda row: (row["name"], row["account"])))


STEPS = st.one_of(
    st.tuples(st.just("import"), rows()),
    st.tuples(st.just("rates"), st.tuples(st.sampled_from([22, 23, 24, 25]), st.sampled_from(["0.9", "1.1", "1.3"]))),
)
"""What may happen to a database: a kind of step, and what it takes."""


def a_file(database: str, folder: Path, at: datetime, lines: list[Row]) -> None:
    import_file(
        write_csv(folder / "deals.csv", lines), database, IN_EUROS_TOO, options(layout="plain", clock=lambda: at)
    )


def some_rates(database: str, folder: Path, at: datetime, told: tuple[int, str]) -> None:
    day, rate = told
    (folder / "rates.csv").write_text(f"day,currency,rate\n2026-11-{day},EUR,{rate}\n", encoding="utf-8")
    import_rates(folder / "rates.csv", database, IN_EUROS_TOO, clock=lambda: at)


DO: dict[str, Callable[[str, Path, datetime, Any], None]] = {"import": a_file, "rates": some_rates}


def answer(database: str, name: str, when: AsOf, moment: datetime, currency: str = "USD", by: str | None = None) -> Any:
    """The rows and the total of a report, or why there is none."""
    try:
        found = build_report(name, database, IN_EUROS_TOO, Asked(currency, when=when, by=by), moment.date())
    except RunError as refused:
        return refused.why.partition(" from ")[2]
    return found.rows, found.total


def snapshot(database: str, folder: Path, when: AsOf, moment: datetime) -> Snapshot:
    """The bytes of every view, and every report in two currencies, on the day of a moment."""
    taken: Snapshot = {view: exported(database, folder, view, when, moment) for view in BUILT_IN}
    for name in REPORTS:
        for currency in ("USD", "EUR"):
            taken[f"{name} {currency}"] = answer(database, name, when, moment, currency)
    return taken


def exported(database: str, folder: Path, view: str, when: AsOf, moment: datetime) -> bytes:
    """The bytes of an export on the day of a moment."""
    target = folder / "export.csv"
    export_file(target, database, IN_EUROS_TOO, layout="plain", view=view, today=moment.date(), when=when)
    return target.read_bytes()


def images(database: str, table: Any = opportunity) -> dict[int, dict[str, Any]]:
    """The rows of opportunities by id, without the moment from which they are known."""
    with reading(database) as connection:
        found = connection.execute(select(*(column for column in table.c if column.name != "valid_from"))).mappings()
        return {row["id"]: dict(row) for row in found}


def moments(steps: list[tuple[int, Step]]) -> list[datetime]:
    """When each step happens: some hours after the one before."""
    return [FIRST + timedelta(hours=sum(hours for hours, _ in steps[: place + 1])) for place in range(len(steps))]


SEQUENCES = st.lists(st.tuples(st.integers(1, 14), STEPS), min_size=1, max_size=5)
ON_BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
EXAMPLES = pytest.mark.parametrize("examples", [2, pytest.param(60, marks=pytest.mark.slow)])
Check = Callable[[str, Path, list[tuple[int, Step]]], None]


def try_out(check: Check, kind: str, examples: int, request: pytest.FixtureRequest) -> None:
    """Check a promise for sequences of steps, each in a fresh database."""

    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(steps=SEQUENCES)
    def tried(steps: list[tuple[int, Step]]) -> None:
        with tempfile.TemporaryDirectory(prefix="dealport-") as folder:
            check(fresh(kind, request, Path(folder)), Path(folder), steps)

    tried()


@ON_BOTH
@EXAMPLES
def test_as_of_every_past_moment_is_the_snapshot_taken_then(
    kind: str, examples: int, request: pytest.FixtureRequest
) -> None:
    def check(database: str, folder: Path, steps: list[tuple[int, Step]]) -> None:
        taken = [(FIRST - TICK, snapshot(database, folder, PRESENT, FIRST - TICK))]
        for moment, (_, (what, told)) in zip(moments(steps), steps, strict=True):
            DO[what](database, folder, moment, told)
            taken.append((moment, snapshot(database, folder, PRESENT, moment)))
        for moment, before in taken:
            assert snapshot(database, folder, AsOf(moment), moment) == before, moment
        for (moment, _), (_, before) in zip(taken[1:], taken[:-1], strict=True):
            assert exported(database, folder, "all", AsOf(moment - TICK), moment) == before["all"], moment

    try_out(check, kind, examples, request)


@ON_BOTH
@EXAMPLES
def test_what_was_known_and_what_was_learnt_since_is_what_was_true(
    kind: str, examples: int, request: pytest.FixtureRequest
) -> None:
    def check(database: str, folder: Path, steps: list[tuple[int, Step]]) -> None:
        taken = []
        for moment, (_, (what, told)) in zip(moments(steps), steps, strict=True):
            DO[what](database, folder, moment, told)
            taken.append((moment, images(database)))
        now = images(database)
        for moment, then in taken:
            closed = {key: deal for key, deal in now.items() if deal["closed_at"] and deal["closed_at"] <= moment}
            assert images(database, hindsight(moment, IN_EUROS_TOO)) == then | closed, moment
            require_sum(database, moment)
            require_groups(database, moment)

    try_out(check, kind, examples, request)


def require_sum(database: str, moment: datetime) -> None:
    """The first line is the forecast of then, the total that of hindsight, and the lines add up to it."""
    explained = answer(database, "effective", AsOf(moment), moment)
    known, true = (answer(database, "forecast", AsOf(moment, hind), moment) for hind in (False, True))
    if isinstance(explained, str):
        assert explained in {known, true}
        return
    lines, total = explained
    for amount, told in (("open_amount", "budget_amount"), ("weighted_amount", "weighted_amount")):
        assert sum((line[amount] for line in lines), Decimal(0)) == total[amount]
        assert rounded(lines[0][amount]) == known[1][told]
        assert rounded(total[amount]) == true[1][told]


def require_groups(database: str, moment: datetime) -> None:
    """Each group has what its forecast of then told, what that of hindsight tells, and the difference."""
    for by in ("status", "account"):
        explained = answer(database, "effective", AsOf(moment), moment, by=by)
        if isinstance(explained, str):
            continue
        told = {side: {row[by]: row for row in explained[0]} for side in ("known", "true")}
        for side, hind in (("known", False), ("true", True)):
            found = answer(database, "forecast", AsOf(moment, hind), moment, by=by)[0]
            expected = {row[by]: (row["budget_amount"], row["weighted_amount"]) for row in found}
            groups = {group: sums(row, side) for group, row in told[side].items()}
            assert {
                group: amounts for group, amounts in groups.items() if group in expected or any(amounts)
            } == expected
        for row in explained[0]:
            for amount in ("open_amount", "weighted_amount"):
                assert row[f"known_{amount}"] + row[f"learnt_{amount}"] == row[f"true_{amount}"]


def sums(row: dict[str, Decimal], side: str) -> tuple[Decimal, Decimal]:
    return rounded(row[f"{side}_open_amount"]), rounded(row[f"{side}_weighted_amount"])


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


def fresh(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """A database that knows a rate of the euro for the days before the first step."""
    if kind == "sqlite":
        database = f"sqlite:///{folder / 'deals.db'}"
    else:
        database = new_postgresql(request.getfixturevalue("postgresql_server"))
    bring_up_to_date(database)
    store_rates(database, TODAY - timedelta(days=4), EUR="1.2")
    return database
