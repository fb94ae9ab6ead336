"""Names of companies: which spellings are one name, by case, spacing, punctuation, accents and legal form."""

import re
from typing import NamedTuple
from unicodedata import category, normalize

FORMS = {
    "inc": "incorporated",
    "corp": "corporation",
    "co": "company",
    "ltd": "limited",
    "pty": "proprietary",
    "pvt": "private, pte",
    "llc": "l l c, limited liability company",
    "plc": "public limited company",
    "gmbh": "mbh, gesellschaft mit beschrankter haftung",
    "ag": "aktiengesellschaft",
    "kg": "kommanditgesellschaft",
    "ug": "ug haftungsbeschrankt",
    "sa": "s a, societe anonyme, sociedad anonima",
    "sarl": "s a r l",
    "sas": "s a s",
    "spa": "s p a, societa per azioni",
    "srl": "s r l",
    "sl": "s l",
    "bv": "b v, besloten vennootschap",
    "nv": "n v, naamloze vennootschap",
    "oy": "osakeyhtio",
    "ab": "aktiebolag",
    "as": "a s, asa, aksjeselskap",
    "aps": "anpartsselskab",
    "spzoo": "sp zoo, spz oo, sp z oo, sp z o o",
    "sro": "s r o",
    "doo": "d o o",
    "sadecv": "sa de cv, sab de cv",
    "sderl": "s de rl, s de rl de cv",
}
"""Legal forms at the end of a name, and how else each is written."""
ONE_SPELLING = """
    llp lp pllc kgaa ohg gbr ek ev eg se sasu eurl snc sci scs srls sapa slu sau vof bvba oyj hf ehf kft zrt nyrt bt
    eood ood uab sia ltda lda eireli jsc pjsc ojsc cjsc bhd sdn kk gk
    """
LESS_TELLING = {"co", "pty", "pvt", "sdn"}
"""Say nothing beside another form: Co. Ltd. and Pty Ltd are Ltd, GmbH & Co. KG is GmbH and KG."""

_SPELLED = {(form,): form for form in (*FORMS, *ONE_SPELLING.split())} | {
    tuple(words.split()): form for form, spellings in FORMS.items() for words in spellings.split(", ")
}
_LONGEST = max(map(len, _SPELLED))
_ENDS = {words[-1] for words in _SPELLED}

_INSIDE = re.compile(r"[.'`\u2018\u2019\u00b4\u02bc\u00ad\u200b-\u200f\u2060\ufeff]|(?<=\b\w)/(?=\w\b)")
"""Dots, apostrophes and what nobody sees are left out of words: S.A. is SA, O'Neill is ONeill; and A/S is AS."""
_ASCII = {code: None if chr(code) in ".'`" else " " for code in range(128) if not re.match(r"[\w+#]", chr(code))}
_ASCII |= {ord("_"): " "} | {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
"""What an ASCII character becomes in one pass: most names are ASCII, and there are many names."""
_ACCENTS = re.compile("(?<=[a-z\u0370-\u03ff])[\u0300-\u036f]+")
"""After Latin and Greek letters only: elsewhere a mark makes another letter, as in й or が."""
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_CONNECTIVES = {"and", "et", "und"}


class NameKey(NamedTuple):
    """What a name comes down to: its words without the legal form, and that form ('' without one)."""

    words: str
    form: str


def name_key(name: str) -> NameKey:
    """The key of a name: 'Zürcher  Werkzeugbau A.G.' is ('zurcher werkzeugbau', 'ag'); words are never empty."""
    folded = _folded(name)
    words = (folded.translate(_ASCII) if folded.isascii() else _words(folded)).split()
    if not words:
        return NameKey(" ".join(folded.split()) or name, "")
    if not _CONNECTIVES.isdisjoint(words):
        words = [words[0], *(word for word in words[1:-1] if word not in _CONNECTIVES), *words[1:][-1:]]
    forms: list[str] = []
    while len(words) > 1 and words[-1] in _ENDS and (length := _form_at_end(words)):
        forms.insert(0, _SPELLED[tuple(words[-length:])])
        del words[-length:]
    telling = [form for form in forms if form not in LESS_TELLING] or forms
    return NameKey(" ".join(words), " ".join(dict.fromkeys(telling)))


def match_key(name: str) -> str:
    """The words of a name's key: equal for names that differ in spelling or legal form only."""
    return name_key(name).words


def may_be_one(one: NameKey, other: NameKey) -> bool:
    """Whether two names can be one company's: Acme and Acme Inc. can, Acme AG and Acme GmbH cannot."""
    return one.words == other.words and (one.form == other.form or not one.form or not other.form)


def _folded(name: str) -> str:
    if name.isascii():
        return _INSIDE.sub("", name.lower()) if "/" in name else name
    text = _INSIDE.sub("", normalize("NFD", name)).casefold()
    text = normalize("NFKD", normalize("NFKD", text).casefold())
    return _INSIDE.sub("", _ACCENTS.sub("", text).translate(_LETTERS))


def _words(folded: str) -> str:
    """The text with a blank for all but letters, digits, marks, + and #."""
    return "".join(sign if sign in "+#" or category(sign)[0] in "LNM" else " " for sign in folded)


def _form_at_end(words: list[str]) -> int:
    """How many words at the end are a legal form, at most all but the first."""
    lengths = range(min(_LONGEST, len(words) - 1), 0, -1)
    return next((length for length in lengths if tuple(words[-length:]) in _SPELLED), 0)
