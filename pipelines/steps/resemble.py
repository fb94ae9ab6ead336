"""Which known names a new one may be a misspelling of: typing errors, another order of words, blanks, words like Group.

Names are compared as keys (schemas/names.py), and only with those that begin their words with the same letters and have
the same numbers and short words: names differ there on purpose (Plant 12 and Plant 13, Fund II and Fund III).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist, extract

LEAST_LIKENESS = 88
"""Of the 100 that equal names have, by rapidfuzz's ratio; below lie too many names of different companies."""
SHORT_WORD, LONG_WORD = 3, 8
"""Words of up to 3 letters must be equal, of up to 7 one typing error is borne, of 8 and more two."""
WEAK_WORDS = {"the", "group", "gruppe", "groupe", "holding", "holdings", "international"}
PAIRS_AT_ONCE = 4_000_000

Key = str


def likeness(one: Key, other: Key) -> int:
    """How alike two names are, from 0 to 100, whatever the order of their words."""
    return round(fuzz.token_sort_ratio(one, other))


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The dozen of the known names most like one, in any case; the likest first."""
    return [near for near, _, _ in extract(name, known, scorer=fuzz.WRatio, processor=str.casefold, limit=12)]


def resembling(keys: Iterable[Key], known: Iterable[Key]) -> dict[Key, list[Key]]:
    """The known keys that each of the keys resembles, in alphabetical order; keys that resemble none are left out."""
    asked = list(dict.fromkeys(keys))
    found: dict[Key, set[Key]] = defaultdict(set)
    known = list(dict.fromkeys(known))
    for key, near in (*_by_spacing(asked, known), *_by_letters(asked, known)):
        if near != key:
            found[key].add(near)
    return {key: sorted(found[key]) for key in asked if key in found}


def _by_spacing(asked: Sequence[Key], known: Iterable[Key]) -> Iterable[tuple[Key, Key]]:
    wanted: dict[str, list[Key]] = defaultdict(list)
    for key in asked:
        wanted[key.replace(" ", "")].append(key)
    for near in known:
        for key in wanted.get(near.replace(" ", ""), ()):
            yield key, near


def _by_letters(asked: Sequence[Key], known: Iterable[Key]) -> Iterable[tuple[Key, Key]]:
    wanted: dict[str, list[Key]] = defaultdict(list)
    for key in asked:
        wanted[_block(key)].append(key)
    blocks: dict[str, list[Key]] = {block: [] for block in wanted}
    for near in known:
        block = blocks.get(_block(near))
        if block is not None:
            block.append(near)
    for name, block in blocks.items():
        yield from _alike(wanted[name], block)


def _words(key: Key) -> list[str]:
    words = sorted(key.split())
    return [word for word in words if word not in WEAK_WORDS] or words


def _block(key: Key) -> str:
    """The first letters of the words, and whole the words that must be equal."""
    return " ".join(sorted(word[0] if _may_be_misspelt(word) else word for word in _words(key)))


def _may_be_misspelt(word: str) -> bool:
    return len(word) > SHORT_WORD and word.isalpha()


def _alike(asked: Sequence[Key], known: Sequence[Key]) -> Iterable[tuple[Key, Key]]:
    if not known:
        return
    texts = [" ".join(_words(key)) for key in known]
    at_once = max(1, PAIRS_AT_ONCE // len(known))
    for start in range(0, len(asked), at_once):
        some = asked[start : start + at_once]
        queries = [" ".join(_words(key)) for key in some]
        scores = cdist(queries, texts, scorer=fuzz.ratio, score_cutoff=LEAST_LIKENESS, dtype=np.uint8)
        for one, other in zip(*np.nonzero(scores), strict=True):
            if _misspelt(queries[one], texts[other]):
                yield some[one], known[other]


def _misspelt(one: str, other: str) -> bool:
    """Whether two names have the same words but for typing errors."""
    left, right = Counter(one.split()), Counter(other.split())
    pairs = zip(sorted((left - right).elements()), sorted((right - left).elements()), strict=True)
    return all(_same_word(*pair) for pair in pairs)


def _same_word(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    errors = 0 if shorter <= SHORT_WORD else 1 if shorter < LONG_WORD else 2
    return one[0] == other[0] and OSA.distance(one, other, score_cutoff=errors) <= errors
