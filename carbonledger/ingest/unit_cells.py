"""Units that stand in a column of their own, row by row."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carbonledger.errors import UnitRefused
from carbonledger.ingest.columns import numbers
from carbonledger.ingest.faults import Faults
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.ratios import Ratios
from carbonledger.ingest.sorts import sorts
from carbonledger.ingest.table import Table

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class UnitCells:
    """Reads the column of units of one file.

    Attributes:
        layout: see `sniff`.
        faults: rows whose unit is none.
        ratios: numbers the units.
    """

    layout: Layout
    faults: Faults
    ratios: Ratios

    def read(self, table: Table, good: Mask) -> Ints:
        """Return the number of the unit of each row; a row whose unit is none is no good."""
        encoded = sorts(self.layout, table, "unit")
        places = numbers(encoded.indices)
        known = np.zeros(len(encoded.dictionary), np.int64)
        for place, text in enumerate(encoded.dictionary.to_pylist()):
            try:
                known[place] = self._unit(text.strip())
            except UnitRefused as error:
                here = (places == place) & good
                for row in np.flatnonzero(here).tolist():
                    reason = f"{error.message}; {error.hint}"
                    column = self.layout.column("unit")
                    self.faults.add(int(table.lines[row]), column, text, reason)
                good &= ~here
        return np.asarray(known[places], np.int64)

    def _unit(self, text: str) -> int:
        if text:
            return self.ratios.number(text)
        raise UnitRefused(
            "the row states no unit", code="unit-unknown", hint="or state one in the profile: unit"
        )
