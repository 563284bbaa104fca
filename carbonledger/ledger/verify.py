"""Recomputing every hash of the ledger from its rows, and naming what differs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.canon import HEADER, POSTED, ContentHash, leaf_hash, root
from carbonledger.ledger.schema import batch, document

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it was posted.

    Attributes:
        what: content, header, order, orphan, document, run.
        batch: number of the batch; 0 when it is none of them.
        detail: one sentence.
    """

    what: str
    batch: int
    detail: str


def verify_batches(connection: sa.Connection) -> tuple[int, str, list[Difference]]:
    """Recompute the hashes of all batches.

    Returns:
        How many there are, the root of the log (RFC 6962), and what differs, in order.
    """
    found: list[Difference] = []
    rows = connection.execute(sa.select(batch).order_by(batch.c.id)).mappings().all()
    recomputed = _contents(connection)
    leaves = []
    for place, row in enumerate(rows, 1):
        header = dict(row)
        number = int(header["id"])
        if number != place:
            found.append(Difference("order", place, f"batch {place} is missing"))
        if recomputed.pop(number, ContentHash()).hexdigest() != header["content_hash"]:
            detail = f"the rows of batch {number} are not those that were posted"
            found.append(Difference("content", number, detail))
        if leaf_hash({name: header[name] for name in HEADER}) != header["leaf_hash"]:
            detail = f"the header of batch {number} is not the one that was posted"
            found.append(Difference("header", number, detail))
        leaves.append(str(header["leaf_hash"]))
    for number in sorted(recomputed):
        found.append(Difference("orphan", number, f"rows name batch {number}, which is not there"))
    found += _documents(connection)
    return len(rows), root(leaves), sorted(found, key=lambda d: d.batch)


def _contents(connection: sa.Connection) -> dict[int, ContentHash]:
    """Hash all posted rows, each into its batch, reading every table once in order of ids."""
    hashes: dict[int, ContentHash] = {}
    for table in POSTED:
        place = list(table.columns.keys()).index("batch_id")
        for row in _rows(connection, table):
            hashes.setdefault(row[place], ContentHash()).add(table, [row])
    return hashes


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[tuple[Any, ...]]:
    names = ", ".join(table.columns.keys())
    statement = f"SELECT {names} FROM {table.name} ORDER BY id"  # noqa: S608 (names of the schema)
    result = connection.exec_driver_sql(statement, execution_options={"yield_per": CHUNK})
    for part in result.partitions():
        yield from (tuple(row) for row in part)


def _documents(connection: sa.Connection) -> list[Difference]:
    """Batches must rest on documents that are there."""
    query = (
        sa.select(batch.c.id, batch.c.document_id)
        .outerjoin(document, document.c.id == batch.c.document_id)
        .where(batch.c.document_id.is_not(None), document.c.id.is_(None))
    )
    return [
        Difference("document", number, f"document {missing} of batch {number} is missing")
        for number, missing in connection.execute(query)
    ]
