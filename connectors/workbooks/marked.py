"""Workbooks with marked cells: rows where they were, bad cells coloured and commented, words to choose from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from connectors.workbooks.cell_styles import Formats, styles_xml
from connectors.workbooks.package_parts import (
    content_types_xml,
    put,
    quoted,
    relations_xml,
    sheet_names,
    table_xml,
    workbook_xml,
)
from connectors.workbooks.parts import blocks_of, comments_xml, drawing_xml, letters
from connectors.workbooks.sheets import Line, MarkedSheet, after_rows, before_rows, rows_of

COMPRESSION = 1  # the next levels take twice the time for a tenth of the size


def write_workbook(target: BinaryIO, sheets: Sequence[MarkedSheet], formats: Formats | None = None) -> None:
    """Write the sheets, and a hidden one with the words to choose from; the same sheets give the same bytes.

    `formats` are those that written rows refer to; it may grow until the last row is written.
    """
    lists: Sequence[Sequence[str]] = sorted({tuple(words) for sheet in sheets for words in sheet.choices.values()})
    names = sheet_names([*(sheet.name for sheet in sheets), *(["Lists"] if lists else [])])
    place_of: dict[Sequence[str], str] = {
        words: f"{quoted(names[-1])}!${letters(position)}$1:${letters(position)}${len(words)}"
        for position, words in enumerate(lists)
    }
    every = [*sheets, *([_list_sheet(names[-1], lists)] if lists else [])]
    commented = [number for number, sheet in enumerate(sheets, start=1) if sheet.comments]
    tables = [number for number, sheet in enumerate(sheets, start=1) if sheet.is_table]
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
        put(archive, "[Content_Types].xml", [content_types_xml(len(every), commented, tables)])
        put(archive, "_rels/.rels", [relations_xml([("officeDocument", "xl/workbook.xml")])])
        parts = [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(every) + 1)]
        put(archive, "xl/_rels/workbook.xml.rels", [relations_xml([*parts, ("styles", "styles.xml")])])
        filtered, block = [], 1
        for number, (name, sheet) in enumerate(zip(names, every, strict=True), start=1):
            last = _put_sheet(archive, number, sheet, place_of)
            _put_beside(archive, number, sheet, last, block)
            block += blocks_of(len(sheet.comments)) if sheet.comments else 0
            if not sheet.hidden and sheet.headers and not sheet.is_table:
                corner = f"${letters(len(sheet.headers) - 1)}${last}"
                filtered.append((number - 1, f"{quoted(name)}!$A${sheet.header_row}:{corner}"))
        hidden = [name for name, sheet in zip(names, every, strict=True) if sheet.hidden]
        put(archive, "xl/styles.xml", [styles_xml([*formats.codes] if formats else ())])
        put(archive, "xl/workbook.xml", [workbook_xml(names, hidden, filtered)])


def _list_sheet(name: str, lists: Sequence[Sequence[str]]) -> MarkedSheet:
    high = max(map(len, lists))
    lines = [Line(row, [words[row - 1] if row <= len(words) else "" for words in lists]) for row in range(1, high + 1)]
    return MarkedSheet(name, (), lines, header_row=0, hidden=True)


def _put_sheet(archive: ZipFile, number: int, sheet: MarkedSheet, place_of: Mapping[Sequence[str], str]) -> int:
    """Write one sheet; gives its last row."""
    last = [max(sheet.header_row, 1)]

    def pieces() -> Iterable[str | memoryview]:
        yield from before_rows(sheet)
        for rows in rows_of(sheet):
            yield rows.xml
            last[0] = rows.last_row
        yield from after_rows(sheet, place_of, last[0])

    put(archive, f"xl/worksheets/sheet{number}.xml", pieces())
    return last[0]


def _put_beside(archive: ZipFile, number: int, sheet: MarkedSheet, last: int, block: int) -> None:
    """The parts that a sheet refers to: its comments and its table."""
    targets = []
    if sheet.comments:
        targets = [("vmlDrawing", f"../drawings/vmlDrawing{number}.vml"), ("comments", f"../comments{number}.xml")]
        put(archive, f"xl/comments{number}.xml", comments_xml(sheet.comments))
        put(archive, f"xl/drawings/vmlDrawing{number}.vml", drawing_xml(sheet.comments, block))
    if sheet.is_table:
        targets.append(("table", f"../tables/table{number}.xml"))
        put(archive, f"xl/tables/table{number}.xml", [table_xml(number, sheet.headers, sheet.header_row, last)])
    if targets:
        put(archive, f"xl/worksheets/_rels/sheet{number}.xml.rels", [relations_xml(targets)])
