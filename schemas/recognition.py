"""Which layout a file is written in, told from its headers, with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from schemas.layout import folded, layout_names, load_layout
from schemas.mapping import Mapping, match_headers


@dataclass(frozen=True)
class Recognised:
    """The mapping of a file's headers, and why this layout was taken."""

    mapping: Mapping
    because: str


def recognise(headers: Sequence[str], file_name: str = "") -> Recognised:
    """The mapping of the layout that knows most of the headers; of equals the first by name."""
    mapping = max((match_headers(load_layout(name), headers) for name in layout_names()), key=_known_headers)
    return Recognised(mapping, f"it knows {_known_headers(mapping)} of {len(headers)} headers")


def _known_headers(mapping: Mapping) -> int:
    return len(mapping.positions) + len(mapping.left_out)


def known_headers(cells: Sequence[str]) -> int:
    """How many of the cells of a row are headers of one layout, of the layout that knows most of them."""
    names = {folded(cell) for cell in cells} - {""}
    return max((len(names & known) for known in _headers_of_layouts()), default=0)


@cache
def _headers_of_layouts() -> tuple[frozenset[str], ...]:
    layouts = map(load_layout, layout_names())
    return tuple(
        frozenset(folded(header) for spellings in layout.headers.values() for header in spellings) for layout in layouts
    )
