"""The frame of an HTML page that needs nothing else: light and dark, on a phone and on paper."""

from html import escape

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
HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
PAGE_FOOT = "</main>\n</body>\n</html>\n"


def page_head(title: str, style: str, *allowed: str) -> str:
    """The page up to its body, under a policy that forbids the network and every script but what is allowed."""
    return HEAD.format(title=escape(title), style=style, policy=escape("; ".join([POLICY, *allowed]), quote=False))


def page_top(title: str) -> str:
    """The page up to its heading."""
    return f"{page_head(title, STYLE)}<main>\n<h1>{escape(title)}</h1>\n"
