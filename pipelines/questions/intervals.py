"""Shares of a whole, and how sure one is that was counted: the interval of Wilson."""

from decimal import Decimal

NINETY_FIVE = Decimal("1.959963984540054")
"""The standard deviations within which 95 % of a normal distribution lie."""


def share(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """A part of a whole; nothing is no share of nothing."""
    return Decimal(part) / whole if whole else None


def wilson(part: int, whole: int) -> tuple[Decimal, Decimal]:
    """Between which shares the true one lies at 95 %, where so many of a whole, which is not 0, were counted.

    E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference (1927), the score interval.
    """
    counted, square = Decimal(part) / whole, NINETY_FIVE**2
    middle = counted + square / (2 * whole)
    half = NINETY_FIVE * (counted * (1 - counted) / whole + square / (4 * Decimal(whole) ** 2)).sqrt()
    scale = 1 + square / whole
    # none and all are the ends themselves, which the root may miss by its last digit
    low = (middle - half) / scale if part else Decimal(0)
    return low, (middle + half) / scale if part < whole else Decimal(1)
