"""What many chances may bring together: the distribution of the sum of amounts that each come or do not come.

Each chance is taken as independent of the others. Few chances, or amounts with a common unit, are counted exactly.
Else the sum is worked out in steps, of a round amount of at most a thousandth of the standard deviation. An amount
between two steps is split over both so that its mean stays; the smallest amounts, and those beyond the largest
thousands, are taken together as a normal distribution of the same mean and variance. What that distribution leaves out
is estimated by its first term (Edgeworth): the skewness that those amounts have in the whole, × 0.0665 at most.

Nothing is drawn by chance, so that the same chances always have the same outcomes.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ONE_BY_ONE = 5000
"""How many of the largest amounts are never taken together."""
COUNTED = 300_000
"""How many additions it may take to count outcomes one by one."""
CELLS = 200_000_000
"""How many cells may be filled to work out every outcome in steps of the common unit."""
PER_DEVIATION = 1000
SMALL = 4
"""Amounts of so many steps at most are taken together."""
TAIL = 1e-10
"""What is less likely than this in all is put to the nearest outcome that is likelier."""
ROUNDED = 1e-12
"""What the rounding of floats may take away from a sum of likelihoods."""
WIDTH = 8
"""How many standard deviations to each side a normal distribution is followed."""
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


def outcomes(stakes: Iterable[Stake], one_by_one: int = ONE_BY_ONE) -> Outcomes:
    """What the stakes may bring together."""
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
    return _counted(base, open_) or _stepped(base, open_, one_by_one)


def _counted(base: Decimal, stakes: list[Stake]) -> Outcomes | None:
    """Every sum with its likelihood in whole numbers; None where that takes too long."""
    sums, additions, alone = {0: 1}, 0, sum(stake.number for stake in stakes)
    if alone * (alone + 1) // 2 > COUNTED:
        return None
    for amount, chance, number in stakes:
        size, comes = int(amount / UNIT), int(chance * MILLION)
        for _ in range(number):
            additions += len(sums)
            if additions > COUNTED:
                return None
            grown = {place: weight * (MILLION - comes) for place, weight in sums.items()}
            for place, weight in sums.items():
                grown[place + size] = grown.get(place + size, 0) + weight * comes
            sums = grown
    places = sorted(sums)
    below = np.array([weight / MILLION**alone for weight in accumulate(sums[place] for place in places)])
    return Outcomes(base, UNIT, places, below, exact=True, alone=alone)


def _stepped(base: Decimal, stakes: list[Stake], one_by_one: int) -> Outcomes:
    """The sums in steps: of the common unit of the amounts where that is coarse enough, else of a round amount."""
    every = sum(stake.number for stake in stakes)
    unit = Decimal(math.gcd(*(int(stake.amount / UNIT) for stake in stakes))) * UNIT
    whole = sum((stake.amount * stake.number for stake in stakes), Decimal(0)) / unit
    if every <= one_by_one and whole * every <= CELLS:
        places, below = _convolved(_parts(stakes, unit), np.ones(1), 0)
        return Outcomes(base, unit, places, below, exact=True, alone=every)
    deviation = math.sqrt(_moment(stakes, 2))
    step = _round_below(deviation / PER_DEVIATION)
    alone, together = _apart(stakes, one_by_one, step * SMALL)
    places, below = _convolved(_parts(alone, step), *_normal(together, step))
    number = sum(stake.number for stake in together)
    off = 0.0665 * _moment(together, 3) / deviation**3
    return Outcomes(base, step, places, below, exact=False, alone=every - number, together=number, off=off)


def _apart(stakes: list[Stake], one_by_one: int, small: Decimal) -> tuple[list[Stake], list[Stake]]:
    """The largest stakes, smallest first, and the others."""
    alone, together, left = [], [], one_by_one
    for amount, chance, number in reversed(stakes):
        taken = min(number, left) if amount > small else 0
        left -= taken
        alone += [Stake(amount, chance, taken)] if taken else []
        together += [Stake(amount, chance, number - taken)] if taken < number else []
    return alone[::-1], together


def _moment(stakes: list[Stake], power: int) -> float:
    """The variance of a sum (2), or the sum of the sizes of its third cumulants (3)."""

    def of_one(chance: float) -> float:
        return chance * (1 - chance) * (abs(1 - 2 * chance) if power == 3 else 1.0)

    return math.fsum(number * float(amount) ** power * of_one(float(chance)) for amount, chance, number in stakes)


def _round_below(size: float) -> Decimal:
    """The largest of 1, 2 and 5 × a power of ten that is not above a size, or the least unit."""
    power = Decimal(10) ** math.floor(math.log10(size))
    found = max((power * digit for digit in (1, 2, 5) if power * digit <= Decimal(size)), default=power)
    return max(found, UNIT)


def _normal(stakes: list[Stake], step: Decimal) -> tuple[Floats, int]:
    """The normal distribution with the mean and variance of stakes, in steps, and the first of them."""
    mean = float(sum((stake.amount * stake.chance * stake.number for stake in stakes), Decimal(0)) / step)
    deviation = math.sqrt(_moment(stakes, 2)) / float(step)
    if not deviation:
        return np.ones(1), 0
    first, last = math.floor(mean - WIDTH * deviation), math.ceil(mean + WIDTH * deviation)
    edges = [(place - 0.5 - mean) / deviation / math.sqrt(2) for place in range(first, last + 2)]
    below = np.array([math.erfc(-edge) / 2 for edge in edges])
    below[0], below[-1] = 0.0, 1.0
    return np.diff(below), first


def _parts(stakes: list[Stake], step: Decimal) -> Iterator[tuple[int, float, float]]:
    """For each chance the step below its amount, how likely that one comes, and how likely the next one."""
    for amount, chance, number in stakes:
        place, beyond = divmod(amount, step)
        upper = float(chance * beyond / step)
        yield from [(int(place), float(chance) - upper, upper)] * number


def _convolved(parts: Iterable[tuple[int, float, float]], likely: Floats, first: int) -> tuple[range, Floats]:
    """The places of a distribution, from the first, to which chances are added, and how likely none beyond each is."""
    for number, (place, lower, upper) in enumerate(parts, 1):
        width = len(likely)
        grown = np.zeros(width + place + 1)
        grown[:width] = likely * (1 - lower - upper)
        grown[place : place + width] += likely * lower
        grown[place + 1 :] += likely * upper
        likely = grown
        if number % 16 == 0:
            likely, first = _without_tails(likely, first)
    return range(first, first + len(likely)), np.cumsum(likely) + ROUNDED


def _without_tails(likely: Floats, first: int) -> tuple[Floats, int]:
    below = np.cumsum(likely)
    start, end = np.searchsorted(below, [TAIL, below[-1] - TAIL])
    kept = likely[start : end + 1].copy()
    kept[0] += likely[:start].sum()
    kept[-1] += likely[end + 1 :].sum()
    return kept, first + int(start)
