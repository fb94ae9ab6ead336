"""Exports in the layouts of other systems: the cells that tell the status there are read as the one that is stored."""

from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.cli import main
from pipelines.exporting import Wanted, export
from pipelines.importing import import_file
from schemas.errors import UsageError
from schemas.layout_files import layout_names, load_layout
from schemas.settings import Settings
from schemas.statuses import OROCRM_STATUSES, Status
from tests.build import TODAY, Rows, counts, options, read_csv, stored, write_csv

LAYOUTS = [name for name in layout_names() if load_layout(name).entity == "opportunity"]
SETTINGS = Settings(currencies=("USD", "EUR"), rules_off=frozenset({"missing_account"}))
STAGES = ("", "Proposal/Price Quote", "closed won", "Kick-off")
"""None, one that several systems know, one in other capitals, and one that none knows."""
HELD = ("status", "name", "account", "owner", "close_date", "probability", "budget_amount", "budget_currency")


def import_plain(database: str, *rows: dict[str, str], folder: Path, settings: Settings = SETTINGS) -> None:
    path = write_csv(folder / "plain.csv", rows)
    done = import_file(path, database, settings, options(layout="plain", needs_rates=False))
    assert counts(done) == {"added": len(rows)}


def deal(name: str, status: str, stage: str = "", **more: str) -> dict[str, str]:
    return {"name": name, "account": name, "status": status, "stage": stage, **more}


def every_deal(layout: str) -> Rows:
    """A deal of every status at every stage, with an id of another system and without, with what the layout holds."""
    amount = {
        "probability": "33.33",
        "budget_amount": "1000.25",
        "budget_currency": "USD" if layout == "zoho-analytics" else "EUR",
    }
    rows = [
        deal(f"{status.id} {stage} {number}", status.id, stage, source_id=number and f"{status.id}{stage}", owner="ann")
        | {"close_date": "2026-12-01", **amount}
        for status in SETTINGS.statuses
        for stage in STAGES
        for number in ("", "7")
    ]
    return [row | ({"account": ""} if layout == "zoho-analytics" else {}) for row in rows]


def exported(database: str, target: Path, layout: str, settings: Settings = SETTINGS, **more: object) -> Rows:
    export(target, database, settings, Wanted(layout, TODAY, **more))  # type: ignore[arg-type]
    return read_csv(target) if target.suffix == ".csv" else []


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".jsonl"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_export_into_an_empty_database_brings_the_deals(
    tmp_path: Path, sqlite: str, layout: str, suffix: str
) -> None:
    import_plain(sqlite, *every_deal(layout), folder=tmp_path)
    target, other = tmp_path / f"deals{suffix}", f"sqlite:///{tmp_path / 'other.db'}"
    exported(sqlite, target, layout)
    done = import_file(target, other, SETTINGS, options(layout=layout, needs_rates=False))
    assert counts(done) == {"added": len(SETTINGS.statuses) * len(STAGES) * 2}
    assert stored(other, *HELD) == stored(sqlite, *HELD)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_export_into_its_own_database_changes_nothing_but_stages(tmp_path: Path, sqlite: str, layout: str) -> None:
    import_plain(sqlite, *every_deal(layout), folder=tmp_path)
    before = stored(sqlite)
    exported(sqlite, tmp_path / "deals.csv", layout)
    done = import_file(tmp_path / "deals.csv", sqlite, SETTINGS, options(layout=layout, needs_rates=False))
    assert (done.added, done.rejected) == (0, 0)
    changed = {
        field for old, new in zip(before, stored(sqlite), strict=True) for field in old if old[field] != new[field]
    }
    # Close has one column for the day of closing and the moment of it
    assert changed - {"run_id", "valid_from"} <= {"stage"} | ({"closed_at"} if layout == "close" else set())
    exported(sqlite, tmp_path / "again.csv", layout)
    again = import_file(tmp_path / "again.csv", sqlite, SETTINGS, options(layout=layout, needs_rates=False))
    assert counts(again) == {"unchanged": len(before)}


