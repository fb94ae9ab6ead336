"""What the cells of workbooks hold, as exact text: numbers, percentages, days, moments, times."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache, partial

from connectors.workbooks.shown import Shown

SURE_DIGITS = 15  # of a number that Excel keeps; it writes up to 17, of which the last may be noise
MOST_DIGITS = 400  # none that a spreadsheet holds has more before or after the point
AS_IT_IS = re.compile(r"(?:[1-9]|-[1-9])\d{0,14}|0|-?(?:0|[1-9]\d*)\.\d*[1-9]")
PLAIN = re.compile(r"(-?)(\d+)(?:\.(\d+))?", re.ASCII)
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
DAY_1904, DAY_1900, DAY_EARLY_1900 = date(1904, 1, 1), date(1899, 12, 30), date(1899, 12, 31)
LEAP_DAY_THAT_NEVER_WAS = 60  # Excel counts a 29 February 1900
SECONDS = 86_400
LAST_DAY = 2_958_465  # 9999-12-31


def number_text(text: str) -> str:
    """A number as its digits, without an exponent; what is no number stays as it is."""
    if AS_IT_IS.fullmatch(text) and (len(text) <= SURE_DIGITS + 1 or text == repr(float(text))):
        return text
    number = _number(text)
    return text if number is None else _plain(number)


@lru_cache(8192)
def percent_text(text: str) -> str:
    """A number that is shown in percent: 0.25 is 25%."""
    plain = PLAIN.fullmatch(number_text(text))
    if not plain:
        return text
    sign, whole, decimals = plain[1], plain[2], (plain[3] or "").ljust(2, "0")
    hundredths = (whole + decimals[:2]).lstrip("0") or "0"
    return f"{sign}{hundredths}.{decimals[2:]}%" if decimals[2:] else f"{sign}{hundredths}%"


@lru_cache(8192)
def moment_text(text: str, epoch_1904: bool) -> str:
    """A number of days as a day, a moment, or a time if it is less than one; what is no day stays a number."""
    number = _number(text)
    if number is None:
        return text
    days, seconds = divmod(_seconds(number), SECONDS)
    if (days == LEAP_DAY_THAT_NEVER_WAS and not epoch_1904) or not 0 <= number < LAST_DAY + 1 or days > LAST_DAY:
        return _plain(number)
    if number < 1 and not days:
        return _clock(seconds)
    first = DAY_1904 if epoch_1904 else DAY_1900 if days > LEAP_DAY_THAT_NEVER_WAS else DAY_EARLY_1900
    try:
        day = first + timedelta(days=days)
    except OverflowError:
        return _plain(number)
    return f"{day.isoformat()}T{_clock(seconds)}" if seconds else day.isoformat()


@lru_cache(8192)
def span_text(text: str) -> str:
    """A number of days as hours, minutes and seconds."""
    number = _number(text)
    if number is None or not 0 <= number <= LAST_DAY:
        return number_text(text)
    return _clock(_seconds(number))


@lru_cache(8192)
def iso_text(text: str) -> str:
    """A moment that is written out, as the others are."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo:
        return text
    moment = moment.replace(microsecond=0) + timedelta(seconds=moment.microsecond >= 500_000)
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return f"{moment.date().isoformat()}T{_clock(seconds)}" if seconds else moment.date().isoformat()


def bool_text(text: str) -> str:
    """TRUE or FALSE, as spreadsheets show them."""
    return {"1": "TRUE", "0": "FALSE", "true": "TRUE", "false": "FALSE"}.get(text.strip(), text)


def converters(epoch_1904: bool) -> dict[Shown, partial[str]]:
    """For each way of showing a number what makes a text of it."""
    return {
        Shown.NUMBER: partial(number_text),
        Shown.PERCENT: partial(percent_text),
        Shown.MOMENT: partial(moment_text, epoch_1904=epoch_1904),
        Shown.SPAN: partial(span_text),
    }


def _number(text: str) -> Decimal | None:
    """The number that was typed: of 0.28999999999999998 as Excel writes 0.29, the latter."""
    text = text.strip()
    if not NUMBER.fullmatch(text):
        return None
    exact = Decimal(text)
    if abs(exact.adjusted()) > MOST_DIGITS or len(text) > MOST_DIGITS:
        return None
    if "." in text or "e" in text or "E" in text:
        shortest = Decimal(repr(float(text)))
        if shortest.is_finite() and len(shortest.normalize().as_tuple().digits) <= SURE_DIGITS:
            return shortest
    return exact


def _plain(number: Decimal) -> str:
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _seconds(days: Decimal) -> int:
    """Whole seconds; a day is no exact number of them in binary."""
    return int(days * SECONDS + Decimal("0.5"))


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
