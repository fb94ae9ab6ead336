"""The parts of an XLSX workbook as XML: what every workbook has, and the cells, comments and lists of its sheets."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from schemas.errors import RunError

MAX_ROWS, MAX_COLUMNS, MAX_CELL_CHARACTERS = 1_048_576, 16_384, 32_767
LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
NEEDS_ESCAPE = re.compile(r"[\x00-\x08\x0b-\x1f]")
NOT_IN_XLSX = re.compile("[\ud800-\udfff\ufffe\uffff]")
USUAL = re.compile(r"[ !-%'-;=?-^`-~]*")  # no mark-up, no underscore, ASCII: decided fast
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

PLAIN, TEXT, DAY, MOMENT, HEADER = range(5)
"""Styles of cells: as it comes, text, day, moment, header; each but the last also marked, MARKED further on."""
MARKED = 5
BLOCK_SHAPES = 1024
FIRST_YEAR = 1901  # of the year before, spreadsheets do not agree on the days
STYLES = f"""{XML}<styleSheet xmlns="{MAIN}">
<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>\
<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>
<fonts count="3"><font><sz val="11"/><name val="Calibri"/></font>\
<font><b/><sz val="11"/><name val="Calibri"/></font>\
<font><sz val="11"/><color rgb="FF9C0006"/><name val="Calibri"/></font></fonts>
<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>\
<fill><patternFill patternType="solid"><fgColor rgb="FFFFC7CE"/><bgColor indexed="64"/></patternFill></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="9">
<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>
<xf numFmtId="0" fontId="2" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/>
<xf numFmtId="49" fontId="2" fillId="2" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"/>
<xf numFmtId="164" fontId="2" fillId="2" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"/>
<xf numFmtId="165" fontId="2" fillId="2" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"/>
</cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>
</styleSheet>
"""


def xml_text(text: str) -> str:
    """A text as XLSX writes it: mark-up escaped, _x000D_ for a carriage return; what XML cannot hold is replaced."""
    if USUAL.fullmatch(text):
        return text
    text = LOOKS_ESCAPED.sub("_x005F_", NOT_IN_XLSX.sub("\N{REPLACEMENT CHARACTER}", text))
    return escape(NEEDS_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text))


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


def workbook_xml(names: Sequence[str], hidden: Sequence[str], filtered: Sequence[tuple[int, str]]) -> str:
    """The list of sheets, which of them are hidden, and the ranges that can be filtered."""
    state = dict.fromkeys(hidden, ' state="hidden"')
    sheets = "".join(
        f'<sheet name="{attribute(name)}" sheetId="{number}"{state.get(name, "")} r:id="rId{number}"/>'
        for number, name in enumerate(names, start=1)
    )
    ranges = "".join(
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{number}" hidden="1">{escape(range_)}</definedName>'
        for number, range_ in filtered
    )
    defined = f"<definedNames>{ranges}</definedNames>" if ranges else ""
    return (
        f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{sheets}</sheets>{defined}</workbook>"
    )


def relations_xml(targets: Iterable[tuple[str, str]]) -> str:
    """What a part refers to: the kind and the place of each, numbered from rId1."""
    told = "".join(
        f'<Relationship Id="rId{number}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{told}</Relationships>'


def content_types_xml(sheets: int, commented: Iterable[int]) -> str:
    """The kind of every part, for so many sheets and for the comments of some."""
    parts = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    parts += [(f"/xl/worksheets/sheet{number}.xml", "worksheet") for number in range(1, sheets + 1)]
    parts += [(f"/xl/comments{number}.xml", "comments") for number in commented]
    told = "".join(f'<Override PartName="{part}" ContentType="{CONTENT}.{kind}+xml"/>' for part, kind in parts)
    return (
        f'{XML}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>'
        f"{told}</Types>"
    )
