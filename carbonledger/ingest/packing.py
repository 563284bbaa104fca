"""Meter-days as they will be posted: doubles taken out, gaps kept as null, packed as JSON."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.errors import ImportRefused
from carbonledger.ingest.clock import iso
from carbonledger.ingest.columns import integers, mask, string
from carbonledger.ingest.days import Runs
from carbonledger.ingest.faults import Faults
from carbonledger.ingest.rows import Rows
from carbonledger.ingest.scale import LIMIT, sums

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
MIXED = -1


class PackedDay(NamedTuple):
    """The readings of a meter on one local day, as they will be posted.

    Attributes:
        meter: number of the meter.
        day: local day, yyyymmdd.
        start, end: instants, seconds UTC.
        interval: seconds.
        profile: JSON array of the values with the source's digits.
        quantity: sum of the values in millionths of the canonical unit, each rounded on its own.
        total: sum of the values times 10**decimals.
        decimals: see above.
        values: how many are not missing.
        unit: number of the unit.
        quality: number of the quality, -1 when mixed.
        line_first, line_last: lines in the file.
    """

    meter: int
    day: int
    start: int
    end: int
    interval: int
    profile: str
    quantity: int
    total: int
    decimals: int
    values: int
    unit: int
    quality: int
    line_first: int
    line_last: int


@dataclass(slots=True)
class Packer:
    """Packs meter-days.

    Attributes:
        name: gives the code of a meter.
        column: name of the column of values, for faults.
        faults: rows that contradict each other.
        doubles: rows that repeat another with the same value.
    """

    name: Callable[[int], str]
    column: str
    faults: Faults
    doubles: int = 0

    def pack(self, runs: Runs, micros: Ints) -> Iterator[PackedDay]:
        """Yield the days of a block, each as one or more packed days; days without a value not.

        Args:
            runs: the days.
            micros: millionths of the canonical unit of each row.
        """
        rows, first = runs.rows, runs.first
        even = _even(runs)
        starts, lengths = rows.start[first], rows.seconds[first]
        ends = starts + lengths * (runs.last - first)
        live = np.ones(len(rows), np.bool_)
        if rows.texts.null_count:
            live = ~mask(pc.is_null(rows.texts))
            # An entry begins and ends with a value.
            even &= live[first] & live[runs.last - 1]
        days = zip(
            rows.meter[first].tolist(), dates(runs.day), starts.tolist(), ends.tolist(),
            lengths.tolist(), _profiles(rows.texts, first, len(rows)), sums(micros, first),
            sums(rows.ints, first), repeat(rows.decimals),
            np.add.reduceat(live, first, dtype=np.int64).tolist(),
            rows.unit[first].tolist(), rows.quality[first].tolist(),
            np.minimum.reduceat(rows.line, first).tolist(),
            np.maximum.reduceat(rows.line, first).tolist(),
        )  # fmt: skip
        places = zip(even.tolist(), first.tolist(), runs.last.tolist(), strict=True)
        for day, (good, a, b) in zip(map(PackedDay._make, days), places, strict=True):
            if abs(day.quantity) >= LIMIT:
                self._refuse(day.meter, day.line_first)
            if good:
                yield day
            elif day.values:
                yield from self._uneven(rows.slice(a, b), micros[a:b], day.day)

    def _refuse(self, meter: int, line: int) -> None:
        raise ImportRefused(
            f"{self.faults.file}:{line}: the values of meter {self.name(meter)} add up to more "
            "in a day than the ledger can hold",
            code="number-too-large",
            hint="check the unit and the column",
        )

    def _uneven(self, rows: Rows, micros: Ints, day: int) -> Iterator[PackedDay]:
        """Pack a day with gaps, doubles, or a change of unit or length."""
        texts = rows.texts.to_pylist()
        kept = self._single(rows, texts)
        piece: list[int] = []
        # An entry begins and ends with a value; what is missing before and behind says nothing.
        for row in (row for row in kept if texts[row] is not None):
            if piece and not _joins(rows, piece[0], row):
                yield _packed(rows, micros, texts, piece, day)
                piece = []
            piece.append(row)
        if piece:
            yield _packed(rows, micros, texts, piece, day)

    def _single(self, rows: Rows, texts: list[str | None]) -> list[int]:
        """Return the rows to post: one of equal doubles, none that contradict or overlap."""
        kept: list[int] = []
        row, count = 0, len(rows)
        while row < count:
            same = row + 1
            while same < count and rows.start[same] == rows.start[row]:
                same += 1
            if self._agree(rows, texts, row, same) and not self._overlaps(rows, texts, kept, row):
                kept.append(row)
            row = same
        return kept

    def _agree(self, rows: Rows, texts: list[str | None], row: int, end: int) -> bool:
        values = {
            (int(rows.ints[r]), texts[r] is None, int(rows.unit[r]), int(rows.seconds[r]))
            for r in range(row, end)
        }
        if len(values) == 1:
            self.doubles += end - row - 1
            return True
        lines = ", ".join(str(int(line)) for line in rows.line[row:end])
        said = " and ".join("missing" if text is None else text for text in texts[row:end])
        for r in range(row, end):
            reason = f"has different values in one file: {said} (lines {lines})"
            self._fault(rows, texts, r, reason)
        return False

    def _overlaps(self, rows: Rows, texts: list[str | None], kept: list[int], row: int) -> bool:
        if not kept or rows.start[kept[-1]] + rows.seconds[kept[-1]] <= rows.start[row]:
            return False
        before = kept[-1]
        reason = (
            f"lies within the {int(rows.seconds[before])} s that start at "
            f"{iso(int(rows.start[before]))} (line {int(rows.line[before])}); state the length of "
            "the intervals in a profile: interval"
        )
        self._fault(rows, texts, row, reason)
        return True

    def _fault(self, rows: Rows, texts: list[str | None], row: int, reason: str) -> None:
        what = f"meter {self.name(int(rows.meter[row]))} at {iso(int(rows.start[row]))}"
        self.faults.add(int(rows.line[row]), self.column, texts[row] or "", f"{what} {reason}")


def _even(runs: Runs) -> Mask:
    """Tell which days run in equal steps, in one unit and quality, without doubles."""
    rows = runs.rows
    odd = np.zeros(len(rows), np.bool_)
    odd[1:] = rows.start[1:] - rows.start[:-1] != rows.seconds[:-1]
    for column in (rows.seconds, rows.unit, rows.quality):
        odd[1:] |= column[1:] != column[:-1]
    odd[runs.first] = False
    return ~np.logical_or.reduceat(odd, runs.first)


def _profiles(texts: pa.StringArray, first: Ints, count: int) -> list[str]:
    filled = pc.fill_null(texts, string("null")) if texts.null_count else texts
    offsets = integers(np.append(first, count).astype(np.int32), pa.int32())
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, filled), string(","))
    opening, closing, nothing = string("["), string("]"), string("")
    return list(pc.binary_join_element_wise(opening, joined, closing, nothing).to_pylist())


def _joins(rows: Rows, first: int, row: int) -> bool:
    """Tell whether a row continues the entry that begins with `first`."""
    step = int(rows.seconds[first])
    return bool(
        rows.unit[row] == rows.unit[first]
        and rows.seconds[row] == step
        and (rows.start[row] - rows.start[first]) % step == 0
    )


def _packed(
    rows: Rows, micros: Ints, texts: list[str | None], piece: list[int], day: int
) -> PackedDay:
    step = int(rows.seconds[piece[0]])
    start, end = int(rows.start[piece[0]]), int(rows.start[piece[-1]]) + step
    cells: list[str | None] = [None] * ((end - start) // step)
    for row in piece:
        cells[(int(rows.start[row]) - start) // step] = texts[row]
    quality = set(rows.quality[piece].tolist())
    lines = rows.line[piece]
    return PackedDay(
        int(rows.meter[piece[0]]), day, start, end, step,
        "[" + ",".join("null" if cell is None else cell for cell in cells) + "]",
        sum(micros[piece].tolist()), sum(rows.ints[piece].tolist()), rows.decimals,
        sum(cell is not None for cell in cells), int(rows.unit[piece[0]]),
        quality.pop() if len(quality) == 1 else MIXED, int(lines.min()), int(lines.max()),
    )  # fmt: skip


def dates(days: Ints) -> list[int]:
    """Return days since 1970-01-01 as yyyymmdd."""
    day = days.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    year = month.astype("datetime64[Y]").astype(np.int64) + 1970
    within = (day - month.astype("datetime64[D]")).astype(np.int64) + 1
    return list((year * 10000 + (month.astype(np.int64) % 12 + 1) * 100 + within).tolist())
