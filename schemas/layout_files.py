"""Layouts in TOML files, by name or by path: read, laid over the one that each extends, and checked."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from schemas.blocks import NUMBER
from schemas.choices import choices
from schemas.errors import UnknownNameError, UsageError, did_you_mean
from schemas.fields import NOUNS
from schemas.folding import folded, folded_word
from schemas.layout import Layout, Outcome, Signature

PACKAGE = "schemas.layouts"
SCALES = ("", "percent", "fraction", "hundredfold")
ORDERS = ("", "dmy", "mdy", "ymd")
ID_FORMS = ("", "salesforce")
LONGEST_SOURCE = 64
KEYS = (
    *("title", "entity", "extends", "source", "ids", "headers", "required", "dates", "decimal", "probability"),
    *("amounts", "signs", "nulls", "footers", "skip", "ignored", "unseen", "instead", "same", "currencies"),
    *("stages", "outcome", "recognise"),
)


def layout_names() -> list[str]:
    """The names of the layouts that come with dealport."""
    return choices(PACKAGE, ".toml")


def load_layout(name: str) -> Layout:
    """The layout of that name, or the one in the TOML file of that path."""
    return _read(Path(name).stem, name) if name.endswith(".toml") else _known(name)


@cache
def _known(name: str) -> Layout:
    return _read(name, name)


def _read(name: str, place: str) -> Layout:
    table, file = _table(place)
    layout = _layout(name, table, file)
    _require_sound(layout, table, file)
    return layout


def _table(name: str) -> tuple[dict[str, Any], str]:
    """The TOML table of a layout over that of the layout which it extends, and the name of its file."""
    if name.endswith(".toml"):
        file = name
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            raise UsageError(f"{name} cannot be read: {fault}.", "Name a readable layout file.") from fault
    else:
        if name not in layout_names():
            raise UnknownNameError("layout", name, layout_names())
        file = f"{name}.toml"
        text = (files(PACKAGE) / file).read_text(encoding="utf-8")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise UsageError(f"{file} is not TOML: {fault}.", "Correct that line.") from fault
    if "extends" in table:
        extended = str(table.pop("extends"))
        if extended not in layout_names():
            raise UnknownNameError("layout", extended, layout_names())
        table = _over(table, _table(extended)[0])
    return table, file


def _over(table: dict[str, Any], below: dict[str, Any]) -> dict[str, Any]:
    """A table whose keys hold over those of another, and of nested tables too.

    What tells layouts and the ids of systems apart is its own: two installations of one CRM may have a layout each.
    """
    merged = {key: value for key, value in below.items() if key not in {"recognise", "source", "ids"}} | table
    for key in ("headers", "instead", "currencies", "stages", "same"):
        if key in below and key in table:
            merged[key] = below[key] | table[key]
    return merged


def _layout(name: str, table: dict[str, Any], file: str) -> Layout:
    """The layout that a table says; every key that it has is taken out of the table."""
    try:
        spelled = _as_written(table.get("stages", {}), table.get("currencies", {}))
        source = _source(table.pop("source", name))
        told = table.pop("headers")
        headers = {field: _texts(value) for field, value in told.items() if not isinstance(value, dict)}
        blocks = {field: _parts(value) for field, value in told.items() if isinstance(value, dict)}
        return Layout(
            name,
            str(table.pop("title")),
            headers,
            required=tuple(table.pop("required", _usually_required(table))),
            source=source,
            ids=table.pop("ids", source if source in ID_FORMS else ""),
            dates=table.pop("dates", ""),
            decimal=table.pop("decimal", ""),
            probability=table.pop("probability", ""),
            amounts=table.pop("amounts", "units"),
            signs=table.pop("signs", "currency"),
            nulls=_texts(table.pop("nulls", ())),
            footers=tuple(map(folded_word, _texts(table.pop("footers", ())))),
            skip={folded(header): tuple(map(folded_word, _texts(v))) for header, v in table.pop("skip", {}).items()},
            ignored=tuple(map(folded_word, _texts(table.pop("ignored", ())))),
            unseen=_texts(table.pop("unseen", ())),
            instead={field: _texts(value) for field, value in table.pop("instead", {}).items()},
            same=_words(table.pop("same", {})),
            currencies=_folded(table.pop("currencies", {})),
            stages=_folded(table.pop("stages", {})),
            outcomes=tuple(map(_outcome, table.pop("outcome", ()))),
            recognise=_signatures(table.pop("recognise", [])),
            spelled=spelled,
            entity=str(table.pop("entity", "opportunity")),
            blocks=blocks,
            order=tuple(told),
        )
    except (KeyError, AttributeError, TypeError, ValueError, re.error) as fault:
        why = f"{file} is not a layout: {fault}."
        raise UsageError(why, "It needs a title, and [headers] with `field = [headers]`.") from fault


def _require_sound(layout: Layout, left: dict[str, Any], file: str) -> None:
    """Refuse words that nothing is called by, keys that are left, a header of two fields, and rows without a name."""
    for place, word, known in _choices_of(layout, left):
        if word not in known:
            raise UsageError(f"{file}: {place} '{word}' is not known.", did_you_mean(word, known))
    spellings = list(map(folded, layout.spellings()))
    if not _names(layout) or len(set(spellings)) < len(spellings):
        raise UsageError(f"{file} gives a header twice, or none for name.", "Give each header to one field.")


def _usually_required(table: dict[str, Any]) -> tuple[str, ...]:
    noun = NOUNS.get(table.get("entity", "opportunity"))
    return tuple(name for name in ("name", "status") if noun and name in noun.requirable)


def _names(layout: Layout) -> bool:
    """Whether a layout has a header for what its rows are called; the account of an opportunity may be missing."""
    return set(layout.noun.names) <= {*layout.headers, *layout.same}


def _choices_of(layout: Layout, left: dict[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    yield ("entity", layout.entity, tuple(NOUNS))
    known = tuple(name for name, field in layout.fields.items() if not field.parts)
    yield from (("field", word, known) for word in (*layout.headers, *layout.instead, *layout.same))
    yield from (("field", word, tuple(layout.headers)) for word in layout.same.values())
    several = {name: field.parts for name, field in layout.fields.items() if field.parts}
    yield from (("field of blocks", word, tuple(several)) for word in layout.blocks)
    yield from (("part", part, several[name]) for name, parts in layout.blocks.items() for part in parts)
    yield from (("required field", word, layout.noun.requirable) for word in layout.required)
    yield ("ids", layout.ids, ID_FORMS)
    yield ("dates", layout.dates, ORDERS)
    yield ("decimal", layout.decimal, ("", ".", ","))
    yield ("probability", layout.probability, SCALES)
    yield ("amounts", layout.amounts, ("units", "cents"))
    yield ("signs", layout.signs, ("currency", "ignored"))
    yield from (("key", word, KEYS) for word in left)


def _parts(table: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The spellings of each part of a block; each has a place for the number."""
    parts = {part: _texts(value) for part, value in table.items()}
    for spelling in (spelling for spellings in parts.values() for spelling in spellings):
        if spelling.count(NUMBER) != 1:
            raise ValueError(f"'{spelling}' has not one {NUMBER} for the number of the block")
    return parts


