"""Runs in words: one run of the ledger in lines of 80 characters, and what an undo did to each table."""

import json
import textwrap
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.text_tables import WIDTH, money, table

if TYPE_CHECKING:
    from pipelines.ledger import LedgerRun

COLUMN = 14
COUNTS = ("added", "updated", "unchanged", "duplicate", "rejected")


def what(facts: dict[str, Any]) -> str:
    """What a run was about: its file, or the run that it undid."""
    of = f"run {facts['undoes_run_id']}" if facts["undoes_run_id"] else Path(facts["file"]).name
    return of if facts["kind"] == "import" else " of ".join(filter(None, (facts["kind"], of)))


def numbers(facts: dict[str, Any]) -> Iterator[int]:
    """What a run did; what an undo removed is less than nothing added, and what it kept is left."""
    count = {name: facts[name] or 0 for name in ("read", *COUNTS, "removed", "kept")}
    yield count["read"]
    yield count["added"] - count["removed"]
    yield count["updated"]
    yield count["rejected"] + count["kept"]


def state(facts: dict[str, Any], partly: set[int]) -> str:
    """What has become of a run, where that is more than that it is done; `partly` are the undos that kept rows."""
    if facts["undone_by"] is None:
        return "" if facts["state"] == "done" else str(facts["state"])
    return "partly" if facts["undone_by"] in partly else "undone"


def told_run(found: "LedgerRun") -> Iterator[str]:
    """A run in words, in lines of 80 characters."""
    facts, reading = found.facts, json.loads(found.facts["reading"] or "{}")
    yield f"run {facts['id']}: {_title(found)}"
    yield from item("by", facts["done_by"])
    yield from item("started", _when(facts))
    if facts["reason"]:
        yield from item("because", facts["reason"])
    if facts["file"]:
        yield from item("file", facts["file"])
        yield from item("", f"{facts['size']:,} bytes, sheet {facts['sheet']}" if facts["sheet"] else _size(facts))
        yield from item("SHA-256", facts["sha256"])
    if facts["layout"]:
        yield from item("layout", _layout(facts, reading))
    yield from item("read as", ", ".join(f"{what} {value}" for what, value in reading.get("found", {}).items()))
    for sentence in (*reading.get("decisions", ()), *reading.get("notes", ())):
        yield from item("decided", sentence)
    if facts["mode"]:
        yield from item("mode", f"{facts['mode']}, duplicates {facts['duplicates']}")
    yield from item("settings", facts["settings"])
    yield from item("dealport", facts["version"])
    yield from _counted(found, reading)
    if facts["rejects"]:
        yield from item("reject file", facts["rejects"])
    for undo in found.undone_by:
        yield from item("undone by", f"run {undo['id']} on {undo['started_at']:%Y-%m-%d %H:%M} by {undo['done_by']}")
    if found.approved_by:
        yield from item("approved by", f"run {found.approved_by}")


def _title(found: "LedgerRun") -> str:
    facts, about = found.facts, found.about
    of = Path(facts["file"]).name
    title = f"{facts['kind']} of {of}" if of else str(facts["kind"])
    if facts["undoes_run_id"]:
        title = f"undo of run {facts['undoes_run_id']}"
        named = what(about) if about else ""
        title += f" ({named})" if named else ""
    if facts["held_run_id"]:
        title += f", approved after it was held as run {facts['held_run_id']}"
    if found.undone_by:
        return f"{title}, {'partly undone' if found.undone_by[0]['kept'] else 'undone'}"
    return title if facts["state"] == "done" else f"{title}, {facts['state']}"


def _when(facts: dict[str, Any]) -> str:
    started, finished = facts["started_at"], facts["finished_at"]
    took = f", took {(finished - started).total_seconds():.1f} s" if finished else ""
    return f"{started:%Y-%m-%d %H:%M:%S} UTC{took}"


def _size(facts: dict[str, Any]) -> str:
    return f"{facts['size']:,} bytes"


def _layout(facts: dict[str, Any], reading: dict[str, Any]) -> str:
    version = f", version {reading['layout_hash']}" if reading.get("layout_hash") else ""
    because = f", because {reading['because']}" if reading.get("because") else ""
    return f"{facts['layout']}{version}{because}"


def _counted(found: "LedgerRun", reading: dict[str, Any]) -> Iterator[str]:
    facts = found.facts
    if facts["kind"] == "undo":
        yield from undo_table(reading["tables"])
        for code, told in reading["money"].items():
            yield from item(code, moving(Decimal(told["before"]), Decimal(told["after"])))
        return
    parts = " + ".join(f"{facts[part]:,} {part}" for part in COUNTS if facts[part] is not None)
    yield from item("rows", f"{facts['read'] or 0:,} read = {parts}")
    others = [f"{facts[part]:,} {part}" for part in ("missing", "removed", "kept") if facts[part]]
    yield from item("", ", ".join(others))
    for code, sums in found.money.items():
        shown = " + ".join(f"{money(sums[part])} {part}" for part in ("stored", "duplicate", "rejected"))
        yield from item(code, f"{money(sums['file'])} = {shown}")


def item(name: str, text: str) -> list[str]:
    """A name and what belongs to it, in 80 columns; nothing where there is nothing to tell."""
    lines = textwrap.wrap(text, WIDTH - COLUMN - 2, break_on_hyphens=False)
    names = [name, *[""] * len(lines)]
    return [f"  {first:<{COLUMN}}{line}" for first, line in zip(names, lines, strict=False)]


def undo_table(tables: dict[str, dict[str, int]]) -> list[str]:
    """What became of the rows of each table, as a table."""
    parts = ("read", "restored", "removed", "kept", "undone", "along")
    headings = ("  Rows", "Written", "Restored", "Removed", "Kept", "Undone already", "Along")
    lines = [(f"  {name}", *(f"{counts[part]:,}" for part in parts)) for name, counts in tables.items()]
    return table(headings, lines, right=(False, *[True] * 6)).splitlines() if lines else []


def moving(before: Decimal, after: Decimal) -> str:
    """An amount before and after."""
    return f"{money(before)} before, {money(after)} after"
