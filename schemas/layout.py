"""A layout says how a source system writes opportunities: which header holds which field, and in which form."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import Any

from schemas.choices import choices
from schemas.errors import RunError, UnknownNameError, UsageError, did_you_mean
from schemas.fields import FIELD

PACKAGE = "schemas.layouts"


def folded(header: str) -> str:
    """A header without regard to case and surplus space, the form in which headers are compared."""
    return " ".join(header.split()).casefold()


@dataclass(frozen=True)
class Layout:
    """How one source system writes opportunities; the first spelling of a header is the one written."""

    name: str
    title: str
    headers: dict[str, tuple[str, ...]]
    required: tuple[str, ...]
    dates: tuple[str, ...]
    probability: str = "percent"
    ignored: tuple[str, ...] = ()

    def header(self, field: str) -> str:
        """The header under which a field is written."""
        return self.headers[field][0]

    def date_example(self) -> str:
        """31 December 2026 in each form that this layout reads."""
        forms = [form.replace("%Y", "2026").replace("%m", "12").replace("%d", "31") for form in self.dates]
        return " or ".join(forms)


@dataclass(frozen=True)
class Mapping:
    """Which header of a file holds which field; positions count from 0."""

    layout: Layout
    headers: tuple[str, ...]
    positions: dict[str, int]
    unknown: tuple[str, ...]
    left_out: tuple[str, ...]
    problem_position: int | None = None

    def spelled(self, field: str) -> str:
        """The file's own header for a field, or the layout's where the file has none."""
        position = self.positions.get(field)
        return self.layout.header(field) if position is None else self.headers[position]


PROBLEM_HEADER = "Problem"


def match_headers(layout: Layout, headers: Sequence[str]) -> Mapping:
    """Which header holds which field; two headers for one field are refused, unknown ones are listed."""
    field_of = {folded(header): field for field, spellings in layout.headers.items() for header in spellings}
    positions: dict[str, int] = {}
    unknown, left_out, problem_position = [], [], None
    for position, header in enumerate(headers):
        name = folded(header)
        if name == folded(PROBLEM_HEADER):
            problem_position = position
        elif name in field_of:
            field = field_of[name]
            if field in positions:
                raise RunError(
                    f"The headers '{headers[positions[field]]}' and '{header}' both hold {field}.",
                    "Delete or rename one of the two columns.",
                )
            positions[field] = position
        elif any(fnmatchcase(name, pattern) for pattern in layout.ignored):
            left_out.append(header)
        elif name:
            unknown.append(header)
    return Mapping(layout, tuple(headers), positions, tuple(unknown), tuple(left_out), problem_position)


def require_headers(mapping: Mapping) -> Mapping:
    """The mapping itself when it can tell one opportunity from another, else an error."""
    if "name" in mapping.positions or "source_id" in mapping.positions:
        return mapping
    wanted = mapping.layout.header("name")
    raise RunError(
        f"The file has no header '{wanted}', so layout '{mapping.layout.name}' cannot tell its opportunities apart.",
        f"{did_you_mean(wanted, mapping.unknown)} Rename that header, or name another layout with --layout.",
    )


def layout_names() -> list[str]:
    """The names of the layouts that come with dealport."""
    return choices(PACKAGE, ".toml")


def load_layout(name: str) -> Layout:
    """The layout of that name, or the one in the TOML file of that path."""
    if name.endswith(".toml"):
        try:
            return _layout(Path(name).stem, Path(name).read_text(encoding="utf-8"), name)
        except (OSError, UnicodeDecodeError) as fault:
            raise UsageError(f"{name} cannot be read: {fault}.", "Name a readable layout file.") from fault
    if name not in layout_names():
        raise UnknownNameError("layout", name, layout_names())
    source = files(PACKAGE) / f"{name}.toml"
    return _layout(name, source.read_text(encoding="utf-8"), f"{name}.toml")


def recognise(headers: Sequence[str]) -> Mapping:
    """The mapping of the layout that knows most of the headers; of equals the first by name."""
    return max((match_headers(load_layout(name), headers) for name in layout_names()), key=_known_headers)


def _known_headers(mapping: Mapping) -> int:
    return len(mapping.positions) + len(mapping.left_out)


def _layout(name: str, text: str, file: str) -> Layout:
    try:
        table = tomllib.loads(text)
        headers = {field: _spellings(value) for field, value in table.pop("headers").items()}
        layout = Layout(
            name,
            str(table.pop("title")),
            headers,
            tuple(table.pop("required", ("name", "status"))),
            tuple(table.pop("dates", ("%Y-%m-%d",))),
            str(table.pop("probability", "percent")),
            tuple(folded(pattern) for pattern in table.pop("ignored", ())),
        )
    except (tomllib.TOMLDecodeError, KeyError, AttributeError, TypeError) as fault:
        why = f"{file} is not a layout: {fault}."
        raise UsageError(why, "It needs a title, and [headers] with `field = [headers]`.") from fault
    for place, word, known in _words(layout, table):
        if word not in known:
            raise UsageError(f"{file}: {place} '{word}' is not known.", did_you_mean(word, known))
    if "name" not in headers or len({folded(h) for s in headers.values() for h in s}) < sum(map(len, headers.values())):
        raise UsageError(f"{file} gives a header twice, or none for name.", "Give each header to one field.")
    if any(not re.fullmatch(r"(%[Ymd][^%]*){3}", form) for form in layout.dates):
        raise UsageError(f"{file}: dates {layout.dates} are not forms.", "Write forms such as '%d.%m.%Y'.")
    return layout


def _words(layout: Layout, left: dict[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    yield from (("field", word, tuple(FIELD)) for word in layout.headers)
    yield from (("required field", word, ("name", "status", "account")) for word in layout.required)
    yield ("probability", layout.probability, ("percent", "fraction"))
    yield from (("key", word, ("title", "headers", "required", "dates", "probability", "ignored")) for word in left)


def _spellings(value: Any) -> tuple[str, ...]:
    spellings = (value,) if isinstance(value, str) else tuple(value)
    if not spellings or not all(isinstance(header, str) for header in spellings):
        raise TypeError("a field needs one or more headers")
    return spellings
