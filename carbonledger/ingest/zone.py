"""The clock of a time zone: its changes within a span, and the offset at any instant."""

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
DAY = 86400
MARGIN = 2 * DAY
OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")


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

    @property
    def repeats(self) -> bool:
        """Whether the clock goes back, so that the time between is told twice."""
        return self.after < self.before


@dataclass(frozen=True, slots=True)
class Zone:
    """The clock of a zone over a span of time.

    Attributes:
        name: IANA name or fixed offset.
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
        return self.table()[np.searchsorted(steps, instants, "right")]

    def offset(self, instant: int) -> int:
        """Return the offset from UTC at an instant."""
        place = bisect_right([c.instant for c in self.changes], instant)
        return self.changes[place - 1].after if place else self.base

    def table(self) -> Ints:
        """Return the offset before the first change, and that after each of them."""
        return np.array([self.base, *(c.after for c in self.changes)], np.int64)

    def day(self, instant: int) -> int:
        """Return the local day of an instant, yyyymmdd."""
        return _day((instant + self.offset(instant)) // DAY)


def zone_for(name: str, low: int, high: int) -> Zone:
    """Return the clock of a zone for wall clocks or instants from `low` to `high` seconds."""
    return _zone_of_days(name, low // DAY, high // DAY)


@lru_cache(maxsize=4096)
def _day(number: int) -> int:
    """Return a day, counted from 1970, as yyyymmdd."""
    found = datetime.fromtimestamp(number * DAY, UTC)
    return found.year * 10000 + found.month * 100 + found.day


@lru_cache(maxsize=4096)
def _zone_of_days(name: str, low: int, high: int) -> Zone:
    fixed = OFFSET.fullmatch(name)
    if fixed:
        seconds = int(fixed[2]) * 3600 + int(fixed[3]) * 60
        return Zone(name, (), seconds if fixed[1] == "+" else -seconds)
    first = datetime.fromtimestamp(low * DAY - MARGIN, UTC).year
    last = datetime.fromtimestamp(high * DAY + MARGIN, UTC).year
    return _zone(name, first, last)


@cache
def _zone(name: str, first: int, last: int) -> Zone:
    changes = tuple(c for year in range(first, last + 1) for c in _year(name, year))
    if changes:
        return Zone(name, changes, changes[0].before)
    return Zone(name, (), _offset(name)(int(datetime(first, 7, 1, tzinfo=UTC).timestamp())))


def _offset(name: str) -> Callable[[int], int]:
    tz = ZoneInfo(name)

    def offset(instant: int) -> int:
        moment = datetime.fromtimestamp(instant, UTC).astimezone(tz)
        return int((moment.utcoffset() or timedelta()).total_seconds())

    return offset


@cache
def _year(name: str, year: int) -> tuple[Change, ...]:
    """Find the changes of a calendar year by halving the days on which the offset changes."""
    offset = _offset(name)
    start = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp())
    found = []
    for low in range(start, end, DAY):
        high = min(low + DAY, end)
        before, after = offset(low), offset(high)
        if before != after:
            found.append(Change(_halved(offset, low, high), before, after))
    return tuple(found)


def _halved(offset: Callable[[int], int], low: int, high: int) -> int:
    before = offset(low)
    while high - low > 1:
        middle = (low + high) // 2
        if offset(middle) == before:
            low = middle
        else:
            high = middle
    return high
