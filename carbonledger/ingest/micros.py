"""The readings of a block in millionths of the canonical unit, each rounded on its own.

So sums do not depend on how readings are split into files.
"""

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from carbonledger.errors import ImportRefused, NumberRefused
from carbonledger.ingest.days import Runs
from carbonledger.ingest.packing import dates
from carbonledger.ingest.ratios import Ratios
from carbonledger.ingest.scale import to_micro

Ints = npt.NDArray[np.int64]


def micros(runs: Runs, ratios: Ratios) -> Ints:
    """Convert the readings of a block.

    Raises:
        ImportRefused: a unit does not fit the meter, or a quantity is too large.
    """
    rows, sizes = runs.rows, runs.last - runs.first
    varied = _varied(runs)
    numbers: dict[Fraction, int] = {}
    heads = _of_days(runs, ratios, numbers)
    if not varied.any() and len(numbers) == 1:
        return _converted(runs, ratios, np.arange(len(rows)), next(iter(numbers)))
    kinds = np.repeat(heads, sizes)
    odd = np.flatnonzero(np.repeat(varied, sizes))
    if len(odd):
        single = _ratios(runs, ratios, odd, np.repeat(runs.day, sizes)[odd])
        kinds[odd] = [numbers.setdefault(ratio, len(numbers)) for ratio in single]
    found = np.zeros(len(rows), np.int64)
    for ratio, number in numbers.items():
        where = np.flatnonzero(kinds == number)
        found[where] = _converted(runs, ratios, where, ratio)
    return found


def _varied(runs: Runs) -> npt.NDArray[np.bool_]:
    """Tell which days change their unit or the length of their intervals."""
    rows = runs.rows
    odd = np.zeros(len(rows), np.bool_)
    for column in (rows.unit, rows.seconds):
        odd[1:] |= column[1:] != column[:-1]
    odd[runs.first] = False
    return np.asarray(np.logical_or.reduceat(odd, runs.first), np.bool_)


def _of_days(runs: Runs, ratios: Ratios, numbers: dict[Fraction, int]) -> Ints:
    """Return the number of the ratio of the first row of each day, numbering the ratios met.

    The days of a meter follow each other, so that of those alike the first is the earliest; it is
    the only one that is looked up.
    """
    rows, first = runs.rows, runs.first
    several = np.array([len(meter.revisions) > 1 for meter in ratios.meters.seen], np.bool_)
    fresh = several[rows.meter[first]]
    fresh[:1] = True
    for column in (rows.meter, rows.unit, rows.seconds):
        fresh[1:] |= column[first[1:]] != column[first[:-1]]
    where = np.flatnonzero(fresh)
    found = _ratios(runs, ratios, first[where], runs.day[where])
    met = [numbers.setdefault(ratio, len(numbers)) for ratio in found]
    return np.repeat(met, np.diff(np.append(where, len(runs))))


def _ratios(runs: Runs, ratios: Ratios, where: Ints, days: Ints) -> list[Fraction]:
    rows = runs.rows
    keys = zip(
        rows.meter[where].tolist(), rows.unit[where].tolist(), dates(days),
        rows.seconds[where].tolist(), rows.line[where].tolist(), strict=True,
    )  # fmt: skip
    return [ratios.of(*key) for key in keys]


def _converted(runs: Runs, ratios: Ratios, where: Ints, ratio: Fraction) -> Ints:
    rows = runs.rows
    ints = rows.ints if len(where) == len(rows) else rows.ints[where]
    try:
        return to_micro(ints, ratio, rows.decimals)
    except NumberRefused as error:
        worst = int(where[int(np.argmax(np.abs(ints)))])
        raise ImportRefused(
            f"{ratios.meters.layout.path}:{int(rows.line[worst])}: {error.message}",
            code=error.code,
            hint=error.hint,
        ) from error
