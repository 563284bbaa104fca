"""Rules of meters that stand still: zeros over a day, readings that stop, one value for long."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from carbonledger.validation.days import HOUR, UNKNOWN, Days, Levels
from carbonledger.validation.finding import INFO, WARNING, Finding
from carbonledger.validation.limits import Limits

# A meter with zeros all day on a larger share of its days often rests: a heating in summer, a pump.
RESTS = 0.2
# Days from which on that can be said.
MONTH = 28
# Share of the usual peak below which a flat line is what stands by.
SMALL = 0.05


class _Run(NamedTuple):
    """Equal values in a row: which, from when to when, how many, lines, whether the last is one."""

    value: int
    start: int
    end: int
    times: int
    line_first: int
    line_last: int
    stops: bool


def standing_still(days: Days, levels: Levels, limits: Limits) -> Iterator[Finding]:
    """Find one value for longer than usual (24 hours) in a row, also across days.

    Zeros: missing values stored as 0 look like that, as the data source of the Cambridge estate
    archive says of itself. A run that reaches the last value is told as readings that stopped, when
    the meter showed something before.

    Others, from 24 values on: a stuck transmitter repeats the last value it had; so does a system
    that fills gaps without saying so. A value that is small beside the meter's usual peak is what
    stands by all day, and may be the smallest step it counts in: good to know, no more.
    """
    longest = limits.still_hours * HOUR
    if not _possible(days, longest):
        return
    idle = (days.zeros == days.count) & (days.count > 0)
    rests = len(days) >= MONTH and bool(np.mean(idle) > RESTS)
    known = levels.peak[~np.isnan(levels.peak)]
    usual = float(np.median(known)) if len(known) else 0.0
    for run in _runs(days, longest):
        if run.end - run.start <= longest:
            continue
        if run.value == 0:
            yield _zeros(days, run, rests=rests)
        elif run.times >= limits.flat_values:
            rate = run.value / 1e6 * run.times * HOUR / (run.end - run.start)
            yield _finding("flat", INFO if abs(rate) <= usual * SMALL else WARNING, run)


def _possible(days: Days, longest: float) -> bool:
    """Tell whether any run can be long: a piece all alike, or two that meet in one value.

    A day of 25 hours has long runs of its own.
    """
    own = np.maximum(days.lead, days.trail) * days.step > longest
    if (own | ((days.lead == days.count) & (days.count > 0))).any():
        return True
    meets = (days.end[:-1] == days.start[1:]) & (days.closes[:-1] == days.opens[1:])
    long = days.trail[:-1] * days.step[:-1] + days.lead[1:] * days.step[1:] > longest
    return bool((meets & long).any())


def _zeros(days: Days, run: _Run, *, rests: bool) -> Finding:
    something = bool((days.zeros < days.count)[days.start <= run.start].any())
    if run.stops and something:
        return _finding("zero_end", WARNING, run)
    return _finding("zero_run", INFO if rests else WARNING, run)


def _finding(kind: str, severity: str, run: _Run) -> Finding:
    return Finding(kind, severity, run.start, run.end, run.times, run.value, None, {},
                   run.line_first or None, run.line_last or None)  # fmt: skip


def _runs(days: Days, longest: float) -> Iterator[_Run]:
    """Yield the runs of equal values that touch an end of a piece, joined across pieces."""
    held: _Run | None = None
    behind = len(days) - 1
    columns = (days.start, days.end, days.step, days.count, days.opens, days.closes, days.lead,
               days.trail, days.line_first, days.line_last)  # fmt: skip
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for row, (start, end, step, count, opens, closes, lead, trail, low, high) in enumerate(rows):
        whole, last = lead == count, row == behind
        if held is not None and held.end == start and held.value == opens and lead:
            held = held._replace(
                end=end if whole else start + lead * step, times=held.times + lead,
                line_first=held.line_first or low, line_last=high, stops=whole and last,
            )  # fmt: skip
            if whole:
                continue
        elif whole and lead:
            if held is not None:
                yield held
            held = _Run(opens, start, end, lead, low, high, last)
            continue
        elif lead * step > longest:
            yield _Run(opens, start, start + lead * step, lead, low, high, stops=False)
        if held is not None:
            yield held
        held = None
        if trail and closes != UNKNOWN:
            held = _Run(closes, end - trail * step, end, trail, low, high, last)
    if held is not None:
        yield held
