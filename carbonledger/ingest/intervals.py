"""Meter-days into entries: new ones posted, equal ones skipped, unequal ones adjusted or listed."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby
from operator import attrgetter
from typing import Any

from carbonledger.errors import ImportRefused
from carbonledger.ingest.adjusting import Changed, adjustments
from carbonledger.ingest.days import DAY, Runs
from carbonledger.ingest.flows import Flow, Flows
from carbonledger.ingest.guesses import ESTIMATE, free_day
from carbonledger.ingest.micros import micros
from carbonledger.ingest.noticed import Noticed
from carbonledger.ingest.outcome import Conflict, MeterTotal, Outcome
from carbonledger.ingest.packing import MIXED, PackedDay, Packer
from carbonledger.ingest.posted import Posted, PostedEntry, slots
from carbonledger.ingest.ratios import Ratios
from carbonledger.ingest.same_day import check_lengths, compare, part
from carbonledger.ingest.scale import micro
from carbonledger.ingest.values import json_number
from carbonledger.ingest.zone import zone_for
from carbonledger.ledger.book import Posting
from carbonledger.ledger.schema import entry

ALIKE = attrgetter("meter", "unit", "interval")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What entries have in common: the flow, the scale and unit of their values, their total."""

    flow: Flow
    scale: Fraction
    unit: str
    total: MeterTotal

    def add(self, day: PackedDay, quantity: int, values: int) -> None:
        """Add values of a day to the total of the file."""
        self.total.add(quantity, day.start, day.end, values, values * day.interval)


