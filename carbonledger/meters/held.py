"""What is posted of a meter in a span of time, value by value."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from carbonledger.estimation.clock import Clock
from carbonledger.ingest.posted import Slot, posted_days, slots
from carbonledger.ingest.scale import micro
from carbonledger.ledger.state import MeterState

DAY = 86_400
# A clock change makes a day longer or shorter by so much at the most.
CHANGE = 7200


@dataclass(frozen=True, slots=True)
class Held:
    """Values of a meter.

    Attributes:
        slots: what is posted, by start and length of the interval; nothing that was taken back.
        step: usual length of an interval, seconds; 86400: local days; 0: nothing is posted.
    """

    slots: Mapping[tuple[int, int], Slot]
    step: int

    def actual(self) -> dict[int, int]:
        """Return the actual values of the usual length, millionths by start."""
        return {
            start: micro(slot.value)
            for (start, length), slot in self.slots.items()
            if slot.guessed <= 0 and fits(length, self.step)
        }

    def taken(self) -> list[tuple[int, int]]:
        """Return the times for which something is posted, ascending."""
        return sorted((start, start + length) for start, length in self.slots)

    def in_steps_of(self, step: int, clock: Clock) -> dict[int, int]:
        """Return actual values in intervals of another meter; shorter ones are added up."""
        actual = self.actual()
        if self.step == step or not self.step or step % self.step:
            return actual if self.step == step else {}
        whole: dict[int, list[int]] = {}
        for start, value in actual.items():
            second = clock.second(start) % step
            whole.setdefault(start - second, []).append(value)
        count = step // self.step
        return {start: sum(parts) for start, parts in whole.items() if len(parts) == count}


def fits(length: int, step: int) -> bool:
    """Tell whether an interval has the usual length; days have 23 to 25 hours."""
    return length == step or (step == DAY and abs(length - DAY) <= CHANGE)


def held(connection: sa.Connection, meter: MeterState, low: int, high: int, clock: Clock) -> Held:
    """Read what is posted of a meter between two instants."""
    first, last = clock.day(low), clock.day(high)
    days = posted_days(connection, {meter.id: (first, last)})
    entries = sorted((one for found in days.values() for one in found), key=lambda e: e.id)
    live = {key: slot for key, slot in slots(entries).items() if slot.live > 0 and key[1] > 0}
    lengths = Counter(DAY if fits(length, DAY) else length for _, length in live)
    step = max(lengths, key=lambda length: (lengths[length], -length), default=0)
    return Held(live, step)
