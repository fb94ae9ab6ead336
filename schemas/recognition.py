"""Which layout a file is written in, told from its headers and first cells, with the reason."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from schemas import mapping as mappings
from schemas.blocks import NUMBER, numbered
from schemas.errors import RunError
from schemas.folding import folded
from schemas.layout import Layout, Signature
from schemas.layout_files import layout_names, load_layout
from schemas.mapping import is_added, match_headers

Cells = Mapping[str, Sequence[str]]
"""The cells of the first rows of a file by their header, as it is spelled in the file."""
NEAREST = 3
SHOWN_REASONS = 2
DRAFT = "dealport layout draft FILE."


@dataclass(frozen=True)
class Recognised:
    """The mapping of a file's headers, and why this layout was taken."""

    mapping: mappings.Mapping
    because: str


@dataclass(frozen=True)
class Evidence:
    """That a signature fits a file: its conditions and in words which, and how many headers the layout knows."""

    layout: Layout
    conditions: int
    known: int
    because: str

    def stands_above(self, other: "Evidence") -> bool:
        """Whether it is the better evidence in one way and not the worse in the other."""
        mine, others = (self.conditions, self.known), (other.conditions, other.known)
        return mine != others and mine[0] >= others[0] and mine[1] >= others[1]


def recognise(headers: Sequence[str], file_name: str = "", cells: Cells | None = None) -> Recognised:
    """The mapping of the layout whose signature fits best, else of the one that knows most of the headers."""
    found = list(_evidence(headers, file_name, cells or {}))
    if not found:
        return _nearest(headers)
    best = max(found, key=lambda evidence: (evidence.conditions, evidence.known))
    equals = [other for other in found if other is not best and not best.stands_above(other)]
    if equals:
        several = [best, *equals]
        told = "; ".join(f"{one.layout.name} knows {one.known} headers and {one.because}" for one in several)
        names = " or ".join(f"--layout {one.layout.name}" for one in several)
        raise RunError(f"The file could be of several layouts ({told}).", f"Say which: {names}.")
    return Recognised(match_headers(best.layout, headers), f"it {best.because}")


def _evidence(headers: Sequence[str], file_name: str, cells: Cells) -> Iterable[Evidence]:
    """Of each layout the signature that fits best, if one fits."""
    file = _File({folded(header): header for header in headers if header.strip()}, file_name.casefold(), cells)
    for layout in known_layouts():
        fitting = [found for signature in layout.recognise if (found := file.fits(layout, signature))]
        if fitting:
            yield max(fitting, key=lambda evidence: evidence.conditions)


@dataclass(frozen=True)
class _File:
    headers: dict[str, str]
    name: str
    cells: Cells

    def like(self, patterns: Iterable[str]) -> dict[str, list[str]]:
        """The headers like each of some patterns, in the spelling of the file."""
        return {
            pattern: [spelled for header, spelled in self.headers.items() if fnmatchcase(header, pattern)]
            for pattern in patterns
        }

    def fits(self, layout: Layout, signature: Signature) -> Evidence | None:
        """The evidence for a layout, if every condition of its signature holds."""
        required, one_of = self.like(signature.all), self.like(signature.any)
        cells = {header: self._first_match(header, pattern) for header, pattern in signature.cells.items()}
        if (
            not all(required.values())
            or (one_of and not any(one_of.values()))
            or any(self.like(signature.none).values())
            or not all(cells.values())
            or (signature.file and not fnmatchcase(self.name, signature.file))
            or (signature.only and not self._only_of(layout))
        ):
            return None
        conditions = len(required) + bool(one_of) + len(cells) + bool(signature.file) + signature.only
        there = {pattern: found for pattern, found in (required | one_of).items() if found}
        known = headers_known(layout, tuple(self.headers))
        return Evidence(layout, conditions, known, _told(there, cells, signature))

    def _only_of(self, layout: Layout) -> bool:
        """Whether every header is spelled as one of the layout, but for those that dealport adds to what it returns."""
        own = {header for spellings in layout.headers.values() for header in spellings}
        return all(spelled.strip() in own or is_added(spelled) for spelled in self.headers.values())

    def _first_match(self, header: str, pattern: str) -> tuple[str, str] | None:
        spelled = self.headers.get(header, "")
        found = (cell for cell in self.cells.get(spelled, ()) if re.search(pattern, cell.strip()))
        cell = next(found, None)
        return None if cell is None else (spelled, cell.strip())


