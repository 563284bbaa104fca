"""Register readings into entries: advances between readings, across files in any order.

A reading is a point: an instant and what the register showed. Two neighbouring points make an
interval. What is posted can be read back as points; so a file that continues, fills or precedes
another joins it without loss, and an interval that a new point divides is reversed and posted
again in parts.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import ImportRefused
from carbonledger.ingest.clock import iso
from carbonledger.ingest.days import Runs
from carbonledger.ingest.faults import Faults
from carbonledger.ingest.flows import Flows
from carbonledger.ingest.lengths import DAY, Length
from carbonledger.ingest.outcome import Conflict, Outcome
from carbonledger.ingest.points import Advance, Point, Register, advance
from carbonledger.ingest.posted import PostedEntry
from carbonledger.ingest.ratios import Ratios
from carbonledger.ingest.register_posted import entries_around, points_of
from carbonledger.ingest.scale import LIMIT
from carbonledger.ingest.values import json_number
from carbonledger.ingest.zone import Zone, zone_for
from carbonledger.ledger.book import Posting
from carbonledger.ledger.schema import entry
from carbonledger.ledger.signs import negated_number, negated_profile

Pair = tuple[Point, Point]


@dataclass(slots=True)
class RegisterPoster:
    """Posts the readings of cumulative registers.

    Attributes:
        post: the batch.
        flows: what the meters measure.
        ratios: units of the file.
        lengths: usual time between readings by number of the meter.
        qualities: flags by number.
        adjust: reason for replacing readings; None: unequal ones are only listed.
        outcome: what was found.
        faults: readings that cannot be, with their reason.
    """

    post: Posting
    flows: Flows
    ratios: Ratios
    lengths: dict[int, Length]
    qualities: list[str]
    adjust: str | None
    outcome: Outcome
    faults: Faults
    _last: dict[tuple[int, int], Point] = field(default_factory=dict)
    _faulty: set[int] = field(default_factory=set)
    _waiting: dict[tuple[int, int], list[Point]] = field(default_factory=dict)

    def take(self, runs: Runs) -> None:
        """Post the readings of a block.

        Raises:
            ImportRefused: a unit does not fit, or the file contradicts itself.
        """
        rows = runs.rows
        by_meter: dict[tuple[int, int], list[Point]] = {}
        columns = zip(rows.meter.tolist(), rows.unit.tolist(), rows.start.tolist(),
                      rows.texts.to_pylist(), rows.line.tolist(), rows.quality.tolist(),
                      strict=True)  # fmt: skip
        for meter, unit, at, text, line, flag in columns:
            if text is not None:
                point = Point(at, Decimal(text), line, quality=self.qualities[flag])
                by_meter.setdefault((meter, unit), []).append(point)
        for key, points in by_meter.items():
            usable = [p for p in points if self._fits(key[0], p)]
            self._waiting.setdefault(key, []).extend(usable)
            # A single reading may be the first of more, which stand in the next block.
            if len(self._waiting[key]) > 1:
                self._together(key)

    def finish(self) -> None:
        """Post the readings that stand alone."""
        for key in sorted(self._waiting):
            self._together(key)

    def _together(self, key: tuple[int, int]) -> None:
        points = self._single(key[0], self._waiting.pop(key))
        if points:
            self._meter(_Span(self, *key, points))

    def _fits(self, meter: int, point: Point) -> bool:
        zone = zone_for(self.flows.meters.zone(meter), point.at, point.at)
        revision = self.flows.meters.revision(meter, zone.day(point.at), point.line)
        if revision.digits is None or point.shown < Decimal(10) ** revision.digits:
            return True
        self.fault(meter, point, f"the register has {revision.digits} digits and cannot show this")
        return False

    def _single(self, meter: int, points: list[Point]) -> list[Point]:
        """Take out doubles; unequal readings of one instant are faults."""
        kept: dict[int, Point] = {}
        clash: set[int] = set()
        for point in points:
            known = kept.setdefault(point.at, point)
            if known is not point and known.shown == point.shown:
                self.outcome.doubles += 1
            elif known is not point:
                clash.add(point.at)
        for point in points:
            if point.at in clash:
                self.fault(meter, point, "the register shows different values at one instant")
        return [kept[at] for at in sorted(kept) if at not in clash]

    def fault(self, meter: int, point: Point, reason: str) -> None:
        """Note a reading that cannot be, once."""
        if point.line not in self._faulty:
            self._faulty.add(point.line)
            code = self.flows.meters.seen[meter].code
            column = self.flows.meters.layout.column("value")
            said = f"meter {code} at {iso(point.at)}: {reason}"
            self.faults.add(point.line, column, point.shown, said)

    def _meter(self, span: "_Span") -> None:
        posted = span.posted()
        new = self._new(span, posted)
        self._count(span, [p for p in span.points if not _own(posted, p)])
        if not new:
            return
        divided = [e for e in span.around if _divides(e, new)]
        self._reverse(divided)
        self.outcome.readings += len(new)
        kept = [e for e in span.around if e not in divided]
        merged = sorted((posted | {p.at: p for p in new}).values(), key=lambda p: p.at)
        self._post(span, _uncovered(merged, kept), new)

    def _new(self, span: "_Span", posted: dict[int, Point]) -> list[Point]:
        """Return the points that are not posted; equal ones are skipped, unequal ones listed."""
        new = []
        for point in span.points:
            known = posted.get(point.at)
            if known is None:
                new.append(point)
            elif known.shown == point.shown:
                self.outcome.doubles += known.own
                self.outcome.skipped += not known.own
            elif known.own:
                raise span.refused(point, "shows different values at one instant, far apart in "
                                   "one file", "contradiction", "correct the file")  # fmt: skip
            elif self.adjust is None:
                self._conflict(span, known, point)
            else:
                self.outcome.adjustments += 1
                new.append(point)
        return new

    def _conflict(self, span: "_Span", known: Point, point: Point) -> None:
        where = f"register of meter {self.flows.meters.seen[span.meter].code}"
        self.outcome.conflict(
            Conflict(where, point.at, Fraction(known.shown), Fraction(point.shown), span.unit_name,
                     point.line, known.entry)
        )  # fmt: skip

    def _count(self, span: "_Span", points: list[Point]) -> None:
        """Add the file's own advances to its total, for the user to compare."""
        if not points:
            return
        key = (span.meter, span.unit)
        before = self._last.get(key)
        joined = [before, *points] if before and before.at < points[0].at else points
        step = self.lengths[span.meter].seconds
        for first, last in pairwise(joined):
            made = span.advance(first, last)
            if isinstance(made, str):
                self.fault(span.meter, last, made)
                continue
            flow = self.flows.of(span.meter, span.zone.day(first.at), first.line)
            total = self.outcome.total(flow.meter, flow.commodity, flow.unit)
            total.add(made.quantity, first.at, last.at, 1, min(step or made.seconds, made.seconds))
            self._say_turned(span, made)
        self._last[key] = points[-1]

    def _say_turned(self, span: "_Span", made: Advance) -> None:
        if made.turned:
            self.outcome.warnings.append(
                f"meter {self.flows.meters.seen[span.meter].code} {made.turned} between "
                f"{iso(made.first.at)} ({made.first.shown}) and {iso(made.last.at)} "
                f"({made.last.shown})"
            )

    def _reverse(self, entries: Iterable[PostedEntry]) -> None:
        """Post the reversal of entries that new readings divide or replace."""
        for one in entries:
            query = sa.select(entry).where(entry.c.id == one.id)
            row = dict(self.post.connection.execute(query).mappings().one())
            row |= {
                "kind": "reversal",
                "quantity": -row["quantity"],
                "recorded_quantity": negated_number(row["recorded_quantity"]),
                "profile": negated_profile(row["profile"]),
                "corrects_id": row.pop("id"),
                "note": self.adjust or "divided by further readings",
            }
            self.post.insert(entry, **row)
            self.outcome.entries += 1

    def _post(self, span: "_Span", pairs: list[Pair], new: list[Point]) -> None:
        made = []
        for first, last in pairs:
            found = span.advance(first, last)
            if isinstance(found, str):
                self.fault(span.meter, last if last.line else first, found)
            else:
                made.append(found)
        step = self.lengths[span.meter].seconds
        rows = [span.row(group) for group in _grouped(made, step, span.zone)]
        if not pairs and len(new) == 1:
            # A first reading: nothing has flowed, but the next file continues from here.
            rows.append(span.row([Advance(new[0], new[0], Decimal(0), 0)], profile="[]"))
        if rows:
            first_id, batch = self.post.reserve(entry, len(rows)), self.post.batch
            numbered = [(first_id + i, batch, *row) for i, row in enumerate(rows)]
            self.post.insert_rows(entry, numbered)
            self.outcome.entries += len(rows)


