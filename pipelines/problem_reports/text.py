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
SPACED = 12
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
    if findings.refused:
        return list(map(_visible, findings.absent))
    if len(findings.problems) <= FEW:
        return [_visible(f"{problem.where}: {problem}") for problem in findings.problems]
    head = wrap(f"{findings.file}: {summary(findings)}", WIDTH, break_on_hyphens=False)
    foot = ["", *_next(findings)]
    groups = [(code, _alike(problems)) for code, problems in findings.by_code().items()]
    return [*head, *_grouped(groups, MOST_LINES - len(head) - len(foot)), *foot]


def _grouped(groups: Sequence[tuple[str, list["_Alike"]]], room: int) -> list[str]:
    """A heading for each code; then, the biggest first, as much of its examples as there is room for."""
    before = [""] if len(groups) <= SPACED else []
    shapes = [[[*before, *_group(code, alike, detail)] for detail in range(EXAMPLES + 2)] for code, alike in groups]
    taken = [shape[0] for shape in shapes]
    room -= sum(map(len, taken))
    for detail in range(1, EXAMPLES + 2):
        for place, shape in enumerate(shapes):
            more = len(shape[detail]) - len(taken[place])
            if taken[place] is shape[detail - 1] and more <= room:
                taken[place] = shape[detail]
                room -= more
    return [line for lines in taken for line in lines]


class _Alike:
    """Problems that say the same of the same value: the first one, the first rows, and how many."""

    def __init__(self, first: Problem) -> None:
        self.first, self.rows, self.count = first, list[int](), 0

    def add(self, row: int) -> None:
        self.count += 1
        if len(self.rows) < ROWS_NAMED:
            self.rows.append(row)

    def where(self) -> str:
        if not self.first.row:
            return self.first.where
        rows = ", ".join(f"{row}" for row in self.rows)
        more = f" and {self.count - len(self.rows):,} more" if self.count > len(self.rows) else ""
        return f"row{'s' if self.count > 1 else ''} {rows}{more}{', warning' if self.first.warns else ''}"


def _alike(problems: Sequence[Problem]) -> list[_Alike]:
    found: dict[tuple[str, str, str, bool], _Alike] = {}
    for problem in problems:
        key = (problem.header, problem.value, problem.fix, problem.warns)
        if key not in found:
            found[key] = _Alike(problem)
        found[key].add(problem.row)
    return sorted(found.values(), key=lambda alike: -alike.count)


def _group(code: str, alike: Sequence[_Alike], detail: int) -> Iterator[str]:
    """A heading, then nothing, the first example cut to one line, or some examples in full."""
    what = "warning" if all(one.first.warns for one in alike) else "problem"
    yield f"{code}: {count(sum(one.count for one in alike), what)}"
    if detail == 1:
        line = _visible(f"  {alike[0].where()}: {_sentence(alike[0].first)}")
        yield line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"
    fixes = set[str]()
    for one in alike[: detail - 1] if detail > 1 else ():
        said = _value(one.first) if fixes else _sentence(one.first)
        if one.first.fix not in fixes:
            said = f"{said}. {_suggestion(one.first.fix) if fixes else one.first.fix}"
        fixes.add(one.first.fix)
        yield from _wrapped(f"{one.where()}: {said}")
    if detail and len(alike) > max(detail - 1, 1):
        yield f"  and {count(len(alike) - max(detail - 1, 1), 'other value')}"


def _wrapped(text: str) -> list[str]:
    return wrap(_visible(text), WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _suggestion(fix: str) -> str:
    """What a fix says of its own value, without what is said already: Did you mean 'won'?"""
    return fix[: fix.index("?") + 1] if "?" in fix else fix


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
