"""JSON for programs: one object an answer, a row a line, amounts as text; a list of objects for several reports."""

import json
from collections.abc import Iterator
from typing import Any

from pipelines.questions.answer import Answer, Answers

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
    for number, row in enumerate(answer.rows):
        yield f"{',' if number else ''}\n    {_text(row)}"
    yield "\n  ],\n" if answer.rows else "],\n"
    tail: dict[str, Any] = {"total": answer.total} | ({"remarks": answer.remarks} if answer.remarks else {})
    yield ",\n".join(f"  {_text(key)}: {_text(value)}" for key, value in tail.items()) + "\n}"
