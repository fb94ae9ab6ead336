"""JSON for programs: one object an answer, amounts as decimal text; a list of them for several reports."""

import json
from collections.abc import Iterator
from typing import Any

from pipelines.questions.answer import Answer, Answers


def pieces(told: Answers) -> Iterator[str]:
    """The object of an answer; those of several in a list."""
    objects = [_object(answer) for answer in told.answers]
    shown = objects[0] if len(objects) == 1 else objects
    yield json.dumps(shown, default=str, ensure_ascii=False, indent=2) + "\n"


def _object(answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = {"report": answer.report, "currency": answer.currency, "as_of": answer.as_of.isoformat()}
    told |= answer.when.marks()
    if answer.since.moment:
        told["since"] = answer.since.moment.isoformat()
    told |= {"rows": answer.rows, "total": answer.total}
    return told | ({"remarks": answer.remarks} if answer.remarks else {})
