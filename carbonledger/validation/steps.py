"""The rule of levels: a factor between before and after that stays, as a changed unit makes it."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from carbonledger.validation.days import DAY, Days, Floats, Levels
from carbonledger.validation.finding import WARNING, Finding
from carbonledger.validation.limits import HIGHEST, SIGMA, STEADY, WORTH
from carbonledger.validation.seasons import against_last_year
from carbonledger.validation.single import is_weekend

BEFORE, AFTER = 14, 7
# Days from the first to the last of both sides, pauses included: after longer ones the season may
# be another, and a few days before a pause say nothing of those behind it.
SPAN = 35
# How far the factors of peaks, working days and weekends may lie from that of all days: a new unit
# changes them alike.
ALIKE = 1.5
# Of so many days on each side hardly any lies on the other side of the step.
AROUND = 60
STRAYING = 0.1
# Days between two steps; what is nearer is one seen twice.
APART = 45


def steps(days: Days, levels: Levels, factor: float) -> Iterator[Finding]:
    """Find steps of level: abrupt ones from one week to the next, and those against last year.

    A change of the unit multiplies every value by the same factor. So the levels of both sides are
    steady, their ratio is above the factor, and the largest values, the working days and the
    weekends change by the same ratio as all days. Across a pause only the same weeks of the year
    before can tell, as seasons differ.
    """
    found = list(_abrupt(days, levels, factor)) if len(levels.day) >= BEFORE + AFTER else []
    yield from found
    for day, change, before in against_last_year(levels, factor):
        one = _step(days, levels, int(np.searchsorted(levels.day, day)), change, before)
        if all(abs(other.start - one.start) >= APART * DAY for other in found):
            yield one


def _abrupt(days: Days, levels: Levels, factor: float) -> Iterator[Finding]:
    mean = np.log(levels.mean)
    if float(np.ptp(mean)) < np.log(factor):
        return
    windows = np.lib.stride_tricks.sliding_window_view
    # The boundary before each of these days.
    edge = np.arange(BEFORE, len(mean) - AFTER + 1)
    before = windows(mean, BEFORE)[: len(edge)]
    after = windows(mean, AFTER)[BEFORE : BEFORE + len(edge)]
    left, right = np.median(before, axis=1), np.median(after, axis=1)
    change = right - left
    likely = np.abs(change) > np.log(factor)
    if not likely.any():
        return
    least = WORTH * np.quantile(levels.mean, HIGHEST)
    near = levels.day[edge + AFTER - 1] - levels.day[edge - BEFORE] <= SPAN
    calm = np.maximum(_scatter(before, left), _scatter(after, right)) < STEADY * np.abs(change)
    worth = np.exp(np.maximum(left, right)) >= least
    sudden = np.abs(mean[edge] - mean[edge - 1]) > np.log(factor) / 2
    rows = np.flatnonzero(likely & near & calm & worth & sudden)
    for cluster in _clusters(rows, AFTER):
        # Of neighbouring boundaries the one with the largest jump is the step.
        row = int(cluster[np.argmax(np.abs(mean[edge[cluster]] - mean[edge[cluster] - 1]))])
        at = int(edge[row])
        if _stays(mean, at, float(left[row] + right[row]) / 2) and _alike(
            levels, at, float(change[row])
        ):
            yield _step(days, levels, at, float(change[row]), float(left[row]))


def _scatter(windows: Floats, middle: Floats) -> Floats:
    return np.asarray(SIGMA * np.median(np.abs(windows - middle[:, None]), axis=1), np.float64)


def _stays(mean: Floats, at: int, middle: float) -> bool:
    """Tell whether hardly a day before or after lies on the other side of the middle.

    A heating that is put out over the holidays was out before, or comes on again.
    """
    before, after = mean[max(at - AROUND, 0) : at], mean[at : at + AROUND]
    over, under = after >= middle, before >= middle
    up = float(np.median(after)) > middle
    wrong = (np.mean(~over), np.mean(under)) if up else (np.mean(over), np.mean(~under))
    return bool(max(wrong) <= STRAYING)


def _alike(levels: Levels, at: int, change: float) -> bool:
    """Tell whether peaks, working days and weekends changed alike; unknown ones do not object.

    A plant that rests over the holidays loses its working days and keeps its weekends.
    """
    weekend = is_weekend(levels.day)
    parts = [levels.peak, np.where(weekend, levels.mean, np.nan)]
    parts.append(np.where(weekend, np.nan, levels.mean))
    for part in parts:
        before, after = part[at - BEFORE : at], part[at : at + AFTER]
        if np.isnan(before).all() or np.isnan(after).all():
            continue
        moved = float(np.log(np.nanmedian(after)) - np.log(np.nanmedian(before)))
        if abs(moved - change) > np.log(ALIKE):
            return False
    return True


def _clusters(rows: npt.NDArray[np.int64], apart: int) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the groups of rows that lie close to each other."""
    if len(rows):
        cuts = [0, *(np.flatnonzero(np.diff(rows) > apart) + 1).tolist(), len(rows)]
        for low, high in pairwise(cuts):
            yield rows[low:high]


def _step(days: Days, levels: Levels, at: int, change: float, before: float) -> Finding:
    """Tell of a step at the day numbered `at`; the period reaches to the last day looked at."""
    piece = int(levels.piece[at])
    first = int(np.searchsorted(days.day, levels.day[at]))
    # Canonical units an hour to a day.
    old, new = np.exp(before) * 24, np.exp(before + change) * 24
    return Finding(
        "step", WARNING, int(days.start[first]), int(days.end[-1]), len(levels.day) - at,
        round(new * 1e6), round(old * 1e6), _factor(change),
        int(days.line_first[piece]) or None, int(days.line_last[piece]) or None,
    )  # fmt: skip


def _factor(change: float) -> dict[str, str]:
    """Return the factor as people say it, `39`, and which way it went."""
    form = "step_up" if change > 0 else "step_down"
    return {"factor": f"{np.exp(abs(change)):.3g}", "form": form}
