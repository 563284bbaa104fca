"""Readings into meter-days: sorted, doubles taken out, gaps kept as null, packed as JSON.

The rows of a day may lie in several blocks; a day is held back while it is the last of its meter
and not complete, so memory is bounded by one day a meter, whatever the size of the file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.errors import Fault
from carbonledger.ingest.clock import iso
from carbonledger.ingest.rows import Rows, is_null, join

Ints = npt.NDArray[np.int64]
DAY = 86400


@dataclass(frozen=True, slots=True)
class Runs:
    """Rows sorted by meter and time, cut into meter-days.

    Attributes:
        rows: the rows.
        first: position of the first row of each day.
        day: number of each day since 1970-01-01, local.
    """

    rows: Rows
    first: Ints
    day: Ints

    def __len__(self) -> int:
        return len(self.first)

    @property
    def last(self) -> Ints:
        """Position behind the last row of each day."""
        return np.append(self.first[1:], len(self.rows))


@dataclass(slots=True)
class Grouper:
    """Cuts the rows of a file into meter-days.

    Attributes:
        local_day: gives the local day number of rows (their meter's time zone).
        interval: gives the length of a meter's intervals.
    """

    local_day: Callable[[Rows], Ints]
    interval: Callable[[int], int]
    _held: Rows | None = None

    def feed(self, rows: Rows) -> Runs | None:
        """Take a block and return the days that are complete."""
        whole = rows if self._held is None else join(self._held, rows)
        return self._cut(_sorted(whole), final=False)

    def finish(self) -> Runs | None:
        """Return the days still held back."""
        held, self._held = self._held, None
        return None if held is None else self._cut(_sorted(held), final=True)

    def _cut(self, rows: Rows, *, final: bool) -> Runs | None:
        day = self.local_day(rows)
        edge = np.flatnonzero((np.diff(rows.meter) != 0) | (np.diff(day) != 0)) + 1
        first = np.concatenate([[0], edge]).astype(np.int64)
        runs = Runs(rows, first, day[first])
        if final:
            return runs
        return self._hold(runs)

    def _hold(self, runs: Runs) -> Runs | None:
        meters = runs.rows.meter[runs.first]
        last_of_meter = np.append(meters[1:] != meters[:-1], True)
        lengths = np.array([self.interval(int(m)) for m in np.unique(meters).tolist()])
        step = lengths[np.searchsorted(np.unique(meters), meters)]
        open_day = last_of_meter & ((runs.last - runs.first) * step < DAY)
        self._held = None
        if not open_day.any():
            return runs
        if open_day.sum() == 1 and open_day[-1]:
            cut = int(runs.first[-1])
            self._held = runs.rows.take(np.arange(cut, len(runs.rows)))
            return _part(runs, slice(0, len(runs) - 1), cut) if cut else None
        row_open = np.repeat(open_day, runs.last - runs.first)
        self._held = runs.rows.take(np.flatnonzero(row_open))
        if row_open.all():
            return None
        kept = runs.rows.take(np.flatnonzero(~row_open))
        sizes = (runs.last - runs.first)[~open_day]
        first = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        return Runs(kept, first, runs.day[~open_day])


def _part(runs: Runs, which: slice, end: int) -> Runs:
    rows = runs.rows
    head = Rows(rows.meter[:end], rows.start[:end], rows.ints[:end], rows.decimals,
                rows.texts.slice(0, end), rows.unit[:end], rows.quality[:end], rows.line[:end])  # fmt: skip
    return Runs(head, runs.first[which], runs.day[which])


def _sorted(rows: Rows) -> Rows:
    meter, start = np.diff(rows.meter), np.diff(rows.start)
    if ((meter > 0) | ((meter == 0) & (start >= 0))).all():
        return rows
    return rows.take(np.lexsort((rows.line, rows.start, rows.meter)))


class PackedDay(NamedTuple):
    """The readings of a meter on one local day, as they will be posted.

    Attributes:
        meter: index of the meter.
        day: local day, yyyymmdd.
        start, end: instants, seconds UTC.
        interval: seconds.
        profile: JSON array of the values with the source's digits.
        total: sum of the values times 10**decimals.
        decimals: see above.
        count: values that are not missing.
        unit: index of the unit.
        quality: index of the quality, -1 when mixed.
        line_first, line_last: lines in the file.
    """

    meter: int
    day: int
    start: int
    end: int
    interval: int
    profile: str
    total: int
    decimals: int
    count: int
    unit: int
    quality: int
    line_first: int
    line_last: int


@dataclass(slots=True)
class Packer:
    """Packs meter-days.

    Attributes:
        file: name of the file, for faults.
        name: gives the code of a meter.
        interval: gives the length of a meter's intervals.
        faults: rows that contradict each other.
        doubles: rows that repeat another with the same value.
    """

    file: str
    name: Callable[[int], str]
    interval: Callable[[int], int]
    faults: list[Fault] = field(default_factory=list)
    doubles: int = 0

    def pack(self, runs: Runs) -> Iterator[PackedDay]:
        """Yield the days of a block, each as one or more packed days."""
        rows = runs.rows
        even = self._even(runs)
        joined = _joined(rows.texts, runs.first, len(rows))
        sums = np.add.reduceat(rows.ints, runs.first)
        counts = np.add.reduceat((~is_null(rows.texts)).astype(np.int64), runs.first)
        low = np.minimum.reduceat(rows.line, runs.first)
        high = np.maximum.reduceat(rows.line, runs.first)
        columns = zip(
            even.tolist(), runs.first.tolist(), runs.last.tolist(), joined, sums.tolist(),
            counts.tolist(), low.tolist(), high.tolist(), dates(runs.day),
            rows.meter[runs.first].tolist(), rows.start[runs.first].tolist(),
            rows.unit[runs.first].tolist(), rows.quality[runs.first].tolist(), strict=True,
        )  # fmt: skip
        for good, a, b, text, total, count, l1, l2, day, meter, start, unit, quality in columns:
            step = self.interval(meter)
            if good:
                yield PackedDay(meter, day, start, start + step * (b - a), step, f"[{text}]",
                                total, rows.decimals, count, unit, quality, l1, l2)  # fmt: skip
            else:
                yield from self._uneven(rows, a, b, day, step)

    def _even(self, runs: Runs) -> npt.NDArray[np.bool_]:
        """Tell which days run in equal steps, in one unit and quality, without doubles."""
        rows = runs.rows
        steps = np.array([self.interval(m) for m in range(int(rows.meter.max()) + 1)], np.int64)
        odd = np.zeros(len(rows), np.int64)
        odd[1:] = (
            (np.diff(rows.start) != steps[rows.meter[1:]])
            | (np.diff(rows.unit) != 0)
            | (np.diff(rows.quality) != 0)
        )
        odd[runs.first] = 0
        return np.asarray(np.add.reduceat(odd, runs.first) == 0, np.bool_)

    def _uneven(self, rows: Rows, a: int, b: int, day: int, step: int) -> Iterator[PackedDay]:
        """Pack a day with gaps, doubles, or a change of unit."""
        kept = self._without_doubles(rows, a, b)
        texts = rows.texts.slice(a, b - a).to_pylist()
        piece: list[int] = []
        for row in kept:
            if piece and (
                rows.unit[row] != rows.unit[piece[0]]
                or (rows.start[row] - rows.start[piece[0]]) % step
            ):
                yield _packed(rows, piece, texts, a, day, step)
                piece = []
            piece.append(row)
        if piece:
            yield _packed(rows, piece, texts, a, day, step)

    def _without_doubles(self, rows: Rows, a: int, b: int) -> list[int]:
        kept: list[int] = []
        row = a
        while row < b:
            same = row + 1
            while same < b and rows.start[same] == rows.start[row]:
                same += 1
            if self._agree(rows, row, same):
                kept.append(row)
            row = same
        return kept

    def _agree(self, rows: Rows, row: int, end: int) -> bool:
        texts = rows.texts.slice(row, end - row).to_pylist()
        values = {
            (int(rows.ints[r]), texts[r - row] is None, int(rows.unit[r])) for r in range(row, end)
        }
        if len(values) == 1:
            self.doubles += end - row - 1
            return True
        lines = ", ".join(str(int(line)) for line in rows.line[row:end])
        what = f"meter {self.name(int(rows.meter[row]))} at {iso(int(rows.start[row]))}"
        said = " and ".join("missing" if text is None else text for text in texts)
        for r in range(row, end):
            self.faults.append(
                Fault(self.file, int(rows.line[r]), "value", texts[r - row] or "",
                      f"{what} has different values in one file: {said} (lines {lines})")
            )  # fmt: skip
        return False


def _joined(texts: pa.StringArray, first: Ints, count: int) -> list[str]:
    filled = pc.fill_null(texts, "null") if texts.null_count else texts
    offsets = pa.array(np.append(first, count).astype(np.int32))
    return list(pc.binary_join(pa.ListArray.from_arrays(offsets, filled), ",").to_pylist())


def _packed(
    rows: Rows, piece: list[int], texts: list[str | None], a: int, day: int, step: int
) -> PackedDay:
    start, end = int(rows.start[piece[0]]), int(rows.start[piece[-1]]) + step
    cells: list[str | None] = [None] * ((end - start) // step)
    for row in piece:
        cells[(int(rows.start[row]) - start) // step] = texts[row - a]
    quality = set(rows.quality[piece].tolist())
    lines = rows.line[piece]
    return PackedDay(
        int(rows.meter[piece[0]]), day, start, end, step,
        "[" + ",".join("null" if cell is None else cell for cell in cells) + "]",
        int(rows.ints[piece].sum()), rows.decimals, sum(cell is not None for cell in cells),
        int(rows.unit[piece[0]]), quality.pop() if len(quality) == 1 else -1,
        int(lines.min()), int(lines.max()),
    )  # fmt: skip


def dates(days: Ints) -> list[int]:
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    years = months.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    day = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
    return list((years * 10000 + month * 100 + day).tolist())
