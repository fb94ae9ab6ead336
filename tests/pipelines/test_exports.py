"""Exports as they are asked for: conditions, columns, order, parts, currencies, views and formats."""

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from pyarrow.parquet import ParquetFile, read_table

from connectors.files import write_batches, write_table
from pipelines.exporting import Wanted, export
from pipelines.exports.splitting import in_parts
from pipelines.exports.wanted import split_names
from pipelines.importing import import_file
from pipelines.steps.render import render, renderers
from schemas.errors import RunError, SettingsError, UnknownNameError, UsageError
from schemas.fields import KIND_OF
from schemas.layout_files import load_layout
from schemas.settings import Settings, parse_settings
from schemas.where import ConditionError
from tests.build import (
    IN_DOLLARS,
    IN_EUROS_TOO,
    NOON,
    TODAY,
    an_opportunity,
    counts,
    import_rows,
    options,
    read_csv,
    store_rates,
)
from tests.reports.world import World, asked_at, on_random_worlds

FORMATS = ("csv", "tsv", "xlsx", "jsonl", "parquet")


def wanted(**words: Any) -> Wanted:
    return Wanted(**{"layout": "plain", "today": TODAY, **words})


def exported(database: str, folder: Path, settings: Settings = IN_DOLLARS, **words: Any) -> list[dict[str, str]]:
    export(folder / "out.csv", database, settings, wanted(**words))
    return read_csv(folder / "out.csv")


def names(database: str, folder: Path, **words: Any) -> list[str]:
    return [row["name"] for row in exported(database, folder, **words)]


def three_deals(database: str) -> None:
    """Open deals of ann and nobody, and a won one of bob."""
    import_rows(
        database,
        an_opportunity(name="Roof", owner="ann", account="Müller GmbH", budget_amount="250.5", close_date="2026-12-01"),
        an_opportunity(name="Floor", owner="", account="100% Sure", close_date="", budget_amount="1000"),
        an_opportunity(
            name="Door", owner="bob", status="won", close_reason="Won", budget_amount="", budget_currency=""
        ),
    )


CONDITIONS = {
    "owner = ann": ["Roof"],
    "owner != ann": ["Floor", "Door"],
    "not owner = ann": ["Floor", "Door"],
    "owner is empty or status = won": ["Floor", "Door"],
    "account contains 'mÜLLER'": ["Roof"],
    "account contains '%'": ["Floor"],
    "account contains '_'": [],
    "account starts with '100%'": ["Floor"],
    "budget_amount > 250.4999": ["Roof", "Floor"],
    "budget_amount not between 0 and 999": ["Floor", "Door"],
    "close_date < today + 8": ["Roof"],
    "created_at = today and changed_at >= 2026-11-24": ["Roof", "Floor", "Door"],
    "closed_at <= today": ["Door"],
    "close_reason in (Won, '')": ["Roof", "Floor", "Door"],
    "name = 'x'') or 1=1 --'": [],
    "missing_since is empty and source is empty": ["Roof", "Floor", "Door"],
    "name > 'E' and name < 'G'": ["Floor"],
}


def test_a_condition_decides_which_rows_are_written(tmp_path: Path, database: str) -> None:
    three_deals(database)
    assert {text: names(database, tmp_path, where=text) for text in CONDITIONS} == CONDITIONS


def test_rows_of_other_entities_are_chosen_by_their_own_fields(tmp_path: Path, database: str) -> None:
    headers = "First name,Last name,Emails 1 Email,Emails 2 Email,Owner Username\n"
    contacts = tmp_path / "contacts.csv"
    contacts.write_text(
        headers + 'Ann,Lee,ann@acme.com,"a ""b""@x.org",kim\nBob,,bob@globex.com,,\nCy,Mail,,,kim\n', encoding="utf-8"
    )
    import_file(contacts, database, IN_DOLLARS, options(layout="orocrm-contacts"))

    def found(condition: str) -> list[str]:
        rows = exported(database, tmp_path, layout="orocrm-contacts", where=condition)
        return [row["First name"] for row in rows]

    assert found("emails contains 'ACME'") == ["Ann"]
    assert found("""emails contains '"b"@'""") == ["Ann"]
    assert found("emails contains email") == []
    assert found("emails is empty") == ["Cy"]
    assert found("last_name is empty") == ["Bob"]
    assert found("last_name != Lee and owner is not empty") == ["Cy"]
    assert found("last_name < Mails") == ["Ann", "Cy"]


