"""Stamps in the form of ISO 8601 that Arrow reads itself, while it splits the lines.

That takes a fifth of the time of making texts of them first. Arrow takes a date alone, too, or one
with an hour: so the bytes of the block are counted, and the texts are read after all where a stamp
is of another form than the one found out before. That a T may stand for the blank, and the other
way round, both ways agree on; see `stamps.reading`.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.ingest.columns import numbers
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.stamps import FIRST_YEAR, LAST_YEAR

Ints = npt.NDArray[np.int64]
# No form that Arrow knows is wider; so if all together are so wide, each is.
WIDTH = 19
FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
ROLES = {"meter", "time", "value"}
EARLIEST, LATEST = (
    int(np.datetime64(f"{year}-01-01", "s").astype(np.int64))
    for year in (FIRST_YEAR, LAST_YEAR + 1)
)


def column_of(layout: Layout, form: str | None) -> str:
    """Return the column whose stamps Arrow may read; "" where their texts are needed.

    Args:
        layout: see `sniff`.
        form: of the stamps, once it is known.
    """
    profile = layout.profile
    texts = profile.sections or profile.only or profile.without or profile.range or layout.computed
    plain = layout.format == "long" and layout.columns.keys() <= ROLES
    single = all(len(positions) == 1 for positions in layout.columns.values())
    if form not in FORMS or texts or not plain or not single:
        return ""
    whole = len(layout.columns) == len(layout.names)
    return layout.names[layout.columns["time"][0]] if whole and "time" in layout.columns else ""


def walls_of(table: pa.Table, name: str, data: bytes) -> Ints | None:
    """Return the stamps of a block in seconds of the wall clock; None where a text is needed.

    Args:
        table: all columns of the block; that of the stamps as timestamps.
        name: of that column.
        data: the block: its lines, without quotes.
    """
    rows = table.num_rows
    others = [_flat(table.column(other)) for other in table.column_names if other != name]
    signs = rows * len(table.column_names) - (not data.endswith(b"\n"))
    if len(data) - signs - sum(map(_bytes, others)) != WIDTH * rows:
        return None
    walls = np.asarray(numbers(_flat(table.column(name)).cast(pa.int64())), np.int64)
    return walls if rows and walls.min() >= EARLIEST and walls.max() < LATEST else None


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _bytes(column: pa.Array) -> int:
    """Return how many bytes the texts of a column have."""
    if isinstance(column, pa.DictionaryArray):
        each = numbers(pc.binary_length(column.dictionary)).astype(np.int64)
        return int((each * np.bincount(numbers(column.indices), minlength=len(each))).sum())
    offsets = np.frombuffer(column.buffers()[1], np.int32)
    return int(offsets[column.offset + len(column)]) - int(offsets[column.offset])
