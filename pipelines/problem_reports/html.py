"""HTML for people: one page that needs nothing else, the first 100 problems of each code in a table."""

from collections.abc import Iterator, Sequence
from html import escape

from connectors.files import column_letters
from pipelines.findings import Findings, count, general, summary
from pipelines.page import PAGE_FOOT, page_top
from schemas.problems import Problem

NOTHING = '<td class="none"></td>'
SHOWN = 100
LONGEST_VALUE = 200
HEADINGS = ("Row", "Column", "Value", "What is wrong, and what to do")


def pieces(files: Sequence[Findings]) -> Iterator[str]:
    """The page: each file with its counts, its codes, and a table of problems for each code."""
    title = f"Problems in {files[0].file}" if len(files) == 1 else f"Problems in {count(len(files), 'file')}"
    yield page_top(title)
    for number, findings in enumerate(files, start=1):
        yield from _file(findings, number, headed=len(files) > 1)
    yield PAGE_FOOT


def _file(findings: Findings, number: int, *, headed: bool) -> Iterator[str]:
    found = findings.by_code()
    if headed:
        yield f"<h2>{escape(findings.file)}</h2>\n"
    sheet = f", sheet {findings.sheet}" if findings.sheet else ""
    run = f", run {findings.run}" if findings.run else ""
    yield f"<p><strong>{escape(summary(findings).capitalize())}</strong><br>\n"
    how = "" if findings.refused else f"Layout {findings.layout}{sheet}{run}"
    yield f'<span class="dim">{escape(how)}</span></p>\n'
    for note in (*findings.absent, *findings.notes) if findings.refused else findings.notes:
        yield f'<p class="dim">{escape(note)}</p>\n'
    if found:
        yield f'<nav aria-label="Codes of {escape(findings.file)}">\n<ul class="codes">\n'
        for code, problems in found.items():
            yield f'<li><a href="#{_id(number, code)}">{escape(code)}</a>: {len(problems):,}</li>\n'
        yield "</ul>\n</nav>\n"
    for code, problems in found.items():
        yield from _code(findings, code, problems, _id(number, code))


def _id(number: int, code: str) -> str:
    return f"file-{number}-{escape(code)}"


def _code(findings: Findings, code: str, problems: Sequence[Problem], anchor: str) -> Iterator[str]:
    why, fix = general(findings.rules[code]) if code in findings.rules else ("", "")
    shown = problems[:SHOWN]
    more = f", the first {SHOWN} of them" if len(problems) > SHOWN else ""
    yield f'<section aria-labelledby="{anchor}">\n<h3 id="{anchor}"><code>{escape(code)}</code></h3>\n'
    yield f"<p>{escape(f'{why} {fix}')}</p>\n<table>\n"
    yield f"<caption>{count(len(problems), 'problem')}{more}</caption>\n"
    yield (
        "<thead><tr>" + "".join(f'<th scope="col">{heading}</th>' for heading in HEADINGS) + "</tr></thead>\n<tbody>\n"
    )
    for problem in shown:
        yield _line(problem)
    yield "</tbody>\n</table>\n</section>\n"


def _line(problem: Problem) -> str:
    letters = f"{column_letters(problem.column - 1)}: " if problem.column else ""
    text = problem.value if len(problem.value) <= LONGEST_VALUE else problem.value[: LONGEST_VALUE - 1] + "…"
    place = f'<td data-label="Column"><span>{escape(letters + problem.header)}</span></td>'
    value = f'<td data-label="Value"><code>{escape(text)}</code></td>'
    return (
        f'<tr><th scope="row" data-label="Row">{problem.row or "file"}</th>'
        f"{place if problem.header else NOTHING}{value if text else NOTHING}"
        f'<td data-label="To do"><span>{"Warning: " if problem.warns else ""}'
        f"{escape(f'{problem.why}. {problem.fix}')}</span></td></tr>\n"
    )
