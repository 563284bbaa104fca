"""Intervals whose length changes inside a file: each lasts from one stamp to the next.

A meter that was read every quarter of an hour, and every hour later on, prints mean powers of both
lengths. A step between two stamps is a length when the step beside it is as long; a step that
stands alone is a gap, and the interval before it is as long as the others were.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from carbonledger.ingest.rows import Rows, join

Ints = npt.NDArray[np.int64]
# So many equal steps in a row are another length rather than as many single gaps.
RUN = 6


@dataclass(slots=True)
class _Course:
    """How far the rows of a meter have come.

    Attributes:
        waiting: rows whose length the next ones will tell.
        stamp: that of the last row that was given its length; None before the first.
        step: the step that led to it.
        length: its length.
    """

    length: int
    waiting: Rows | None = None
    stamp: int | None = None
    step: int = -1


@dataclass(slots=True)
class Varying:
    """Gives the rows of a file the lengths that their stamps tell.

    Attributes:
        ends: the stamps name the ends of their intervals.
        orders: by meter, 1 when its rows run from old to new, -1 when from new to old.
    """

    ends: bool
    orders: Mapping[int, int]
    _courses: dict[int, _Course] = field(default_factory=dict)

    def take(self, rows: Rows) -> Rows | None:
        """Return the rows of a block with their lengths; the last ones of each meter wait."""
        found = []
        for meter in np.unique(rows.meter).tolist():
            part = rows.take(np.flatnonzero(rows.meter == meter))
            course = self._courses.setdefault(meter, _Course(int(part.seconds[0])))
            whole = join([course.waiting, part]) if course.waiting else part
            found.append(self._emitted(meter, course, whole, final=False))
        kept = [part for part in found if part is not None]
        return join(kept) if kept else None

    def finish(self) -> Rows | None:
        """Return the rows that still wait."""
        parts = [
            self._emitted(meter, course, course.waiting, final=True)
            for meter, course in self._courses.items()
            if course.waiting
        ]
        kept = [part for part in parts if part is not None]
        return join(kept) if kept else None

    def _emitted(self, meter: int, course: _Course, rows: Rows, *, final: bool) -> Rows | None:
        """Return the rows whose length is known, and keep the others."""
        behind = self.ends == (self.orders[meter] < 0)
        further = 1 + (behind or course.stamp is None)
        count = len(rows) if final else max(0, len(rows) - further)
        course.waiting = None if final else rows.slice(count, len(rows))
        if count == 0:
            return None
        stamps = rows.start + rows.seconds if self.ends else rows.start
        known = [] if course.stamp is None else [course.stamp]
        steps = np.abs(np.diff(np.concatenate([known, stamps]).astype(np.int64)))
        lengths = _lengths(steps, course)
        # A row lasts until the one behind it in the file, or since the one before.
        place = np.arange(count) + len(known) - (not behind)
        made = lengths[np.clip(place, 0, len(lengths) - 1)]
        course.stamp, course.length = int(stamps[count - 1]), int(made[-1])
        last = count - 2 + len(known)
        course.step = int(steps[last]) if last >= 0 else course.step
        return self._long(rows.slice(0, count), made)

    def _long(self, rows: Rows, lengths: Ints) -> Rows:
        if not self.ends:
            return replace(rows, seconds=lengths)
        return replace(rows, start=rows.start + rows.seconds - lengths, seconds=lengths)


def _lengths(steps: Ints, course: _Course) -> Ints:
    """Return the steps that are lengths, and for those that are gaps the length before."""
    if len(steps) == 0:
        return np.array([course.length], np.int64)
    before = np.concatenate([[course.step], steps[:-1]])
    behind = np.concatenate([steps[1:], [-1]])
    good = ((steps == before) | (steps == behind)) & (steps > 0)
    place = np.maximum.accumulate(np.where(good, np.arange(len(steps)), -1))
    return np.where(place >= 0, steps[np.maximum(place, 0)], course.length).astype(np.int64)


def changed(rows: Rows) -> tuple[int, int] | None:
    """Tell whether the rows of a meter keep another distance for long.

    Args:
        rows: placed, of one usual length each; of any number of meters.

    Returns:
        Position of the row with which it begins, and the distance in seconds; else None.
    """
    order = np.argsort(rows.meter, kind="stable")
    meter = rows.meter[order]
    steps = np.abs(np.diff(rows.start[order]))
    longer = (meter[1:] == meter[:-1]) & (steps > rows.seconds[order][:-1])
    if not longer.any():
        return None
    # Where a step is as long as the one before it, of the same meter.
    again = np.concatenate([[False], longer[1:] & longer[:-1] & (steps[1:] == steps[:-1])])
    place = np.arange(len(steps))
    run = place - np.maximum.accumulate(np.where(again, 0, place)) + 1
    ends = np.flatnonzero(again & (run >= RUN))
    if len(ends) == 0:
        return None
    firsts = order[ends - RUN + 1]
    return int(firsts.min()), int(steps[ends[np.argmin(firsts)]])
