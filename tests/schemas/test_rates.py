import random
from datetime import date, timedelta
from decimal import Decimal, localcontext
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.currencies import ISO_CURRENCIES, UNITS_OF_ACCOUNT, WITHDRAWN_CURRENCIES
from schemas.rates import Quote, Rate, RateBook

THURSDAY, FRIDAY, SUNDAY = date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 22)


def a_rate(pair: str, rate: str, day: date = FRIDAY) -> Rate:
    one, other = pair.split("/")
    return Rate(day, one, other, Decimal(rate), "test")


def quoted(book: RateBook, pair: str, day: date = FRIDAY, max_age_days: int = 7) -> tuple[str, date] | None:
    """The quote as text, so that 2.0 is not taken for 2."""
    one, other = pair.split("/")
    quote = book.quote(one, other, day, max_age_days)
    return (f"{quote.rate:f}", quote.day) if quote else None


def test_a_currency_in_itself_is_1_on_the_very_day() -> None:
    assert RateBook([]).quote("USD", "USD", SUNDAY, 0) == Quote(Decimal(1), SUNDAY)


def test_a_published_rate_holds_on_its_day() -> None:
    assert quoted(RateBook([a_rate("GBP/USD", "1.3147")]), "GBP/USD") == ("1.3147", FRIDAY)


@pytest.mark.parametrize(("written", "given_back"), [("310.70", "310.7"), ("300", "300"), ("1000.0", "1000")])
def test_surplus_zeros_make_no_other_quote(written: str, given_back: str) -> None:
    assert quoted(RateBook([a_rate("EUR/HUF", written)]), "EUR/HUF") == (given_back, FRIDAY)


def test_the_inverse_of_0_76_is_1_315789473684210526() -> None:
    book = RateBook([a_rate("USD/GBP", "0.76")])
    assert quoted(book, "GBP/USD") == ("1.315789473684210526", FRIDAY)
    assert quoted(book, "USD/GBP") == ("0.76", FRIDAY)


def test_gbp_to_usd_goes_by_way_of_eur() -> None:
    book = RateBook([a_rate("EUR/USD", "1.0857"), a_rate("EUR/GBP", "0.8351")])
    # 1.0857 / 0.8351 = 1.300083822296730930427… and 0.8351 / 1.0857 = 0.769181173436492585428…
    assert quoted(book, "GBP/USD") == ("1.30008382229673093", FRIDAY)
    assert quoted(book, "USD/GBP") == ("0.769181173436492585", FRIDAY)


@pytest.mark.parametrize(
    "published",
    [
        [("USD/EUR", "0.8"), ("GBP/EUR", "1.25")],
        [("USD/EUR", "0.8"), ("EUR/GBP", "0.8")],
        [("EUR/USD", "1.25"), ("GBP/EUR", "1.25")],
    ],
)
def test_the_legs_of_a_cross_rate_may_be_published_in_either_direction(
    published: list[tuple[str, str]],
) -> None:
    book = RateBook([a_rate(pair, rate) for pair, rate in published])
    assert quoted(book, "GBP/USD") == ("1.5625", FRIDAY)
    assert quoted(book, "USD/GBP") == ("0.64", FRIDAY)


def test_both_legs_are_of_the_last_common_day() -> None:
    book = RateBook(
        [
            *(a_rate("EUR/USD", "1.2", THURSDAY), a_rate("EUR/GBP", "0.8", THURSDAY)),
            a_rate("EUR/USD", "2", FRIDAY),
        ]
    )
    assert quoted(book, "GBP/USD", FRIDAY) == ("1.5", THURSDAY)


def test_legs_without_a_common_day_make_no_rate() -> None:
    book = RateBook([a_rate("EUR/USD", "1.1", THURSDAY), a_rate("EUR/GBP", "0.8", FRIDAY)])
    assert quoted(book, "GBP/USD") is None


def test_a_chain_of_two_pivots_makes_no_rate() -> None:
    book = RateBook([a_rate("GBP/EUR", "1.2"), a_rate("EUR/USD", "1.1"), a_rate("USD/CAD", "1.4")])
    assert quoted(book, "GBP/CAD") is None


def test_a_sunday_takes_fridays_rate() -> None:
    book = RateBook([a_rate("EUR/USD", "1.08", THURSDAY), a_rate("EUR/USD", "1.09", FRIDAY)])
    assert quoted(book, "EUR/USD", SUNDAY) == ("1.09", FRIDAY)


