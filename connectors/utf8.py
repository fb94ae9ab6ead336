"""Bytes of a file that are known to be UTF-8."""

import codecs
import io
from pathlib import Path
from threading import Lock

from schemas.errors import UnreadableFileError

SAVE_AGAIN = "Save it again as 'CSV UTF-8 (comma delimited)'."


class Utf8:
    """Decodes text piece by piece and says where it is not UTF-8."""

    def __init__(self, path: Path, start: int) -> None:
        self.path, self.start = path, start
        self.decoder = codecs.getincrementaldecoder("utf-8")()

    def decode(self, piece: bytes, final: bool = False) -> str:
        """The text of the next piece; a character may go on in the piece after it."""
        unfinished = len(self.decoder.getstate()[0])
        try:
            text = self.decoder.decode(piece, final)
        except UnicodeDecodeError as error:
            before = error.object[max(0, error.start - 20) : error.start].decode(errors="ignore")
            place = f"byte {self.start - unfinished + error.start + 1:,}" + (before and f", after {before!r}")
            raise UnreadableFileError(self.path, f"is not UTF-8 text ({place})", SAVE_AGAIN) from error
        self.start += len(piece)
        return text


class CheckedBytes(io.RawIOBase):
    """The bytes of a file from a place on, checked to be UTF-8, then an ending of our own.

    Arrow would read an unclosed quote at the end of a file as a cell, without a word: it swallows the ending.
    """

    def __init__(self, path: Path, start: int, ending: bytes) -> None:
        super().__init__()
        self.file = path.open("rb", buffering=0)
        self.file.seek(start)
        self.text, self.ending, self.held = Utf8(path, start), ending, b""
        self.lock = Lock()

    def readable(self) -> bool:
        """Arrow asks before it reads."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, not always as many as asked for; none at the end."""
        piece = b""
        with self.lock:  # Arrow reads ahead in a thread of its own
            while not piece and not self.closed:
                found = self.file.read(size - len(self.held))
                self.text.decode(found, final=not found)
                if not found:
                    piece, self.held, self.ending = self.held + self.ending, b"", b""
                    break
                # Arrow drops the second half of a line end that two blocks share, even inside quotes.
                piece = self.held + found
                self.held = b"\r" if piece.endswith(b"\r") else b""
                piece = piece.removesuffix(b"\r")
        return piece

    def close(self) -> None:
        """Let the file go, once nobody reads from it any more."""
        with self.lock:
            self.file.close()
            super().close()
