"""Results as words: summaries, problems and tables that fit 80 columns."""

import json
import sys
import textwrap
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import zip_longest
from typing import Any

from pipelines.cli.reading import reading_lines
from pipelines.imported import Imported
from pipelines.leads import Changed
from pipelines.problem_reports.text import listing
from pipelines.reporting import Answer
from pipelines.telling import findings_of
from schemas.problems import Problem

SHOWN_FAULTS = 20
WIDTH = 80


def say(text: str) -> None:
    """Write a line of the result."""
    sys.stdout.write(f"{text}\n")


def warn(text: str) -> None:
    """Write a line about problems or progress."""
    sys.stderr.write(f"{text}\n")


def money(amount: Decimal) -> str:
    """An amount with thousands separators and 2 decimals, or 4 where it has more."""
    digits = 2 if amount == amount.quantize(Decimal("0.01")) else 4
    return f"{amount:,.{digits}f}"


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


def table(
    headings: Sequence[str],
    lines: Iterable[Sequence[str]],
    *,
    right: Sequence[bool],
    last_apart: bool = False,
    notes: Sequence[str] = (),
) -> str:
    """Text in columns at most 80 wide, numbers to the right; columns of text are cut where they must be.

    `notes` are told below the first lines, one for each.
    """
    cells = [list(headings), *([str(cell) for cell in line] for line in lines)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(headings))]
    # a heading may be cut to the width of the numbers below it, never the numbers
    least = [max([4, *(len(line[column]) for line in cells[1:])]) for column in range(len(headings))]
    least = [width if numeric else min(width, 16) for width, numeric in zip(least, right, strict=True)]
    for _ in range(sum(widths) + 2 * (len(widths) - 1) - WIDTH):
        widest = max(range(len(widths)), key=lambda column: widths[column] - least[column])
        widths[widest] = max(widths[widest] - 1, least[widest])
    rows = []
    for line in cells:
        # headings are told apart by their ends: Closed Won, Closed Lost
        cut = _end if line is cells[0] else _beginning
        fitted = [cut(cell, width) for cell, width in zip(line, widths, strict=True)]
        placed = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(fitted, widths, right, strict=True)]
        rows.append("  ".join(placed).rstrip())
    rule = "  ".join("-" * width for width in widths)
    body = [rows[0], rule]
    for row, note in zip_longest(rows[1:], notes, fillvalue=""):
        body += [row, *textwrap.wrap(note, WIDTH, initial_indent="  ", subsequent_indent="    ")]
    if last_apart:
        body.insert(-1, rule)
    return "\n".join(body)


def _cents(amount: Decimal) -> str:
    return money(amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def _beginning(cell: str, width: int) -> str:
    return cell if len(cell) <= width else cell[: width - 1] + "…"


def _end(cell: str, width: int) -> str:
    return cell if len(cell) <= width else "…" + cell[1 - width :]


def answer_as_table(answer: Answer) -> str:
    """The answer of a report as a table with its grand total, amounts rounded half-up to 2 decimals for the eye."""
    shown = [column for column in answer.columns if column.shown]
    total = {shown[0].key: answer.total_name} | answer.total

    def line(row: dict[str, Any]) -> list[str]:
        return [_cents(row[c.key]) if c.money else str(row.get(c.key, "")) for c in shown]

    headings = [column.heading for column in shown]
    right = [column.added for column in shown]
    lines = [*map(line, answer.rows), line(total)]
    text = table(headings, lines, right=right, last_apart=True, notes=answer.notes)
    return f"{answer.report} in {answer.currency} as of {answer.when.told(answer.as_of)}\n\n{text}"
