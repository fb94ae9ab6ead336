"""HTML for people: one page that needs nothing else, money before and after, the biggest changes, problems."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import islice

from pipelines.page import PAGE_FOOT, page_top
from pipelines.plan.file import BIGGEST, Plan
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
    shown,
    warned,
    warnings,
)

PROBLEMS = 100
STYLE = """<style>
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; min-width: 0; }
.warning { border-left: .3rem solid var(--bad); padding: .25rem .75rem; }
del { color: var(--dim); } ins { text-decoration: none; font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(6rem, 12rem) 1fr; gap: .1rem .75rem; margin: 0; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
</style>
"""


def pieces(plan: Plan) -> Iterator[str]:
    """The page."""
    yield page_top(f"Plan of {plan.head['file']}")
    yield STYLE
    yield f'<p><strong>{escape(balance(plan))}</strong><br>\n<span class="dim">{escape(headline(plan))}</span></p>\n'
    for warning in warnings(plan):
        yield f'<p class="warning">{escape(warning)}</p>\n'
    yield from _list((*plan.head["reading"]["decisions"], *plan.head["reading"]["notes"], *news(plan)))
    yield "<h2>Money</h2>\n"
    yield from _money("All open deals", pipeline(plan))
    if lines := moved(plan):
        yield from _money("Deals that this import adds or changes", lines)
    for what, fields in changed_fields(plan):
        yield f"<h2>{escape(what)}</h2>\n"
        yield from _list([f"{field}: {number:,}" for field, number in fields.items()])
    yield from _changes(plan)
    yield from _problems(plan)
    yield PAGE_FOOT


def _list(lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield "<ul>\n" + "".join(f"<li>{escape(line)}</li>\n" for line in lines) + "</ul>\n"


def _money(caption: str, lines: Sequence[Money]) -> Iterator[str]:
    headings = ("", "Currency", "Deals before", "Deals after", "Before", "After", "Moves")
    yield f"<table>\n<caption>{caption}</caption>\n<thead><tr>"
    for position, heading in enumerate(headings):
        yield f'<th scope="col" class="{"number" if position > 1 else "word"}">{heading}</th>'
    yield "</tr></thead>\n<tbody>\n"
    for line in lines:
        numbers = (
            f"{line.deals[0]:,}",
            f"{line.deals[1]:,}",
            shown(line.amounts[0]),
            shown(line.amounts[1]),
            difference(line.amounts),
        )
        yield f'<tr><th scope="row">{escape(line.label)}</th><td data-label="Currency">{escape(line.currency)}</td>'
        for heading, number in zip(headings[2:], numbers, strict=True):
            yield f'<td class="number" data-label="{heading}">{number}</td>'
        yield "</tr>\n"
    yield "</tbody>\n</table>\n"


def _changes(plan: Plan) -> Iterator[str]:
    total = sum(counted.get("changed", 0) for counted in plan.counted.values())
    if not total:
        return
    first = f"the {BIGGEST} biggest of " if total > BIGGEST else ""
    yield f"<h2>Changes</h2>\n<p>{first}{total:,}, those that move most money first</p>\n"
    yield '<table>\n<thead><tr><th scope="col">Row</th><th scope="col">Before and after</th></tr></thead>\n<tbody>\n'
    for change in plan.biggest:
        yield f'<tr><th scope="row">{escape(place(change))}</th><td data-label="Changes"><dl>'
        for field, old, new in field_changes(change):
            yield f"<dt>{escape(field)}</dt><dd><del>{escape(old) or 'blank'}</del> → "
            yield f"<ins>{escape(new) or 'blank'}</ins></dd>"
        yield "</dl></td></tr>\n"
    yield "</tbody>\n</table>\n"


def _problems(plan: Plan) -> Iterator[str]:
    problems = list(islice(plan.problems(), PROBLEMS + 1))
    if not problems:
        return
    more = f"the first {PROBLEMS}" if len(problems) > PROBLEMS else f"{len(problems)}"
    yield f"<h2>Problems</h2>\n<p>{more}; `dealport check` tells all of them</p>\n<table>\n<thead><tr>"
    yield "".join(f'<th scope="col">{heading}</th>' for heading in ("Row", "Column", "Value", "What is wrong"))
    yield "</tr></thead>\n<tbody>\n"
    for problem in problems[:PROBLEMS]:
        yield (
            f'<tr><th scope="row">{problem.row}</th><td data-label="Column">{escape(problem.header)}</td>'
            f'<td data-label="Value"><code>{escape(problem.value)}</code></td>'
            f'<td data-label="What is wrong">{warned(problem)}{escape(f"{problem.why}. {problem.fix}")}</td></tr>\n'
        )
    yield "</tbody>\n</table>\n"
