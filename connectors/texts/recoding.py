"""A text file from UTF-8 into the encoding of another file, where nothing is lost by it and readers find it out."""

import codecs
import hashlib
from contextlib import closing
from pathlib import Path

from connectors.packed import Source
from connectors.texts.encodings import MARKS, find_encoding
from connectors.texts.transcoding import Utf8Bytes
from schemas.errors import UnreadableFileError

PIECE = 1024 * 1024


def recode(path: Path, encoding: str, *, marked: bool) -> None:
    """Put a UTF-8 file into an encoding; it stays UTF-8 where a character is not in it, or would be read as another.

    Few rows may not tell any more which encoding they are in: what comes back is never to be taken for another text.
    """
    other = path.with_name(f"{path.name}.recoded")
    encoder = codecs.getincrementalencoder(encoding)()
    try:
        with path.open(encoding="utf-8-sig", newline="") as source, other.open("wb") as target:
            target.write(MARKS[encoding] if marked else b"")
            while piece := source.read(PIECE):
                target.write(encoder.encode(piece))
            target.write(encoder.encode("", final=True))
        if _is_read_as(other, path):
            other.replace(path)
    except UnicodeEncodeError:
        return
    finally:
        other.unlink(missing_ok=True)


def _is_read_as(other: Path, path: Path) -> bool:
    """Whether a file whose encoding is to be found out is read as the same text as one in UTF-8."""
    source = Source(other, other.name)
    try:
        with closing(Utf8Bytes(source, find_encoding(source, None), 0, b"")) as found:
            read = hashlib.sha256()
            while piece := found.read(PIECE):
                read.update(piece)
    except UnreadableFileError:
        return False
    wanted = hashlib.sha256()
    with path.open("rb") as file:
        if (first := file.read(len(codecs.BOM_UTF8))) != codecs.BOM_UTF8:
            wanted.update(first)
        while piece := file.read(PIECE):
            wanted.update(piece)
    return read.digest() == wanted.digest()
