"""CSV for a spreadsheet: a header, the rows, and the total, if any, in the last row; each tells a past moment."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Any

import pyarrow as pa

from pipelines.questions.answer import Answer, Answers
from pipelines.questions.listed import Listed
from schemas.errors import UsageError


def pieces(told: Answers) -> Iterator[str]:
    """The one answer, with the keys of its columns as headers."""
    if len(told.answers) > 1:
        raise UsageError("CSV holds one table.", "Name one report, or take --format xlsx or json.")
    (answer,) = told.answers
    keys, marks = [column.key for column in answer.columns], answer.when.marks()
    total = [{keys[0]: answer.total_name, **answer.total}] if answer.total else []
    yield _lines([[*keys, *marks]])
    for lines in _batches(answer, keys):
        yield _lines([*line, *marks.values()] for line in lines)
    yield _lines([*(row.get(key) for key in keys), *marks.values()] for row in total)


def _batches(answer: Answer, keys: Sequence[str]) -> Iterator[Iterable[Sequence[Any]]]:
    if isinstance(answer.rows, Listed):
        for batch in answer.rows.batches:
            yield zip(*(column.cast(pa.string()).to_pylist() for column in batch.columns), strict=True)
    else:
        yield ([row[key] for key in keys] for row in answer.rows)


def _lines(lines: Iterable[Sequence[Any]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()