def test_customers_are_chosen_by_what_they_bought(tmp_path: Path, database: str) -> None:
    for name, revenue in (("East", "500"), ("West", "20.5")):
        deal = an_opportunity(name=name, customer=name, status="won", close_revenue=revenue)
        import_rows(database, deal | {"Close revenue Currency": "USD"})
    rows = exported(database, tmp_path, layout="orocrm-customers", where="lifetime_value > 20.5")
    assert [row["Customer name"] for row in rows] == ["East"]


def test_columns_are_named_by_field_or_header_and_come_in_their_order(tmp_path: Path, sqlite: str) -> None:
    three_deals(sqlite)
    shown = split_names('close_date,"Budget Amount",Opportunity name,changed_at')
    rows = exported(sqlite, tmp_path, layout="orocrm", columns=shown, where="owner = ann")
    assert [list(row.items()) for row in rows] == [
        [
            ("Expected close date", "2026-12-01"),
            ("Budget Amount", "250.5000"),
            ("Opportunity name", "Roof"),
            ("changed_at", "2026-11-24T12:00:00Z"),
        ]
    ]


def test_rows_are_sorted_by_fields_empty_ones_last_and_equal_ones_as_they_came(tmp_path: Path, database: str) -> None:
    three_deals(database)
    assert names(database, tmp_path, sort="name") == ["Door", "Floor", "Roof"]
    assert names(database, tmp_path, sort="budget_amount") == ["Roof", "Floor", "Door"]
    assert names(database, tmp_path, sort="budget_amount desc") == ["Floor", "Roof", "Door"]
    assert names(database, tmp_path, sort="owner DESC, name") == ["Door", "Roof", "Floor"]
    assert names(database, tmp_path, sort="status desc") == ["Door", "Roof", "Floor"]
    assert names(database, tmp_path, sort="close_date, notes, source_id", limit=2) == ["Roof", "Floor"]


@pytest.mark.parametrize(
    ("words", "why", "fix"),
    [
        ({"columns": ("nmae",)}, "There is no column 'nmae'.", "Did you mean 'name'?"),
        ({"columns": ("name", "name")}, "The column name is named twice.", "Name each column once."),
        ({"sort": "nmae"}, "There is no field to sort by 'nmae'.", "Did you mean 'name'?"),
        ({"sort": "name up"}, "'up' after name is no direction.", "Write asc, desc or nothing, and separate"),
        ({"limit": 0}, "--limit is 0.", "Write 1 or more rows."),
        ({"split_rows": -1}, "--split-rows is -1.", "Write 1 or more rows."),
        ({"currency": "GBP"}, "There is no enabled currency 'GBP'.", "Known: USD."),
        ({"view": "opne"}, "There is no view 'opne'.", "Did you mean 'open'?"),
        ({"where": "x = 1"}, "There is no field 'x' of opportunities.\n  x = 1\n  ^", "Known: source_id"),
        ({"currency": "USD", "for_editing": True}, "Converted amounts must not come back", "Leave out --currency or"),
        ({"layout": "orocrm-leads", "currency": "USD"}, "Only amounts of opportunities are converted", "Leave out"),
    ],
)
def test_words_that_cannot_be_followed_are_refused_and_nothing_is_written(
    tmp_path: Path, sqlite: str, words: dict[str, Any], why: str, fix: str
) -> None:
    three_deals(sqlite)
    with pytest.raises(UsageError) as caught:
        export(tmp_path / "out.csv", sqlite, IN_DOLLARS, wanted(**words))
    assert caught.value.why.startswith(why)
    assert caught.value.fix.startswith(fix)
    assert not list(tmp_path.glob("*.csv"))


# ------------------------------------------------------------------------------------------------- formats


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("layout", ["plain", "orocrm", "orocrm-3", "orocrm-2"])
def test_every_format_comes_back_unchanged(tmp_path: Path, sqlite: str, suffix: str, layout: str) -> None:
    import_rows(
        sqlite,
        an_opportunity(name="A", probability="33.3333", notes="'=1+1", customer_need="+49 30 1234", tags="x, y"),
        an_opportunity(name="B", status="won", close_revenue="-0", contact_first_name="Zoë", notes='"two\nlines\\'),
        an_opportunity(name="C", close_date="2026-12-01", probability="0", notes="''@x", customer_need="-5"),
        at=NOON.replace(microsecond=123456),
    )
    target = tmp_path / f"out.{suffix}"
    assert export(target, sqlite, IN_DOLLARS, wanted(layout=layout)).rows == 3
    again = import_file(target, sqlite, IN_DOLLARS, options(layout=layout))
    assert (counts(again), again.problems) == ({"unchanged": 3}, [])


