"""The commands about runs: the ledger, one run of it, undoing one, and the life of an opportunity."""

import json
import textwrap
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.cli import NOTHING, REJECTED, STORED, plans, problems

if TYPE_CHECKING:
    from pipelines.ledger import LedgerRun
    from pipelines.tracing import Event, Life, Origin
    from pipelines.undoing import Undone

WIDTH = 80
COLUMN = 14
SHOWN_KEPT = 20
COUNTS = ("added", "updated", "unchanged", "duplicate", "rejected")


def add_words(commands: Any, database: Callable[[ArgumentParser], None]) -> None:
    """Add the words of these commands; `database` adds those that name the database."""
    about = "show the ledger of runs, or undo one"
    runs = commands.add_parser("runs", help=about, description=f"{about.capitalize()}.")
    _finish(runs, list_runs, database)
    nested = runs.add_subparsers(metavar="COMMAND")

    def add(name: str, function: Callable[[Namespace], int], told: str) -> ArgumentParser:
        command: ArgumentParser = nested.add_parser(name, help=told, description=f"{told[0].upper()}{told[1:]}.")
        command.add_argument("number", type=int, metavar="N", help="number of the run")
        _finish(command, function, database)
        return command

    problems.add_options(add("show", show_run, "show one run with its money and problems"))
    undone = add("undo", undo_run, "take back what a run added and changed, as a run of its own")
    undone.add_argument("--dry-run", action="store_true", help="show what an undo would do, and store nothing")
    undone.add_argument("--cascade", action="store_true", help="first undo later runs that changed the same rows")
    plans.held_words(add)
    about = "show the whole life of an opportunity: each change, with the file and row that stated it"
    traced = commands.add_parser("trace", help=about, description=f"{about[0].upper()}{about[1:]}.")
    traced.add_argument("opportunity", metavar="OPPORTUNITY", help="its number, an id such as orocrm:501, or its name")
    _finish(traced, trace, database)


def _finish(
    command: ArgumentParser, function: Callable[[Namespace], int], database: Callable[[ArgumentParser], None]
) -> None:
    command.set_defaults(command=function)
    command.add_argument("--json", action="store_true", help="print JSON")
    database(command)


# ---------------------------------------------------------------------------------------------------- the ledger


def list_runs(words: Namespace) -> int:
    """dealport runs."""
    from pipelines.cli import showing
    from pipelines.cli.given import url_of
    from pipelines.ledger import list_runs as use_case
    from pipelines.text_tables import table

    runs = use_case(url_of(words))
    if words.json:
        showing.show_json(runs)
        return STORED
    partly = {one["id"] for one in runs if one["kind"] == "undo" and one["kept"]}
    lines = [
        (
            _what(one),
            str(one["id"]),
            f"{one['started_at']:%Y-%m-%d %H:%M}",
            *(str(number) for number in _numbers(one)),
            _state(one, partly),
        )
        for one in runs
    ]
    headings = ("What", "Run", "Started (UTC)", "Read", "Add", "Upd", "Left", "State")
    showing.say(table(headings, lines, right=(False, True, False, *[True] * 4, False)))
    return STORED


def _what(facts: dict[str, Any]) -> str:
    of = f"run {facts['undoes_run_id']}" if facts["undoes_run_id"] else Path(facts["file"]).name
    return of if facts["kind"] == "import" else " of ".join(filter(None, (facts["kind"], of)))


def _numbers(facts: dict[str, Any]) -> Iterator[int]:
    """What a run did; what an undo removed is less than nothing added, and what it kept is left."""
    count = {name: facts[name] or 0 for name in ("read", *COUNTS, "removed", "kept")}
    yield count["read"]
    yield count["added"] - count["removed"]
    yield count["updated"]
    yield count["rejected"] + count["kept"]


def _state(facts: dict[str, Any], partly: set[int]) -> str:
    if facts["undone_by"] is None:
        return "" if facts["state"] == "done" else str(facts["state"])
    return "partly" if facts["undone_by"] in partly else "undone"


