"""Which of several readings of the same bytes is how people spell: every word is a witness."""

import re
from collections.abc import Collection

CYRILLIC = "windows-1251"
FEWEST_LETTERS = 3
WORDS_AGAINST, WORDS_FOR = 10, 20

_WESTERN = re.compile(
    r"è[bcdfghjlmnpqrstvz]{1,2}u?e|[a-z]ès$|[a-z]à$|^où$|iù$|[bcdghlmnprstv]ò$"  # Genève, Società, Nicolò
    r"|ê[mnrv]|êche|[fbt]ête|[oé]rêt|arrêt|enêtr"  # même, pêche, forêt, fenêtre
    r"|ñ[aeiouáéíóú]|ã[oe]|ões$|[aou]ï[bcdflmnqrstvz]|[a-z]oû|^œ|œu"  # España, São, Loïc, goût, cœur
    r"|å(?![pžčbz])|æ[rlsdgv]|(?<![aeiouyáéíóúý])ø(?![aeiuyáéíóúý])"  # Åkesson, Færøy, Bjørn
    r"|^[€£¥§°²³¼½¾–—“”„…«»©®™•]+$"
)
_CENTRAL = re.compile(
    r"č[aeiouyáéíóúůýěk]|[mnbpvdtf]ě.|ů.|[aeiouyáéěíóúůý]ř|ř[aeiuáéěíůúo]|ň[aeiousk]|[aeouáíů]ň$"  # České, Plzeň
    r"|[a-z]ď$|ď[aouk]|[bcdfghjklmnprstvzžč]ĺ[pžčbz]|ć$|ć[aeiou]|ń([bcdfghjklmnprstwz]|$)|ę[bdgkpż]|ę$"  # Gdańsk
    r"|ś[cnlwmpr]|ő[sr]|őke|ő$|mű|gyű|tű$|űz|űs|ă[rtlcdmbpvzu]"  # Ślusarz, Győr, Bacău
    r"|ł[aoyiueó]|[a-z]ł$|dź$|ż[aeyou]|ą([bcdgklmnprstwzż]|$)|[a-z]ş"  # Łódź, Iaşi
)
_CYRILLIC_WORD = re.compile(r"[\u0400-\u04ff]{3,}")
_CYRILLIC_VOWEL = re.compile("[аеёиійоуыэюяєїъ]")
_TYPICAL = {"windows-1252": _WESTERN, "iso-8859-15": _WESTERN, "windows-1250": _CENTRAL, CYRILLIC: _CYRILLIC_WORD}

# A symbol may follow a word (m², Nº), and typographic marks stand everywhere; ¤ stands where € was meant.
_SYMBOL = "£¤¥¦§©¬®¯±²³µ¶¹¼½¾×÷‡†‰"
_SYMBOL_INSIDE = re.compile(rf"[^\W\d_][¡¢¨ª«°º»¿{_SYMBOL}]+[^\W\d_]|[{_SYMBOL}][^\W\d_]")
_NEVER = re.compile("[\x80-\x9f¤]|^ŕ$")


def fault(word: str, encoding: str) -> bool:
    """Whether nobody spells so: marks or capitals within a word, letters of two scripts or without a vowel."""
    if _NEVER.search(word) or _SYMBOL_INSIDE.search(word):
        return True
    if any(_misplaced(*around) for around in zip(word, word[1:], f"{word[2:]} ", strict=False)):
        return True
    letters = [letter for letter in word if letter.isalpha()]
    if encoding == CYRILLIC:
        foreign = sum("\u0400" <= letter <= "\u04ff" for letter in letters)
        return 0 < foreign < len(letters) or (foreign >= FEWEST_LETTERS and not _CYRILLIC_VOWEL.search(word.lower()))
    return len(letters) >= FEWEST_LETTERS and not any(map(str.isascii, letters))


def _misplaced(before: str, letter: str, behind: str) -> bool:
    """Whether a letter with an accent is a capital among small ones."""
    return letter.isupper() and not letter.isascii() and (before.islower() or (before.isupper() and behind.islower()))


def typical(word: str, encoding: str) -> bool:
    """Whether the letters stand as they do in a language that is written in this encoding."""
    return bool(_TYPICAL[encoding].search(word.lower()))


def _speaks_for(word: bytes, one: str, other: str) -> bool:
    """Whether a word is spelled in one encoding as people do, and in the other as nobody does, or as in no language."""
    first, second = word.decode(one), word.decode(other)
    if fault(first, one):
        return False
    return fault(second, other) or (typical(first, one) and not typical(second, other))


def beats(one: str, other: str, words: Collection[bytes]) -> bool:
    """Whether the words that differ speak for one encoding: not too few of them, and hardly any for the other."""
    differing = [word for word in words if word.decode(one) != word.decode(other)]
    ours = sum(_speaks_for(word, one, other) for word in differing)
    theirs = sum(_speaks_for(word, other, one) for word in differing)
    return ours * WORDS_FOR >= len(differing) and ours >= theirs * WORDS_AGAINST and ours > 0
