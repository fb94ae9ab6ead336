"""What a file looked like: its headers, and the kind, form and words of their values; kept as JSON to compare with."""

import json
from dataclasses import asdict, dataclass
from typing import Any

KINDS = ("empty", "text", "number", "date")
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class HeaderLook:
    """A header in its place: the kind of its values, the form of days (dmy, mdy, ymd) or decimals, the share of blanks.

    `field` is blank where nothing is imported from it; `form` where the values do not tell; `words` are those of a
    field with a list of words, in alphabetical order, or None.
    """

    header: str
    field: str
    kind: str
    form: str
    blank: float
    words: tuple[str, ...] | None = None


@dataclass(frozen=True)
class FileLook:
    """What a file looked like, in the order of its headers; `layout` is the name or path that reads it."""

    file: str
    layout: str
    rows: int
    headers: tuple[HeaderLook, ...]


def as_json(look: FileLook) -> str:
    """The look of a file as JSON; the same file gives the same text."""
    return json.dumps({"version": SCHEMA_VERSION, **asdict(look)}, ensure_ascii=False, indent=2)


def from_json(text: str) -> FileLook:
    """The look that `as_json` wrote; a ValueError says what is wrong with another text."""
    try:
        told = json.loads(text)
    except RecursionError as fault:
        raise ValueError("it is nested too deep") from fault
    if not isinstance(told, dict) or "headers" not in told:
        raise ValueError("it records no headers of a file")
    if told.get("version") != SCHEMA_VERSION:
        raise ValueError(f"its version is {told.get('version')}, not {SCHEMA_VERSION}")
    try:
        headers = tuple(_header(header) for header in told["headers"])
        return FileLook(str(told["file"]), str(told["layout"]), int(told["rows"]), headers)
    except (KeyError, TypeError, AttributeError) as fault:
        raise ValueError(f"a part of it is missing or not what it should be ({fault})") from fault


def _header(told: dict[str, Any]) -> HeaderLook:
    words = told.get("words")
    if told["kind"] not in KINDS:
        raise ValueError(f"'{told['kind']}' is no kind of values")
    header, field, kind, form = (str(told[part]) for part in ("header", "field", "kind", "form"))
    return HeaderLook(
        header, field, kind, form, float(told["blank"]), None if words is None else tuple(map(str, words))
    )
