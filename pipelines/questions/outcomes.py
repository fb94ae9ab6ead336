"""What many chances may bring together: the distribution of the sum of amounts that each come or do not come.

Each chance is taken as independent of the others. Few chances, or amounts with a common unit, are counted exactly.
Else the sum is worked out in steps, of a round amount of at most a thousandth of the standard deviation, or of the
common unit where that is larger. An amount between two steps is split over both so that its mean stays; the smallest
amounts, and those beyond the largest thousands, are taken together as a normal distribution of the same mean and
variance. What that distribution leaves out is estimated by its first term (Edgeworth): the skewness that those amounts
have in the whole, × 0.0665 at most.

Several distributions share the work that they may take, so that many take little longer than one: each counts fewer
outcomes and follows fewer of the largest amounts one by one.

Nothing is drawn by chance, so that the same chances always have the same outcomes.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from pipelines.questions.sums import NOTHING, Floats, Together, distribution, together

ONE_BY_ONE = 5000
"""How many of the largest amounts are never taken together."""
COUNTED = 300_000
"""How many additions it may take to count outcomes one by one."""
CELLS = 200_000_000
"""How many cells may be filled to work out every outcome in steps of the common unit."""
PER_DEVIATION = 1000
SMALL = 4
"""Amounts of so many steps at most are taken together."""
SKEWED = 0.0665
"""By how much of the skewness likelihoods are wrong at most, where that is left out."""
UNIT, MILLION = Decimal("0.0001"), 1_000_000


class Stake(NamedTuple):
    """Chances alike: what one brings if it comes, how likely that is, and how many there are of them."""

    amount: Decimal
    chance: Decimal
    number: int


@dataclass(frozen=True)
class Outcomes:
    """The possible sums, `base` + a place × `step` each, rising, and how likely it is that none beyond each comes.

    `alone` chances were followed one by one, `together` as a normal distribution, which makes likelihoods wrong by
    about `off`; the sums of an `exact` distribution are all there are.
    """

    base: Decimal
    step: Decimal
    places: Sequence[int]
    below: Floats
    exact: bool
    alone: int
    together: int = 0
    off: float = 0.0

    def percentile(self, fraction: float) -> Decimal:
        """The least sum that is not exceeded with a likelihood."""
        found = int(np.searchsorted(self.below, fraction))
        return self.base + self.step * self.places[min(found, len(self.places) - 1)]

    def at_least(self, amount: Decimal) -> float:
        """How likely a sum is that reaches an amount."""
        found = bisect_left(self.places, math.ceil((amount - self.base) / self.step))
        return max(0.0, 1 - float(self.below[found - 1])) if found else 1.0


class _Limits(NamedTuple):
    """How much work a distribution may take."""

    one_by_one: int
    counted: int = COUNTED
    cells: int = CELLS

    def shared(self, among: int) -> "_Limits":
        """The limits of each of several distributions."""
        if among == 1:
            return self
        one_by_one = min(self.one_by_one, max(100, 10 * ONE_BY_ONE // among))
        return _Limits(one_by_one, min(COUNTED, max(250, 4 * COUNTED // among)), CELLS // among)


def outcomes(
    stakes: Iterable[Stake], one_by_one: int = ONE_BY_ONE, others: Together = NOTHING, among: int = 1
) -> Outcomes:
    """What the stakes may bring together with others of which no more is known, as one `among` several such."""
    base, open_ = Decimal(0), []
    for stake in stakes:
        amount, chance, number = stake
        if amount < 0:
            # what takes something away if it comes, gives it back if it does not
            base, amount, chance = base + amount * number, -amount, 1 - chance
        if chance == 1:
            base += amount * number
        elif amount and chance:
            open_.append(Stake(amount, chance, number))
    open_.sort(key=lambda stake: (stake.amount, stake.chance))
    limits = _Limits(one_by_one).shared(among)
    exact = None if others.number else _counted(base, open_, limits.counted) or _in_units(base, open_, limits)
    return exact or _stepped(base, open_, others, limits)


def _counted(base: Decimal, stakes: list[Stake], most: int) -> Outcomes | None:
    """Every sum with its likelihood in whole numbers; None where that takes too long."""
    sums, additions, alone = {0: 1}, 0, sum(stake.number for stake in stakes)
    if alone * (alone + 1) // 2 > most:
        return None
    for amount, chance, number in stakes:
        size, comes = int(amount / UNIT), int(chance * MILLION)
        for _ in range(number):
            additions += len(sums)
            if additions > most:
                return None
            grown = {place: weight * (MILLION - comes) for place, weight in sums.items()}
            for place, weight in sums.items():
                grown[place + size] = grown.get(place + size, 0) + weight * comes
            sums = grown
    places = sorted(sums)
    below = np.array([weight / MILLION**alone for weight in accumulate(sums[place] for place in places)])
    return Outcomes(base, UNIT, places, below, exact=True, alone=alone)


def _in_units(base: Decimal, stakes: list[Stake], limits: _Limits) -> Outcomes | None:
    """Every sum in steps of the common unit of the amounts; None where that takes too long."""
    every, unit = sum(stake.number for stake in stakes), _unit(stakes)
    whole = sum((stake.amount * stake.number for stake in stakes), Decimal(0)) / unit
    if every > limits.one_by_one or whole * every > limits.cells:
        return None
    places, below = distribution(stakes, unit)
    return Outcomes(base, unit, places, below, exact=True, alone=every)


def _stepped(base: Decimal, stakes: list[Stake], others: Together, limits: _Limits) -> Outcomes:
    """The sums in steps of a round amount, or of the common unit."""
    every = together(stakes).and_(others)
    deviation = math.sqrt(every.variance)
    step, unit = _round_below(deviation / PER_DEVIATION), _unit(stakes)
    in_units = unit > step
    step, small = (unit, Decimal(0)) if in_units else (step, step * SMALL)
    alone, left = _apart(stakes, limits.one_by_one, small)
    apart = together(left).and_(others)
    places, below = distribution(alone, step, apart)
    number = every.number - apart.number
    off = SKEWED * apart.third / deviation**3
    return Outcomes(base, step, places, below, in_units and not apart.number, number, apart.number, off)


def _unit(stakes: list[Stake]) -> Decimal:
    """The common unit of the amounts."""
    return Decimal(math.gcd(*(int(stake.amount / UNIT) for stake in stakes))) * UNIT


def _apart(stakes: list[Stake], one_by_one: int, small: Decimal) -> tuple[list[Stake], list[Stake]]:
    """The largest stakes, smallest first, and the others."""
    alone, left_over, left = [], [], one_by_one
    for amount, chance, number in reversed(stakes):
        taken = min(number, left) if amount > small else 0
        left -= taken
        alone += [Stake(amount, chance, taken)] if taken else []
        left_over += [Stake(amount, chance, number - taken)] if taken < number else []
    return alone[::-1], left_over


def _round_below(size: float) -> Decimal:
    """The largest of 1, 2 and 5 × a power of ten that is not above a size, or the least unit."""
    power = Decimal(10) ** math.floor(math.log10(size))
    found = max((power * digit for digit in (1, 2, 5) if power * digit <= Decimal(size)), default=power)
    return max(found, UNIT)
