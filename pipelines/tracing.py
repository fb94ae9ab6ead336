"""Traces an opportunity: its whole life, each change with its moment, its run, the row of the file that stated it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, select

from connectors.databases import reading
from schemas.entities import name_of
from schemas.errors import UnknownNameError, UsageError
from schemas.tables import HISTORY, account, opportunity, opportunity_history, run

BESIDES = ("id", "created_at", "valid_from", "run_id", "row")
SHOWN_CHOICES = 20
ALIKE, MOST_NAMES = 3, 1_000
"""Names are proposed for a wrong one where the first letters are the same."""
Image = dict[str, Any]


@dataclass(frozen=True)
class Origin:
    """A run as a trace names it, and the row of its file; an undo has neither file nor row."""

    run: int
    kind: str
    by: str
    file: str
    sheet: str | None
    row: int | None
    undoes: int | None


@dataclass(frozen=True)
class Event:
    """What happened to an opportunity at a moment: added, changed, restored (by an undo), returned or removed.

    `by` is the run that did it, `stated` the run and row whose values hold from then on (none once it is removed),
    `changes` each field with its value before and after.
    """

    moment: datetime
    what: str
    by: Origin
    stated: Origin | None
    changes: dict[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Life:
    """An opportunity from its first row to now, or to its removal."""

    id: int
    name: str
    source: str | None
    source_id: str | None
    present: bool
    events: list[Event]


def trace(database: str, word: str) -> Life:
    """The life of the opportunity of a number, of an id such as orocrm:501, or of a name that it has or had."""
    with reading(database) as connection:
        number = _number(connection, word)
        images = _images(connection, number)
        last, until = images[-1]
        return Life(
            number, last["name"], last["source"], last["source_id"], until is None, list(_events(connection, images))
        )


# ------------------------------------------------------------------------------------------------- which one


def _number(connection: Connection, word: str) -> int:
    """The number of the one opportunity that a word means; of several, the question which one."""
    source, colon, own = word.partition(":")
    ways: list[dict[str, Any]] = [{"id": int(word)}] if word.isascii() and word.isdecimal() and len(word) < 19 else []
    ways += [{"source": source, "source_id": own}] if colon else []
    for way in (*ways, {"name": word}):
        found = _having(connection, way)
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"{len(found)} opportunities are called '{word}'.", _choices(connection, found))
    alike = func.lower(func.substr(opportunity.c.name, 1, ALIKE)) == word[:ALIKE].lower()
    names = list(connection.scalars(select(opportunity.c.name).where(alike).distinct().limit(MOST_NAMES)))
    if names:
        raise UnknownNameError("opportunity", word, names)
    ways_told = "Give its number, an id such as orocrm:501, or its whole name."
    raise UsageError(f"There is no opportunity '{word}'.", ways_told)


def _having(connection: Connection, way: dict[str, Any]) -> list[int]:
    """Who has these values now; where nobody has, who had them."""
    for table in (opportunity, opportunity_history):
        same = (table.c[column] == value for column, value in way.items())
        found = list(connection.scalars(select(table.c.id).where(*same).distinct().order_by(table.c.id)))
        if found:
            return found
    return []


def _choices(connection: Connection, numbers: list[int]) -> str:
    lines = ["Name one by its number:"]
    for number in numbers[:SHOWN_CHOICES]:
        image = _images(connection, number)[-1][0]
        of = connection.scalar(select(account.c.name).where(account.c.id == image["account_id"]))
        parts = [image["status"], of or "no account", image["source_id"] and f"{image['source']}:{image['source_id']}"]
        lines.append(f"  {number}  {', '.join(filter(None, parts))}")
    return "\n".join([*lines, "  …"] if len(numbers) > SHOWN_CHOICES else lines)


# ----------------------------------------------------------------------------------------------- what happened


def _images(connection: Connection, number: int) -> list[tuple[Image, tuple[datetime, int] | None]]:
    """Every version that it ever was, in order of time, each with its end and the run that ended it."""
    past, now = opportunity_history, opportunity
    ended = connection.execute(select(past).where(past.c.id == number).order_by(past.c.replaced_by_run_id)).mappings()
    images: list[tuple[Image, tuple[datetime, int] | None]] = [
        (dict(image), (image["valid_to"], image["replaced_by_run_id"])) for image in ended
    ]
    present = connection.execute(select(now).where(now.c.id == number)).mappings()
    return images + [(dict(image), None) for image in present]


def _events(connection: Connection, images: list[tuple[Image, tuple[datetime, int] | None]]) -> Iterator[Event]:
    before: Image = {}
    ended: tuple[datetime, int] | None = None
    for image, end in images:
        moment = image["valid_from"]
        if ended and ended[0] < moment:
            yield Event(ended[0], "removed", _origin(connection, ended[1]), None, {})
            before = {}
        values = _values(connection, image)
        by = _origin(connection, _mover(connection, image), image)
        what = ("restored" if by.kind == "undo" else "changed") if before else ("returned" if ended else "added")
        changes = {field: (before.get(field), value) for field, value in values.items() if before.get(field) != value}
        yield Event(moment, what, by, _origin(connection, image["run_id"], image), changes)
        before, ended = values, end
    if ended:
        yield Event(ended[0], "removed", _origin(connection, ended[1]), None, {})


def _mover(connection: Connection, image: Image) -> int:
    """The run that made an image the present one: that of its moment, else that of its values."""
    moved = connection.scalar(select(run.c.id).where(run.c.recorded_at == image["valid_from"]))
    return int(moved or image["run_id"])


def _origin(connection: Connection, number: int, image: Image | None = None) -> Origin:
    facts = connection.execute(select(run).where(run.c.id == number)).one()
    row = image["row"] if image is not None and image["run_id"] == number else None
    return Origin(number, facts.kind, facts.done_by, facts.file, facts.sheet, row, facts.undoes_run_id)


def _values(connection: Connection, image: Image) -> Image:
    """What an image says, with the names of those it refers to as they were known from then on."""
    links = {key.parent.name: key.column.table for key in opportunity.foreign_keys}
    values: Image = {}
    for column in (column.name for column in opportunity.c if column.name not in BESIDES):
        value = image[column]
        if column in links and value is not None:
            value = _name_then(connection, links[column], value, image["valid_from"])
        values[column.removesuffix("_id") if column in links else column] = value
    return values


def _name_then(connection: Connection, table: Table, number: int, moment: datetime) -> str:
    past = HISTORY[table]
    then = (past.c.valid_from <= moment, past.c.valid_to > moment)
    known = select(name_of(past)).where(past.c.id == number, *then)
    now = select(name_of(table)).where(table.c.id == number)
    return str(connection.scalar(known) or connection.scalar(now))
