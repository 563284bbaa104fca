"""A series that only rises, where the energy of each interval is declared: states of a register.

Energy goes up and down. A series of it that rises dozens of times and never falls does not happen,
and booked as energy it would count everything from the day on which the register was new, with
every row. So it is asked, where neither the profile nor the format of the file says what it holds.

The same holds for the energy of the day so far, as inverters show it: it rises dozens of times,
falls to about nothing, and rises again.
"""

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from carbonledger.errors import ImportUndecided
from carbonledger.ingest.columns import mask
from carbonledger.ingest.days import Runs
from carbonledger.ingest.meters import Meters
from carbonledger.ingest.rows import Rows

Ints = npt.NDArray[np.int64]
# So many values, and steps up among them, none down: from there on chance is no explanation.
VALUES = 48
RISES = 24
# The least value is so many mean steps: it was counted before the file began.
FAR = 20
# Or the series starts near zero, as a new register does, and rises so often.
MANY = 500
# A counter that starts again falls to less than one in so many.
NOTHING = 20
# Between two such falls it rises so often on average: the hours of a winter's day. It is looked at
# from so many falls on, whether it does.
EACH, FEW = 8, 3
# Energy has fallen somewhere within the first values of nearly every meter; so few are looked at.
FIRST = 96


@dataclass(slots=True)
class _Series:
    """What is known of a meter whose values have not fallen so far, or only to about nothing."""

    first: Fraction
    last: Fraction
    rises: int = 0
    values: int = 0
    restarts: int = 0

    @property
    def counts_up(self) -> bool:
        """Whether the evidence is strong."""
        if self.restarts:
            return False
        far = self.first * self.rises >= FAR * (self.last - self.first)
        return self.rises >= MANY or (self.values >= VALUES and self.rises >= RISES and far)

    @property
    def starts_again(self) -> bool:
        """Whether it counts up, over and over, and never falls otherwise."""
        often = self.rises >= max(RISES, EACH * (self.restarts + 1))
        return self.restarts > 0 and self.values >= VALUES and often

    @property
    def hopeless(self) -> bool:
        """Whether it falls far too often for a counter."""
        return self.restarts >= FEW and self.rises < EACH * self.restarts


@dataclass(slots=True)
class Rising:
    """Looks for meters of interval energy whose values only rise.

    Attributes:
        meters: the meters of the file.
    """

    meters: Meters
    _open: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    _series: dict[int, _Series] = field(default_factory=dict)

    def take(self, runs: Runs) -> None:
        """Look at the days of a block; nothing is done for meters whose values fell before."""
        self._enlarge()
        meter, rows = runs.rows.meter[runs.first], runs.rows
        edges = np.flatnonzero(np.append(True, meter[1:] != meter[:-1]))
        lows = runs.first[edges]
        highs = np.append(lows[1:], len(rows))
        for place in np.flatnonzero(self._open[meter[edges]]).tolist():
            number = int(meter[edges[place]])
            self._open[number] = self._rises(number, rows, int(lows[place]), int(highs[place]))

    def _enlarge(self) -> None:
        """Begin to look at meters that are new."""
        known, count = len(self._open), len(self.meters.seen)
        if count > known:
            stated = self.meters.layout.profile.quantity is not None
            new = [
                not stated and self.meters.reads(number) == "interval"
                for number in range(known, count)
            ]
            self._open = np.append(self._open, np.array(new, np.bool_))

    def _rises(self, number: int, rows: Rows, low: int, high: int) -> bool:
        """Take note of some rows of a meter; False when its values fall as energy does."""
        known = self._series.get(number)
        if known is None and _falls(rows.ints[low : min(high, low + FIRST)], rows, low):
            return False
        ints = _present(rows, low, high)
        if len(ints) == 0:
            return True
        first, last = (Fraction(int(ints[at]), 10**rows.decimals) for at in (0, -1))
        series = self._series[number] = known or _Series(first, first)
        steps, restarts = np.diff(ints), _restarts(ints)
        series.rises += int((steps > 0).sum()) + (first > series.last)
        series.restarts += int(restarts.sum()) + (first < series.last)
        series.values += len(ints)
        falls = (steps < 0) & ~restarts
        between = first < series.last and not 0 <= first * NOTHING <= series.last
        series.last = last
        if between or bool(falls.any()) or series.hopeless:
            del self._series[number]
            return False
        return True

    def ask(self) -> None:
        """Ask whether what only rises is energy or the state of a register.

        Raises:
            ImportUndecided: the values of a meter rise often and never fall, or only to start again
                from nothing.
        """
        self._ask_again()
        found = {n: one for n, one in sorted(self._series.items()) if one.counts_up}
        if not found:
            return
        number, one = next(iter(found.items()))
        code, layout = self.meters.seen[number].code, self.meters.layout
        more = f" (so do those of {len(found) - 1} more)" if len(found) > 1 else ""
        raise ImportUndecided(
            f"{layout.path}: the values of meter {code} rise {one.rises:,} times and never fall, "
            f"from {_shown(one.first)} to {_shown(one.last)}{more}: they seem to be states of a "
            'register, but it is declared with reads = "interval"',
            choices=({"quantity": "register"}, {"quantity": "energy"}),
            code="quantity",
            hint='say which in a profile: quantity = "register" or quantity = "energy"; or declare '
            'reads = "register" in site.toml',
        )

    def _ask_again(self) -> None:
        """Ask whether what rises, falls to nothing and rises again is energy of each interval.

        Raises:
            ImportUndecided: the values of a meter do so.
        """
        found = ((n, one) for n, one in sorted(self._series.items()) if one.starts_again)
        number, one = next(found, (0, None))
        if one is None:
            return
        code, layout = self.meters.seen[number].code, self.meters.layout
        raise ImportUndecided(
            f"{layout.path}: the values of meter {code} rise {one.rises:,} times and fall only to "
            f"about nothing, {one.restarts:,} times: they seem to be a counter that starts again, "
            "as the energy of the day so far",
            choices=({"quantity": "register"}, {"quantity": "energy"}),
            code="quantity",
            hint="import the counter that never starts again (total energy), or the energy of each "
            'interval; where each value is the energy of its interval, state quantity = "energy"',
        )


def _falls(ints: Ints, rows: Rows, low: int) -> bool:
    """Tell whether some values, all of them present, fall other than to about nothing."""
    if rows.texts.slice(low, len(ints)).null_count:
        return False
    return bool(((np.diff(ints) < 0) & ~_restarts(ints)).any())


def _restarts(ints: Ints) -> npt.NDArray[np.bool_]:
    """Tell for each step between values whether it falls to about nothing."""
    before, after = ints[:-1], ints[1:]
    found: npt.NDArray[np.bool_] = (after < before) & (after >= 0) & (after <= before // NOTHING)
    return found


def _present(rows: Rows, low: int, high: int) -> Ints:
    """Return the values of some rows that are not missing."""
    texts = rows.texts.slice(low, high - low)
    ints = rows.ints[low:high]
    return ints[mask(pc.is_valid(texts))] if texts.null_count else ints


def _shown(value: Fraction) -> str:
    return f"{float(value):.12g}"
