"""The cells of XLSX workbooks and their comments, as XML."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from connectors.workbooks.cell_styles import DAY, MAIN, MARKED, MOMENT, PLAIN, TEXT, XML
from schemas.errors import RunError

MAX_ROWS, MAX_COLUMNS, MAX_CELL_CHARACTERS = 1_048_576, 16_384, 32_767
LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
NEEDS_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
SURROGATE = re.compile("[\ud800-\udfff]")
USUAL = re.compile(r"[ !-%'-;=?-^`-~]*")  # no mark-up, no underscore, ASCII: decided fast
BLOCK_SHAPES = 1024
FIRST_YEAR = 1901  # of the year before, spreadsheets do not agree on the days


def xml_text(text: str) -> str:
    """A text as XLSX writes it: mark-up escaped, _x000D_ for a carriage return; half a character is replaced."""
    if USUAL.fullmatch(text):
        return text
    return escape(within_xml(text))


def within_xml(text: str) -> str:
    """A text whose characters XML can hold, with _x000D_ for a carriage return and so on."""
    text = LOOKS_ESCAPED.sub("_x005F_", SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text))
    return NEEDS_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def attribute(text: str) -> str:
    """A text as the value of an attribute."""
    return escape(text, {'"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})


@lru_cache(maxsize=16_384)
def letters(position: int) -> str:
    """The letters over a column, for its position from 0."""
    before, own = divmod(position, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + own)


def cell_xml(row: int, position: int, value: Any, style: int | None = None, *, marked: bool = False) -> str:
    """One cell: a text stays text, a number a number; nothing for a blank one that is not marked."""
    more = MARKED if marked else 0
    place = f"{letters(position)}{row}"
    if value is None or value == "":
        return f'<c r="{place}" s="{TEXT + more}"/>' if marked else ""
    if isinstance(value, date) and value.year < FIRST_YEAR:
        value = value.isoformat()
    if isinstance(value, str):
        if len(value) > MAX_CELL_CHARACTERS:
            why = f"The cell {place} has {len(value):,} characters; XLSX holds {MAX_CELL_CHARACTERS:,}."
            raise RunError(why, "Shorten it, or take another format than xlsx.")
        shown = TEXT if style is None else style
        text = xml_text(value)
        return f'<c r="{place}" s="{shown + more}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" s="{PLAIN + more}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, date):
        shown = MOMENT if isinstance(value, datetime) else DAY
        return f'<c r="{place}" s="{shown + more}"><v>{_serial(value)}</v></c>'
    number = format(value if isinstance(value, Decimal) else Decimal(repr(value)), "f")
    return f'<c r="{place}" s="{PLAIN + more}"><v>{number}</v></c>'


def _serial(day: date) -> str:
    """The number of a day since 1899-12-30, with its time as a fraction."""
    if not isinstance(day, datetime):
        return str((day - date(1899, 12, 30)).days)
    since = day - datetime(1899, 12, 30)
    return repr(since.days + since.seconds / 86_400)


def comments_xml(comments: Iterable[tuple[int, int, str]]) -> Iterator[str]:
    """The comments of a sheet, each with its row, its position and its text."""
    yield f'{XML}<comments xmlns="{MAIN}"><authors><author>dealport</author></authors><commentList>'
    for row, position, text in comments:
        said = f'<text><r><t xml:space="preserve">{xml_text(text)}</t></r></text>'
        yield f'<comment ref="{letters(position)}{row}" authorId="0">{said}</comment>'
    yield "</commentList></comments>"


def blocks_of(shapes: int) -> int:
    """How many blocks of ids so many shapes take; no two sheets of a workbook may share a block."""
    return shapes // BLOCK_SHAPES + 1


def drawing_xml(comments: Sequence[tuple[int, int, str]], block: int) -> Iterator[str]:
    """The boxes of a sheet's comments, right of their cells, hidden until pointed at; their ids begin in a block."""
    blocks = ",".join(str(block + further) for further in range(blocks_of(len(comments))))
    yield (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit">'
        f'<o:idmap v:ext="edit" data="{blocks}"/></o:shapelayout>'
        '<v:shapetype id="_x0000_t202" coordsize="21600,21600" '
        'o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
        '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
    )
    for number, (row, position, text) in enumerate(comments, start=1):
        high = row + 2 + len(text) // 30
        anchor = f"{position + 1}, 15, {max(row - 2, 0)}, 10, {position + 4}, 15, {high}, 4"
        yield (
            f'<v:shape id="_x0000_s{BLOCK_SHAPES * block + number}" type="#_x0000_t202" '
            'style="position:absolute;visibility:hidden" '
            'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" '
            'obscured="t"/><v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"/>'
            f'<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
            f"<x:AutoFill>False</x:AutoFill><x:Row>{row - 1}</x:Row><x:Column>{position}</x:Column>"
            "</x:ClientData></v:shape>"
        )
    yield "</xml>"
