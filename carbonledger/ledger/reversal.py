"""Reversals: the entries of a batch posted again with their signs turned.

A reversal cancels its batch in every sum. It can be reversed itself, which says again what the
batch said. A batch on which later ones rest (corrections of its values, registers that divide its
intervals) cannot be reversed before those are.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.book import Header, Posting, posting
from carbonledger.ledger.chain import Chain, read_chain
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import batch, entry, meter_event
from carbonledger.ledger.signs import negated_number, negated_profile

SITE_HINT = "change site.toml and apply it again: the new state holds from then on"
WITHOUT_ENTRIES = {
    "site": SITE_HINT,
    "factors": "factor packs are never changed; load another edition",
    "publication": "what was published stays so; load and publish a corrected edition",
    "method": "methods are never changed; add another edition",
    "closing": 'a closed period is never opened again; post into it with --restate "why". '
    "What was restated is restated anew: carbonledger restate post",
}
# What says a value by itself; an adjustment only changes one.
SAYING = ("reading", "record", "estimate")
Row = dict[str, Any]


def reverse(
    ledger: Ledger, number: int, reason: str, actor: str, now: str, *, restate: str | None = None
) -> dict[str, Any]:
    """Post the reversal of a batch: each of its entries again with the sign turned.

    Args:
        ledger: opened for writing.
        number: the batch.
        reason: why.
        actor: who posts.
        now: time of posting, ISO 8601 in UTC.
        restate: why closed periods are changed; None: they may not be.

    Returns:
        `{"batch", "reversed", "entries"}`.

    Raises:
        LedgerRefused: there is no such batch, it has no entries, it is reversed already, later
            batches rest on it, or no reason is given.
        PeriodClosed: entries fall into a closed period, and `restate` gives no reason.
    """
    if not reason.strip():
        raise LedgerRefused(
            "a reversal needs a reason", code="reason", hint='say why: --reason "…"'
        )
    with ledger.transaction() as connection:
        rows = _rows(connection, number)
        chain = read_chain(connection, (row["id"] for row in rows))
        rows = _without_pairs(chain, number, rows)
        _refuse_changed(chain, number, rows)
        _refuse_adjusted(connection, number)
        _refuse_outdated(connection, number, rows)
        header = Header("reversal", actor, now, reason, restate=restate)
        with posting(connection, header) as post:
            # It rests on the same document: the lines that its entries name are lines of that.
            post.document_id = _document(connection, number)
            _post(post, chain, rows, _first_kinds(connection, rows))
        return {"batch": post.batch, "reversed": number, "entries": len(rows)}


def _rows(connection: sa.Connection, number: int) -> list[Row]:
    kind = connection.execute(sa.select(batch.c.kind).where(batch.c.id == number)).scalar()
    if kind is None:
        raise LedgerRefused(
            f"there is no batch {number}", code="reverse", hint="carbonledger log lists the batches"
        )
    if kind == "event":
        raise LedgerRefused(
            f"batch {number} is what happened to a meter, and is not reversed by itself",
            code="reverse",
            hint="take the event back: carbonledger meter event METER --at TIME --kind KIND "
            '--withdraw "why"',
        )
    query = sa.select(entry).where(entry.c.batch_id == number).order_by(entry.c.id)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    if not rows:
        raise LedgerRefused(
            f"batch {number} ({kind}) has no entries to reverse",
            code="reverse",
            hint=WITHOUT_ENTRIES.get(kind, "carbonledger log lists the batches"),
        )
    return rows


def _without_pairs(chain: Chain, number: int, rows: list[Row]) -> list[Row]:
    """Leave out what a batch posted and turned back itself: both cancel already."""
    dropped: set[int] = set()
    for row in rows:
        turn = chain.turned(row["id"])
        if row["id"] not in dropped and turn is not None and turn.batch == number:
            dropped |= {row["id"], turn.id}
    return [row for row in rows if row["id"] not in dropped]


def _refuse_changed(chain: Chain, number: int, rows: Sequence[Row]) -> None:
    """Refuse when an entry no longer stands, or another rests on it."""
    for row in rows:
        if chain.standing(row["id"]) is None:
            turn = chain.turned(row["id"])
            while turn is not None and (again := chain.turned(turn.id)) is not None:
                turn = chain.turned(again.id)
            if turn is not None and turn.batch_kind == "reversal":
                raise LedgerRefused(
                    f"batch {number} is reversed already, by batch {turn.batch}",
                    code="reverse",
                    hint=f"to undo that, reverse batch {turn.batch}",
                )
            raise _rested_on(number, turn.batch if turn else number)
    resting = {later.batch for row in rows for later in chain.resting(row["id"])} - {number}
    if resting:
        raise _rested_on(number, max(resting))


def _rested_on(number: int, later: int) -> LedgerRefused:
    return LedgerRefused(
        f"batch {later} rests on batch {number}",
        code="reverse",
        hint=f"reverse batch {later} first",
    )


def _refuse_adjusted(connection: sa.Connection, number: int) -> None:
    """Refuse when a later batch adjusts values of a meter in the time of these entries.

    An adjustment of a day that several batches posted names the last of them only.
    """
    mine, other = entry.alias("mine"), entry.alias("other")
    query = (
        sa.select(other.c.id, other.c.batch_id)
        .join(mine, sa.and_(mine.c.meter_id == other.c.meter_id,
                            mine.c.first_day == other.c.first_day))
        .where(
            mine.c.batch_id == number, other.c.batch_id > number, other.c.kind == "adjustment",
            other.c.start_utc < mine.c.end_utc, other.c.end_utc > mine.c.start_utc,
        )
        .distinct()
    )  # fmt: skip
    found = {row.id: row.batch_id for row in connection.execute(query)}
    if not found:
        return
    kinds = {
        row.id: row.kind
        for row in connection.execute(
            sa.select(batch.c.id, batch.c.kind).where(batch.c.id.in_(set(found.values())))
        )
    }
    chain = read_chain(connection, found)
    standing = {
        later
        for item, later in found.items()
        if kinds[later] != "reversal" and chain.standing(item) is not None
    }
    if standing:
        raise _rested_on(number, max(standing))


def _refuse_outdated(connection: sa.Connection, number: int, rows: Sequence[Row]) -> None:
    """Refuse to restore readings of a register that an event since then has made others."""
    back = [row for row in rows if row["kind"] == "reversal" and row["register_start"] is not None]
    for meter in sorted({row["meter_id"] for row in back}):
        end = max(row["end_utc"] for row in back if row["meter_id"] == meter)
        query = sa.select(sa.func.max(meter_event.c.batch_id)).where(
            meter_event.c.meter_id == meter, meter_event.c.kind != "calibration",
            meter_event.c.at_utc <= end, meter_event.c.batch_id > number,
        )  # fmt: skip
        later = connection.execute(query).scalar()
        if later is not None:
            raise LedgerRefused(
                f"batch {number} took back readings of a register, and batch {later} has said "
                "something else of the meter since",
                code="reverse",
                hint="import the file again: it is then read in the light of what is known now",
            )


def _first_kinds(connection: sa.Connection, rows: Sequence[Row]) -> dict[int, str]:
    """Return the kinds of the entries that these rows turn back, by the numbers of those."""
    ids = {row["corrects_id"] for row in rows if row["kind"] == "reversal"}
    if not ids:
        return {}
    query = sa.select(entry.c.id, entry.c.kind).where(entry.c.id.between(min(ids), max(ids)))
    return {number: kind for number, kind in connection.execute(query) if number in ids}


def _document(connection: sa.Connection, number: int) -> int | None:
    found = connection.execute(sa.select(batch.c.document_id).where(batch.c.id == number)).scalar()
    return None if found is None else int(found)


def _turned(kind: str, first: str | None) -> str:
    if kind == "reversal":
        # A reversed reversal says again what its original said.
        return first or "reading"
    return "reversal" if kind in SAYING else "adjustment"


def _post(post: Posting, chain: Chain, rows: Sequence[Row], kinds: dict[int, str]) -> None:
    for row in rows:
        values = row | {
            "kind": _turned(row["kind"], kinds.get(row["corrects_id"])),
            "quantity": -row["quantity"],
            "recorded_quantity": negated_number(row["recorded_quantity"]),
            "profile": negated_profile(row["profile"]),
            # Of an entry that was reversed and restored, the restored one is turned back.
            "corrects_id": chain.standing(row["id"]),
        }
        values.pop("id")
        post.insert(entry, **values)
    post.counts.entries = len(rows)
