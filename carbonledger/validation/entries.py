"""Entries of the ledger as the rules see them: what holds of each interval, summed over entries."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from carbonledger.validation.days import Days, Ints, Values, day_numbers, expand, join, summarise


class Said(NamedTuple):
    """An entry of a meter, as the rules need it.

    Attributes:
        day: local day, yyyymmdd.
        start, end: seconds UTC.
        step: length of the intervals, seconds; 0 when there are none.
        profile: JSON array of the interval values.
        num, den: factor from a value of the profile to the canonical unit.
        turn: 1: says values; 0: adjusts values; -1: takes values back.
        line: first line of the file that is being posted; 0: of another one.
    """

    day: int
    start: int
    end: int
    step: int
    profile: str
    num: int
    den: int
    turn: int
    line: int = 0


def pieces(entries: Sequence[Said]) -> Days:
    """Sum the entries of one meter interval by interval, and take the figures of its days.

    A value holds when more entries say it than take it back; adjustments count in its sum.
    """
    if not entries:
        return join([])
    values, sizes = expand([one.profile for one in entries])
    day, start, step, num, den, turn, line = (
        np.array([getattr(one, name) for one in entries], np.int64)
        for name in ("day", "start", "step", "num", "den", "turn", "line")
    )
    which = np.repeat(np.arange(len(entries)), sizes)
    place = np.arange(len(values)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    live = ~np.isnan(values)
    which, place, values = which[live], place[live], values[live]
    scale = num / den
    micro = np.rint(values * scale[which] * 1e6).astype(np.int64)
    at, seconds = start[which] + place * step[which], step[which]
    found = Values(micro, at, seconds, line[which])
    return _summed(found, turn[which], day_numbers(day)[which])


def _summed(of: Values, turn: Ints, day: Ints) -> Days:
    if not len(day):
        return join([])
    order = np.lexsort((of.seconds, of.start))
    micro, at, seconds, line, turn, day = (
        a[order] for a in (of.micro, of.start, of.seconds, of.line, turn, day)
    )
    first = _edges(at, seconds)
    if len(first) < len(at):
        micro, turn = np.add.reduceat(micro, first), np.add.reduceat(turn, first)
        line = np.maximum.reduceat(line, first)
        at, seconds, day = at[first], seconds[first], day[first]
    micro, at, seconds, line, day = (a[turn > 0] for a in (micro, at, seconds, line, day))
    if not len(at):
        return join([])
    # A piece is of one day, of one length, and without a hole.
    holes = np.cumsum(np.append(False, at[1:] != at[:-1] + seconds[:-1]))
    first = _edges(day, seconds, holes)
    return summarise(Values(micro, at, seconds, line), first, day[first])


def _edges(*columns: Ints) -> Ints:
    """Return where a row differs from the one before."""
    change = np.zeros(len(columns[0]), np.bool_)
    change[0] = True
    for column in columns:
        change[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(change)
