"""What a format of problems knows of one file: how it was read, its counts, every problem, and the file itself."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from schemas.problems import RULES, Problem, Rule


class Place(NamedTuple):
    """Where a cell stands in a text: its line and the character in that line, both from 1."""

    line: int
    character: int


Rows = Iterator[tuple[int, Sequence[Any]]]
"""The rows of a file as they came, numbered as in that file: texts, or the values that a workbook holds."""
Wanted = Mapping[int, set[int]]
"""Rows of a file, and the columns of each whose places are asked for."""


@dataclass(frozen=True)
class Source:
    """A file that is still as it was judged.

    `shown` tells the row that problems name, where it is not the row of this file (a reject file names those of the
    file it came from); `choices` are the words that a column accepts, by its position from 0.
    """

    rows: Callable[[], Rows]
    places: Callable[[Wanted], dict[tuple[int, int], Place]]
    shown: Mapping[int, int] = field(default_factory=dict)
    choices: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    is_text: bool = True


@dataclass(frozen=True)
class Findings:
    """What was found in one file; without its source (gone, or changed since) `absent` says why, and what to do.

    So it does for a file that was refused: one that could not be judged at all.
    """

    file: str
    layout: str
    headers: tuple[str, ...]
    read: int
    rejected: int
    problems: Sequence[Problem]
    notes: tuple[str, ...] = ()
    sheet: str | None = None
    header_row: int = 1
    run: int | None = None
    rejects: str | None = None
    source: Source | None = None
    absent: tuple[str, str] = ("", "")
    refused: bool = False
    ways: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=lambda: RULES)

    def by_code(self) -> dict[str, list[Problem]]:
        """The problems of each code, the code with the most of them first."""
        found = defaultdict(list)
        for problem in self.problems:
            found[problem.code].append(problem)
        return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))

    def rows_of_file(self) -> dict[int, int]:
        """The row of this file for each row that a problem names, where they differ."""
        return {shown: row for row, shown in self.source.shown.items()} if self.source else {}

    def placed(self, most: int) -> Iterator[tuple[Problem, Place]]:
        """The first problems, each with its place: line and character of a text, else row and column number.

        What is said of the whole file stands at its headers.
        """
        told = self.problems[:most]
        row_of = self.rows_of_file()
        rows = [row_of.get(problem.row, problem.row) or self.header_row for problem in told]
        wanted: dict[int, set[int]] = defaultdict(set)
        for row, problem in zip(rows, told, strict=True):
            wanted[row].add(max(problem.column, 1))
        places = self.source.places(wanted) if self.source and self.source.is_text else {}
        for row, problem in zip(rows, told, strict=True):
            column = max(problem.column, 1)
            yield problem, places.get((row, column), Place(row, column))


def count(number: int, what: str) -> str:
    """A number of things: 1 problem, 1,200 problems."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def summary(findings: Findings) -> str:
    """How much is wrong with a file: '5 problems in 2 of 3 rows', or 'no problems in 3 rows', and its warnings."""
    if findings.refused:
        return "could not be judged"
    warnings = sum(problem.warns for problem in findings.problems)
    problems = len(findings.problems) - warnings
    told = f"no problems in {count(findings.read, 'row')}"
    if problems:
        told = f"{count(problems, 'problem')} in {findings.rejected:,} of {count(findings.read, 'row')}"
    return f"{told}, {count(warnings, 'warning')}" if warnings else told


def general(rule: Rule) -> tuple[str, str]:
    """What a rule says of any value: why, as a sentence about a cell, and the fix."""
    why = rule.why.replace("{detail}", "…")
    told = "The row has more or fewer cells than there are headers." if why == "…" else f"The cell {why}."
    return told.replace("….", "…"), rule.fix.replace("{detail} ", "")
