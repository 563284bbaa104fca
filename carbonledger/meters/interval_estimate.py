"""Gaps of meters that report intervals, and the entries that fill them."""

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from carbonledger.estimation.clock import Clock
from carbonledger.estimation.methods import Estimate
from carbonledger.ingest.turning import Row
from carbonledger.ingest.values import json_number
from carbonledger.ledger.state import MeterState, SiteState
from carbonledger.meters.held import DAY, Held
from carbonledger.units import from_micro


def missing_intervals(mine: Held, low: int, high: int, clock: Clock) -> list[int]:
    """Return the starts of the intervals in a span for which nothing is posted."""
    taken = mine.taken()
    starts = [start for start, _ in taken]
    found = []
    for start, end in _grid(mine, low, high, clock):
        place = bisect_right(starts, start)
        before = place > 0 and taken[place - 1][1] > start
        behind = place < len(taken) and taken[place][0] < end
        if not (before or behind):
            found.append(start)
    return found


def _grid(mine: Held, low: int, high: int, clock: Clock) -> list[tuple[int, int]]:
    """Return the intervals that a span has for a meter, where its posted ones lie."""
    if mine.step == DAY:
        first, last = clock.number(clock.day(low)), clock.number(clock.day(high))
        edges = [clock.midnight(clock.of_number(n)) for n in range(first, last + 2)]
        return [(a, b) for a, b in pairwise(edges) if a >= low and b <= high]
    phases = Counter(start % mine.step for start, length in mine.slots if length == mine.step)
    phase = max(phases, key=lambda p: (phases[p], -p))
    first = low + (phase - low) % mine.step
    return [(at, at + mine.step) for at in range(first, high - mine.step + 1, mine.step)]


@dataclass(frozen=True, slots=True)
class Filled:
    """How estimated intervals become entries: one a local day, in the canonical unit.

    Attributes:
        state: accounts and commodities.
        meter: the meter.
        step: length of an interval, seconds; 86400: local days.
        clock: local time of the meter.
        note: which method.
    """

    state: SiteState
    meter: MeterState
    step: int
    clock: Clock
    note: str

    def rows(self, made: Estimate) -> list[Row]:
        """Return the entries of an estimate."""
        days: dict[int, list[int]] = {}
        for at in sorted(made.values):
            days.setdefault(self.clock.day(at), []).append(at)
        return [self._row(day, {at: made.values[at] for at in days[day]}) for day in sorted(days)]

    def _row(self, day: int, values: dict[int, int]) -> Row:
        first, last, length = min(values), max(values), self._length(day)
        cells = [
            _text(values[at]) if at in values else "null" for at in range(first, last + 1, length)
        ]
        revision = self.meter.on(day) or self.meter.revisions[0]
        commodity = self.state.commodities[revision.commodity]
        total = sum(values.values())
        return {
            "kind": "estimate", "meter_id": self.meter.id,
            "from_account_id": self.state.accounts[revision.source].id,
            "to_account_id": self.state.accounts[revision.target].id,
            "commodity_id": commodity.id, "start_utc": first, "end_utc": last + length,
            "first_day": day, "last_day": day, "quantity": total,
            "recorded_quantity": _text(total), "recorded_unit": commodity.unit,
            "interval_s": length, "profile": "[" + ",".join(cells) + "]",
            "scale_num": 1, "scale_den": 1, "quality": "estimated", "note": self.note,
        }  # fmt: skip

    def _length(self, day: int) -> int:
        """Return the length of an interval; a day of a clock change is shorter or longer."""
        if self.step != DAY:
            return self.step
        after = self.clock.of_number(self.clock.number(day) + 1)
        return self.clock.midnight(after) - self.clock.midnight(day)


def _text(micros: int) -> str:
    return json_number(from_micro(micros))
