"""Files that are posted already, known by the hash of their bytes."""

import sqlalchemy as sa

from carbonledger.errors import Fault
from carbonledger.ledger.schema import batch, document, entry, reject


def posted_before(connection: sa.Connection, digest: str, rules: str) -> int | None:
    """Return the batch that posted the same bytes by the same profile, whole and unreversed."""
    for number, rejected in _batches(connection, digest, rules):
        if rejected == 0 and not _reversed(connection, number):
            return number
    return None


def same_rejects(connection: sa.Connection, digest: str, rules: str, faults: list[Fault]) -> bool:
    """Tell whether the rows of a file that cannot be posted are all kept from the last time."""
    wanted = sorted({(fault.line, fault.column, fault.reason) for fault in faults})
    for number, rejected in _batches(connection, digest, rules):
        if rejected == len(faults):
            query = sa.select(reject.c.line, reject.c.column_name, reject.c.reason).where(
                reject.c.batch_id == number
            )
            if sorted({tuple(row) for row in connection.execute(query)}) == wanted:
                return True
    return False


def _batches(connection: sa.Connection, digest: str, rules: str) -> list[tuple[int, int]]:
    query = (
        sa.select(batch.c.id, batch.c.rejected)
        .join(document, document.c.id == batch.c.document_id)
        .where(document.c.sha256 == digest, batch.c.kind.in_(("import", "correction")))
        .where(batch.c.reading_rules == rules)
        .order_by(batch.c.id.desc())
    )
    return [(int(number), int(rejected)) for number, rejected in connection.execute(query)]


def _reversed(connection: sa.Connection, number: int) -> bool:
    mine = sa.select(entry.c.id).where(entry.c.batch_id == number)
    query = sa.select(sa.func.count()).where(
        entry.c.corrects_id.in_(mine), entry.c.kind == "reversal", entry.c.batch_id != number
    )
    return bool(connection.execute(query).scalar())
