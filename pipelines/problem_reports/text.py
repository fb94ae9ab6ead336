"""Text for a terminal: few problems one a line, many by their codes, with counts and the first examples."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap

from pipelines.findings import Findings, count, summary
from schemas.problems import Problem

FEW = 20
WIDTH = 80
MOST_LINES = 60
EXAMPLES = 3
ROWS_NAMED = 3
LONGEST_VALUE = 40
VISIBLE = {code: chr(0x2400 + code) for code in range(32)} | {127: "\N{SYMBOL FOR DELETE}"}
"""Control characters as pictures: a line stays a line, and no cell can command the terminal."""


def pieces(files: Sequence[Findings]) -> Iterator[str]:
    """A heading for each file, then what is wrong with it."""
    for number, findings in enumerate(files):
        lines = listing(findings)
        if len(findings.problems) <= FEW:
            lines = [f"{findings.file}: {summary(findings)}", *lines]
        yield "".join(f"{line}\n" for line in ([""] if number else []) + lines)


def listing(findings: Findings) -> list[str]:
    """Every problem in a line of its own where they are few; else at most 60 lines that say what prevails."""
    if len(findings.problems) <= FEW:
        return [_visible(f"row {problem.row}: {problem}") for problem in findings.problems]
    groups = {code: _alike(problems) for code, problems in findings.by_code().items()}
    head = wrap(f"{findings.file}: {summary(findings)}", WIDTH, break_on_hyphens=False)
    foot = ["", *_next(findings)]
    lines: list[str] = []
    for examples in range(EXAMPLES, -1, -1):
        lines = [line for code, alike in groups.items() for line in _group(code, alike, examples)]
        if len(head) + len(lines) + len(foot) <= MOST_LINES:
            break
    return [*head, *lines, *foot]


class _Alike:
    """Problems that say the same of the same value: the first one, the first rows, and how many."""

    def __init__(self, first: Problem) -> None:
        self.first, self.rows, self.count = first, list[int](), 0

    def add(self, row: int) -> None:
        self.count += 1
        if len(self.rows) < ROWS_NAMED:
            self.rows.append(row)

    def where(self) -> str:
        rows = ", ".join(f"{row}" for row in self.rows)
        more = self.count - len(self.rows)
        return f"row{'s' if self.count > 1 else ''} {rows}" + (f" and {more:,} more" if more else "")


def _alike(problems: Sequence[Problem]) -> list[_Alike]:
    found: dict[tuple[str, str, str], _Alike] = {}
    for problem in problems:
        key = (problem.header, problem.value, problem.fix)
        if key not in found:
            found[key] = _Alike(problem)
        found[key].add(problem.row)
    return sorted(found.values(), key=lambda alike: -alike.count)


def _group(code: str, alike: Sequence[_Alike], examples: int) -> Iterator[str]:
    if examples:
        yield ""
    yield f"{code}: {count(sum(one.count for one in alike), 'problem')}"
    fixes = set[str]()
    for one in alike[:examples]:
        said = _sentence(one.first) if not fixes else _value(one.first)
        if one.first.fix not in fixes:
            said = f"{said}. {one.first.fix}" if not fixes else f"{said}. {one.first.fix.partition('?')[0]}?"
        fixes.add(one.first.fix)
        yield from wrap(
            _visible(f"{one.where()}: {said}"),
            WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
            break_on_hyphens=False,
        )
    if examples and len(alike) > examples:
        yield f"  and {count(len(alike) - examples, 'other value')}"


def _sentence(problem: Problem) -> str:
    return f"{_value(problem)} {problem.why}" if problem.header else problem.why


def _value(problem: Problem) -> str:
    if not problem.header:
        return problem.why
    value = problem.value
    shown = value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 3] + "..."
    return f"'{problem.header}': '{shown}'"


def _next(findings: Findings) -> Iterator[str]:
    marked = shlex.quote(str(Path(findings.file).with_suffix(".marked.xlsx").name))
    if findings.rejects:
        yield "Next: correct the rejected rows and import them:"
        yield f"  dealport import {shlex.quote(findings.rejects)}"
    if findings.run is None:
        yield "Your sheet with these cells coloured comes from the same command with"
        yield f"  --format xlsx --output {marked}"
    else:
        yield "Your sheet with these cells coloured:"
        yield f"  dealport runs show {findings.run} --format xlsx --output {marked}"


def _visible(text: str) -> str:
    return text.translate(VISIBLE)
