"""What is posted of the meters and accounts that a site file would change."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from carbonledger.ledger.schema import account, batch, entry, meter, meter_event
from carbonledger.ledger.state import SiteState
from carbonledger.site.declared import DeclaredEvent, DeclaredSite

# SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535; longer lists gain nothing.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class PostedSpan:
    """First and last local day (yyyymmdd) that entries of a meter are posted for."""

    first_day: int
    last_day: int


@dataclass(frozen=True, slots=True)
class PostedSummary:
    """What the ledger has posted, as far as a plan must know.

    Attributes:
        meters: posted days by code of the meter; those without entries are left out.
        records: codes of accounts that entries without a meter (invoices, waste, production) name;
            empty where the file changes no time zone, because nobody asks then.
        covered: meter and time (UTC seconds) of those events of the file that fall within or
            between posted intervals.
        withdrawn: batch that took back an event, by meter, time and kind.
    """

    meters: dict[str, PostedSpan] = field(default_factory=dict)
    records: frozenset[str] = frozenset()
    covered: frozenset[tuple[str, int]] = frozenset()
    withdrawn: dict[tuple[str, int, str], int] = field(default_factory=dict)


def read_posted(
    connection: sa.Connection, declared: DeclaredSite, state: SiteState
) -> PostedSummary:
    """Read what is posted of the meters that a file declares otherwise than the ledger holds them.

    Entries that were reversed do not count: they are in the ledger, but they cancel out.

    Args:
        connection: connection to the ledger.
        declared: the file.
        state: what the ledger holds.
    """
    changed = (
        code
        for code, item in declared.meters.items()
        if code in state.meters and item.revisions != state.meters[code].revisions
    )
    return PostedSummary(
        meters=dict(_spans(connection, changed)),
        records=_records(connection) if _moves_days(declared, state) else frozenset(),
        covered=frozenset(
            (item.meter, item.event.at)
            for item in declared.events
            if _is_new(item, state) and _is_covered(connection, state, item)
        ),
        withdrawn=_withdrawn(connection) if declared.events else {},
    )


def _withdrawn(connection: sa.Connection) -> dict[tuple[str, int, str], int]:
    query = (
        sa.select(meter.c.code, meter_event.c.at_utc, meter_event.c.kind, meter_event.c.batch_id)
        .join(meter, meter.c.id == meter_event.c.meter_id)
        .where(meter_event.c.withdrawn == 1)
        .order_by(meter_event.c.id)
    )
    return {(code, at, kind): number for code, at, kind, number in connection.execute(query)}


def _moves_days(declared: DeclaredSite, state: SiteState) -> bool:
    return any(
        code in state.accounts and state.accounts[code].own_timezone != item.timezone
        for code, item in declared.accounts.items()
    )


def _is_new(item: DeclaredEvent, state: SiteState) -> bool:
    known = state.meters.get(item.meter)
    return known is not None and item.event not in known.events


def _standing() -> sa.ColumnElement[bool]:
    """Return the condition that an entry is neither cancelled nor there to cancel another.

    Whatever names an earlier entry cancels it, but for adjustments, which only change it; those of
    a reversal cancel adjustments. What cancels a cancellation says again what the first one said.
    """
    reversals = sa.select(batch.c.id).where(batch.c.kind == "reversal")
    later = entry.alias("later")
    cancelled = sa.select(later.c.corrects_id).where(
        later.c.corrects_id.is_not(None),
        sa.or_(later.c.kind != "adjustment", later.c.batch_id.in_(reversals)),
    )
    return sa.and_(
        entry.c.id.not_in(cancelled),
        entry.c.kind != "reversal",
        sa.or_(entry.c.batch_id.not_in(reversals), entry.c.kind != "adjustment"),
    )


def _spans(connection: sa.Connection, codes: Iterable[str]) -> Iterator[tuple[str, PostedSpan]]:
    wanted = list(codes)
    for place in range(0, len(wanted), CHUNK):
        query = (
            sa.select(meter.c.code, sa.func.min(entry.c.first_day), sa.func.max(entry.c.last_day))
            .join(entry, entry.c.meter_id == meter.c.id)
            .where(meter.c.code.in_(wanted[place : place + CHUNK]), _standing())
            .group_by(meter.c.code)
        )
        for code, first, last in connection.execute(query):
            yield code, PostedSpan(first, last)


def _records(connection: sa.Connection) -> frozenset[str]:
    ends = (entry.c.from_account_id, entry.c.to_account_id)
    named = sa.union(
        *(sa.select(end).where(entry.c.meter_id.is_(None), _standing()) for end in ends)
    )
    query = sa.select(account.c.code).where(account.c.id.in_(named))
    return frozenset(connection.execute(query).scalars())


def _is_covered(connection: sa.Connection, state: SiteState, item: DeclaredEvent) -> bool:
    """Tell whether values are posted that an event would make others.

    Of a multiplier these are all values behind it, else those right before and after the event.
    """
    at = item.event.at
    if item.event.kind == "multiplier":
        behind = sa.exists().where(
            entry.c.meter_id == state.meters[item.meter].id, entry.c.end_utc > at, _standing()
        )
        return bool(connection.execute(sa.select(behind)).scalar())
    query = sa.select(
        entry.c.start_utc, entry.c.end_utc, entry.c.interval_s, entry.c.profile
    ).where(
        entry.c.meter_id == state.meters[item.meter].id,
        entry.c.start_utc <= at,
        entry.c.end_utc >= at,
        _standing(),
    )
    rows = [tuple(row) for row in connection.execute(query)]
    return all(any(_has_value(row, second) for row in rows) for second in (at - 1, at))


def _has_value(row: tuple[int, int, int | None, str | None], second: int) -> bool:
    """Tell whether an entry has a value for the interval that begins with or holds a second."""
    start, end, interval, profile = row
    if not start <= second < end:
        return False
    if not interval or profile is None:
        return True
    values = json.loads(profile, parse_float=str)
    place = (second - start) // interval
    return place < len(values) and values[place] is not None