@pytest.mark.parametrize("entity", ["leads", "accounts", "contacts", "customers"])
@pytest.mark.parametrize("suffix", ["xlsx", "jsonl", "parquet"])
def test_every_entity_comes_back_unchanged(tmp_path: Path, sqlite: str, suffix: str, entity: str) -> None:
    layout = f"orocrm-{entity}"
    source = Path(__file__).parents[1] / "layouts" / f"{layout}.csv"
    settings = Settings(currencies=("USD", "EUR"))
    stored = import_file(source, sqlite, settings, options(layout=layout, rejects=tmp_path / "rejects.csv"))
    assert stored.added > 0
    target = tmp_path / f"out.{suffix}"
    export(target, sqlite, settings, wanted(layout=layout))
    again = import_file(target, sqlite, settings, options(layout=layout))
    assert (again.unchanged, again.added + again.updated + again.rejected) == (again.read, 0)


def test_json_lines_have_text_and_null(tmp_path: Path, database: str) -> None:
    three_deals(database)
    shown = ("name", "owner", "budget_amount", "close_date", "created_at")
    export(tmp_path / "out.jsonl", database, IN_DOLLARS, wanted(columns=shown, limit=2))
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "name": "Roof",
            "owner": "ann",
            "budget_amount": "250.5000",
            "close_date": "2026-12-01",
            "created_at": "2026-11-24T12:00:00Z",
        },
        {
            "name": "Floor",
            "owner": None,
            "budget_amount": "1000.0000",
            "close_date": None,
            "created_at": "2026-11-24T12:00:00Z",
        },
    ]


def test_parquet_has_typed_columns_and_tells_what_was_asked(tmp_path: Path, database: str) -> None:
    three_deals(database)
    shown = ("name", "budget_amount", "budget_currency", "close_date", "closed_at")
    export(tmp_path / "out.parquet", database, IN_DOLLARS, wanted(columns=shown, where="status = won or owner = ann"))
    assert read_table(tmp_path / "out.parquet").to_pylist() == [
        {
            "name": "Roof",
            "budget_amount": Decimal("250.5000"),
            "budget_currency": "USD",
            "close_date": date(2026, 12, 1),
            "closed_at": None,
        },
        {"name": "Door", "budget_amount": None, "budget_currency": None, "close_date": None, "closed_at": NOON},
    ]
    told = ParquetFile(tmp_path / "out.parquet").metadata.metadata
    assert {key.decode(): told[key].decode() for key in told if not key.startswith(b"ARROW")} == {
        "Rows": "2",
        "View": "all",
        "Condition": "(status = won or owner = ann)",
        "As of": "2026-11-24",
        "Layout": "plain",
        "Newest run": "1",
        "budget_amount in USD": "250.50",
    }


cells = st.text(st.sampled_from("aé,\"'\r\n\t;= \0"), max_size=4)


@hypothesis.settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(*[cells] * width), max_size=5)), st.booleans())
def test_a_column_at_a_time_gives_the_bytes_of_a_line_at_a_time(
    tmp_path: Path, lines: list[tuple[str, ...]], tabs: bool
) -> None:
    one, other = (tmp_path / f"{name}.{'tsv' if tabs else 'csv'}" for name in ("one", "other"))
    headers = ["x", "y, z", "w"][: len(lines[0]) if lines else 1]
    write_table(one, headers, lines)
    half = len(lines) // 2
    batches = [
        pa.table([pa.array(column, pa.string()) for column in zip(*piece, strict=True)], headers)
        for piece in (lines[:half], lines[half:])
        if piece
    ]
    write_batches(other, headers, batches)
    assert other.read_bytes() == one.read_bytes()


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "amount": st.decimals(-(10**14), 10**14, places=4),
    "percent": st.decimals(0, 1, places=6),
    "date": st.dates(date(1000, 1, 1)),
    "moment": st.datetimes(datetime(1000, 1, 1), timezones=st.just(UTC)),
}
TEXTS = st.text(st.sampled_from("a'=+-@\t\r5.,\n"), max_size=5)
STORED = {"amount": "{:.4f}", "percent": "{:.6f}"}