class _Span:
    """The readings of one meter in a block, with what the ledger holds around them."""

    def __init__(self, poster: RegisterPoster, meter: int, unit: int, points: list[Point]) -> None:
        self.poster, self.meter, self.unit, self.points = poster, meter, unit, points
        self.state = poster.flows.meters.seen[meter]
        batch = poster.post
        self.around = entries_around(batch.connection, self.state.id, points[0].at, points[-1].at)
        low = min([points[0].at, *(e.start_utc for e in self.around)])
        high = max([points[-1].at, *(e.end_utc for e in self.around)])
        self.zone = zone_for(poster.flows.meters.zone(meter), low, high)
        flow = poster.flows.of(meter, self.zone.day(points[0].at), points[0].line)
        self.unit_name = poster.ratios.symbols[unit] or flow.meter_unit

    def posted(self) -> dict[int, Point]:
        """Return the posted readings by instant.

        Raises:
            ImportRefused: they are in another unit than the file's.
        """
        other = {e.recorded_unit for e in self.around} - {self.unit_name}
        if other:
            raise self.refused(
                self.points[0], f"is posted in {other.pop()}, this file has {self.unit_name}",
                "unit-register", "state the unit of the readings in the profile: unit",
            )  # fmt: skip
        batch = self.poster.post.batch
        return {p.at: p for one in self.around for p in points_of(one, batch)}

    def refused(self, point: Point, what: str, code: str, hint: str) -> ImportRefused:
        """Return a refusal about the register."""
        path = self.poster.flows.meters.layout.path
        said = f"{path}:{point.line}: the register of meter {self.state.code} {what}"
        return ImportRefused(said, code=code, hint=hint)

    def advance(self, first: Point, last: Point) -> Advance | str:
        """Return what flowed between two points, or the reason why nobody can say."""
        day, line = self.zone.day(first.at), last.line or first.line
        revision = self.poster.flows.meters.revision(self.meter, day, line)
        ratio = self.poster.ratios.of(self.meter, self.unit, day, 0, line)
        return advance(first, last, Register(revision.digits, self.state.events), ratio)

    def row(self, group: list[Advance], profile: str | None = None) -> tuple[Any, ...]:
        """Return the entry of neighbouring advances."""
        first, last = group[0].first, group[-1].last
        lines = [p.line for a in group for p in (a.first, a.last) if p.line]
        day = self.zone.day(first.at)
        flow = self.poster.flows.of(self.meter, day)
        scale = self.poster.ratios.of(self.meter, self.unit, day, 0)
        cells = ",".join(json_number(a.recorded) for a in group)
        recorded = sum((a.recorded for a in group), Decimal(0))
        quantity = sum(a.quantity for a in group)
        if abs(quantity) >= LIMIT:
            raise self.refused(last, "advances by more than the ledger can hold",
                               "number-too-large", "check the unit and the multiplier")  # fmt: skip
        return (
            "reading", flow.meter_id, flow.source_id, flow.target_id, flow.commodity_id,
            first.at, last.at, day, self.zone.day(max(first.at, last.at - 1)),
            quantity, json_number(recorded), self.unit_name,
            group[0].seconds, f"[{cells}]" if profile is None else profile, scale.numerator,
            scale.denominator, json_number(first.shown), json_number(last.shown),
            _quality(group), None, None, min(lines, default=None), max(lines, default=None), None,
        )  # fmt: skip


