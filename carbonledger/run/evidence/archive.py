"""Writing a pack: the same members make the same bytes, and a manifest locates every change.

The manifest has a row for each file as a whole and one for each of its records: lines of texts,
blocks of bytes of all else. Whoever changes a digit changes the hash of its record; whoever changes
the manifest too changes the hash of the pack, which is the SHA-256 of the manifest.
"""

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from carbonledger.run.evidence.cells import table

MANIFEST = "manifest.csv"
COLUMNS = ("file", "record", "bytes", "sha256")
WHOLE = "file"
BLOCK = 4096
MOST_RECORDS = 200_000
"""Records of one file at most; of longer ones several lines or blocks make a record."""
# The first date that a ZIP file can state: the time of making is no evidence.
NO_TIME = (1980, 1, 1, 0, 0, 0)
READABLE = 0o100644 << 16


class Record(NamedTuple):
    """A record of a file: `7` a line, `101-200` lines, `b4096` bytes from there on."""

    name: str
    size: int
    sha256: str


class Archive:
    """A pack while it is written; members stand in it in the order they are added."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9)
        self._rows: list[tuple[str, Record]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._zip.close()

    def add(self, name: str, pieces: Iterable[bytes], *, lines: bool = True, size: int = 0) -> None:
        """Add a member.

        Args:
            name: its path in the pack.
            pieces: its bytes; of texts each piece ends with a line.
            lines: it is a text: its lines are its records.
            size: how many lines or bytes it has, where that may be many.
        """
        records = _Records(lines=lines, size=size)
        with self._zip.open(_info(name), "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)
                records.take(piece)
        self._rows += [(name, record) for record in records.all()]

    def seal(self) -> str:
        """Write the manifest over all members, sorted by name; return the hash of the pack."""
        # The sort is stable: records of a file stay in their order.
        rows = sorted(self._rows, key=lambda row: row[0])
        text = b"".join(table(COLUMNS, ((name, *record) for name, record in rows)))
        self._zip.writestr(_info(MANIFEST), text)
        return hashlib.sha256(text).hexdigest()


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, NO_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    # As if made on Unix everywhere, so that the bytes do not tell the system.
    info.create_system = 3
    info.external_attr = READABLE
    return info


class _Records:
    """Hashes a file as a whole and record by record."""

    def __init__(self, *, lines: bool, size: int) -> None:
        self._lines = lines
        self._whole = hashlib.sha256()
        self._size = 0
        count = size if lines else -(-size // BLOCK)
        self._each = max(1, -(-count // MOST_RECORDS)) * (1 if lines else BLOCK)
        self._found: list[Record] = []
        self._open = bytearray()
        # Lines or bytes in the open record, and before it.
        self._filled = 0
        self._before = 0

    def take(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._whole.update(piece)
        self._size += len(piece)
        for part in self._parts(piece):
            self._open += part
            # A line may come in pieces; it counts when its end is there.
            self._filled += part.endswith(b"\n") if self._lines else len(part)
            if self._filled == self._each:
                self._close()

    def _parts(self, piece: bytes) -> Iterator[bytes]:
        """Cut a piece at ends of lines, or where a block is full."""
        at = 0
        while at < len(piece):
            if self._lines:
                end = piece.find(b"\n", at) + 1 or len(piece)
            else:
                end = min(len(piece), at + self._each - self._filled)
            yield piece[at:end]
            at = end

    def _close(self) -> None:
        first, last = self._before + 1, self._before + self._filled
        name = f"b{self._before}" if not self._lines else str(first)
        if self._lines and last > first:
            name = f"{first}-{last}"
        digest = hashlib.sha256(self._open).hexdigest()
        self._found.append(Record(name, len(self._open), digest))
        self._before, self._filled, self._open = last, 0, bytearray()

    def all(self) -> list[Record]:
        """Return the record of the whole file, and those of its parts in order."""
        if self._open:
            self._filled += self._lines and not self._open.endswith(b"\n")
            self._close()
        return [Record(WHOLE, self._size, self._whole.hexdigest()), *self._found]
