"""Results as words: summaries, problems and tables that fit 80 columns."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from connectors.files import write_pieces
from pipelines.cli.reading import reading_lines
from pipelines.imported import Imported
from pipelines.leads import Changed
from pipelines.problem_reports.text import listing
from pipelines.telling import findings_of
from pipelines.text_tables import money
from schemas.problems import Problem

SHOWN_FAULTS = 20


def say(text: str) -> None:
    """Write a line of the result."""
    sys.stdout.write(f"{text}\n")


def write(piece: str | bytes) -> None:
    """Write a piece of the result as it is."""
    if isinstance(piece, bytes):
        sys.stdout.buffer.write(piece)
    else:
        sys.stdout.write(piece)


def show_or_write(pieces: Iterable[str | bytes], output: str | None, told: str) -> None:
    """Write a result to the file that is named, and say what it is; without one show it."""
    if output:
        write_pieces(Path(output), pieces)
        say(f"{output}: {told}")
        return
    for piece in pieces:
        write(piece)


def warn(text: str) -> None:
    """Write a line about problems or progress."""
    sys.stderr.write(f"{text}\n")


def show_json(told: Any) -> None:
    """Write a result as JSON; what is no JSON value is written as text."""
    say(json.dumps(told, default=str, ensure_ascii=False, indent=2))


def imported_as_json(imported: Imported) -> dict[str, Any]:
    """The result of an import as one JSON object."""
    counts = ("read", "added", "updated", "unchanged", "duplicate", "rejected")
    return {
        "run": imported.run,
        "file": str(imported.file),
        "layout": imported.layout,
        "found": imported.reading.found,
        "notes": list(imported.reading.notes),
        **{part: getattr(imported, part) for part in counts},
        "problems": [problem_as_json(problem) for problem in imported.problems],
        "money": {code: {part: str(sum_) for part, sum_ in vars(s).items()} for code, s in imported.money.items()},
        "balanced": imported.balanced,
        "rejects": str(imported.rejects) if imported.rejects else None,
        **({"converted": _converted_as_json(imported.converted)} if imported.converted else {}),
    }


def _converted_as_json(made: Changed) -> dict[str, Any]:
    """What became of the qualified leads of an import."""
    refused = [{"lead": name, "why": why} for name, why in made.refused]
    return {"run": made.run, "done": list(made.done), "refused": refused}


def problem_as_json(problem: Problem) -> dict[str, Any]:
    """A problem as a JSON object."""
    return {part: getattr(problem, part) for part in ("row", "header", "code", "value", "why", "fix", "warns")}


def show_imported(imported: Imported, *, stores: bool) -> None:
    """The summary of an import on the terminal, its problems beside it."""
    show_problems(imported)
    done = f"run {imported.run}" if imported.run else "checked"
    say(f"{imported.file}: layout {imported.layout}, {done}")
    for line in reading_lines(imported.reading):
        say(line)
    if stores:
        parts = ("added", "updated", "unchanged", "duplicate", "rejected")
        say(f"  read {imported.read} = " + " + ".join(f"{getattr(imported, part)} {part}" for part in parts))
        for code, sums in imported.money.items():
            said = f"{money(sums.stored)} stored + {money(sums.duplicate)} duplicate + {money(sums.rejected)} rejected"
            say(f"  {code} {money(sums.file)} = {said}")
    else:
        good = imported.read - imported.rejected
        say(f"  read {imported.read} = {good} valid + {imported.rejected} with problems")
    for headers, what in ((imported.unknown_headers, "unknown"), (imported.left_out_headers, "not imported")):
        if headers:
            say(f"  headers {what}: {', '.join(headers[:8])}{', …' if len(headers) > 8 else ''}")
    if imported.converted:
        made = imported.converted
        say(f"  qualified leads made opportunities: {len(made.done)}{f', run {made.run}' if made.run else ''}")
        for name, why in made.refused:
            warn(f"'{name}' was not converted. {why}")
    if imported.rejects:
        say(f"  rejected rows and what to fix: {imported.rejects}")


def show_problems(imported: Imported) -> None:
    """What is wrong with a file, beside the result: every problem where they are few, else what prevails."""
    for line in listing(findings_of(imported)):
        warn(line)
