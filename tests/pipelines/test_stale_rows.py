"""Exports for editing: an edited row is stored where nothing moved on, refused where it did, ignored where equal."""

import tempfile
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, insert, select

from connectors.databases import transaction
from pipelines.checking import check_file
from pipelines.drift import record
from pipelines.exporting import export_file
from pipelines.imported import Imported
from pipelines.importing import import_file
from pipelines.merge.recording import open_run
from schemas.look import as_json
from schemas.tables import opportunity, opportunity_history
from tests.build import (
    HEADERS,
    IN_DOLLARS,
    NOON,
    TODAY,
    Rows,
    an_opportunity,
    counts,
    import_rows,
    money,
    options,
    read_csv,
    stored,
    told,
    write_csv,
)

NAME, STATUS, ID, NOTES, FINGERPRINT = *(HEADERS[f] for f in ("name", "status", "source_id", "notes")), "Fingerprint"
_hour = count(1)


def exported(database: str, folder: Path, layout: str = "orocrm") -> Rows:
    path = folder / "for-editing.csv"
    export_file(path, database, IN_DOLLARS, layout=layout, view="all", today=TODAY, for_editing=True)
    return read_csv(path)


def come_back(database: str, rows: Rows, layout: str | None = "orocrm", **changed: object) -> Imported:
    """Import rows as a file that was edited elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_csv(Path(folder) / "edited.csv", rows)
        at = NOON + timedelta(hours=next(_hour))
        return import_file(path, database, IN_DOLLARS, options(clock=lambda: at, layout=layout, **changed))


def whys(imported: Imported) -> list[str]:
    return [f"'{one.header}' {one.why}" for one in imported.problems]


@pytest.fixture
def deals(database: str) -> str:
    """A database with four deals: one without an id, and two that share account and name."""
    rows = (
        an_opportunity(source_id="7", name="Website", notes="call"),
        an_opportunity(source_id="", name="Shop", notes=""),
        an_opportunity(source_id="8", name="Twin", notes=""),
        an_opportunity(source_id="9", name="Twin", notes=""),
    )
    assert counts(import_rows(database, *rows)) == {"added": 4}
    return database


# ---------------------------------------------------------------------------------------------------------- exports


def test_an_export_has_no_fingerprints_unless_it_is_for_editing(deals: str, tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    export_file(path, deals, IN_DOLLARS, layout="orocrm", view="all", today=TODAY)
    assert FINGERPRINT not in read_csv(path)[0]


@pytest.mark.parametrize("layout", ["orocrm", "plain"])
def test_the_last_column_names_opportunity_and_run_and_is_always_the_same(
    deals: str, tmp_path: Path, layout: str
) -> None:
    rows = exported(deals, tmp_path, layout)
    assert list(rows[0])[-1] == FINGERPRINT
    assert [row[FINGERPRINT].rpartition(".")[0] for row in rows] == ["2.1", "3.1", "4.1", "5.1"]
    assert len({row[FINGERPRINT].rpartition(".")[2] for row in rows}) == 4
    assert exported(deals, tmp_path, layout) == rows


def test_a_workbook_has_them_as_text(deals: str, tmp_path: Path) -> None:
    path = tmp_path / "deals.xlsx"
    export_file(path, deals, IN_DOLLARS, layout="orocrm", view="all", today=TODAY, for_editing=True)
    lines = list(load_workbook(path).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert [line[-1] for line in lines] == [FINGERPRINT, *(row[FINGERPRINT] for row in exported(deals, tmp_path))]
    imported = import_file(path, deals, IN_DOLLARS, options(layout=None))
    assert counts(imported) == {"unchanged": 4}
    assert imported.unknown_headers == ()


@pytest.mark.parametrize("layout", ["orocrm", "plain"])
def test_an_export_for_editing_imported_again_changes_nothing(deals: str, tmp_path: Path, layout: str) -> None:
    assert counts(come_back(deals, exported(deals, tmp_path, layout), layout)) == {"unchanged": 4}


# ------------------------------------------------------------------------------------------------------ what is meant


def test_an_edited_row_is_stored_also_renamed_and_without_an_id(deals: str, tmp_path: Path) -> None:
    rows = exported(deals, tmp_path)
    rows[0] |= {NAME: "Website 2", NOTES: "called"}
    rows[1] |= {NAME: "Web shop", HEADERS["account"]: "Globex"}
    rows[3] |= {HEADERS["budget_amount"]: "77"}
    imported = come_back(deals, rows)
    assert counts(imported) == {"updated": 3, "unchanged": 1}
    assert [tuple(row.values()) for row in stored(deals, "id", "name", "account", "notes", "budget_amount")] == [
        (2, "Website 2", "Acme", "called", Decimal(1000)),
        (3, "Web shop", "Globex", None, Decimal(1000)),
        (4, "Twin", "Acme", None, Decimal(1000)),
        (5, "Twin", "Acme", None, Decimal(77)),
    ]
    assert counts(come_back(deals, rows)) == {"unchanged": 4}


def test_deals_may_swap_their_names(deals: str, tmp_path: Path) -> None:
    rows = exported(deals, tmp_path, "plain")
    rows[0]["name"], rows[1]["name"] = "Shop", "Website"
    assert counts(come_back(deals, rows, "plain")) == {"updated": 2, "unchanged": 2}
    assert [row["name"] for row in stored(deals, "name")] == ["Shop", "Website", "Twin", "Twin"]


def test_a_row_without_a_fingerprint_is_one_like_any_other(deals: str, tmp_path: Path) -> None:
    rows = [*exported(deals, tmp_path), an_opportunity(name="New"), an_opportunity(source_id="7", notes="typed")]
    rows[4][FINGERPRINT] = ""
    del rows[0]
    assert counts(come_back(deals, rows)) == {"added": 1, "updated": 1, "unchanged": 3}


def test_some_columns_are_enough(deals: str, tmp_path: Path) -> None:
    rows = [{STATUS: "negotiation", FINGERPRINT: row[FINGERPRINT], NAME: "x"} for row in exported(deals, tmp_path)[:1]]
    assert counts(come_back(deals, rows)) == {"updated": 1}
    assert stored(deals, "name", "status", "account")[0] == {"name": "x", "status": "negotiation", "account": "Acme"}


# -------------------------------------------------------------------------------------------------------------- stale


def test_a_row_is_refused_when_what_is_stored_has_moved_on(deals: str, tmp_path: Path) -> None:
    rows = exported(deals, tmp_path)
    import_rows(deals, an_opportunity(source_id="7", notes="lost the phone", status="negotiation"))
    rows[0] |= {NOTES: "called"}
    rows[1] |= {NOTES: "called too"}
    imported = come_back(deals, rows)
    assert told(imported) == [(2, FINGERPRINT, "stale_row")]
    assert whys(imported) == [
        "'Fingerprint' is of an older version: run 2 (deals.csv, row 2) changed status to 'negotiation' and notes"
    ]
    assert imported.problems[0].value == rows[0][FINGERPRINT]
    assert counts(imported) == {"updated": 1, "unchanged": 2, "rejected": 1}
    assert money(imported) == {"USD": {"file": Decimal(4000), "stored": Decimal(3000), "rejected": Decimal(1000)}}
    assert stored(deals, "notes")[0] == {"notes": "lost the phone"}


def test_a_stale_row_that_says_what_is_stored_is_ignored(deals: str, tmp_path: Path) -> None:
    rows = exported(deals, tmp_path)
    import_rows(deals, an_opportunity(source_id="7", notes="called"))
    rows[0] |= {NOTES: "called"}
    assert counts(come_back(deals, rows)) == {"unchanged": 4}


def test_what_was_changed_and_changed_back_is_another_version(deals: str, tmp_path: Path) -> None:
    rows = exported(deals, tmp_path)
    for note in ("called", "call"):
        import_rows(deals, an_opportunity(source_id="7", notes=note))
    assert counts(come_back(deals, rows)) == {"unchanged": 4}
    rows[0] |= {NOTES: "mine"}
    assert whys(come_back(deals, rows)) == ["'Fingerprint' is of an older version: run 3 (deals.csv, row 2) changed it"]


def test_many_changes_are_told_in_short(deals: str, tmp_path: Path) -> None:
    rows = exported(deals, tmp_path)
    changes = {"name": "W" * 60, "status": "won", "close_reason": "Won", "close_date": "2026-11-20", "owner": "ann"}
    import_rows(deals, an_opportunity(source_id="7", account="Globex", **changes))
    rows[0] |= {NOTES: "called"}
    assert whys(come_back(deals, rows)) == [
        f"'Fingerprint' is of an older version: run 2 (deals.csv, row 2) changed name to '{'W' * 37}...', "
        "status to 'won', close reason to 'Won', close date to '2026-11-20' and 2 more"
    ]


def test_a_row_of_a_deal_that_an_undo_removed_is_refused(deals: str, tmp_path: Path) -> None:
    rows = exported(deals, tmp_path)
    forget_deal(deals, 3)
    imported = come_back(deals, rows[:2])
    assert told(imported) == [(3, FINGERPRINT, "stale_row")]
    assert whys(imported) == ["'Fingerprint' is of an older version: run 2 (undo of run 1) removed it"]
    assert counts(imported) == {"unchanged": 1, "rejected": 1}


def forget_deal(database: str, number: int) -> None:
    """Remove a deal as an undo of run 1 does."""
    with transaction(database) as connection:
        at = NOON + timedelta(minutes=1)
        undo = {"kind": "undo", "settings": "", "undoes_run_id": 1}
        assert open_run(connection, at, at, undo) == 2
        image = connection.execute(select(opportunity).where(opportunity.c.id == number)).mappings().one()
        connection.execute(insert(opportunity_history).values({**image, "valid_to": at, "replaced_by_run_id": 2}))
        connection.execute(delete(opportunity).where(opportunity.c.id == number))


def test_the_reject_file_carries_the_fingerprint_and_a_corrected_one_is_stored(deals: str, tmp_path: Path) -> None:
    rows = exported(deals, tmp_path)
    rows[1] |= {NAME: "Web shop", STATUS: "negotiatoin"}
    rejects = tmp_path / "rejects.csv"
    assert counts(come_back(deals, rows, rejects=rejects)) == {"unchanged": 3, "rejected": 1}
    back = read_csv(rejects)
    assert [row[FINGERPRINT] for row in back] == [rows[1][FINGERPRINT]]
    assert counts(come_back(deals, [back[0] | {STATUS: "negotiation"}])) == {"updated": 1}
    assert stored(deals, "name", "status")[1] == {"name": "Web shop", "status": "negotiation"}


# ----------------------------------------------------------------------------------------------------- unknown, copied


@pytest.mark.parametrize(
    "tampered",
    [
        lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
        lambda text: "3" + text[1:],
        lambda text: text.replace(".1.", ".2."),
        lambda text: "yes",
        lambda text: text + "0",
        lambda text: text.replace(".1.", ".１.", 1),
    ],
)
def test_a_fingerprint_that_was_tampered_with_is_unknown(
    deals: str, tmp_path: Path, tampered: Callable[[str], str]
) -> None:
    rows = exported(deals, tmp_path)
    rows[0][FINGERPRINT] = tampered(rows[0][FINGERPRINT])
    imported = come_back(deals, rows)
    assert told(imported) == [(2, FINGERPRINT, "unknown_fingerprint")]
    assert imported.problems[0].value == rows[0][FINGERPRINT]
    assert counts(imported) == {"unchanged": 3, "rejected": 1}


def test_a_fingerprint_of_another_database_is_unknown(deals: str, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}"
    import_rows(other, an_opportunity(source_id="7", name="Website", notes="call"))
    assert told(come_back(deals, exported(other, tmp_path))) == [(2, FINGERPRINT, "unknown_fingerprint")]


def test_a_check_knows_no_database_and_judges_only_the_form(deals: str, tmp_path: Path) -> None:
    rows = exported(deals, tmp_path)
    rows[0][FINGERPRINT] = "7"
    path = write_csv(tmp_path / "edited.csv", rows)
    checked = check_file(path, IN_DOLLARS, options())
    assert told(checked) == [(2, FINGERPRINT, "unknown_fingerprint")]


@pytest.mark.parametrize("duplicates", ["equal", "last"])
def test_a_copied_row_is_never_the_same_deal_twice(deals: str, tmp_path: Path, duplicates: str) -> None:
    rows = exported(deals, tmp_path)
    copied = rows[0] | {NAME: "A new one", ID: ""}
    imported = come_back(deals, [*rows, copied], duplicates=duplicates)
    assert told(imported) == [(2, FINGERPRINT, "copied_fingerprint"), (6, FINGERPRINT, "copied_fingerprint")]
    assert whys(imported)[0] == "'Fingerprint' stands in more than one row (rows 2, 6)"
    assert counts(imported) == {"unchanged": 3, "rejected": 2}


def test_an_equal_copy_of_a_row_is_a_duplicate(deals: str, tmp_path: Path) -> None:
    rows = exported(deals, tmp_path)
    assert counts(come_back(deals, [*rows, rows[1]])) == {"unchanged": 4, "duplicate": 1}


def test_a_plain_row_and_one_with_a_fingerprint_are_not_the_same_deal_twice(deals: str, tmp_path: Path) -> None:
    row = exported(deals, tmp_path, "plain")[1] | {"name": "Web shop"}
    plain = row | {"name": "Shop", FINGERPRINT: ""}
    imported = come_back(deals, [row, plain], "plain")
    assert [(number, code) for number, _, code in told(imported)] == [(2, "same_opportunity"), (3, "same_opportunity")]


# ---------------------------------------------------------------------------------------------------------- ids against


def test_an_id_that_is_not_that_of_the_fingerprint_is_refused(deals: str, tmp_path: Path) -> None:
    rows = exported(deals, tmp_path)
    rows[0][ID], rows[1][ID], rows[2][ID] = "70", "9", ""
    imported = come_back(deals, rows[:3])
    assert told(imported) == [(2, ID, "id_of_another"), (3, ID, "id_of_another")]
    assert whys(imported) == [
        "'Id' is not the id of the opportunity that Fingerprint means: its id in orocrm is '7'",
        "'Id' is not the id of the opportunity that Fingerprint means: it has none, and another one has this id",
    ]
    assert counts(imported) == {"unchanged": 1, "rejected": 2}


def test_a_deal_without_an_id_gets_the_one_of_its_row(deals: str, tmp_path: Path) -> None:
    rows = exported(deals, tmp_path)
    rows[1][ID] = "70"
    assert counts(come_back(deals, rows)) == {"updated": 1, "unchanged": 3}
    assert [row["source_id"] for row in stored(deals, "source_id")] == ["7", "70", "8", "9"]


def test_a_deal_of_another_source_keeps_its_id(deals: str, tmp_path: Path) -> None:
    rows = exported(deals, tmp_path, "plain")
    assert [row["source_id"] for row in rows] == ["", "", "", ""]
    rows[0]["source_id"] = "P-1"
    assert told(come_back(deals, rows, "plain")) == [(2, "source_id", "id_of_another")]


def test_a_file_for_editing_is_recognised_by_itself_and_is_no_drift(deals: str, tmp_path: Path) -> None:
    rows = [
        {"name": row["name"], "status": "in_progress", FINGERPRINT: row[FINGERPRINT]}
        for row in exported(deals, tmp_path, "plain")
    ]
    imported = come_back(deals, rows, None)
    assert (imported.layout, imported.unknown_headers, counts(imported)) == ("plain", (), {"unchanged": 4})
    schema = tmp_path / "schema.json"
    schema.write_text(as_json(record(write_csv(tmp_path / "before.csv", without(rows)), None)), encoding="utf-8")
    assert check_file(write_csv(tmp_path / "edited.csv", rows), IN_DOLLARS, options(layout=None), schema).problems == []


def without(rows: Rows) -> Rows:
    return [{header: cell for header, cell in row.items() if header != FINGERPRINT} for row in rows]