@dataclass(slots=True)
class IntervalPoster:
    """Posts the readings of meters that count the energy, or the mean power, of each interval.

    Attributes:
        post: the batch.
        flows: what the meters measure.
        ratios: units of the file.
        packer: packs days.
        qualities: flags by number.
        adjust: reason for adjusting entries; None: unequal values are only listed.
        outcome: what was found.
        posted: what the ledger holds.
        noticed: takes the figures of the days for the validation.
    """

    post: Posting
    flows: Flows
    ratios: Ratios
    packer: Packer
    qualities: list[str]
    adjust: str | None
    outcome: Outcome
    posted: Posted
    noticed: Noticed
    _kinds: dict[tuple[int, int, int], "_Kind"] = field(default_factory=dict)

    def take(self, runs: Runs) -> None:
        """Post the days of a block.

        Raises:
            ImportRefused: a day is posted in intervals that do not fit the file's, a unit does not
                fit the meter, or a quantity is too large.
        """
        micro = micros(runs, self.ratios)
        days = list(self.packer.pack(runs, micro))
        self.noticed.days(runs, micro)
        rows: list[tuple[Any, ...]] = []
        known = self._posted(days)
        if not known and not self.posted.long and int(runs.rows.seconds.max()) <= DAY:
            self._insert(self._first_time(days))
            return
        for day in days:
            kind = self._kind(day)
            entries = known.get((kind.flow.meter_id, day.day)) if known else None
            if entries and any(e.kind == ESTIMATE for e in entries):
                entries = self._freed(day, entries)
            self._refuse_overlaps(day, kind.flow.meter_id, known)
            if entries:
                rows += self._compared(day, kind, entries)
                continue
            rows.append(self._row(day, self._counted(day)))
        self._insert(rows)

    def _first_time(self, days: list[PackedDay]) -> list[tuple[Any, ...]]:
        """Return the entries of days of which the ledger holds nothing, those alike at once."""
        rows: list[tuple[Any, ...]] = []
        for (meter, _, interval), group in groupby(days, ALIKE):
            alike = list(group)
            if len(self.flows.meters.seen[meter].revisions) > 1:
                # From one day to the next it may measure something else.
                rows += [self._row(day, self._counted(day)) for day in alike]
                continue
            kind, values = self._kind(alike[0]), sum(day.values for day in alike)
            quantity = sum(day.quantity for day in alike)
            kind.total.add(quantity, alike[0].start, alike[-1].end, values, values * interval)
            self.outcome.readings += values
            rows += self._rows(alike, kind)
        return rows

    def _counted(self, day: PackedDay) -> "_Kind":
        """Add a new day to the totals."""
        kind = self._kind(day)
        kind.add(day, day.quantity, day.values)
        self.outcome.readings += day.values
        return kind

    def _rows(self, alike: list[PackedDay], kind: "_Kind") -> list[tuple[Any, ...]]:
        """Return the entries of days of one meter in one unit, none of them over a day long.

        This is `_row` for very many: a year of a plant has a hundred thousand days of meters.
        """
        flow, unit = kind.flow, kind.unit
        named = {**dict(enumerate(self.qualities)), MIXED: "mixed"}
        of = (flow.meter_id, flow.source_id, flow.target_id, flow.commodity_id)
        num, den = kind.scale.as_integer_ratio()
        return [
            ("reading", *of, start, end, day, day, quantity, _decimal(total, decimals), unit,
             interval, profile, num, den, None, None, named[quality], None, None, first, last, None)
            for _, day, start, end, interval, profile, quantity, total, decimals, _, _, quality,
            first, last in alike
        ]  # fmt: skip

    def _freed(self, day: PackedDay, entries: list[PostedEntry]) -> list[PostedEntry]:
        """Let estimates give way to the values of a day; return what is posted then."""
        freed = free_day(self.post, day, entries)
        self.outcome.replaced += freed.replaced
        self.outcome.entries += freed.posted
        return freed.entries

    def _posted(self, days: list[PackedDay]) -> dict[tuple[int, int], list[PostedEntry]]:
        spans: dict[int, tuple[int, int]] = {}
        # Days come in order within each meter.
        for meter, of_meter in groupby(days, attrgetter("meter")):
            span = list(of_meter)
            last = max(self._last_day(d) if d.interval > DAY else d.day for d in span)
            spans[self.flows.meters.seen[meter].id] = (span[0].day, last)
        return self.posted.days(spans)

    def _refuse_overlaps(
        self, day: PackedDay, meter: int, known: dict[tuple[int, int], list[PostedEntry]]
    ) -> None:
        """Refuse what would count twice: a day within a posted month, or a month over posted days.

        Raises:
            ImportRefused: the same time is posted in intervals of another length.
        """
        others = list(self.posted.long.get(meter, ()))
        if day.interval > DAY:
            last = self._last_day(day)
            others += [
                one
                for (number, first), entries in known.items()
                if number == meter and day.day < first <= last
                for one in entries
            ]
        if others:
            check_lengths(day, slots(others), self._refused)

    def _insert(self, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            first, batch = self.post.reserve(entry, len(rows)), self.post.batch
            self.post.insert_rows(entry, [(first + i, batch, *row) for i, row in enumerate(rows)])
            self.outcome.entries += len(rows)

    def _kind(self, day: PackedDay) -> "_Kind":
        """Return what the entries of a day have in common with those of other days."""
        key = (day.meter, day.unit, day.interval)
        known = self._kinds.get(key)
        if known is not None:
            return known
        flow = self.flows.of(day.meter, day.day, day.line_first)
        scale = self.ratios.of(day.meter, day.unit, day.day, day.interval, day.line_first)
        unit = self.ratios.symbols[day.unit] or flow.meter_unit
        total = self.outcome.total(flow.meter, flow.commodity, flow.unit)
        made = _Kind(flow, scale, unit, total)
        if len(self.flows.meters.seen[day.meter].revisions) == 1:
            self._kinds[key] = made
        return made

    def _row(self, day: PackedDay, kind: "_Kind", corrects: int | None = None) -> tuple[Any, ...]:
        """Return an entry; one that corrects another is an adjustment."""
        flow, scale = kind.flow, kind.scale
        what, note = ("adjustment", self.adjust) if corrects else ("reading", None)
        return (
            what, flow.meter_id, flow.source_id, flow.target_id, flow.commodity_id,
            day.start, day.end, day.day,
            day.day if day.interval <= DAY else self._last_day(day), day.quantity,
            _decimal(day.total, day.decimals), kind.unit, day.interval, day.profile,
            *scale.as_integer_ratio(), None, None,
            "mixed" if day.quality == MIXED else self.qualities[day.quality], None, note,
            day.line_first, day.line_last, corrects,
        )  # fmt: skip

    def _last_day(self, day: PackedDay) -> int:
        name = self.flows.meters.zone(day.meter)
        return zone_for(name, day.end, day.end).day(day.end - 1)

    def _compared(
        self, day: PackedDay, kind: "_Kind", entries: list[PostedEntry]
    ) -> list[tuple[Any, ...]]:
        """Post what the ledger does not hold of a day, and the differences if that is wanted."""
        found = compare(day, entries, kind.scale, self.post.batch, self._refused)
        self.outcome.skipped += found.equal
        self.outcome.doubles += found.doubles
        if found.doubles:
            self._note("duplicate", day, found.doubles)
        if found.values:
            kind.add(day, found.counted, found.values)
        rows = []
        if found.new:
            self.outcome.readings += len(found.new)
            texts = {place: json_number(number) for place, number in found.new.items()}
            quantity = sum(micro(Fraction(n) * kind.scale) for n in found.new.values())
            rows.append(self._row(part(day, texts, quantity), kind))
        if found.changed:
            rows += self._changed(day, kind, found.changed)
        return rows

    def _note(self, kind: str, day: PackedDay, count: int) -> None:
        lines = (day.line_first, day.line_last)
        self.noticed.note(day.meter, kind, count, (day.start, day.end), lines)

    def _refused(self, day: PackedDay, what: str, code: str, hint: str) -> ImportRefused:
        meter = self.flows.meters.seen[day.meter].code
        path = self.flows.meters.layout.path
        where = f"{path}:{day.line_first}"
        return ImportRefused(f"{where}: meter {meter} {what}", code=code, hint=hint)

    def _changed(self, day: PackedDay, kind: "_Kind", changed: Changed) -> list[tuple[Any, ...]]:
        """Post the differences as adjusting entries, or list them."""
        if self.adjust is not None:
            self.outcome.adjustments += len(changed)
            self._note("conflict_posted", day, len(changed))
            corrects = max(slot.entry for _, slot in changed.values())
            return [
                self._row(a.day, replace(kind, scale=a.scale, unit=a.unit), corrects)
                for a in adjustments(day, changed, kind.scale, kind.unit)
            ]
        for place, (number, slot) in changed.items():
            start = day.start + place * day.interval
            found = Fraction(number) * kind.scale
            where = f"meter {kind.flow.meter}"
            self.outcome.conflict(
                Conflict(where, start, slot.value, found, kind.flow.unit, day.line_first,
                         slot.entry)
            )  # fmt: skip
        return []


def _decimal(total: int, decimals: int) -> str:
    """Return a scaled integer as decimal text, without trailing zeros."""
    if not decimals:
        return str(total)
    sign, digits = ("-" if total < 0 else ""), str(abs(total)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}".rstrip("0").rstrip(".")
