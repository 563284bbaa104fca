"""Streams of a compound file (MS-CFB), the container of old workbooks.

Only what is needed to look through a workbook: the directory, and one stream as bytes.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from carbonledger.errors import ImportRefused

HEADER = 512
FREE = 0xFFFFFFFA  # from here on a number means no sector
SHORT = 4096
ENTRY = 128
ROOT, STREAM = 5, 2


@dataclass(frozen=True, slots=True)
class Entry:
    """A stream of the file.

    Attributes:
        name: its name.
        kind: 2 for a stream, 5 for the root.
        start: its first sector.
        size: its bytes.
    """

    name: str
    kind: int
    start: int
    size: int


class Compound:
    """A compound file in memory."""

    def __init__(self, data: bytes, path: Path) -> None:
        """Read its directory.

        Raises:
            ImportRefused: it is damaged.
        """
        self.data, self.path = data, path
        try:
            self.size = 1 << struct.unpack_from("<H", data, 30)[0]
            self.table = self._table()
            directory = self._chain(struct.unpack_from("<L", data, 48)[0])
            found = list(_entries(directory))
            self.entries = {entry.name: entry for entry in found if entry.kind == STREAM}
            root = next(entry for entry in found if entry.kind == ROOT)
            self.short = self._chain(root.start)
            short_table = self._chain(struct.unpack_from("<L", data, 60)[0])
            self.short_table = _numbers(short_table)
        except (struct.error, StopIteration, MemoryError, OverflowError) as error:
            raise self.broken(str(error)) from error

    def broken(self, what: str) -> ImportRefused:
        """Return the refusal of a damaged file."""
        return ImportRefused(
            f"{self.path} is broken: {what or 'its directory cannot be read'}",
            code="file-broken",
            hint="open it in the program it is from and save it again, as XLSX",
        )

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        if start >= len(self.data):
            raise self.broken(f"sector {number} lies behind its end")
        return self.data[start : start + self.size]

    def _table(self) -> tuple[int, ...]:
        """Return the table that names the sector behind each sector."""
        parts = list(struct.unpack_from("<109L", self.data, 76))
        more = struct.unpack_from("<L", self.data, 68)[0]
        # A damaged file may lead around in a circle.
        for _ in range(len(self.data) // self.size + 1):
            if more >= FREE:
                break
            numbers = _numbers(self._sector(more))
            parts += numbers[:-1]
            more = numbers[-1]
        sectors = [self._sector(number) for number in parts if number < FREE]
        return _numbers(b"".join(sectors))

    def _chain(self, number: int) -> bytes:
        return self._follow(number, self.table, self._sector)

    def _follow(self, number: int, table: tuple[int, ...], sector: Callable[[int], bytes]) -> bytes:
        pieces: list[bytes] = []
        for _ in range(len(table) + 1):
            if number >= FREE:
                return b"".join(pieces)
            if number >= len(table):
                break
            pieces.append(sector(number))
            number = table[number]
        raise self.broken("its sectors lead nowhere")

    def stream(self, name: str) -> bytes:
        """Return the bytes of a stream.

        Raises:
            ImportRefused: it is damaged.
        """
        entry = self.entries[name]
        if entry.size >= SHORT:
            return self._chain(entry.start)[: entry.size]

        def piece(number: int) -> bytes:
            return self.short[number * 64 : number * 64 + 64]

        return self._follow(entry.start, self.short_table, piece)[: entry.size]


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}L", data[: len(data) // 4 * 4])


def _entries(directory: bytes) -> Iterator[Entry]:
    for place in range(0, len(directory) - ENTRY + 1, ENTRY):
        raw = directory[place : place + ENTRY]
        length = min(struct.unpack_from("<H", raw, 64)[0], 64)
        name = raw[: max(length - 2, 0)].decode("utf-16-le", "replace")
        start, size = struct.unpack_from("<LL", raw, 116)
        yield Entry(name, raw[66], start, size)