@pytest.mark.parametrize(
    ("layout", "told"),
    [
        (
            "salesforce-export",
            {"StageName": "Negotiation/Review Closed Won Closed Lost", "IsWon": "0 1 0", "IsClosed": "0 1 1"},
        ),
        ("salesforce-api", {"IsWon": "false true false", "IsClosed": "false true true"}),
        ("salesforce-report", {"Stage": "Negotiation/Review Closed Won Closed Lost"}),
        ("dynamics", {"Pipeline Phase": "4-Close  ", "Status": "Open Won Lost"}),
        ("close", {"status_label": "Negotiation Won Lost", "status_type": "active won lost"}),
        ("odoo", {"Stage": "Negotiation Won ", "Active": "True True False"}),
        ("pipedrive", {"Deal - Stage": "Negotiations Started  ", "Deal - Status": "Open Won Lost"}),
        ("zoho-analytics", {"Forecast Type": "Open Closed Won Closed Lost"}),
        ("twenty", {"Stage": "Negotiation CUSTOMER Closed Lost"}),
    ],
)
def test_cells_are_spelled_as_the_system_spells_them(
    tmp_path: Path, sqlite: str, layout: str, told: dict[str, str]
) -> None:
    deals = [deal("A", "negotiation"), deal("B", "won"), deal("C", "lost")]
    import_plain(sqlite, *deals, folder=tmp_path)
    rows = exported(sqlite, tmp_path / "deals.csv", layout)
    assert {header: " ".join(row[header] for row in rows) for header in told} == told


def test_a_stored_stage_stays_where_it_means_the_status_or_is_of_this_system(tmp_path: Path, sqlite: str) -> None:
    own = write_csv(
        tmp_path / "api.csv",
        [{"Id": "006A", "Name": "A", "Account.Name": "A", "StageName": "Legal", "IsWon": "1", "CloseDate": ""}],
    )
    assert import_file(own, sqlite, SETTINGS, options(layout="salesforce-api")).added == 1
    import_plain(
        sqlite,
        deal("B", "solution_development", "perception ANALYSIS", source_id="1"),
        deal("C", "won", "Perception Analysis", source_id="2"),
        folder=tmp_path,
    )
    rows = exported(sqlite, tmp_path / "deals.csv", "salesforce-api")
    told = [(row["Id"], row["StageName"], row["IsWon"]) for row in rows]
    assert told == [("006A", "Legal", "true"), ("", "perception ANALYSIS", "false"), ("", "Closed Won", "true")]


def test_a_second_status_of_a_kind_is_told_by_its_label_where_the_outcome_means_the_first(
    tmp_path: Path, sqlite: str
) -> None:
    settings = Settings(statuses=(*OROCRM_STATUSES, Status("renewed", "Renewed", Decimal(1), "won")))
    import_plain(sqlite, deal("A", "renewed"), deal("B", "won"), folder=tmp_path, settings=settings)
    rows = exported(sqlite, tmp_path / "deals.csv", "pipedrive", settings)
    assert [(row["Deal - Stage"], row["Deal - Status"]) for row in rows] == [("Renewed", ""), ("", "Won")]


def own_layout(folder: Path) -> str:
    """A layout in which nothing tells one open status from another."""
    outcome = '[[outcome]]\nheader = "State"\nvalues = { Open = "open", Won = "won", Lost = "lost" }\n'
    (folder / "own.toml").write_text(f'title = "Own"\n[headers]\nname = "Deal"\naccount = "Company"\n{outcome}')
    return str(folder / "own.toml")


def test_a_status_that_no_cell_can_tell_is_refused_and_nothing_is_written(tmp_path: Path, sqlite: str) -> None:
    import_plain(sqlite, deal("A", "in_progress"), deal("B", "negotiation"), folder=tmp_path)
    layout = own_layout(tmp_path)
    with pytest.raises(UsageError) as caught:
        exported(sqlite, tmp_path / "deals.csv", layout)
    assert caught.value.why == "Layout 'own' has no words that mean the status negotiation."
    assert '--where "status != negotiation"' in caught.value.fix
    assert not (tmp_path / "deals.csv").exists()
    rows = exported(sqlite, tmp_path / "deals.csv", layout, where="status != negotiation")
    assert rows == [{"Deal": "A", "Company": "A", "State": "Open"}]
    assert exported(sqlite, tmp_path / "deals.csv", layout, columns=("Deal",)) == [{"Deal": "A"}, {"Deal": "B"}]


