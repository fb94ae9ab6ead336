"""CSV for a spreadsheet: a header, the rows, and the total, if any, in the last row; each tells a past moment."""

import csv
from collections.abc import Iterator
from io import StringIO

from pipelines.questions.answer import Answers
from schemas.errors import UsageError


def pieces(told: Answers) -> Iterator[str]:
    """The one answer, with the keys of its columns as headers."""
    if len(told.answers) > 1:
        raise UsageError("CSV holds one table.", "Name one report, or take --format xlsx or json.")
    (answer,) = told.answers
    text, marks = StringIO(), answer.when.marks()
    writer = csv.DictWriter(text, [*(column.key for column in answer.columns), *marks], lineterminator="\n")
    writer.writeheader()
    total = [{answer.columns[0].key: answer.total_name, **answer.total}] if answer.total else []
    for row in (*answer.rows, *total):
        writer.writerow(row | marks)
    yield text.getvalue()
