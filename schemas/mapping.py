"""Which header of a file holds which field, by a layout."""

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from schemas.blocks import Place, pattern
from schemas.errors import RunError, did_you_mean
from schemas.folding import folded
from schemas.layout import Layout, Outcome

PROBLEM_HEADER = "Problem"
FINGERPRINT_HEADER = "Fingerprint"
"""The header, in files of any layout, of what tells the version that a row was exported from."""
BESIDE = (folded(PROBLEM_HEADER), folded(FINGERPRINT_HEADER))
LEFT_OVER = "Left over"
"""Before the number of each header under which a marked workbook keeps cells of a row that was split wrongly."""
OUTCOME = "outcome:"
"""Before the number of an outcome rule: the name under which a problem with its cell goes."""


def is_left_over(header: str) -> bool:
    """Whether cells of wrongly split rows are kept under a header."""
    name, _, number = folded(header).rpartition(" ")
    return name == folded(LEFT_OVER) and number.isdecimal()


def is_added(header: str) -> bool:
    """Whether a header is one that dealport adds to the files it hands back."""
    return folded(header) in BESIDE or is_left_over(header)


@dataclass(frozen=True)
class Mapping:
    """Which header of a file holds which field; positions count from 0, `outcomes` are those of the layout's rules.

    `blocks` holds the positions of numbered columns, in the order of fields, numbers and parts.
    """

    layout: Layout
    headers: tuple[str, ...]
    positions: dict[str, int]
    unknown: tuple[str, ...]
    left_out: tuple[str, ...]
    outcomes: tuple[int | None, ...] = ()
    problem_position: int | None = None
    fingerprint_position: int | None = None
    blocks: dict[Place, int] = dataclasses.field(default_factory=dict)

    def fields(self) -> list[str]:
        """The fields that rows of the file have: those with a header, and the status where stage or outcome tell it."""
        tells = "stage" in self.positions or any(position is not None for position in self.outcomes)
        derived = ["status"] if tells and "status" not in self.positions else []
        return [*self.positions, *derived, *dict.fromkeys(place.field for place in self.blocks)]

    def place(self, field: str) -> int | None:
        """The position of the column that tells a field, or of an outcome rule such as 'outcome:0'; else None."""
        if field.startswith(OUTCOME):
            return self.outcomes[int(field.removeprefix(OUTCOME))]
        if field == "fingerprint":
            return self.fingerprint_position
        position = self.positions.get(field)
        if position is None and field == "status":
            told = [self.positions.get("stage"), *self.outcomes]
            return next((place for place in told if place is not None), None)
        if position is None and self.blocks:
            told = [place for one, place in self.blocks.items() if field in {one.field, str(one)}]
            return next(iter(told), None)
        return position

    def spelled(self, field: str) -> str:
        """The file's own header for a field, or the layout's where the file has none."""
        position = self.place(field)
        return self.layout.header(field) if position is None else self.headers[position]


def outcome_columns(layout: Layout) -> dict[str, Outcome]:
    """The outcome rules that have a column of their own, which holds no field, by the name it goes under."""
    known = {folded(header) for spellings in layout.headers.values() for header in spellings}
    named = {f"{OUTCOME}{number}": rule for number, rule in enumerate(layout.outcomes)}
    return {name: rule for name, rule in named.items() if known.isdisjoint(map(folded, rule.headers))}


def match_headers(layout: Layout, headers: Sequence[str]) -> Mapping:
    """Which header holds which field; two headers for one field are refused, unknown ones are listed."""
    columns = _block_columns(layout)
    in_blocks: dict[Place, int] = {}
    field_of = {folded(header): field for field, spellings in layout.headers.items() for header in spellings}
    rules = {folded(header): number for number, rule in enumerate(layout.outcomes) for header in rule.headers}
    spare_headers = {folded(header) for spellings in layout.instead.values() for header in spellings}
    outcomes: list[int | None] = [None] * len(layout.outcomes)
    positions: dict[str, int] = {}
    spares: dict[str, int] = {}
    unknown, left_out, beside = [], [], dict[str, int]()
    for position, header in enumerate(headers):
        name = folded(header)
        if name in rules:
            outcomes[rules[name]] = position
        if name in BESIDE and (name == folded(PROBLEM_HEADER) or layout.entity == "opportunity"):
            beside[name] = position
        elif name in field_of and layout.fields[field_of[name]].computed:
            left_out.append(header)
        elif name in field_of:
            _require_one(headers, positions.get(field_of[name]), position, field_of[name])
            positions[field_of[name]] = position
        elif columns and (place := _place_in(columns, name)):
            _require_one(headers, in_blocks.get(place), position, str(place))
            in_blocks[place] = position
        elif name in spare_headers:
            spares[name] = position
        elif any(fnmatchcase(name, pattern) for pattern in layout.ignored):
            left_out.append(header)
        elif name and name not in rules:
            unknown.append(header)
    left_out += [headers[position] for position in _take_spares(layout, spares, positions)]
    for field, other in layout.same.items():
        if field not in positions and other in positions:
            positions[field] = positions[other]
    in_order = dict(sorted(in_blocks.items(), key=lambda one: (layout.order.index(one[0].field), one[0].number)))
    return Mapping(
        layout,
        tuple(headers),
        positions,
        tuple(unknown),
        tuple(left_out),
        tuple(outcomes),
        problem_position=beside.get(folded(PROBLEM_HEADER)),
        fingerprint_position=beside.get(folded(FINGERPRINT_HEADER)),
        blocks=in_order,
    )


def _require_one(headers: Sequence[str], other: int | None, position: int, field: str) -> None:
    if other is not None:
        raise RunError(
            f"The headers '{headers[other]}' and '{headers[position]}' both hold {field}.",
            "Delete or rename one of the two columns.",
        )


def _block_columns(layout: Layout) -> list[tuple[re.Pattern[str], str, str]]:
    """What matches the headers of each part of each collection."""
    return [
        (pattern(folded(spelling)), field, part)
        for field, parts in layout.blocks.items()
        for part, spellings in parts.items()
        for spelling in spellings
    ]


def _place_in(columns: list[tuple[re.Pattern[str], str, str]], name: str) -> Place | None:
    for spelled, field, part in columns:
        if found := spelled.fullmatch(name):
            return Place(field, int(found[1]), part)
    return None


def _take_spares(layout: Layout, spares: dict[str, int], positions: dict[str, int]) -> list[int]:
    """Give fields that have no header yet the first of their spare ones; the positions of those not needed."""
    left = dict(spares)
    for field, spellings in layout.instead.items():
        there = [folded(header) for header in spellings if folded(header) in spares]
        if there and field not in positions:
            positions[field] = left.pop(there[0])
    return sorted(left.values())


def require_headers(mapping: Mapping) -> Mapping:
    """The mapping itself when it can tell one of its rows from another, else an error."""
    noun = mapping.layout.noun
    telling = {"source_id", *noun.names}
    if telling & mapping.positions.keys():
        return mapping
    wanted = mapping.layout.header(noun.names[-1])
    raise RunError(
        f"The file has no header '{wanted}', so layout '{mapping.layout.name}' cannot tell its {noun.several} apart.",
        f"{did_you_mean(wanted, mapping.unknown)} Rename that header, or name another layout with --layout.",
    )
