"""Text for a terminal: counts, money, and the biggest changes first, short for a file of any size."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from pipelines.plan.file import Plan
from pipelines.plan.words import (
    Money,
    balance,
    changed_fields,
    difference,
    field_changes,
    headline,
    moved,
    news,
    pipeline,
    place,
    problems_told,
    shown,
    warnings,
)

WIDTH = 80
SHOWN = 10
LONGEST = 60


def pieces(plan: Plan) -> Iterator[str]:
    """The plan, in lines of at most 80 columns."""
    yield from _wrapped(headline(plan), "")
    yield from _wrapped(balance(plan))
    for note in (*plan.head["reading"]["decisions"], *plan.head["reading"]["notes"], *news(plan)):
        yield from _wrapped(note)
    for what, fields in changed_fields(plan):
        yield from _wrapped(f"{what}: {', '.join(f'{field} {number:,}' for field, number in fields.items())}")
    if told := problems_told(plan):
        yield from _wrapped(told)
    yield from _money(pipeline(plan), moved(plan))
    yield from _biggest(plan)
    for warning in warnings(plan):
        yield "\n"
        yield from _wrapped(warning, "")


def _wrapped(text: str, indent: str = "  ") -> Iterator[str]:
    lines = wrap(text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False)
    yield from (f"{line}\n" for line in lines)


def _money(*groups: Sequence[Money]) -> Iterator[str]:
    for group in groups:
        lines = [
            (
                f"{line.label}, {line.currency}" if line.currency else line.label,
                f"{line.deals[0]:,} → {line.deals[1]:,}",
                shown(line.amounts[0]),
                shown(line.amounts[1]),
                difference(line.amounts),
            )
            for line in group
        ]
        if lines:
            yield "\n"
            yield from _table(("", "Deals", "Before", "After", "Moves"), lines)


def _table(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(line[column]) for line in (headings, *lines)) for column in range(len(headings))]
    widths[0] = min(widths[0], max(12, WIDTH - 2 - sum(widths[1:]) - 2 * (len(widths) - 1)))
    for line in (headings, *lines):
        first = line[0] if len(line[0]) <= widths[0] else f"{line[0][: widths[0] - 1]}…"
        rest = (cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        yield "  ".join([f"  {first.ljust(widths[0])}", *rest]).rstrip() + "\n"


def _biggest(plan: Plan) -> Iterator[str]:
    changes = plan.biggest[:SHOWN]
    total = sum(counted.get("changed", 0) for counted in plan.counted.values())
    if not changes:
        return
    yield f"\n{'The changes' if total <= SHOWN else f'The {SHOWN} biggest of {total:,} changes'}\n"
    for change in changes:
        yield from _wrapped(place(change))
        for field, old, new in field_changes(change):
            yield from _wrapped(f"{field}: {_cut(old)} → {_cut(new)}", "    ")


def _cut(value: str) -> str:
    """A value on one line; nothing is shown as (blank)."""
    line = " ".join(value.split()) or "(blank)"
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