def _told(there: dict[str, list[str]], cells: dict[str, tuple[str, str] | None], signature: Signature) -> str:
    """The first of what holds, in words: has values of 'Id' such as '7', 9 headers that begin with 'Deal - ' and …."""
    shown = [f"a name like '{signature.file}'"] if signature.file else []
    shown += [f"values of '{found[0]}' such as '{found[1]}'" for found in cells.values() if found]
    shown += [_of_pattern(pattern, found) for pattern, found in there.items() if "*" in pattern and len(found) > 1]
    shown += [f"'{found[0]}'" for pattern, found in there.items() if "*" not in pattern]
    shown = (shown or [_of_pattern(pattern, found) for pattern, found in there.items()])[:SHOWN_REASONS]
    if signature.only:
        shown[SHOWN_REASONS - 1 :] = ["no header but its own"]
    return f"has {_listed(shown)}"


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _of_pattern(pattern: str, found: list[str]) -> str:
    many = f"{len(found)} headers that" if len(found) > 1 else "1 header that"
    if pattern.rstrip("*").count("*") == 0:
        return f"{many} {'begin' if len(found) > 1 else 'begins'} with '{found[0][: len(pattern) - 1]}'"
    if pattern.lstrip("*").count("*") == 0:
        return f"{many} {'end' if len(found) > 1 else 'ends'} with '{pattern.lstrip('*')}'"
    return f"{many} {'look' if len(found) > 1 else 'looks'} like '{pattern}'"


def _nearest(headers: Sequence[str]) -> Recognised:
    """The mapping of the layout that knows most of the headers, if it knows a name and where an opportunity stands."""
    known: list[tuple[int, Layout]] = sorted(
        ((headers_known(layout, headers), layout) for layout in known_layouts()),
        key=lambda pair: (-pair[0], pair[1].name),
    )
    most = known[0][0]
    # what has no status is told by its signature only: names alone are those of many kinds of rows
    standing = [layout for count, layout in known if count == most and count and "status" in layout.noun.requirable]
    usable = [layout for layout in standing if is_enough(layout, headers)]
    if len(usable) == 1:
        because = f"it knows {most} of {len(headers)} headers, more than any other layout"
        return Recognised(match_headers(usable[0], headers), because)
    if usable:
        names = [layout.name for layout in usable]
        raise RunError(
            f"The file could be of several layouts ({_listed(names)} know {most} of {len(headers)} headers each).",
            f"Say which: {' or '.join(f'--layout {name}' for name in names)}. Or have one drafted: {DRAFT}",
        )
    nearest = ", ".join(f"{layout.name} knows {count}" for count, layout in known[:NEAREST] if count)
    raise RunError(
        f"No layout is sure to be that of this file with {len(headers)} headers"
        f" ({nearest or 'none knows any of them'}).",
        f"Name one with --layout, or have one drafted: {DRAFT}",
    )


def headers_known(layout: Layout, headers: Sequence[str]) -> int:
    """How many of some headers a layout knows."""
    return len(_names(headers) & _headers_of(layout))


def _names(headers: Sequence[str]) -> set[str]:
    """Headers as layouts spell them: folded, those of blocks without their number."""
    names = {folded(header) for header in headers}
    return names | {numbered(name) for name in names}


def is_enough(layout: Layout, headers: Sequence[str]) -> bool:
    """Whether some headers tell by a layout what a row is called and, of what has a status, where it stands."""
    names = {folded(header) for header in headers}

    def has(field: str) -> bool:
        field = layout.same.get(field, field)
        spellings = (*layout.headers.get(field, ()), *layout.instead.get(field, ()))
        return any(folded(spelling) in names for spelling in spellings)

    noun = layout.noun
    named = (all if noun.all_of else any)(map(has, noun.names))
    told = any(folded(header) in names for outcome in layout.outcomes for header in outcome.headers)
    return named and ("status" not in noun.requirable or told or has("status") or has("stage"))


def known_headers(cells: Sequence[str]) -> int:
    """How many of the cells of a row are headers of one layout, of the layout that knows most of them."""
    names = _names(cells) - {""}
    return max((len(names & _headers_of(layout)) for layout in known_layouts()), default=0)


@cache
def known_layouts() -> tuple[Layout, ...]:
    """The layouts that come with dealport."""
    return tuple(map(load_layout, layout_names()))


def _headers_of(layout: Layout) -> frozenset[str]:
    return _headers_by_layout()[layout.name]


@cache
def _headers_by_layout() -> dict[str, frozenset[str]]:
    """The headers that each layout has a use for, and those it knows and leaves out, but for patterns."""
    return {
        layout.name: frozenset(
            [numbered(name) if NUMBER in name else name for name in map(folded, layout.spellings())]
            + [folded(header) for outcome in layout.outcomes for header in outcome.headers]
            + [pattern for pattern in layout.ignored if "*" not in pattern]
        )
        for layout in known_layouts()
    }
