"""The rule of gaps: time without a value between two pieces."""

from collections.abc import Iterator

import numpy as np

from carbonledger.validation.days import HOUR, Days
from carbonledger.validation.finding import INFO, WARNING, Finding
from carbonledger.validation.limits import Limits


def gaps(days: Days, limits: Limits) -> Iterator[Finding]:
    """Find time that no piece covers between the first and the last; a day of it is a warning.

    How many values are missing is told in intervals of the piece behind the gap.
    """
    if len(days) < 2:  # noqa: PLR2004 (a gap has two sides)
        return
    reached = np.maximum.accumulate(days.end)[:-1]
    for row in np.flatnonzero(days.start[1:] > reached).tolist():
        start, end = int(reached[row]), int(days.start[row + 1])
        step = int(min(days.step[row], days.step[row + 1])) or end - start
        yield Finding(
            "gap", WARNING if end - start >= limits.gap_hours * HOUR else INFO, start, end,
            max(1, (end - start) // step),
            line_first=int(days.line_last[row]) or None,
            line_last=int(days.line_first[row + 1]) or None,
        )  # fmt: skip
