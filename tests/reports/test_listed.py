"""Rows that are kept by column are those that were kept by themselves, and are written alike."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.questions.answer import Answer, Answers, Behind, Cell, Column
from pipelines.questions.listed import Listed
from pipelines.report_formats import csv, json
from schemas.settings import Rounding

COLUMNS = [
    Column("name", 'Name "of" it', "text"),
    Column("day", "Day", "date"),
    Column("days", "Days"),
    Column("id", "Id", added=False),
    Column("amount", "Amount", "money"),
    Column("price", "Price", "money", added=False),
]
Line = tuple[str | None, date | None, int | None, int | None, Decimal | None, Decimal | None]
WHOLE = st.none() | st.integers(-(10**12), 10**12)
MONEY = st.none() | st.integers(-(10**18), 10**18).map(lambda units: Decimal(units).scaleb(-4))
LINES = st.lists(st.tuples(st.none() | st.text(), st.none() | st.dates(), WHOLE, WHOLE, MONEY, MONEY), max_size=6)


def listed(lines: list[Line], rounding: Rounding = "half-up", batches: int = 1) -> Listed:
    """Lines in so many batches of texts, as a database tells them."""
    told = [[None if cell is None else str(cell) for cell in line] for line in lines]
    parts = [told[start::batches] for start in range(batches)]
    columns = [[[line[n] for line in part] for n in range(len(COLUMNS))] for part in parts]
    names = [str(n) for n in range(len(COLUMNS))]
    tables = [pa.table([pa.array(cells, pa.string()) for cells in part], names) for part in columns]
    return Listed(COLUMNS, tables, rounding)


def answer(rows: Listed | list[dict[str, Cell]]) -> Answers:
    total: dict[str, Cell] = {"days": 3, "amount": Decimal("1.0000")}
    told = Answer("some", "Which?", "EUR", date(2026, 11, 25), COLUMNS, rows, total)
    return Answers([told], Behind((), {}, 0, ()))


def written(rows: Listed | list[dict[str, Cell]]) -> tuple[str, str]:
    return "".join(json.pieces(answer(rows))), "".join(csv.pieces(answer(rows)))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(lines=LINES, batches=st.integers(1, 3))
def test_they_are_written_like_rows_by_themselves(lines: list[Line], batches: int) -> None:
    rows = listed(lines, batches=batches)
    assert written(rows) == written(list(rows))


def test_what_means_something_in_json_or_csv_is_escaped() -> None:
    as_json, as_csv = written(listed([('say "no",\n\t\\ now', date(2026, 12, 31), 7, None, None, None)]))
    told = (
        r'{"name": "say \"no\",\n\t\\ now", "day": "2026-12-31", "days": 7, "id": null, "amount": "0.0000", "price": '
    )
    assert f"\n    {told}null}}\n" in as_json
    assert as_csv.splitlines()[1:3] == ['"say ""no"",', '\t\\ now",2026-12-31,7,,0.0000,']


@pytest.mark.parametrize(
    ("rounding", "rounded"),
    [("half-up", ["0.0001", "-0.0001", "0.0003"]), ("half-even", ["0.0000", "0.0000", "0.0002"])],
)
def test_amounts_are_rounded_as_stated_and_added_up_before(rounding: Rounding, rounded: list[str]) -> None:
    halves = [Decimal("0.0000500000"), Decimal("-0.00005"), Decimal("0.00025")]
    rows = listed([(None, None, 1, 1, half, half) for half in halves], rounding)
    for key in ("amount", "price"):
        assert [row[key] for row in rows] == [Decimal(amount) for amount in rounded]
    assert rows.sums == {"days": 3, "amount": Decimal("0.00025")}


def test_a_row_is_found_by_its_place() -> None:
    line: Line = ("first", date(2026, 1, 2), 1, 2, Decimal("1.5"), None)
    rows = listed([line, ("second", *line[1:]), ("third", *line[1:])], batches=2)
    assert rows[0] == {
        "name": "first",
        "day": date(2026, 1, 2),
        "days": 1,
        "id": 2,
        "amount": Decimal("1.5000"),
        "price": None,
    }
    assert [row["name"] for row in rows[1:]] == ["third", "second"]
    assert rows[-1]["name"] == "second"
    assert len(rows) == len(list(rows)) == 3
    with pytest.raises(IndexError):
        rows[3]


def test_nothing_found_is_no_rows_and_sums_of_nothing() -> None:
    rows = Listed(COLUMNS, [], "half-up")
    assert (list(rows), list(rows[:5]), rows.sums) == ([], [], {"days": 0, "amount": Decimal(0)})
