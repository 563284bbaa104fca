"""Readings as parallel columns: the form in which they pass from step to step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from carbonledger.ingest.columns import integers

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
LARGEST = 1 << 62


@dataclass(frozen=True, slots=True)
class Rows:
    """Readings as parallel columns.

    Attributes:
        meter: number of the meter, in the order in which the file names them.
        start: instant the interval starts (of a register: of the reading), seconds UTC; before
            `placing` what the stamp says.
        seconds: length of the interval; 0 for readings of a register.
        ints: value times 10**decimals, 0 where missing; Python's own integers where 64 bits do
            not hold them.
        decimals: see above.
        texts: the value as a JSON number with the source's digits, null where missing.
        unit: number of the unit the row is in.
        quality: number of the quality flag.
        line: line in the file.
        until: what the second stamp of a row says, where the file states start and end of each
            interval; None: it states one stamp.
    """

    meter: Ints
    start: Ints
    seconds: Ints
    ints: Ints
    decimals: int
    texts: pa.StringArray
    unit: Ints
    quality: Ints
    line: Ints
    until: Ints | None = None

    def __len__(self) -> int:
        return len(self.meter)

    def take(self, index: Ints) -> "Rows":
        """Return some rows, in the order of `index`."""
        return Rows(
            self.meter[index], self.start[index], self.seconds[index], self.ints[index],
            self.decimals, self.texts.take(integers(index)), self.unit[index],
            self.quality[index], self.line[index],
            None if self.until is None else self.until[index],
        )  # fmt: skip

    def slice(self, low: int, high: int) -> "Rows":
        """Return the rows from `low` to before `high` without copying them."""
        part = slice(low, high)
        return Rows(
            self.meter[part], self.start[part], self.seconds[part], self.ints[part], self.decimals,
            self.texts.slice(low, high - low), self.unit[part], self.quality[part],
            self.line[part], None if self.until is None else self.until[part],
        )  # fmt: skip

    def split(self, mask: Mask) -> tuple["Rows | None", "Rows | None"]:
        """Return the rows where the mask holds and the others; None instead of no rows."""
        if mask.all():
            return self, None
        if not mask.any():
            return None, self
        return self.take(np.flatnonzero(mask)), self.take(np.flatnonzero(~mask))

    def scaled(self, decimals: int) -> "Rows":
        """Return the same rows with integers that hold more decimals."""
        if decimals == self.decimals:
            return self
        step = 10 ** (decimals - self.decimals)
        small = len(self) == 0 or int(np.abs(self.ints).max()) * step < LARGEST
        ints = self.ints if small and step < LARGEST else self.ints.astype(object)
        return replace(self, ints=ints * step, decimals=decimals)


def join(parts: Sequence[Rows]) -> Rows:
    """Return the rows of all parts, one part behind the other."""
    if len(parts) == 1:
        return parts[0]
    decimals = max(part.decimals for part in parts)
    same = [part.scaled(decimals) for part in parts]

    def column(name: str) -> Ints:
        return np.concatenate([getattr(part, name) for part in same])

    return Rows(
        column("meter"), column("start"), column("seconds"), column("ints"), decimals,
        pa.concat_arrays([part.texts for part in same]), column("unit"), column("quality"),
        column("line"), None if parts[0].until is None else column("until"),
    )  # fmt: skip
