import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.imported import Imported
from pipelines.importing import import_file
from pipelines.steps.reject import told_row
from tests.build import (
    HEADERS,
    IN_EUROS_TOO,
    NOON,
    Rows,
    history,
    options,
    read_csv,
    store_rates,
    stored,
    write_csv,
)

CELLS = {
    "source_id": ["", "", "1", "2"],
    "name": ["Website", "Shop"],
    "account": ["Acme", "Globex", ""],
    "status": ["in_progress", "needs_analysis", "won", "lost", "", "?"],
    "probability": ["", "0", "20", "100", "55"],
    "budget_amount": ["", "10", "0.5", "lots"],
    "budget_currency": ["", "USD", "EUR", "EUR", "XXX"],
    "notes": ["", "a", "b"],
    "tags": ["", "x", "y"],
    "owner": ["", "ann", "bob"],
}
GOOD_CELLS = {name: [cell for cell in cells if cell not in {"?", "lots", "XXX"}] for name, cells in CELLS.items()}
GOOD_CELLS["account"] = ["Acme", "Globex"]
SHORT = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
Row = dict[str, str]
RATES = "1.1", "1.2", "1.3"
"""What a euro is in dollars on three days."""


@st.composite
def files(draw: st.DrawFn, cells: dict[str, list[str]], besides: tuple[str, ...] = ("name", "account")) -> list[Row]:
    """The rows of a file, by field, all with the same fields: some are missing, `besides` never."""
    optional = [name for name in cells if name not in besides]
    fields = [*besides, *draw(st.lists(st.sampled_from(optional), unique=True, min_size=3))]
    return draw(
        st.lists(st.fixed_dictionaries({name: st.sampled_from(cells[name]) for name in fields}), min_size=1, max_size=5)
    )


def written(folder: Path, rows: list[Row]) -> Path:
    return write_csv(folder / "deals.csv", [{HEADERS[name]: cell for name, cell in row.items()} for row in rows])


def import_days_later(database: str, folder: Path, rows: list[Row], days: int) -> Imported:
    moment = NOON + timedelta(days)
    return import_file(written(folder, rows), database, IN_EUROS_TOO, options(clock=lambda: moment))


def fresh(folder: Path, name: str = "deals.db") -> str:
    """A database that knows a rate of the euro for each of three days."""
    return with_rates(f"sqlite:///{folder / name}")


def with_rates(database: str) -> str:
    for days, rate in enumerate(RATES):
        store_rates(database, (NOON + timedelta(days)).date(), EUR=rate)
    return database


