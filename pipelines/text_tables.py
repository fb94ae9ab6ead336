"""Tables and amounts as text for a terminal, at most 80 columns wide."""

import textwrap
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import zip_longest

WIDTH = 80
WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
"""Enough digits for the sums of any amounts."""


def money(amount: Decimal) -> str:
    """An amount with thousands separators and 2 decimals, or 4 where it has more."""
    digits = 2 if amount == amount.quantize(Decimal("0.01")) else 4
    return f"{amount:,.{digits}f}"


def cents(amount: Decimal | None) -> str:
    """An amount for the eye, rounded half-up to 2 decimals; nothing is 0.00."""
    return f"{(amount or Decimal(0)).quantize(Decimal('0.01'), context=WIDE):,}"


def table(
    headings: Sequence[str],
    lines: Iterable[Sequence[str]],
    *,
    right: Sequence[bool],
    last_apart: bool = False,
    notes: Sequence[str] = (),
) -> str:
    """Text in columns at most 80 wide, numbers to the right; columns of text are cut where they must be.

    `notes` are told below the first lines, one for each.
    """
    cells = [list(headings), *([str(cell) for cell in line] for line in lines)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(headings))]
    # a heading may be cut to the width of the numbers below it, never the numbers
    least = [max([4, *(len(line[column]) for line in cells[1:])]) for column in range(len(headings))]
    least = [width if numeric else min(width, 16) for width, numeric in zip(least, right, strict=True)]
    for _ in range(sum(widths) + 2 * (len(widths) - 1) - WIDTH):
        widest = max(range(len(widths)), key=lambda column: widths[column] - least[column])
        widths[widest] = max(widths[widest] - 1, least[widest])
    rows = []
    for line in cells:
        # headings are told apart by their ends: Closed Won, Closed Lost
        cut = _end if line is cells[0] else _beginning
        fitted = [cut(cell, width) for cell, width in zip(line, widths, strict=True)]
        placed = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(fitted, widths, right, strict=True)]
        rows.append("  ".join(placed).rstrip())
    rule = "  ".join("-" * width for width in widths)
    body = [rows[0], rule]
    for row, note in zip_longest(rows[1:], notes, fillvalue=""):
        body += [row, *textwrap.wrap(note, WIDTH, initial_indent="  ", subsequent_indent="    ")]
    if last_apart:
        body.insert(-1, rule)
    return "\n".join(body)


def _beginning(cell: str, width: int) -> str:
    return cell if len(cell) <= width else cell[: width - 1] + "…"


def _end(cell: str, width: int) -> str:
    return cell if len(cell) <= width else "…" + cell[1 - width :]
