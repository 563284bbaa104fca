"""How the columns of a day count its hours, found out from a day on which the clock skips one.

By the clock the skipped hour has cells that hold nothing; by elapsed time the last hour has. What
is empty says so. A 0 says so only of a meter whose other days are not 0 at that time.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from carbonledger.errors import ImportUndecided
from carbonledger.ingest.columns import mask
from carbonledger.ingest.daycells import CLOCK, ELAPSED, cells_of, changes_within
from carbonledger.ingest.dayrows import Days
from carbonledger.ingest.values import Values
from carbonledger.ingest.zone import Zone

Ints = npt.NDArray[np.int64]
# Gives the values of some days, row by row.
Read = Callable[[Ints], Values]
# Days of a block, their clocks, and what reads their values.
Block = tuple[Days, list[tuple[Zone, Ints]], Read]
EMPTY, ZERO, SAID = 2, 1, 0
NEIGHBOURS = 14


def decided(path: Path, blocks: Iterable[Block], count: int, length: int) -> str:
    """Return how the columns count: CLOCK or ELAPSED.

    Args:
        path: the file, for messages.
        blocks: the file, again from its start.
        count: columns of a day.
        length: of each, seconds.

    Raises:
        ImportUndecided: no day tells, or days tell different things.
    """
    for days, zones, read in blocks:
        votes = set(_votes(days, zones, read, count, length))
        if len(votes) == 1:
            return votes.pop()
        if votes:
            raise _undecided(path, "its days say different things")
    raise _undecided(path, "no day on which the clock skips an hour leaves that hour empty")


def _undecided(path: Path, why: str) -> ImportUndecided:
    return ImportUndecided(
        f"{path}: the clock changes on days of this file, and it is open whether their columns "
        f"count the hours of the clock or those that elapse: {why}",
        choices=({"day_columns": CLOCK}, {"day_columns": ELAPSED}),
        code="day-columns",
        hint=f'say it in the profile: day_columns = "{CLOCK}" or "{ELAPSED}"; where the columns do '
        'not follow summer time at all, state their offset: timezone = "+01:00"',
    )


def _votes(
    days: Days, zones: list[tuple[Zone, Ints]], read: Read, count: int, length: int
) -> Iterator[str]:
    for zone, where in zones:
        skips = Zone(zone.name, tuple(c for c in zone.changes if not c.repeats), zone.base)
        for place in where[changes_within(skips, days.midnight[where])].tolist():
            midnight = int(days.midnight[place])
            near = _neighbours(days, place)
            values = read(np.concatenate([[place], near]))
            known = [
                _silent(values, cells_of(zone, midnight, count, length, mode).never, count)
                for mode in (CLOCK, ELAPSED)
            ]
            if known[0] != known[1]:
                yield CLOCK if known[0] > known[1] else ELAPSED


def _neighbours(days: Days, place: int) -> Ints:
    """Return other days of the same meter, those that are nearest in time."""
    others = np.flatnonzero(days.meter == days.meter[place])
    others = others[days.midnight[others] != days.midnight[place]]
    away = np.abs(days.midnight[others] - days.midnight[place])
    nearest = np.argsort(away, kind="stable")[:NEIGHBOURS]
    return np.asarray(others[nearest], np.int64)


def _silent(values: Values, cells: Ints, count: int) -> int:
    """Tell how plainly cells of the first of some days hold nothing: EMPTY, ZERO or SAID."""
    none = ~mask(values.texts.is_valid()).reshape(-1, count)[:, cells]
    zero = none | (values.ints == 0).reshape(-1, count)[:, cells]
    if not len(cells) or not zero[0].all():
        return SAID
    if none[0].all():
        return EMPTY
    usual = zero[1:].all(axis=1)
    return ZERO if len(usual) and 2 * int(usual.sum()) < len(usual) else SAID
