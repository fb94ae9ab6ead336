"""XLSX: the workbooks of Excel, LibreOffice and Google Sheets."""

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from connectors.packed import Source
from connectors.typed import Typed
from connectors.workbooks.reading import read_workbook
from connectors.workbooks.rows import MAX_COLUMNS, MAX_ROWS
from schemas.errors import RunError
from schemas.raw import Fits, RawTable, ReadAs

MAX_CELL_CHARACTERS = 32_767
INSTEAD = "Change it, or write a CSV file."
LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
PLAIN = re.compile(r"[ -\^`-~]*[!-\^`-~]")  # the usual case, decided fast
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f]")
NOT_IN_XML_OR_BLANK = re.compile(r"[\x00-\x20]")
NOT_IN_XLSX = re.compile(r"[\ud800-\udfff\ufffe\uffff]")
MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def read_table(source: Source, how: ReadAs, fits: Fits) -> RawTable:
    """The headers and cells of one sheet: the named one, else the one that fits, else the first visible one."""
    return read_workbook(source, how, fits)


def write_table(path: Path, headers: Sequence[str], lines: Iterable[Sequence[str]], sheet_name: str = "Sheet1") -> None:
    """Write one sheet of text, its headers bold and always in sight; the same lines give the same bytes."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(sheet_name)
    sheet.freeze_panes = "A2"
    try:
        sheet.append(_cells(sheet, 1, headers, Font(bold=True)))
        for row, line in enumerate(lines, start=2):
            sheet.append(_cells(sheet, row, line))
    finally:
        sheet.close()
    save(workbook, path)


def write_typed(path: Path, typed: Typed) -> None:
    """Write a table of typed cells, its summary, and lists to choose from; the same table gives the same bytes."""
    from connectors.workbooks.typed_sheets import write_typed_workbook

    with path.open("wb") as target:
        write_typed_workbook(target, typed)


def save(workbook: Any, path: Path) -> None:
    """Write a workbook of openpyxl; the same workbook gives the same bytes."""
    from openpyxl.writer.excel import ExcelWriter

    with _TimelessZip(path, "w", ZIP_DEFLATED) as archive:
        ExcelWriter(workbook, archive).save()


def _cells(sheet: Any, row: int, line: Sequence[str], font: Any = None) -> Iterator[Any]:
    from openpyxl.cell import WriteOnlyCell

    if row > MAX_ROWS or len(line) > MAX_COLUMNS:
        why = f"An XLSX sheet ends at row {MAX_ROWS:,} and column {MAX_COLUMNS:,}; there is more to write."
        raise RunError(why, INSTEAD)
    for text in line:
        if not text:
            yield None
            continue
        cell = WriteOnlyCell(sheet, _escaped(row, text))
        cell.data_type = "s"  # else text like =A1 becomes a formula, and #N/A an error
        if font:
            cell.font = font
        yield cell


def _escaped(row: int, text: str) -> str:
    """Text as XLSX writes it: _x000D_ for a carriage return, and so on."""
    if not PLAIN.fullmatch(text):
        if found := NOT_IN_XLSX.search(text):
            why = f"A cell for row {row} has the character {found[0]!a}, which XLSX cannot hold."
            raise RunError(why, INSTEAD)
        # openpyxl marks text as to be kept only if it has more than white space.
        text = LOOKS_ESCAPED.sub("_x005F_", text)
        text = (NOT_IN_XML if text.strip() else NOT_IN_XML_OR_BLANK).sub(_escape, text)
    if len(text) > MAX_CELL_CHARACTERS:
        why = f"A cell for row {row} has {len(text):,} characters; XLSX holds {MAX_CELL_CHARACTERS:,}."
        raise RunError(why, INSTEAD)
    return text


def _escape(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


class _TimelessZip(ZipFile):
    """A ZIP file that does not tell when it was written."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        """Add a part of the workbook."""
        content = data.encode() if isinstance(data, str) else data
        if zinfo_or_arcname == "docProps/core.xml":
            content = MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z", content)
        super().writestr(self._entry(zinfo_or_arcname), content)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Add a sheet, which openpyxl keeps in a temporary file."""
        with Path(filename).open("rb") as source, self.open(self._entry(arcname), "w") as target:
            shutil.copyfileobj(source, target)

    def _entry(self, name: str) -> ZipInfo:
        entry = ZipInfo(name)  # dated 1980-01-01
        entry.compress_type = self.compression
        return entry
