"""Cells of a day in time: where each begins and ends when the clock may change within the day.

Cells count either the clock or the time that has elapsed since midnight. The two are the same but
on the days on which the clock changes. There, by the clock, the skipped hour has cells that hold
nothing, and the repeated hour has one set of cells for two hours. By elapsed time a day of 23 hours
leaves the last cells without meaning, and one of 25 hours goes on beyond them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carbonledger.ingest.zone import Change, Zone

Ints = npt.NDArray[np.int64]
DAY = 86400
CLOCK, ELAPSED = "clock", "elapsed"


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one day.

    Attributes:
        kept: numbers of those that are one interval, or one reading of a register.
        start: instant at which each of these begins, or is read.
        seconds: how long each lasts.
        never: numbers of those whose time never was.
        twice: numbers of those that stand for a time of the clock that came twice.
        begin, end: instants between which these lie; 0 where there are none.
    """

    kept: Ints
    start: Ints
    seconds: Ints
    never: Ints
    twice: Ints
    begin: int = 0
    end: int = 0


def instants(walls: Ints, zone: Zone) -> Ints:
    """Return the instants of wall clocks: of a repeated one the first, of a skipped one the end."""
    if zone.steady:
        return walls - zone.base
    steps = np.array([change.instant + change.before for change in zone.changes], np.int64)
    found = walls - zone.table()[np.searchsorted(steps, walls, "right")]
    for change in zone.changes:
        skipped = (walls >= change.first) & (walls < change.last) & (not change.repeats)
        found = np.where(skipped, change.instant, found)
    return np.asarray(found, np.int64)


def changes_within(zone: Zone, midnights: Ints) -> npt.NDArray[np.bool_]:
    """Tell on which local days, named by the wall clock of their midnight, the clock changes."""
    odd = np.zeros(len(midnights), np.bool_)
    for change in zone.changes:
        odd |= (midnights < change.last) & (midnights + DAY > change.first)
    return odd


def cells_of(
    zone: Zone, midnight: int, count: int, length: int, mode: str, *, edge: int | None = None
) -> Cells:
    """Return the cells of a day on which the clock changes.

    Args:
        zone: of the clock.
        midnight: wall clock at which the day begins.
        count: cells of a row.
        length: of a cell, seconds.
        mode: CLOCK or ELAPSED.
        edge: of registers, whether cells are read at their begin (0) or their end (1); None: they
            are intervals.
    """
    first, after = instants(np.array([midnight, midnight + DAY]), zone).tolist()
    if mode == ELAPSED:
        return _elapsed(first, after, count, length, edge)
    change = next(c for c in zone.changes if c.first < midnight + DAY and c.last > midnight)
    walls = midnight + np.arange(count) * length + length * (edge or 0)
    if edge is not None:
        return _read_by_clock(walls, change)
    return _by_clock(walls, length, change)


def _elapsed(first: int, after: int, count: int, length: int, edge: int | None) -> Cells:
    number = np.arange(count)
    starts = first + number * length
    within = starts < after
    none = np.array([], np.int64)
    if edge is not None:
        seconds = np.zeros(int(within.sum()), np.int64)
        return Cells(number[within], starts[within] + edge * length, seconds, number[~within], none)
    seconds = np.minimum(after - starts[within], length)
    return Cells(number[within], starts[within], seconds, number[~within], none)


def _read_by_clock(walls: Ints, change: Change) -> Cells:
    """Return readings of a register: at a time that came twice nobody can say which is meant."""
    number = np.arange(len(walls))
    inside = (walls >= change.first) & (walls < change.last)
    kept = walls[~inside]
    start = kept - np.where(kept >= change.last, change.after, change.before)
    none = np.array([], np.int64)
    twice, never = (number[inside], none) if change.repeats else (none, number[inside])
    return Cells(number[~inside], start, np.zeros(len(kept), np.int64), never, twice)


def _by_clock(walls: Ints, length: int, change: Change) -> Cells:
    number = np.arange(len(walls))
    touched = (walls < change.last) & (walls + length > change.first)
    start = walls - np.where(walls >= change.last, change.after, change.before)
    none = np.array([], np.int64)
    if change.repeats:
        twice = number[touched]
        low, high = int(walls[twice[0]]), int(walls[twice[-1]]) + length
        kept = number[~touched]
        return Cells(kept, start[kept], np.full(len(kept), length, np.int64), none, twice,
                     low - change.before, high - change.after)  # fmt: skip
    # A cell that only begins or ends in the skipped time is shorter.
    skipped = (walls >= change.first) & (walls < change.last)
    begin = np.where(skipped, change.instant, start)
    ends = walls + length
    end = np.where(ends >= change.last, ends - change.after, ends - change.before)
    end = np.where((ends > change.first) & (ends < change.last), change.instant, end)
    real = end > begin
    return Cells(number[real], begin[real], (end - begin)[real], number[~real], none)
