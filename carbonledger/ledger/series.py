"""Entries of meters as plain rows, for rules that look at their values or at the sums of days."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa

from carbonledger.ledger.schema import entry
from carbonledger.ledger.state import SiteState

CHUNK = 500
FETCHED = 5000
# 1: says values; 0: adjusts values; -1: takes values back.
TURN = sa.case((entry.c.kind == "reversal", -1), (entry.c.kind == "adjustment", 0), else_=1)
# What accounts of these kinds give is more than what enters them, or comes at another time.
SOURCES = frozenset({"generator", "chp", "boiler", "stock"})
Place = tuple[str, str]


class DaySums(NamedTuple):
    """Days of a meter between two accounts.

    Attributes:
        meter: code.
        source, target, commodity: the flow.
        days: local days, yyyymmdd, ascending.
        totals: sum of each, millionths of the canonical unit.
        starts: start of each, seconds UTC.
    """

    meter: str
    source: str
    target: str
    commodity: str
    days: list[int]
    totals: list[int]
    starts: list[int]


def chunks(items: Iterable[int]) -> Iterator[list[int]]:
    """Yield numbers in ascending order, so many at a time as a statement takes."""
    ordered = sorted(items)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def values(
    connection: sa.Connection,
    meters: Iterable[int],
    days: tuple[int, int],
    batch: int | None = None,
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield the entries of meters that have values, in order of meter.

    Args:
        connection: to the ledger.
        meters: their numbers.
        days: first and last local day, yyyymmdd.
        batch: batch whose lines are told; None: of none.

    Yields:
        The number of the meter; then local day, start, end, length of the intervals, profile,
        numerator and denominator of its scale, turn (see `TURN`), and the first line.
    """
    line = sa.case((entry.c.batch_id == batch, entry.c.line_first), else_=0)
    for part in chunks(meters):
        query = (
            sa.select(
                entry.c.meter_id, entry.c.first_day, entry.c.start_utc, entry.c.end_utc,
                sa.func.coalesce(entry.c.interval_s, 0), entry.c.profile, entry.c.scale_num,
                entry.c.scale_den, TURN, sa.func.coalesce(line, 0),
            )
            .where(entry.c.meter_id.in_(part), entry.c.first_day.between(*days))
            .where(entry.c.profile.is_not(None), entry.c.end_utc > entry.c.start_utc)
            .order_by(entry.c.meter_id, entry.c.first_day)
        )  # fmt: skip
        # For this statement alone: options of the connection would hold for what is posted next.
        result = connection.execute(query, execution_options={"yield_per": FETCHED})
        for rows in result.partitions():
            yield from ((int(number), tuple(row)) for number, *row in rows)


def places(state: SiteState) -> set[Place]:
    """Return the accounts inside that have meters of a commodity both before and behind them."""
    into: set[Place] = set()
    out: set[Place] = set()
    for meter in state.meters.values():
        into |= {(r.target, r.commodity) for r in meter.revisions}
        out |= {(r.source, r.commodity) for r in meter.revisions}
    return {
        (code, what)
        for code, what in into & out
        if not state.accounts[code].outside and state.accounts[code].kind not in SOURCES
    }


def around(state: SiteState, wanted: set[Place]) -> dict[int, str]:
    """Return the codes of the meters before and behind some accounts, by number."""
    return {
        m.id: m.code
        for m in state.meters.values()
        if any({(r.source, r.commodity), (r.target, r.commodity)} & wanted for r in m.revisions)
    }


def day_sums(
    connection: sa.Connection, state: SiteState, meters: dict[int, str], days: tuple[int, int]
) -> Iterator[DaySums]:
    """Yield the sums of local days by meter and flow; of entries that lie within a day."""
    accounts = {a.id: a.code for a in state.accounts.values()}
    commodities = {c.id: c.code for c in state.commodities.values()}
    keys = (entry.c.meter_id, entry.c.from_account_id, entry.c.to_account_id, entry.c.commodity_id)
    query = (
        sa.select(*keys, entry.c.first_day, sa.func.sum(entry.c.quantity),
                  sa.func.min(entry.c.start_utc), sa.func.sum(TURN))
        .where(entry.c.meter_id.is_not(None), entry.c.first_day.between(*days))
        .where(entry.c.last_day == entry.c.first_day)
        .group_by(*keys, entry.c.first_day)
        .order_by(*keys, entry.c.first_day)
    )  # fmt: skip
    held: dict[tuple[int, ...], DaySums] = {}
    for number, source, target, what, day, total, start, said in connection.execute(query):
        if number not in meters or said <= 0:
            continue
        made = held.setdefault(
            (number, source, target, what),
            DaySums(meters[number], accounts[source], accounts[target], commodities[what], [], [],
                    []),
        )  # fmt: skip
        made.days.append(int(day))
        made.totals.append(int(total))
        made.starts.append(int(start))
    yield from held.values()


def unmetered(
    connection: sa.Connection, state: SiteState, days: tuple[int, int]
) -> frozenset[Place]:
    """Return the accounts and commodities that also receive what no meter counts in that time."""
    accounts = {a.id: a.code for a in state.accounts.values()}
    commodities = {c.id: c.code for c in state.commodities.values()}
    query = (
        sa.select(entry.c.to_account_id, entry.c.commodity_id)
        .where(entry.c.meter_id.is_(None))
        .where(entry.c.first_day <= days[1], entry.c.last_day >= days[0])
        .distinct()
    )
    return frozenset((accounts[a], commodities[c]) for a, c in connection.execute(query))


def span_of(connection: sa.Connection, batch: int | None = None) -> tuple[int, int] | None:
    """Return the first and last local day of the entries of meters; None when there are none."""
    query = sa.select(sa.func.min(entry.c.first_day), sa.func.max(entry.c.first_day)).where(
        entry.c.meter_id.is_not(None)
    )
    if batch is not None:
        query = query.where(entry.c.batch_id == batch)
    first, last = connection.execute(query).one()
    return None if first is None else (int(first), int(last))
