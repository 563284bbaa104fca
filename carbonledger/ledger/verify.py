"""Recomputing every hash of the ledger from its rows, and naming what differs."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.canon import HEADER, POSTED, ContentHash, leaf_hash, root
from carbonledger.ledger.documents import altered_documents
from carbonledger.ledger.schema import batch, document
from carbonledger.ledger.shape import altered_shape

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it was posted.

    Attributes:
        what: content, header, order, orphan, document, schema, run.
        batch: number of the batch; 0 when it is none of them.
        detail: one sentence.
    """

    what: str
    batch: int
    detail: str


def verify_batches(
    connection: sa.Connection, folder: Path | None = None
) -> tuple[int, str, list[Difference]]:
    """Recompute the hashes of all batches, and compare tables, views and triggers with ours.

    Args:
        connection: connection to the ledger.
        folder: where the bytes of source files are kept; they are hashed again.

    Returns:
        How many there are, the root of the log (RFC 6962), and what differs, in order.
    """
    rows = connection.execute(sa.select(batch).order_by(batch.c.id)).mappings().all()
    recomputed = _contents(connection)
    found = [Difference("schema", 0, detail) for detail in altered_shape(connection)]
    found += _numbers([int(row["id"]) for row in rows])
    for row in rows:
        found += _batch(dict(row), recomputed.pop(int(row["id"]), ContentHash()))
    for number in sorted(recomputed):
        found.append(Difference("orphan", number, f"rows name batch {number}, which is not there"))
    found += _documents(connection)
    found += [Difference("document", *one) for one in altered_documents(connection, folder)]
    leaves = [str(row["leaf_hash"]) for row in rows]
    return len(rows), root(leaves), sorted(found, key=lambda d: d.batch)


def _numbers(numbers: list[int]) -> Iterator[Difference]:
    """Batches are numbered from 1 without a gap, so a missing number is a missing batch."""
    for number in sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers)):
        yield Difference("order", number, f"batch {number} is missing")


def _batch(header: dict[str, Any], content: ContentHash) -> Iterator[Difference]:
    number = int(header["id"])
    if content.hexdigest() != header["content_hash"]:
        detail = f"the rows of batch {number} are not those that were posted"
        yield Difference("content", number, detail)
    if leaf_hash({name: header[name] for name in HEADER}) != header["leaf_hash"]:
        detail = f"the header of batch {number} is not the one that was posted"
        yield Difference("header", number, detail)


def _contents(connection: sa.Connection) -> dict[int, ContentHash]:
    """Hash all posted rows, each into its batch, reading every table once in order of ids."""
    hashes: dict[int, ContentHash] = {}
    for table in POSTED:
        place = list(table.columns.keys()).index("batch_id")
        for number, rows in groupby(_rows(connection, table), key=itemgetter(place)):
            if number not in hashes:
                hashes[number] = ContentHash()
            hashes[number].add(table, rows)
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
