"""One cell to one value: words, tags, texts, each read in one place; numbers and days are read in columns.py.

A reader takes the texts of a column (n cells) and gives the values (n, null where blank or unreadable) and the faults.
Blank means empty or white space only.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.folding import folded_word

_WHOLE = re.compile(r"[0-9]{1,9}|[0-9]{1,3}(,[0-9]{3}){1,2}")


class Faulty(NamedTuple):
    """Cells that cannot be read: their indices in the column, the problem code and its detail."""

    indices: np.ndarray
    code: str
    detail: str = ""


class Read(NamedTuple):
    """The values of a column, what could not be read, and for amounts the currency signs beside them (else null)."""

    values: pa.Array
    faults: list[Faulty]
    signs: pa.Array | None = None


class UnreadableError(Exception):
    """Raised by the reader of one text; carries the problem code and its detail."""

    def __init__(self, code: str, detail: str = "") -> None:
        """Keep the facts; schemas/problems.py has the words."""
        super().__init__(code)
        self.code, self.detail = code, detail


def read_each(texts: pa.Array, type_: pa.DataType, read: Callable[[str, int], Any]) -> Read:
    """Every different text of a batch read once, told how many cells hold it; for columns in which values repeat."""
    encoded = texts.dictionary_encode()
    indices = np.asarray(encoded.indices)
    cells = np.bincount(indices, minlength=len(encoded.dictionary)).tolist()
    values: list[Any] = []
    faults: dict[tuple[str, str], list[int]] = {}
    for number, text in enumerate(encoded.dictionary.to_pylist()):
        stripped = text.strip()
        try:
            values.append(read(stripped, cells[number]) if stripped else None)
        except UnreadableError as fault:
            values.append(None)
            faults.setdefault((fault.code, fault.detail), []).append(number)
    found = [Faulty(np.flatnonzero(np.isin(indices, bad)), *why) for why, bad in faults.items()]
    return Read(pa.array(values, type_).take(encoded.indices), found)


def read_choice(known: dict[str, str], code: str, suggest: Callable[[str], str]) -> Callable[[str, int], str]:
    """A reader of words from a list, folded for comparison; an unknown one is a fault with a suggestion."""

    def read(text: str, _cells: int) -> str:
        value = known.get(folded_word(text))
        if value is None:
            raise UnreadableError(code, suggest(text))
        return value

    return read


def read_tags(text: str, _cells: int) -> str:
    """The tags of a cell, each once, trimmed, in their order, joined by ', '."""
    words = (word.strip() for word in text.split(","))
    return ", ".join(dict.fromkeys(word for word in words if word))


def read_whole(text: str, _cells: int) -> int:
    """A number without decimals, with or without a comma between thousands."""
    if not _WHOLE.fullmatch(text):
        raise UnreadableError("not_a_whole_number")
    return int(text.replace(",", ""))


def blank_to_null(texts: pa.Array, *, trim: bool) -> pa.Array:
    """Texts with null for blank cells; trimmed where surrounding white space means nothing."""
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed if trim else texts)


def amount_text(amount: Decimal | None) -> str:
    """An amount as text with 4 decimals, as OroCRM writes it; blank for none."""
    return "" if amount is None else f"{amount:.4f}"


def percent_text(fraction: Decimal | None) -> str:
    """A fraction from 0 to 1 as a percentage without surplus zeros: 0.4 is '40'; blank for none."""
    if fraction is None:
        return ""
    text = f"{fraction * 100:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
