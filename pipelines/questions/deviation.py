"""How far a number is from an earlier one, in OroCRM's words: +3 (+150%)."""

from decimal import ROUND_HALF_UP, Decimal

MINUS = "\N{MINUS SIGN}"


def deviation(now: Decimal | int, past: Decimal | int, *, none: str = "No Changes", minus: str = "-") -> str:
    """The difference with its sign, amounts with 2 decimals, and what it is of the past in whole percent.

    The bracket is left out where the past is 0.
    """
    difference = now - past
    if not difference:
        return none
    shown = f"{abs(difference):,}"
    if isinstance(difference, Decimal):
        shown = f"{abs(difference).quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):,}"
    told = f"{_sign(difference, minus)}{shown}"
    if not past:
        return told
    share = Decimal(difference) / Decimal(past) * 100
    return f"{told} ({_sign(share, minus)}{abs(share).quantize(Decimal(1), rounding=ROUND_HALF_UP):,}%)"


def _sign(number: Decimal | int, minus: str) -> str:
    return "+" if number > 0 else minus
