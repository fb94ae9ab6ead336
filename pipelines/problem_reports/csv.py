"""CSV for a spreadsheet: one line a problem, with file, row, column letters, value, why, fix and level."""

import csv
from collections.abc import Iterator, Sequence

from connectors.files import column_letters
from pipelines.findings import Findings
from pipelines.steps.render import guarded

HEADERS = ("file", "row", "column", "header", "code", "value", "why", "fix", "level")


def pieces(files: Sequence[Findings]) -> Iterator[str]:
    """The headers, then a line for each problem; what a spreadsheet would run as a formula is guarded."""
    line = csv.writer(_Echo(), lineterminator="\r\n").writerow
    yield line(HEADERS)
    for findings in files:
        if findings.refused:
            yield line((guarded(findings.file), "", "", "", "", "", *map(guarded, findings.absent), "error"))
        for problem in findings.problems:
            letters = column_letters(problem.column - 1) if problem.column else ""
            texts = (problem.header, problem.code, problem.value, problem.why, problem.fix)
            level = "warning" if problem.warns else "error"
            yield line((guarded(findings.file), problem.row, letters, *map(guarded, texts), level))


class _Echo:
    """Gives the line that is written to it, for csv.writer to give it on."""

    def write(self, line: str) -> str:
        return line
