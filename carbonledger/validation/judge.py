"""All rules of one meter, over the pieces of its days."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from carbonledger.validation.days import Days, levels
from carbonledger.validation.finding import INFO, WARNING, Finding
from carbonledger.validation.holes import gaps
from carbonledger.validation.limits import USUAL, Limits
from carbonledger.validation.single import below_zero, spikes, zeros
from carbonledger.validation.steps import AFTER, BEFORE, steps
from carbonledger.validation.still import standing_still

# So many findings of one kind are listed for a meter; the rest is one finding that counts them.
LISTED = 20


def judge(days: Days, limits: Limits = USUAL, span: tuple[int, int] | None = None) -> list[Finding]:
    """Apply every rule that looks at one meter alone.

    Args:
        days: pieces of its days in order of time, with those that came before.
        limits: from when on something is told.
        span: time, seconds UTC, in which values below zero and of 0 are counted; None: all.

    Returns:
        The findings in order of time.
    """
    of_days = levels(days)
    within = days
    if span is not None:
        within = days.take((days.start < span[1]) & (days.end > span[0]))
    still = list(standing_still(days, of_days, limits))
    found = [
        *gaps(days, limits),
        *still,
        *below_zero(within),
        *zeros(within, still),
        *spikes(days, of_days, limits),
        *steps(days, of_days, limits.step_factor),
    ]
    return sorted(found, key=lambda one: (one.start, one.kind))


def judged(days: Days) -> bool:
    """Tell whether there are enough days to say anything of spikes and steps."""
    return len(levels(days).day) >= BEFORE + AFTER


def shortened(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Give twenty of each kind, warnings first, and one finding that counts the others."""
    ordered = sorted(findings, key=lambda one: (one.kind, one.severity != WARNING, one.start))
    for kind, group in groupby(ordered, key=attrgetter("kind")):
        some = list(group)
        yield from some[:LISTED]
        if len(some) > LISTED:
            yield _others(kind, some[LISTED:])


def _others(kind: str, rest: list[Finding]) -> Finding:
    severe = WARNING if any(one.severity == WARNING for one in rest) else INFO
    start, end = min(one.start for one in rest), max(one.end for one in rest)
    more = {"form": "others", "kind": kind}
    return Finding(kind, severe, start, end, len(rest), more=more)
