"""How headers, and words of lists, are compared: without regard to case, surplus space and what decorates them."""

import re

_TRAILING = re.compile(r"[\s*:]+$")


def folded(header: str) -> str:
    """A header as headers are compared: without regard to case, surplus space, marks of required fields, joiners."""
    plain = header.replace("\N{ZERO WIDTH JOINER}", "").replace("\N{ZERO WIDTH NO-BREAK SPACE}", "")
    return " ".join(_TRAILING.sub("", plain).split()).casefold()


def folded_word(word: str) -> str:
    """A word of a list, or a pattern of headers with its star, without regard to case and surplus space."""
    return " ".join(word.split()).casefold()
