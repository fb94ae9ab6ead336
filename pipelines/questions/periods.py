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
    if start == date.min:
        return None
    eve = start - timedelta(1)
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    is_whole = start == month_around(start)[0] and end == month_around(end)[1]
    if is_whole and months in MONTHS and (start.month - 1) % months == 0:
        number = start.year * 12 + start.month - 1 - months
        return (date(number // 12, number % 12 + 1, 1), eve) if number >= 12 else None
    days = (end - start).days
    return (eve - timedelta(days), eve) if days < eve.toordinal() else None


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
