"""How good the data of a period are: what meters cover, what is missing, what was corrected."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from carbonledger.ledger.coverage import Coverage, coverage
from carbonledger.ledger.schema import account, batch, commodity, entry, meter
from carbonledger.ledger.state import MeterEvent, MeterState
from carbonledger.run.metered import metered
from carbonledger.run.question import Material

ESTIMATED = ("estimated", "substituted")
# Batches that change what earlier ones said; the entries of an event are those it counts again.
CHANGING = ("correction", "reversal", "event")
DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Hole:
    """A time without values.

    Attributes:
        start, end: local time, `2024-03-07 00:00`; the end is exclusive.
        intervals: how many values are missing.
    """

    start: str
    end: str
    intervals: int


@dataclass(frozen=True, slots=True)
class MeterFacts:
    """A flow that a meter measured in the period.

    Attributes:
        meter: code.
        source, target: accounts.
        commodity: code.
        unit: canonical unit.
        quantity: millionths of the unit.
        due: intervals that the period has for this meter; 0 when nothing was ever posted.
        missing: intervals without a value.
        estimated: intervals that were estimated or substituted.
        holes: where values are missing.
        events: what happened to the meter in the period, with its local day, yyyy-mm-dd.
    """

    meter: str
    source: str
    target: str
    commodity: str
    unit: str
    quantity: int
    due: int
    missing: int
    estimated: int
    holes: tuple[Hole, ...]
    events: tuple[tuple[str, MeterEvent], ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate posted for a time without values; quantity in millionths of the unit."""

    meter: str
    start: str
    end: str
    intervals: int
    quantity: int
    unit: str
    method: str
    flows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CorrectionFacts:
    """What one correction or reversal changed of one flow.

    Attributes:
        batch: number of the batch that posted it.
        kind: `correction`, `reversal` or `event`.
        meter: code; "" for records.
        source, target, commodity, unit: the flow.
        first_day, last_day: local days concerned, ISO 8601.
        before: millionths of the unit over those days, without it.
        change: millionths of the unit.
        reason: as given.
    """

    batch: int
    kind: str
    meter: str
    source: str
    target: str
    commodity: str
    unit: str
    first_day: str
    last_day: str
    before: int
    change: int
    reason: str


def meter_facts(connection: sa.Connection, material: Material) -> tuple[MeterFacts, ...]:
    """Tell of every meter what it measured in the period and what is missing."""
    months = material.books.months
    found = metered(connection, material.state, (months[0], months[-1]), material.as_of)
    sums = {tuple(flow): quantity for flow, quantity in found.items() if flow.meter}
    covered = {one.meter: one for one in coverage(connection, material.state, material.as_of)}
    guessed = _estimated(connection, material)
    facts = []
    for code, state in material.state.meters.items():
        flows = [key for key in sums if key[0] == code] or _declared(state)
        due, holes = _holes(covered[code], state, material)
        for _, source, target, what in sorted(flows):
            facts.append(
                MeterFacts(
                    meter=code, source=source, target=target, commodity=what,
                    unit=material.state.commodities[what].unit,
                    quantity=sums.get((code, source, target, what), 0), due=due,
                    missing=sum(hole.intervals for hole in holes),
                    estimated=guessed.get(code, 0), holes=holes,
                    events=tuple(_events(state, material)),
                )
            )  # fmt: skip
    return tuple(facts)


def _declared(state: MeterState) -> list[tuple[str, str, str, str]]:
    return [(state.code, r.source, r.target, r.commodity) for r in state.revisions[-1:]]


def days_of(material: Material) -> tuple[int, int]:
    """Return the first and the last possible local day of the period as yyyymmdd."""
    months = material.books.months
    return int(months[0].replace("-", "")) * 100, int(months[-1].replace("-", "")) * 100 + 99


