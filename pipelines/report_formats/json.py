"""JSON for programs: one object an answer, a row a line, amounts as text; a list of objects for several reports."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.typed import as_json
from pipelines.questions.answer import Answer, Answers
from pipelines.questions.listed import Listed

_text = json.JSONEncoder(default=str, ensure_ascii=False).encode


def pieces(told: Answers) -> Iterator[str]:
    """The object of an answer; those of several in a list."""
    several = len(told.answers) != 1
    yield "[\n" if several else ""
    for number, answer in enumerate(told.answers):
        yield ",\n" if number else ""
        yield from _object(answer)
    yield "\n]\n" if several else "\n"


def _object(answer: Answer) -> Iterator[str]:
    head: dict[str, Any] = {"report": answer.report, "currency": answer.currency, "as_of": answer.as_of.isoformat()}
    head |= answer.when.marks()
    if answer.since.moment:
        head["since"] = answer.since.moment.isoformat()
    yield "{\n" + "".join(f"  {_text(key)}: {_text(value)},\n" for key, value in head.items()) + '  "rows": ['
    if isinstance(answer.rows, Listed):
        lines = map(_lines, filter(len, answer.rows.batches))
    else:
        lines = map(_text, answer.rows)
    for number, text in enumerate(lines):
        yield f"{',' if number else ''}\n    {text}"
    yield "\n  ],\n" if answer.rows else "],\n"
    tail: dict[str, Any] = {"total": answer.total} | ({"remarks": answer.remarks} if answer.remarks else {})
    yield ",\n".join(f"  {_text(key)}: {_text(value)}" for key, value in tail.items()) + "\n}"


def _lines(batch: pa.Table) -> str:
    """Rows that are kept by column: what is true of them one by one, done at once."""
    parts: list[Any] = []
    for number, (key, column) in enumerate(zip(batch.column_names, batch.columns, strict=True)):
        parts += [f"{', ' if number else '{'}{_text(key)}: ", as_json(column)]
    lines = pc.binary_join_element_wise(*parts, "}", "").combine_chunks()
    text: str = pc.binary_join(pa.ListArray.from_arrays([0, len(lines)], lines), ",\n    ")[0].as_py()
    return text
