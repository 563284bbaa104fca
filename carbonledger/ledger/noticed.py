"""What imports noticed of each meter, as far as it still holds: for `status`."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.coverage import Coverage, utc
from carbonledger.ledger.schema import batch, entry, finding, meter
from carbonledger.text import language

# Kinds of one matter: a later import that looks at the same time knows better.
MATTERS = {"zero_run": "still", "zero_end": "still", "flat": "still", "gap": "gap"}
Row = Mapping[str, Any]


def noticed(
    connection: sa.Connection, covered: Iterable[Coverage], as_of: int | None = None
) -> list[dict[str, Any]]:
    """Return the findings that still hold, one object for each meter and kind.

    Left out are those of batches that were reversed, gaps that were filled since, and what a later
    import that looked at the same time says anew.

    Args:
        connection: connection to the ledger.
        covered: what is posted of each meter.
        as_of: last batch to take into account; None: all.
    """
    gaps = {one.meter: [(gap.start, gap.end) for gap in one.gaps] for one in covered}
    gone = _reversed(connection, as_of)
    rows = [row for row in _rows(connection, as_of) if row["batch_id"] not in gone]
    kept: list[Row] = []
    for code, of_meter in groupby(rows, key=lambda row: row["meter"]):
        kept += _holding(list(of_meter), gaps.get(code, []))
    ordered = sorted(kept, key=lambda row: (row["meter"], row["kind"]))
    return [
        _summed(list(group))
        for _, group in groupby(ordered, key=lambda row: (row["meter"], row["kind"]))
    ]


def _rows(connection: sa.Connection, as_of: int | None) -> list[Row]:
    query = (
        sa.select(
            meter.c.code.label("meter"), finding.c.batch_id, finding.c.kind, finding.c.severity,
            finding.c.start_utc, finding.c.end_utc, finding.c.count,
            (finding.c.text_zh if language() == "zh" else finding.c.text_en).label("text"),
        )
        .join(meter, meter.c.id == finding.c.meter_id)
        .order_by(meter.c.code, finding.c.id)
    )  # fmt: skip
    if as_of is not None:
        query = query.where(finding.c.batch_id <= as_of)
    return [dict(row) for row in connection.execute(query).mappings()]


def _reversed(connection: sa.Connection, as_of: int | None) -> frozenset[int]:
    """Return the batches that were reversed, and not restored by another reversal."""
    mine, turn = entry.alias("mine"), entry.alias("turn")
    query = (
        sa.select(mine.c.batch_id, turn.c.batch_id)
        .join(turn, turn.c.corrects_id == mine.c.id)
        .join(batch, batch.c.id == turn.c.batch_id)
        .where(batch.c.kind == "reversal")
        .distinct()
    )
    if as_of is not None:
        query = query.where(turn.c.batch_id <= as_of)
    gone: set[int] = set()
    pairs = sorted(((by, number) for number, by in connection.execute(query)), reverse=True)
    for by, number in pairs:
        if by not in gone:
            gone.add(number)
    return frozenset(gone)


def _holding(rows: list[Row], gaps: list[tuple[int, int]]) -> Iterator[Row]:
    """Yield the findings of a meter that still hold; `rows` in the order they were made."""
    for place, row in enumerate(rows):
        matter = MATTERS.get(row["kind"])
        if row["kind"] == "gap" and not any(_overlap(row, *gap) for gap in gaps):
            continue
        later = (one for one in rows[place + 1 :] if one["batch_id"] > row["batch_id"])
        if matter and any(
            MATTERS.get(one["kind"]) == matter and _overlap(row, one["start_utc"], one["end_utc"])
            for one in later
        ):
            continue
        yield row


def _overlap(row: Row, start: int, end: int) -> bool:
    return bool(row["start_utc"] < end and start < row["end_utc"])


def _summed(rows: list[Row]) -> dict[str, Any]:
    """Return findings of one meter and kind as one object, with the sentence that matters most."""
    told = max(rows, key=lambda row: (row["severity"] == "warning", row["batch_id"]))
    return {
        "meter": told["meter"],
        "kind": told["kind"],
        "severity": told["severity"],
        "findings": len(rows),
        "count": sum(int(row["count"]) for row in rows),
        "first": utc(min(row["start_utc"] for row in rows)),
        "last": utc(max(row["end_utc"] for row in rows)),
        "batches": sorted({int(row["batch_id"]) for row in rows}),
        "text": told["text"],
    }
