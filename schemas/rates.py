"""Exchange rates: read from cells, gathered from a file, looked up for two currencies and a day."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeVar

RATE_DECIMALS = 18
LARGEST_RATE = 10**12
_UNIT = 10**RATE_DECIMALS
_LIMIT = 10**38  # the rate column is numeric(38, 18)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rate:
    """One published rate: on that day 1 unit of from_currency is `rate` units of to_currency."""

    day: date
    from_currency: str
    to_currency: str
    rate: Decimal
    source: str


class Cell(NamedTuple):
    """A cell of a file of rates; `row` is the spreadsheet's, in XML the line."""

    row: int
    header: str
    text: str


@dataclass(frozen=True, slots=True, order=True)
class RateFault:
    """A cell that is no rate, spelled as in the file: why, and what to do about it."""

    row: int
    header: str
    value: str
    why: str
    fix: str


class UnreadableCellError(Exception):
    """A cell that cannot be read; its arguments are why and fix."""


def read_rate(text: str) -> Decimal:
    """The units per unit that a text such as 1.0857 holds, exactly as written."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) or not text.strip("0."):
        why = "is not a positive number written like 1.0857"
        raise UnreadableCellError(why, "Write digits with a dot before the decimals, and nothing else.")
    if len(text.partition(".")[2]) > RATE_DECIMALS:
        raise UnreadableCellError(f"has more than {RATE_DECIMALS} decimals", "Round the rate in the file.")
    if Decimal(text) > LARGEST_RATE:
        raise UnreadableCellError(f"is more than {LARGEST_RATE}", "Correct the rate.")
    return Decimal(text)


class Gathered:
    """The rates and the faults of one file; where the file contradicts itself it has told no rate."""

    def __init__(self) -> None:
        self.faults: list[RateFault] = []
        self._rates: list[tuple[Cell, Rate]] = []

    def fault(self, cell: Cell, why: str, fix: str) -> None:
        """Note what is wrong with a cell."""
        self.faults.append(RateFault(*cell, why, fix))

    def read(self, cell: Cell, reader: Callable[[str], T]) -> T | None:
        """What the reader makes of the cell; None, and a fault, where it makes nothing."""
        try:
            if cell.text.strip():
                return reader(cell.text.strip())
            self.fault(cell, "is empty", "Fill the cell, or delete the row.")
        except UnreadableCellError as fault:
            self.fault(cell, *fault.args)
        return None

    def take(self, cell: Cell, rate: Rate) -> None:
        """Note a rate and the cell that told it; a currency in itself is 1 and needs no rate."""
        if rate.from_currency != rate.to_currency:
            self._rates.append((cell, rate))
        elif rate.rate != 1:
            self.fault(cell, f"is a rate of {rate.to_currency} in itself", "Correct the currency, or write 1.")

    def told(self) -> tuple[list[Rate], list[RateFault]]:
        """The rates, each once, and the faults by row; all different rates of a pair and day are faults."""
        first: dict[tuple[date, str, str], Rate] = {}
        contradicted = set()
        for _, rate in self._rates:
            key = (rate.day, rate.from_currency, rate.to_currency)
            if first.setdefault(key, rate).rate != rate.rate:
                contradicted.add(key)
        for cell, rate in self._rates:
            if contradicted and (rate.day, rate.from_currency, rate.to_currency) in contradicted:
                what = f"{rate.from_currency} to {rate.to_currency} on {rate.day}"
                self.fault(cell, f"is one of several different rates of {what}", "Keep the one that is right.")
        return [rate for key, rate in first.items() if key not in contradicted], sorted(self.faults)


@dataclass(frozen=True, slots=True)
class Quote:
    """What a look-up answers: units of to_currency per unit of from_currency, and the day of publication."""

    rate: Decimal
    day: date


class RateBook:
    """Published rates to look up in; the order in which they come makes no difference."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        """Take the rates; a ValueError where one is not above zero, or where a pair has two on one day."""
        self._published: defaultdict[tuple[str, str], dict[date, Decimal]] = defaultdict(dict)
        for rate in rates:
            of_pair = self._published[rate.from_currency, rate.to_currency]
            if not rate.rate > 0 or of_pair.setdefault(rate.day, rate.rate) != rate.rate:
                raise ValueError(f"{rate} is not above zero, or contradicts another")
        self._partners: defaultdict[str, set[str]] = defaultdict(set)
        for one, other in list(self._published):
            self._partners[one].add(other)
            self._partners[other].add(one)
        self._days: dict[tuple[str, str], list[date]] = {}
        self._quotes: dict[tuple[str, str, date, int], Quote | None] = {}

    def quote(self, from_currency: str, to_currency: str, day: date, max_age_days: int) -> Quote | None:
        """Units of to_currency per unit of from_currency on a day, or None where none is published.

        The newest rate published on that day or at most max_age_days (calendar days) before it: as published,
        or the inverse 1 / (to → from), or the cross rate (pivot → to) / (pivot → from) with both legs of the
        same day, each published in either direction. Of those of one day the first in that order is taken,
        pivots alphabetically. Rounded once, half-even, to 18 decimals; what rounds to zero or reaches 10^20
        is no rate. A currency in itself is 1, on that very day.
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
        partners = self._partners.get(from_currency, set()) & self._partners.get(to_currency, set())
        for pivot in sorted(partners - {*asked}):
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
            if any(days[place] in self._published.get(pair, ()) for pair in (other, other[::-1])):
                return days[place]
        return None

    def _days_of(self, one: str, other: str) -> list[date]:
        if (one, other) not in self._days:
            days = self._published.get((one, other), {}).keys() | self._published.get((other, one), {}).keys()
            self._days[one, other] = sorted(days)
        return self._days[one, other]

    def _on(self, from_currency: str, to_currency: str, day: date) -> Fraction:
        as_it_stands = self._published.get((from_currency, to_currency), {}).get(day)
        if as_it_stands is not None:
            return Fraction(as_it_stands)
        return 1 / Fraction(self._published[to_currency, from_currency][day])


def _rounded(rate: Fraction) -> Decimal | None:
    units = round(rate * _UNIT)  # half-even, and of the exact ratio: nothing was rounded before
    if not 0 < units < _LIMIT:
        return None
    whole, decimals = divmod(units, _UNIT)
    # From text, since arithmetic would round to the 28 digits of the ambient context.
    return Decimal(f"{whole}.{decimals:0{RATE_DECIMALS}}".rstrip("0").rstrip("."))
