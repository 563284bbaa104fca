"""What programs ask of a ledger itself: its batches, its state, a reversal, SQL."""

from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.ask import query
from carbonledger.ledger.balance import balances
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.coverage import coverage
from carbonledger.ledger.reversal import reverse
from carbonledger.ledger.schema import account, batch, document, entry
from carbonledger.ledger.state import read_state

__all__ = ["last_batch", "log", "query", "reverse", "status"]


def last_batch(connection: sa.Connection) -> int:
    """Return the number of the last batch; 0 in an empty ledger."""
    return int(connection.execute(sa.select(sa.func.max(batch.c.id))).scalar() or 0)


def log(ledger: Ledger) -> list[dict[str, Any]]:
    """List the batches: who posted what, when, why, from which document."""
    query = (
        sa.select(
            batch.c.id.label("batch"), batch.c.kind, batch.c.posted_at, batch.c.actor,
            batch.c.reason, document.c.name.label("document"), batch.c.readings, batch.c.entries,
            batch.c.skipped, batch.c.rejected, batch.c.gaps, batch.c.leaf_hash,
        )
        .outerjoin(document, document.c.id == batch.c.document_id)
        .order_by(batch.c.id)
    )  # fmt: skip
    with ledger.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def status(ledger: Ledger) -> dict[str, Any]:
    """Tell what is there and what is missing; the shape is described in docs/ledger.md.

    Returns:
        Numbers of batches, entries and so on; the sites; for each meter its first and last value,
        the intervals posted and missing, the gaps, and how often it was corrected; and what is left
        in accounts that hand on energy or water.
    """
    with ledger.read() as connection:
        state = read_state(connection)
        return {
            "ledger": ledger.place,
            "as_of": last_batch(connection),
            "sites": list(state.sites),
            "batches": _count(connection, batch),
            "entries": _count(connection, entry),
            "documents": _count(connection, document),
            "accounts": _count(connection, account),
            "meters": [found.as_dict() for found in coverage(connection, state)],
            "balance": [found.as_dict() for found in balances(connection, state)],
        }


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() or 0)
