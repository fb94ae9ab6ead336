"""Exchange rates as published, and the one that holds between two currencies on a day."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

RATE_DECIMALS = 18
_UNIT = 10**RATE_DECIMALS
_LIMIT = 10**38  # the rate column is numeric(38, 18)


@dataclass(frozen=True, slots=True)
class Rate:
    """One published rate: on that day 1 unit of from_currency is `rate` units of to_currency."""

    day: date
    from_currency: str
    to_currency: str
    rate: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Quote:
    """What a look-up answers: units of to_currency per unit of from_currency, and the day of publication."""

    rate: Decimal
    day: date


class RateBook:
    """Published rates to look up in; the order in which they come makes no difference."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        """Take the rates; a ValueError where one is not above zero, or where a pair has two on one day."""
        published: defaultdict[tuple[str, str], dict[date, Decimal]] = defaultdict(dict)
        for rate in rates:
            if rate.from_currency == rate.to_currency:
                continue
            of_pair = published[rate.from_currency, rate.to_currency]
            if not rate.rate > 0 or of_pair.setdefault(rate.day, rate.rate) != rate.rate:
                raise ValueError(f"{rate} is not above zero, or contradicts another")
        self._published = dict(published)
        self._partners: defaultdict[str, set[str]] = defaultdict(set)
        for one, other in self._published:
            self._partners[one].add(other)
            self._partners[other].add(one)
        self._days: dict[tuple[str, str], list[date]] = {}
        self._quotes: dict[tuple[str, str, date, int], Quote | None] = {}

    def quote(self, from_currency: str, to_currency: str, day: date, max_age_days: int) -> Quote | None:
        """Units of to_currency per unit of from_currency on a day, or None where none is published.

        The newest rate published on that day or at most max_age_days (calendar days) before it: as published,
        or the inverse 1 / (to → from), or the cross rate (pivot → to) / (pivot → from) with both legs of the
        same day, each published in either direction. Of those of one day the first in that order is taken,
        pivots alphabetically. Rounded once, half-even, to 18 decimals; what rounds to zero or reaches 10^20 is
        no rate. A currency in itself is 1, on that very day.
        """
        if from_currency == to_currency:
            return Quote(Decimal(1), day)
        asked = (from_currency, to_currency, day, max_age_days)
        if asked not in self._quotes:
            self._quotes[asked] = self._find(*asked)
        return self._quotes[asked]

    def _find(self, from_currency: str, to_currency: str, day: date, max_age_days: int) -> Quote | None:
        oldest = date.fromordinal(max(1, day.toordinal() - max_age_days))
        asked = (from_currency, to_currency)
        found: tuple[Fraction, date] | None = None
        newest = self._newest_common_day(asked, asked, oldest, day)
        if newest:
            found = self._on(*asked, newest), newest
        for pivot in sorted(self._partners[from_currency] & self._partners[to_currency]):
            newest = self._newest_common_day((pivot, from_currency), (pivot, to_currency), oldest, day)
            if newest and (found is None or newest > found[1]):
                found = self._on(pivot, to_currency, newest) / self._on(pivot, from_currency, newest), newest
        rate = _rounded(found[0]) if found else None
        return Quote(rate, found[1]) if found and rate else None

    def _newest_common_day(
        self, one: tuple[str, str], other: tuple[str, str], oldest: date, newest: date
    ) -> date | None:
        """The last day of a period on which both pairs were published, each in whichever direction."""
        days = self._days_of(*one)
        for place in reversed(range(bisect_left(days, oldest), bisect_right(days, newest))):
            if self._is_published(*other, days[place]):
                return days[place]
        return None

    def _days_of(self, one: str, other: str) -> list[date]:
        if (one, other) not in self._days:
            days = self._published.get((one, other), {}).keys() | self._published.get((other, one), {}).keys()
            self._days[one, other] = sorted(days)
        return self._days[one, other]

    def _is_published(self, one: str, other: str, day: date) -> bool:
        return any(day in self._published.get(pair, ()) for pair in ((one, other), (other, one)))

    def _on(self, from_currency: str, to_currency: str, day: date) -> Fraction:
        as_it_stands = self._published.get((from_currency, to_currency), {}).get(day)
        if as_it_stands is not None:
            return Fraction(as_it_stands)
        return 1 / Fraction(self._published[to_currency, from_currency][day])


def _rounded(rate: Fraction) -> Decimal | None:
    units = round(rate * _UNIT)  # half-even, from the exact ratio: nothing was rounded before
    if not 0 < units < _LIMIT:
        return None
    whole, decimals = divmod(units, _UNIT)
    # From text, since arithmetic would round to the 28 digits of the ambient context.
    return Decimal(f"{whole}.{decimals:0{RATE_DECIMALS}}".rstrip("0").rstrip("."))