@pytest.mark.parametrize("pair", ["EUR/USD", "USD/EUR", "GBP/USD"])
def test_a_rate_of_exactly_the_greatest_age_holds_and_a_day_older_does_not(pair: str) -> None:
    book = RateBook([a_rate("EUR/USD", "1"), a_rate("EUR/GBP", "1")])
    assert quoted(book, pair, FRIDAY + timedelta(7), max_age_days=7) == ("1", FRIDAY)
    assert quoted(book, pair, FRIDAY + timedelta(8), max_age_days=7) is None
    assert quoted(book, pair, FRIDAY + timedelta(1), max_age_days=0) is None


def test_no_rate_comes_from_the_future() -> None:
    assert quoted(RateBook([a_rate("EUR/USD", "1.1", FRIDAY)]), "EUR/USD", THURSDAY) is None


def test_an_age_beyond_the_calendar_is_any_age() -> None:
    book = RateBook([a_rate("EUR/USD", "1.1", date.min)])
    assert quoted(book, "EUR/USD", FRIDAY, max_age_days=10**9) == ("1.1", date.min)


def test_what_nobody_publishes_has_no_rate() -> None:
    book = RateBook([a_rate("EUR/USD", "1.1")])
    assert quoted(book, "EUR/GBP") is None
    assert quoted(book, "CHF/GBP") is None


def test_of_one_day_direct_comes_before_inverse_before_cross() -> None:
    cross = [a_rate("EUR/USD", "3"), a_rate("EUR/GBP", "1")]
    inverse, direct = a_rate("USD/GBP", "0.5"), a_rate("GBP/USD", "1")
    assert quoted(RateBook([*cross, inverse, direct]), "GBP/USD") == ("1", FRIDAY)
    assert quoted(RateBook([*cross, inverse]), "GBP/USD") == ("2", FRIDAY)
    assert quoted(RateBook(cross), "GBP/USD") == ("3", FRIDAY)


def test_a_newer_inverse_or_cross_rate_comes_before_an_older_direct_one() -> None:
    direct = a_rate("GBP/USD", "1", THURSDAY)
    assert quoted(RateBook([direct, a_rate("USD/GBP", "0.5")]), "GBP/USD") == ("2", FRIDAY)
    cross = [a_rate("EUR/USD", "3"), a_rate("EUR/GBP", "1")]
    assert quoted(RateBook([direct, *cross]), "GBP/USD") == ("3", FRIDAY)
    assert quoted(RateBook([direct, *cross]), "GBP/USD", THURSDAY) == ("1", THURSDAY)


def test_of_pivots_of_one_day_the_first_of_the_alphabet_is_taken() -> None:
    by_eur = [a_rate("EUR/USD", "3"), a_rate("EUR/GBP", "1")]
    by_chf = [a_rate("CHF/USD", "2"), a_rate("CHF/GBP", "1")]
    assert quoted(RateBook([*by_eur, *by_chf]), "GBP/USD") == ("2", FRIDAY)


@pytest.mark.parametrize(
    ("published", "rounded"),
    [
        ("0.0000000000000000025", "0.000000000000000002"),
        ("0.0000000000000000035", "0.000000000000000004"),
        ("0.00000000000000000350000000000000000000000000000001", "0.000000000000000004"),
        ("0.00000000000000000250000000000000000000000000000001", "0.000000000000000003"),
    ],
)
def test_halves_are_rounded_to_the_even_neighbour(published: str, rounded: str) -> None:
    assert quoted(RateBook([a_rate("EUR/USD", published)]), "EUR/USD") == (rounded, FRIDAY)


def test_the_precision_of_the_caller_changes_nothing() -> None:
    book = RateBook([a_rate("EUR/USD", "999999999999.123456789012345678"), a_rate("EUR/GBP", "0.000003")])
    with localcontext(prec=5):
        assert quoted(book, "EUR/USD") == ("999999999999.123456789012345678", FRIDAY)
        assert quoted(book, "GBP/USD") == ("333333333333041152.263004115226", FRIDAY)


def test_a_rate_that_the_database_cannot_hold_is_none() -> None:
    book = RateBook([a_rate("EUR/USD", "1000000000000"), a_rate("EUR/GBP", "0.000000000000000001")])
    assert quoted(book, "GBP/USD") is None
    assert quoted(book, "USD/GBP") is None