def show_run(words: Namespace) -> int:
    """dealport runs show."""
    from pipelines.cli import showing
    from pipelines.cli.given import settings_of, url_of
    from pipelines.ledger import show_run as use_case
    from pipelines.problem_reports.text import listing
    from pipelines.telling import findings_of_run

    asked = problems.format_asked(words)
    found = use_case(url_of(words), words.number)
    if asked:
        problems.write_problems(words, [findings_of_run(found, settings_of(words))])
        return STORED
    if words.json:
        told = [showing.problem_as_json(problem) for problem in found.problems]
        undone_by = [undo["id"] for undo in found.undone_by]
        facts = found.facts | {"reading": json.loads(found.facts["reading"] or "null")}
        others = {"undone_by": undone_by, "approved_by": found.approved_by}
        showing.show_json({**facts, **others, "money": found.money, "problem_list": told})
        return STORED
    for line in told_run(found):
        showing.say(line)
    for line in listing(findings_of_run(found)):
        showing.say(line)
    return STORED


def told_run(found: "LedgerRun") -> Iterator[str]:
    """A run in words, in lines of 80 characters."""
    facts, reading = found.facts, json.loads(found.facts["reading"] or "{}")
    yield f"run {facts['id']}: {_title(found)}"
    yield from _item("by", facts["done_by"])
    yield from _item("started", _when(facts))
    if facts["reason"]:
        yield from _item("because", facts["reason"])
    if facts["file"]:
        yield from _item("file", facts["file"])
        yield from _item("", f"{facts['size']:,} bytes, sheet {facts['sheet']}" if facts["sheet"] else _size(facts))
        yield from _item("SHA-256", facts["sha256"])
    if facts["layout"]:
        yield from _item("layout", _layout(facts, reading))
    yield from _item("read as", ", ".join(f"{what} {value}" for what, value in reading.get("found", {}).items()))
    for sentence in (*reading.get("decisions", ()), *reading.get("notes", ())):
        yield from _item("decided", sentence)
    if facts["mode"]:
        yield from _item("mode", f"{facts['mode']}, duplicates {facts['duplicates']}")
    yield from _item("settings", facts["settings"])
    yield from _item("dealport", facts["version"])
    yield from _counted(found, reading)
    if facts["rejects"]:
        yield from _item("reject file", facts["rejects"])
    for undo in found.undone_by:
        yield from _item("undone by", f"run {undo['id']} on {undo['started_at']:%Y-%m-%d %H:%M} by {undo['done_by']}")
    if found.approved_by:
        yield from _item("approved by", f"run {found.approved_by}")


def _title(found: "LedgerRun") -> str:
    facts, about = found.facts, found.about
    of = Path(facts["file"]).name
    title = f"{facts['kind']} of {of}" if of else str(facts["kind"])
    if facts["undoes_run_id"]:
        title = f"undo of run {facts['undoes_run_id']}"
        named = _what(about) if about else ""
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
    from pipelines.text_tables import money

    facts = found.facts
    if facts["kind"] == "undo":
        yield from undo_table(reading["tables"])
        for code, moving in reading["money"].items():
            yield from _item(code, _moving(Decimal(moving["before"]), Decimal(moving["after"])))
        return
    parts = " + ".join(f"{facts[part]:,} {part}" for part in COUNTS if facts[part] is not None)
    yield from _item("rows", f"{facts['read'] or 0:,} read = {parts}")
    others = [f"{facts[part]:,} {part}" for part in ("missing", "removed", "kept") if facts[part]]
    yield from _item("", ", ".join(others))
    for code, sums in found.money.items():
        shown = " + ".join(f"{money(sums[part])} {part}" for part in ("stored", "duplicate", "rejected"))
        yield from _item(code, f"{money(sums['file'])} = {shown}")


def _item(name: str, text: str) -> list[str]:
    """A name and what belongs to it, in 80 columns; nothing where there is nothing to tell."""
    lines = textwrap.wrap(text, WIDTH - COLUMN - 2, break_on_hyphens=False)
    names = [name, *[""] * len(lines)]
    return [f"  {first:<{COLUMN}}{line}" for first, line in zip(names, lines, strict=False)]


# ---------------------------------------------------------------------------------------------------------- undo


def undo_run(words: Namespace) -> int:
    """dealport runs undo."""
    from pipelines.cli import showing
    from pipelines.cli.given import url_of
    from pipelines.undoing import undo_run as use_case

    database = url_of(words)
    undone = use_case(database, words.number, cascade=words.cascade, dry_run=words.dry_run)
    every = (*undone.before, undone)
    if words.json:
        showing.show_json(_as_json(undone))
    else:
        for one in every:
            _show_undone(one)
    if not any(one.moved for one in every):
        return NOTHING
    return REJECTED if any(one.total("kept") for one in every) else STORED


