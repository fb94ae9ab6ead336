"""The words of a condition: names, texts in quotes, numbers, days, and signs, each with its place in the text."""

import re
from dataclasses import dataclass
from typing import Literal

from schemas.where.place import ConditionError

Kind = Literal["word", "text", "number", "day", "sign", "end"]
LONGEST = 10_000
RESERVED = frozenset({"and", "or", "not", "in", "is", "empty", "contains", "starts", "with", "between"})
"""Words of the grammar: as a text they stand in quotes."""
_TOKENS = re.compile(
    r"""\s*(?:
    (?P<text>'(?:[^']|'')*')
    | (?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w.]))
    | (?P<number>[0-9]+(?:\.[0-9]+)?%?(?![\w.]))
    | (?P<word>today(?![\w.@])(?!-[^\W\d])|[^\W\d](?:[\w.@&-]*\w)?)
    | (?P<sign><=|>=|!=|[=<>(),+-])
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_INSTEAD = {
    '"': "Write text in single quotes, such as 'Closed Won'.",
    "!": "Write != for: is not equal.",
}
_TYPOGRAPHIC = "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{SINGLE LOW-9 QUOTATION MARK}"
_TYPOGRAPHIC += "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}"


@dataclass(frozen=True)
class Token:
    """A word of a condition: what it says, without quotes, and the place of its first character."""

    kind: Kind
    text: str
    place: int

    def says(self, *words: str) -> bool:
        """Whether it is one of the grammar's words or signs, in any case."""
        return self.kind in {"word", "sign"} and self.text.casefold() in words


def tokens(text: str) -> list[Token]:
    """The words of a condition, and its end."""
    if len(text) > LONGEST:
        why = f"The condition has {len(text):,} characters; at most {LONGEST:,} are read."
        raise ConditionError(text, LONGEST, why, "Write a shorter one.")
    found: list[Token] = []
    place = 0
    while rest := text[place:].lstrip():
        place = len(text) - len(rest)
        match = _TOKENS.match(text, place)
        if match is None:
            raise _unknown(text, place)
        kind: Kind = match.lastgroup  # type: ignore[assignment]  # the groups are named by the kinds
        said = match[kind]
        if kind == "text":
            said = said[1:-1].replace("''", "'")
            _refuse_what_is_no_text(text, place, said)
        found.append(Token(kind, said, place))
        place = match.end()
    return [*found, Token("end", "", len(text.rstrip()))]


def _unknown(text: str, place: int) -> ConditionError:
    sign = text[place]
    if sign == "'":
        fix = "Close it with '; a quote within a text is doubled, as in 'O''Neill'."
        return ConditionError(text, place, "This text has no closing quote.", fix)
    if sign.isdigit():
        said = re.split(r"[^\w.,-]", text[place:])[0]
        why = f"'{said}' is no number and no day."
        return ConditionError(text, place, why, "Write 1200.50 or 2026-11-30, and an id such as '007a' in quotes.")
    fix = _INSTEAD['"'] if sign in _TYPOGRAPHIC else _INSTEAD.get(sign, "Write text that is no single word in quotes.")
    return ConditionError(text, place, f"{sign!a} is not understood here.", fix)


def _refuse_what_is_no_text(text: str, place: int, said: str) -> None:
    for sign in said:
        if sign == "\0" or "\ud800" <= sign <= "\udfff":
            raise ConditionError(text, place, f"This text has {sign!a}, which no stored text has.", "Take it out.")
