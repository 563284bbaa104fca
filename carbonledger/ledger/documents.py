"""Small source documents (site files) kept beside the ledger by their hash."""

import errno
import hashlib
from pathlib import Path

import pyarrow as pa

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.book import SourceDocument
from carbonledger.ledger.connect import Ledger


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
    working = target.with_suffix(".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        working.write_bytes(data)
        working.replace(target)
    except OSError as error:
        working.unlink(missing_ok=True)
        raise LedgerRefused(
            f"the source file cannot be kept in {target.parent}: {error.strerror}",
            code="ledger-full" if error.errno == errno.ENOSPC else "documents",
            hint="free some space or check the permissions of the folder",
        ) from error
