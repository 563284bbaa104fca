"""Neighbouring readings: which are not posted yet, which entries they divide, what is one entry."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from carbonledger.ingest.lengths import DAY
from carbonledger.ingest.points import Advance, Point
from carbonledger.ingest.posted import PostedEntry
from carbonledger.ingest.zone import Zone

Pair = tuple[Point, Point]


def divides(one: PostedEntry, new: Sequence[Point]) -> bool:
    """Tell whether new points lie within an entry, or replace one of its ends."""
    times = [p.at for p in new]
    low = bisect_right(times, one.start_utc)
    inside = bisect_left(times, one.end_utc) > low
    return inside or one.start_utc in times or one.end_utc in times


def uncovered(points: Sequence[Point], entries: Sequence[PostedEntry]) -> list[Pair]:
    """Return the neighbouring points between which no entry lies."""
    spans = sorted((e.start_utc, e.end_utc) for e in entries if e.end_utc > e.start_utc)
    starts = [start for start, _ in spans]
    pairs = []
    for first, last in pairwise(points):
        place = bisect_right(starts, first.at) - 1
        if place < 0 or spans[place][1] < last.at:
            pairs.append((first, last))
    return pairs


def grouped(advances: Sequence[Advance], step: int, zone: Zone) -> list[list[Advance]]:
    """Group advances into entries: equal steps of a local day; all else stands alone.

    Args:
        advances: ascending.
        step: usual time between readings in seconds; 0: days or months.
        zone: clock of the meter.
    """
    groups: list[list[Advance]] = []
    before: Advance | None = None
    for made in advances:
        plain = made.seconds == step and step < DAY and not made.turned
        joins = (
            before is not None
            and plain
            and before.last.at == made.first.at
            and before.scale == made.scale
            and zone.day(before.first.at) == zone.day(made.first.at)
        )
        if joins:
            groups[-1].append(made)
        else:
            groups.append([made])
        before = made if plain else None
    return groups