@pytest.mark.parametrize("layout", ["orocrm", "plain", "orocrm-2", "orocrm-3"])
def test_columns_are_rendered_as_single_values_are(layout: str) -> None:
    written = load_layout(layout)
    kinds = [KIND_OF[field] for field in written.order]
    row = st.tuples(*(st.none() | VALUES.get(kind, TEXTS) for kind in kinds))

    @hypothesis.settings(max_examples=40, deadline=None)
    @given(st.lists(row, max_size=4), st.integers(0, 3))
    def tried(rows: list[tuple[Any, ...]], cut: int) -> None:
        def told(kind: str, value: Any) -> str | None:
            return None if value is None else STORED.get(kind, "{}").format(value)

        columns = [[told(kind, line[place]) for line in rows] for place, kind in enumerate(kinds)]
        chunked = [pa.chunked_array([one[:cut], one[cut:]], pa.string()) for one in columns]
        found = render(pa.table(chunked, list(written.order)), written)
        expected = [[write(value) for write, value in zip(renderers(written), line, strict=True)] for line in rows]
        assert [list(line.values()) for line in found.to_pylist()] == expected

    tried()


# --------------------------------------------------------------------------------------------------- parts


def test_rows_are_split_into_files_that_come_back_unchanged(tmp_path: Path, database: str) -> None:
    import_rows(database, *(an_opportunity(name=f"Deal {number}") for number in range(5)))
    done = export(tmp_path / "deals.csv", database, IN_DOLLARS, wanted(split_rows=2))
    assert ([path.name for path in done.files], done.rows) == (["deals-1.csv", "deals-2.csv", "deals-3.csv"], 5)
    assert [[row["name"] for row in read_csv(path)] for path in done.files] == [
        ["Deal 0", "Deal 1"],
        ["Deal 2", "Deal 3"],
        ["Deal 4"],
    ]
    assert [counts(import_file(path, database, IN_DOLLARS, options(layout="plain"))) for path in done.files] == [
        {"unchanged": 2},
        {"unchanged": 2},
        {"unchanged": 1},
    ]


def test_no_part_of_an_earlier_larger_export_is_left(tmp_path: Path, sqlite: str) -> None:
    import_rows(sqlite, *(an_opportunity(name=f"Deal {number}") for number in range(5)))
    export(tmp_path / "deals.csv", sqlite, IN_DOLLARS, wanted(split_rows=1))
    (tmp_path / "deals-2025.csv").write_text("somebody's own", encoding="utf-8")
    export(tmp_path / "deals.csv", sqlite, IN_DOLLARS, wanted(split_rows=3))
    assert sorted(path.name for path in tmp_path.glob("deals-*")) == ["deals-1.csv", "deals-2.csv", "deals-2025.csv"]


def test_no_rows_are_one_file_with_headers(tmp_path: Path, sqlite: str) -> None:
    three_deals(sqlite)
    done = export(tmp_path / "deals.csv", sqlite, IN_DOLLARS, wanted(split_rows=2, where="name = x", columns=("name",)))
    assert ([path.read_text(encoding="utf-8") for path in done.files], done.rows) == (["name\n"], 0)


def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path, sqlite: str) -> None:
    three_deals(sqlite)
    (tmp_path / "deals-1.csv").write_text("before", encoding="utf-8")
    heard: list[int] = []

    def stopped(rows: int) -> None:
        heard.append(rows)
        if rows == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(tmp_path / "deals.csv", sqlite, IN_DOLLARS, wanted(split_rows=2), stopped)
    assert heard == [2, 3]
    assert [path.name for path in tmp_path.iterdir() if ".db" not in path.name] == ["deals-1.csv"]
    assert (tmp_path / "deals-1.csv").read_text(encoding="utf-8") == "before"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, sqlite: str) -> None:
    three_deals(sqlite)
    with pytest.raises(RunError, match="there is no folder"):
        export(tmp_path / "none" / "deals.csv", sqlite, IN_DOLLARS, wanted(split_rows=2))


@given(st.lists(st.integers(1, 5), max_size=5), st.integers(1, 6))
def test_parts_have_so_many_rows_whatever_the_batches_are(sizes: list[int], rows: int) -> None:
    total, batches, begin = sum(sizes), [], 0
    for size in sizes:
        batches.append(pa.table({"n": list(range(begin, begin + size))}))
        begin += size
    parts = [[n for batch in part for n in batch.column("n").to_pylist()] for part in in_parts(iter(batches), rows)]
    assert parts == [list(range(first, min(first + rows, total))) for first in range(0, max(total, 1), rows)]


# ------------------------------------------------------------------------------------------- currencies, views


