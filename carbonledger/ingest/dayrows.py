"""Files with a row a day into rows of one reading each: a cell of the file is an interval.

Cells are taken row by row, so that time runs. Days on which the clock changes are placed one by
one; see `daycells` for what their cells mean and `daychoice` for how that is found out.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from carbonledger.errors import ImportUndecided
from carbonledger.ingest.columns import strings
from carbonledger.ingest.daycells import Cells, cells_of, changes_within, instants
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.meters import Meters
from carbonledger.ingest.periods import Periods
from carbonledger.ingest.rows import Rows, join
from carbonledger.ingest.values import Values, json_number
from carbonledger.ingest.zone import Zone, zone_for

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
DAY = 86400
SHOWN = 3


# Notes a fault of a row: its position in the block, the column, the text and the reason.
Fault = Callable[[int, str, object, str], None]


@dataclass(frozen=True, slots=True)
class Days:
    """Rows of a block that can be used: each a day of a meter.

    Attributes:
        row: position in the block.
        midnight: wall clock at which the day begins.
        meter, unit, quality, line: see `Rows`.
    """

    row: Ints
    midnight: Ints
    meter: Ints
    unit: Ints
    quality: Ints
    line: Ints

    def __len__(self) -> int:
        return len(self.row)

    def take(self, which: Ints | Mask) -> "Days":
        """Return some of the days."""
        return Days(self.row[which], self.midnight[which], self.meter[which], self.unit[which],
                    self.quality[which], self.line[which])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of the days of a block, row by row, not yet placed; and what notes a fault."""

    days: Days
    cells: Rows
    fault: Fault

    @property
    def width(self) -> int:
        """Cells of a day."""
        return len(self.cells) // len(self.days)


