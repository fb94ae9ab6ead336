from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from schemas.settings import Settings
from tests.build import (
    IN_EUROS_TOO,
    NOON,
    TODAY,
    an_opportunity,
    counts,
    history,
    import_rows,
    store_rates,
    stored,
    told,
)

LATER, MUCH_LATER = NOON + timedelta(days=1), NOON + timedelta(days=90)
YESTERDAY, TOMORROW = TODAY - timedelta(1), TODAY + timedelta(1)


def in_euros(amount: str = "1000", **changed: str | None) -> dict[str, str]:
    return an_opportunity(budget_amount=amount, budget_currency="EUR", **changed)


def closings(database: str) -> list[datetime | None]:
    return [row["closed_at"] for row in stored(database, "closed_at")]


def budgets(database: str) -> list[tuple[Any, ...]]:
    """Base value, rate and day of the rate of each budget."""
    columns = "budget_amount_base", "budget_amount_rate", "budget_amount_rate_day"
    return [tuple(row.values()) for row in stored(database, *columns)]


OPEN = (None, None, None)


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_new_opportunity_that_is_closed_was_closed_now(database: str, status: str) -> None:
    import_rows(database, an_opportunity(status=status), an_opportunity(name="Shop"))
    assert closings(database) == [NOON, None]


def test_an_opportunity_is_closed_when_its_status_becomes_won_and_not_again(database: str) -> None:
    import_rows(database, an_opportunity())
    import_rows(database, an_opportunity(status="won"), at=LATER)
    assert closings(database) == [LATER]
    import_rows(database, an_opportunity(status="won", notes="paid"), at=MUCH_LATER)
    assert closings(database) == [LATER]


def test_reopening_clears_the_moment_and_closing_again_sets_a_new_one(database: str) -> None:
    import_rows(database, an_opportunity(status="lost"))
    import_rows(database, an_opportunity(status="negotiation"), at=LATER)
    assert closings(database) == [None]
    import_rows(database, an_opportunity(status="lost"), at=MUCH_LATER)
    assert closings(database) == [MUCH_LATER]


@pytest.mark.parametrize(("first", "second"), [("won", "lost"), ("lost", "won")])
def test_won_to_lost_and_back_is_a_new_closing(database: str, first: str, second: str) -> None:
    import_rows(database, an_opportunity(status=first))
    import_rows(database, an_opportunity(status=second), at=LATER)
    assert closings(database) == [LATER]


def test_an_open_opportunity_has_no_base_value(database: str) -> None:
    store_rates(database, EUR="1.10")
    import_rows(database, in_euros(), an_opportunity(name="Shop"), settings=IN_EUROS_TOO)
    assert budgets(database) == [OPEN, OPEN]


def test_a_closed_one_in_the_base_currency_has_its_own_value_at_rate_1(database: str) -> None:
    import_rows(database, an_opportunity(status="won", budget_amount="12.34"))
    assert budgets(database) == [(Decimal("12.34"), Decimal(1), TODAY)]


def test_a_closed_one_in_a_foreign_currency_has_base_value_rate_and_its_day(database: str) -> None:
    store_rates(database, YESTERDAY, EUR="1.0857")
    import_rows(database, in_euros("15000", status="won"), settings=IN_EUROS_TOO)
    assert budgets(database) == [(Decimal("16285.5"), Decimal("1.0857"), YESTERDAY)]


def test_budget_and_revenue_are_each_converted_from_their_own_currency(database: str) -> None:
    store_rates(database, EUR="1.1", GBP="1.25")
    row = in_euros("100", status="won", close_revenue="80", close_revenue_currency="GBP")
    import_rows(database, row, settings=IN_EUROS_TOO)
    assert budgets(database) == [(Decimal(110), Decimal("1.1"), TODAY)]
    assert stored(database, "close_revenue_base", "close_revenue_rate", "close_revenue_rate_day") == [
        {"close_revenue_base": Decimal(100), "close_revenue_rate": Decimal("1.25"), "close_revenue_rate_day": TODAY}
    ]


def test_a_closed_one_without_amount_has_no_base_value_and_needs_no_rate(database: str) -> None:
    imported = import_rows(database, in_euros("", status="won"), settings=IN_EUROS_TOO)
    assert counts(imported) == {"added": 1}
    assert budgets(database) == [OPEN]


