"""Bars of characters for a terminal: as long as a value is large, to an eighth of a character."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

BLOCKS = " ▏▎▍▌▋▊▉"
FULL, BELOW_ZERO = "█", "▒"
ASCII, ASCII_BELOW_ZERO = "#", "-"


def bars(values: Sequence[Decimal | int | None], width: int, *, blocks: bool = True) -> list[str]:
    """A bar for each value, the largest `width` long; a value below zero has one of another shade.

    A value that is not zero has a bar that can be seen, one that is zero or not known has none. Without `blocks` they
    are of ASCII characters, whole ones only.
    """
    known = [Decimal(value or 0) for value in values]
    largest = max(map(abs, known), default=Decimal(0))
    return [_bar(value / largest, width, blocks=blocks) if value else "" for value in known]


def _bar(share: Decimal, width: int, *, blocks: bool) -> str:
    if share < 0 or not blocks:
        full, below = (FULL, BELOW_ZERO) if blocks else (ASCII, ASCII_BELOW_ZERO)
        return (below if share < 0 else full) * max(1, _rounded(abs(share) * width))
    whole, eighths = divmod(max(1, _rounded(share * width * 8)), 8)
    return FULL * whole + (BLOCKS[eighths] if eighths else "")


def _rounded(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), rounding=ROUND_HALF_UP))
