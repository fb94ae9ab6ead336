"""What became of files as Markdown, for a page that shows it: counts in a table, reasons, and the first problems."""

import re
from collections.abc import Sequence

from pipelines.inbox import Taken

SHOWN_PROBLEMS = 20


def as_markdown(taken: Sequence[Taken]) -> str:
    """What became of each file as a table, the reason where one was refused, and the first problems."""
    parts = ("read", "added", "updated", "unchanged", "duplicate", "rejected")
    lines = [_line("file", *parts, "now in"), _line("---", *["---:"] * len(parts), "---")]
    for one in taken:
        numbers = [getattr(one.imported, part, "") for part in parts]
        lines.append(_line(*map(escaped, (one.file.name, *numbers, one.place.parent))))
    lines += [f"\n**{escaped(one.file.name)}**: {escaped(one.why)}" for one in taken if one.why]
    read = [(one.file.name, one.imported.reading) for one in taken if one.imported]
    told = [(name, sentence) for name, reading in read for sentence in (*reading.decisions, *reading.notes)]
    lines += [f"\n**{escaped(name)}**: {escaped(sentence)}" for name, sentence in told]
    problems = [(one.file.name, p) for one in taken if one.imported for p in one.imported.problems]
    if problems:
        first = problems[:SHOWN_PROBLEMS]
        lines.append(f"\n{len(first)} of {len(problems)} problems:\n")
        lines += [_line("file", "row", "problem"), _line("---", "---:", "---")]
        lines += [_line(*map(escaped, (name, problem.where.removeprefix("row "), problem))) for name, problem in first]
    return "\n".join(lines)


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(value: object) -> str:
    """A value on one line; what stands in a file is no markup."""
    return re.sub(r"([\\`*_\[\]<>|~&])", r"\\\1", " ".join(str(value).split()))
