"""Periods of days: the month of a day, the period before one, and moments that lie in one; days are those of UTC."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, true

MONTHS = (1, 3, 12)
"""Of how many months a period may be that is followed by the same number of whole months: month, quarter, year."""


def month_around(day: date) -> tuple[date, date]:
    """The first and the last day of the month of a day."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def previous(start: date, end: date) -> tuple[date, date] | None:
    """The period before one: the month, quarter or year before a whole one, else as many days; none before year 1."""
    for months in MONTHS:
        if (start.month - 1) % months == 0 and start.day == 1 and end == _months_on(start, months, -1):
            first = _months_on(start, -months, 0)
            return (first, start - timedelta(1)) if first else None
    length = end - start + timedelta(1)
    try:
        return start - length, start - timedelta(1)
    except OverflowError:
        return None


def _months_on(day: date, months: int, days: int) -> date | None:
    """The day some months and days from the first day of a month on; none out of the calendar."""
    number = day.year * 12 + day.month - 1 + months
    try:
        return date(number // 12, number % 12 + 1, 1) + timedelta(days)
    except (ValueError, OverflowError):
        return None


def moved_back(day: date | None, days: int) -> date | None:
    """A day some days before another, at the earliest the first of the calendar."""
    return day and date.fromordinal(max(1, day.toordinal() - days))


def lies_between(moment: ColumnElement[datetime], start: date | None, end: date | None) -> ColumnElement[bool]:
    """Whether a moment lies in a period, its first and its last day included; without limits everything does."""
    limits = [moment >= datetime.combine(start, time.min, UTC)] if start else []
    limits += [moment <= datetime.combine(end, time.max, UTC)] if end else []
    return and_(true(), *limits)


def day_of(moment: ColumnElement[Any]) -> ColumnElement[str]:
    """The day of a moment as text such as 2026-11-20; null without a moment."""
    return func.substr(cast(moment, String), 1, 10)
