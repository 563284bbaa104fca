"""Signs in the stamps of a file that they name the end of each interval.

A day of quarter-hours printed as 00:15 … 24:00, or as 00:15 … 00:00 of the next day, has ends.
Files are taken as starts when nothing is said; where they show one of these signs, it is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
DAY = 86400


@dataclass(slots=True)
class Edges:
    """The first and the last stamp of each meter.

    Attributes:
        first, last: seconds of the wall clock, or of UTC where stamps are instants, by number of
            the meter.
    """

    first: dict[int, int] = field(default_factory=dict)
    last: dict[int, int] = field(default_factory=dict)

    def take(self, walls: Ints, meters: Ints) -> None:
        """Note the stamps of a block."""
        order = np.argsort(meters, kind="stable")
        where, numbers = np.unique(meters[order], return_index=True)[::-1]
        low = np.minimum.reduceat(walls[order], where).tolist()
        high = np.maximum.reduceat(walls[order], where).tolist()
        for meter, least, most in zip(numbers.tolist(), low, high, strict=True):
            self.first[meter] = min(least, self.first.get(meter, least))
            self.last[meter] = max(most, self.last.get(meter, most))

    def on_walls(self, walls: Callable[[Ints, int], Ints]) -> "Edges":
        """Return these as a clock on the wall shows them.

        Args:
            walls: turns stamps of a meter, given with its number, into those of its wall clock.
        """
        shown = {
            meter: walls(np.array([first, self.last[meter]], np.int64), meter).tolist()
            for meter, first in self.first.items()
        }
        return Edges({m: pair[0] for m, pair in shown.items()},
                     {m: pair[1] for m, pair in shown.items()})  # fmt: skip

    def of_ends(self, lengths: dict[int, int]) -> list[int]:
        """Return the meters that begin one interval after a midnight and stop at a midnight.

        Args:
            lengths: of the intervals in seconds, by number of the meter.

        Returns:
            Their numbers, where they are most of the meters; else none.
        """
        seen = [m for m, length in lengths.items() if m in self.first and 0 < length < DAY]
        found = [m for m in seen if self.first[m] % DAY == lengths[m] and self.last[m] % DAY == 0]
        return found if 2 * len(found) > len(seen) else []
