"""What programs ask of a ledger itself: its batches, its state, a reversal, SQL."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from carbonledger.ledger.ask import query
from carbonledger.ledger.checkpoint import checkpoint_of
from carbonledger.ledger.closings import closings_told, restated_by
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.coverage import Coverage, coverage, utc
from carbonledger.ledger.multipliers import calibration, expired
from carbonledger.ledger.noticed import noticed
from carbonledger.ledger.reversal import reverse
from carbonledger.ledger.schema import account, batch, document, entry
from carbonledger.ledger.signing import signed
from carbonledger.ledger.state import SiteState, read_state
from carbonledger.ledger.verify import leaves

__all__ = ["checkpoint", "last_batch", "log", "query", "reverse", "status"]


def last_batch(connection: sa.Connection) -> int:
    """Return the number of the last batch; 0 in an empty ledger."""
    return int(connection.execute(sa.select(sa.func.max(batch.c.id))).scalar() or 0)


def log(ledger: Ledger, as_of: int | None = None) -> list[dict[str, Any]]:
    """List the batches: who posted what, when, why, from which document.

    Args:
        ledger: the ledger.
        as_of: last batch to list; None: all.
    """
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
        if as_of is not None:
            query = query.where(batch.c.id <= as_of)
        rows = connection.execute(query).mappings().all()
        changed = restated_by(connection)
    return [{**row, "restates": changed.get(row["batch"])} for row in rows]


def checkpoint(ledger: Ledger, now: str, key: Path | None = None) -> dict[str, Any]:
    """Say what the log is now, to be written down and compared later.

    Args:
        ledger: the ledger.
        now: time of asking, ISO 8601 in UTC.
        key: file of a private Ed25519 key to sign with; None: it is not signed.

    Returns:
        `{"origin", "batches", "root", "time", "signed", "text"}`; `text` is the file.

    Raises:
        LedgerRefused: the key cannot be used.
        OSError: its file cannot be read.
    """
    with ledger.read() as connection:
        made = checkpoint_of(leaves(connection), now)
    if key is not None:
        made = signed(made, key)
    return {
        "origin": made.origin,
        "batches": made.size,
        "root": made.root,
        "time": made.time,
        "signed": bool(made.signatures),
        "text": made.text,
    }


class Held(NamedTuple):
    """What a ledger holds: as it is told, its accounts and meters, what is posted of each meter."""

    told: dict[str, Any]
    state: SiteState
    covered: list[Coverage]


def status(ledger: Ledger, now: str | None = None, as_of: int | None = None) -> dict[str, Any]:
    """Tell what is there and what is missing; see `held`."""
    with ledger.read() as connection:
        return held(connection, ledger.place, now, as_of).told


def held(connection: sa.Connection, place: str, now: str | None, as_of: int | None) -> Held:
    """Tell what is there and what is missing; the shape is described in docs/ledger.md.

    Args:
        connection: connection to the ledger.
        place: how the ledger is named to people.
        now: time of asking, ISO 8601 in UTC, by which calibrations are valid or not; None: nobody
            asks that.
        as_of: last batch to take into account; None: all.

    Returns:
        Numbers of batches, entries and so on; the sites; for each meter its first and last value,
        the intervals posted and missing, the gaps, and how often it was corrected; what imports
        noticed of them; the last calibration of each meter that has one; and the closed periods.
    """
    asked = None if now is None else int(datetime.fromisoformat(now).timestamp())
    state = read_state(connection, as_of)
    covered = coverage(connection, state, as_of)
    told = {
        "ledger": place,
        "as_of": last_batch(connection) if as_of is None else as_of,
        "sites": list(state.sites),
        "batches": _count(connection, batch.c.id, as_of),
        "entries": _count(connection, entry.c.batch_id, as_of),
        "documents": _count(connection, document.c.batch_id, as_of),
        "accounts": _count(connection, account.c.batch_id, as_of),
        "meters": [found.as_dict() for found in covered],
        "findings": noticed(connection, covered, as_of),
        "calibrations": [*_calibrations(state, asked)],
        "closings": closings_told(connection, as_of),
    }
    return Held(told, state, covered)


def _calibrations(state: SiteState, asked: int | None) -> Iterator[dict[str, Any]]:
    for code in sorted(state.meters):
        last = None if asked is None else calibration(state.meters[code], asked)
        if last is not None and asked is not None:
            yield {
                "meter": code,
                "calibrated": utc(last.at),
                "expires": None if last.expires is None else utc(last.expires),
                "expired": expired(state.meters[code], asked),
            }


def _count(connection: sa.Connection, number: sa.Column[int], as_of: int | None) -> int:
    """Count the rows of a table, of all batches or of those up to one."""
    query = sa.select(sa.func.count()).select_from(number.table)
    if as_of is not None:
        query = query.where(number <= as_of)
    return int(connection.execute(query).scalar() or 0)