def test_amounts_are_converted_as_reports_do(tmp_path: Path, database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        asked = wanted(currency="EUR", today=today, when=when, columns=("name", "budget_amount", "budget_currency"))
        export(tmp_path / "out.csv", database, world.settings, asked)
        expected = []
        for deal, version in world.at(moment):
            worth = world.worth(version, today, currency="EUR")
            expected.append((deal.name, "" if worth is None else f"{worth:.4f}", "EUR" if worth is not None else ""))
        assert [tuple(row.values()) for row in read_csv(tmp_path / "out.csv")] == expected

    on_random_worlds(check, database)


def test_only_the_rates_of_rows_that_are_written_are_needed(tmp_path: Path, sqlite: str) -> None:
    store_rates(sqlite, EUR="1.10")
    import_rows(
        sqlite,
        an_opportunity(name="A", budget_amount="110"),
        an_opportunity(name="B", budget_currency="GBP"),
        settings=IN_EUROS_TOO,
    )
    rows = exported(sqlite, tmp_path, IN_EUROS_TOO, currency="EUR", where="budget_currency != GBP")
    assert [(row["name"], row["budget_amount"], row["budget_currency"]) for row in rows] == [("A", "100.0000", "EUR")]
    with pytest.raises(RunError, match="There is no exchange rate from GBP to EUR"):
        exported(sqlite, tmp_path, IN_EUROS_TOO, currency="EUR")


VIEWS = """
[views.mine]
where = "owner = ann or owner = bob"
columns = ["name", "Owner Username"]
sort = "name"
layout = "orocrm"

[views.people]
entity = "contact"
where = "first_name is not empty"
"""


def test_a_view_of_the_settings_chooses_rows_columns_and_order(tmp_path: Path, sqlite: str) -> None:
    three_deals(sqlite)
    settings = parse_settings(VIEWS, "dealport.toml")
    rows = exported(sqlite, tmp_path, settings, view="mine", layout="orocrm")
    assert rows == [
        {"Opportunity name": "Door", "Owner Username": "bob"},
        {"Opportunity name": "Roof", "Owner Username": "ann"},
    ]
    narrower = exported(sqlite, tmp_path, settings, view="mine", where="status = won", columns=("status",))
    assert narrower == [{"status": "won"}]
    with pytest.raises(UsageError, match="The view people is one of contacts, not of opportunities"):
        exported(sqlite, tmp_path, settings, view="people")
    with pytest.raises(UnknownNameError, match="Did you mean 'mine'"):
        exported(sqlite, tmp_path, settings, view="mien")


def test_views_decide_nothing_about_what_is_stored() -> None:
    assert parse_settings(VIEWS, "dealport.toml").fingerprint() == Settings().fingerprint()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[views.all]\nwhere = "name = x"', "views.all is one of the views that are always there"),
        ('[views."My deals"]\nwhere = "name = x"', "views.My deals is no name of a view"),
        ('[views.mine]\nwher = "name = x"', "views.mine.wher is not a setting"),
        ('[views.mine]\nentity = "deal"', "views.mine.entity is 'deal'"),
        ("[views.mine]\ncolumns = [1]", "views.mine.columns holds 1, not a text"),
        ("[views]\nmine = 1", "views.mine is 1, not a table"),
    ],
)
def test_a_view_that_is_told_wrongly_is_refused(text: str, why: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text, "dealport.toml")
    assert caught.value.why == f"dealport.toml: {why}."


def test_a_condition_of_a_view_that_cannot_be_read_is_shown_with_the_place(tmp_path: Path, sqlite: str) -> None:
    three_deals(sqlite)
    settings = parse_settings('[views.mine]\nwhere = "ownr = x"', "dealport.toml")
    with pytest.raises(ConditionError, match="There is no field 'ownr'"):
        exported(sqlite, tmp_path, settings, view="mine")


@pytest.mark.parametrize(("text", "found"), [("a, b", ("a", "b")), ('"a, b",c', ("a, b", "c"))])
def test_columns_are_separated_by_commas(text: str, found: tuple[str, ...]) -> None:
    assert split_names(text) == found


@pytest.mark.parametrize("text", ["", "a,,b", '"a', "a\nb,"])
def test_columns_that_cannot_be_told_apart_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        split_names(text)


def test_a_part_with_fingerprints_has_them_in_every_format(tmp_path: Path, sqlite: str) -> None:
    three_deals(sqlite)
    prints = {}
    for suffix in ("csv", "jsonl", "parquet"):
        target = tmp_path / f"desk.{suffix}"
        export(target, sqlite, IN_DOLLARS, wanted(for_editing=True, columns=("name",)))
        prints[suffix] = target
    with prints["csv"].open(encoding="utf-8", newline="") as file:
        expected = [row["Fingerprint"] for row in csv.DictReader(file)]
    lines = prints["jsonl"].read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["Fingerprint"] for line in lines] == expected
    assert read_table(prints["parquet"]).column("Fingerprint").to_pylist() == expected
