"""What the flags beside the values of a file say of them: actual, estimated, none at all."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from carbonledger.ingest.columns import numbers, string, truths
from carbonledger.ingest.faults import Faults
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.meters import is_formula
from carbonledger.ingest.rows import Rows
from carbonledger.ingest.sorts import sorts
from carbonledger.ingest.table import Table

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
NO_VALUE = "missing"
FORMULA = "this is a formula; export its result"
LONGEST_FLAG = 40
QUALITIES = {
    "": "actual", "a": "actual", "actual": "actual", "measured": "actual", "实测": "actual",
    "e": "estimated", "estimated": "estimated", "估计": "estimated", "估算": "estimated",
    "s": "substituted", "substituted": "substituted", "替代": "substituted",
    "missing": NO_VALUE, "invalid": NO_VALUE, "缺失": NO_VALUE, "缺测": NO_VALUE,
    "无数据": NO_VALUE, "无效": NO_VALUE,
}  # fmt: skip
# What a column means that is named after estimates and says yes or no.
YES_OR_NO = {"yes": "estimated", "y": "estimated", "no": "actual", "n": "actual"}


def quality_of(text: str, column: str = "") -> str:
    """Return the quality that a flag of the source means; a flag not known is kept as it is.

    Args:
        text: the flag.
        column: name of its column; one named after estimates may say yes or no.
    """
    flag = text.strip().lower()
    known = QUALITIES | YES_OR_NO if "estimated" in column.lower() else QUALITIES
    return known.get(flag, text.strip()[:LONGEST_FLAG])


@dataclass(frozen=True, slots=True)
class Flags:
    """Reads the flags of one file.

    Attributes:
        layout: see `sniff`.
        faults: rows whose flag is a formula.
        qualities: flags met so far, in order; the number of a flag is its place here.
    """

    layout: Layout
    faults: Faults
    qualities: list[str]

    def read(self, table: Table, good: Mask) -> Ints:
        """Return the number of the flag of each row; a row whose flag is a formula is no good."""
        if "quality" not in table.columns:
            return np.zeros(len(table.lines), np.int64)
        encoded = sorts(self.layout, table, "quality")
        known = np.zeros(len(encoded.dictionary), np.int64)
        for place, text in enumerate(encoded.dictionary.to_pylist()):
            if is_formula(text):
                for row in np.flatnonzero((numbers(encoded.indices) == place) & good).tolist():
                    line = int(table.lines[row])
                    self.faults.add(line, self.layout.column("quality"), text, FORMULA)
                    good[row] = False
            name = quality_of(text, self.layout.column("quality"))
            if name not in self.qualities:
                self.qualities.append(name)
            known[place] = self.qualities.index(name)
        return np.asarray(known[numbers(encoded.indices)], np.int64)

    def without_invalid(self, rows: Rows) -> Rows:
        """Take out values that the source itself flags as none."""
        if NO_VALUE not in self.qualities:
            return rows
        gone = rows.quality == self.qualities.index(NO_VALUE)
        if not gone.any():
            return rows
        texts = pc.if_else(truths(~gone), rows.texts, string(None))
        return replace(rows, ints=np.where(gone, 0, rows.ints), texts=texts)
