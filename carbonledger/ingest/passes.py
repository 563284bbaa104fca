"""Wall clocks into instants, with the hours that clocks skip and repeat.

A skipped hour does not exist: a stamp in it is a fault. A repeated hour is two hours: the order of
the rows tells the first from the second, also when the second stands later in the file.

A stamp that names the end of an interval is one of two things, and the two differ by an hour
around a change: what the clock showed at the end, or the start plus the length. Both are read:
02:00, 02:15 … 02:45, 02:00 … 03:00 is the clock; 02:15 … 03:00, 02:15 … 03:00 is start plus length.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from carbonledger.ingest.zone import Change, Zone

Ints = npt.NDArray[np.int64]


@dataclass(slots=True)
class _Pass:
    """Where a meter stands in a repeated hour."""

    second: bool
    last: int | None = None
    seen: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Passes:
    """Tells the first from the second of repeated hours, row by row through a file.

    Attributes:
        orders: by meter, whether its rows run from old to new (1), from new to old (-1) or in no
            order (0); 1 where nothing is known.
    """

    orders: dict[int, int] = field(default_factory=dict)
    _states: dict[tuple[int, int], _Pass] = field(default_factory=dict)

    def second(self, meter: int, change: Change, wall: int) -> bool:
        """Tell whether a stamp in a repeated hour belongs to its second pass."""
        order = self.orders.get(meter, 1)
        state = self._states.setdefault((meter, change.instant), _Pass(second=order < 0))
        if order == 0:
            return self._unordered(state, wall)
        if state.last is not None and (wall - state.last) * order <= 0:
            state.second = order > 0
        state.last = wall
        return state.second

    def _unordered(self, state: _Pass, wall: int) -> bool:
        known = wall in state.seen
        state.seen.add(wall)
        return known


def to_instants(
    walls: Ints, meters: Ints, zone: Zone, passes: Passes, *, ends: bool = False
) -> tuple[Ints, Ints]:
    """Turn wall clocks into instants.

    Args:
        walls: seconds of the wall clock.
        meters: meter of each row, to follow the order within each.
        zone: the clock.
        passes: state of the file.
        ends: the stamps name ends of intervals; the very start of a skipped hour is one.

    Returns:
        The instants, and the positions of stamps that never were.
    """
    if zone.steady:
        return walls - zone.base, np.array([], np.int64)
    # A wall clock w lies after a change when w - after >= instant.
    steps = np.array([c.instant + c.after for c in zone.changes], np.int64)
    instants = walls - zone.table()[np.searchsorted(steps, walls, "right")]
    never = [np.array([], np.int64)]
    for change in zone.changes:
        low, high = change.first, change.last
        if not change.repeats:
            within = (walls >= low + ends) & (walls < high)
            never.append(np.flatnonzero(within))
            continue
        for row in np.flatnonzero((walls >= low) & (walls < high + ends)).tolist():
            second = passes.second(int(meters[row]), change, int(walls[row]))
            instants[row] = walls[row] - (change.after if second else change.before)
    return instants, np.concatenate(never)