def test_a_closing_without_rate_is_a_problem_of_that_row_alone(database: str) -> None:
    store_rates(database, EUR="1.1")
    imported = import_rows(
        database,
        an_opportunity(name="Shop", status="won", budget_currency="GBP"),
        in_euros(status="won"),
        an_opportunity(name="Blog", budget_currency="GBP"),
        settings=IN_EUROS_TOO,
    )
    assert told(imported) == [(2, "Budget Amount Currency", "no_rate")]
    assert "to USD from GBP on 2026-11-24 or up to 7 days before" in imported.problems[0].why
    assert counts(imported) == {"added": 2, "rejected": 1}
    assert [row["name"] for row in stored(database)] == ["Website", "Blog"]


def test_a_stored_one_that_cannot_be_closed_stays_open(database: str) -> None:
    import_rows(database, in_euros(), settings=IN_EUROS_TOO)
    before = stored(database)
    imported = import_rows(database, in_euros(status="won"), settings=IN_EUROS_TOO)
    assert told(imported) == [(2, "Budget Amount Currency", "no_rate")]
    assert stored(database) == before
    assert history(database) == []


def test_revenue_without_rate_names_the_revenue(database: str) -> None:
    row = an_opportunity(status="won", close_revenue="1", close_revenue_currency="EUR")
    imported = import_rows(database, row, settings=IN_EUROS_TOO)
    assert told(imported) == [(2, "Close revenue Currency", "no_rate")]


@pytest.mark.parametrize(("age", "result"), [(7, {"added": 1}), (8, {"rejected": 1})])
def test_a_rate_is_good_for_as_many_days_as_set(database: str, age: int, result: dict[str, int]) -> None:
    store_rates(database, TODAY - timedelta(age), EUR="1.1")
    assert counts(import_rows(database, in_euros(status="won"), settings=IN_EUROS_TOO)) == result


def test_a_rate_of_tomorrow_is_no_rate(database: str) -> None:
    store_rates(database, TOMORROW, EUR="1.1")
    assert counts(import_rows(database, in_euros(status="won"), settings=IN_EUROS_TOO)) == {"rejected": 1}


def test_later_rates_do_not_touch_what_is_closed(database: str) -> None:
    store_rates(database, EUR="1.09")
    import_rows(database, in_euros("15000", status="won"), settings=IN_EUROS_TOO)
    store_rates(database, TOMORROW, EUR="1.15")
    import_rows(database, in_euros("15000", status="won", notes="x"), settings=IN_EUROS_TOO, at=LATER)
    assert budgets(database) == [(Decimal(16350), Decimal("1.09"), TODAY)]


def test_a_corrected_amount_is_converted_with_the_frozen_rate(database: str) -> None:
    store_rates(database, EUR="1.09")
    import_rows(database, in_euros("15000", status="won"), settings=IN_EUROS_TOO)
    store_rates(database, TOMORROW, EUR="1.15")
    import_rows(database, in_euros("10000", status="won"), settings=IN_EUROS_TOO, at=LATER)
    assert budgets(database) == [(Decimal(10900), Decimal("1.09"), TODAY)]


def test_what_is_closed_needs_no_rate_any_more(database: str) -> None:
    store_rates(database, EUR="1.09")
    row = in_euros("15000", status="won")
    import_rows(database, row, settings=IN_EUROS_TOO)
    again = import_rows(database, row, settings=IN_EUROS_TOO, at=MUCH_LATER)
    assert counts(again) == {"unchanged": 1}
    corrected = import_rows(database, in_euros("100", status="won"), settings=IN_EUROS_TOO, at=MUCH_LATER)
    assert counts(corrected) == {"updated": 1}
    assert budgets(database) == [(Decimal(109), Decimal("1.09"), TODAY)]


def test_a_closed_one_in_another_currency_takes_the_rate_of_now(database: str) -> None:
    store_rates(database, EUR="1.09")
    import_rows(database, in_euros("100", status="won"), settings=IN_EUROS_TOO)
    in_pounds = an_opportunity(status="won", budget_amount="100", budget_currency="GBP")
    assert counts(import_rows(database, in_pounds, settings=IN_EUROS_TOO, at=LATER)) == {"rejected": 1}
    store_rates(database, TOMORROW, GBP="1.22")
    import_rows(database, in_pounds, settings=IN_EUROS_TOO, at=LATER)
    assert budgets(database) == [(Decimal(122), Decimal("1.22"), TOMORROW)]


