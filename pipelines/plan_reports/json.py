"""JSON for programs: one object with what is planned, every change field by field, and every problem."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from pipelines.plan.file import Plan


def pieces(plan: Plan) -> Iterator[str]:
    """The object, piece by piece; amounts are texts."""
    head = {name: value for name, value in plan.head.items() if name != "dealport_plan"}
    told = {**head, "digest": plan.digest, "counted": plan.counted}
    yield json.dumps(told, ensure_ascii=False, indent=2).removesuffix("\n}")
    yield from _list("changes", ({**asdict(change), "added": change.added} for change in plan.changes()))
    yield from _list("problems", ({**asdict(problem)} for problem in plan.problems()))
    yield "\n}\n"


def _list(name: str, items: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield f',\n  "{name}": ['
    comma = ""
    for item in items:
        yield f"{comma}\n    {json.dumps(item, ensure_ascii=False)}"
        comma = ","
    yield "\n  ]" if comma else "]"
