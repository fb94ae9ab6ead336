"""Which header of a file holds which field, by a layout."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from schemas.errors import RunError, did_you_mean
from schemas.layout import Layout, folded

PROBLEM_HEADER = "Problem"


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

    def spelled(self, field: str) -> str:
        """The file's own header for a field, or the layout's where the file has none."""
        position = self.positions.get(field)
        return self.layout.header(field) if position is None else self.headers[position]


def match_headers(layout: Layout, headers: Sequence[str]) -> Mapping:
    """Which header holds which field; two headers for one field are refused, unknown ones are listed."""
    field_of = {folded(header): field for field, spellings in layout.headers.items() for header in spellings}
    rules = {folded(header): number for number, rule in enumerate(layout.outcomes) for header in rule.headers}
    outcomes: list[int | None] = [None] * len(layout.outcomes)
    positions: dict[str, int] = {}
    unknown, left_out, problem_position = [], [], None
    for position, header in enumerate(headers):
        name = folded(header)
        if name in rules:
            outcomes[rules[name]] = position
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
        elif name and name not in rules:
            unknown.append(header)
    for field, other in layout.same.items():
        if field not in positions and other in positions:
            positions[field] = positions[other]
    return Mapping(
        layout, tuple(headers), positions, tuple(unknown), tuple(left_out), tuple(outcomes), problem_position
    )


def require_headers(mapping: Mapping) -> Mapping:
    """The mapping itself when it can tell one opportunity from another, else an error."""
    if "name" in mapping.positions or "source_id" in mapping.positions:
        return mapping
    wanted = mapping.layout.header("name")
    raise RunError(
        f"The file has no header '{wanted}', so layout '{mapping.layout.name}' cannot tell its opportunities apart.",
        f"{did_you_mean(wanted, mapping.unknown)} Rename that header, or name another layout with --layout.",
    )
