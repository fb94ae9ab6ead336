"""The commands about runs: the ledger, one run of it, undoing one, and the life of an opportunity."""

import json
import textwrap
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pipelines.cli import NOTHING, REJECTED, STORED, plans, problems

if TYPE_CHECKING:
    from pipelines.undoing import Undone

SHOWN_KEPT = 20


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
    _finish(traced, trace_life, database)


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
    from pipelines.cli.told_runs import numbers, state, what
    from pipelines.ledger import list_runs as use_case
    from pipelines.text_tables import table

    runs = use_case(url_of(words))
    if words.json:
        showing.show_json(runs)
        return STORED
    partly = {one["id"] for one in runs if one["kind"] == "undo" and one["kept"]}
    lines = [
        (
            what(one),
            str(one["id"]),
            f"{one['started_at']:%Y-%m-%d %H:%M}",
            *(str(number) for number in numbers(one)),
            state(one, partly),
        )
        for one in runs
    ]
    headings = ("What", "Run", "Started (UTC)", "Read", "Add", "Upd", "Left", "State")
    showing.say(table(headings, lines, right=(False, True, False, *[True] * 4, False)))
    return STORED


def show_run(words: Namespace) -> int:
    """dealport runs show."""
    from pipelines.cli import showing
    from pipelines.cli.given import settings_of, url_of
    from pipelines.cli.told_runs import told_run
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
    from pipelines.cli.told_runs import moving, undo_table
    from pipelines.text_tables import WIDTH

    done = f"run {undone.run}" if undone.run else ("dry run, nothing stored" if undone.moved else "nothing undone")
    showing.say(f"undo of {undone.what}: {done}")
    for line in undo_table({name: asdict(counts) for name, counts in undone.tables.items()}):
        showing.say(line)
    for code, told in undone.money.items():
        showing.say(f"  {code}  {moving(told.before, told.after)}")
    kept = undone.total("kept")
    if kept:
        showing.say(f"  {kept:,} rows were kept:" if kept > 1 else "  1 row was kept:")
    for row in undone.kept_rows[:SHOWN_KEPT]:
        text = f"{row.table} {row.key} '{row.name}': {row.why}"
        for line in textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="      "):
            showing.say(line)
    if kept > SHOWN_KEPT:
        showing.say(f"    … and {kept - SHOWN_KEPT:,} more (--json lists {len(undone.kept_rows):,})")


# --------------------------------------------------------------------------------------------------------- trace


def trace_life(words: Namespace) -> int:
    """dealport trace."""
    from pipelines.cli import showing
    from pipelines.cli.given import url_of
    from pipelines.cli.told_lives import told_life
    from pipelines.tracing import trace

    life = trace(url_of(words), words.opportunity)
    if words.json:
        showing.show_json(asdict(life))
        return STORED
    for line in told_life(life):
        showing.say(line)
    return STORED
