"""Forgets a person: in what is stored, in its history, in the ledger and in reject files; and proves it.

Contacts and what only they have are removed. What others need stays without the person: a lead keeps its company and
its status, a deal its account. In every other text the full name and the person's addresses are replaced. Files that
were imported, exports and backups are not dealport's to change.
"""

import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, String, Table, Text, and_, delete, func, or_, select, update
from sqlalchemy.types import TypeDecorator

from connectors import databases
from connectors.files import read_rows, read_table, write_table
from pipelines.merge.recording import close_run, next_moment, open_run
from schemas.clock import utc_now
from schemas.errors import RunError, UnknownNameError
from schemas.folding import folded_word
from schemas.names import match_key
from schemas.settings import Settings
from schemas.tables import HISTORY, account_alias, contact, held_plan, metadata, owner, run

FORGOTTEN = "[forgotten]"
STRUCTURE = {"id", "source", "created_at", "valid_from", "valid_to", "run_id", "row", "replaced_by_run_id", "name"}
"""Columns of a lead that stay: what it is called is a text like any other."""
ADDRESS = re.compile(r'[^\s"@,;:<>\[\]{}]+@[^\s"@,;:<>\[\]{}]+')
SHOWN = 10


@dataclass
class Forgotten:
    """What was removed or replaced, by place; `run` is None for a dry run."""

    run: int | None
    person: str
    removed: dict[str, int] = field(default_factory=dict)
    replaced: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def count(self, told: dict[str, int], place: str, number: int) -> None:
        """Add to what is counted of a place."""
        if number:
            told[place] = told.get(place, 0) + number


class _DryRunError(Exception):
    """Rolls back what is only to be shown."""


@dataclass(frozen=True)
class Person:
    """Who is forgotten: the ids of the contact, first and last name, and the texts that only mean this person."""

    ids: tuple[int, ...]
    first: str
    last: str
    texts: tuple[str, ...]

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds every such text, however it is capitalised."""
        return re.compile("|".join(map(re.escape, sorted(self.texts, key=len, reverse=True))), re.IGNORECASE)


def forget_contact(
    name: str, database: str, settings: Settings, *, dry_run: bool = False, clock: Callable[[], datetime] = utc_now
) -> Forgotten:
    """Forget the contact of a full name, as a run of its own that cannot be undone."""
    begun = clock()
    done = Forgotten(None, name)
    try:
        with databases.writing(database) as connection:
            databases.erase_for_good(connection)
            person = _person(connection, name)
            _remove(connection, person, done)
            _blank_leads(connection, person, done)
            _replace(connection, person, done)
            _drop_plans(connection, person, done)
            rewritten = [_without(Path(file), person) for file in _reject_files(connection)]
            done.files = [str(file) for file, lines in filter(None, rewritten)]
            _prove(connection, person)
            if dry_run:
                raise _DryRunError
            recorded = next_moment(connection, begun)
            facts = {"kind": "forget", "settings": settings.fingerprint(), "removed": sum(done.removed.values())}
            done.run = open_run(connection, begun, recorded, facts)
            close_run(connection, done.run, {"finished_at": max(clock(), recorded)}, {}, [])
            for file, lines in filter(None, rewritten):
                write_table(file, lines[0], lines[1:])
    except _DryRunError:
        return done
    databases.compact(database)
    return done


def _person(connection: Connection, name: str) -> Person:
    wanted = folded_word(name)
    found: dict[int, tuple[str, str]] = {}
    emails: set[str] = set()
    for table in (contact, HISTORY[contact]):
        for row in connection.execute(select(table)).mappings():
            if folded_word(f"{row['first_name']} {row['last_name']}") == wanted:
                found[row["id"]] = row["first_name"], row["last_name"]
                emails |= {mail for cell in row.values() if isinstance(cell, str) for mail in ADDRESS.findall(cell)}
    if not found:
        known = connection.execute(select(contact.c.first_name, contact.c.last_name).limit(500))
        raise UnknownNameError("contact", name, [f"{one.first_name} {one.last_name}".strip() for one in known])
    first, last = next(iter(found.values()))
    names = [f"{first} {last}".strip(), f"{last}, {first}", f"{last},{first}"] if first and last else [first or last]
    return Person(tuple(sorted(found)), first, last, (*names, *sorted(emails)))


def _tables() -> Iterator[Table]:
    """Every table that may tell of a person; owners are users of the system."""
    return (table for table in metadata.sorted_tables if table not in {owner, HISTORY[owner]})


def _texts(table: Table) -> list[Column[Any]]:
    return [c for c in table.c if isinstance(c.type, String | Text) and not isinstance(c.type, TypeDecorator)]


def _remove(connection: Connection, person: Person, done: Forgotten) -> None:
    """Remove the contact and its images, after nothing refers to them."""
    present = {c.name for table in HISTORY for c in table.c if _means_contact(c)}
    for table in (both for pair in HISTORY.items() for both in pair):
        for column in (c for c in table.c if c.name in present):
            cleared = update(table).where(column.in_(person.ids)).values({column.name: None})
            done.count(done.replaced, f"{table.name}.{column.name}", connection.execute(cleared).rowcount)
    for table in (HISTORY[contact], contact):
        gone = connection.execute(delete(table).where(table.c.id.in_(person.ids))).rowcount
        done.count(done.removed, table.name, gone)


def _means_contact(column: Column[Any]) -> bool:
    return any(key.column.table is contact for key in column.foreign_keys)


def _blank_leads(connection: Connection, person: Person, done: Forgotten) -> None:
    """Blank what a lead says of the person, which is what a contact says of one too."""
    about = {column.name for column in contact.c} - STRUCTURE
    for table in _tables():
        if table in {contact, HISTORY[contact]} or not {"first_name", "last_name"} <= set(table.c.keys()):
            continue
        same = and_(
            func.coalesce(table.c.first_name, "") == person.first, func.coalesce(table.c.last_name, "") == person.last
        )
        blank = {column.name: None for column in table.c if column.name in about and column.nullable}
        cleared = connection.execute(update(table).where(same).values(blank)).rowcount
        done.count(done.replaced, f"{table.name} (person)", cleared)


def _replace(connection: Connection, person: Person, done: Forgotten) -> None:
    """Take the person's texts out of every text of every table."""
    for table in _tables():
        key = list(table.primary_key.columns)
        for column in _texts(table):
            rows = connection.execute(select(*key, column).where(_holds(column, person))).all()
            for *values, text in rows:
                same = and_(*(part == value for part, value in zip(key, values, strict=True)))
                if table is account_alias:
                    connection.execute(delete(table).where(same))
                    continue
                new = _clean(text, person)
                told = {column.name: new}
                if "match_key" in table.c and column.name == "name":
                    told = {"name": f"{new} {values[0]}", "match_key": match_key(f"{new} {values[0]}")}
                connection.execute(update(table).where(same).values(told))
            done.count(done.replaced, f"{table.name}.{column.name}", len(rows))


