"""Recomputing every hash of the ledger from its rows, and naming what differs."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.canon import HEADER, POSTED, ContentHash, leaf_hash
from carbonledger.ledger.difference import Difference, Expert, in_order
from carbonledger.ledger.documents import altered_documents
from carbonledger.ledger.log_proofs import Log
from carbonledger.ledger.schema import batch, document
from carbonledger.ledger.shape import altered_shape
from carbonledger.ledger.suspects import blamed

CHUNK = 2000


def verify_batches(
    connection: sa.Connection,
    folder: Path | None = None,
    *,
    after: int = 0,
    experts: Sequence[Expert] = (),
) -> tuple[int, str, list[Difference]]:
    """Recompute the hashes of all batches, and compare tables, views and triggers with ours.

    Args:
        connection: connection to the ledger.
        folder: where the bytes of source files are kept; they are hashed again.
        after: rows and documents of batches up to this one are not read again. The headers of all
            batches are, so whoever has a checkpoint of that batch loses nothing but the naming
            (`checkpoints.compared`).
        experts: name rows of a batch that differs, beside what the ledger itself can tell.

    Returns:
        How many there are, the root of the log (RFC 6962) from the headers, and what differs: the
        first batch that differs first, what belongs to no batch last.
    """
    rows = [dict(row) for row in connection.execute(_headers()).mappings()]
    recomputed = _contents(connection, after)
    found = _numbers([int(row["id"]) for row in rows])
    for row in rows:
        number = int(row["id"])
        if number > after:
            content = recomputed.pop(number, ContentHash())
            if content.hexdigest() != row["content_hash"]:
                found.append(blamed(connection, row, experts))
        found += _header(row)
    for number in sorted(recomputed):
        found.append(Difference("orphan", number, f"rows name batch {number}, which is not there"))
    found += _documents(connection, after)
    found += [Difference("document", *one) for one in altered_documents(connection, folder, after)]
    found += [Difference("schema", 0, detail) for detail in altered_shape(connection)]
    return len(rows), Log(map(_leaf, rows)).root(), in_order(found)


def leaves(connection: sa.Connection) -> dict[int, str]:
    """Return the leaf hash of every batch by its number, computed from its header."""
    return {int(row["id"]): _leaf(row) for row in connection.execute(_headers()).mappings()}


def _headers() -> sa.Select[Any]:
    return sa.select(batch).order_by(batch.c.id)


def _leaf(row: Any) -> str:
    return leaf_hash({name: row[name] for name in HEADER})


def _numbers(numbers: list[int]) -> list[Difference]:
    """Batches are numbered from 1 without a gap, so a missing number is a missing batch."""
    missing = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
    return [Difference("order", number, f"batch {number} is missing") for number in missing]


def _header(row: dict[str, Any]) -> Iterator[Difference]:
    if _leaf(row) != row["leaf_hash"]:
        detail = f"the header of batch {row['id']} is not the one that was posted"
        yield Difference("header", int(row["id"]), detail, "batch", int(row["id"]))


def _contents(connection: sa.Connection, after: int) -> dict[int, ContentHash]:
    """Hash posted rows, each into its batch, reading every table once in order of ids."""
    hashes: dict[int, ContentHash] = {}
    for table in POSTED:
        place = list(table.columns.keys()).index("batch_id")
        for number, rows in groupby(_rows(connection, table, after), key=itemgetter(place)):
            if number not in hashes:
                hashes[number] = ContentHash()
            hashes[number].add(table, rows)
    return hashes


def _rows(connection: sa.Connection, table: sa.Table, after: int) -> Iterator[tuple[Any, ...]]:
    names = ", ".join(table.columns.keys())
    # Without a start no index is used: the rows lie in order of their ids.
    rest = f"WHERE batch_id > {after:d} ORDER BY batch_id, id" if after else "ORDER BY id"
    statement = f"SELECT {names} FROM {table.name} {rest}"  # noqa: S608 (names of the schema)
    # `yield_per` would be of no use: statements of the driver's own come whole in spite of it.
    result = connection.exec_driver_sql(statement, execution_options={"stream_results": True})
    for part in result.partitions(CHUNK):
        yield from (tuple(row) for row in part)


def _documents(connection: sa.Connection, after: int) -> list[Difference]:
    """Batches must rest on documents that are there."""
    query = (
        sa.select(batch.c.id, batch.c.document_id)
        .outerjoin(document, document.c.id == batch.c.document_id)
        .where(batch.c.document_id.is_not(None), document.c.id.is_(None), batch.c.id > after)
    )
    return [
        Difference("document", number, f"document {missing} of batch {number} is missing")
        for number, missing in connection.execute(query)
    ]