@pytest.mark.parametrize(
    "rates",
    [
        [a_rate("EUR/USD", "0")],
        [a_rate("EUR/USD", "-1")],
        [a_rate("EUR/USD", "1.1"), a_rate("EUR/USD", "1.2")],
    ],
)
def test_a_book_refuses_contradictions_and_what_is_not_above_zero(rates: list[Rate]) -> None:
    with pytest.raises(ValueError, match="is not above zero, or contradicts another"):
        RateBook(rates)


def test_equal_rates_and_rates_of_a_currency_in_itself_are_harmless() -> None:
    rates = [
        a_rate("EUR/USD", "1.1"),
        a_rate("EUR/USD", "1.10"),
        a_rate("USD/USD", "1"),
        a_rate("EUR/EUR", "1"),
    ]
    assert quoted(RateBook(rates), "EUR/USD") == ("1.1", FRIDAY)


def test_no_code_is_active_and_withdrawn_or_a_unit_of_account() -> None:
    assert len(ISO_CURRENCIES) == 155
    assert ISO_CURRENCIES.isdisjoint(UNITS_OF_ACCOUNT | WITHDRAWN_CURRENCIES)
    assert {"EUR", "USD", "XOF", "XCG", "ZWG"} <= ISO_CURRENCIES
    assert {"BGN", "HRK"} <= WITHDRAWN_CURRENCIES


@pytest.fixture(scope="module")
def whole_history() -> list[Rate]:
    """As many rates as 42 currencies have in 6000 days."""
    currencies = sorted(ISO_CURRENCIES - {"EUR"})[:42]
    days = [date(2010, 1, 1) + timedelta(number) for number in range(6000)]
    return [Rate(day, "EUR", one, Decimal(day.day), "ecb") for day in days for one in currencies]


def test_the_whole_history_of_the_ecb_becomes_a_book_in_less_than_1_5_seconds(
    whole_history: list[Rate],
) -> None:
    started = perf_counter()
    RateBook(whole_history)
    assert perf_counter() - started < 1.5


# ------------------------------------------------------------------------------------------------ properties

CURRENCIES = ("CHF", "EUR", "GBP", "USD")
MODERATE = st.decimals("0.4", "2.5", places=4)
DAYS = st.integers(0, 5).map(lambda number: THURSDAY + timedelta(number))


@st.composite
def published(draw: st.DrawFn, directions: str = "both") -> list[Rate]:
    """Rates of four currencies in six days, at most one for each pair and day."""
    pairs = [(one, other) for one in CURRENCIES for other in CURRENCIES if one != other]
    if directions == "one":
        pairs = [(one, other) for one, other in pairs if one < other]
    keys = st.tuples(DAYS, st.sampled_from(pairs))
    rates = draw(st.dictionaries(keys, MODERATE, max_size=20))
    return [Rate(day, *pair, rate, "test") for (day, pair), rate in rates.items()]


@given(published(), st.randoms(use_true_random=False))
def test_the_order_of_the_rates_makes_no_difference(rates: list[Rate], chance: random.Random) -> None:
    shuffled = chance.sample(rates, len(rates))
    one, other = RateBook(rates), RateBook(shuffled)
    for from_currency in CURRENCIES:
        for to_currency in CURRENCIES:
            asked = (from_currency, to_currency, SUNDAY, 3)
            assert one.quote(*asked) == other.quote(*asked) == one.quote(*asked)


@given(published(directions="one"), st.integers(0, 5))
def test_there_and_back_is_1_where_each_pair_is_published_in_one_direction(rates: list[Rate], age: int) -> None:
    # Each way is rounded by half a unit of the 18th decimal, and no rate here is above 2.5² = 6.25:
    # the product is off by at most 0.5e-18 × (6.25 + 1 / 6.25) and the square of 0.5e-18.
    book = RateBook(rates)
    for one in CURRENCIES:
        for other in CURRENCIES:
            there, back = book.quote(one, other, SUNDAY, age), book.quote(other, one, SUNDAY, age)
            assert (there is None) == (back is None)
            if there and back:
                with localcontext(prec=60):
                    assert abs(there.rate * back.rate - 1) <= Decimal("1e-17")
                assert there.day == back.day


@given(published(), DAYS, st.integers(0, 5))
def test_no_quote_is_older_than_asked_for_or_from_the_future(rates: list[Rate], day: date, age: int) -> None:
    book = RateBook(rates)
    for one in CURRENCIES:
        for other in CURRENCIES:
            quote = book.quote(one, other, day, age)
            assert quote is None or day - timedelta(age) <= quote.day <= day
