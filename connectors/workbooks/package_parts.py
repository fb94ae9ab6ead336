"""The parts that hold an XLSX workbook together: its list of sheets, the kinds of its parts, relations, tables."""

import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape
from zipfile import ZipFile

from connectors.workbooks.cell_styles import MAIN, XML
from connectors.workbooks.parts import attribute, letters, within_xml

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PIECE_CHARACTERS = 1 << 18
MAX_NAME_CHARACTERS = 31
MAX_TABLE_HEADER = 255
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
TABLE_STYLE = "TableStyleMedium2"


def put(archive: ZipFile, name: str, pieces: Iterable[str | memoryview]) -> None:
    """Add a part from pieces of text, or of bytes as they are, each written soon; it does not tell when."""
    with archive.open(name, "w") as part:  # dated 1980, so that the same cells give the same bytes
        waiting: list[str] = []
        size = 0
        for piece in pieces:
            if isinstance(piece, str):
                waiting.append(piece)
                size += len(piece)
            if size > PIECE_CHARACTERS or not isinstance(piece, str):
                part.write("".join(waiting).encode())
                waiting, size = [], 0
            if not isinstance(piece, str):
                part.write(piece)
        part.write("".join(waiting).encode())


def sheet_names(wanted: Iterable[str]) -> list[str]:
    """The names on the tabs, as they can be and each once: a later one that is taken gets a number."""
    names: list[str] = []
    for text in wanted:
        usable = NOT_IN_NAMES.sub(" ", text).strip().strip("'") or "Sheet"
        number, name = 1, usable[:MAX_NAME_CHARACTERS].rstrip("' ")
        while name.casefold() in map(str.casefold, names):
            number += 1
            ending = f" {number}"
            name = usable[: MAX_NAME_CHARACTERS - max(len(ending), 3)] + ending
        names.append(name)
    return names


def quoted(name: str) -> str:
    """The name of a sheet as references have it."""
    return "'" + name.replace("'", "''") + "'"


def can_be_table(headers: Sequence[str]) -> bool:
    """Whether a range with these headers can be a table: they are there, short and each another."""
    texts = {header.casefold() for header in headers if header.strip() and len(header) <= MAX_TABLE_HEADER}
    return 0 < len(headers) == len(texts)


def table_xml(number: int, headers: Sequence[str], header_row: int, last_row: int) -> str:
    """A table with banded rows and a filter, from its headers to its last row."""
    range_ = f"A{header_row}:{letters(len(headers) - 1)}{max(last_row, header_row + 1)}"
    columns = "".join(
        f'<tableColumn id="{place}" name="{attribute(within_xml(header).replace(chr(10), "_x000a_"))}"/>'
        for place, header in enumerate(headers, start=1)
    )
    return (
        f'{XML}<table xmlns="{MAIN}" id="{number}" name="Table{number}" displayName="Table{number}" ref="{range_}" '
        f'totalsRowShown="0"><autoFilter ref="{range_}"/><tableColumns count="{len(headers)}">{columns}</tableColumns>'
        f'<tableStyleInfo name="{TABLE_STYLE}" showFirstColumn="0" showLastColumn="0" showRowStripes="1" '
        'showColumnStripes="0"/></table>'
    )


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


def content_types_xml(sheets: int, commented: Iterable[int], tables: Iterable[int] = ()) -> str:
    """The kind of every part, for so many sheets and for the comments and tables of some."""
    parts = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    parts += [(f"/xl/worksheets/sheet{number}.xml", "worksheet") for number in range(1, sheets + 1)]
    parts += [(f"/xl/comments{number}.xml", "comments") for number in commented]
    parts += [(f"/xl/tables/table{number}.xml", "table") for number in tables]
    told = "".join(f'<Override PartName="{part}" ContentType="{CONTENT}.{kind}+xml"/>' for part, kind in parts)
    return (
        f'{XML}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>'
        f"{told}</Types>"
    )
