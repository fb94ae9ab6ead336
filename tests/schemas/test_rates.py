import random
from datetime import date, timedelta
from decimal import Decimal, localcontext
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.currencies import ISO_CURRENCIES, KNOWN_CURRENCIES, UNITS_OF_ACCOUNT, WITHDRAWN_CURRENCIES
from schemas.rates import Quote, Rate, RateBook

THURSDAY, FRIDAY, SUNDAY = date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 22)


def a_rate(pair: str, rate: str, day: date = FRIDAY) -> Rate:
    one, other = pair.split("/")
    return Rate(day, one, other, Decimal(rate), "test")


def quoted(book: RateBook, pair: str, day: date = FRIDAY, max_age_days: int = 7) -> tuple[str, date] | None:
    """The quote as text, so that 2.0 is not taken for 2."""
    quote = book.quote(*pair.split("/"), day, max_age_days)
    return quote and (f"{quote.rate:f}", quote.day)


def test_a_currency_in_itself_is_1_on_the_very_day() -> None:
    assert RateBook([]).quote("USD", "USD", SUNDAY, 0) == Quote(Decimal(1), SUNDAY)


def test_a_published_rate_holds_on_its_day() -> None:
    assert quoted(RateBook([a_rate("GBP/USD", "1.3147")]), "GBP/USD") == ("1.3147", FRIDAY)


def test_surplus_zeros_do_not_make_another_quote() -> None:
    assert quoted(RateBook([a_rate("EUR/HUF", "310.70")]), "EUR/HUF") == ("310.7", FRIDAY)
    assert quoted(RateBook([a_rate("EUR/HUF", "300")]), "EUR/HUF") == ("300", FRIDAY)


def test_the_inverse_of_0_76_is_1_315789473684210526() -> None:
    assert quoted(RateBook([a_rate("USD/GBP", "0.76")]), "GBP/USD") == ("1.315789473684210526", FRIDAY)


def test_gbp_to_usd_goes_by_way_of_eur() -> None:
    book = RateBook([a_rate("EUR/USD", "1.0857"), a_rate("EUR/GBP", "0.8351")])
    # 1.0857 / 0.8351 = 1.30008382229673093042…
    assert quoted(book, "GBP/USD") == ("1.300083822296730931"[:-1] + "0", FRIDAY)
