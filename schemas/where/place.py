"""Faults of conditions, shown with the text and a caret under the place."""

import unicodedata

from schemas.errors import UsageError

SHOWN_BEFORE, SHOWN_IN_ALL = 40, 74


class ConditionError(UsageError):
    """A condition that cannot be followed: why, with its text and a caret under the place, and how to fix it."""

    def __init__(self, text: str, place: int, why: str, fix: str) -> None:
        """Mark the place in the text."""
        super().__init__(f"{why}\n{_marked(text, place)}", fix)


def _marked(text: str, place: int) -> str:
    """The part of a text around a place on one line, and on the next a caret under the place."""
    start = max(0, place - SHOWN_BEFORE) if len(text) > SHOWN_IN_ALL else 0
    part = text[start : start + SHOWN_IN_ALL]
    before, after = "…" * (start > 0), "…" * (start + SHOWN_IN_ALL < len(text))
    shown = f"{before}{''.join(map(_visible, part))}{after}"
    indent = len(before) + sum(_width(_visible(sign)) for sign in part[: place - start])
    return f"  {shown}\n  {' ' * indent}^"


def _visible(sign: str) -> str:
    """A character as one that neither ends the line nor moves the cursor."""
    if sign.isspace():
        return " "
    return sign if sign.isprintable() or unicodedata.combining(sign) else "\N{REPLACEMENT CHARACTER}"


def _width(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1
