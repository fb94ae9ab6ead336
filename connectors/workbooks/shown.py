"""How a number format shows a number: as such, in percent, as a moment or as a span of time."""

import re
from enum import Enum


class Shown(Enum):
    """What the number in a cell stands for."""

    NUMBER = "number"
    PERCENT = "percent"
    MOMENT = "moment"
    SPAN = "span"


BUILT_IN = {
    **dict.fromkeys([9, 10], Shown.PERCENT),
    # 27 to 36 and 50 to 58 are days and times of East Asian editions.
    **dict.fromkeys([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)], Shown.MOMENT),
    46: Shown.SPAN,
}
"""The formats that a file names by number only."""

SPAN = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]?')


def shown(code: str) -> Shown:
    """What a format such as 0.00% or dd/mm/yyyy makes of a number."""
    bare = LITERAL.sub(lambda found: "h" if SPAN.fullmatch(found[0]) else "", code).partition(";")[0]
    if "%" in bare:
        return Shown.PERCENT
    if SPAN.search(code):
        return Shown.SPAN
    return Shown.MOMENT if re.search("[ymdhs]", bare, re.IGNORECASE) else Shown.NUMBER