def _holds(column: Column[Any], person: Person) -> Any:
    """Whether a text may tell of the person; what is told in parts, as lists of contacts are, by the last name."""
    likely = [column.icontains(text, autoescape=True) for text in person.texts]
    if person.first and person.last:
        listed = f'"{person.last}"'
        likely.append(and_(column.icontains('"last_name"'), column.icontains(listed, autoescape=True)))
    return or_(*likely)


def _clean(text: str, person: Person) -> str:
    return person.pattern.sub(FORGOTTEN, _without_entries(text, person))


def _without_entries(text: str, person: Person) -> str:
    """A list of contacts in JSON without the person; any other text as it is."""
    if not text.startswith("[") or '"last_name"' not in text:
        return text
    try:
        entries = json.loads(text)
    except ValueError:
        return text
    kept = [one for one in entries if not _is_entry(one, person)]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _is_entry(entry: Any, person: Person) -> bool:
    if not isinstance(entry, dict):
        return False
    return (entry.get("first_name") or "", entry.get("last_name") or "") == (person.first, person.last)


def _drop_plans(connection: Connection, person: Person, done: Forgotten) -> None:
    """Drop held plans that tell of the person: a plan that was changed could not be applied anyway."""
    for number, plan in connection.execute(select(held_plan.c.run_id, held_plan.c.plan)).all():
        if person.pattern.search(gzip.decompress(plan).decode()):
            connection.execute(delete(held_plan).where(held_plan.c.run_id == number))
            held = run.c.id == number, run.c.state == "held"
            connection.execute(update(run).where(*held).values(state="refused"))
            done.count(done.removed, held_plan.name, 1)


def _reject_files(connection: Connection) -> list[str]:
    return sorted(set(connection.scalars(select(run.c.rejects).where(run.c.rejects.is_not(None)))))


def _without(file: Path, person: Person) -> tuple[Path, list[list[str]]] | None:
    """A reject file and its lines without the person, where it is there and tells of one."""
    if not file.is_file():
        return None
    table = read_table(file)
    wanted = [row for batch in table.batches for row in (*batch.row.to_pylist(), *(one.row for one in batch.ragged))]
    lines = [list(table.headers), *(list(cells) for _, cells in read_rows(file, wanted, table.how))]
    clean = [_without_person(line, person) for line in lines]
    return (file, clean) if clean != lines else None


def _without_person(line: list[str], person: Person) -> list[str]:
    cells = [person.pattern.sub(FORGOTTEN, cell) for cell in line]
    names = [person.first.casefold(), person.last.casefold()]
    folded = [cell.strip().casefold() for cell in cells]
    if all(name in folded for name in names if name):
        cells = ["" if cell and cell in names else old for cell, old in zip(folded, cells, strict=True)]
    return cells


def _prove(connection: Connection, person: Person) -> None:
    """Refuse to end while any text of any table still tells of the person."""
    left = []
    for table in _tables():
        for column in _texts(table):
            found: Iterable[Any] = connection.scalars(select(column).where(_holds(column, person)))
            if any(person.pattern.search(text) for text in found):
                left.append(f"{table.name}.{column.name}")
        for column in (c for c in table.c if _means_contact(c)):
            if connection.scalar(select(func.count()).select_from(table).where(column.in_(person.ids))):
                left.append(f"{table.name}.{column.name}")
    if left:
        why = f"The person is still told of in {', '.join(left[:SHOWN])}."
        raise RunError(why, "Nothing was changed. Please report this as a defect.")
