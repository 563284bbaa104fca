"""Blocks of files with a row a day into readings: what each row says, and what does not fit it."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from carbonledger.ingest.clock import Clock
from carbonledger.ingest.columns import integers
from carbonledger.ingest.daychecks import Totals, contradicting
from carbonledger.ingest.daychoice import Block, decided
from carbonledger.ingest.dayrows import DAY, DayReader, Days, Fault
from carbonledger.ingest.faults import Faults
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.meters import Meters
from carbonledger.ingest.rows import Rows
from carbonledger.ingest.stamps import NOT_A_TIME
from carbonledger.ingest.table import Table
from carbonledger.ingest.values import Values

Ints = npt.NDArray[np.int64]
Numbers = Callable[[pa.StringArray], Values]
# Refuses a file whose numbers may have decimal commas.
Commas = Callable[[Table, pa.StringArray, Values], None]
Again = Callable[[], Generator[Table]]


@dataclass(slots=True)
class DayTable:
    """Reads the blocks of one file.

    Attributes:
        layout, meters, clock, faults: of the file.
        numbers: reads texts as the profile says.
        refuse_commas: see `Commas`.
        again: gives the blocks of the file again, from its start.
    """

    layout: Layout
    meters: Meters
    clock: Clock
    faults: Faults
    numbers: Numbers
    refuse_commas: Commas
    again: Again
    _reader: DayReader = field(init=False)
    _totals: Totals = field(init=False)

    def __post_init__(self) -> None:
        """Prepare what places the cells and what compares the totals of the rows."""
        self._reader = DayReader(self.layout, self.meters, self._decide)
        self._totals = Totals(self._name, self.layout.column("total"))

    @property
    def mode(self) -> str | None:
        """How the columns of a day count its hours, once that had to be known."""
        return self._reader.mode

    def rows(self, table: Table, days: Days) -> Rows | None:
        """Return the readings of the rows of a block; None when none can be used.

        Args:
            table: the block.
            days: its rows whose stamp and meter are good.

        Raises:
            ImportRefused: the numbers of the file have commas that may mean two things.
            ImportUndecided: it is open how the columns count the hours of a day.
        """
        days = self._midnights(table, days)
        values = self._values(table, days)
        if values.faults:
            days = self._whole(table, days, values)
            values = self._values(table, days)
        column, fault = self.layout.column("time"), self._noted(table)
        odd = contradicting(days, values, self._name, column, fault)
        if odd.any():
            days = days.take(~odd)
            values = self._values(table, days)
        if not len(days):
            return None
        self._compare(table, days, values)
        return self._reader.rows(days, values, fault)

    def told(self) -> list[str]:
        """Return what is to be said once the whole file is read."""
        return [*self._reader.remarks(), *self._totals.remarks()]

    def _name(self, meter: int) -> str:
        return self.meters.seen[meter].code

    def _values(self, table: Table, days: Days) -> Values:
        return self.numbers(interleaved(list(table.wide.values()), days.row))

    def _noted(self, table: Table) -> Fault:
        def note(row: int, column: str, text: object, reason: str) -> None:
            self.faults.add(int(table.lines[row]), column, text, reason)

        return note

    def _midnights(self, table: Table, days: Days) -> Days:
        """Return the days of the rows whose stamps are dates."""
        if self.clock.instants and len(days):
            for zone, where in self._reader.zones(days):
                days.midnight[where] += zone.offsets(days.midnight[where])
        within = days.midnight % DAY != 0
        column = self.layout.column("time")
        for row in days.row[within].tolist():
            text = table.columns["time"][row].as_py()
            reason = "the row holds a day, and this is a time within one"
            self.faults.add(int(table.lines[row]), column, text, reason)
        return days.take(~within)

    def _whole(self, table: Table, days: Days, values: Values) -> Days:
        """Return the days all of whose cells are numbers."""
        names = [self.layout.names[place] for place in self.layout.wide]
        columns = list(table.wide.values())
        if self.layout.profile.decimal is None:
            lines = np.repeat(days.line, len(names))
            cells = interleaved(columns, days.row)
            self.refuse_commas(replace(table, lines=lines), cells, values)
        bad = np.zeros(len(days), np.bool_)
        for cell, reason in values.faults:
            place, column = divmod(cell, len(names))
            text = columns[column][int(days.row[place])].as_py()
            self.faults.add(int(days.line[place]), names[column], text, reason)
            bad[place] = True
        return days.take(~bad)

    def _compare(self, table: Table, days: Days, values: Values) -> None:
        """Compare the totals that rows state, of meters whose values can be summed."""
        column = table.columns.get("total")
        sums = np.array([self.meters.reads(m) == "interval" for m in range(len(self.meters.seen))])
        if column is not None and sums[days.meter].all():
            self._totals.take(days, values, self.numbers(column.take(integers(days.row))))

    def _decide(self) -> str:
        """Find out how the columns of a day count its hours.

        Raises:
            ImportUndecided: the file does not tell.
        """
        periods = self._reader.periods
        with closing(self.again()) as tables:
            blocks = map(self._looked_at, tables)
            return decided(self.layout.path, blocks, len(periods.columns), periods.length)

    def _looked_at(self, table: Table) -> Block:
        """Return the days of a block, without a word on those that cannot be used."""
        walls = self.clock.read(table.columns["time"])
        meter = self.meters.column(table.columns.get("meter"), len(walls))
        nothing = np.zeros(len(walls), np.int64)
        days = Days(np.arange(len(walls)), walls, meter, nothing, nothing, table.lines)
        days = days.take((walls != NOT_A_TIME) & (meter >= 0) & (walls % DAY == 0))
        zones = self._reader.zones(days) if len(days) else []
        return days, zones, lambda which: self._values(table, days.take(which))


def interleaved(columns: Sequence[pa.StringArray], rows: Ints) -> pa.StringArray:
    """Return the cells of some rows of columns, row by row."""
    height = len(columns[0])
    order = rows[:, None] + np.arange(len(columns)) * height
    return pa.concat_arrays(columns).take(integers(order.ravel()))
