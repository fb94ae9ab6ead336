"""HTML for people: one page that needs nothing else, the first 100 problems of each code in a table."""

from collections.abc import Iterator, Sequence
from html import escape

from connectors.files import column_letters
from pipelines.findings import Findings, count, general, summary
from schemas.problems import Problem

NOTHING = '<td class="none"></td>'
SHOWN = 100
LONGEST_VALUE = 200
STYLE = """
:root { color-scheme: light dark; --line: #c9ced6; --soft: #f3f5f8; --bad: #b3261e; --dim: #59616e; }
@media (prefers-color-scheme: dark) {
  :root { --line: #454b55; --soft: #23272e; --bad: #ff9a92; --dim: #a4acb9; }
}
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 75rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2rem 0 .25rem; overflow-wrap: anywhere; }
h3 { font-size: 1.05rem; margin: 2rem 0 .25rem; }
h3 code { color: var(--bad); }
p { margin: .25rem 0 .75rem; }
.dim { color: var(--dim); }
ul.codes { columns: 18rem; padding-left: 1.25rem; }
table { border-collapse: collapse; width: 100%; font-size: .94rem; }
caption { text-align: left; color: var(--dim); padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
thead th { background: var(--soft); }
tbody th { font-variant-numeric: tabular-nums; white-space: nowrap; }
td { overflow-wrap: anywhere; min-width: 8rem; }
td code { white-space: pre-wrap; color: var(--bad); }
@media (max-width: 42rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, caption, tbody, tr { display: block; }
  td.none { display: none; }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
  tbody th, td { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); gap: .5rem; border: 0; padding: .1rem 0; }
  tbody th::before, td::before { content: attr(data-label); color: var(--dim); font-weight: normal; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  thead { display: table-header-group; }
  tr, h3 { break-inside: avoid; }
  h3 { break-after: avoid; }
  nav { display: none; }
}
"""
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
"""
FOOT = "</main>\n</body>\n</html>\n"
HEADINGS = ("Row", "Column", "Value", "What is wrong, and what to do")


def pieces(files: Sequence[Findings]) -> Iterator[str]:
    """The page: each file with its counts, its codes, and a table of problems for each code."""
    title = f"Problems in {files[0].file}" if len(files) == 1 else f"Problems in {count(len(files), 'file')}"
    yield PAGE.format(title=escape(title), style=STYLE)
    for number, findings in enumerate(files, start=1):
        yield from _file(findings, number, headed=len(files) > 1)
    yield FOOT


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
