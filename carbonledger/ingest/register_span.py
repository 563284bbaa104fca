"""The readings of one register in a block, with what the ledger holds around them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import ImportRefused
from carbonledger.ingest.flows import Flows
from carbonledger.ingest.points import Advance, Point, Register, advance
from carbonledger.ingest.posted import PostedEntry
from carbonledger.ingest.ratios import Ratios
from carbonledger.ingest.register_posted import entries_around, points_of
from carbonledger.ingest.scale import LIMIT
from carbonledger.ingest.values import json_number
from carbonledger.ingest.zone import Zone, zone_for
from carbonledger.ledger.multipliers import multipliers
from carbonledger.ledger.state import MeterState

Key = tuple[int, int]


@dataclass(slots=True)
class Span:
    """A stretch of time of one register.

    Attributes:
        flows: what the meters measure.
        ratios: units of the file.
        key: numbers of the meter and of the unit.
        points: readings of the file, ascending.
        connection: to the ledger.
        since: where the stretch begins: before the first reading when some waited for it.
        known: posted readings between which nothing is posted any more.
        around: entries of the ledger that touch the stretch, and the nearest on either side.
        meter: the meter.
        zone: its clock.
        unit: unit of the readings.
    """

    flows: Flows
    ratios: Ratios
    key: Key
    points: Sequence[Point]
    connection: sa.Connection
    since: int
    known: Sequence[Point] = ()
    around: list[PostedEntry] = field(init=False)
    meter: MeterState = field(init=False)
    zone: Zone = field(init=False)
    unit: str = field(init=False)

    def __post_init__(self) -> None:
        first, last = self.points[0], self.points[-1]
        self.meter = self.flows.meters.seen[self.key[0]]
        self.around = entries_around(self.connection, self.meter.id, self.since, last.at)
        low = min([first.at, *(e.start_utc for e in self.around)])
        high = max([last.at, *(e.end_utc for e in self.around)])
        self.zone = zone_for(self.flows.meters.zone(self.key[0]), low, high)
        flow = self.flows.of(self.key[0], self.zone.day(first.at), first.line)
        self.unit = self.ratios.symbols[self.key[1]] or flow.meter_unit

    def posted(self) -> dict[int, Point]:
        """Return the posted readings by instant.

        Raises:
            ImportRefused: they are in another unit than the file's.
        """
        other = {e.recorded_unit for e in self.around} - {self.unit}
        if other:
            what = f"is posted in {other.pop()}, this file has {self.unit}"
            hint = "state the unit of the readings in the profile: unit"
            raise self.refused(self.points[0], what, "unit-register", hint)
        return {p.at: p for p in self.known} | {
            p.at: p for one in self.around for p in points_of(one)
        }

    def refused(self, point: Point, what: str, code: str, hint: str) -> ImportRefused:
        """Return a refusal about the register."""
        where = f"{self.flows.meters.layout.path}:{point.line}"
        return ImportRefused(
            f"{where}: the register of meter {self.meter.code} {what}", code=code, hint=hint
        )

    def contradicts(self, point: Point) -> ImportRefused:
        """Return the refusal of a file that shows two values at one instant, far apart."""
        where = f"{self.flows.meters.layout.path}:{point.line}"
        return ImportRefused(
            f"{where}: the register of meter {self.meter.code} shows different values at one "
            "instant, far apart in one file",
            code="contradiction",
            hint="correct the file",
        )

    def advance(self, first: Point, last: Point) -> Advance | str:
        """Return what flowed between two points, or the reason why nobody can say."""
        day, line = self.zone.day(first.at), last.line or first.line
        revision = self.flows.meters.revision(self.key[0], day, line)
        ratio = self.ratios.of(*self.key, day, 0, line)
        factors = multipliers(self.meter)
        return advance(first, last, Register(revision.digits, self.meter.events, ratio, factors))

    def begun(self, point: Point) -> Advance:
        """Return the interval without length in which a register is first read."""
        scale = self.ratios.of(*self.key, self.zone.day(point.at), 0, point.line)
        factor = multipliers(self.meter).at(point.at)
        return Advance(point, point, Decimal(0), 0, scale * Fraction(factor))

    def row(self, group: Sequence[Advance], profile: str | None = None) -> tuple[Any, ...]:
        """Return the entry of neighbouring advances.

        Raises:
            ImportRefused: more flowed than the ledger can hold.
        """
        first, last = group[0].first, group[-1].last
        lines = [p.line for a in group for p in (a.first, a.last) if p.line]
        day = self.zone.day(first.at)
        flow = self.flows.of(self.key[0], day)
        scale = group[0].scale
        cells = ",".join(json_number(a.recorded) for a in group)
        recorded = sum((a.recorded for a in group), Decimal(0))
        quantity = sum(a.quantity for a in group)
        if abs(quantity) >= LIMIT:
            what, hint = "advances by more than the ledger can hold", "check the unit"
            raise self.refused(last, what, "number-too-large", hint)
        return (
            "reading", flow.meter_id, flow.source_id, flow.target_id, flow.commodity_id,
            first.at, last.at, day, self.zone.day(max(first.at, last.at - 1)), quantity,
            json_number(recorded), self.unit, group[0].seconds,
            f"[{cells}]" if profile is None else profile, scale.numerator, scale.denominator,
            json_number(first.shown), json_number(last.shown), _quality(group), None, None,
            min(lines, default=None), max(lines, default=None), None,
        )  # fmt: skip


def _quality(group: Sequence[Advance]) -> str:
    """Return the flag of the readings that close the advances."""
    flags = {made.last.quality for made in group if made.last.quality}
    return "mixed" if len(flags) > 1 else next(iter(flags), "actual")
