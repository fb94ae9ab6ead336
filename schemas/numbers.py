"""One number in the notation of any locale, exactly: thousands and decimal marks, currency signs, negatives.

Decimal marks are the point and the comma. Thousands are grouped by whichever of the two is not the decimal mark, by
an apostrophe or by a space, in threes (India: in twos above the last three). A number in parentheses, or with a minus
behind it, is negative. What may stand beside the digits is a currency sign or an ISO code.
"""

import re
from typing import NamedTuple

_SPACES = r" \u00a0\u2009\u202f"
_NUMBER = re.compile(
    rf"""^(?P<open>\(?)\s*(?P<minus>[+-]?)\s*(?P<before>[^\d\s+\-().,'][^\d+\-(),']*?)?\s*(?P<inner>[+-]?)\s*
    (?P<digits>[.,]?\d(?:[\d.,'\u2019{_SPACES}]*\d)?[.,]?)(?P<power>[eE][+-]?\d{{1,3}})?\s*
    (?P<after>[^\d\s+\-().,'][^\d+\-(),']*?)?\s*(?P<close>\)?)\s*(?P<behind>-?)$""",
    re.VERBOSE | re.ASCII,
)
_PLAIN = re.compile(r"^(\d+\.?\d*|\.\d+)$", re.ASCII)
_GROUPED = re.compile(rf"^\d{{1,3}}(?:[{_SPACES}]\d{{3}})+$|^\d{{1,3}}(?:['\u2019]\d{{3}})+$")
_GROUPS = {
    mark: re.compile(rf"^\d{{1,3}}(?:\{mark}\d{{3}})+$|^\d{{1,2}}(?:\{mark}\d{{2}})+\{mark}\d{{3}}$") for mark in ".,"
}
_OTHER = {".": ",", ",": "."}


class Number(NamedTuple):
    """A number text taken apart: its digits with marks, sign, power of ten and what stands beside them."""

    digits: str
    negative: bool
    power: str
    beside: str


def take_apart(text: str) -> Number | None:
    """The parts of a number; None where the text is no number in any notation."""
    found = _NUMBER.match(text.replace("\N{MINUS SIGN}", "-"))
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    before, after = (found["before"] or "").strip(), (found["after"] or "").strip()
    signs = [bool(found["open"]), found["minus"] == "-", found["inner"] == "-", found["behind"] == "-"]
    if (before and after) or sum(signs) > 1 or (found["minus"] and found["inner"]):
        return None
    digits = found["digits"].strip()
    if found["power"] and not _PLAIN.match(digits):
        return None
    return Number(digits, any(signs), found["power"] or "", before or after)


def fits(digits: str) -> frozenset[str]:
    """The decimal marks under which digits with marks are a number; both where the two readings give two numbers.

    Digits without a point or a comma are the same number under both.
    """
    return frozenset(mark for mark in ".," if plain_digits(digits, mark) is not None)


def tells(digits: str) -> bool:
    """Whether the decimal mark makes a difference: the digits hold a point or a comma."""
    return "." in digits or "," in digits


def plain_digits(digits: str, mark: str) -> str | None:
    """The digits with a point before their decimals, read with a decimal mark; None where they are none so."""
    whole, _, decimals = digits.partition(mark)
    if mark in decimals or (decimals and not decimals.isdecimal()):
        return None
    plain = _ungrouped(whole, _OTHER[mark])
    if plain is None or not (plain or decimals):
        return None
    return f"{plain or '0'}.{decimals}" if decimals else plain


def _ungrouped(whole: str, mark: str) -> str | None:
    """Whole digits without their thousands marks; None where those do not stand between groups of three."""
    if not whole or whole.isdecimal():
        return whole
    if mark in whole:
        if not _GROUPS[mark].match(whole) or whole.startswith("0"):
            return None
        return whole.replace(mark, "")
    return re.sub(r"\D", "", whole) if _GROUPED.match(whole) else None