@pytest.mark.parametrize(
    ("columns", "headers"),
    [
        (("name", "status"), ["Name", "StageName", "IsWon", "IsClosed"]),
        (("iswon", "Name"), ["IsWon", "Name"]),
        (("stage",), ["StageName"]),
    ],
)
def test_columns_name_the_status_or_one_of_the_headers_that_tell_it(
    tmp_path: Path, sqlite: str, columns: tuple[str, ...], headers: list[str]
) -> None:
    import_plain(sqlite, deal("A", "won", "Kick-off"), folder=tmp_path)
    (row,) = exported(sqlite, tmp_path / "deals.csv", "salesforce-api", columns=columns)
    told = {"Name": "A", "StageName": "Closed Won", "IsWon": "true", "IsClosed": "true"}
    assert list(row.items()) == [(header, told[header]) for header in headers]


def test_an_export_for_editing_in_a_layout_of_another_system_comes_back(tmp_path: Path, database: str) -> None:
    import_plain(database, deal("A", "won", "Closed Won"), deal("B", "lost", "Closed Lost"), folder=tmp_path)
    rows = exported(database, tmp_path / "deals.csv", "salesforce-api", for_editing=True)
    assert list(rows[0])[-3:] == ["IsWon", "IsClosed", "Fingerprint"]
    done = import_file(tmp_path / "deals.csv", database, SETTINGS, options(layout="salesforce-api"))
    assert counts(done) == {"unchanged": 2}


def test_two_amounts_under_one_currency_have_to_be_in_one(tmp_path: Path, database: str) -> None:
    earned = {"close_revenue": "5", "close_revenue_currency": "EUR"}
    import_plain(database, deal("A", "won", **earned), folder=tmp_path)
    (row,) = exported(database, tmp_path / "deals.csv", "dynamics")
    assert (row["Est. revenue"], row["Actual Revenue"], row["Currency"]) == ("", "5.0000", "EUR")
    import_plain(database, deal("B", "won", budget_amount="4", budget_currency="USD", **earned), folder=tmp_path)
    with pytest.raises(UsageError) as caught:
        exported(database, tmp_path / "deals.csv", "dynamics")
    assert caught.value.why == "'B' has amounts in two currencies, and layout 'dynamics' has one header for both."


def test_an_amount_without_a_header_for_its_currency_has_to_be_in_the_base_currency(
    tmp_path: Path, sqlite: str
) -> None:
    import_plain(sqlite, deal("A", "won", budget_amount="4", budget_currency="EUR"), folder=tmp_path)
    with pytest.raises(UsageError) as caught:
        exported(sqlite, tmp_path / "deals.csv", "zoho-analytics")
    why = "'A' has an amount that is not in USD, and layout 'zoho-analytics' has no header for a currency."
    assert caught.value.why == why
    (row,) = exported(sqlite, tmp_path / "deals.csv", "zoho-analytics", columns=("name", "Amount"))
    assert row == {"Potential Name": "A", "Amount": "4.0000"}


def test_the_fields_that_a_layout_cannot_hold_are_told(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    one = deal("A", "in_progress", customer="East", contact_first_name="Zoë", contact_last_name="Moss", tags="x")
    import_plain(database, one, folder=tmp_path)
    done = export(tmp_path / "deals.csv", database, SETTINGS, Wanted("twenty", TODAY))
    assert done.left_out == ("customer", "contact_first_name", "contact_last_name", "tags")
    command = ["export", str(tmp_path / "deals.csv"), "--db", database, "--layout", "twenty"]
    assert main(command) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  not in this layout: customer, contact_first_name, contact_last_name, tags"
    ]
    assert main([*command, "--columns", "name"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
