"""The records of an Excel 97-2003 workbook, read for what its library does not tell: errors, formats, hidden rows."""

import struct
from collections.abc import Iterator

from connectors.confined import RefusedError
from connectors.workbooks.facts import ERRORS, Facts, telling
from connectors.workbooks.rows import Span
from connectors.workbooks.shown import BUILT_IN, Format, format_of

BOF, EOF, FILEPASS, DATEMODE, BOUNDSHEET, FORMAT, XF = 0x809, 0x0A, 0x2F, 0x22, 0x85, 0x41E, 0xE0
ROW, NUMBER, RK, MULRK, BOOLERR, FORMULA = 0x208, 0x203, 0x27E, 0xBD, 0x205, 0x06
MERGED = 0xE5
BIFF8 = 0x0600
HIDDEN = 0x20


class Biff:
    """A workbook's stream of records."""

    def __init__(self, data: bytes) -> None:
        """Read what holds for all sheets."""
        self.data = data
        self.epoch_1904 = False
        self.starts: list[int] = []
        formats = dict(BUILT_IN)
        styles: list[int] = []
        version = 0
        for kind, body in self._records(0):
            if kind == BOF and len(body) >= 2:
                version = version or struct.unpack_from("<H", body)[0]
            elif kind == FILEPASS:
                raise RefusedError("is protected by a password", "Save it without a password.")
            elif kind == DATEMODE:
                self.epoch_1904 = body[:2] == b"\x01\x00"
            elif kind == BOUNDSHEET and len(body) >= 6:
                self.starts.append(struct.unpack_from("<I", body)[0])
            elif kind == FORMAT and len(body) > 5:
                formats[struct.unpack_from("<H", body)[0]] = format_of(_format_code(body, version))
            elif kind == XF and len(body) >= 4:
                styles.append(struct.unpack_from("<H", body, 2)[0])
        self.formats = telling(formats.get(style, Format()) for style in styles)

    def facts(self, sheet: int) -> Facts:
        """What is known of the cells of one sheet."""
        found = Facts()
        for kind, body in self._records(self.starts[sheet]):
            if kind in (NUMBER, RK, BOOLERR, FORMULA) and len(body) >= 8:
                row, position, style = struct.unpack_from("<HHH", body)
                if style in self.formats:
                    found.formats[row, position] = self.formats[style]
                if (error := _error(kind, body)) is not None:
                    found.errors[row, position] = ERRORS.get(error, "#ERROR!")
            elif kind == MULRK:
                row, first = struct.unpack_from("<HH", body)
                for place in range((len(body) - 6) // 6):
                    style = struct.unpack_from("<H", body, 4 + 6 * place)[0]
                    if style in self.formats:
                        found.formats[row, first + place] = self.formats[style]
            elif kind == ROW and len(body) >= 14 and body[12] & HIDDEN:
                found.hidden.add(struct.unpack_from("<H", body)[0])
            elif kind == MERGED:
                for place in range(2, len(body) - 7, 8):
                    top, bottom, first, last = struct.unpack_from("<4H", body, place)
                    found.spans.append(Span(top + 1, bottom + 1, first, last))
        return found

    def _records(self, place: int) -> Iterator[tuple[int, bytes]]:
        """The records of one part of the stream; those of charts within it are passed over."""
        depth = 0
        while place + 4 <= len(self.data):
            kind, length = struct.unpack_from("<HH", self.data, place)
            if kind == BOF:
                depth += 1
            elif kind == EOF:
                depth -= 1
                if depth <= 0:
                    return
            if depth == 1:
                yield kind, self.data[place + 4 : place + 4 + length]
            place += 4 + length
        raise RefusedError("is a damaged workbook (it ends in the middle)")


def _error(kind: int, body: bytes) -> int | None:
    if kind == BOOLERR and body[7]:
        return body[6]
    if kind == FORMULA and len(body) >= 14 and body[12:14] == b"\xff\xff" and body[6] == 2:
        return body[8]
    return None


def _format_code(body: bytes, version: int) -> str:
    if version != BIFF8:
        return body[3:].decode("latin-1")
    return body[5:].decode("utf-16-le" if body[4] & 1 else "latin-1", "replace")
