"""One cell to one value: numbers, percentages, days, moments, words, each read in one place.

A reader takes the texts of a column (n cells) and gives the values (n, null where blank or unreadable) and the faults.
Blank means empty or white space only.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MONEY = pa.decimal128(19, 4)
FRACTION = pa.decimal128(7, 6)
MOMENT = pa.timestamp("us")
_NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$"
_LIMIT = Decimal(10) ** 14
REMEMBERED_DAYS = 50_000
"""Days that a reader keeps in mind: the close dates of a large file repeat in every batch."""


class Faulty(NamedTuple):
    """Cells that cannot be read: their indices in the column, the problem code and its detail."""

    indices: np.ndarray
    code: str
    detail: str = ""


class Read(NamedTuple):
    """The values of a column and what could not be read."""

    values: pa.Array
    faults: list[Faulty]


class UnreadableError(Exception):
    """Raised by the reader of one text; carries the problem code and its detail."""

    def __init__(self, code: str, detail: str = "") -> None:
        """Keep the facts; schemas/problems.py has the words."""
        super().__init__(code)
        self.code, self.detail = code, detail


def read_each(texts: pa.Array, type_: pa.DataType, read: Callable[[str], Any]) -> Read:
    """Every different text of a batch read once; for columns in which values repeat."""
    encoded = texts.dictionary_encode()
    values: list[Any] = []
    faults: dict[tuple[str, str], list[int]] = {}
    for number, text in enumerate(encoded.dictionary.to_pylist()):
        stripped = text.strip()
        try:
            values.append(read(stripped) if stripped else None)
        except UnreadableError as fault:
            values.append(None)
            faults.setdefault((fault.code, fault.detail), []).append(number)
    indices = np.asarray(encoded.indices)
    found = [Faulty(np.flatnonzero(np.isin(indices, bad)), *why) for why, bad in faults.items()]
    return Read(pa.array(values, type_).take(encoded.indices), found)


def read_amounts(texts: pa.Array) -> Read:
    """Exact decimal(19,4) amounts; all at once, and one by one only where a cell does not fit."""
    trimmed = pc.utf8_trim_whitespace(texts)
    filled = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
    # a sign and dot decimals only: the cast itself would also let other forms pass
    plain = pc.fill_null(pc.match_substring_regex(filled, r"^-?\d{1,14}(\.\d{1,4})?$"), True)
    if pc.all(plain).as_py() is not False:
        return Read(filled.cast(MONEY), [])
    fast = pc.if_else(plain, filled, None).cast(MONEY)
    slow = read_each(pc.if_else(plain, "", pc.fill_null(filled, "")), MONEY, read_amount)
    return Read(pc.coalesce(fast, slow.values), slow.faults)


def read_amount(text: str) -> Decimal:
    """A number with a dot before its decimals and at most 4 of them, exactly; more are refused, not rounded."""
    return _decimal(text, 4)


def read_percent(text: str) -> Decimal:
    """A percentage from 0 to 100 as a fraction from 0 to 1."""
    percent = _decimal(text.removesuffix("%").rstrip(), 4)
    if not 0 <= percent <= 100:
        raise UnreadableError("probability_out_of_range")
    return percent / 100


def read_fraction(text: str) -> Decimal:
    """A fraction from 0 to 1; one with a percent sign is a percentage."""
    return read_percent(text) if text.endswith("%") else read_percent(f"{_decimal(text, 6) * 100:f}")


def _decimal(text: str, decimals: int) -> Decimal:
    if not pc.match_substring_regex(pa.scalar(text), _NUMBER).as_py():
        raise UnreadableError("not_a_number")
    try:
        number = Decimal(text)
        if abs(number) >= _LIMIT:
            raise UnreadableError("too_large")
        exact = number.quantize(Decimal(1).scaleb(-decimals))
    except InvalidOperation as fault:
        raise UnreadableError("too_large") from fault
    if exact != number:
        raise UnreadableError("too_precise", str(decimals))
    return exact


def read_day(forms: Iterable[str], example: str) -> Callable[[str], date]:
    """A reader of days in any of the given strptime forms; an ISO moment counts as its day, never shifted."""
    known = tuple(forms)

    @lru_cache(REMEMBERED_DAYS)
    def read(text: str) -> date:
        for form in known:
            try:
                return datetime.strptime(text, form).date()
            except ValueError:
                continue
        try:
            if "T" in text:
                return datetime.fromisoformat(text).date()
        except ValueError:
            pass
        raise UnreadableError("not_a_date", example)

    return read


def read_moment(text: str) -> datetime:
    """An ISO 8601 moment as UTC without zone; one without zone is UTC already."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise UnreadableError("not_a_moment") from fault
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def read_choice(known: dict[str, str], code: str, suggest: Callable[[str], str]) -> Callable[[str], str]:
    """A reader of words from a list, folded for comparison; an unknown one is a fault with a suggestion."""

    def read(text: str) -> str:
        value = known.get(" ".join(text.split()).casefold())
        if value is None:
            raise UnreadableError(code, suggest(text))
        return value

    return read


def read_tags(text: str) -> str:
    """The tags of a cell, each once, trimmed, in their order, joined by ', '."""
    words = (word.strip() for word in text.split(","))
    return ", ".join(dict.fromkeys(word for word in words if word))


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
