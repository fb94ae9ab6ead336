"""XLSX: the sheet as it came, bad cells coloured, what to fix in a last column; it imports again as it is."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from connectors.workbooks.marked import write_workbook
from connectors.workbooks.sheets import Line, MarkedSheet
from pipelines.findings import Findings, Source, count, summary
from pipelines.steps.left_over import kept_aside, left_over_headers
from pipelines.steps.reject import problem_cell, without_problem
from schemas.errors import RunError
from schemas.folding import folded
from schemas.mapping import PROBLEM_HEADER

if TYPE_CHECKING:
    from schemas.problems import Problem

BINARY = True
MOST_COMMENTS = 10_000
"""Comments make a workbook slow to open; further cells are coloured, and the Problem column tells of every one."""
LONGEST_CELL = 32_767
PIECE_BYTES = 1 << 20
NARROWEST, WIDEST, PROBLEM_WIDTH = 10, 40, 90


def pieces(files: Sequence[Findings]) -> Iterator[bytes]:
    """The workbook: the sheet of the file, its rejected rows alone, and what it is about."""
    (findings,) = files
    if findings.source is None:
        raise RunError(*findings.absent)
    with TemporaryFile() as file:
        write_workbook(file, _sheets(findings, findings.source))
        file.seek(0)
        yield from iter(lambda: file.read(PIECE_BYTES), b"")


def _sheets(findings: Findings, source: Source) -> list[MarkedSheet]:
    marking = _Marking(findings, source)
    name = findings.sheet or "Sheet1"
    sheets = [marking.sheet(name, findings.header_row, only_rejected=False)]
    if marking.rejected:
        sheets.append(marking.sheet("Rejected", 1, only_rejected=True))
    return [*sheets, _about(findings, marking)]


class _Marking:
    """The problems of a file by its rows, and its columns with Problem as the last one."""

    def __init__(self, findings: Findings, source: Source) -> None:
        self.source, self.given, self.ways = source, findings.headers, findings.ways
        named = [position for position, header in enumerate(self.given) if folded(header) == folded(PROBLEM_HEADER)]
        self.place = named[-1] if named else None
        row_of = findings.rows_of_file()
        self.problems: dict[int, list[Problem]] = defaultdict(list)
        for problem in (one for one in findings.problems if one.row):
            self.problems[row_of.get(problem.row, problem.row)].append(problem)
        self.rejected = {row for row, told in self.problems.items() if any(not one.warns for one in told)}
        self.cells = sum(len({problem.column for problem in problems}) for problems in self.problems.values())
        self.headers: tuple[str, ...] = without_problem(self.given, self.given, self.place)
        self.ragged = self._ragged()
        self.aside = max(map(len, self.ragged.values()), default=0)

    def _ragged(self) -> dict[int, tuple[str, ...]]:
        """What is kept aside of each ragged row, so that it stays one: a sheet has no ragged rows."""
        rows = {row for row, told in self.problems.items() if any(problem.code == "ragged_row" for problem in told)}
        found = {}
        if rows:
            for row, cells in self.source.rows():
                if row in rows:
                    surplus = without_problem(cells, self.given, self.place)[len(self.headers) :]
                    found[row] = kept_aside(surplus, len(self.given) - len(cells))
        return found

    def sheet(self, name: str, header_row: int, *, only_rejected: bool) -> MarkedSheet:
        """All rows where they were, or the rejected ones, one below the other."""
        headers = (*self.headers, *left_over_headers(self.aside), PROBLEM_HEADER)
        widths = [min(max(len(header) + 4, NARROWEST), WIDEST) for header in headers[:-1]]
        choices = {self._moved(position): words for position, words in self.source.choices.items()}
        return MarkedSheet(
            name,
            headers,
            self._lines(header_row, only_rejected=only_rejected),
            header_row,
            self._comments(header_row, only_rejected=only_rejected),
            choices,
            (*widths, PROBLEM_WIDTH),
        )

    def _lines(self, header_row: int, *, only_rejected: bool) -> Iterator[Line]:
        below, last = header_row, len(self.headers) + self.aside
        for row, cells in self.source.rows():
            told = self.problems.get(row, [])
            kept = without_problem(cells, self.given, self.place)[: len(self.headers)]
            if row in self.rejected or (told and not only_rejected):
                below += 1
                aside = self.ragged.get(row, ())
                blank = [""] * (self.aside - len(aside))
                said = problem_cell(self.source.shown.get(row, row), told, self.ways)[:LONGEST_CELL]
                beside = range(len(kept), len(kept) + len(aside))
                marked = {last, *beside, *(self._moved(p.column - 1) for p in told if p.column)}
                yield Line(below if only_rejected else row, (*kept, *aside, *blank, said), marked)
            elif not only_rejected:
                yield Line(row, kept)

    def _moved(self, position: int) -> int:
        """A position once an earlier Problem column is gone."""
        return position - (self.place is not None and position > self.place)

    def _comments(self, header_row: int, *, only_rejected: bool) -> list[tuple[int, int, str]]:
        comments: list[tuple[int, int, str]] = []
        for number, row in enumerate(sorted(self.rejected if only_rejected else self.problems), start=1):
            of_cell: dict[int, list[str]] = defaultdict(list)
            for problem in self.problems[row]:
                position = self._moved(problem.column - 1) if problem.column else len(self.headers)
                if problem.column or row in self.ragged:
                    of_cell[position].append(f"{'Cell' if problem.column else 'Row'} {problem.why}.\n{problem.fix}")
            placed = header_row + number if only_rejected else row
            comments += [(placed, position, "\n\n".join(said)) for position, said in sorted(of_cell.items())]
            if len(comments) >= MOST_COMMENTS:
                return comments[:MOST_COMMENTS]
        return comments


def _about(findings: Findings, marking: _Marking) -> MarkedSheet:
    lines = [
        f"{findings.file}: {summary(findings)}; layout {findings.layout}.",
        "Coloured cells have a problem: point at one to read why and how to fix it, or read the column Problem.",
        "Correct them on the first sheet, save this workbook and import it: rows that are right are stored.",
        "Rows keep their numbers: do not insert or delete rows above others, and leave the column Problem as it is.",
    ]
    if marking.cells > MOST_COMMENTS:
        lines.append(f"Only the first {count(MOST_COMMENTS, 'bad cell')} have a comment; all are coloured and told of.")
    lines += [f"{problem.where}: {problem}" for problem in findings.problems if not problem.row]
    told = [Line(row, [text]) for row, text in enumerate([*lines, *findings.notes], start=1)]
    return MarkedSheet("About", (), told, header_row=0, widths=(110,))