@dataclass(slots=True)
class DayReader:
    """Places the cells of one file.

    Attributes:
        layout, meters: of the file.
        decide: finds out how cells are counted on the days of a clock change.
        mode: CLOCK or ELAPSED, once known.
        zeros: values of 0 for times that never were.
        lost: values for which nobody can say which of two passes of a repeated hour they are of,
            by meter.
        doubled: days of which a cell stands for two hours, by meter.
    """

    layout: Layout
    meters: Meters
    decide: Callable[[], str]
    mode: str | None = None
    zeros: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        stated = self.layout.profile.day_columns
        self.mode = "elapsed" if self.periods.elapsed else stated

    @property
    def periods(self) -> Periods:
        """The columns of the day."""
        return self.layout.periods or Periods((), DAY)

    def edge(self) -> int:
        """Tell at which end of their interval the readings of a register are made.

        Raises:
            ImportUndecided: the columns are numbered, and the profile does not say.
        """
        first = self.periods.first
        if first is not None:
            return int(first > 0)
        if self.layout.profile.stamp is None:
            raise ImportUndecided(
                f"{self.layout.path}: the columns of the day are numbered, and each holds a "
                "reading of a register: it may be made at the start or at the end of its interval",
                choices=({"stamp": "start"}, {"stamp": "end"}),
                code="stamp",
                hint='say it in the profile: stamp = "start" or stamp = "end"',
            )
        return int(self.layout.profile.stamp == "end")

    def zones(self, days: Days) -> list[tuple[Zone, Ints]]:
        """Return the clocks of the days, and the days of each."""
        names = [self.meters.stamps_in(m) for m in range(len(self.meters.seen))]
        of_day = np.array([names.index(name) for name in names], np.int64)[days.meter]
        found = []
        for number in np.unique(of_day).tolist():
            where = np.flatnonzero(of_day == number)
            walls = days.midnight[where]
            found.append((zone_for(names[number], int(walls.min()), int(walls.max()) + DAY), where))
        return found

    def rows(self, days: Days, values: Values, fault: Fault) -> Rows | None:
        """Return the readings of days.

        Args:
            days: of a block.
            values: of their cells, row by row.
            fault: notes what cannot be placed.

        Raises:
            ImportUndecided: it is open how the cells count the hours of a day.
        """
        grid = Grid(days, _rows(days, values), fault)
        registers = self.meters.cumulative()[days.meter]
        plain = np.zeros(len(days), np.bool_)
        first = np.zeros(len(days), np.int64)
        parts: list[Rows] = []
        for zone, where in self.zones(days):
            odd = changes_within(zone, days.midnight[where])
            same = where[~odd]
            plain[same] = True
            first[same] = instants(days.midnight[same], zone)
            for place in where[odd].tolist():
                cells = self._cells(zone, int(days.midnight[place]), bool(registers[place]))
                parts += self._placed(grid, place, cells)
        usual = self._plain(grid, first, plain, registers)
        parts = [usual, *parts] if usual is not None else parts
        return join(parts) if parts else None

    def _plain(self, grid: Grid, first: Ints, plain: Mask, registers: Mask) -> Rows | None:
        """Place the days on which the clock does not change; each begins at an instant."""
        length, width = self.periods.length, grid.width
        edges = registers * (length * self.edge() if registers.any() else 0)
        start = (first + edges)[:, None] + np.arange(width) * length
        seconds = np.repeat(np.where(registers, 0, length), width)
        rows = replace(grid.cells, start=start.ravel(), seconds=seconds)
        fit = DAY // length
        if width == fit and plain.all():
            return rows
        good = plain.copy()
        for place in np.flatnonzero(plain).tolist() if width > fit else ():
            good[place] = self._nothing(grid, place, np.arange(fit, width))
        kept = np.repeat(good, width) & np.tile(np.arange(width) < fit, len(good))
        return rows.take(np.flatnonzero(kept)) if kept.any() else None

    def _cells(self, zone: Zone, midnight: int, register: bool) -> Cells:  # noqa: FBT001
        if self.mode is None:
            self.mode = self.decide()
        edge = self.edge() if register else None
        count = len(self.periods.columns)
        return cells_of(zone, midnight, count, self.periods.length, self.mode, edge=edge)

    def _placed(self, grid: Grid, place: int, cells: Cells) -> list[Rows]:
        """Place a day on which the clock changes."""
        if not self._nothing(grid, place, cells.never):
            return []
        kept = grid.cells.take(place * grid.width + cells.kept)
        found = [replace(kept, start=cells.start, seconds=cells.seconds)] if len(kept) else []
        if len(cells.twice):
            found += self._twice(grid.cells.take(place * grid.width + cells.twice), cells)
        return found

    def _nothing(self, grid: Grid, place: int, cells: Ints) -> bool:
        """Tell whether cells whose time never was are empty or 0; a value there is a fault."""
        for cell in cells.tolist():
            at = place * grid.width + cell
            text = grid.cells.texts[at].as_py()
            if text is None:
                continue
            if grid.cells.ints[at]:
                name = self.layout.names[self.periods.columns[cell]]
                grid.fault(int(grid.days.row[place]), name, text, self._never())
                return False
            self.zeros += 1
        return True

    def _never(self) -> str:
        if self.mode == "clock":
            return (
                "the clocks skipped this time of the day, but it has a value; where the columns "
                'count the hours that elapse, state day_columns = "elapsed"; where they do not '
                'follow summer time, state their offset: timezone = "+01:00"'
            )
        return (
            "the day had ended before this interval, but it has a value; where the columns count "
            'by the clock, state day_columns = "clock"; where they do not follow summer time, '
            'state their offset: timezone = "+01:00"'
        )

    def _twice(self, rows: Rows, cells: Cells) -> list[Rows]:
        """Return one interval for the cells of a time that came twice.

        Energy is posted as given, over both passes. Of mean power and of registers nobody can say
        which pass they are of: they are a gap.
        """
        meter = int(rows.meter[0])
        code = self.meters.seen[meter].code
        texts = rows.texts.to_pylist()
        if self.meters.reads(meter) != "interval":
            self.lost[code] += sum(text is not None for text in texts)
            return []
        self.doubled[code] += 1
        missing = any(text is None for text in texts)
        total = None if missing else sum((Decimal(text) for text in texts), Decimal(0))
        one = rows.take(np.array([0]))
        text = None if total is None else json_number(total)
        ints = np.array([0 if missing else int(rows.ints.sum())], rows.ints.dtype)
        return [
            replace(one, start=np.array([cells.begin]), ints=ints, texts=strings([text]),
                    seconds=np.array([cells.end - cells.begin]))
        ]  # fmt: skip

    def remarks(self) -> list[str]:
        """Say what was odd on the days of clock changes."""
        found = []
        if self.zeros:
            found.append(f"{self.zeros} values of 0 for times that never were are left out")
        for code, count in self.doubled.items():
            found.append(
                f"meter {code}: on {count} days the clock repeated an hour, for which the file has "
                "the cells of one; their sum is posted over both, and may lack one of them"
            )
        for code, count in self.lost.items():
            found.append(
                f"meter {code}: {count} values of a repeated hour are left out, as they may be of "
                "either pass"
            )
        return found


def _rows(days: Days, values: Values) -> Rows:
    """Return all cells as rows, not yet placed."""
    width = len(values.ints) // len(days)
    meter, unit, quality, line = (
        np.repeat(column, width) for column in (days.meter, days.unit, days.quality, days.line)
    )
    nothing = np.zeros(len(meter), np.int64)
    return Rows(meter, nothing, nothing, values.ints, values.decimals, values.texts, unit, quality,
                line)  # fmt: skip
