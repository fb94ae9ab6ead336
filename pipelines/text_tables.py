"""Tables and amounts as text for a terminal, at most 80 columns wide unless it has more."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from pipelines.text_bars import bars

WIDTH = 80
WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
"""Enough digits for the sums of any amounts."""
LEAST_TEXT = 12
LEAST_BAR, LONGEST_BAR = 8, 24
BOLD, DIM, RED, CYAN = "1", "2", "31", "36"
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Beside:
    """What belongs to the rows of a table: a note below each of the first, and values to draw as bars beside them."""

    notes: Sequence[str] = ()
    values: Sequence[Decimal | int | None] = ()


@dataclass(frozen=True)
class Look:
    """How tables look: how wide they may be, in colours or not, with bars of blocks or ASCII, how many rows at most."""

    width: int = WIDTH
    colours: bool = False
    blocks: bool = True
    limit: int | None = None

    def paint(self, text: str, colour: str) -> str:
        """A text in a colour, where there are colours."""
        return f"\x1b[{colour}m{text}\x1b[0m" if self.colours and text else text


PLAIN = Look()
NOTHING = Beside()


def money(amount: Decimal) -> str:
    """An amount with thousands separators and 2 decimals, or 4 where it has more."""
    digits = 2 if amount == amount.quantize(Decimal("0.01"), context=WIDE) else 4
    return f"{amount:,.{digits}f}"


def cents(amount: Decimal | None) -> str:
    """An amount for the eye, rounded half-up to 2 decimals; nothing is 0.00."""
    rounded = (amount or Decimal(0)).quantize(Decimal("0.01"), context=WIDE)
    return f"{rounded or abs(rounded):,}"


def units(amount: Decimal) -> str:
    """An amount for the eye where there is little room, rounded half-up to whole units."""
    rounded = amount.quantize(Decimal(1), context=WIDE)
    return f"{rounded or abs(rounded):,}"


def table(
    headings: Sequence[str],
    lines: Iterable[Sequence[str]],
    *,
    right: Sequence[bool],
    last_apart: bool = False,
    beside: Beside = NOTHING,
    look: Look = PLAIN,
) -> str:
    """Text in columns, numbers to the right; columns of text are cut where they must be, numbers never.

    A cell may have several lines. Bars are drawn where there is room. Where the numbers alone are wider than the table
    may be, each row is a list.
    """
    cells = [[str(cell) for cell in line] for line in lines]
    text = "\n".join(_drawn(headings, cells, right, last_apart, beside, look))
    return text if look.blocks else text.replace("…", "~").replace(MINUS, "-")


def fits(headings: Sequence[str], lines: Iterable[Sequence[str]], *, right: Sequence[bool], look: Look = PLAIN) -> bool:
    """Whether a table of text has room for its numbers, so that its rows are no lists."""
    return _widths(headings, [[str(cell) for cell in line] for line in lines], right, look.width) is not None


def _drawn(
    headings: Sequence[str],
    cells: list[list[str]],
    right: Sequence[bool],
    last_apart: bool,
    beside: Beside,
    look: Look,
) -> list[str]:
    """The lines of a table."""
    widths = _widths(headings, cells, right, look.width)
    if widths is None:
        rows = [_listed(headings, line, look) for line in cells]
        return [row for told in _noted(rows, beside.notes, look) for row in told]
    cells, last = (cells[:-1], cells[-1]) if last_apart else (cells, None)
    room = min(look.width - sum(widths) - 2 * len(widths), LONGEST_BAR)
    drawn = bars(beside.values, room, blocks=look.blocks) if room >= LEAST_BAR else []
    rule = look.paint("  ".join("-" * width for width in widths), DIM)
    rows = [_row(line, widths, right, look, bar) for line, bar in zip(cells, _filled(drawn, len(cells)), strict=True)]
    body = [*_row(_wrapped(headings, widths), widths, right, look), rule]
    body += [row for told in _noted(rows, beside.notes, look) for row in told]
    if last is not None:
        body += [rule, *_row(last, widths, right, look, colour=BOLD)]
    return body


def _widths(headings: Sequence[str], cells: list[list[str]], right: Sequence[bool], most: int) -> list[int] | None:
    """The width of each column; none where the numbers alone are too wide."""
    columns = range(len(headings))
    longest = [max((len(part) for line in cells for part in line[column].split("\n")), default=0) for column in columns]
    # a heading may be cut to the width of the numbers below it, never the numbers
    widths = [max(len(headings[column]), longest[column]) for column in columns]
    least = [max(4, longest[column]) if right[column] else min(widths[column], LEAST_TEXT) for column in columns]
    for _ in range(sum(widths) + 2 * (len(widths) - 1) - most):
        widest = max(columns, key=lambda column: widths[column] - least[column])
        if widths[widest] <= least[widest]:
            return None
        widths[widest] -= 1
    return widths


def _wrapped(headings: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Headings that are wider than their column in two lines, words cut where they must be."""
    told = []
    for heading, width in zip(headings, widths, strict=True):
        parts = [heading] if len(heading) <= width else textwrap.wrap(heading, width, break_long_words=False)
        if len(parts) > 2 or any(len(part) > width for part in parts):
            words = heading.split()
            parts = [words[0], *words[-1:][: len(words) - 1]]
        told.append("\n".join(_cut(part, width) for part in parts))
    deepest = max(text.count("\n") for text in told)
    return ["\n" * (deepest - text.count("\n")) + text for text in told]


def _row(
    line: Sequence[str], widths: Sequence[int], right: Sequence[bool], look: Look, bar: str = "", *, colour: str = ""
) -> list[str]:
    """The lines of a row: its cells in their columns, what is below zero in red, and its bar behind the first."""
    parts = [cell.split("\n") for cell in line]
    rows = []
    for number in range(max(map(len, parts))):
        placed = []
        for part, width, is_right in zip(parts, widths, right, strict=True):
            text = _cut(part[number] if number < len(part) else "", width)
            is_below = is_right and text[:1] in ("-", MINUS)
            shown = look.paint(text, RED if is_below else colour) if is_below or colour else text
            blank = " " * (width - len(text))
            placed.append(blank + shown if is_right else shown + blank)
        if bar and not number:
            placed.append(look.paint(bar, RED if bar[0] in "▒-" else CYAN))
        rows.append("  ".join(placed).rstrip())
    return rows


def _listed(headings: Sequence[str], line: Sequence[str], look: Look) -> list[str]:
    """A row as a list: a line for each cell below the first."""
    widest = max(map(len, headings))
    parts = [
        ("" if number else heading, part)
        for heading, cell in zip(headings, line, strict=True)
        for number, part in enumerate(cell.split("\n"))
    ]
    rows = [_cut(f"  {heading:<{widest}}  {part}", look.width) for heading, part in parts[1:] if part]
    return [look.paint(_cut(parts[0][1], look.width), BOLD), *rows]


def _noted(rows: Sequence[list[str]], notes: Sequence[str], look: Look) -> list[list[str]]:
    """Rows with their notes below."""
    told = []
    for row, note in zip(rows, _filled(notes, len(rows)), strict=True):
        lines = textwrap.wrap(note, look.width, initial_indent="  ", subsequent_indent="    ")
        told.append([*row, *(look.paint(line, DIM) for line in lines)])
    return told


def _filled(texts: Sequence[str], number: int) -> list[str]:
    return [*texts[:number], *[""] * (number - len(texts))]


def _cut(cell: str, width: int) -> str:
    return cell if len(cell) <= width else cell[: width - 1] + "…"
