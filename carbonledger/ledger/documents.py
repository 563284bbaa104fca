"""Source documents kept beside the ledger by their hash."""

import errno
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import sqlalchemy as sa

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.book import SourceDocument
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import document

BLOCK = 1 << 20
FULL = (errno.ENOSPC, errno.EDQUOT)


def keep_document(ledger: Ledger, path: Path, data: bytes) -> SourceDocument:
    """Keep the bytes of a small file, compressed, under their hash.

    Raises:
        LedgerRefused: there is no space, or the folder cannot be written.
    """
    digest = hashlib.sha256(data).hexdigest()
    folder = ledger.documents
    if folder is not None:
        _write(folder / f"{digest}.zst", pa.Codec("zstd").compress(data, asbytes=True))
    return SourceDocument(digest, path.name, len(data), path.suffix[1:], folder is not None)


def _write(target: Path, data: bytes) -> None:
    if target.exists():
        return
    working = part_of(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        working.write_bytes(data)
        working.replace(target)
    except OSError as error:
        working.unlink(missing_ok=True)
        raise refused_to_keep(target.parent, error) from error


def part_of(kept: Path) -> Path:
    """Return where the bytes of a kept file are written until all of them are there."""
    return kept.with_name(f".{kept.name}.part")


def refused_to_keep(folder: Path, error: OSError) -> LedgerRefused:
    """Return the refusal of a batch whose source file cannot be kept."""
    return LedgerRefused(
        f"the source file cannot be kept in {folder}: {error.strerror}",
        code="ledger-full" if error.errno in FULL else "documents",
        hint="free some space or check the permissions of the folder, or keep only the hash with "
        "--no-keep; nothing was changed",
    )


def altered_documents(
    connection: sa.Connection, folder: Path | None, after: int = 0
) -> Iterator[tuple[int, str, str, int]]:
    """Yield what `Difference` says of each kept file that is missing or has other bytes.

    Files that came with batches up to `after` are left out. Where the whole folder is absent (a
    copy of the ledger alone) nothing is said: the hashes are in the ledger, and whoever has a file
    can compare.
    """
    if folder is None or not folder.is_dir():
        return
    query = sa.select(document).where(document.c.kept == 1, document.c.batch_id > after)
    for row in connection.execute(query.order_by(document.c.id)):
        place = kept_file(folder, row.sha256)
        if place is None:
            detail = f"the kept file of document {row.name} is missing"
            yield row.batch_id, detail, document.name, row.id
        elif _digest(place) != row.sha256:
            detail = f"the kept file of document {row.name} has been altered"
            yield row.batch_id, detail, document.name, row.id


def kept_file(folder: Path, sha256: str) -> Path | None:
    """Return the kept file of a hash: as it was given (`.gz`) or compressed (`.zst`)."""
    places = (folder / f"{sha256}.gz", folder / f"{sha256}.zst")
    return next((place for place in places if place.is_file()), None)


def kept_blocks(place: Path) -> Iterator[bytes]:
    """Yield the bytes of a kept file as they were given.

    Raises:
        OSError: it cannot be read, or was cut short or overwritten.
    """
    with place.open("rb") as raw:
        yield from _blocks(raw) if place.suffix == ".zst" else iter(lambda: raw.read(BLOCK), b"")


def _digest(place: Path) -> str:
    """Return the SHA-256 of a kept file's bytes as they were given; "" when it cannot be read."""
    digest = hashlib.sha256()
    try:
        for block in kept_blocks(place):
            digest.update(block)
    except OSError:
        # Arrow says so of frames that are cut short or overwritten: it is not what was kept.
        return ""
    return digest.hexdigest()


def _blocks(raw: BinaryIO) -> Iterator[bytes]:
    with pa.CompressedInputStream(pa.PythonFile(raw), "zstd") as stream:
        while block := stream.read(BLOCK):
            yield block
