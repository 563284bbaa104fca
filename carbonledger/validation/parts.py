"""The rule of sub-meters: what leaves an account by meters is no more than what enters it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from carbonledger.validation.days import DAY, Ints, day_numbers
from carbonledger.validation.finding import WARNING, Finding

CLOSE = 7


@dataclass(frozen=True, slots=True)
class Flow:
    """Days of one meter that stands between two accounts.

    Attributes:
        meter: code.
        source, target: accounts.
        commodity: code.
        day: local days with values, days since 1970-01-01, ascending.
        total: sum of each day, millionths of the canonical unit.
        start: start of each day, seconds UTC.
    """

    meter: str
    source: str
    target: str
    commodity: str
    day: Ints
    total: Ints
    start: Ints


def flow_of(
    flow: tuple[str, str, str, str], days: Sequence[int], totals: Sequence[int],
    starts: Sequence[int],
) -> Flow:  # fmt: skip
    """Make a flow: meter, source, target, commodity, and its days (yyyymmdd) with their sums."""
    day = day_numbers(np.array(days, np.int64))
    return Flow(*flow, day, np.array(totals, np.int64), np.array(starts, np.int64))


def above_main(
    flows: Sequence[Flow], places: Iterable[tuple[str, str]], more: float
) -> Iterator[tuple[str, Finding]]:
    """Find days on which the meters behind an account count more than those before it.

    Args:
        flows: the meters around the accounts; one that was moved is several.
        places: accounts and commodities to look at: no generators and stocks, and none that
            receive what no meter counts.
        more: how much more, percent, the meters behind may count for the errors of both sides.

    Yields:
        Code of the main meter, the first of those into the account, and the finding.
    """
    for account, commodity in sorted(places):
        into = [f for f in flows if f.target == account and f.commodity == commodity]
        out = [f for f in flows if f.source == account and f.commodity == commodity]
        if into and out:
            yield from _compared(account, into, out, more)


def _compared(
    account: str, into: Sequence[Flow], out: Sequence[Flow], more: float
) -> Iterator[tuple[str, Finding]]:
    main = min(into, key=lambda f: f.meter)
    # Only days that all meters into the account have: else the missing one explains it.
    day = _common(into)
    received, left = _sums(into, day), _sums(out, day)
    rows = np.flatnonzero(left > received + np.abs(received) * (more / 100))
    if not len(rows):
        return
    starts = {
        of_day: start
        for flow in into
        if flow.meter == main.meter
        for of_day, start in zip(flow.day.tolist(), flow.start.tolist(), strict=True)
    }
    cuts = [0, *(np.flatnonzero(np.diff(day[rows]) > CLOSE) + 1).tolist(), len(rows)]
    subs = ", ".join(sorted({f.meter for f in out}))
    for low, high in pairwise(cuts):
        part = rows[low:high]
        begin, end = starts[int(day[part[0]])], starts[int(day[part[-1]])] + DAY
        yield main.meter, Finding(
            "above_main", WARNING, begin, end, len(part), int(left[part].sum()),
            int(received[part].sum()), {"account": account, "subs": subs},
        )  # fmt: skip


def _common(flows: Sequence[Flow]) -> Ints:
    """Return the days that every meter has; a meter that was moved counts once."""
    days: dict[str, list[Ints]] = {}
    for flow in flows:
        days.setdefault(flow.meter, []).append(flow.day)
    common: Ints | None = None
    for parts in days.values():
        of_meter = np.unique(np.concatenate(parts))
        common = of_meter if common is None else np.intersect1d(common, of_meter)
    return np.zeros(0, np.int64) if common is None else common


def _sums(flows: Sequence[Flow], day: Ints) -> Ints:
    """Add the flows up over the given days."""
    total = np.zeros(len(day), np.int64)
    for flow in flows:
        place = np.searchsorted(day, flow.day)
        there = (place < len(day)) & np.isin(flow.day, day)
        np.add.at(total, place[there], flow.total[there])
    return total
