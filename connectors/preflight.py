"""A look at a workbook before any library opens it: passwords, bombs, faults nobody would see."""

import posixpath
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

from connectors.packed import Source
from connectors.sheet_scan import SheetScan
from schemas.errors import UnknownNameError, UnreadableFileError

MAX_ENTRIES = 10_000
MAX_BYTES = 1024**3
CHUNK_BYTES = 1024 * 1024
MAX_SMALL_PART_BYTES = 8 * 1024 * 1024

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PASSWORD = "EncryptedPackage".encode("utf-16-le")
SAVE_AS_XLSX = "Open it in a spreadsheet and save it as 'Excel workbook (.xlsx)'."
GET_AGAIN = "Export or download it again."


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet by the name on its tab, and the part of the file that holds it."""

    name: str
    part: str
    visible: bool


def look_over(source: Source, sheet: str | None) -> str:
    """The sheet to read, of a workbook that is safe to open: the first visible one if none is named."""
    path = source.path
    _refuse_other_kinds(source)
    try:
        with source.open_seekable() as file, ZipFile(file) as archive:
            _refuse_bombs(path, archive)
            chosen = _choose(path, _sheets(path, archive), sheet)
            for part in archive.namelist():
                if part.endswith((".xml", ".rels")) and part != chosen.part:
                    for _ in _chunks(path, archive, part):
                        pass
            SheetScan(path, chosen.name).read(_chunks(path, archive, chosen.part))
    # zipfile says RuntimeError for a password; a ParseError of XML is a SyntaxError.
    except (BadZipFile, zlib.error, EOFError, RuntimeError, SyntaxError, LookupError, ValueError) as error:
        raise UnreadableFileError(path, f"is a damaged workbook ({error})", GET_AGAIN) from error
    return chosen.name


def _refuse_other_kinds(source: Source) -> None:
    path = source.path
    with source.open() as file:
        head = file.read(len(OLE))
        if head.startswith(b"PK"):
            return
        if not head:
            raise UnreadableFileError(path, "is empty", GET_AGAIN)
        if head != OLE:
            fix = "If it is text with commas, name it .csv; else export it again."
            raise UnreadableFileError(path, "is not an XLSX file, whatever its name says", fix)
        if PASSWORD in head + file.read(MAX_BYTES):
            raise UnreadableFileError(path, "is protected by a password", "Save it without a password.")
    raise UnreadableFileError(path, "is a workbook of Excel 97-2003 (.xls)", SAVE_AS_XLSX)


def _refuse_bombs(path: Path, archive: ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise UnreadableFileError(path, f"holds {len(entries):,} files, more than {MAX_ENTRIES:,}", SAVE_AS_XLSX)
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_BYTES:
        why = f"unpacks to {unpacked:,} bytes, more than {MAX_BYTES:,}"
        raise UnreadableFileError(path, why, "Split it, or save it as CSV.")
    if "xl/workbook.xml" not in archive.namelist():
        raise UnreadableFileError(path, "is a ZIP file without an XLSX workbook", SAVE_AS_XLSX)


def _chunks(path: Path, archive: ZipFile, part: str) -> Iterator[bytes]:
    """An XML part to its very end, so that a size which lies and a wrong checksum are found here."""
    with archive.open(part) as file:
        before = b""
        while chunk := file.read(CHUNK_BYTES):
            if b"<!DOCTYPE" in before + chunk or b"\0" in chunk:
                why = f"holds what no spreadsheet writes ({part}: a document type or UTF-16)"
                raise UnreadableFileError(path, why, "Do not trust it. " + SAVE_AS_XLSX)
            before = chunk[-16:]
            yield chunk


def _sheets(path: Path, archive: ZipFile) -> list[Sheet]:
    targets = {}
    for element in _elements(path, archive, "xl/_rels/workbook.xml.rels"):
        if element.get("Type", "").endswith("/worksheet"):
            targets[element.get("Id")] = posixpath.join("/xl", element.get("Target", "")).lstrip("/")
    found = []
    for element in _elements(path, archive, "xl/workbook.xml"):
        if element.tag.endswith("}sheet"):
            identifier = next((value for key, value in element.items() if key.endswith("}id")), None)
            if identifier in targets:
                part = posixpath.normpath(targets[identifier])
                found.append(Sheet(element.get("name", ""), part, element.get("state", "visible") == "visible"))
    return found


def _elements(path: Path, archive: ZipFile, part: str) -> Iterator[ElementTree.Element]:
    if archive.getinfo(part).file_size > MAX_SMALL_PART_BYTES:
        raise UnreadableFileError(path, f"holds a list of sheets that is too long ({part})", SAVE_AS_XLSX)
    return ElementTree.fromstring(b"".join(_chunks(path, archive, part))).iter()


def _choose(path: Path, sheets: list[Sheet], name: str | None) -> Sheet:
    if name is not None:
        for sheet in sheets:
            if sheet.name == name:
                return sheet
        raise UnknownNameError(f"sheet in {path}", name, [sheet.name for sheet in sheets])
    for sheet in sheets:
        if sheet.visible:
            return sheet
    raise UnreadableFileError(path, "has no visible sheet of cells", "Name the sheet to read, or unhide it.")