def _bounds(material: Material, zone: str) -> tuple[int, int]:
    """Return the start of the period and its end (exclusive), seconds UTC."""
    months, tz = material.books.months, ZoneInfo(zone)
    year, month = map(int, months[-1].split("-"))
    after = (year + month // DECEMBER, month % DECEMBER + 1)
    first = tuple(map(int, months[0].split("-")))
    start, end = (datetime(y, m, 1, tzinfo=tz) for y, m in (first, after))
    return int(start.timestamp()), int(end.timestamp())


def _flows(*columns: Any) -> sa.Select[Any]:
    source, target = account.alias("source"), account.alias("target")
    return (
        sa.select(
            meter.c.code.label("meter"), source.c.code.label("source"),
            target.c.code.label("target"), commodity.c.code.label("commodity"),
            commodity.c.unit.label("unit"), *columns,
        )
        .select_from(entry)
        .join(source, source.c.id == entry.c.from_account_id)
        .join(target, target.c.id == entry.c.to_account_id)
        .join(commodity, commodity.c.id == entry.c.commodity_id)
        .outerjoin(meter, meter.c.id == entry.c.meter_id)
    )  # fmt: skip


def _holes(
    covered: Coverage, state: MeterState, material: Material
) -> tuple[int, tuple[Hole, ...]]:
    """Count the intervals due in the period, and list the times without values."""
    if covered.first is None or covered.last is None or not state.revisions:
        return 0, ()
    zone = state.revisions[-1].timezone
    start, end = _bounds(material, zone)
    step = max((covered.last - covered.first) // max(covered.intervals + covered.missing, 1), 1)
    spans = [(start, covered.first), (covered.last, end)]
    spans += [(gap.start, gap.end) for gap in covered.gaps]
    clipped = sorted((max(a, start), min(b, end)) for a, b in spans)
    holes = tuple(
        Hole(_local(a, zone), _local(b, zone), (b - a) // step) for a, b in clipped if b - a >= step
    )
    return (end - start) // step, holes


def _local(seconds: int, zone: str) -> str:
    return (
        datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    )


def _standing(material: Material) -> sa.ColumnElement[bool]:
    """Return the condition that an entry is not turned back, as of the batch of the question."""
    later = entry.alias("later")
    return ~sa.exists().where(
        later.c.corrects_id == entry.c.id, later.c.kind == "reversal",
        later.c.batch_id <= material.as_of,
    )  # fmt: skip


def _intervals(start: int, end: int, step: int | None, profile: str | None) -> int:
    """Count the values of an entry: those of its profile, or what its period has place for."""
    cells = profile[1:-1].split(",") if profile and profile != "[]" else []
    return sum(cell != "null" for cell in cells) or (end - start) // (step or (end - start) or 1)


def _estimated(connection: sa.Connection, material: Material) -> dict[str, int]:
    first, last = days_of(material)
    query = (
        sa.select(meter.c.code, entry.c.start_utc, entry.c.end_utc, entry.c.interval_s,
                  entry.c.profile)
        .join(meter, meter.c.id == entry.c.meter_id)
        .where(
            sa.or_(entry.c.kind == "estimate", entry.c.quality.in_(ESTIMATED)),
            entry.c.kind.in_(("estimate", "reading")), entry.c.first_day.between(first, last),
            entry.c.batch_id <= material.as_of, _standing(material),
        )
    )  # fmt: skip
    counts: dict[str, int] = {}
    for code, *values in connection.execute(query):
        counts[code] = counts.get(code, 0) + _intervals(*values)
    return counts


def estimates(connection: sa.Connection, material: Material) -> tuple[Estimate, ...]:
    """List what was estimated in the period and still stands, in order of meter and time."""
    first, last = days_of(material)
    query = _flows(entry.c.start_utc, entry.c.end_utc, entry.c.interval_s, entry.c.profile,
                   entry.c.quantity, entry.c.note, entry.c.first_day, batch.c.reason).join(
        batch, batch.c.id == entry.c.batch_id
    ).where(
        entry.c.kind == "estimate", entry.c.first_day.between(first, last),
        entry.c.batch_id <= material.as_of, entry.c.meter_id.is_not(None), _standing(material),
    ).order_by(meter.c.code, entry.c.start_utc)  # fmt: skip
    found = []
    for row in connection.execute(query):
        zone = material.state.meters[row.meter].revisions[-1].timezone
        count = _intervals(row.start_utc, row.end_utc, row.interval_s, row.profile)
        found.append(
            Estimate(row.meter, _local(row.start_utc, zone), _local(row.end_utc, zone), count,
                     int(row.quantity), row.unit, row.note or row.reason or "",
                     _flows_of(material, row.meter, row.first_day))
        )  # fmt: skip
    return tuple(found)


def _flows_of(material: Material, code: str, day: int) -> tuple[str, ...]:
    """Name the flow of a meter in the month of a day."""
    held = material.state.meters[code].on(day)
    if held is None:
        return ()
    month = f"{day // 10000:04}-{day // 100 % 100:02}"
    return (f"flow:{held.commodity}:{held.source}>{held.target}:{month}",)


def _events(state: MeterState, material: Material) -> Iterator[tuple[str, MeterEvent]]:
    zone = state.revisions[-1].timezone if state.revisions else "UTC"
    start, end = _bounds(material, zone)
    for event in state.events:
        if start <= event.at < end:
            yield _local(event.at, zone)[:10], event


def corrections(connection: sa.Connection, material: Material) -> tuple[CorrectionFacts, ...]:
    """List what corrections, reversals and events changed in the period, in order of days."""
    first, last = days_of(material)
    keys = (entry.c.batch_id, entry.c.meter_id, entry.c.from_account_id, entry.c.to_account_id,
            entry.c.commodity_id)  # fmt: skip
    query = (
        _flows(
            *keys, batch.c.kind, batch.c.reason, sa.func.min(entry.c.first_day).label("first_day"),
            sa.func.max(entry.c.last_day).label("last_day"),
            sa.func.sum(entry.c.quantity).label("change"),
        )
        .join(batch, batch.c.id == entry.c.batch_id)
        .where(
            batch.c.kind.in_(CHANGING), entry.c.first_day <= last,
            entry.c.last_day >= first, entry.c.batch_id <= material.as_of,
        )
        .group_by(*keys, sa.text("meter.code, source.code, target.code, commodity.code, "
                                 "commodity.unit, batch.kind, batch.reason"))
    )  # fmt: skip
    rows = connection.execute(query).all()
    found = [_correction(row, _before(connection, row)) for row in rows]
    return tuple(sorted(found, key=lambda c: (c.first_day, c.meter, c.source, c.target,
                                              c.commodity, c.batch)))  # fmt: skip


def _before(connection: sa.Connection, row: Any) -> int:
    same = entry.c.meter_id == row.meter_id if row.meter_id else entry.c.meter_id.is_(None)
    query = sa.select(sa.func.sum(entry.c.quantity)).where(
        same, entry.c.from_account_id == row.from_account_id,
        entry.c.to_account_id == row.to_account_id, entry.c.commodity_id == row.commodity_id,
        entry.c.first_day >= row.first_day, entry.c.last_day <= row.last_day,
        entry.c.batch_id < row.batch_id,
    )  # fmt: skip
    return int(connection.execute(query).scalar() or 0)


def _correction(row: Any, before: int) -> CorrectionFacts:
    return CorrectionFacts(
        batch=row.batch_id, kind=row.kind, meter=row.meter or "", source=row.source,
        target=row.target, commodity=row.commodity, unit=row.unit, first_day=_day(row.first_day),
        last_day=_day(row.last_day), before=before, change=int(row.change), reason=row.reason or "",
    )  # fmt: skip


def _day(number: int) -> str:
    return date(number // 10_000, number // 100 % 100, number % 100).isoformat()