def test_reopened_and_closed_again_takes_the_rate_of_the_later_closing(database: str) -> None:
    store_rates(database, EUR="1.09")
    import_rows(database, in_euros("100", status="won"), settings=IN_EUROS_TOO)
    import_rows(database, in_euros("100", status="negotiation"), settings=IN_EUROS_TOO)
    assert budgets(database) == [OPEN]
    store_rates(database, TOMORROW, EUR="1.15")
    import_rows(database, in_euros("100", status="won"), settings=IN_EUROS_TOO, at=LATER)
    assert budgets(database) == [(Decimal(115), Decimal("1.15"), TOMORROW)]


@pytest.mark.parametrize(("first", "second"), [("won", "lost"), ("lost", "won")])
def test_won_to_lost_and_back_keeps_the_rate_of_the_first_closing_and_is_closed_anew(
    database: str, first: str, second: str
) -> None:
    store_rates(database, EUR="1.09")
    import_rows(database, in_euros("100", status=first), settings=IN_EUROS_TOO)
    store_rates(database, TOMORROW, EUR="1.15")
    import_rows(database, in_euros("100", status=second), settings=IN_EUROS_TOO, at=LATER)
    assert budgets(database) == [(Decimal(109), Decimal("1.09"), TODAY)]
    assert closings(database) == [LATER]
    import_rows(database, in_euros("200", status=first), settings=IN_EUROS_TOO, at=MUCH_LATER)
    assert budgets(database) == [(Decimal(218), Decimal("1.09"), TODAY)]
    assert closings(database) == [MUCH_LATER]
    assert history(database, "status", "budget_amount_rate", "closed_at") == [
        {"status": first, "budget_amount_rate": Decimal("1.09"), "closed_at": NOON},
        {"status": second, "budget_amount_rate": Decimal("1.09"), "closed_at": LATER},
    ]


def test_an_amount_that_comes_after_the_closing_takes_the_rate_of_its_day(database: str) -> None:
    import_rows(database, in_euros("", status="won"), settings=IN_EUROS_TOO)
    store_rates(database, TOMORROW, EUR="1.15")
    import_rows(database, in_euros("100", status="won"), settings=IN_EUROS_TOO, at=LATER)
    assert budgets(database) == [(Decimal(115), Decimal("1.15"), TOMORROW)]
    assert closings(database) == [NOON]


def test_a_file_with_a_status_alone_closes_in_the_stored_currency(database: str) -> None:
    import_rows(database, in_euros("100"), settings=IN_EUROS_TOO)
    bare = an_opportunity(status="won", budget_amount=None, budget_currency=None)
    assert told(import_rows(database, bare, settings=IN_EUROS_TOO)) == [(2, "Budget Amount Currency", "no_rate")]
    store_rates(database, EUR="1.1")
    assert counts(import_rows(database, bare, settings=IN_EUROS_TOO)) == {"updated": 1}
    assert budgets(database) == [(Decimal(110), Decimal("1.1"), TODAY)]
    assert counts(import_rows(database, bare, settings=IN_EUROS_TOO, at=MUCH_LATER)) == {"unchanged": 1}


def test_without_need_for_rates_a_closing_without_rate_has_no_base_value(sqlite: str) -> None:
    imported = import_rows(sqlite, in_euros(status="won"), settings=IN_EUROS_TOO, needs_rates=False)
    assert counts(imported) == {"added": 1}
    assert budgets(sqlite) == [OPEN]


@pytest.mark.parametrize(
    ("rounding", "amount", "base"),
    [
        ("half-up", "0.0001", "0.0001"),
        ("half-up", "0.0003", "0.0002"),
        ("half-even", "0.0001", "0"),
        ("half-even", "0.0003", "0.0002"),
        ("half-even", "0.0005", "0.0002"),
        ("half-up", "99999999999999.9999", "50000000000000"),
        ("half-even", "99999999999999.9997", "49999999999999.9998"),
    ],
)
def test_halves_are_rounded_as_set(database: str, rounding: Any, amount: str, base: str) -> None:
    store_rates(database, EUR="0.5")
    settings = Settings(currencies=("USD", "EUR"), rounding=rounding)
    import_rows(database, in_euros(amount, status="won"), settings=settings)
    assert budgets(database) == [(Decimal(base), Decimal("0.5"), TODAY)]


