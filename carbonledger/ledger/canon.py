"""Canonical text of rows, and the hashes that make tampering show.

A row is the JSON array of its columns in the order of the schema. Columns that a table was given
later stand last and are left out while they hold what rows had before: so a row posted before has
the hash it was posted with, and no two different rows have the same text. The content hash of a
batch is SHA-256 over the hashes of its tables in the order of the schema; its leaf hash follows
RFC 6962, section 2.1: SHA-256(0x00 || header), where the header holds the content hash. The root
over all leaves is the Merkle tree hash of the same section.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.schema import LATER, batch, metadata

Row = Sequence[Any]
POSTED = tuple(
    table
    for table in metadata.tables.values()
    if "batch_id" in table.columns and table.name != "batch"
)
HEADER = tuple(c.name for c in batch.columns if c.name != "leaf_hash")
# What the columns that came later hold where a row does without them, by table, last one first.
_LATER: dict[str, tuple[Any, ...]] = {
    table.name: tuple(c.info[LATER] for c in reversed(table.columns.values()) if LATER in c.info)
    for table in POSTED
}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_sorted = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True
).encode
# A control character stands escaped in the strings of JSON; so as a separator it is never text.
SPLIT = "\x1f"
_split = json.JSONEncoder(ensure_ascii=False, separators=(SPLIT, ":"), allow_nan=False).encode
# So many rows are written as one text.
TOGETHER = 1000


def text(value: object) -> str:
    """Return the canonical JSON text of a value: no spaces, keys sorted, non-ASCII as it is."""
    return _sorted(value)


def row_bytes(row: Row) -> bytes:
    """Return the canonical bytes of one row: its columns in the order of the schema."""
    return _encode(list(row)).encode() + b"\n"


def rows_bytes(rows: Sequence[Row]) -> bytes:
    """Return the canonical bytes of several rows: those of `row_bytes`, in half the time.

    Args:
        rows: at least one; their values are texts, integers and None.
    """
    whole = _split([tuple(row) for row in rows])
    lines = whole[1:-1].replace(f"]{SPLIT}[", "]\n[").replace(SPLIT, ",")
    return lines.encode() + b"\n"


def _as_posted(row: Row, later: Sequence[Any]) -> Row:
    """Return a row without the later columns at its end that say nothing."""
    width = len(row)
    for value in later:
        if row[width - 1] != value:
            break
        width -= 1
    return row[:width]


def as_posted(table: sa.Table, row: Row) -> Row:
    """Return a row as it is hashed: without the later columns at its end that say nothing."""
    return _as_posted(row, _LATER.get(table.name, ()))


class ContentHash:
    """SHA-256 over the rows of a batch, table by table, while they are posted or read back."""

    def __init__(self) -> None:
        self._tables: dict[str, Any] = {}

    def add(self, table: sa.Table, rows: Iterable[Row]) -> None:
        """Take rows of one table, in ascending order of their ids."""
        later = _LATER.get(table.name, ())
        left = iter(rows)
        while part := list(islice(left, TOGETHER)):
            known = self._tables.setdefault(table.name, hashlib.sha256())
            known.update(rows_bytes([_as_posted(r, later) for r in part] if later else part))

    def hexdigest(self) -> str:
        """Return the content hash of what was taken."""
        whole = hashlib.sha256()
        for table in POSTED:
            if table.name in self._tables:
                whole.update(f"{table.name}:{self._tables[table.name].hexdigest()}\n".encode())
        return whole.hexdigest()


def leaf_hash(header: dict[str, Any]) -> str:
    """Return the RFC 6962 leaf hash of a batch from its header (all columns but leaf_hash)."""
    return hashlib.sha256(b"\x00" + row_bytes([header[name] for name in HEADER])).hexdigest()


def root(leaves: Sequence[str]) -> str:
    """Return the RFC 6962 Merkle tree hash over leaf hashes; all are hex.

    Of no leaves it is the hash of the empty text.
    """
    if not leaves:
        return hashlib.sha256(b"").hexdigest()
    return _tree([bytes.fromhex(leaf) for leaf in leaves]).hex()


def _tree(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + _tree(leaves[:split]) + _tree(leaves[split:])).digest()
