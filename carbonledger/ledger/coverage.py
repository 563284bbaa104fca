"""Which time the values of each meter cover, and what is missing in between.

All entries of all meters are read once, in the order of meter and day, and only the profiles that
have a hole are looked into: a year of thousands of meters takes a second or two.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import sqlalchemy as sa

from carbonledger.ledger.schema import batch, entry
from carbonledger.ledger.state import MeterState, SiteState

SHOWN = 20
CHUNK = 5000
# So many meters are named to the database; of more it reads all, and the others are passed over.
MOST_NAMED = 500


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without a value: start and end, seconds UTC."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is posted of a meter.

    Attributes:
        meter: code.
        commodity: what it measures, as last declared.
        first, last: seconds UTC; None when nothing is posted.
        intervals: values posted.
        missing: intervals without a value between first and last.
        gaps: where they are.
        corrected: entries that adjust others and were not taken back.
        interval: length of the shortest interval, seconds; 0 when nothing is posted.
        estimated: how many of the intervals were estimated.
    """

    meter: str
    commodity: str
    first: int | None
    last: int | None
    intervals: int
    missing: int
    gaps: tuple[Gap, ...]
    corrected: int
    interval: int = 0
    estimated: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the coverage as `status --json` shows it."""
        return {
            "meter": self.meter,
            "commodity": self.commodity,
            "first": _iso(self.first),
            "last": _iso(self.last),
            "intervals": self.intervals,
            "missing": self.missing,
            "estimated": self.estimated,
            "gaps": [{"start": _iso(g.start), "end": _iso(g.end)} for g in self.gaps[:SHOWN]],
            "corrected": self.corrected,
        }


class _Row(NamedTuple):
    """An entry of a meter; `holes` is its profile when a value is missing in it."""

    meter: int
    id: int
    kind: str
    start: int
    end: int
    interval: int
    holes: str | None
    corrects: int | None
    batch_kind: str


def utc(seconds: int) -> str:
    """Return an instant as ISO 8601 text in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _iso(seconds: int | None) -> str | None:
    return None if seconds is None else utc(seconds)


def coverage(
    connection: sa.Connection,
    state: SiteState,
    as_of: int | None = None,
    days: tuple[int, int] | None = None,
    only: Collection[str] | None = None,
) -> list[Coverage]:
    """Compute the coverage of every meter, whichever files its values came from.

    Args:
        connection: connection to the ledger.
        state: its meters.
        as_of: last batch to take into account; None: all.
        days: first and last local day (yyyymmdd) to look at; None: all.
        only: codes of the meters to look at; None: all.
    """
    found: dict[int, Coverage] = {}
    wanted = sorted(state.meters if only is None else set(only) & set(state.meters))
    meters = {state.meters[code].id: state.meters[code] for code in wanted}
    ids = None if only is None else list(meters)
    for number, rows in groupby(_rows(connection, as_of, days, ids), key=lambda row: row.meter):
        if number in meters:
            found[number] = _of_meter(meters[number], rows)
    return [
        found.get(state.meters[code].id) or _of_meter(state.meters[code], ()) for code in wanted
    ]


def _rows(
    connection: sa.Connection,
    as_of: int | None,
    days: tuple[int, int] | None,
    ids: list[int] | None,
) -> Iterator[_Row]:
    query = (
        sa.select(
            entry.c.meter_id, entry.c.id, entry.c.kind, entry.c.start_utc, entry.c.end_utc,
            entry.c.interval_s, sa.case((entry.c.profile.contains("null"), entry.c.profile)),
            entry.c.corrects_id, batch.c.kind,
        )
        .join(batch, batch.c.id == entry.c.batch_id)
        .where(entry.c.meter_id.is_not(None), entry.c.profile.is_not(None))
        .order_by(entry.c.meter_id, entry.c.first_day)
    )  # fmt: skip
    if as_of is not None:
        query = query.where(entry.c.batch_id <= as_of)
    if days is not None:
        query = query.where(entry.c.first_day.between(*days))
    if ids is not None and len(ids) <= MOST_NAMED:
        query = query.where(entry.c.meter_id.in_(ids))
    result = connection.execution_options(yield_per=CHUNK).execute(query)
    for part in result.partitions():
        yield from map(_Row._make, part)


def _of_meter(meter: MeterState, rows: Iterable[_Row]) -> Coverage:
    known = list(rows)
    gone = {r.corrects for r in known if _takes_back(r)}
    live = [r for r in known if r.kind in ("reading", "estimate") and r.id not in gone]
    spans = _spans_of(live)
    commodity = meter.revisions[-1].commodity if meter.revisions else ""
    corrected = sum(
        r.kind == "adjustment" and not _takes_back(r) and r.id not in gone for r in known
    )
    if not spans:
        return Coverage(meter.code, commodity, None, None, 0, 0, (), corrected)
    step = min(r.interval for r in live if r.interval)
    gaps = tuple(Gap(a[1], b[0]) for a, b in pairwise(spans))
    return Coverage(
        meter.code, commodity, spans[0][0], spans[-1][1],
        intervals=_length(spans) // step,
        missing=sum(gap.end - gap.start for gap in gaps) // step,
        gaps=gaps,
        corrected=corrected,
        interval=step,
        estimated=_length(_spans_of(r for r in live if r.kind == "estimate")) // step,
    )  # fmt: skip


def _takes_back(row: _Row) -> bool:
    return row.kind == "reversal" or (row.kind == "adjustment" and row.batch_kind == "reversal")


def _spans(row: _Row) -> Iterator[tuple[int, int]]:
    """Yield the times an entry has values for."""
    if row.holes is None:
        if row.end > row.start:
            yield row.start, row.end
        return
    for place, cell in enumerate(row.holes[1:-1].split(",")):
        if cell != "null":
            at = row.start + place * row.interval
            yield at, at + row.interval


def _spans_of(rows: Iterable[_Row]) -> list[tuple[int, int]]:
    return _merged(span for row in rows for span in _spans(row))


def _length(spans: Iterable[tuple[int, int]]) -> int:
    return sum(end - start for start, end in spans)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
