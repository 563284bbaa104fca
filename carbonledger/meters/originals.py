"""Entries that an event took the place of, and those that an event posted in an empty place."""

from dataclasses import dataclass

import sqlalchemy as sa

from carbonledger.ingest.posted import COLUMNS, PostedEntry, as_row
from carbonledger.ingest.turning import Row, whole_rows
from carbonledger.ledger.schema import batch, entry

OTHER = entry.alias("other")


@dataclass(frozen=True, slots=True)
class Original:
    """An entry that the batch of an event turned back.

    Attributes:
        entry: the entry.
        row: all its columns.
        turned_by: number of the reversal that stands against it.
    """

    entry: PostedEntry
    row: Row
    turned_by: int

    @property
    def seconds(self) -> int:
        """Length of its period."""
        return self.entry.end_utc - self.entry.start_utc

    def holds(self, other: PostedEntry) -> bool:
        """Tell whether another entry lies within its period."""
        return self.entry.start_utc <= other.start_utc and other.end_utc <= self.entry.end_utc


def originals(connection: sa.Connection, meter: int, low: int, high: int) -> list[Original]:
    """Read the entries of a register, in a span of time, that events turned back; oldest first.

    Args:
        connection: to the ledger.
        meter: number of the meter's row.
        low: start of the span, seconds UTC.
        high: its end.
    """
    again = sa.exists().where(OTHER.c.corrects_id == entry.c.id)
    query = (
        sa.select(entry.c.id, entry.c.corrects_id)
        .join(batch, batch.c.id == entry.c.batch_id)
        .where(
            batch.c.kind == "event", entry.c.kind == "reversal", entry.c.meter_id == meter,
            entry.c.start_utc < high, entry.c.end_utc > low, ~again,
        )
        .order_by(entry.c.corrects_id)
    )  # fmt: skip
    turned = {int(corrects): int(number) for number, corrects in connection.execute(query)}
    whole = whole_rows(connection, turned)
    names = [column.name for column in COLUMNS]
    return [
        Original(as_row(whole[number][name] for name in names), whole[number], turned[number])
        for number in sorted(turned)
        if whole[number]["kind"] == "reading"
    ]


def fills(connection: sa.Connection, one: PostedEntry) -> bool:
    """Tell whether an event posted an entry where nothing was posted before."""
    kind = sa.select(batch.c.kind).where(batch.c.id == one.batch_id)
    replaced = sa.select(sa.func.count()).where(
        entry.c.batch_id == one.batch_id, entry.c.kind == "reversal",
        entry.c.meter_id == one.meter_id, entry.c.start_utc < one.end_utc,
        entry.c.end_utc > one.start_utc,
    )  # fmt: skip
    return (
        connection.execute(kind).scalar() == "event" and connection.execute(replaced).scalar() == 0
    )
