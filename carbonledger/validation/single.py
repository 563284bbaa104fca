"""Rules of single values: below zero, and far above what the meter usually shows."""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from carbonledger.validation.days import HOUR, Days, Floats, Levels
from carbonledger.validation.finding import INFO, WARNING, Finding
from carbonledger.validation.limits import SIGMA, Limits

# Comparable days (working days, or the days of weekends) on both sides together.
WINDOW = 41
FEWEST = 10
# The spread is taken for at least this share of the median: some meters hardly move.
LEAST_SPREAD = 0.1
# A spike is rare: this share of days may be as high without making it usual, at least two.
RARE = 0.02
# Share of values up to which 0 is rare.
SELDOM = 0.1
RARE_DAYS = 2
MONDAY_1970 = 4  # days from 1970-01-01, a Thursday, to the first Monday
SATURDAY = 5


def below_zero(days: Days) -> Iterator[Finding]:
    """Find values below zero; one finding for all of them, with the lowest."""
    rows = np.flatnonzero(days.negative)
    if len(rows):
        lowest = int(days.low[rows].min())
        lines = days.line_first[rows]
        yield Finding(
            "negative", WARNING, int(days.start[rows[0]]), int(days.end[rows[-1]]),
            int(days.negative[rows].sum()), lowest,
            line_first=int(lines.min()) or None,
            line_last=int(days.line_last[rows].max()) or None,
        )  # fmt: skip


def zeros(days: Days, runs: Iterable[Finding]) -> Iterator[Finding]:
    """Count values of 0 of a meter that rarely shows one: missing values may be stored so.

    A meter that often shows 0, as a solar plant does, says nothing by it. Days with a run of zeros
    that is told by itself are left out.
    """
    told = np.zeros(len(days), np.bool_)
    for one in runs:
        if one.value == 0:
            told |= (days.start < one.end) & (days.end > one.start)
    days = days.take(~told)
    rows = np.flatnonzero(days.zeros)
    count, every = int(days.zeros.sum()), int(days.count.sum())
    if 0 < count <= SELDOM * every:
        lines = days.line_first[rows]
        yield Finding(
            "zeros", INFO, int(days.start[rows[0]]), int(days.end[rows[-1]]), count, 0,
            more={"all": f"{every:,}"}, line_first=int(lines.min()) or None,
            line_last=int(days.line_last[rows].max()) or None,
        )  # fmt: skip


def spikes(days: Days, levels: Levels, limits: Limits) -> Iterator[Finding]:
    """Find days whose largest value is far above that of comparable days.

    The Hampel identifier (Hampel 1974; Pearson 2002): a value is an outlier when it is more than
    so many scaled median absolute deviations above the median of its window. Compared are working
    days with working days, and days of weekends with each other. What more than a few days
    reach half of is not a spike but use, so a season that begins is none.
    """
    known = np.flatnonzero(~np.isnan(levels.peak))
    if len(known) <= FEWEST:
        return
    peak, weekend = levels.peak[known], is_weekend(levels.day[known])
    if peak.max() <= limits.spike_times * _usual(peak):
        return
    rare = peak > limits.spike_times * _usual(peak)
    for group in (~weekend, weekend):
        # A few weekends are compared with all days.
        rows = np.flatnonzero(group) if group.sum() > FEWEST else np.arange(len(peak))
        middle, spread = _window(peak[rows])
        high = peak[rows] > middle + limits.spike_deviations * np.maximum(
            spread, LEAST_SPREAD * middle
        )
        for row in np.flatnonzero(high & rare[rows] & group[rows]).tolist():
            yield _spike(days, int(levels.piece[known[rows[row]]]), float(middle[row]))


def _spike(days: Days, piece: int, usual: float) -> Finding:
    step, high = int(days.step[piece]), int(days.high[piece])
    expected = round(usual * step / HOUR * 1_000_000)
    return Finding(
        "spike", WARNING, int(days.start[piece]), int(days.end[piece]), 1, high, expected,
        {"ratio": f"{high / max(expected, 1):.3g}", "interval_s": step},
        int(days.line_first[piece]) or None, int(days.line_last[piece]) or None,
    )  # fmt: skip


def _usual(peak: Floats) -> float:
    """Return the peak that all but a few days stay below."""
    few = max(RARE_DAYS, int(RARE * len(peak)))
    return float(np.sort(peak)[-few - 1])


def is_weekend(day: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Tell which days (since 1970-01-01) are Saturdays or Sundays."""
    return np.asarray((day - MONDAY_1970) % 7 >= SATURDAY, np.bool_)


def _window(values: Floats) -> tuple[Floats, Floats]:
    """Return median and scaled median absolute deviation around each value.

    At the ends the window stays as wide, so that the newest day has as many to compare with.
    """
    size = min(WINDOW, len(values))
    windows = np.lib.stride_tricks.sliding_window_view(values, size)
    place = np.clip(np.arange(len(values)) - size // 2, 0, len(windows) - 1)
    middle = np.median(windows, axis=1)
    spread = SIGMA * np.median(np.abs(windows - middle[:, None]), axis=1)
    return middle[place], spread[place]
