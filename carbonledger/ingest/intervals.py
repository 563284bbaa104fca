"""Meter-days into entries: new ones posted, equal ones skipped, unequal ones adjusted or listed."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from carbonledger.errors import ImportRefused
from carbonledger.ingest.clock import iso
from carbonledger.ingest.days import PackedDay, Packer, Runs, dates
from carbonledger.ingest.outcome import Conflict, Outcome
from carbonledger.ingest.posted import PostedEntry, Slot, numbers, posted_days, slots
from carbonledger.ingest.rows import Reading
from carbonledger.ingest.values import json_number, to_micro
from carbonledger.ledger.book import Posting
from carbonledger.ledger.schema import entry
from carbonledger.ledger.state import SiteState
from carbonledger.units import round_half_even

Ints = npt.NDArray[np.int64]


class MeterFlow(NamedTuple):
    """What a meter measures, as an entry names it."""

    meter: str
    meter_id: int
    source_id: int
    target_id: int
    commodity_id: int
    commodity: str
    unit: str
    recorded_unit: str


@dataclass(slots=True)
class IntervalPoster:
    """Posts the readings of meters that count the energy, or the mean power, of each interval.

    Attributes:
        post: the batch.
        site: accounts, commodities, meters.
        reading: state of the file.
        packer: packs days.
        adjust: reason for adjusting entries; None: unequal values are only listed.
        outcome: what was found.
    """

    post: Posting
    site: SiteState
    reading: Reading
    packer: Packer
    adjust: str | None
    outcome: Outcome
    _flows: dict[tuple[int, int], MeterFlow] = field(default_factory=dict)

    def take(self, runs: Runs) -> None:
        """Post the days of a block."""
        micros = self._micros(runs)
        days = list(self.packer.pack(runs))
        exact = self._exact_sums(runs, days, micros)
        meters = {self.reading.seen[d.meter].id for d in days}
        dates = [d.day for d in days]
        known = posted_days(self.post.connection, meters, min(dates), max(dates)) if days else {}
        rows = []
        for day, quantity in zip(days, exact, strict=True):
            self._count(day, quantity)
            entries = known.get((self.reading.seen[day.meter].id, day.day))
            if not entries:
                rows.append(self._row(day, quantity))
            elif self._same(day, entries):
                self.outcome.skipped += day.count
            else:
                rows += self._compared(day, entries)
        self._insert(rows)

    def _insert(self, rows: list[tuple[Any, ...]]) -> None:
        if not rows:
            return
        first = self.post.reserve(entry, len(rows))
        batch = self.post.batch
        self.post.insert_rows(entry, [(first + i, batch, *row) for i, row in enumerate(rows)])
        self.outcome.entries += len(rows)

    def _micros(self, runs: Runs) -> Ints:
        """Convert each reading on its own, so that sums do not depend on how files are split."""
        rows = runs.rows
        if len(self.reading.units) == 1:
            heads = self._ratios(runs.rows.meter[runs.first], rows.unit[runs.first], runs.day)
            if len(set(heads)) == 1:
                return _converted(rows.ints, heads[0], rows.decimals)
        sizes = runs.last - runs.first
        ratios = self._ratios(rows.meter, rows.unit, np.repeat(runs.day, sizes))
        micros = np.zeros(len(rows), np.int64)
        number = {ratio: i for i, ratio in enumerate(dict.fromkeys(ratios))}
        kind = np.array([number[ratio] for ratio in ratios], np.int64)
        for ratio, place in number.items():
            where = np.flatnonzero(kind == place)
            micros[where] = _converted(rows.ints[where], ratio, rows.decimals)
        return micros

    def _ratios(self, meters: Ints, units: Ints, days: Ints) -> list[Fraction]:
        known: dict[tuple[int, int, int], Fraction] = {}
        found = []
        for key in zip(meters.tolist(), units.tolist(), dates(days), strict=True):
            ratio = known.get(key)
            if ratio is None:
                ratio = known[key] = self.reading.ratio(*key)
            found.append(ratio)
        return found

    def _exact_sums(self, runs: Runs, days: list[PackedDay], micros: Ints) -> list[int]:
        if len(days) == len(runs):
            sums: list[int] = np.add.reduceat(micros, runs.first).tolist()
            if self.packer.doubles == 0 and not self.packer.faults:
                return sums
        return [self._sum_of(day) for day in days]

    def _sum_of(self, day: PackedDay) -> int:
        scale = self.reading.ratio(day.meter, day.unit, day.day)
        return sum(_micro(n, scale) for n in numbers(day.profile) if n is not None)

    def _count(self, day: PackedDay, quantity: int) -> None:
        flow = self._flow(day.meter, day.day)
        total = self.outcome.total(flow.meter, flow.commodity, flow.unit, day.interval)
        total.add(quantity, day.start, day.end, day.count)

    def _flow(self, index: int, day: int) -> MeterFlow:
        """Return what a meter measures on a day, in numbers of the ledger."""
        meter = self.reading.seen[index]
        revision = meter.on(day)
        if revision is None:
            raise ImportRefused(
                f"meter {meter.code} is declared from a later day than {day}",
                code="meter-unknown",
                hint="declare what it measured before (valid_from) in site.toml",
            )
        key = (index, revision.valid_from)
        if key not in self._flows:
            commodity = self.site.commodities[revision.commodity]
            self._flows[key] = MeterFlow(
                meter.code, meter.id, self.site.accounts[revision.source].id,
                self.site.accounts[revision.target].id, commodity.id, commodity.code,
                commodity.unit, revision.unit,
            )  # fmt: skip
        return self._flows[key]

    def _row(
        self, day: PackedDay, quantity: int, kind: str = "reading", corrects: int | None = None
    ) -> tuple[Any, ...]:
        flow = self._flow(day.meter, day.day)
        scale = self.reading.ratio(day.meter, day.unit, day.day)
        if kind == "reading":
            self.outcome.readings += day.count
        return (
            kind, flow.meter_id, flow.source_id, flow.target_id, flow.commodity_id,
            day.start, day.end, day.day, day.day, quantity, _decimal(day.total, day.decimals),
            self.reading.units[day.unit] or flow.recorded_unit, day.interval, day.profile,
            scale.numerator, scale.denominator, None, None,
            "mixed" if day.quality < 0 else self.reading.qualities[day.quality], None,
            self.adjust if kind == "adjustment" else None, day.line_first, day.line_last, corrects,
        )  # fmt: skip

    def _same(self, day: PackedDay, entries: list[PostedEntry]) -> bool:
        one = entries[0]
        return (
            len(entries) == 1
            and one.profile == day.profile
            and one.start_utc == day.start
            and one.interval_s == day.interval
            and one.scale == self.reading.ratio(day.meter, day.unit, day.day)
        )

    def _compared(self, day: PackedDay, entries: list[PostedEntry]) -> list[tuple[Any, ...]]:
        """Compare a day interval by interval with what is posted."""
        scale = self.reading.ratio(day.meter, day.unit, day.day)
        known = slots(entries)
        self._check_lengths(day, known)
        new: dict[int, Decimal] = {}
        changed: dict[int, tuple[Decimal, Slot]] = {}
        for place, number in enumerate(numbers(day.profile)):
            slot = known.get((day.start + place * day.interval, day.interval))
            if number is None:
                continue
            if slot is None or slot.live <= 0:
                new[place] = number
            elif slot.value == Fraction(number) * scale:
                self.outcome.skipped += 1
            else:
                changed[place] = (number, slot)
        rows = [self._of_places(day, new, scale)] if new else []
        if changed:
            rows += self._adjusted(day, changed, scale)
        return rows

    def _check_lengths(self, day: PackedDay, known: dict[tuple[int, int], Slot]) -> None:
        """Refuse a day that is posted in intervals of another length or at other instants."""
        for (start, length), slot in known.items():
            apart = start >= day.end or start + length <= day.start or slot.live <= 0
            if apart or (length == day.interval and (start - day.start) % length == 0):
                continue
            raise ImportRefused(
                f"meter {self.reading.seen[day.meter].code} is posted on {day.day} in intervals "
                f"of {length} s from {iso(start)}; this file has {day.interval} s from "
                f"{iso(day.start)} (line {day.line_first})",
                code="interval",
                hint="reverse the batch that posted them, or leave these days out",
            )

    def _of_places(self, day: PackedDay, new: dict[int, Decimal], scale: Fraction) -> tuple[Any, ...]:
        part = _part(day, {place: json_number(number) for place, number in new.items()})
        return self._row(part, sum(_micro(number, scale) for number in new.values()))

    def _adjusted(
        self, day: PackedDay, changed: dict[int, tuple[Decimal, Slot]], scale: Fraction
    ) -> list[tuple[Any, ...]]:
        if self.adjust is None:
            meter = self.reading.seen[day.meter]
            unit = self._flow(day.meter, day.day).unit
            for place, (number, slot) in changed.items():
                start = day.start + place * day.interval
                self.outcome.conflict(
                    Conflict(f"meter {meter.code}", start, slot.value, Fraction(number) * scale,
                             unit, day.line_first, slot.entry)
                )  # fmt: skip
            return []
        texts: dict[int, str] = {}
        quantity = 0
        for place, (number, slot) in changed.items():
            texts[place] = _difference(number, slot.value / scale)
            quantity += _micro(number, scale) - _round(slot.value)
        corrected = max(slot.entry for _, slot in changed.values())
        self.outcome.adjustments += len(changed)
        return [self._row(_part(day, texts), quantity, "adjustment", corrected)]


def _converted(ints: Ints, ratio: Fraction, decimals: int) -> Ints:
    return to_micro(ints, ratio.numerator, ratio.denominator, decimals)


def _micro(number: Decimal, scale: Fraction) -> int:
    return _round(Fraction(number) * scale)


def _round(value: Fraction) -> int:
    return round_half_even(value.numerator * 1_000_000, value.denominator)


def _difference(number: Decimal, posted: Fraction) -> str:
    """Return the difference as a JSON number; exact, as both are decimals of one scale."""
    exact = Fraction(number) - posted
    made = Decimal(exact.numerator) / Decimal(exact.denominator)
    return json_number(made)


def _part(day: PackedDay, texts: dict[int, str]) -> PackedDay:
    """Return the day with only some of its intervals."""
    low, high = min(texts), max(texts) + 1
    cells = [texts.get(place, "null") for place in range(low, high)]
    total = sum((Decimal(text) for text in texts.values()), Decimal(0))
    decimals = max(0, -int(total.as_tuple().exponent))
    return PackedDay(
        day.meter, day.day, day.start + low * day.interval, day.start + high * day.interval,
        day.interval, "[" + ",".join(cells) + "]", int(total.scaleb(decimals)), decimals,
        len(texts), day.unit, day.quality, day.line_first, day.line_last,
    )  # fmt: skip


def _decimal(total: int, decimals: int) -> str:
    if not decimals:
        return str(total)
    sign, digits = ("-" if total < 0 else ""), str(abs(total)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"