def test_a_negative_amount_is_rounded_away_from_zero(database: str) -> None:
    store_rates(database, EUR="0.5")
    settings = Settings(currencies=("USD", "EUR"), rules_off=frozenset({"negative_amount"}))
    import_rows(database, in_euros("-0.0001", status="won"), settings=settings)
    assert budgets(database) == [(Decimal("-0.0001"), Decimal("0.5"), TODAY)]


def test_a_rate_of_eighteen_decimals_is_exact(database: str) -> None:
    store_rates(database, EUR="1.300083822296730931")
    import_rows(database, in_euros("99999999999.9999", status="won"), settings=IN_EUROS_TOO)
    # 99999999999.9999 × 1.300083822296730931 = 130008382229.67296309…
    assert budgets(database) == [(Decimal("130008382229.6730"), Decimal("1.300083822296730931"), TODAY)]


def test_the_rate_of_a_past_close_date_is_taken_where_set(database: str) -> None:
    store_rates(database, date(2026, 3, 2), EUR="1.20")
    store_rates(database, EUR="1.10")
    settings = Settings(currencies=("USD", "EUR"), closing_rate="close_date")
    imported = import_rows(
        database,
        in_euros("100", name="past", status="won", close_date="2026-03-03"),
        in_euros("100", name="future", status="won", close_date="2027-03-03"),
        in_euros("100", name="undated", status="won", close_date=""),
        in_euros("100", name="long past", status="won", close_date="2025-03-03"),
        in_euros("100", name="open", close_date="2026-03-03"),
        settings=settings,
    )
    assert told(imported) == [(5, "Budget Amount Currency", "no_rate")]
    assert "on 2025-03-03 or up to 7 days before" in imported.problems[0].why
    assert budgets(database) == [
        (Decimal(120), Decimal("1.2"), date(2026, 3, 2)),
        (Decimal(110), Decimal("1.1"), TODAY),
        (Decimal(110), Decimal("1.1"), TODAY),
        OPEN,
    ]


def test_a_file_that_says_when_it_was_closed_is_believed_and_its_rate_is_that_days(database: str) -> None:
    store_rates(database, date(2026, 3, 2), EUR="1.20")
    row = {
        "name": "Website",
        "status": "won",
        "budget_amount": "100",
        "budget_currency": "EUR",
        "closed_at": "2026-03-03T01:30:00+02:00",
    }
    import_rows(database, row, settings=IN_EUROS_TOO, layout="plain")
    assert closings(database) == [datetime(2026, 3, 2, 23, 30, tzinfo=UTC)]
    assert budgets(database) == [(Decimal(120), Decimal("1.2"), date(2026, 3, 2))]
    again = import_rows(database, row, settings=IN_EUROS_TOO, layout="plain", at=LATER)
    assert counts(again) == {"unchanged": 1}
    blank = import_rows(database, row | {"closed_at": ""}, settings=IN_EUROS_TOO, layout="plain", at=LATER)
    assert counts(blank) == {"unchanged": 1}


def test_an_open_one_was_not_closed_whatever_the_file_says(database: str) -> None:
    row = {"name": "Website", "status": "needs_analysis", "closed_at": "2026-03-03T01:30:00Z"}
    import_rows(database, row, layout="plain")
    assert closings(database) == [None]
    assert counts(import_rows(database, row, layout="plain")) == {"unchanged": 1}


def test_a_clock_that_was_set_back_does_not_turn_history_round(database: str) -> None:
    import_rows(database, an_opportunity(), at=LATER)
    import_rows(database, an_opportunity(status="won"), at=NOON)
    assert closings(database) == [LATER + timedelta(microseconds=1)]
    assert history(database, "valid_from", "valid_to") == [
        {"valid_from": LATER, "valid_to": LATER + timedelta(microseconds=1)}
    ]
