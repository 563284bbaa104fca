"""The series of a meter as the rules see it: one row a piece of a local day.

A piece is a run of intervals of one length within a local day: an entry of the ledger, or a day of
a file. Its figures are taken with whole-array operations while the values pass by; the rules then
look at a few hundred rows a meter instead of tens of thousands of values.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
# Stands in `low` and `high` where the interval values were not looked at.
UNKNOWN = np.iinfo(np.int64).min
HOUR, DAY = 3600, 86400


@dataclass(frozen=True, slots=True)
class Days:
    """Pieces of days of one meter, ascending in time; all arrays of one length.

    Attributes:
        day: local day as days since 1970-01-01.
        start, end: seconds UTC; the end is exclusive.
        step: length of the intervals, seconds.
        count: values that are not missing.
        total: their sum, millionths of the canonical unit.
        low, high: smallest and largest value, millionths; `UNKNOWN` where only the sum was read.
        zeros: values that are 0.
        opens, closes: first and last value, millionths; `UNKNOWN` likewise.
        lead, trail: how often they stand there in a row; 0 where they are unknown.
        negative: values below 0.
        line_first, line_last: lines of the file; 0 for what was posted before.
    """

    day: Ints
    start: Ints
    end: Ints
    step: Ints
    count: Ints
    total: Ints
    low: Ints
    high: Ints
    zeros: Ints
    opens: Ints
    closes: Ints
    lead: Ints
    trail: Ints
    negative: Ints
    line_first: Ints
    line_last: Ints

    def __len__(self) -> int:
        return len(self.day)

    def take(self, index: Ints | Mask) -> "Days":
        """Return some pieces, in the order of the index or where the mask holds."""
        return Days(*(getattr(self, field.name)[index] for field in fields(self)))


def append(parts: Sequence[Days]) -> Days:
    """Return the pieces of all parts, one part behind the other."""
    return Days(
        *(
            np.concatenate([getattr(p, field.name) for p in parts] or [np.zeros(0, np.int64)])
            for field in fields(Days)
        )
    )


def join(parts: Sequence[Days]) -> Days:
    """Return the pieces of all parts in order of time."""
    whole = append(parts)
    order = np.argsort(whole.start, kind="stable")
    return whole if (order[1:] > order[:-1]).all() else whole.take(order)


@dataclass(frozen=True, slots=True)
class Values:
    """Values of meters, piece after piece, none missing.

    Attributes:
        micro: millionths of the canonical unit.
        start: start of each value, seconds UTC.
        seconds: length of its interval.
        line: its line in the file; 0 where there is no file.
    """

    micro: Ints
    start: Ints
    seconds: Ints
    line: Ints


def summarise(of: Values, first: Ints, day: Ints) -> Days:
    """Take the figures of pieces from their values.

    Args:
        of: the values.
        first: position of the first value of each piece, ascending from 0.
        day: local day of each piece, days since 1970-01-01.
    """
    values, start, seconds, line = of.micro, of.start, of.seconds, of.line
    last = np.append(first[1:], len(values)) - 1
    count = last - first + 1
    lead, trail = _repeats(values, first, last)
    low = np.minimum.reduceat(values, first)
    negative = np.zeros(len(first), np.int64)
    if low.min(initial=0) < 0:
        negative = np.add.reduceat(values < 0, first, dtype=np.int64)
    ends = line[first], line[last]
    return Days(
        day, start[first], start[last] + seconds[last], seconds[first], count,
        np.add.reduceat(values, first), low, np.maximum.reduceat(values, first),
        _zeros(values, first), values[first], values[last], lead, trail, negative,
        np.minimum(*ends), np.maximum(*ends),
    )  # fmt: skip


def _zeros(values: Ints, first: Ints) -> Ints:
    zero = values == 0
    if not zero.any():
        return np.zeros(len(first), np.int64)
    return np.add.reduceat(zero, first, dtype=np.int64)


def _repeats(values: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Count how often the first and the last value of each piece stand there in a row."""
    once = np.ones(len(first), np.int64)
    several = np.flatnonzero(last > first)
    begins = values[first[several]] == values[first[several] + 1]
    ends = values[last[several]] == values[last[several] - 1]
    if not (begins.any() or ends.any()):
        return once, once
    # A change at a position is one from there to the next.
    changes = np.flatnonzero(values[1:] != values[:-1])
    after = np.append(changes, len(values))[np.searchsorted(changes, first)]
    before = np.append(-1, changes)[np.searchsorted(changes, last)]
    return np.minimum(after, last) - first + 1, last - np.maximum(before, first - 1)


