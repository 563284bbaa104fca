"""Which batches a pack holds whole: all that a run may rest on.

A batch stands in the log by the hash of all its rows, so it is in the pack with all of them or only
with its header. Whole are those that declare something (accounts, meters, factors, methods and the
like) and those with an entry in the period, and those that first rested on a document of one of
them. All are batches up to the one the run was computed as of.
"""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from carbonledger.ledger.canon import POSTED
from carbonledger.ledger.schema import batch, document, entry, finding, reject
from carbonledger.ledger.sums import around, days

OF_FILES = (entry, reject, finding, document)
"""Tables with the rows of imported files; all others declare something."""


def used_batches(connection: sa.Connection, months: Sequence[str], as_of: int) -> list[int]:
    """List the batches that are in the pack with all their rows, ascending."""
    found = set(_with_entries(connection, months, as_of)) | set(_declaring(connection, as_of))
    resting = (
        sa.select(batch.c.id, document.c.batch_id)
        .join(document, document.c.id == batch.c.document_id)
        .where(batch.c.id <= as_of)
    )
    first = {number: int(owner) for number, owner in connection.execute(resting)}
    return sorted(found | {first[number] for number in found if number in first})


def _with_entries(
    connection: sa.Connection, months: Sequence[str], as_of: int
) -> Iterator[int]:  # fmt: skip
    (first, last), (before, after) = days(months), around(months)
    within = sa.and_(entry.c.first_day <= last, entry.c.last_day >= first)
    # Entries over the end of a month are shared out by the months of accounts, not of meters.
    spanning = sa.and_(
        sa.text("first_day / 100 <> last_day / 100"),
        entry.c.first_day <= after,
        entry.c.last_day >= before,
    )
    query = sa.select(entry.c.batch_id).where(
        entry.c.batch_id <= as_of, sa.or_(within, spanning)
    ).distinct()  # fmt: skip
    yield from (int(number) for number in connection.execute(query).scalars())


def _declaring(connection: sa.Connection, as_of: int) -> Iterator[int]:
    for table in POSTED:
        if table in OF_FILES:
            continue
        query = sa.select(table.c.batch_id).where(table.c.batch_id <= as_of).distinct()
        yield from (int(number) for number in connection.execute(query).scalars())
