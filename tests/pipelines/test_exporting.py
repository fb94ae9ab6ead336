"""Exports come back as they went out: nothing added, nothing updated."""

from datetime import date
from pathlib import Path

import pytest

from pipelines.exporting import export_file
from pipelines.importing import import_file
from schemas.settings import Settings
from tests.build import IN_DOLLARS, TODAY, an_opportunity, counts, import_rows, options, read_csv, stored


def export(database: str, target: Path, view: str = "all", layout: str = "orocrm") -> list[dict[str, str]]:
    export_file(target, database, IN_DOLLARS, layout=layout, view=view, today=TODAY)
    return read_csv(target) if target.suffix == ".csv" else []


@pytest.mark.parametrize("name", ["deals.csv", "deals.xlsx"])
@pytest.mark.parametrize("layout", ["orocrm", "plain"])
def test_an_export_imported_again_changes_nothing(tmp_path: Path, database: str, name: str, layout: str) -> None:
    import_rows(
        database,
        an_opportunity(name="A", source_id="7", tags="x, y", notes="two\nlines", probability="33.33"),
        an_opportunity(name="B", status="won", close_revenue="-0", close_reason="Won", contact_first_name="Zoë"),
        an_opportunity(name="C", customer="Acme East", budget_amount="", budget_currency="", lead="Fair"),
    )
    target = tmp_path / name
    export(database, target, layout=layout)
    again = import_file(target, database, IN_DOLLARS, options(layout=None))
    assert (again.layout, counts(again)) == (layout, {"unchanged": 3})


@pytest.mark.parametrize("text", ["=1+1", "+49 30 1234 x", "@home", "-dash", "'=quoted", "\t=tab"])
def test_formula_like_text_is_guarded_and_comes_back_as_it_was(tmp_path: Path, sqlite: str, text: str) -> None:
    import_rows(sqlite, an_opportunity(customer_need=f"x{text}"))
    with_text = tmp_path / "plain.csv"
    rows = export(sqlite, with_text, layout="plain")
    rows[0]["customer_need"] = f"'{text}"
    with_text.write_text(",".join(rows[0]) + "\n" + ",".join(f'"{cell}"' for cell in rows[0].values()) + "\n")
    import_file(with_text, sqlite, IN_DOLLARS, options(layout="plain"))
    kept = stored(sqlite, "customer_need")[0]["customer_need"]
    assert export(sqlite, tmp_path / "again.csv", layout="plain")[0]["customer_need"] == f"'{kept}"


@pytest.mark.parametrize("number", ["-5", "+3", "-1,200.50"])
def test_numbers_in_text_are_not_guarded(tmp_path: Path, sqlite: str, number: str) -> None:
    import_rows(sqlite, an_opportunity(notes=number))
    assert export(sqlite, tmp_path / "deals.csv")[0]["Additional comments"] == number


def test_negative_amounts_go_out_untouched(tmp_path: Path, sqlite: str) -> None:
    allowed = Settings(rules_off=frozenset({"negative_amount"}))
    import_rows(sqlite, an_opportunity(budget_amount="-12.5"), settings=allowed)
    assert export(sqlite, tmp_path / "deals.csv")[0]["Budget Amount"] == "-12.5000"


def test_views_hold_what_orocrm_shows_in_them(tmp_path: Path, database: str) -> None:
    import_rows(
        database,
        an_opportunity(name="late", close_date="2026-11-23"),
        an_opportunity(name="later", close_date="2026-11-22"),
        an_opportunity(name="today", close_date="2026-11-24"),
        an_opportunity(name="won", status="won", close_date="2026-10-25"),
        an_opportunity(name="won before", status="won", close_date="2026-10-24"),
        an_opportunity(name="lost", status="lost", close_date="2026-11-20"),
    )
    shown = {
        view: [row["Opportunity name"] for row in export(database, tmp_path / f"{view}.csv", view)]
        for view in ("all", "open", "overdue", "recently-closed")
    }
    assert shown == {
        "all": ["late", "later", "today", "won", "won before", "lost"],
        "open": ["late", "later", "today"],
        "overdue": ["later", "late"],
        "recently-closed": ["won"],
    }


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_same_database_gives_the_same_bytes(tmp_path: Path, sqlite: str, suffix: str) -> None:
    import_rows(sqlite, an_opportunity(close_date=date(2026, 12, 1).isoformat()))
    export(sqlite, tmp_path / f"one{suffix}")
    export(sqlite, tmp_path / f"two{suffix}")
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
