"""Days and moments in any notation are read as what they can mean, never as something else."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dates import moment, read_days

WRITTEN = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "ymd": "%Y/%m/%d"}
DATES = st.dates(date(1970, 1, 1), date(2068, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-15",
        "2026/4/15",
        "20260415",
        "15 Apr, 2026 00:02:00",
        "Apr 15, 2026",
        "April 15th, 2026",
        "15-Apr-26",
        "15. April 2026",
        "Wed, 15 Apr 2026",
        "15 avr. 2026",
        "15 de abril de 2026",
        "2026-04-15T23:30:00+02:00",
        "2026-04-15 23:59:59.5",
        "46127",
        "46127.25",
    ],
)
def test_a_day_without_doubt_is_the_same_under_every_order(text: str) -> None:
    days = read_days(text)
    assert (set(days.by_order.values()), days.ways) == ({date(2026, 4, 15)}, ())


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("03/04/2026", ("dmy", "mdy")),
        ("25/04/2026", ("dmy",)),
        ("04/25/2026", ("mdy",)),
        ("04.05.2026", ("dmy",)),
        ("05/05/2026", ()),
        ("01/02/03", ("dmy", "mdy", "ymd")),
        ("9/30/2026 10:02 AM", ("mdy",)),
    ],
)
def test_the_orders_that_a_day_speaks_for(text: str, ways: tuple[str, ...]) -> None:
    assert read_days(text).ways == ways


@pytest.mark.parametrize(
    "text",
    ["11/31/2026", "2026-02-30", "soon", "12/2026", "0", "2026", "10/11/2026 25:00", "10/11/2026 13:00 PM", "100000",
     "3/4/20266", "32.1.2026", "15 Foo 2026", "1,5"],
)  # fmt: skip
def test_what_is_no_day_has_none(text: str) -> None:
    assert read_days(text).by_order == {}


def test_years_of_two_digits_belong_to_1969_until_2068() -> None:
    assert read_days("31.12.68").by_order == {"dmy": date(2068, 12, 31)}
    assert read_days("31.12.69").by_order == {"dmy": date(1969, 12, 31)}


def test_numbers_of_days_count_from_1904_where_the_workbook_says_so() -> None:
    assert set(read_days("44665", epoch_1904=True).by_order.values()) == {date(2026, 4, 15)}


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-12-31T17:30:00+02:00", datetime(2026, 12, 31, 15, 30)),
        ("2026-12-31T17:30:00Z", datetime(2026, 12, 31, 17, 30)),
        ("2026-12-31 17:30", datetime(2026, 12, 31, 17, 30)),
        ("31.12.2026 5:30 PM", datetime(2026, 12, 31, 17, 30)),
        ("31.12.2026 12:00 am", datetime(2026, 12, 31)),
        ("2026-12-31", datetime(2026, 12, 31)),
        ("46387.75", datetime(2026, 12, 31, 18)),
    ],
)
def test_a_moment_is_in_utc(text: str, utc: datetime) -> None:
    days = read_days(text)
    assert moment(days.by_order["dmy"], days.time) == utc


@given(day=DATES, order=st.sampled_from(list(WRITTEN)), late=st.integers(0, 86_399))
def test_any_day_written_in_an_order_is_read_back_under_it(day: date, order: str, late: int) -> None:
    time = (datetime(2000, 1, 1) + timedelta(seconds=late)).strftime(" %H:%M:%S")
    for text in (day.strftime(WRITTEN[order]), day.strftime(WRITTEN[order]) + time):
        assert read_days(text).by_order[order] == day
