"""The columns of an export: those of a layout, or the ones that are named, by field or by header."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from schemas.errors import UnknownNameError, UsageError
from schemas.fields import STORED_OF, kind_of
from schemas.folding import folded
from schemas.layout import Layout


def with_status_columns(layout: Layout, columns: Mapping[str, str]) -> Layout:
    """A layout that writes its outcome rules too, each under the name of its column, after what it holds.

    `columns` are those that tell the status, with their headers.
    """
    outcomes = {name: (header,) for name, header in columns.items() if name not in layout.headers}
    return replace(layout, headers=layout.headers | outcomes, order=(*layout.order, *outcomes))


def both_currencies(layout: Layout) -> dict[str, list[str]]:
    """The currencies that a layout writes for more than one amount, each with those that it stands for too."""
    same = {field: other for field, other in layout.same.items() if field not in layout.headers}
    shared = [(field, other) for field, other in same.items() if kind_of(field) == "currency"]
    return {other: [field for field, of in shared if of == other] for _, other in shared}


def narrowed(layout: Layout, names: Sequence[str], telling: Collection[str] = ()) -> Layout:
    """A layout with the named columns only, in their order; without names the layout itself.

    A field for which the layout has no header is written under its own name, but a status by the columns that tell it.
    """
    if not names:
        return layout
    fields = [field for name in names for field in _fields(layout, name, telling)]
    for field in fields:
        if fields.count(field) > 1:
            raise UsageError(f"The column {field} is named twice.", "Name each column once.")
    headers = {field: layout.headers.get(field, (field,)) for field in fields if field not in layout.blocks}
    written = [folded(spellings[0]) for spellings in headers.values()]
    if len(set(written)) < len(written):
        twice = next(header for header in written if written.count(header) > 1)
        raise UsageError(f"Two of the columns have the header '{twice}'.", "Leave one of them out.")
    blocks = {field: layout.blocks[field] for field in fields if field in layout.blocks}
    return replace(layout, headers=headers, blocks=blocks, order=tuple(fields))


def _fields(layout: Layout, name: str, telling: Collection[str]) -> Collection[str]:
    by_header = (field for field in telling if folded(layout.headers[field][0]) == folded(name))
    if telling and name.casefold() == "status":
        return [found] if (found := next(by_header, None)) else telling
    return [_field(layout, name)]


def _field(layout: Layout, name: str) -> str:
    stored = STORED_OF[layout.entity]
    known = {field: field for field in stored if not stored[field].parts or field in layout.blocks}
    by_header = {folded(spelling): field for field, spellings in layout.headers.items() for spelling in spellings}
    found = known.get(name.casefold()) or by_header.get(folded(name))
    if found is None:
        raise UnknownNameError("column", name, _suggested(layout, known))
    return found


def _suggested(layout: Layout, known: Iterable[str]) -> list[str]:
    written = [spellings[0] for spellings in layout.headers.values()]
    return list(dict.fromkeys([*known, *written]))
