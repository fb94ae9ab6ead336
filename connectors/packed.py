"""The bytes of a file, unpacked where it was packed with gzip, or alone in a ZIP file; never on a disk."""

import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeVar, cast

from schemas.errors import UnreadableFileError

T = TypeVar("T")

MAX_UNPACKED_BYTES = 8 * 1024**3
MAX_WHOLE_BYTES = 256 * 1024**2
"""Of what must be held in memory, because its reader jumps to and fro in it."""
MAX_RATIO, RATIO_COUNTS_FROM = 200, 64 * 1024**2  # a million copies of one short row shrink to a hundredth
GZIP_MAGIC = b"\x1f\x8b"
ENCRYPTED = 0x1
GET_AGAIN = "Export or download it again."
# zipfile says RuntimeError of a password, gzip an OSError where nothing is wrong with the disk
DAMAGES = (
    zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, RuntimeError, ValueError, LookupError, OverflowError,
)  # fmt: skip
UNPACK = "Unpack it, and name the file that was in it."


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, as often as needed: `path` names it in messages, the suffix of `name` tells its format."""

    path: Path
    name: str
    gzipped: bool = False
    member: str | None = None

    @property
    def packed(self) -> bool:
        """Whether the bytes to read are not those on the disk."""
        return self.gzipped or self.member is not None

    def open(self) -> BinaryIO:
        """The unpacked bytes from the first to the last; only the bytes of a file that is not packed can be sought."""
        if self.packed:
            return io.BufferedReader(_Unpacked(self))
        return self.path.open("rb")

    def open_seekable(self) -> BinaryIO:
        """The unpacked bytes for a reader that jumps to and fro; what was packed is held in memory."""
        if not self.packed:
            return self.path.open("rb")
        with self.open() as file:
            content = file.read(MAX_WHOLE_BYTES + 1)
        if len(content) > MAX_WHOLE_BYTES:
            raise UnreadableFileError(self.path, f"unpacks to more than {MAX_WHOLE_BYTES:,} bytes", UNPACK)
        return io.BytesIO(content)


def open_source(path: Path) -> Source:
    """What is to be read of a file: the file, or what is packed in it."""
    with path.open("rb") as file:
        gzipped = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    suffix = path.suffix.lower()
    if gzipped:
        return Source(path, path.stem if suffix == ".gz" else path.name, gzipped=True)
    if suffix == ".gz":
        raise UnreadableFileError(path, "is not packed with gzip, whatever its name says", GET_AGAIN)
    if suffix == ".zip":
        member = _only_member(path)
        return Source(path, member, member=member)
    return Source(path, path.name)


def _only_member(path: Path) -> str:
    with path.open("rb") as file:
        entries = _unpacking(path, lambda: zipfile.ZipFile(file).infolist())
    # Finder adds a twin of every file that it packs
    files = [
        entry for entry in entries if not entry.filename.endswith("/") and not entry.filename.startswith("__MACOSX/")
    ]
    if not files:
        raise UnreadableFileError(path, "is a ZIP file without a file in it", GET_AGAIN)
    if len(files) > 1:
        names = ", ".join(entry.filename for entry in files[:6]) + (", …" if len(files) > 6 else "")
        fix = "Unpack it, and name the file to read."
        raise UnreadableFileError(path, f"holds {len(files)} files, {names}", fix)
    if files[0].flag_bits & ENCRYPTED:
        raise UnreadableFileError(path, "is protected by a password", "Save it without a password.")
    return files[0].filename


def _unpacking(path: Path, work: Callable[[], T]) -> T:
    """What the libraries say against a packed file, in our words."""
    try:
        return work()
    except DAMAGES as error:
        raise UnreadableFileError(path, f"is a damaged packed file ({error})", GET_AGAIN) from error
    except ImportError as error:
        raise UnreadableFileError(path, f"cannot be unpacked ({error})", UNPACK) from error


class _Unpacked(io.RawIOBase):
    """The bytes that a packed file holds, as long as there are not too many."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.path, self.size, self.told = source.path, source.path.stat().st_size, 0
        self.opened = ExitStack()
        self.file = _unpacking(source.path, lambda: self._open(source))

    def _open(self, source: Source) -> IO[bytes]:
        if source.member is None:
            return cast("IO[bytes]", self.opened.enter_context(closing(gzip.open(source.path))))
        archive = self.opened.enter_context(zipfile.ZipFile(source.path))
        return self.opened.enter_context(archive.open(source.member))

    def readable(self) -> bool:
        """A buffered reader asks before it reads."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer, not always to its end; 0 where there is no more."""
        found = _unpacking(self.path, lambda: self.file.read(len(buffer)))
        self.told += len(found)
        if self.told > MAX_UNPACKED_BYTES or self.told > max(RATIO_COUNTS_FROM, self.size * MAX_RATIO):
            why = f"unpacks to more than {MAX_RATIO} times its size, or to more than {MAX_UNPACKED_BYTES:,} bytes"
            raise UnreadableFileError(self.path, why, UNPACK)
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        """Let the file go."""
        self.opened.close()
        super().close()
