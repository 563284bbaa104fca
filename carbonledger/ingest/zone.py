"""Wall clocks into instants, with the hours that clocks skip and repeat.

A skipped hour does not exist: a stamp in it is a fault. A repeated hour is two hours: the order of
the rows tells the first from the second, also when the second stands later in the file.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
DAY = 86400
MARGIN = 2 * DAY


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the clock.

    Attributes:
        instant: when, seconds UTC.
        before, after: offsets from UTC in seconds.
    """

    instant: int
    before: int
    after: int

    @property
    def first(self) -> int:
        """Wall clock at which the skipped or repeated time starts."""
        return self.instant + min(self.before, self.after)

    @property
    def last(self) -> int:
        """Wall clock at which it ends (exclusive)."""
        return self.instant + max(self.before, self.after)


@cache
def _year(zone: str, year: int) -> tuple[Change, ...]:
    """Find the changes of a calendar year by halving the days on which the offset changes."""
    tz = ZoneInfo(zone)

    def offset(instant: int) -> int:
        moment = datetime.fromtimestamp(instant, UTC).astimezone(tz)
        return int((moment.utcoffset() or timedelta()).total_seconds())

    start = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp())
    found = []
    for low in range(start, end, DAY):
        high = min(low + DAY, end)
        before, after = offset(low), offset(high)
        if before != after:
            found.append(Change(_halved(offset, low, high), before, after))
    return tuple(found)


def _halved(offset: object, low: int, high: int) -> int:
    before = offset(low)  # type: ignore[operator]
    while high - low > 1:
        middle = (low + high) // 2
        if offset(middle) == before:  # type: ignore[operator]
            low = middle
        else:
            high = middle
    return high


@dataclass(frozen=True, slots=True)
class Zone:
    """The clock of a zone over a span of time.

    Attributes:
        name: IANA name.
        changes: clock changes within the span, ascending.
        base: offset before the first of them.
    """

    name: str
    changes: tuple[Change, ...]
    base: int

    @property
    def steady(self) -> bool:
        """Whether the clock never changes within the span."""
        return not self.changes

    def offsets(self, instants: Ints) -> Ints:
        """Return the offset from UTC at each instant."""
        if self.steady:
            return np.full(len(instants), self.base, np.int64)
        steps = np.array([c.instant for c in self.changes], np.int64)
        table = np.array([self.base, *(c.after for c in self.changes)], np.int64)
        return table[np.searchsorted(steps, instants, "right")]

    def offset(self, instant: int) -> int:
        """Return the offset from UTC at an instant."""
        place = bisect_right([c.instant for c in self.changes], instant)
        return self.changes[place - 1].after if place else self.base


@cache
def _zone(name: str, first: int, last: int) -> Zone:
    changes = tuple(c for year in range(first, last + 1) for c in _year(name, year))
    if changes:
        return Zone(name, changes, changes[0].before)
    moment = datetime(first, 7, 1, tzinfo=UTC).astimezone(ZoneInfo(name))
    return Zone(name, (), int((moment.utcoffset() or timedelta()).total_seconds()))


def zone_for(name: str, low: int, high: int) -> Zone:
    """Return the clock of a zone for wall clocks or instants from `low` to `high` seconds."""
    first = datetime.fromtimestamp(low - MARGIN, UTC).year
    last = datetime.fromtimestamp(high + MARGIN, UTC).year
    return _zone(name, first, last)


@dataclass(slots=True)
class Hours:
    """Tells the first from the second of repeated hours, row by row through a file.

    Attributes:
        descending: the file runs from new to old.
    """

    descending: bool = False
    _second: dict[tuple[int, int], bool] = field(default_factory=dict)
    _last: dict[tuple[int, int], int] = field(default_factory=dict)

    def second(self, meter: int, change: Change, wall: int) -> bool:
        """Tell whether a stamp in a repeated hour belongs to its second pass."""
        key = (meter, change.instant)
        known = self._last.get(key)
        if known is None:
            self._second[key] = self.descending
        elif (wall >= known) if self.descending else (wall <= known):
            self._second[key] = not self.descending
        self._last[key] = wall
        return self._second[key]


def to_instants(walls: Ints, meters: Ints, zone: Zone, hours: Hours) -> tuple[Ints, Ints]:
    """Turn wall clocks into instants.

    Args:
        walls: seconds of the wall clock.
        meters: meter of each row, to follow the order within each.
        zone: the clock.
        hours: state of the file.

    Returns:
        The instants, and the positions of stamps that never were.
    """
    if zone.steady:
        return walls - zone.base, np.array([], np.int64)
    # A wall clock w lies after a change when w - after >= instant.
    steps = np.array([c.instant + c.after for c in zone.changes], np.int64)
    table = np.array([zone.base, *(c.after for c in zone.changes)], np.int64)
    instants = walls - table[np.searchsorted(steps, walls, "right")]
    never: list[Ints] = []
    for change in zone.changes:
        within = np.flatnonzero((walls >= change.first) & (walls < change.last))
        if len(within) == 0:
            continue
        if change.after > change.before:
            never.append(within)
            continue
        for row in within.tolist():
            second = hours.second(int(meters[row]), change, int(walls[row]))
            instants[row] = walls[row] - (change.after if second else change.before)
    return instants, np.concatenate(never) if never else np.array([], np.int64)
