"""What a cell alone leaves open is decided by its column or by the layout, shown, and never guessed."""

from pathlib import Path
from typing import Any

import pytest

from pipelines.imported import Imported
from pipelines.importing import import_file
from schemas.errors import RunError
from schemas.reading import Ways
from schemas.settings import Settings
from tests.build import IN_DOLLARS, IN_EUROS_TOO, NOON, Rows, options, read_csv, stored, told, write_csv

SILENT = 'title = "Own"\n[headers]\nname = "Deal"\nstatus = "Status"\nclose_date = "Close"\nbudget_amount = "Amount"\n'


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A layout that says nothing about dates and decimals; it has no column for the currency."""
    path = tmp_path / "own.toml"
    path.write_text(f'{SILENT}probability = "Chance"\nnotes = "Notes"\n', encoding="utf-8")
    return path


def import_column(database: str, own: Path, header: str, *cells: str, **changed: Any) -> Imported:
    """Import a file with one deal for each cell of a column."""
    rows: Rows = [{"Deal": f"Deal {n}", "Status": "negotiation", header: cell} for n, cell in enumerate(cells)]
    path = write_csv(own.with_name("deals.csv"), rows)
    settings = changed.pop("settings", IN_DOLLARS)
    return import_file(path, database, settings, options(layout=str(own), **changed))


def values(database: str, column: str) -> list[str]:
    return [str(row[column]) for row in stored(database, column)]


# ------------------------------------------------------------------------------------------------------- dates


def test_one_day_above_twelve_decides_for_the_whole_column(database: str, own: Path) -> None:
    imported = import_column(database, own, "Close", "03/04/2026", "25/04/2026", "05/04/2026")
    assert values(database, "close_date") == ["2026-04-03", "2026-04-25", "2026-04-05"]
    assert imported.reading.decisions == ("'Close': day/month/year (1 fit only that, 2 fit both)",)


def test_days_that_fit_both_orders_stop_the_run_with_the_evidence_and_the_option(sqlite: str, own: Path) -> None:
    with pytest.raises(RunError) as stopped:
        import_column(sqlite, own, "Close", *["03/04/2026"] * 88)
    assert stopped.value.why == (
        "'Close': 88 values such as '03/04/2026' fit both day/month/year and month/day/year, 0 decide."
    )
    assert "--dates dmy or --dates mdy" in stopped.value.fix


@pytest.mark.parametrize(("order", "day"), [("dmy", "2026-04-03"), ("mdy", "2026-03-04")])
def test_an_order_settles_it(sqlite: str, own: Path, order: str, day: str) -> None:
    import_column(sqlite, own, "Close", "03/04/2026", ways=Ways(dates=order))
    assert values(sqlite, "close_date") == [day]


def test_cells_that_contradict_each_other_stop_the_run(sqlite: str, own: Path) -> None:
    with pytest.raises(RunError, match="1 fit only day/month/year, 1 fit only month/day/year, 1 fit both"):
        import_column(sqlite, own, "Close", "25/04/2026", "04/25/2026", "03/04/2026")


def test_the_layout_decides_where_the_cells_contradict_each_other(sqlite: str, own: Path) -> None:
    own.write_text(f'dates = "mdy"\n{SILENT}', encoding="utf-8")
    imported = import_column(sqlite, own, "Close", "25/04/2026", "04/25/2026", "03/04/2026")
    assert values(sqlite, "close_date") == ["2026-04-25", "2026-03-04"]
    assert told(imported) == [(2, "Close", "not_a_date")]


def test_one_cell_alone_does_not_outweigh_the_layout(sqlite: str, own: Path) -> None:
    own.write_text(f'dates = "mdy"\n{SILENT}', encoding="utf-8")
    with pytest.raises(RunError, match="the layout says month/day/year"):
        import_column(sqlite, own, "Close", "25/04/2026", "03/04/2026", "03/05/2026")


def test_several_cells_outweigh_the_layout(sqlite: str, own: Path) -> None:
    own.write_text(f'dates = "mdy"\n{SILENT}', encoding="utf-8")
    import_column(sqlite, own, "Close", "25/04/2026", "26/04/2026", "03/04/2026")
    assert values(sqlite, "close_date") == ["2026-04-25", "2026-04-26", "2026-04-03"]


def test_what_the_first_rows_leave_open_the_last_one_decides_for_all(database: str, own: Path) -> None:
    row = {"Status": "negotiation", "Close": "03/04/2026", "Notes": "x" * 400}
    rows = [{"Deal": f"Deal {n}", **row} for n in range(9000)]
    rows[-1]["Close"] = "25/12/2026"
    path = write_csv(own.with_name("deals.csv"), rows)
    imported = import_file(path, database, IN_DOLLARS, options(layout=str(own)))
    assert imported.added == 9000
    assert set(values(database, "close_date")) == {"2026-04-03", "2026-12-25"}


# ----------------------------------------------------------------------------------------------------- amounts


@pytest.mark.parametrize(
    ("cells", "amounts"),
    [
        (["1.234,56", "1.234"], ["1234.5600", "1234.0000"]),
        (["1,234.56", "1,234"], ["1234.5600", "1234.0000"]),
        (["1'234.50", "1,234"], ["1234.5000", "1234.0000"]),
        (["1 234,56 kr", "7"], ["1234.5600", "7.0000"]),
        (["$22,700.00", "$5"], ["22700.0000", "5.0000"]),
        (["1,234,567", "1.5"], ["1234567.0000", "1.5000"]),
        (["0,5", "1.000"], ["0.5000", "1000.0000"]),
        (["12,34,567.00", "1,234"], ["1234567.0000", "1234.0000"]),
    ],
)
def test_amounts_are_read_in_the_notation_of_their_column(
    sqlite: str, own: Path, cells: list[str], amounts: list[str]
) -> None:
    settings = IN_EUROS_TOO if "kr" not in cells[0] else None
    own.write_text(SILENT + 'budget_currency = "Currency"\nnotes = "Notes"\n', encoding="utf-8")
    rows: Rows = [{"Deal": f"{n}", "Status": "negotiation", "Amount": cell} for n, cell in enumerate(cells)]
    code = {"$": "USD", "kr": "SEK"}.get(next((s for s in ("$", "kr") if s in cells[0]), ""), "EUR")
    path = write_csv(own.with_name("deals.csv"), [row | {"Currency": code} for row in rows])
    import_file(path, sqlite, settings or Settings(currencies=("USD", "SEK")), options(layout=str(own)))
    assert values(sqlite, "budget_amount") == amounts


def test_a_number_that_fits_both_marks_stops_the_run_with_the_evidence_and_the_option(sqlite: str, own: Path) -> None:
    with pytest.raises(RunError) as stopped:
        import_column(sqlite, own, "Amount", "1,234", "5,678", "12")
    assert stopped.value.why == (
        "'Amount': 2 values such as '1,234' fit both decimal point and decimal comma, 0 decide."
    )
    assert "--decimal . or --decimal ," in stopped.value.fix
    import_column(sqlite, own, "Amount", "1,234", "5,678", "12", ways=Ways(decimal=","))
    assert values(sqlite, "budget_amount") == ["1.2340", "5.6780", "12.0000"]


def test_the_money_of_a_decimal_comma_balances(database: str, own: Path) -> None:
    imported = import_column(database, own, "Amount", "1.234,50", "(1.000,25)", "2,25", "viel")
    assert [str(sum_) for sum_ in vars(imported.money["USD"]).values()] == ["236.5000", "1236.7500", "0", "-1000.2500"]
    assert told(imported) == [(3, "Amount", "negative_amount"), (5, "Amount", "not_a_number")]


# --------------------------------------------------------------------------------------------- currency signs


def test_a_sign_tells_the_currency_where_the_file_has_no_column_for_it(database: str, own: Path) -> None:
    imported = import_column(database, own, "Amount", "€ 1.234,56", "£5,50", "7", settings=IN_EUROS_TOO)
    assert imported.added == 3
    assert values(database, "budget_currency") == ["EUR", "GBP", "USD"]
    assert sorted(imported.money) == ["EUR", "GBP", "USD"]


def test_a_sign_of_two_enabled_currencies_is_a_problem(sqlite: str, own: Path) -> None:
    settings = Settings(currencies=("USD", "CAD"))
    imported = import_column(sqlite, own, "Amount", "$5.50", "C$7.50", settings=settings)
    assert told(imported) == [(2, "Amount", "ambiguous_currency_sign")]
    assert imported.problems[0].why == "has a sign that USD and CAD share, and the row says no currency"
    assert values(sqlite, "budget_currency") == ["CAD"]


def test_what_stands_beside_a_number_and_is_no_currency_makes_it_no_number(sqlite: str, own: Path) -> None:
    assert told(import_column(sqlite, own, "Amount", "about 500")) == [(2, "Amount", "not_a_number")]


# ------------------------------------------------------------------------------------------------ probabilities


def test_probabilities_that_all_fit_a_fraction_stop_the_run_with_the_evidence(sqlite: str, own: Path) -> None:
    with pytest.raises(RunError) as stopped:
        import_column(sqlite, own, "Chance", "0.4", "0.85", "0")
    assert stopped.value.why == "'Chance': 2 values such as '0.4' fit both percent and fractions, 0 decide."
    assert "--probability percent or --probability fraction" in stopped.value.fix
    import_column(sqlite, own, "Chance", "0.4", "0.85", "0", ways=Ways(probability="fraction"))
    assert values(sqlite, "probability") == ["0.400000", "0.850000", "0.000000"]


def test_one_value_above_one_decides_for_percent(sqlite: str, own: Path) -> None:
    import_column(sqlite, own, "Chance", "0.5", "40")
    assert values(sqlite, "probability") == ["0.005000", "0.400000"]


@pytest.mark.parametrize(("scale", "cell"), [("fraction", "0.32"), ("percent", "32"), ("hundredfold", "3,200")])
def test_a_layout_says_its_scale(sqlite: str, own: Path, scale: str, cell: str) -> None:
    text = f'probability = "{scale}"\ndecimal = "."\n{SILENT}probability = "Chance"\n'
    own.write_text(text, encoding="utf-8")
    import_column(sqlite, own, "Chance", cell)
    assert values(sqlite, "probability") == ["0.320000"]


@pytest.mark.parametrize("cells", [("50", "4,000"), ("50", "75", "4,000"), ("50", "75"), ("0.5", "50")])
def test_hundredths_of_a_percent_stay_such_whatever_small_ones_stand_beside(
    sqlite: str, own: Path, cells: tuple[str, ...]
) -> None:
    text = own.read_text(encoding="utf-8")
    own.write_text(f'probability = "hundredfold"\ndecimal = "."\n{text}', encoding="utf-8")
    import_column(sqlite, own, "Chance", *cells)
    told = {"50": "0.005000", "75": "0.007500", "4,000": "0.400000", "0.5": "0.000050"}
    assert values(sqlite, "probability") == [told[cell] for cell in cells]


# ---------------------------------------------------------------------------------------------------- rejects


def test_a_reject_file_carries_how_its_columns_were_read(sqlite: str, own: Path) -> None:
    imported = import_column(sqlite, own, "Close", "25/04/2026", "03/04/2026", "31/04/2026")
    assert imported.rejects is not None
    (bad,) = read_csv(imported.rejects)
    assert bad["Problem"].startswith("row 4 (dates dmy): 'Close'")
    bad["Close"] = "04/05/2026"
    corrected = write_csv(own.with_name("corrected.csv"), [bad])
    again = import_file(corrected, sqlite, IN_DOLLARS, options(layout=str(own), clock=lambda: NOON))
    assert (again.added, again.rejected) == (1, 0)
    assert values(sqlite, "close_date") == ["2026-04-25", "2026-04-03", "2026-05-04"]


# ------------------------------------------------------------------------------------------------ rows left out


def test_rows_that_the_source_has_deleted_are_left_out_and_counted(database: str, own: Path) -> None:
    own.write_text(f'{SILENT}[skip]\n"Is Deleted" = ["1", "true"]\n', encoding="utf-8")
    marks = ("0", "1", "TRUE", "")
    rows: Rows = [{"Deal": f"{n}", "Status": "won", "Amount": "5", "Is Deleted": mark} for n, mark in enumerate(marks)]
    imported = import_file(write_csv(own.with_name("d.csv"), rows), database, IN_DOLLARS, options(layout=str(own)))
    assert (imported.read, imported.added) == (2, 2)
    assert values(database, "name") == ["0", "3"]
    assert imported.reading.notes == ("2 rows marked by 'Is Deleted' were left out",)