def _source(told: Any) -> str:
    if not isinstance(told, str) or not 0 < len(told.strip()) <= LONGEST_SOURCE:
        raise ValueError(f"the source of its ids is a word of at most {LONGEST_SOURCE} characters")
    return told.strip()


def _texts(value: Any) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else tuple(value)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a list holds something that is no text")
    return texts


def _words(table: dict[str, Any]) -> dict[str, str]:
    if not all(isinstance(value, str) for value in table.values()):
        raise TypeError("a table of words holds something that is no text")
    return dict(table)


def _folded(table: dict[str, Any]) -> dict[str, str]:
    return {folded_word(word): value for word, value in _words(table).items()}


def _outcome(table: dict[str, Any]) -> Outcome:
    values = table["values"]
    return Outcome(_texts(table["header"]), _folded(values), _as_written(values))


def _as_written(*tables: dict[str, Any]) -> dict[str, str]:
    """The words of tables by what they are folded to; of two such words the first."""
    return {folded_word(word): word for words in reversed(tables) for word in reversed(words)}


def _signatures(tables: Any) -> tuple[Signature, ...]:
    """The ways to tell a layout: one table, or several of which one is enough."""
    return tuple(_signature(dict(table)) for table in ([tables] if isinstance(tables, dict) else tables))


def _signature(told: dict[str, Any]) -> Signature:
    cells = {folded(header): pattern for header, pattern in _words(told.pop("cells", {})).items()}
    for pattern in cells.values():
        re.compile(pattern)
    file, only = str(told.pop("file", "")).casefold(), told.pop("only", False) is True
    parts = {part: tuple(map(folded_word, _texts(told.pop(part, ())))) for part in ("all", "any", "none")}
    if told:
        raise ValueError(f"recognise knows all, any, none, cells, file and only, not {next(iter(told))}")
    if not (parts["all"] or parts["any"]):
        raise ValueError("recognise has no header in all or any")
    return Signature(**parts, cells=cells, file=file, only=only)