@SHORT
@given(st.lists(files(CELLS), min_size=1, max_size=2))
def test_the_same_file_twice_changes_nothing(several: list[list[Row]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = fresh(folder)
        for rows in several:
            first = import_days_later(database, folder, rows, 0)
            before = stored(database), history(database)
            second = import_days_later(database, folder, rows, 1)
            assert (second.added, second.updated) == (0, 0)
            assert second.unchanged == first.added + first.updated + first.unchanged
            assert (stored(database), history(database)) == before


@SHORT
@given(files(CELLS), files(CELLS), st.sampled_from(["equal", "last"]))
def test_every_row_and_every_cent_is_accounted_for(first: list[Row], second: list[Row], duplicates: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = fresh(folder)
        added = 0
        for rows in (first, second):
            path = written(folder, rows)
            imported = import_file(path, database, IN_EUROS_TOO, options(duplicates=duplicates))
            parts = imported.added, imported.updated, imported.unchanged, imported.duplicate, imported.rejected
            assert imported.read == len(rows) == sum(parts)
            for sums in imported.money.values():
                assert sums.file == sums.stored + sums.duplicate + sums.rejected
            readable = [row["budget_amount"] for row in rows if row.get("budget_amount", "lots") not in {"", "lots"}]
            assert sum(sums.file for sums in imported.money.values()) == sum(map(Decimal, readable))
            added += imported.added
            assert len(stored(database)) == added


@SHORT
@given(files(CELLS), files(CELLS))
def test_every_rejected_row_comes_back_once_and_unaltered(first: list[Row], second: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = fresh(folder)
        for rows in (first, second):
            imported = import_days_later(database, folder, rows, 0)
            back: Rows = read_csv(imported.rejects) if imported.rejects else []
            numbers = [told_row(row.pop("Problem")) or 0 for row in back]
            assert numbers == sorted({problem.row for problem in imported.problems})
            assert len(numbers) == imported.rejected
            assert back == [{HEADERS[key]: cell for key, cell in rows[row - 2].items()} for row in numbers]


@settings(SHORT, max_examples=15)
@given(st.lists(files(GOOD_CELLS), min_size=1, max_size=3))
def test_imports_leave_what_a_naive_model_leaves_on_every_database(
    emptied_postgresql: Callable[[], str], several: list[list[Row]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        databases = fresh(folder), with_rates(emptied_postgresql())
        model = Model()
        for day, rows in enumerate(several):
            expected = model.take(rows, day)
            for database in databases:
                imported = import_days_later(database, folder, rows, day)
                parts = imported.added, imported.updated, imported.unchanged, imported.duplicate, imported.rejected
                assert parts == expected
                assert stored(database, *MODELLED) == model.opportunities
                assert len(history(database)) == model.images
        one, other = databases
        assert (stored(one), history(one)) == (stored(other), history(other))


def test_the_model_tells_a_chain_of_ids_and_names_from_strangers() -> None:
    rows: list[Opportunity] = [
        {"account": "Acme", "name": "Shop", "source_id": "1"},
        {"account": "Acme", "name": "Website", "source_id": "1"},
        {"account": "Globex", "name": "Website", "source_id": None},
        {"account": "Acme", "name": "Website", "source_id": None},
    ]
    assert same_opportunities(rows) == [[rows[0], rows[1], rows[3]], [rows[2]]]


# -------------------------------------------------------------------------------------------- the naive model

MODELLED = (
    *("name", "account", "source_id", "status", "probability", "stated_probability", "notes", "tags", "owner"),
    *("budget_amount", "budget_currency", "budget_amount_base", "budget_amount_rate", "budget_amount_rate_day"),
    "closed_at",
)
DEFAULTS = {"in_progress": Decimal(0), "needs_analysis": Decimal("0.2"), "won": Decimal(1), "lost": Decimal(0)}
CLOSED = {"won", "lost"}
Opportunity = dict[str, Any]


@dataclass
class Model:
    """What the rules say, row by row and in plain Python."""

    opportunities: list[Opportunity] = field(default_factory=list)
    images: int = 0

    def take(self, rows: list[Row], day: int) -> tuple[int, int, int, int, int]:
        """Import a file; gives how many rows were added, updated, unchanged, duplicate and rejected."""
        became: Counter[str] = Counter()
        kept = []
        for group in same_opportunities([values(row) for row in rows if row.get("status") != ""]):
            if all(row == group[0] for row in group):
                became["duplicate"] += len(group) - 1
                kept.append(group[0])
        meant = [(row, self.candidates(row)) for row in kept]
        times = Counter(id(one[0]) for _, one in meant if len(one) == 1)
        for row, found in meant:
            if not found and "status" in row:
                self.opportunities.append(changed(None, row, day))
                became["added"] += 1
            elif len(found) == 1 and times[id(found[0])] == 1:
                after = changed(found[0], row, day)
                news = says_news(found[0], after)
                became["updated" if news else "unchanged"] += 1
                if news:
                    self.images += 1
                    found[0].update(after)
        parts = became["added"], became["updated"], became["unchanged"], became["duplicate"]
        return (*parts, len(rows) - sum(parts))

    def candidates(self, row: Opportunity) -> list[Opportunity]:
        own = row.get("source_id")
        by_id = [one for one in self.opportunities if own and one["source_id"] == own]
        return by_id or [
            one
            for one in self.opportunities
            if (one["account"], one["name"]) == (row["account"], row["name"])
            and (own is None or one["source_id"] is None)
        ]


def values(row: Row) -> Opportunity:
    """The values of the cells; a blank currency is the base currency, and an amount that is blank has none."""
    found: Opportunity = {name: cell or None for name, cell in row.items()}
    if found.get("probability"):
        found["probability"] = Decimal(found["probability"]) / 100
    if found.get("budget_amount"):
        found["budget_amount"] = Decimal(found["budget_amount"])
    return found


def same_opportunities(rows: list[Opportunity]) -> list[list[Opportunity]]:
    """The rows in groups; two rows are in one group when their ids or (one having none) their names say so."""
    groups: list[list[Opportunity]] = []
    nameless = {(row["account"], row["name"]) for row in rows if row.get("source_id") is None}

    def same(one: Opportunity, other: Opportunity) -> bool:
        if one.get("source_id") is not None and one.get("source_id") == other.get("source_id"):
            return True
        key = one["account"], one["name"]
        return key in nameless and key == (other["account"], other["name"])

    for row in rows:
        joined = [group for group in groups if any(same(row, other) for other in group)]
        groups = [group for group in groups if group not in joined]
        groups.append([*(other for group in joined for other in group), row])
    return sorted(groups, key=lambda group: rows.index(group[0]))


def changed(stored: Opportunity | None, row: Opportunity, day: int) -> Opportunity:
    """The opportunity as the row leaves it."""
    old = stored or dict.fromkeys(MODELLED)
    new = old | {name: value for name, value in row.items() if name in MODELLED}
    for name in ("source_id", "tags"):
        new[name] = row.get(name) or old[name]
    if new["budget_amount"] is None:
        new["budget_currency"] = None
    elif new["budget_currency"] is None:
        new["budget_currency"] = "USD"
    return new | probability(stored, row, str(new["status"])) | closing(old, new, day)


def probability(stored: Opportunity | None, row: Opportunity, status: str) -> Opportunity:
    if stored is None:
        return {"probability": row.get("probability"), "stated_probability": row.get("probability")}
    now, stated = stored["probability"], stored["stated_probability"]
    if "probability" in row:
        stated = row["probability"]
        if stated not in (stored["probability"], stored["stated_probability"]):
            now = stated
    if status != stored["status"] and now == DEFAULTS[stored["status"]]:
        now = DEFAULTS[status]
    return {"probability": now, "stated_probability": stated}


def closing(old: Opportunity, new: Opportunity, day: int) -> Opportunity:
    moment = NOON + timedelta(day)
    closed_at = None
    if new["status"] in CLOSED:
        closed_at = old["closed_at"] if new["status"] == old["status"] else moment
    rate = rate_day = base = None
    if new["status"] in CLOSED and new["budget_amount"] is not None:
        rate, rate_day = Decimal(RATES[day] if new["budget_currency"] == "EUR" else 1), moment.date()
        if old["budget_amount_rate"] is not None and old["budget_currency"] == new["budget_currency"]:
            rate, rate_day = old["budget_amount_rate"], old["budget_amount_rate_day"]
        base = new["budget_amount"] * rate
    return {
        "closed_at": closed_at,
        "budget_amount_base": base,
        "budget_amount_rate": rate,
        "budget_amount_rate_day": rate_day,
    }


def says_news(stored: Opportunity, after: Opportunity) -> bool:
    """Whether a row changes anything: a probability stated again, however it moved on since, does not."""
    return any(stored[name] != after[name] for name in MODELLED if name != "stated_probability")
