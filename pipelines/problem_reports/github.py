"""GitHub annotations: an error for each of the first 1,000 problems, at its file, line and column."""

from collections.abc import Iterator, Sequence

from pipelines.findings import Findings, count

PLACES = True
MOST = 1_000
"""GitHub shows 10 errors a step and 50 a job; the log keeps the others."""


def pieces(files: Sequence[Findings]) -> Iterator[str]:
    """A workflow command for each problem, and a last one that tells how many were left out."""
    left, room = 0, MOST
    for findings in files:
        if findings.refused:
            yield f"::error file={_property(findings.file)},title=dealport::{_data(' '.join(findings.absent))}\n"
        for problem, place in findings.placed(room):
            where = f"file={_property(findings.file)},line={place.line},col={place.character}"
            title = _property(problem.code)
            level = "warning" if problem.warns else "error"
            yield f"::{level} {where},title={title}::{_data(f'{problem.where}: {problem}')}\n"
        left += max(0, len(findings.problems) - room)
        room = max(0, room - len(findings.problems))
    if left:
        yield f"::notice title=dealport::{count(left, 'problem')} more; the first {MOST:,} are annotated.\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
