"""Which time the values of each meter cover, and what is missing in between."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.schema import entry
from carbonledger.ledger.state import MeterState, SiteState

SHOWN = 20


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
        corrected: entries that adjust others.
    """

    meter: str
    commodity: str
    first: int | None
    last: int | None
    intervals: int
    missing: int
    gaps: tuple[Gap, ...]
    corrected: int

    def as_dict(self) -> dict[str, Any]:
        """Return the coverage as `status --json` shows it."""
        return {
            "meter": self.meter,
            "commodity": self.commodity,
            "first": _iso(self.first),
            "last": _iso(self.last),
            "intervals": self.intervals,
            "missing": self.missing,
            "gaps": [{"start": _iso(g.start), "end": _iso(g.end)} for g in self.gaps[:SHOWN]],
            "corrected": self.corrected,
        }


def _iso(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def coverage(
    connection: sa.Connection, state: SiteState, as_of: int | None = None
) -> list[Coverage]:
    """Compute the coverage of every meter, whichever files its values came from."""
    return [_of_meter(connection, state.meters[code], as_of) for code in sorted(state.meters)]


def _of_meter(connection: sa.Connection, meter: MeterState, as_of: int | None) -> Coverage:
    query = (
        sa.select(
            entry.c.id, entry.c.kind, entry.c.start_utc, entry.c.end_utc, entry.c.interval_s,
            sa.case((entry.c.profile.contains("null"), entry.c.profile)).label("holes"),
            entry.c.corrects_id,
        )
        .where(entry.c.meter_id == meter.id, entry.c.profile.is_not(None))
        .order_by(entry.c.start_utc)
    )  # fmt: skip
    if as_of is not None:
        query = query.where(entry.c.batch_id <= as_of)
    rows = connection.execute(query).all()
    gone = {r.corrects_id for r in rows if r.kind == "reversal"}
    live = [r for r in rows if r.kind in ("reading", "estimate") and r.id not in gone]
    spans = _merged([span for r in live for span in _spans(r)])
    commodity = meter.revisions[-1].commodity if meter.revisions else ""
    corrected = sum(r.kind == "adjustment" for r in rows)
    if not spans:
        return Coverage(meter.code, commodity, None, None, 0, 0, (), corrected)
    step = min(r.interval_s for r in live if r.interval_s)
    gaps = tuple(Gap(a[1], b[0]) for a, b in zip(spans, spans[1:], strict=False))
    covered = sum(end - start for start, end in spans) // step
    missing = sum(g.end - g.start for g in gaps) // step
    return Coverage(meter.code, commodity, spans[0][0], spans[-1][1], covered, missing, gaps,
                    corrected)  # fmt: skip


def _spans(row: Any) -> list[tuple[int, int]]:
    """Return the times an entry has values for."""
    if row.holes is None:
        return [(row.start_utc, row.end_utc)] if row.end_utc > row.start_utc else []
    cells = row.holes[1:-1].split(",")
    return [
        (row.start_utc + i * row.interval_s, row.start_utc + (i + 1) * row.interval_s)
        for i, cell in enumerate(cells)
        if cell != "null"
    ]


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
