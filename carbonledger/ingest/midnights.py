"""Midnights that are printed at the end of their own day: 00:15, 00:30 … 23:45, 00:00, one date."""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
DAY = 86400
NONE = np.iinfo(np.int64).min


def own_days(walls: Ints, meters: Ints, orders: dict[int, int], last: dict[int, int]) -> Mask:
    """Tell which stamps are midnights that close the day they are printed with.

    Rows from old to new: the row before has a later time of the same date. From new to old: the
    row behind has. At the very start of a file its neighbour on the other side tells.

    Args:
        walls: stamps as printed, in the order of the file.
        meters: number of the meter of each row.
        orders: 1, -1 or 0 by meter, see `passes`.
        last: by meter, the last stamp of the block before; brought up to date.
    """
    order = np.argsort(meters, kind="stable")
    wall, meter = walls[order], meters[order]
    first = np.append(True, meter[1:] != meter[:-1])
    final = np.append(first[1:], True)
    before = np.append(NONE, wall[:-1])
    before[first] = [last.get(m, NONE) for m in meter[first].tolist()]
    after = np.append(wall[1:], NONE)
    after[final] = NONE
    down = np.array([orders.get(m, 1) < 0 for m in range(int(meter.max()) + 1)])[meter]
    older, newer = np.where(down, after, before), np.where(down, before, after)
    day = wall // DAY
    known = older != NONE
    follows = known & (older // DAY == day) & (older > wall)
    opens = ~known & (newer != NONE) & (newer // DAY == day + 1)
    own = np.empty(len(walls), np.bool_)
    own[order] = (wall % DAY == 0) & (follows | opens)
    last |= zip(meter[final].tolist(), wall[final].tolist(), strict=True)
    return own
