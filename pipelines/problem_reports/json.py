"""JSON for programs: one object a file, with counts per code and every problem; a list of them for several files."""

import json
from collections.abc import Iterator, Sequence

from pipelines.findings import Findings

PARTS = ("row", "column", "header", "code", "value", "why", "fix", "warns")


def pieces(files: Sequence[Findings]) -> Iterator[str]:
    """The object of a file; those of several files in a list."""
    if len(files) == 1:
        yield from _file(files[0])
    else:
        yield "["
        for number, findings in enumerate(files):
            yield ",\n" if number else "\n"
            yield from _file(findings)
        yield "\n]"
    yield "\n"


def _file(findings: Findings) -> Iterator[str]:
    parts = ("run", "file", "sheet", "layout", "headers", "read", "rejected", "notes")
    facts = {part: getattr(findings, part) for part in parts}
    facts["refused"] = dict(zip(("why", "fix"), findings.absent, strict=True)) if findings.refused else None
    codes = {code: len(problems) for code, problems in findings.by_code().items()}
    head = json.dumps({**facts, "codes": codes}, ensure_ascii=False, indent=2).removesuffix("\n}")
    yield f'{head},\n  "problems": ['
    for number, problem in enumerate(findings.problems):
        told = {part: getattr(problem, part) for part in PARTS}
        yield f"{',' if number else ''}\n    {json.dumps(told, ensure_ascii=False)}"
    yield "\n  ]\n}" if findings.problems else "]\n}"
