"""The log in a pack: headers of all batches, all rows of those used, proofs and the checkpoint.

Rows and headers stand as the bytes that are hashed. So `sha256sum rows/000019/entry.jsonl` is the
hash that the content hash of batch 19 is made of, whoever computes it.
"""

import base64
import json
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.canon import HEADER, POSTED, as_posted, row_bytes
from carbonledger.ledger.checkpoint import Checkpoint, origin_of
from carbonledger.ledger.log_proofs import Log
from carbonledger.ledger.schema import LATER, batch
from carbonledger.run.evidence.archive import Archive
from carbonledger.run.evidence.cells import table

CHUNK = 500


def add_log(
    archive: Archive, connection: sa.Connection, used: Sequence[int], as_of: int,
    kept: Checkpoint | None = None,
) -> tuple[int, str]:  # fmt: skip
    """Add the log up to a batch, with the rows of the batches used; return its size and root.

    Args:
        archive: the pack.
        connection: connection to the ledger.
        used: batches to add with all their rows.
        as_of: last batch of the log, where no checkpoint is given.
        kept: a checkpoint of the ledger, as far as which the log goes; proofs lead to its root.

    Raises:
        LedgerRefused: the checkpoint is of another ledger, or does not reach the batch.
    """
    query = sa.select(batch.c.leaf_hash).order_by(batch.c.id)
    leaves = [str(leaf) for leaf in connection.execute(query).scalars()]
    log = Log(leaves[: kept.size if kept else as_of])
    size, root = len(log), log.root()
    if kept is None:
        shown = base64.b64encode(bytes.fromhex(root)).decode()
        note = f"{origin_of({1: leaves[0]})}\n{size}\n{shown}\n"
    elif (kept.size, kept.root) == (size, root) and size >= as_of:
        note = kept.text
    else:
        raise LedgerRefused(
            f"the checkpoint of {kept.size} batches is none of this ledger from batch {as_of} on",
            code="checkpoint-other",
            hint="make one now: carbonledger checkpoint -o FILE; if this one was of this ledger: "
            "carbonledger verify --checkpoint FILE",
        )
    archive.add("log/columns.json", _columns())
    archive.add("log/batches.jsonl", _headers(connection, size))
    archive.add("log/checkpoint.txt", [note.encode()])
    proofs = ((n, leaves[n - 1], _path(n - 1, size, log)) for n in used)
    archive.add("log/proofs.csv", table(("batch", "leaf_hash", "path"), proofs))
    for number in used:
        _add_rows(archive, connection, number)
    return size, root


def _path(index: int, size: int, log: Log) -> str:
    """Write an audit path from the leaf up, each hash with the side on which it stands.

    The sides follow from place and size (RFC 9162, section 2.1.3.2); whoever checks a path need not
    work them out.
    """
    hashes, sides = log.inclusion(index), list[str]()
    while size > 1:
        half = 1 << ((size - 1).bit_length() - 1)
        sides.append("right" if index < half else "left")
        index, size = (index, half) if index < half else (index - half, size - half)
    return " ".join(f"{side}:{one}" for side, one in zip(reversed(sides), hashes, strict=True))


def _columns() -> Iterator[bytes]:
    """Name the columns of each table in the order of its rows, later ones with their default."""
    yield b"{\n"
    yield f' "batch": {json.dumps([[name] for name in HEADER])},\n'.encode()
    tables = [
        f' "{one.name}": '
        + json.dumps(
            [[c.name, c.info[LATER]] if LATER in c.info else [c.name] for c in one.columns]
        )
        for one in POSTED
    ]
    yield from (f"{line},\n".encode() for line in tables[:-1])
    yield f"{tables[-1]}\n}}\n".encode()


def _headers(connection: sa.Connection, as_of: int) -> Iterator[bytes]:
    columns = [batch.c[name] for name in HEADER]
    query = sa.select(*columns).where(batch.c.id <= as_of).order_by(batch.c.id)
    for row in connection.execute(query.execution_options(yield_per=CHUNK)):
        yield row_bytes(tuple(row))


def _add_rows(archive: Archive, connection: sa.Connection, number: int) -> None:
    """Add a file for each table in which a batch has rows."""
    for one in POSTED:
        query = sa.select(one).where(one.c.batch_id == number).order_by(one.c.id)
        result = connection.execute(query.execution_options(yield_per=CHUNK))
        first = result.fetchmany(1)
        if first:
            rows = (row_bytes(as_posted(one, tuple(row))) for row in _chained(first, result))
            archive.add(f"rows/{number:06}/{one.name}.jsonl", rows)


def _chained(first: Sequence[sa.Row], rest: sa.CursorResult) -> Iterator[sa.Row]:  # type: ignore[type-arg]
    yield from first
    yield from rest
