"""The distribution of a sum of amounts that each come or do not come, in steps, and what is known of many together."""

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Stakes = Iterable[tuple[Decimal, Decimal, int]]
"""Amounts, how likely each comes, and how many such there are."""

TAIL = 1e-10
"""What is less likely than this in all is put to the nearest outcome that is likelier."""
ROUNDED = 1e-12
"""What the rounding of floats may take away from a sum of likelihoods."""
WIDTH = 8
"""How many standard deviations to each side a normal distribution is followed."""


class Together(NamedTuple):
    """What is known of the sum of many amounts: their number, its mean, its variance.

    `third` has the sizes of the third cumulants of the amounts added up: how skew it is at most.
    """

    number: int
    mean: Decimal
    variance: float
    third: float

    def and_(self, other: "Together") -> "Together":
        """The same of these amounts and others."""
        mean, variance = self.mean + other.mean, self.variance + other.variance
        return Together(self.number + other.number, mean, variance, self.third + other.third)


NOTHING = Together(0, Decimal(0), 0.0, 0.0)


def together(stakes: Stakes) -> Together:
    """What is known of the sum of stakes."""
    told = list(stakes)
    mean = sum((amount * chance * number for amount, chance, number in told), Decimal(0))
    variance, third = (
        math.fsum(number * float(amount) ** power * _cumulant(float(chance), power) for amount, chance, number in told)
        for power in (2, 3)
    )
    return Together(sum(number for _, _, number in told), mean, variance, third)


def _cumulant(chance: float, power: int) -> float:
    """The variance of what comes as 1 or not (2), or the size of its third cumulant (3)."""
    return chance * (1 - chance) * (abs(1 - 2 * chance) if power == 3 else 1.0)


def distribution(stakes: Stakes, step: Decimal, others: Together = NOTHING) -> tuple[range, Floats]:
    """The places of the sums in steps, and how likely none beyond each is; the others as a normal distribution."""
    return _convolved(_parts(stakes, step), *_normal(others, step))


def _normal(of: Together, step: Decimal) -> tuple[Floats, int]:
    """The normal distribution of a mean and a variance, in steps, and the first of them."""
    mean, deviation = float(of.mean / step), math.sqrt(of.variance) / float(step)
    if not deviation:
        return np.ones(1), 0
    first, last = math.floor(mean - WIDTH * deviation), math.ceil(mean + WIDTH * deviation)
    edges = [(place - 0.5 - mean) / deviation / math.sqrt(2) for place in range(first, last + 2)]
    below = np.array([math.erfc(-edge) / 2 for edge in edges])
    below[0], below[-1] = 0.0, 1.0
    return np.diff(below), first


def _parts(stakes: Stakes, step: Decimal) -> Iterator[tuple[int, float, float]]:
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
