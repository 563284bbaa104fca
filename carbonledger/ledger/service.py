"""What programs ask of a ledger itself: its batches, its state, a reversal, SQL."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.book import Header, Posting, posting
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.coverage import coverage
from carbonledger.ledger.schema import account, batch, document, entry
from carbonledger.ledger.signs import negated_number, negated_profile
from carbonledger.ledger.state import read_state

OPPOSITE = {"reading": "reversal", "record": "reversal", "estimate": "reversal"}
READS_ONLY = (
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
)


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
    """Tell what is there and what is missing.

    Returns:
        Numbers of batches, entries and so on; the sites; and for each meter its first and last
        value, the intervals posted and missing, corrections and estimates.
    """
    with ledger.read() as connection:
        state = read_state(connection)
        count = lambda table: int(  # noqa: E731
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() or 0
        )
        return {
            "ledger": ledger.url,
            "as_of": last_batch(connection),
            "sites": list(state.sites),
            "batches": count(batch),
            "entries": count(entry),
            "documents": count(document),
            "accounts": count(account),
            "meters": [c.as_dict() for c in coverage(connection, state)],
        }


def reverse(ledger: Ledger, number: int, reason: str, actor: str, now: str) -> dict[str, Any]:
    """Post the reversal of a batch: each of its entries again with the sign turned.

    Raises:
        LedgerRefused: there is no such batch, it has no entries, it is reversed already, or no
            reason is given.
    """
    if not reason.strip():
        raise LedgerRefused(
            "a reversal needs a reason", code="reason", hint='say why: --reason "…"'
        )
    with ledger.transaction() as connection:
        rows = _reversible(connection, number)
        with posting(connection, Header("reversal", actor, now, reason)) as post:
            _post_reversal(post, rows)
        return {"batch": post.batch, "reversed": number, "entries": len(rows)}


def _reversible(connection: sa.Connection, number: int) -> list[dict[str, Any]]:
    query = sa.select(entry).where(entry.c.batch_id == number).order_by(entry.c.id)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    if not rows:
        raise LedgerRefused(
            f"batch {number} has no entries to reverse",
            code="reverse",
            hint="carbonledger log lists the batches",
        )
    ids = [row["id"] for row in rows]
    later = connection.execute(
        sa.select(entry.c.batch_id)
        .where(entry.c.corrects_id.between(ids[0], ids[-1]), entry.c.batch_id != number)
        .order_by(entry.c.batch_id.desc())
    ).scalar()
    if later is not None:
        raise LedgerRefused(
            f"batch {later} rests on batch {number}",
            code="reverse",
            hint=f"reverse batch {later} first",
        )
    return rows


def _post_reversal(post: Posting, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        values = row | {
            # A reversed reversal says again what its original said.
            "kind": OPPOSITE.get(row["kind"], "adjustment")
            if row["kind"] != "reversal"
            else ("reading" if row["meter_id"] else "record"),
            "quantity": -row["quantity"],
            "recorded_quantity": negated_number(row["recorded_quantity"]),
            "profile": negated_profile(row["profile"]),
            "corrects_id": row["id"],
        }
        values.pop("id")
        post.insert(entry, **values)
    post.counts.entries = len(rows)


def query(ledger: Ledger, sql: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Run one reading statement typed by a person.

    Args:
        ledger: opened `sealed`, so that the file itself cannot be written.
        sql: one SELECT.

    Returns:
        The names of the columns, and the rows one by one.

    Raises:
        LedgerRefused: the statement would write, or is no SQL.
    """
    raw = ledger.engine.raw_connection()
    driver = raw.driver_connection
    if isinstance(driver, sqlite3.Connection):
        driver.set_authorizer(
            lambda action, *_: sqlite3.SQLITE_OK if action in READS_ONLY else sqlite3.SQLITE_DENY
        )
    cursor = raw.cursor()
    try:
        cursor.execute(sql)
    except Exception as error:
        raw.close()
        raise _sql_refused(error) from error
    if cursor.description is None:
        raw.close()
        raise LedgerRefused("the statement returns no rows", code="sql", hint="write a SELECT")
    return [column[0] for column in cursor.description], _fetched(raw, cursor)


def _fetched(raw: Any, cursor: Any) -> Iterator[tuple[Any, ...]]:
    try:
        while rows := cursor.fetchmany(1000):
            yield from rows
    finally:
        raw.close()


def _sql_refused(error: Exception) -> LedgerRefused:
    text = str(error)
    if "not authorized" in text or "readonly" in text or "read-only" in text:
        return LedgerRefused(
            "this connection only reads: the statement would change the ledger",
            code="sql-read-only",
            hint="post a correction (import --adjust) or a reversal (reverse) instead",
        )
    return LedgerRefused(
        f"the statement cannot be run: {text}",
        code="sql",
        hint="the views are listed in docs/data-dictionary.md and in the table data_dictionary",
    )
