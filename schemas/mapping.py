"""Which header of a file holds which field, by a layout."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from schemas.errors import RunError, did_you_mean
from schemas.layout import Layout, folded

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
    """Which header of a file holds which field; positions count from 0, `outcomes` are those of the layout's rules."""

    layout: Layout
    headers: tuple[str, ...]
    positions: dict[str, int]
    unknown: tuple[str, ...]
    left_out: tuple[str, ...]
    outcomes: tuple[int | None, ...] = ()
    problem_position: int | None = None
    fingerprint_position: int | None = None

    def fields(self) -> list[str]:
        """The fields that rows of the file have: those with a header, and the status where stage or outcome tell it."""
        tells = "stage" in self.positions or any(position is not None for position in self.outcomes)
        derived = ["status"] if tells and "status" not in self.positions else []
        return [*self.positions, *derived]

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
        return position

    def spelled(self, field: str) -> str:
        """The file's own header for a field, or the layout's where the file has none."""
        position = self.place(field)
        return self.layout.header(field) if position is None else self.headers[position]


def match_headers(layout: Layout, headers: Sequence[str]) -> Mapping:
    """Which header holds which field; two headers for one field are refused, unknown ones are listed."""
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
        if name in BESIDE:
            beside[name] = position
        elif name in field_of:
            field = field_of[name]
            if field in positions:
                raise RunError(
                    f"The headers '{headers[positions[field]]}' and '{header}' both hold {field}.",
                    "Delete or rename one of the two columns.",
                )
            positions[field] = position
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
    return Mapping(
        layout,
        tuple(headers),
        positions,
        tuple(unknown),
        tuple(left_out),
        tuple(outcomes),
        *(beside.get(header) for header in BESIDE),
    )


def _take_spares(layout: Layout, spares: dict[str, int], positions: dict[str, int]) -> list[int]:
    """Give fields that have no header yet the first of their spare ones; the positions of those not needed."""
    left = dict(spares)
    for field, spellings in layout.instead.items():
        there = [folded(header) for header in spellings if folded(header) in spares]
        if there and field not in positions:
            positions[field] = left.pop(there[0])
    return sorted(left.values())


def require_headers(mapping: Mapping) -> Mapping:
    """The mapping itself when it can tell one opportunity from another, else an error."""
    if "name" in mapping.positions or "source_id" in mapping.positions:
        return mapping
    wanted = mapping.layout.header("name")
    raise RunError(
        f"The file has no header '{wanted}', so layout '{mapping.layout.name}' cannot tell its opportunities apart.",
        f"{did_you_mean(wanted, mapping.unknown)} Rename that header, or name another layout with --layout.",
    )
