"""The currency that a number format shows beside a number: the € of #,##0.00 [$€-407], of "€" 0.00, of 0.00 €."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from schemas.currencies import KNOWN_CURRENCIES, SIGNS

TOKEN = re.compile(
    r"""
    "(?P<quoted>[^"]*)"? | \\(?P<escaped>.) | [_*]. | \[\$(?P<money>[^\]]*)\]? | \[[^\]]*\]?
    | (?P<end>;) | (?P<digits>(?:[0#?.,/@%]|general|e[+-])+) | (?P<bare>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
SCALED = re.compile(r"[0#?],+(?:\.|$)")
NAMES = {"euro": "EUR", "euros": "EUR"}
"""What formats show in words, as codes: a text of an amount may not hold them."""
SHORTEST_SIGN = 2  # of those in letters that are looked for within words
AROUND = " \t\n\xa0\u2007\u2009\u202f()<>{}+-\u2010\u2011\u2012\u2013\u2014\u2212:;"
"""What stands between a sign and the digits, and says nothing."""


def sign_of(code: str) -> str:
    """The sign or code that a format shows beside a number; '' where it shows none.

    What is shown beside it and is more than a known sign, such as k€, stays as it is: the amount is no number then, as
    if it had been typed so. Only where the format itself divides by thousands is the sign taken out of it.
    """
    found = list(dict.fromkeys(sign for section in _sections(code) for sign in _signs(section)))
    if len(found) < 2:
        return "".join(found)
    known = [_currencies(sign) for sign in found]
    if frozenset.intersection(*known):
        return min(found, key=lambda sign: len(_currencies(sign)))
    return "/".join(found)


class Section(NamedTuple):
    """A part of a format, for positive numbers or for others: the texts around its digits, and the digits."""

    texts: list[str]
    stated: set[str]
    digits: list[str]


def _sections(code: str) -> Iterator[Section]:
    section = Section([""], set(), [])
    for token in TOKEN.finditer(code):
        if token["end"]:
            yield section
            section = Section([""], set(), [])
        elif token["digits"]:
            section.texts.append("")
            section.digits.append(token["digits"])
        elif token["money"] is not None:
            money = token["money"].partition("-")[0]
            section.texts[-1] += money
            section.stated.update(_words(money))
        else:
            section.texts[-1] += token["quoted"] or token["escaped"] or token["bare"] or " "
    yield section


def _signs(section: Section) -> Iterator[str]:
    scaled = SCALED.search("".join(section.digits))
    for text in section.texts:
        words = _words(text)
        signs = [word for word in words if _is_sign(word)]
        symbols = [letter for letter in text if unicodedata.category(letter) == "Sc"] + _hidden_in(words)
        if len(signs) == len(words):
            yield from signs
        elif scaled and symbols:
            yield from signs or symbols
        elif symbols or signs or not section.stated.isdisjoint(words):
            yield " ".join(words)


def _hidden_in(words: list[str]) -> list[str]:
    """The codes and signs within words, as in EUR/MWh, and behind a letter for thousands or millions, as in TEUR."""
    parts = [part for word in words for part in re.split(r"[^\w.]", word)]
    parts += [part[1:] for part in parts if part[:1] in {*"kKtTmM"} and len(part) > SHORTEST_SIGN]
    return [part for part in parts if part in KNOWN_CURRENCIES or (len(part) >= SHORTEST_SIGN and _is_sign(part))]


def _words(text: str) -> list[str]:
    return [NAMES.get(word.casefold(), word) for word in re.sub(r"\d", "", text).strip(AROUND).split()]


def _is_sign(word: str) -> bool:
    return word.casefold() in SIGNS or word in KNOWN_CURRENCIES


def _currencies(sign: str) -> frozenset[str]:
    return SIGNS.get(sign.casefold(), frozenset({sign}))
