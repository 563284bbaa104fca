"""Meter-days into entries: new ones posted, equal ones skipped, unequal ones adjusted or listed."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from carbonledger.errors import ImportRefused, NumberRefused
from carbonledger.ingest.adjusting import Changed, adjustments
from carbonledger.ingest.days import DAY, Runs
from carbonledger.ingest.flows import Flows
from carbonledger.ingest.outcome import Conflict, Outcome
from carbonledger.ingest.packing import MIXED, PackedDay, Packer, dates
from carbonledger.ingest.posted import PostedEntry, posted_days
from carbonledger.ingest.ratios import Ratios
from carbonledger.ingest.same_day import compare, part
from carbonledger.ingest.scale import micro, to_micro
from carbonledger.ingest.values import json_number
from carbonledger.ingest.zone import zone_for
from carbonledger.ledger.book import Posting
from carbonledger.ledger.schema import entry

Ints = npt.NDArray[np.int64]


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
    """

    post: Posting
    flows: Flows
    ratios: Ratios
    packer: Packer
    qualities: list[str]
    adjust: str | None
    outcome: Outcome

    def take(self, runs: Runs) -> None:
        """Post the days of a block.

        Raises:
            ImportRefused: a day is posted in intervals that do not fit the file's, a unit does not
                fit the meter, or a quantity is too large.
        """
        days = [day for day in self.packer.pack(runs, self._micros(runs)) if day.count]
        rows: list[tuple[Any, ...]] = []
        known = self._posted(days)
        for day in days:
            entries = known.get((self.flows.of(day.meter, day.day).meter_id, day.day))
            if entries:
                rows += self._compared(day, entries)
                continue
            self._count(day, day.quantity, day.count)
            self.outcome.readings += day.count
            rows.append(self._row(day, self._scale(day), self._unit(day)))
        self._insert(rows)

    def _posted(self, days: list[PackedDay]) -> dict[tuple[int, int], list[PostedEntry]]:
        meters = {day.meter for day in days}
        ids = {self.flows.meters.seen[meter].id for meter in meters}
        span = [day.day for day in days]
        return posted_days(self.post.connection, ids, min(span), max(span)) if days else {}

    def _insert(self, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            first, batch = self.post.reserve(entry, len(rows)), self.post.batch
            self.post.insert_rows(entry, [(first + i, batch, *row) for i, row in enumerate(rows)])
            self.outcome.entries += len(rows)

    def _micros(self, runs: Runs) -> Ints:
        """Convert each reading on its own, so that sums do not depend on how files are split."""
        rows = runs.rows
        heads = self._ratios(runs, runs.first, runs.day)
        uniform = len(self.ratios.symbols) == 1 and len(set(heads)) == 1
        if uniform and (rows.seconds == rows.seconds[0]).all():
            return self._converted(runs, np.arange(len(rows)), heads[0], whole=True)
        every = np.arange(len(rows))
        ratios = self._ratios(runs, every, np.repeat(runs.day, runs.last - runs.first))
        number = {ratio: place for place, ratio in enumerate(dict.fromkeys(ratios))}
        kind = np.array([number[ratio] for ratio in ratios], np.int64)
        micros = np.zeros(len(rows), np.int64)
        for ratio, place in number.items():
            where = np.flatnonzero(kind == place)
            micros[where] = self._converted(runs, where, ratio, whole=False)
        return micros

    def _converted(self, runs: Runs, where: Ints, ratio: Fraction, *, whole: bool) -> Ints:
        rows = runs.rows
        ints = rows.ints if whole else rows.ints[where]
        try:
            return to_micro(ints, ratio, rows.decimals)
        except NumberRefused as error:
            worst = int(where[int(np.argmax(np.abs(ints)))])
            path = self.flows.meters.layout.path
            raise ImportRefused(
                f"{path}:{int(rows.line[worst])}: {error.message}", code=error.code, hint=error.hint
            ) from error

    def _ratios(self, runs: Runs, where: Ints, days: Ints) -> list[Fraction]:
        rows = runs.rows
        keys = zip(rows.meter[where].tolist(), rows.unit[where].tolist(), dates(days),
                   rows.seconds[where].tolist(), rows.line[where].tolist(), strict=True)  # fmt: skip
        of = self.ratios.of
        return [of(*key) for key in keys]

    def _count(self, day: PackedDay, quantity: int, values: int) -> None:
        flow = self.flows.of(day.meter, day.day)
        total = self.outcome.total(flow.meter, flow.commodity, flow.unit)
        total.add(quantity, day.start, day.end, values, values * day.interval)

    def _scale(self, day: PackedDay) -> Fraction:
        return self.ratios.of(day.meter, day.unit, day.day, day.interval, day.line_first)

    def _row(
        self, day: PackedDay, scale: Fraction, unit: str, corrects: int | None = None
    ) -> tuple[Any, ...]:
        """Return an entry; one that corrects another is an adjustment."""
        flow = self.flows.of(day.meter, day.day, day.line_first)
        kind, note = ("adjustment", self.adjust) if corrects else ("reading", None)
        return (
            kind, flow.meter_id, flow.source_id, flow.target_id, flow.commodity_id,
            day.start, day.end, day.day, self._last_day(day), day.quantity,
            _decimal(day.total, day.decimals), unit, day.interval, day.profile, scale.numerator,
            scale.denominator, None, None,
            "mixed" if day.quality == MIXED else self.qualities[day.quality], None, note,
            day.line_first, day.line_last, corrects,
        )  # fmt: skip

    def _unit(self, day: PackedDay) -> str:
        return self.ratios.symbols[day.unit] or self.flows.of(day.meter, day.day).meter_unit

    def _last_day(self, day: PackedDay) -> int:
        if day.interval <= DAY:
            return day.day
        name = self.flows.meters.zone(day.meter)
        return zone_for(name, day.end, day.end).day(day.end - 1)

    def _compared(self, day: PackedDay, entries: list[PostedEntry]) -> list[tuple[Any, ...]]:
        """Post what the ledger does not hold of a day, and the differences if that is wanted."""
        scale = self._scale(day)
        found = compare(day, entries, scale, self.post.batch, self._refused)
        self.outcome.skipped += found.equal
        self.outcome.doubles += found.doubles
        if found.values:
            self._count(day, found.counted, found.values)
        rows = []
        if found.new:
            self.outcome.readings += len(found.new)
            texts = {place: json_number(number) for place, number in found.new.items()}
            quantity = sum(micro(Fraction(n) * scale) for n in found.new.values())
            rows.append(self._row(part(day, texts, quantity), scale, self._unit(day)))
        if found.changed:
            rows += self._changed(day, found.changed, scale)
        return rows

    def _refused(self, day: PackedDay, what: str, code: str, hint: str) -> ImportRefused:
        meter = self.flows.meters.seen[day.meter].code
        path = self.flows.meters.layout.path
        where = f"{path}:{day.line_first}"
        return ImportRefused(f"{where}: meter {meter} {what}", code=code, hint=hint)

    def _changed(
        self, day: PackedDay, changed: Changed, scale: Fraction
    ) -> list[tuple[Any, ...]]:
        """Post the differences as adjusting entries, or list them."""
        if self.adjust is not None:
            self.outcome.adjustments += len(changed)
            corrects = max(slot.entry for _, slot in changed.values())
            made = adjustments(day, changed, scale, self._unit(day))
            return [self._row(a.day, a.scale, a.unit, corrects) for a in made]
        flow = self.flows.of(day.meter, day.day)
        for place, (number, slot) in changed.items():
            start = day.start + place * day.interval
            self.outcome.conflict(
                Conflict(f"meter {flow.meter}", start, slot.value, Fraction(number) * scale,
                         flow.unit, day.line_first, slot.entry)
            )  # fmt: skip
        return []


def _decimal(total: int, decimals: int) -> str:
    if not decimals:
        return str(total)
    sign, digits = ("-" if total < 0 else ""), str(abs(total)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"