def _as_json(undone: "Undone") -> dict[str, Any]:
    counts = {name: undone.total(name) for name in ("read", "restored", "removed", "kept", "undone", "along")}
    return {
        "run": undone.run,
        "undoes": undone.undoes,
        "dry_run": undone.dry_run,
        **counts,
        "tables": {name: asdict(told) for name, told in undone.tables.items()},
        "money": {code: asdict(moving) for code, moving in undone.money.items()},
        "kept_rows": [asdict(row) for row in undone.kept_rows],
        "before": [_as_json(one) for one in undone.before],
    }


def _show_undone(undone: "Undone") -> None:
    from pipelines.cli import showing

    done = f"run {undone.run}" if undone.run else ("dry run, nothing stored" if undone.moved else "nothing undone")
    showing.say(f"undo of {undone.what}: {done}")
    for line in undo_table({name: asdict(counts) for name, counts in undone.tables.items()}):
        showing.say(line)
    for code, moving in undone.money.items():
        showing.say(f"  {code}  {_moving(moving.before, moving.after)}")
    kept = undone.total("kept")
    if kept:
        showing.say(f"  {kept:,} rows were kept:" if kept > 1 else "  1 row was kept:")
    for row in undone.kept_rows[:SHOWN_KEPT]:
        text = f"{row.table} {row.key} '{row.name}': {row.why}"
        for line in textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="      "):
            showing.say(line)
    if kept > SHOWN_KEPT:
        showing.say(f"    … and {kept - SHOWN_KEPT:,} more (--json lists {len(undone.kept_rows):,})")


def undo_table(tables: dict[str, dict[str, int]]) -> list[str]:
    """What became of the rows of each table, as a table."""
    from pipelines.text_tables import table

    parts = ("read", "restored", "removed", "kept", "undone", "along")
    headings = ("  Rows", "Written", "Restored", "Removed", "Kept", "Undone already", "Along")
    lines = [(f"  {name}", *(f"{counts[part]:,}" for part in parts)) for name, counts in tables.items()]
    return table(headings, lines, right=(False, *[True] * 6)).splitlines() if lines else []


def _moving(before: Decimal, after: Decimal) -> str:
    from pipelines.text_tables import money

    return f"{money(before)} before, {money(after)} after"


# --------------------------------------------------------------------------------------------------------- trace


def trace(words: Namespace) -> int:
    """dealport trace."""
    from pipelines.cli import showing
    from pipelines.cli.given import url_of
    from pipelines.tracing import trace as use_case

    life = use_case(url_of(words), words.opportunity)
    if words.json:
        showing.show_json(asdict(life))
        return STORED
    for line in told_life(life):
        showing.say(line)
    return STORED


def told_life(life: "Life") -> Iterator[str]:
    """A life in lines of 80 characters."""
    own = f" ({life.source}:{life.source_id})" if life.source_id else ""
    yield f"opportunity {life.id} '{life.name}'{own}{'' if life.present else ', removed'}"
    for event in life.events:
        yield ""
        yield from _told_event(event)


def _told_event(event: "Event") -> Iterator[str]:
    from pipelines.undo.counting import run_in_words

    by = event.by
    told = run_in_words(by.run, by.kind, by.file, by.undoes)
    text = f"{event.moment:%Y-%m-%d %H:%M:%S} {event.what} by {told}, by {by.by}"
    yield from textwrap.wrap(text, WIDTH, subsequent_indent="    ")
    if event.stated:
        yield from _item("stated in", _place(event.stated))
    for field, (old, new) in event.changes.items():
        text = _cell(new) if old is None and event.what in {"added", "returned"} else f"{_cell(old)} → {_cell(new)}"
        lines = textwrap.wrap(text, WIDTH - 28, break_on_hyphens=False) or [""]
        yield from (f"    {name:<24}{line}" for name, line in zip([field, *[""] * len(lines)], lines, strict=False))


def _place(stated: "Origin") -> str:
    sheet = f", sheet {stated.sheet}" if stated.sheet else ""
    row = f", row {stated.row}" if stated.row else ""
    return f"{stated.file or 'no file'}{sheet}{row} (run {stated.run})"


def _cell(value: Any) -> str:
    if value is None:
        return "blank"
    if isinstance(value, Decimal):
        from schemas.exact import plain

        return f"{plain(value):f}"
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)
