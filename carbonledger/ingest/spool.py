"""Rows that wait on the disk, sorted by month, because their file is in no order of time."""

import errno
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from carbonledger.errors import ImportRefused
from carbonledger.ingest.columns import integers, numbers
from carbonledger.ingest.rows import Rows, join
from carbonledger.ingest.values import scaled

Ints = npt.NDArray[np.int64]
# So many meters share a part; a part is what is held in memory at a time.
TOGETHER = 256
SMALL = 1 << 16
COLUMNS = {
    "meter": pa.int32(), "start": pa.int64(), "seconds": pa.int64(), "unit": pa.int32(),
    "quality": pa.int32(), "line": pa.int64(),
}  # fmt: skip


def _refused(error: OSError) -> ImportRefused:
    return ImportRefused(
        f"the rows cannot be sorted on the disk: {error.strerror}",
        code="disk-full" if error.errno == errno.ENOSPC else "spool",
        hint="free some space in the temporary folder, or sort the file by time first",
    )


def _temporary() -> IO[bytes]:
    try:
        return tempfile.TemporaryFile()
    except OSError as error:
        raise _refused(error) from error


@dataclass(slots=True)
class Spool:
    """Rows on the disk, in parts of one month and at most 256 meters."""

    _file: IO[bytes] = field(default_factory=_temporary)
    _pieces: dict[tuple[int, int], list[tuple[int, int]]] = field(default_factory=dict)

    def close(self) -> None:
        """Give the place on the disk free."""
        self._file.close()

    def add(self, rows: Rows, days: Ints) -> None:
        """Put rows down.

        Args:
            rows: the rows.
            days: local day of each, in days since 1970-01-01.

        Raises:
            ImportRefused: the disk is full.
        """
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        groups = rows.meter // TOGETHER
        low, many = int(months.min()), int(groups.max()) + 1
        keys = (months - low) * many + groups
        # Sorting numbers of two bytes takes one step a row.
        order = np.argsort(keys.astype(np.uint16) if keys.max() < SMALL else keys, kind="stable")
        rows, keys = rows.take(order), keys[order]
        edges = [0, *(np.flatnonzero(np.diff(keys)) + 1).tolist(), len(keys)]
        for first, last in pairwise(edges):
            month, group = divmod(int(keys[first]), many)
            self._write((low + month, group), rows.slice(first, last))

    def _write(self, key: tuple[int, int], rows: Rows) -> None:
        arrays = [
            integers(getattr(rows, name).astype(kind.to_pandas_dtype()), kind)
            for name, kind in COLUMNS.items()
        ]
        batch = pa.record_batch([*arrays, rows.texts], schema=SCHEMA)
        data = batch.serialize()
        try:
            self._file.write(data)
        except OSError as error:
            raise _refused(error) from error
        pieces = self._pieces.setdefault(key, [])
        pieces.append((self._file.tell() - data.size, data.size))

    def parts(self) -> Iterator[Rows]:
        """Yield the rows part by part, months in order."""
        for key in sorted(self._pieces):
            yield join([self._read(*piece) for piece in self._pieces[key]])

    def _read(self, place: int, size: int) -> Rows:
        self._file.seek(place)
        batch = pa.ipc.read_record_batch(pa.py_buffer(self._file.read(size)), SCHEMA)
        columns = {name: numbers(batch.column(name)).astype(np.int64) for name in COLUMNS}
        texts = batch.column("texts")
        ints, decimals = scaled(texts)
        return Rows(**columns, ints=ints, decimals=decimals, texts=texts)


SCHEMA = pa.schema([*COLUMNS.items(), ("texts", pa.string())])
