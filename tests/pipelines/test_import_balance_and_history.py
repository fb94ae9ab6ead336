from datetime import timedelta
from decimal import Decimal

from pipelines.ledger import list_runs, show_run
from tests.build import IN_EUROS_TOO, NOON, an_opportunity, counts, history, import_rows, money, names, stored

LATER, MUCH_LATER = NOON + timedelta(hours=1), NOON + timedelta(days=1)


def test_rows_and_money_balance_and_stand_in_the_ledger(database: str) -> None:
    import_rows(database, an_opportunity(name="kept"), an_opportunity(name="changed"))
    imported = import_rows(
        database,
        an_opportunity(name="kept"),
        an_opportunity(name="changed", budget_amount="10.0001"),
        an_opportunity(name="new", budget_amount="20", budget_currency="EUR"),
        an_opportunity(name="new", budget_amount="20", budget_currency="EUR"),
        an_opportunity(name="bad", budget_amount="30", budget_currency="EUR", status="?"),
        an_opportunity(name="worse", budget_amount="40", budget_currency="xyz"),
        an_opportunity(name="worst", budget_amount="?"),
        settings=IN_EUROS_TOO,
    )
    assert imported.read == 7
    assert counts(imported) == {"added": 1, "updated": 1, "unchanged": 1, "duplicate": 1, "rejected": 3}
    expected = {
        "EUR": {"file": Decimal(70), "stored": Decimal(20), "duplicate": Decimal(20), "rejected": Decimal(30)},
        "USD": {"file": Decimal("1010.0001"), "stored": Decimal("1010.0001")},
        "XYZ": {"file": Decimal(40), "rejected": Decimal(40)},
    }
    assert money(imported) == expected
    assert imported.balanced
    told = show_run(database, 2)
    assert {c: {part: v for part, v in sums.items() if v} for c, sums in told.money.items()} == expected
    parts = {part: told.facts[part] for part in ("read", "added", "updated", "unchanged", "duplicate", "rejected")}
    assert parts == {"read": 7} | counts(imported)
    assert [(one.row, one.code) for one in told.problems] == [
        (6, "unknown_status"),
        (7, "unknown_currency"),
        (8, "not_a_number"),
    ]


def test_budget_and_revenue_are_counted_together_by_currency(database: str) -> None:
    row = an_opportunity(budget_amount="1.5", close_revenue="0.25", close_revenue_currency="EUR")
    other = an_opportunity(name="Shop", budget_amount="4", close_revenue="8", close_revenue_currency="")
    imported = import_rows(database, row, other, settings=IN_EUROS_TOO)
    assert money(imported) == {
        "EUR": {"file": Decimal("0.25"), "stored": Decimal("0.25")},
        "USD": {"file": Decimal("13.5"), "stored": Decimal("13.5")},
    }


def test_a_sum_of_the_largest_amounts_is_exact(database: str) -> None:
    largest = "99999999999999.9999"
    rows = [an_opportunity(name=f"Deal {number}", budget_amount=largest) for number in range(9)]
    assert money(import_rows(database, *rows)) == {
        "USD": {"file": Decimal("899999999999999.9991"), "stored": Decimal("899999999999999.9991")}
    }


def test_a_change_keeps_the_image_that_it_replaces(database: str) -> None:
    import_rows(database, an_opportunity(owner="ann", tags="a"))
    (before,) = stored(database)
    import_rows(database, an_opportunity(owner="bob", tags="b", notes="new"), at=LATER)
    assert history(database) == [before | {"valid_to": LATER, "replaced_by_run_id": 2}]
    (now,) = stored(database)
    assert (now["valid_from"], now["run_id"], now["created_at"]) == (LATER, 2, NOON)


def test_every_change_keeps_one_image(database: str) -> None:
    for number, moment in enumerate((NOON, LATER, MUCH_LATER)):
        import_rows(database, an_opportunity(notes=f"note {number}"), an_opportunity(name="quiet"), at=moment)
    assert history(database, "name", "notes", "valid_from", "valid_to", "run_id", "replaced_by_run_id") == [
        {
            "name": "Website",
            "notes": "note 0",
            "valid_from": NOON,
            "valid_to": LATER,
            "run_id": 1,
            "replaced_by_run_id": 2,
        },
        {
            "name": "Website",
            "notes": "note 1",
            "valid_from": LATER,
            "valid_to": MUCH_LATER,
            "run_id": 2,
            "replaced_by_run_id": 3,
        },
    ]


def test_no_change_writes_no_history_and_leaves_the_row_as_it_was(database: str) -> None:
    row = an_opportunity(owner="ann", contact_last_name="Coleman", customer="Acme Retail", tags="a, b", probability="5")
    import_rows(database, row)
    before = stored(database)
    assert counts(import_rows(database, row, at=LATER)) == {"unchanged": 1}
    assert (stored(database), history(database)) == (before, [])
    assert [run["unchanged"] for run in list_runs(database)] == [1, 0]


def test_values_written_otherwise_are_no_change(database: str) -> None:
    import_rows(database, an_opportunity(close_date="2026-12-31", probability="40", tags="a, b"))
    again = an_opportunity(
        name="Website ",
        status="open",
        budget_amount="1e3",
        budget_currency="usd",
        close_date="12/31/2026",
        probability="40.00 %",
        tags="a,b,a",
    )
    assert counts(import_rows(database, again)) == {"unchanged": 1}


def test_accounts_and_owners_are_created_in_the_order_of_the_file(database: str) -> None:
    rows = [an_opportunity(name=name, account=name, owner=name.lower()) for name in ("Q", "A", "Z")]
    import_rows(database, *rows)
    assert (names(database, "account"), names(database, "owner")) == (["Q", "A", "Z"], ["q", "a", "z"])


def test_several_hundred_rows_are_merged_like_one(database: str) -> None:
    rows = [an_opportunity(name=f"Deal {number}", budget_amount=str(number)) for number in range(600)]
    assert counts(import_rows(database, *rows)) == {"added": 600}
    changed = [row | {"Status Id": "won"} if number % 2 else row for number, row in enumerate(rows)]
    imported = import_rows(database, *changed, an_opportunity(name="Deal 600"), at=LATER)
    assert counts(imported) == {"added": 1, "updated": 300, "unchanged": 300}
    found = stored(database, "name", "status", "closed_at")
    assert [row["name"] for row in found] == [f"Deal {number}" for number in range(601)]
    assert {row["closed_at"] for row in found if row["status"] == "won"} == {LATER}
    assert len(history(database)) == 300
