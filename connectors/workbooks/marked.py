"""Workbooks with marked cells: rows where they were, bad cells coloured and commented, words to choose from."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from connectors.workbooks.parts import (
    HEADER,
    MAIN,
    MAX_COLUMNS,
    MAX_ROWS,
    RELATIONS,
    STYLES,
    TEXT,
    XML,
    attribute,
    blocks_of,
    cell_xml,
    comments_xml,
    content_types_xml,
    drawing_xml,
    letters,
    relations_xml,
    workbook_xml,
)
from schemas.errors import RunError

PIECE_CHARACTERS = 1 << 18
COMPRESSION = 1  # the next levels take twice the time for a tenth of the size
MAX_NAME_CHARACTERS = 31


class Line(NamedTuple):
    """The cells of a row, and the positions of those that are marked."""

    row: int
    cells: Sequence[Any]
    marked: Collection[int] = ()


@dataclass(frozen=True)
class MarkedSheet:
    """One sheet: headers in their row, the lines below, comments (row, position, text), choices by position."""

    name: str
    headers: Sequence[str]
    lines: Iterable[Line]
    header_row: int = 1
    comments: Sequence[tuple[int, int, str]] = ()
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)
    widths: Sequence[int] = ()
    hidden: bool = False


def write_workbook(target: BinaryIO, sheets: Sequence[MarkedSheet]) -> None:
    """Write the sheets, and a hidden one with the words to choose from; the same sheets give the same bytes."""
    lists: Sequence[Sequence[str]] = sorted({tuple(words) for sheet in sheets for words in sheet.choices.values()})
    names = _names(sheets, with_lists=bool(lists))
    place_of: dict[Sequence[str], str] = {
        words: f"'{_quoted(names[-1])}'!${letters(position)}$1:${letters(position)}${len(words)}"
        for position, words in enumerate(lists)
    }
    every = [*sheets, *([_list_sheet(names[-1], lists)] if lists else [])]
    commented = [number for number, sheet in enumerate(sheets, start=1) if sheet.comments]
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
        _put(archive, "[Content_Types].xml", [content_types_xml(len(every), commented)])
        _put(archive, "_rels/.rels", [relations_xml([("officeDocument", "xl/workbook.xml")])])
        _put(archive, "xl/styles.xml", [STYLES])
        parts = [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(every) + 1)]
        _put(archive, "xl/_rels/workbook.xml.rels", [relations_xml([*parts, ("styles", "styles.xml")])])
        filtered, block = [], 1
        for number, (name, sheet) in enumerate(zip(names, every, strict=True), start=1):
            last = _put_sheet(archive, number, sheet, place_of)
            if sheet.comments:
                _put_comments(archive, number, sheet.comments, block)
                block += blocks_of(len(sheet.comments))
            if not sheet.hidden and sheet.headers:
                corner = f"${letters(len(sheet.headers) - 1)}${last}"
                filtered.append((number - 1, f"'{_quoted(name)}'!$A${sheet.header_row}:{corner}"))
        hidden = [name for name, sheet in zip(names, every, strict=True) if sheet.hidden]
        _put(archive, "xl/workbook.xml", [workbook_xml(names, hidden, filtered)])


def _names(sheets: Sequence[MarkedSheet], *, with_lists: bool) -> list[str]:
    """The names on the tabs, each once: a later sheet with a name that is taken gets a number."""
    names: list[str] = []
    for wanted in [*(sheet.name for sheet in sheets), *(["Lists"] if with_lists else [])]:
        number, name = 1, wanted[:MAX_NAME_CHARACTERS]
        while name.casefold() in map(str.casefold, names):
            number += 1
            name = f"{wanted[: MAX_NAME_CHARACTERS - 3]} {number}"
        names.append(name)
    return names


def _list_sheet(name: str, lists: Sequence[Sequence[str]]) -> MarkedSheet:
    high = max(map(len, lists))
    lines = [Line(row, [words[row - 1] if row <= len(words) else "" for words in lists]) for row in range(1, high + 1)]
    return MarkedSheet(name, (), lines, header_row=0, hidden=True)


def _quoted(name: str) -> str:
    return name.replace("'", "''")


def _put_sheet(archive: ZipFile, number: int, sheet: MarkedSheet, place_of: Mapping[Sequence[str], str]) -> int:
    """Write one sheet; gives its last row."""
    last = [max(sheet.header_row, 1)]
    pieces = _sheet_xml(sheet, place_of, last)
    _put(archive, f"xl/worksheets/sheet{number}.xml", pieces)
    return last[0]


def _put_comments(archive: ZipFile, number: int, comments: Sequence[tuple[int, int, str]], block: int) -> None:
    targets = [("vmlDrawing", f"../drawings/vmlDrawing{number}.vml"), ("comments", f"../comments{number}.xml")]
    _put(archive, f"xl/worksheets/_rels/sheet{number}.xml.rels", [relations_xml(targets)])
    _put(archive, f"xl/comments{number}.xml", comments_xml(comments))
    _put(archive, f"xl/drawings/vmlDrawing{number}.vml", drawing_xml(comments, block))


def _sheet_xml(sheet: MarkedSheet, place_of: Mapping[Sequence[str], str], last: list[int]) -> Iterator[str]:
    yield f'{XML}<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
    if sheet.header_row:
        top = sheet.header_row
        yield (
            f'<sheetViews><sheetView workbookViewId="0"><pane ySplit="{top}" topLeftCell="A{top + 1}" '
            'activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft"/></sheetView></sheetViews>'
        )
    if sheet.widths:
        columns = (
            f'<col min="{at}" max="{at}" width="{width}" customWidth="1" style="{TEXT}"/>'
            for at, width in enumerate(sheet.widths, start=1)
        )
        yield f"<cols>{''.join(columns)}</cols>"
    yield "<sheetData>"
    if sheet.headers:
        cells = (cell_xml(sheet.header_row, at, header, HEADER) for at, header in enumerate(sheet.headers))
        yield f'<row r="{sheet.header_row}">{"".join(cells)}</row>'
    for row, cells_, marked in sheet.lines:
        _require_room(row, len(cells_))
        told = "".join([cell_xml(row, at, value, marked=at in marked) for at, value in enumerate(cells_)])
        yield f'<row r="{row}">{told}</row>'
        last[0] = row
    yield "</sheetData>"
    yield from _after_cells(sheet, place_of, last[0])
    yield "</worksheet>"


def _after_cells(sheet: MarkedSheet, place_of: Mapping[Sequence[str], str], last: int) -> Iterator[str]:
    if sheet.headers:
        yield f'<autoFilter ref="A{sheet.header_row}:{letters(len(sheet.headers) - 1)}{last}"/>'
    if sheet.choices:
        yield f'<dataValidations count="{len(sheet.choices)}">'
        for position, words in sorted(sheet.choices.items()):
            column = letters(position)
            # a suggestion, not a rule: what else the column may hold, dealport judges
            yield (
                f'<dataValidation type="list" allowBlank="1" showErrorMessage="0" '
                f'sqref="{column}{sheet.header_row + 1}:{column}{MAX_ROWS}">'
                f"<formula1>{attribute(place_of[tuple(words)])}</formula1></dataValidation>"
            )
        yield "</dataValidations>"
    if sheet.headers:
        yield f'<ignoredErrors><ignoredError sqref="A1:{letters(len(sheet.headers))}{last}" numberStoredAsText="1"/>'
        yield "</ignoredErrors>"
    if sheet.comments:
        yield '<legacyDrawing r:id="rId1"/>'


def _require_room(row: int, width: int) -> None:
    if row > MAX_ROWS or width > MAX_COLUMNS:
        why = f"An XLSX sheet ends at row {MAX_ROWS:,} and column {MAX_COLUMNS:,}; there is more to write."
        raise RunError(why, "Take another format, such as csv or html.")


def _put(archive: ZipFile, name: str, pieces: Iterable[str]) -> None:
    with archive.open(name, "w") as part:  # dated 1980, so that the same cells give the same bytes
        waiting: list[str] = []
        size = 0
        for piece in pieces:
            waiting.append(piece)
            size += len(piece)
            if size > PIECE_CHARACTERS:
                part.write("".join(waiting).encode())
                waiting, size = [], 0
        part.write("".join(waiting).encode())
