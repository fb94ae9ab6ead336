"""OLE containers, in which Excel 97-2003 keeps workbooks and later ones keep what is protected by a password."""

import struct
from collections.abc import Iterator

from connectors.confined import RefusedError

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FREE = 0xFFFFFFFA  # and all above: no sector
ENTRY_BYTES = 128


class Ole:
    """The streams of a container by their names."""

    def __init__(self, data: bytes) -> None:
        """Read its tables of sectors and its directory."""
        if len(data) < 512 or not data.startswith(SIGNATURE):
            raise RefusedError("is a damaged workbook (its container has no beginning)")
        self.data = data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise RefusedError("is a damaged workbook (its container has sectors of no known size)")
        self.size, self.mini_size = 1 << shift, 1 << mini_shift
        directory, _, self.cutoff, mini_table, _, more, _ = struct.unpack_from("<7I", data, 48)
        sectors = [sector for sector in struct.unpack_from("<109I", data, 76) if sector < FREE]
        seen: set[int] = set()
        while more < FREE and more not in seen:
            seen.add(more)
            *listed, more = self._numbers(self._sector(more))
            sectors += [sector for sector in listed if sector < FREE]
        self.table = [number for sector in sectors for number in self._numbers(self._sector(sector))]
        self.mini_table = self._numbers(self._chain(mini_table))
        self.entries = dict(self._entries(self._chain(directory)))
        self.mini = self._chain(self.entries.get("", (0, FREE, 0))[1])

    def stream(self, *names: str) -> bytes:
        """The content of the first of these streams that there is."""
        for name in names:
            if name in self.entries:
                _, first, size = self.entries[name]
                if size >= self.cutoff:
                    return self._chain(first)[:size]
                places = _follow(first, self.mini_table)
                return b"".join(self.mini[n * self.mini_size : (n + 1) * self.mini_size] for n in places)[:size]
        raise RefusedError("is no workbook that dealport knows", "Save it as 'Excel workbook (.xlsx)'.")

    def _entries(self, directory: bytes) -> Iterator[tuple[str, tuple[int, int, int]]]:
        for start in range(0, len(directory) - ENTRY_BYTES + 1, ENTRY_BYTES):
            length, kind = struct.unpack_from("<HB", directory, start + 64)
            first, size = struct.unpack_from("<II", directory, start + 116)
            if kind in (1, 2):
                yield (
                    directory[start : start + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace"),
                    (kind, first, size),
                )
            elif kind == 5:  # the root holds the small streams
                yield "", (kind, first, size)

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        if start >= len(self.data):
            raise RefusedError("is a damaged workbook (it ends in the middle)")
        return self.data[start : start + self.size]

    def _chain(self, first: int) -> bytes:
        return b"".join(map(self._sector, _follow(first, self.table)))

    @staticmethod
    def _numbers(data: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _follow(first: int, table: tuple[int, ...] | list[int]) -> list[int]:
    """The sectors of a chain; one that leads into itself is no chain."""
    found: list[int] = []
    while first < FREE:
        if first >= len(table) or len(found) > len(table):
            raise RefusedError("is a damaged workbook (its container's sectors lead nowhere)")
        found.append(first)
        first = table[first]
    return found
