"""Readings of a register that the ledger holds already, read back from its entries."""

from collections.abc import Iterator
from decimal import Decimal

import sqlalchemy as sa

from carbonledger.ingest.points import Point
from carbonledger.ingest.posted import COLUMNS, PostedEntry, as_row, numbers
from carbonledger.ledger.schema import entry

OTHER = entry.alias("other")


def entries_around(connection: sa.Connection, meter: int, low: int, high: int) -> list[PostedEntry]:
    """Read the entries of a register that hold and touch a span, and the nearest on either side.

    Args:
        connection: to the ledger.
        meter: number of the meter's row.
        low: first instant of the span.
        high: its last instant.
    """
    reversed_since = sa.exists().where(
        OTHER.c.corrects_id == entry.c.id, OTHER.c.kind == "reversal"
    )
    mine = sa.and_(
        entry.c.meter_id == meter,
        entry.c.register_start.is_not(None),
        entry.c.kind != "reversal",
        ~reversed_since,
    )
    before = sa.select(sa.func.max(entry.c.end_utc)).where(mine, entry.c.end_utc <= low)
    after = sa.select(sa.func.min(entry.c.start_utc)).where(mine, entry.c.start_utc >= high)
    first, last = connection.execute(before).scalar(), connection.execute(after).scalar()
    query = sa.select(*COLUMNS).where(
        mine,
        entry.c.end_utc >= (low if first is None else first),
        entry.c.start_utc <= (high if last is None else last),
    )
    return [as_row(row) for row in connection.execute(query.order_by(entry.c.id))]


def points_of(one: PostedEntry) -> Iterator[Point]:
    """Read an entry back as points."""
    shown = Decimal(one.register_start or "0")
    yield Point(one.start_utc, shown, entry=one.id)
    steps = numbers(one.profile)
    for place, step in enumerate(steps[:-1], 1):
        shown += step or Decimal(0)
        yield Point(one.start_utc + place * one.interval_s, shown, entry=one.id)
    if steps:
        yield Point(one.end_utc, Decimal(one.register_end or "0"), entry=one.id)
