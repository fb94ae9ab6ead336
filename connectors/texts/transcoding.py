"""A text file as UTF-8 bytes, decoded strictly from its first byte to its last."""

import io
from threading import Lock

from connectors.packed import Source
from connectors.texts.encodings import (
    ASCII,
    CANDIDATES,
    MOST_LETTERS,
    NO_WORD,
    SAVE_AGAIN,
    Encoding,
    after,
    decide,
    words_in,
)
from schemas.errors import UnreadableFileError

SHOWN_BYTES = 80
PART_BYTES = 8 * 1024
WORD_BYTES = MOST_LETTERS // 2
END_OF_TEXT = b"\x1a"
"""What DOS put behind the last character of a text, and some programs still do."""


class Decoding:
    """Decodes text piece by piece, and says where bytes are none in its encoding, or cast a doubt on it."""

    def __init__(self, source: Source, encoding: Encoding) -> None:
        self.source, self.encoding, self.start = source, encoding, encoding.marked
        self.decoder, self.words = encoding.decoder(), encoding.words
        self.known = ASCII + NO_WORD + b"".join(self.words)

    def utf8(self, piece: bytes, final: bool = False) -> bytes:
        """The next piece in UTF-8; what is UTF-8 already comes back as it is, cut where it was cut."""
        if self.encoding.name == "utf-8":
            self.text(piece, final)
            return piece
        if self.encoding.name not in CANDIDATES:
            return self._encoded(piece, final)
        # most of a table is ASCII, also in its middle: only what is not costs time
        parts = (piece[start : start + PART_BYTES] for start in range(0, len(piece), PART_BYTES))
        return b"".join(self._passed(part) if part.isascii() else self._encoded(part, final) for part in parts)

    def _passed(self, part: bytes) -> bytes:
        self.start += len(part)
        return part

    def _encoded(self, piece: bytes, final: bool) -> bytes:
        text = self.text(piece, final)
        try:
            return text.encode()
        except UnicodeError as error:
            raise self._undecodable(error, 0) from error

    def text(self, piece: bytes, final: bool = False) -> str:
        """The text of the next piece; a character may go on in the piece after it."""
        while self.words and (unknown := piece.translate(None, self.known)):
            self._reconsider(piece, piece.index(unknown[:1]))
        unfinished = len(self.decoder.getstate()[0])
        try:
            text = self.decoder.decode(piece, final)
        except UnicodeError as error:
            raise self._undecodable(error, unfinished) from error
        self.start += len(piece)
        return text

    def _reconsider(self, piece: bytes, place: int) -> None:
        """A byte that did not stand in the sample is read differently by some other encoding perhaps."""
        around = words_in(piece[max(0, place - WORD_BYTES) : place + WORD_BYTES])
        new = frozenset(word for word in around | words_in(piece) if word.translate(None, self.known))
        told = after(piece[max(0, place - SHOWN_BYTES) : place].decode("ascii", "ignore"))
        where, name = f"byte {self.start + place + 1:,}{told}", self.encoding.name
        found = decide(self.source, self.words | new, piece, where)
        if found.name != name:
            why = f"begins like {name}, but goes on like {found.name} ({where})"
            fix = f"Say which it is: --encoding {name} or --encoding {found.name}."
            raise UnreadableFileError(self.source.path, why, fix)
        self.words |= new
        self.known += b"".join(new)

    def _undecodable(self, error: UnicodeError, unfinished: int) -> UnreadableFileError:
        name, place = self.encoding.name, f"after byte {self.start:,}"
        if isinstance(error, UnicodeDecodeError):
            found = error.object[max(0, error.start - SHOWN_BYTES) : error.start]
            before = found.decode(name, errors="ignore")
            place = f"byte {self.start - unfinished + error.start + 1:,}{after(before)}"
        return UnreadableFileError(self.source.path, f"is not {_shown(name)} text ({place})", SAVE_AGAIN)


class Utf8Bytes(io.RawIOBase):
    """A text file as UTF-8 from a place in that UTF-8 on, then an ending of our own.

    Arrow would read an unclosed quote at the end of a file as a cell, without a word: it swallows the ending. The mark
    that DOS put at the end of a text is no part of it.
    """

    def __init__(self, source: Source, encoding: Encoding, start: int, ending: bytes) -> None:
        super().__init__()
        self.file = source.open()
        self.file.read(encoding.marked)
        self.decoding = Decoding(source, encoding)
        self.skipped, self.held, self.ending, self.ended = start, b"", ending, False
        self.lock = Lock()

    def readable(self) -> bool:
        """Arrow asks before it reads."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, not always as many as asked for; none at the end."""
        with self.lock:  # Arrow reads ahead in a thread of its own
            while not self.closed:
                if not self.ended and len(self.held) < size:
                    self._read_on(size - len(self.held))
                cut = min(size, len(self.held))
                if not self.ended or cut < len(self.held):
                    # Arrow drops the second half of a line end that two blocks share, even inside quotes; and nobody
                    # knows yet whether a mark of the end is the last byte.
                    cut -= self.held.endswith((b"\r", END_OF_TEXT), 0, cut)
                piece, self.held = self.held[:cut], self.held[cut:]
                if piece or self.ended:
                    return piece
        return b""

    def _read_on(self, size: int) -> None:
        found = self.file.read(size)
        more = self.decoding.utf8(found, final=not found)
        if self.skipped:
            self.skipped, more = max(0, self.skipped - len(more)), more[self.skipped :]
        self.held = self.held + more if self.held else more
        if not found:
            self.held, self.ended = self.held.removesuffix(END_OF_TEXT) + self.ending, True

    def close(self) -> None:
        """Let the file go, once nobody reads from it any more."""
        with self.lock:
            self.file.close()
            super().close()


def _shown(name: str) -> str:
    return name.upper() if name.startswith("utf") else name
