"""The source files in a pack: as they were given, or their hashes where they were not kept."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.documents import kept_blocks, kept_file
from carbonledger.ledger.schema import batch, document
from carbonledger.run.evidence.archive import Archive
from carbonledger.run.evidence.cells import table

COLUMNS = ("sha256", "name", "bytes", "media", "batches", "file")
SAFE = re.compile(r"[^\w.-]+")
LONGEST = 80


class Added(NamedTuple):
    """How many documents the pack holds as bytes, and how many by their hash alone."""

    held: int
    hashed: int


def add_sources(
    archive: Archive, connection: sa.Connection, used: Sequence[int], folder: Path | None
) -> Added:
    """Add the documents that the batches used rest on.

    Args:
        archive: the pack.
        connection: connection to the ledger.
        used: numbers of batches.
        folder: where the bytes of source files are kept; None: hashes alone are added.

    Raises:
        LedgerRefused: a kept file is not the one that was imported.
    """
    query = (
        sa.select(document, batch.c.id.label("user"))
        .join(batch, batch.c.document_id == document.c.id)
        .where(batch.c.id.in_(used))
        .order_by(document.c.id, batch.c.id)
    )
    users: dict[int, list[str]] = {}
    rows = {}
    for row in connection.execute(query).mappings():
        users.setdefault(row["id"], []).append(str(row["user"]))
        rows[row["id"]] = row
    listed, held = [], 0
    for number, row in rows.items():
        name = _added(archive, row, folder)
        held += bool(name)
        listed.append((*(row[c] for c in COLUMNS[:4]), " ".join(users[number]), name))
    archive.add("documents/documents.csv", table(COLUMNS, listed))
    return Added(held, len(listed) - held)


def _added(archive: Archive, row: sa.RowMapping, folder: Path | None) -> str:
    """Add the bytes of a document and return their name in the pack; "" when there are none."""
    kept = None if folder is None or not row["kept"] else kept_file(folder, row["sha256"])
    if kept is None:
        return ""
    name = f"documents/{row['sha256'][:16]}/{_safe(row['name'])}"
    digest, lines = _looked_at(kept_blocks(kept))
    if digest != row["sha256"]:
        raise LedgerRefused(
            f"the kept file of document {row['name']} is not the one that was imported",
            code="document-altered",
            hint="restore it from a backup of the folder, or leave the files out: --no-documents",
        )
    size = int(row["bytes"]) if lines is None else lines
    archive.add(name, kept_blocks(kept), lines=lines is not None, size=size)
    return name


def _safe(name: str) -> str:
    """Return a name that stays in its folder on every system."""
    made = SAFE.sub("_", name)[-LONGEST:].strip(".")
    return made or "document"


def _looked_at(blocks: Iterator[bytes]) -> tuple[str, int | None]:
    """Return hash and lines of a file; no lines where it is no text: no text has a zero byte."""
    digest, count, last, text = hashlib.sha256(), 0, b"\n", True
    try:
        for block in blocks:
            digest.update(block)
            text = text and b"\0" not in block
            count += block.count(b"\n")
            last = block[-1:]
    except OSError:
        # So Arrow tells of what was cut short or overwritten.
        return "", None
    return digest.hexdigest(), count + (last != b"\n") if text else None
