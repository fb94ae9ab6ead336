"""ZIP packages, in which XLSX and ODS keep their XML: opened with care for bombs and damage."""

import io
import re
from collections.abc import Iterator
from typing import IO, BinaryIO
from xml.etree import ElementTree
from zipfile import ZipFile

from connectors.confined import RefusedError

MAX_ENTRIES = 10_000
MAX_BYTES = 1024**3
MAX_SMALL_PART_BYTES = 32 * 1024 * 1024
SAVE_AS_XLSX = "Open it in a spreadsheet and save it as 'Excel workbook (.xlsx)'."
ENCODING = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)""")
NOTHING_ELSE = {b"utf-8", b"us-ascii", b"ascii"}


class Package:
    """A ZIP file whose parts are read as XML that no bomb hides in."""

    def __init__(self, file: BinaryIO) -> None:
        """Look at its directory."""
        self.archive = ZipFile(file)
        entries = self.archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise RefusedError(f"holds {len(entries):,} files, more than {MAX_ENTRIES:,}", SAVE_AS_XLSX)
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > MAX_BYTES:
            why = f"unpacks to {unpacked:,} bytes, more than {MAX_BYTES:,}"
            raise RefusedError(why, "Split it, or save it as CSV.")
        # Some writers begin names with a slash or use backslashes; Excel does not mind.
        self.names = {name.replace("\\", "/").lstrip("/").casefold(): name for name in self.archive.namelist()}

    def __contains__(self, part: str) -> bool:
        return part.casefold() in self.names

    def open(self, part: str) -> BinaryIO:
        """A part, as bytes that are checked on the way."""
        if part not in self:
            raise RefusedError(f"is a damaged workbook (it has no {part})")
        return io.BufferedReader(_Checked(self.archive.open(self.names[part.casefold()]), part), 256 * 1024)

    def binary(self, part: str) -> bytes:
        """A part that is no XML."""
        return self.archive.read(self.names[part.casefold()])

    def text(self, part: str) -> io.TextIOWrapper:
        """A part as text, line ends as XML wants them."""
        return io.TextIOWrapper(self.open(part), "utf-8-sig", newline=None)

    def elements(self, part: str) -> Iterator[ElementTree.Element]:
        """The elements of a part that is small in every workbook."""
        if part in self and self.archive.getinfo(self.names[part.casefold()]).file_size > MAX_SMALL_PART_BYTES:
            raise RefusedError(f"holds a part that is too long ({part})", SAVE_AS_XLSX)
        with self.open(part) as file:
            return ElementTree.fromstring(file.read()).iter()


class _Checked(io.RawIOBase):
    """The bytes of a part, without document types (they can grow without end) and in UTF-8 alone."""

    def __init__(self, source: IO[bytes], part: str) -> None:
        self.source, self.part, self.before = source, part, b""
        self.first = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # what io hands over is a buffer
        chunk = self.source.read(len(view))
        other = self.first and (found := ENCODING.match(chunk.lstrip(b"\xef\xbb\xbf"))) and found[1].lower()
        if b"<!DOCTYPE" in self.before + chunk or b"\0" in chunk or (other and other not in NOTHING_ELSE):
            why = f"holds what no spreadsheet writes ({self.part}: a document type, or other than UTF-8)"
            raise RefusedError(why, "Do not trust it. " + SAVE_AS_XLSX)
        self.before, self.first = chunk[-16:], False
        view[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            self.source.close()
        super().close()
