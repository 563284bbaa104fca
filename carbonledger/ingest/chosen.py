"""Which rows of a block the profile asks for, and a cell that holds both ends of an interval."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.ingest.columns import integers, mask, strings
from carbonledger.ingest.named import ONLY
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.table import Table

Mask = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Chooser:
    """Chooses the rows of one file.

    Attributes:
        profile: what the user stated.
        left: rows left out so far.
    """

    profile: Profile
    left: int = 0

    def of(self, table: Table) -> Table:
        """Return the rows of a block that are asked for, with both ends of their intervals."""
        profile = self.profile
        if profile.only or profile.without:
            table = self._chosen(table)
        return _split(table, profile.range) if profile.range else table

    def _chosen(self, table: Table) -> Table:
        keep = np.ones(len(table.lines), np.bool_)
        for name, texts in self.profile.only.items():
            keep &= _among(table.columns[ONLY + name], texts)
        for name, texts in self.profile.without.items():
            keep &= ~_among(table.columns[ONLY + name], texts)
        columns = {k: c for k, c in table.columns.items() if not k.startswith(ONLY)}
        self.left += int((~keep).sum())
        return taken(replace(table, columns=columns), keep)

    def remarks(self) -> list[str]:
        """Say how many rows were left out."""
        if not self.left:
            return []
        said = "[only] or [without] of the profile"
        return [f"{self.left} rows were left out, as {said} asks"]


def _among(column: pa.Array, texts: tuple[str, ...]) -> Mask:
    plain = column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column
    return mask(pc.is_in(pc.utf8_trim_whitespace(plain), strings(list(texts))))


def taken(table: Table, keep: Mask) -> Table:
    """Return some rows of a block."""
    if keep.all():
        return table
    rows = integers(np.flatnonzero(keep))
    return replace(
        table,
        columns={role: column.take(rows) for role, column in table.columns.items()},
        wide={code: column.take(rows) for code, column in table.wide.items()},
        lines=table.lines[keep],
        shift=None if table.shift is None else table.shift[keep],
    )


def _split(table: Table, between: str) -> Table:
    """Split cells such as `00:00 to 00:15`; one that has no second end keeps its text for both."""
    blanks = pc.replace_substring(table.columns["time"], "\u00a0", " ")
    parts = [str(text).split(between.replace("\u00a0", " ")) for text in blanks.to_pylist()]
    two = 2
    starts = [p[0].strip() if len(p) == two else between.join(p) for p in parts]
    ends = [p[1].strip() if len(p) == two else "" for p in parts]
    return replace(table, columns=table.columns | {"time": strings(starts), "end": strings(ends)})
