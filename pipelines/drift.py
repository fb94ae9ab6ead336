"""Drift: what a file looks like, recorded, and how a later file differs from it."""

from pathlib import Path

from connectors.files import ANYHOW, read_table
from pipelines.judging import open_file
from pipelines.steps.differ import differ
from pipelines.steps.observe import MOST_WORDS, Seen, observe
from schemas.errors import UsageError
from schemas.fields import KIND_OF
from schemas.folding import folded
from schemas.layout_files import load_layout
from schemas.look import FileLook, HeaderLook, from_json
from schemas.mapping import Mapping, match_headers
from schemas.problems import Problem
from schemas.raw import RawTable, ReadAs

WITH_WORDS = ("status", "close_reason", "currency")
"""The kinds of fields whose cells are words of a list; a stage is one too."""


def record(source: Path, layout: str | None, how: ReadAs = ANYHOW) -> FileLook:
    """What a file looks like, read by the named or the recognised layout."""
    raw, recognised = open_file(source, layout, how)
    return _look(source, raw, recognised.mapping, layout or recognised.mapping.layout.name)


def drift_of(source: Path, before: FileLook, layout: str, how: ReadAs) -> list[Problem]:
    """How a file differs from what was recorded, as problems of the file; also where its rows cannot be judged."""
    named = load_layout(layout)
    spelled = {folded(header) for spellings in named.headers.values() for header in spellings}
    spelled |= {folded(look.header) for look in before.headers}
    raw = read_table(source, how, lambda cells: len({folded(cell) for cell in cells} & spelled))
    return differ(before, _look(source, raw, match_headers(named, raw.headers), layout))


def _look(source: Path, raw: RawTable, mapping: Mapping, layout: str) -> FileLook:
    field_of = {position: field for field, position in mapping.positions.items()}
    field_of |= {position: str(place) for place, position in mapping.blocks.items()}
    listed = _listed(mapping)
    seen = [Seen() for _ in raw.headers]
    ragged = 0
    for batch in raw.batches:
        observe(batch, seen, listed)
        ragged += len(batch.ragged)
    looks = tuple(
        HeaderLook(
            header,
            field_of.get(position, ""),
            column.kind(),
            column.form(),
            column.blank(),
            tuple(sorted(column.words)) if position in listed and len(column.words) <= MOST_WORDS else None,
        )
        for position, (header, column) in enumerate(zip(raw.headers, seen, strict=True))
    )
    return FileLook(source.name, layout, seen[0].cells + ragged, looks)


def _listed(mapping: Mapping) -> set[int]:
    told = {place for place in mapping.outcomes if place is not None}
    return told | {
        place for field, place in mapping.positions.items() if field == "stage" or KIND_OF[field] in WITH_WORDS
    }


def load_look(path: Path) -> FileLook:
    """The look that was recorded in a file."""
    fix = f"Record one with `dealport schema --from FILE --output {path}`."
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise UsageError(f"{path} cannot be read: {fault.strerror}.", fix) from fault
    except ValueError as fault:
        raise UsageError(f"{path} is not the recorded schema of a file: {fault}.", fix) from fault
