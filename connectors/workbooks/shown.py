"""How a number format shows a number: as such, in percent, as a moment or as a span of time; and as which money."""

import re
from enum import Enum
from typing import NamedTuple

from connectors.workbooks.signs import sign_of


class Shown(Enum):
    """What the number in a cell stands for."""

    NUMBER = "number"
    PERCENT = "percent"
    MOMENT = "moment"
    SPAN = "span"


class Format(NamedTuple):
    """A number format: what it shows a number as, and the currency sign that it shows beside it."""

    shown: Shown = Shown.NUMBER
    sign: str = ""


BUILT_IN = {
    **dict.fromkeys([9, 10], Format(Shown.PERCENT)),
    # 27 to 36 and 50 to 58 are days and times of East Asian editions.
    **dict.fromkeys([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)], Format(Shown.MOMENT)),
    46: Format(Shown.SPAN),
}
"""The formats that a file names by number only; those of money show the sign of whoever looks, so they say none."""

SPAN = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]?')


def format_of(code: str) -> Format:
    """What a format such as 0.00%, dd/mm/yyyy or #,##0.00 [$€-407] makes of a number."""
    shown = _shown(code)
    return Format(shown, sign_of(code) if shown == Shown.NUMBER else "")


def _shown(code: str) -> Shown:
    bare = LITERAL.sub(lambda found: "h" if SPAN.fullmatch(found[0]) else "", code).partition(";")[0]
    if "%" in bare:
        return Shown.PERCENT
    if SPAN.search(code):
        return Shown.SPAN
    return Shown.MOMENT if re.search("[ymdhs]", bare, re.IGNORECASE) else Shown.NUMBER
