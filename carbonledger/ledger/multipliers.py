"""By what factor the register of a meter counts, from instant to instant.

A multiplier is declared with the meter, from a day on, or changed by an event at an instant. A
later declaration takes over only where it changes the multiplier of the one before it: a meter that
was moved and declared again with the factor it had is still the meter with the new transformer.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from carbonledger.ledger.state import MeterEvent, MeterState

MULTIPLIER = "multiplier"
CALIBRATION = "calibration"


@dataclass(frozen=True, slots=True)
class Multipliers:
    """The factors of a register over time.

    Attributes:
        changes: instants of the changes, seconds UTC, ascending.
        values: the factor before the first change, and that after each.
    """

    changes: tuple[int, ...]
    values: tuple[Decimal, ...]

    def at(self, instant: int) -> Decimal:
        """Return the factor that holds from an instant on."""
        return self.values[bisect_right(self.changes, instant)]

    def within(self, low: int, high: int) -> tuple[int, ...]:
        """Return the changes strictly between two instants."""
        return self.changes[bisect_right(self.changes, low) : bisect_left(self.changes, high)]

    def until(self, instant: int) -> int | None:
        """Return the first change after an instant; None when there is none."""
        place = bisect_right(self.changes, instant)
        return self.changes[place] if place < len(self.changes) else None


@lru_cache(maxsize=4096)
def multipliers(meter: MeterState) -> Multipliers:
    """Return the factors of a meter: as declared, and as events changed them."""
    declared = {
        _midnight(later.valid_from, later.timezone): later.multiplier
        for earlier, later in pairwise(meter.revisions)
        if earlier.multiplier != later.multiplier
    }
    events = {
        event.at: event.multiplier
        for event in meter.events
        if event.kind == MULTIPLIER and event.multiplier is not None
    }
    changes = sorted((declared | events).items())
    first = meter.revisions[0].multiplier
    return Multipliers(
        tuple(instant for instant, _ in changes), (first, *(value for _, value in changes))
    )


def _midnight(day: int, zone: str) -> int:
    """Return the start of a local day (yyyymmdd), seconds UTC."""
    moment = date(day // 10_000, day // 100 % 100, day % 100)
    return int(datetime.combine(moment, time(), ZoneInfo(zone)).timestamp())


def calibration(meter: MeterState, instant: int) -> MeterEvent | None:
    """Return the last calibration of a meter up to an instant; None when there was none."""
    held = [e for e in meter.events if e.kind == CALIBRATION and e.at <= instant]
    return held[-1] if held else None


def expired(meter: MeterState, instant: int) -> bool:
    """Tell whether the last calibration of a meter has lost its validity at an instant.

    A meter that was never calibrated, or whose calibration states no end, is not expired.
    """
    held = calibration(meter, instant)
    return held is not None and held.expires is not None and held.expires <= instant
