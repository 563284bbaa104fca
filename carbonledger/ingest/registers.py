"""Register readings into entries: advances between readings, across files in any order.

A reading is a point: an instant and what the register showed. Two neighbouring points make an
interval. What is posted can be read back as points; so a file that continues, fills or precedes
another joins it without loss, and an interval that a new point divides is reversed and posted
again in parts. Advances are differences of positions rounded once each, so their sum is the same
however the readings are split.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import Fault, ImportRefused
from carbonledger.ingest.clock import iso
from carbonledger.ingest.days import Runs
from carbonledger.ingest.outcome import Conflict, Outcome
from carbonledger.ingest.posted import COLUMNS, PostedEntry, as_row, numbers
from carbonledger.ingest.rows import Reading
from carbonledger.ingest.values import json_number
from carbonledger.ingest.zone import zone_for
from carbonledger.ledger.book import Posting
from carbonledger.ledger.schema import entry
from carbonledger.ledger.signs import negated_number, negated_profile
from carbonledger.ledger.state import MeterRevision, MeterState, SiteState
from carbonledger.units import round_half_even

# A fall counts as a wrap when it goes from the last to the first tenth of the register.
WRAP_FROM, WRAP_TO = Decimal("0.9"), Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Point:
    """What a register showed at an instant, by a line of the file or by a posted entry."""

    at: int
    shown: Decimal
    line: int = 0
    entry: int = 0


@dataclass(frozen=True, slots=True)
class Advance:
    """The interval between two neighbouring points.

    Attributes:
        first, last: the points.
        recorded: advance in the register's own unit, before the multiplier.
        quantity: millionths of the canonical unit.
        turned: the register wrapped or the meter was swapped within.
    """

    first: Point
    last: Point
    recorded: Decimal
    quantity: int
    turned: bool


@dataclass(slots=True)
class RegisterPoster:
    """Posts the readings of cumulative registers.

    Attributes:
        post: the batch.
        site: accounts, commodities, meters.
        reading: state of the file.
        adjust: reason for adjusting entries; None: unequal readings are only listed.
        outcome: what was found.
        faults: readings that cannot be, with their reason.
    """

    post: Posting
    site: SiteState
    reading: Reading
    adjust: str | None
    outcome: Outcome
    faults: list[Fault]
    _last: dict[int, Point] = field(default_factory=dict)

    def take(self, runs: Runs) -> None:
        """Post the readings of a block."""
        rows = runs.rows
        texts = rows.texts.to_pylist()
        by_meter: dict[tuple[int, int], list[Point]] = {}
        columns = zip(rows.meter.tolist(), rows.unit.tolist(), rows.start.tolist(), texts,
                      rows.line.tolist(), strict=True)  # fmt: skip
        for meter, unit, at, text, line in columns:
            if text is not None:
                point = Point(at, Decimal(text), line)
                by_meter.setdefault((meter, unit), []).append(point)
        for (meter, unit), points in by_meter.items():
            self._meter(meter, unit, self._single(meter, points))

    def _single(self, meter: int, points: list[Point]) -> list[Point]:
        """Take out doubles; unequal readings of one instant are faults."""
        kept: dict[int, Point] = {}
        clash: set[int] = set()
        for point in points:
            known = kept.setdefault(point.at, point)
            if known is not point:
                if known.shown == point.shown:
                    self.outcome.doubles += 1
                else:
                    clash.add(point.at)
        for point in points:
            if point.at in clash:
                self._fault(meter, point, "the register shows different values at one instant")
        return [kept[at] for at in sorted(kept) if at not in clash]

    def _fault(self, meter: int, point: Point, reason: str) -> None:
        code = self.reading.seen[meter].code
        self.faults.append(
            Fault(self.reading.layout.path.name, point.line, "value", str(point.shown),
                  f"meter {code} at {iso(point.at)}: {reason}")
        )  # fmt: skip

    def _meter(self, index: int, unit: int, points: list[Point]) -> None:
        if not points:
            return
        meter = self.reading.seen[index]
        self._count(index, unit, points)
        around = self._around(meter, points[0].at, points[-1].at)
        posted = {p.at: p for one in around for p in self._points(one, meter)}
        fresh = self._fresh(index, points, posted)
        if not fresh:
            return
        divided = [e for e in around if _divides(e, fresh)]
        self._reverse(divided)
        self.outcome.readings += len(fresh)
        kept = [e for e in around if e not in divided]
        merged = sorted((posted | {p.at: p for p in fresh}).values(), key=lambda p: p.at)
        self._post(index, unit, _uncovered(merged, kept), fresh)

    def _fresh(self, index: int, points: list[Point], posted: dict[int, Point]) -> list[Point]:
        """Return the points that are not posted; equal ones are skipped, unequal ones listed."""
        fresh = []
        for point in points:
            known = posted.get(point.at)
            if known is None:
                fresh.append(point)
            elif known.shown == point.shown:
                self.outcome.skipped += 1
            elif self.adjust is None:
                meter = self.reading.seen[index]
                self.outcome.conflict(
                    Conflict(f"meter {meter.code} (register)", point.at, Fraction(known.shown),
                             Fraction(point.shown), self._revision(meter, point.at).unit,
                             point.line, known.entry)
                )  # fmt: skip
            else:
                self.outcome.adjustments += 1
                fresh.append(point)
        return fresh

    def _around(self, meter: MeterState, low: int, high: int) -> list[PostedEntry]:
        """Read the live entries that touch a span, and the nearest on either side."""
        mine = sa.and_(entry.c.meter_id == meter.id, entry.c.register_start.is_not(None))
        before = sa.select(sa.func.max(entry.c.end_utc)).where(mine, entry.c.end_utc <= low)
        after = sa.select(sa.func.min(entry.c.start_utc)).where(mine, entry.c.start_utc >= high)
        connection = self.post.connection
        first = connection.execute(before).scalar()
        last = connection.execute(after).scalar()
        query = sa.select(*COLUMNS).where(
            mine,
            entry.c.end_utc >= (low if first is None else first),
            entry.c.start_utc <= (high if last is None else last),
        )
        found = [as_row(row) for row in connection.execute(query.order_by(entry.c.id))]
        reversed_ids = {e.corrects_id for e in found if e.kind == "reversal"}
        return [e for e in found if e.kind != "reversal" and e.id not in reversed_ids]

    def _points(self, one: PostedEntry, meter: MeterState) -> list[Point]:
        """Read an entry back as points."""
        shown = Decimal(one.register_start or "0")
        points = [Point(one.start_utc, shown, entry=one.id)]
        steps = numbers(one.profile)
        for place, step in enumerate(steps[:-1], 1):
            shown += step or Decimal(0)
            at = one.start_utc + place * one.interval_s
            points.append(Point(at, shown, entry=one.id))
        if steps:
            points.append(Point(one.end_utc, Decimal(one.register_end or "0"), entry=one.id))
        return points

    def _revision(self, meter: MeterState, at: int) -> MeterRevision:
        revision = meter.on(self._local_day(meter, at))
        if revision is None:
            raise ImportRefused(
                f"meter {meter.code} is declared from a later day than {iso(at)}",
                code="meter-unknown",
                hint="declare what it measured before (valid_from) in site.toml",
            )
        return revision

    def _local_day(self, meter: MeterState, at: int) -> int:
        name = self.reading.layout.profile.timezone or meter.revisions[-1].timezone
        wall = at + zone_for(name, at, at).offset(at)
        return int(datetime.fromtimestamp(wall, UTC).strftime("%Y%m%d"))

    def _reverse(self, entries: Iterable[PostedEntry]) -> None:
        """Post the reversal of entries that new readings divide."""
        for one in entries:
            row = self.post.connection.execute(
                sa.select(entry).where(entry.c.id == one.id)
            ).mappings().one()  # fmt: skip
            values = dict(row) | {
                "kind": "reversal",
                "quantity": -row["quantity"],
                "recorded_quantity": negated_number(row["recorded_quantity"]),
                "profile": negated_profile(row["profile"]),
                "corrects_id": one.id,
                "note": "divided by later readings",
            }
            values.pop("id")
            self.post.insert(entry, **values)
            self.outcome.entries += 1

    def _post(
        self, index: int, unit: int, gaps: list[tuple[Point, Point]], fresh: list[Point]
    ) -> None:
        meter = self.reading.seen[index]
        made = [self._advance(index, unit, *pair) for pair in gaps]
        for advance, pair in zip(made, gaps, strict=True):
            if isinstance(advance, str):
                self._unjoined(index, pair, advance)
        advances = [a for a in made if isinstance(a, Advance)]
        groups = self._grouped(meter, self.reading.intervals[index], advances)
        rows = [self._row(index, unit, group) for group in groups]
        if not gaps and len(fresh) == 1:
            rows.append(self._anchor(index, unit, fresh[0]))
        if rows:
            first = self.post.reserve(entry, len(rows))
            batch = self.post.batch
            self.post.insert_rows(entry, [(first + i, batch, *r) for i, r in enumerate(rows)])
            self.outcome.entries += len(rows)

    def _advance(self, index: int, unit: int, first: Point, last: Point) -> Advance | str:
        """Return the advance between two points, or the reason why there cannot be one."""
        meter = self.reading.seen[index]
        ratio = self.reading.ratio(index, unit, self._local_day(meter, first.at))
        steps: list[tuple[Decimal, Decimal]] = []
        shown = first.shown
        swaps = [e for e in meter.events if e.kind == "swap" and first.at < e.at <= last.at]
        for event in swaps:
            if event.old is None or event.new is None:
                return "the meter was swapped, but the event does not say both readings"
            steps.append((shown, event.old))
            shown = event.new
        recorded, quantity, turned = Decimal(0), 0, bool(swaps)
        for low, high in (*steps, (shown, last.shown)):
            wrap = self._wrap(meter, first.at, low, high)
            if wrap is None:
                return _fell(low, high)
            recorded += high + wrap - low
            quantity += _position(high + wrap, ratio) - _position(low, ratio)
            turned = turned or bool(wrap)
        return Advance(first, last, recorded, quantity, turned)

    def _unjoined(self, index: int, pair: tuple[Point, Point], reason: str) -> None:
        """Say why two neighbouring readings make no interval.

        Between files a register may have wrapped or been swapped at a time that no file tells yet:
        that stays a gap until the readings in between arrive. Within a file it is a fault.
        """
        first, last = pair
        between = not (first.line and last.line)
        if between and last.at - first.at > self.reading.intervals[index]:
            code = self.reading.seen[index].code
            self.outcome.warnings.append(
                f"meter {code}: nothing is posted between {iso(first.at)} and {iso(last.at)}: {reason}"
            )
        elif not any(fault.line == last.line for fault in self.faults):
            self._fault(index, last, reason)

    def _count(self, index: int, unit: int, points: list[Point]) -> None:
        """Add the file's own advances to its total, for the user to compare."""
        meter = self.reading.seen[index]
        before = self._last.get(index)
        for first, last in pairwise([before, *points] if before else points):
            made = self._advance(index, unit, first, last)
            if isinstance(made, str):
                self._fault(index, last, made)
                continue
            revision = self._revision(meter, first.at)
            canonical = self.site.commodities[revision.commodity].unit
            step = self.reading.intervals[index]
            total = self.outcome.total(meter.code, revision.commodity, canonical, step)
            total.add(made.quantity, first.at, last.at, 1)
            if made.turned:
                self._say_turned(meter, first, last)
        self._last[index] = points[-1]

    def _say_turned(self, meter: MeterState, first: Point, last: Point) -> None:
        swapped = any(e.kind == "swap" and first.at < e.at <= last.at for e in meter.events)
        self.outcome.warnings.append(
            f"meter {meter.code} {'was swapped' if swapped else 'wrapped'} between "
            f"{iso(first.at)} ({first.shown}) and {iso(last.at)} ({last.shown})"
        )

    def _wrap(self, meter: MeterState, at: int, low: Decimal, high: Decimal) -> Decimal | None:
        """Return what to add to a register that fell: its size if it wrapped; None: it cannot."""
        if high >= low:
            return Decimal(0)
        digits = self._revision(meter, at).digits
        if digits is None:
            return None
        size = Decimal(10) ** digits
        return size if low >= size * WRAP_FROM and high < size * WRAP_TO else None

    def _grouped(
        self, meter: MeterState, step: int, advances: list[Advance]
    ) -> list[list[Advance]]:
        """Group advances into entries: a local day of equal steps; all else stands alone."""
        groups: list[list[Advance]] = []
        for advance in advances:
            last = groups[-1][-1] if groups else None
            plain = advance.last.at - advance.first.at == step and not advance.turned
            joins = (
                last is not None
                and plain
                and last.last.at == advance.first.at
                and last.last.at - last.first.at == step
                and not last.turned
                and self._local_day(meter, last.first.at)
                == self._local_day(meter, advance.first.at)
            )
            if joins:
                groups[-1].append(advance)
            else:
                groups.append([advance])
        return groups

    def _row(self, index: int, unit: int, group: list[Advance]) -> tuple[Any, ...]:
        first, last = group[0].first, group[-1].last
        lines = [p.line for a in group for p in (a.first, a.last) if p.line]
        recorded = sum((a.recorded for a in group), Decimal(0))
        quantity = sum(a.quantity for a in group)
        profile = "[" + ",".join(json_number(a.recorded) for a in group) + "]"
        length = group[0].last.at - group[0].first.at
        return self._columns(index, unit, first, last, quantity, recorded, length, profile, lines)

    def _anchor(self, index: int, unit: int, point: Point) -> tuple[Any, ...]:
        """A first reading: nothing has flowed yet, but the next file continues from here."""
        return self._columns(
            index, unit, point, point, 0, Decimal(0), self.reading.intervals[index], "[]",
            [point.line],
        )  # fmt: skip

    def _columns(
        self, index: int, unit: int, first: Point, last: Point, quantity: int, recorded: Decimal,
        length: int, profile: str, lines: list[int],
    ) -> tuple[Any, ...]:  # fmt: skip
        meter = self.reading.seen[index]
        day = self._local_day(meter, first.at)
        revision = self._revision(meter, first.at)
        scale = self.reading.ratio(index, unit, day)
        commodity = self.site.commodities[revision.commodity]
        return (
            "reading", meter.id, self.site.accounts[revision.source].id,
            self.site.accounts[revision.target].id, commodity.id, first.at, last.at, day,
            self._local_day(meter, max(first.at, last.at - 1)), quantity, json_number(recorded),
            self.reading.units[unit] or revision.unit, length, profile, scale.numerator,
            scale.denominator, json_number(first.shown), json_number(last.shown), "actual", None,
            None, min(lines, default=None), max(lines, default=None), None,
        )  # fmt: skip


def _position(shown: Decimal, ratio: Fraction) -> int:
    exact = Fraction(shown) * ratio
    return round_half_even(exact.numerator * 1_000_000, exact.denominator)


def _fell(low: Decimal, high: Decimal) -> str:
    return (
        f"the register fell from {low} to {high}, and that is no wrap; if the meter was swapped, "
        "declare the event with both readings: carbonledger meter event"
    )


def _divides(one: PostedEntry, fresh: list[Point]) -> bool:
    """Tell whether new points lie within an entry, or replace one of its ends."""
    times = [p.at for p in fresh]
    low = bisect_right(times, one.start_utc)
    inside = bisect_left(times, one.end_utc) > low
    return inside or one.start_utc in times or one.end_utc in times


def _uncovered(points: list[Point], kept: list[PostedEntry]) -> list[tuple[Point, Point]]:
    """Return neighbouring points between which nothing is posted."""
    spans = sorted((e.start_utc, e.end_utc) for e in kept if e.end_utc > e.start_utc)
    starts = [start for start, _ in spans]
    pairs = []
    for first, last in pairwise(points):
        place = bisect_right(starts, first.at) - 1
        if place < 0 or spans[place][1] < last.at:
            pairs.append((first, last))
    return pairs
