"""One day, or moment, in the notation of any system: what a text can mean under each order of day, month and year.

Read are years of four and of two digits (69 to 99 are of the twentieth century, as POSIX has it), months as numbers and
as names, times of day behind the day with or without AM and PM and zone, and the day numbers of spreadsheets. Days
with points, 31.12.2026, begin with the day: no locale of the CLDR writes them otherwise.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache, lru_cache
from typing import NamedTuple

REMEMBERED_TEXTS = 50_000
"""Texts kept in mind: the close dates of a large file repeat in every batch."""

FIRST_SERIAL, LAST_SERIAL = 20_000, 80_000
"""Spreadsheets' numbers of days from 1954 to 2119; smaller and larger numbers are no dates of deals."""

LOCALES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs", "hu", "bg", "ru")

_TIME = re.compile(
    r"""^(?P<day>.+?)(?:T|,?\s+)(?P<hour>[0-9]{1,2})[:h](?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?
    \s*(?P<half>[AaPp]\.?\s?[Mm]\.?)?\s*(?P<zone>Z|z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?$""",
    re.VERBOSE,
)
_NUMBERS = re.compile(r"^([0-9]{1,4})\s*([./-])\s*([0-9]{1,2})\s*\2\s*([0-9]{1,4})\.?$")
_NAMED = re.compile(
    r"^(?:\w+\.?,\s+)?([0-9]{1,2})(?:st|nd|rd|th|\.|er|º)?[\s./-]+(?:de\s+)?([^\W\d_]+)\.?,?[\s./-]+(?:de\s+)?([0-9]{4}|[0-9]{2})$"
)
_NAME_FIRST = re.compile(r"^(?:\w+\.?,\s+)?([^\W\d_]+)\.?[\s./-]+([0-9]{1,2})(?:st|nd|rd|th)?,?[\s./-]+([0-9]{4})$")
_NAME_AFTER_YEAR = re.compile(r"^([0-9]{4})[\s./-]+([^\W\d_]+)\.?[\s./-]+([0-9]{1,2})\.?$")
_COMPACT = re.compile(r"^([0-9]{4})([0-9]{2})([0-9]{2})$")
_SERIAL = re.compile(r"^([0-9]{5})(\.[0-9]+)?$")
_ORDERS = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}
ORDERS = tuple(_ORDERS)


class Time(NamedTuple):
    """A time of day as written, and its difference from UTC where a zone is written."""

    since_midnight: timedelta
    zone: timezone | None


class Days(NamedTuple):
    """What a text can mean: a day for each order under which it is one, and its time of day where it has one."""

    by_order: dict[str, date]
    time: Time | None
    ways: tuple[str, ...]
    """The orders that the text speaks for; none where it is the same day under several."""


NO_DAY = Days({}, None, ())


@lru_cache(REMEMBERED_TEXTS)
def read_days(text: str, epoch_1904: bool = False) -> Days:
    """The days that a text can mean, none where it is no day in any notation; a day is never shifted by its zone."""
    found = _TIME.match(text)
    if found is None:
        serial = _SERIAL.match(text)
        part = serial[2] if serial else None
        time = Time(timedelta(seconds=round(float(part) * 86_400)), None) if part else None
        return _told(_days(text, epoch_1904), time)
    time = _time(found)
    return _told(_days(found["day"].rstrip(","), epoch_1904), time) if time else NO_DAY


def _told(by_order: dict[str, date], time: Time | None) -> Days:
    alike = len(by_order) > 1 and len(set(by_order.values())) == 1
    return Days(by_order, time, () if alike else tuple(by_order))


def _time(found: re.Match[str]) -> Time | None:
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"][0] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    part = int((found["part"] or "0")[:6].ljust(6, "0"))
    return Time(timedelta(hours=hour, minutes=minute, seconds=second, microseconds=part), _zone(found["zone"]))


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return UTC
    difference = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-difference if text[0] == "-" else difference) if difference < timedelta(days=1) else UTC


def _days(text: str, epoch_1904: bool) -> dict[str, date]:
    if found := _NUMBERS.match(text):
        first, mark, second, third = found.groups()
        return _numeric((first, second, third), mark)
    for pattern in (_NAMED, _NAME_FIRST, _NAME_AFTER_YEAR):
        if found := pattern.match(text):
            day, name, year = found.groups() if pattern is _NAMED else _reordered(pattern, found)
            month = _months().get(name.casefold())
            return _alike(_date(_year(year), month, int(day))) if month else {}
    if found := _COMPACT.match(text):
        return _alike(_date(*map(int, found.groups())))
    if (found := _SERIAL.match(text)) and FIRST_SERIAL <= int(found[1]) <= LAST_SERIAL:
        return _alike((date(1904, 1, 1) if epoch_1904 else date(1899, 12, 30)) + timedelta(days=int(found[1])))
    return {}


def _reordered(pattern: re.Pattern[str], found: re.Match[str]) -> tuple[str, str, str]:
    first, second, third = found.groups()
    return (second, first, third) if pattern is _NAME_FIRST else (third, second, first)


def _numeric(parts: tuple[str, str, str], mark: str) -> dict[str, date]:
    if len(parts[0]) > 2:
        return _alike(_date(*map(int, parts))) if len(parts[0]) == 4 and len(parts[2]) <= 2 else {}
    orders = ("dmy",) if mark == "." else ORDERS
    days: dict[str, date] = {}
    for order in orders:
        year, month, day = (parts[place] for place in _ORDERS[order])
        if len(year) in {2, 4} and len(day) <= 2:
            found = _date(_year(year), int(month), int(day))
            days |= {order: found} if found else {}
    return days


def _alike(day: date | None) -> dict[str, date]:
    return dict.fromkeys(ORDERS, day) if day else {}


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= 69 else 2000)


@cache
def _months() -> dict[str, int]:
    """The number of each name of a month, full or short, in the languages of LOCALES; a name of two months is none."""
    from babel.dates import get_month_names  # slow to load, and most files write numbers

    found: dict[str, set[int]] = {}
    for locale in LOCALES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, locale).items():
                    found.setdefault(name.casefold().rstrip("."), set()).add(number)
    return {name: min(numbers) for name, numbers in found.items() if len(numbers) == 1 and not name.isdecimal()}


def moment(day: date, time: Time | None) -> datetime:
    """The moment in UTC, without zone; a time without zone is UTC already, a day without time its midnight."""
    begun = datetime(day.year, day.month, day.day)
    if time is None:
        return begun
    return begun + time.since_midnight - (time.zone.utcoffset(None) if time.zone else timedelta())