def _quality(group: list[Advance]) -> str:
    """Return the flag of the readings that close the advances."""
    flags = {made.last.quality for made in group if made.last.quality}
    return "mixed" if len(flags) > 1 else next(iter(flags), "actual")


def _own(posted: dict[int, Point], point: Point) -> bool:
    known = posted.get(point.at)
    return known is not None and known.own


def _grouped(advances: list[Advance], step: int, zone: Zone) -> list[list[Advance]]:
    """Group advances into entries: equal steps of a local day; all else stands alone."""
    groups: list[list[Advance]] = []
    before: Advance | None = None
    for made in advances:
        plain = made.seconds == step and step < DAY and not made.turned
        joins = (
            before is not None
            and plain
            and before.last.at == made.first.at
            and zone.day(before.first.at) == zone.day(made.first.at)
        )
        if joins:
            groups[-1].append(made)
        else:
            groups.append([made])
        before = made if plain else None
    return groups


def _divides(one: PostedEntry, new: list[Point]) -> bool:
    """Tell whether new points lie within an entry, or replace one of its ends."""
    times = [p.at for p in new]
    low = bisect_right(times, one.start_utc)
    inside = bisect_left(times, one.end_utc) > low
    return inside or one.start_utc in times or one.end_utc in times


def _uncovered(points: list[Point], kept: list[PostedEntry]) -> list[Pair]:
    """Return neighbouring points between which nothing is posted."""
    spans = sorted((e.start_utc, e.end_utc) for e in kept if e.end_utc > e.start_utc)
    starts = [start for start, _ in spans]
    pairs = []
    for first, last in pairwise(points):
        place = bisect_right(starts, first.at) - 1
        if place < 0 or spans[place][1] < last.at:
            pairs.append((first, last))
    return pairs
