"""A row of a source file: the hash its file is known by, and the row itself where it is kept."""

import codecs
import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from carbonledger.ledger.documents import kept_blocks, kept_file

BLOCK = 1 << 20
LONGEST = 500
ENCODINGS = ("utf-8-sig", "gb18030")


def digests_of(path: Path) -> set[str]:
    """Return the hashes that a file may be known by: its own, and those of its members.

    Members of an archive are documents of their own. A file that cannot be read has none.
    """
    found = set()
    try:
        with path.open("rb") as file:
            found.add(hashlib.file_digest(file, "sha256").hexdigest())
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for info in archive.infolist():
                    with archive.open(info) as member:
                        found.add(hashlib.file_digest(member, "sha256").hexdigest())  # type: ignore[arg-type]
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        # Then it may still be known by its name.
        return found
    return found


def rules_of(stored: str | None) -> dict[str, Any]:
    """Return how a file was read, as the batch says."""
    rules = json.loads(stored) if stored else {}
    return rules if isinstance(rules, dict) else {}


def text_of(folder: Path | None, sha256: str, line: int) -> str | None:
    """Return a line of a kept text; None where the file is none, is not here, or is shorter."""
    kept = None if folder is None else kept_file(folder, sha256)
    if kept is None:
        return None
    try:
        with io.BufferedReader(_Blocks(kept_blocks(kept))) as raw:
            file: Any = gzip.GzipFile(fileobj=raw) if raw.peek(2)[:2] == b"\x1f\x8b" else raw
            found = next(islice(file, line - 1, line), None)
    except (OSError, EOFError):
        return None
    return None if found is None or b"\0" in found else _decoded(found)


def _decoded(data: bytes) -> str | None:
    for encoding in ENCODINGS:
        try:
            return codecs.decode(data, encoding).rstrip("\r\n")[:LONGEST]
        except UnicodeDecodeError:
            continue
    return None


class _Blocks(io.RawIOBase):
    """Blocks of bytes as a file that is read once, from its beginning."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = block
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
