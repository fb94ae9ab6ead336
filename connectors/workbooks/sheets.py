"""The sheets of workbooks that are written, and each as XML: what is before its rows, the rows, what is after them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from connectors.workbooks.cell_styles import HEADER, MAIN, TABLE_HEADER, TEXT, XML
from connectors.workbooks.package_parts import RELATIONS, can_be_table
from connectors.workbooks.parts import MAX_COLUMNS, MAX_ROWS, attribute, cell_xml, letters
from schemas.errors import RunError


class Line(NamedTuple):
    """The cells of a row, and the positions of those that are marked."""

    row: int
    cells: Sequence[Any]
    marked: Collection[int] = ()


class Written(NamedTuple):
    """Rows up to a last one that are XML already."""

    last_row: int
    xml: str | memoryview


@dataclass(frozen=True)
class MarkedSheet:
    """One sheet: headers in their row, the lines below, comments (row, position, text), choices by position.

    With `banded` it is a table whose rows are banded. `styles` are those of the columns, else text.
    """

    name: str
    headers: Sequence[str]
    lines: Iterable[Line | Written]
    header_row: int = 1
    comments: Sequence[tuple[int, int, str]] = ()
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)
    widths: Sequence[int] = ()
    hidden: bool = False
    banded: bool = False
    styles: Sequence[int] = ()

    @property
    def is_table(self) -> bool:
        """Whether it is a table of Excel, which not every list of headers can be."""
        return self.banded and can_be_table(self.headers)


def before_rows(sheet: MarkedSheet) -> Iterator[str]:
    """The frozen headers, the widths of the columns, and the row of headers."""
    yield f'{XML}<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
    if sheet.header_row:
        top = sheet.header_row
        yield (
            f'<sheetViews><sheetView workbookViewId="0"><pane ySplit="{top}" topLeftCell="A{top + 1}" '
            'activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft"/></sheetView></sheetViews>'
        )
    if sheet.widths:
        styles = sheet.styles or [TEXT] * len(sheet.widths)
        columns = (
            f'<col min="{at}" max="{at}" width="{width}" customWidth="1" style="{style}"/>'
            for at, (width, style) in enumerate(zip(sheet.widths, styles, strict=True), start=1)
        )
        yield f"<cols>{''.join(columns)}</cols>"
    yield "<sheetData>"
    if sheet.headers:
        style = TABLE_HEADER if sheet.is_table else HEADER
        cells = (cell_xml(sheet.header_row, at, header, style) for at, header in enumerate(sheet.headers))
        yield f'<row r="{sheet.header_row}">{"".join(cells)}</row>'


def rows_of(sheet: MarkedSheet) -> Iterator[Written]:
    """The rows below the headers."""
    for line in sheet.lines:
        if isinstance(line, Written):
            yield line
            continue
        row, cells, marked = line
        _require_room(row, len(cells))
        told = "".join([cell_xml(row, at, value, marked=at in marked) for at, value in enumerate(cells)])
        yield Written(row, f'<row r="{row}">{told}</row>')


def after_rows(sheet: MarkedSheet, place_of: Mapping[Sequence[str], str], last: int) -> Iterator[str]:
    """The filter, the lists to choose from, and what the sheet refers to; `place_of` tells where each list is."""
    yield "</sheetData>"
    if sheet.headers and not sheet.is_table:
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
    if sheet.is_table:
        yield f'<tableParts count="1"><tablePart r:id="rId{3 if sheet.comments else 1}"/></tableParts>'
    yield "</worksheet>"


def _require_room(row: int, width: int) -> None:
    if row > MAX_ROWS or width > MAX_COLUMNS:
        why = f"An XLSX sheet ends at row {MAX_ROWS:,} and column {MAX_COLUMNS:,}; there is more to write."
        raise RunError(why, "Take another format, such as csv or html.")