def sums_only(day: Ints, start: Ints, end: Ints, step: Ints, total: Ints) -> Days:
    """Return pieces of which only the sum was read.

    A day whose sum is 0 is taken for a day of zeros.
    """
    count = (end - start) // np.maximum(step, 1)
    zeros = np.where(total == 0, count, 0)
    unknown, none = np.full(len(day), UNKNOWN), np.zeros(len(day), np.int64)
    ends = np.where(total == 0, 0, unknown)
    return Days(day, start, end, step, count, total, ends, ends, zeros, ends, ends, zeros, zeros,
                none, none, none)  # fmt: skip


def expand(profiles: Sequence[str]) -> tuple[Floats, Ints]:
    """Read profiles, JSON arrays of numbers and null.

    Returns:
        All values one behind the other, NaN where missing, and how many each profile has.
    """
    inner = [profile[1:-1] for profile in profiles]
    sizes = np.array([text.count(",") + 1 if text else 0 for text in inner], np.int64)
    text = ",".join(filter(None, inner)).replace("null", "nan")
    values = np.array(text.split(","), np.float64) if text else np.zeros(0)
    return values, sizes


@dataclass(frozen=True, slots=True)
class Levels:
    """The local days of a meter that can be compared: whole enough, and not all zero.

    Attributes:
        day: days since 1970-01-01, ascending.
        mean: mean of the day, canonical units an hour.
        peak: largest value of the day as units an hour; NaN where not looked at.
        piece: for each day the piece that holds the peak, or its first.
    """

    day: Ints
    mean: Floats
    peak: Floats
    piece: Ints


# A day with less of its usual time covered says little about its level; nor one with so much more
# zeros than usual (shares of its values).
COVERED = 0.75
MORE_ZEROS = 0.3


def levels(days: Days) -> Levels:
    """Return the level of each day that can be compared."""
    if not len(days):
        return Levels(days.day, np.zeros(0), np.zeros(0), days.day)
    first = np.flatnonzero(np.append(True, days.day[1:] != days.day[:-1]))
    covered = np.add.reduceat(days.count * days.step, first)
    total = np.add.reduceat(days.total, first).astype(np.float64)
    rate = peaks(days)
    peak = np.maximum.reduceat(np.where(np.isnan(rate), -np.inf, rate), first)
    place = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(days))))
    holds = np.flatnonzero(rate == peak[place])
    piece = first.copy()
    piece[place[holds[::-1]]] = holds[::-1]
    share = np.add.reduceat(days.zeros, first) / np.add.reduceat(days.count, first)
    some = share < 1
    most = (np.median(share[some]) if some.any() else 0) + MORE_ZEROS
    kept = (covered >= COVERED * np.median(covered)) & some & (share <= most) & (total > 0)
    mean = total / np.maximum(covered, 1) * (HOUR / 1e6)
    peak = np.where(np.isinf(peak), np.nan, peak)
    return Levels(days.day[first][kept], mean[kept], peak[kept], piece[kept])


def peaks(days: Days) -> Floats:
    """Return the largest value of each piece as canonical units an hour; NaN where unknown."""
    rate = days.high * (HOUR / 1e6) / np.maximum(days.step, 1)
    return np.where(days.high == UNKNOWN, np.nan, rate)


EPOCH = np.datetime64("1970-01-01", "D")


def day_numbers(days: Ints) -> Ints:
    """Return local days written yyyymmdd as days since 1970-01-01."""
    months = (days // 10_000 - 1970) * 12 + days // 100 % 100 - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray((first - EPOCH).astype(np.int64) + days % 100 - 1, np.int64)
