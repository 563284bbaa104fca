"""Columns between Arrow and numpy, there and back, without pandas.

Arrow's own ways (`pa.array`, `pa.scalar`, `to_numpy`) load pandas the first time, only to see
whether they were handed something of it. That costs more than the import of a small file.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def numbers(column: pa.Array) -> npt.NDArray[Any]:
    """Return a column of numbers as numpy sees it, without a copy; no cell of it is null."""
    return np.from_dlpack(column)


def mask(column: pa.BooleanArray) -> Mask:
    """Return a column of truth values without nulls."""
    return np.from_dlpack(column.cast(pa.uint8())).view(np.bool_)


def integers(values: npt.NDArray[Any], kind: pa.DataType | None = None) -> pa.Array:
    """Return integers as an Arrow column, without a copy.

    Args:
        values: the integers, as wide as `kind`.
        kind: Arrow's type; None: 64 bits.
    """
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind or pa.int64(), len(values), [None, data])


def truths(values: Mask) -> pa.BooleanArray:
    """Return truth values as an Arrow column."""
    return integers(values.view(np.uint8), pa.uint8()).cast(pa.bool_())


def strings(texts: Sequence[str | None]) -> pa.StringArray:
    """Return texts as an Arrow column; None becomes null."""
    cells = [(text or "").encode() for text in texts]
    offsets = np.zeros(len(cells) + 1, np.int32)
    np.cumsum([len(cell) for cell in cells], out=offsets[1:])
    there = np.array([text is not None for text in texts], np.bool_)
    valid = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little"))
    buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(b"".join(cells))]
    return pa.Array.from_buffers(pa.string(), len(cells), buffers)


def string(text: str | None) -> pa.StringScalar:
    """Return a text, or null, as Arrow's functions take it beside a column."""
    return strings([text])[0]
