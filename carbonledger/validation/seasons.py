"""Each day beside the one 52 weeks before: what a pause hides from a look at neighbouring days.

Series with holes, shifted and compared over weeks: that is what pandas is for. It takes a third of
a second to load, so a look at the plain arrays says first whether there can be anything to find.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from carbonledger.validation.days import Floats, Levels
from carbonledger.validation.limits import HIGHEST, SIGMA, STEADY, WORTH

if TYPE_CHECKING:
    import pandas as pd

# 52 weeks: the same season and the same day of the week.
YEAR = 364
WEEKS = 28
PAIRS = 14


def against_last_year(levels: Levels, factor: float) -> Iterator[tuple[int, float, float]]:
    """Find where a meter shows another level than a year before, for weeks.

    Over 28 days with at least 14 pairs the median of the ratio is above the factor of a step, and
    its scatter (scaled median absolute deviation of the logarithms) small beside it.

    Args:
        levels: days of the meter.
        factor: between two levels, from which on they are a step.

    Yields:
        The first such day (days since 1970-01-01), the logarithm of the ratio, and the logarithm of
        the level before.
    """
    if not _possible(levels, factor):
        return
    pairs = _pairs(levels)
    ratio = pairs["ratio"]
    windows = ratio.rolling(f"{WEEKS}D", min_periods=PAIRS)
    middle, scatter = windows.median(), windows.apply(_scatter, raw=True)
    fires = (middle.abs() > np.log(factor)) & (scatter < STEADY * middle.abs())
    for first, last in _clusters(pairs.index[fires]):
        part = pairs.loc[first:last]
        change = float(part["ratio"].median())
        alike = part[part["ratio"] * np.sign(change) > np.log(factor) / 2]
        yield int(alike["day"].iloc[0]), change, float(np.log(part["then"]).median())


def _possible(levels: Levels, factor: float) -> bool:
    """Tell whether enough days differ so much from the one a year before that a median can."""
    day = levels.day
    if not len(day) or day[-1] - day[0] < YEAR + PAIRS:
        return False
    place = np.minimum(np.searchsorted(day, day - YEAR), len(day) - 1)
    paired = day[place] == day - YEAR
    ratio = np.log(levels.mean[paired] / levels.mean[place[paired]])
    return bool(np.sum(np.abs(ratio) > np.log(factor)) >= PAIRS // 2)


def _pairs(levels: Levels) -> "pd.DataFrame":
    """Return the days that have one a year before and are no noise, by date."""
    import pandas as pd

    now = pd.DataFrame(
        {"now": levels.mean, "day": levels.day}, pd.to_datetime(levels.day, unit="D")
    )
    pairs = now.join(now["now"].shift(freq=f"{YEAR}D").rename("then"), how="inner")
    least = WORTH * float(now["now"].quantile(HIGHEST))
    pairs = pairs[pairs[["now", "then"]].max(axis=1) >= least]
    return pairs.assign(ratio=np.log(pairs["now"] / pairs["then"]))


def _scatter(ratios: Floats) -> float:
    return float(SIGMA * np.median(np.abs(ratios - np.median(ratios))))


def _clusters(days: "pd.DatetimeIndex") -> Iterator[tuple["pd.Timestamp", "pd.Timestamp"]]:
    """Yield the first and last day of the windows that end on some days, near ones together."""
    import pandas as pd

    ends = days.to_series()
    for _, group in ends.groupby((ends.diff() > pd.Timedelta(days=WEEKS)).cumsum()):
        yield group.iloc[0] - pd.Timedelta(days=WEEKS - 1), group.iloc[-1]
