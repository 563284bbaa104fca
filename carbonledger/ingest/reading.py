"""Columns of a block into rows: meter, stamp, exact number, unit and quality, each with its line.

A row that cannot be read becomes a fault and leaves the block; nothing else is dropped.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.errors import ImportRefused, ImportUndecided, UnitRefused
from carbonledger.ingest.clock import Clock
from carbonledger.ingest.columns import numbers, string, truths
from carbonledger.ingest.faults import Faults
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.meters import Meters
from carbonledger.ingest.ratios import Ratios
from carbonledger.ingest.rows import Rows, join
from carbonledger.ingest.stamps import NOT_A_TIME, Undecided
from carbonledger.ingest.table import Table
from carbonledger.ingest.values import MISSING, Values, read_values

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
NO_VALUE = "missing"
DAY = 86400
QUALITIES = {
    "": "actual", "a": "actual", "actual": "actual", "measured": "actual", "实测": "actual",
    "e": "estimated", "estimated": "estimated", "估计": "estimated", "估算": "estimated",
    "s": "substituted", "substituted": "substituted", "替代": "substituted",
    "missing": NO_VALUE, "invalid": NO_VALUE, "缺失": NO_VALUE, "缺测": NO_VALUE,
    "无数据": NO_VALUE, "无效": NO_VALUE,
}  # fmt: skip
LONGEST_FLAG = 40
TIME_HINT = 'state it in the profile, for example time_format = "%d.%m.%Y %H:%M"'


def quality_of(text: str) -> str:
    """Return the quality that a flag of the source means; a flag not known is kept as it is."""
    return QUALITIES.get(text.strip().lower(), text.strip()[:LONGEST_FLAG])


@dataclass(slots=True)
class Reader:
    """Reads the blocks of one file.

    Attributes:
        layout: see `sniff`.
        meters, ratios: the meters and units of the file.
        clock: reads its stamps.
        ends: reads the second stamp of a row, where there is one.
        faults: rows that cannot be read.
        qualities: flags met so far, in order.
        count: rows read.
        absent: values the source says are missing.
        negative: values below zero.
        remarks: what the file's format says to the user.
    """

    layout: Layout
    meters: Meters
    ratios: Ratios
    clock: Clock
    faults: Faults
    ends: Clock | None = None
    qualities: list[str] = field(default_factory=lambda: ["actual"])
    count: int = 0
    absent: int = 0
    negative: int = 0
    remarks: list[str] = field(default_factory=list)
    _dated: bool = False

    def rows(self, table: Table) -> Rows | None:
        """Read a block; None when no row of it can be used.

        Raises:
            ImportRefused: the stamps or the numbers of the file as a whole cannot be read as the
                profile says, or as anything that is sure without a profile.
        """
        for line, text, reason in table.odd:
            self.faults.add(line, "", text, reason)
        self.remarks += table.remarks
        self.count += len(table.lines) + len(table.odd)
        if len(table.lines) == 0:
            return None
        good = np.ones(len(table.lines), np.bool_)
        walls = self._walls(table, good)
        until = self._until(table, good)
        if self.layout.format != "wide":
            rows = self._column(table, walls, good, self._meters(table, good), "value")
            return rows if until is None or rows is None else _spans(rows, until, good)
        together = self._together(table, walls, good)
        return self._by_column(table, walls, good) if together is None else together

    def _together(self, table: Table, walls: Ints, good: Mask) -> Rows | None:
        """Read all columns of a wide file as one; None where one of them needs a closer look."""
        if table.columns.keys() & {"unit", "quality"} or not table.wide:
            return None
        values = self._numbers(pa.concat_arrays(list(table.wide.values())))
        if values.faults or not good.any():
            return None
        many, count = len(table.wide), len(walls)
        meter = np.repeat([self.meters.number(code) for code in table.wide], count)
        unit = np.repeat([self._unit_of(code) for code in table.wide], count)
        nothing = np.zeros(many * count, np.int64)
        rows = Rows(meter, np.tile(walls, many), nothing, values.ints, values.decimals,
                    values.texts, unit, nothing, np.tile(table.lines, many))  # fmt: skip
        return self._counted(rows, np.tile(good, many))

    def _by_column(self, table: Table, walls: Ints, good: Mask) -> Rows | None:
        """Read the columns of a wide file one by one."""
        parts = []
        for code in table.wide:
            meter = np.full(len(walls), self.meters.number(code), np.int64)
            parts.append(self._column(table, walls, good.copy(), meter, code))
        found = [part for part in parts if part is not None]
        return join(found) if found else None

    def _fault(self, table: Table, row: int, role: str, text: object, reason: str) -> None:
        self.faults.add(int(table.lines[row]), self.layout.column(role), text, reason)

    def _walls(self, table: Table, good: Mask) -> Ints:
        stamps = table.columns["time"]
        where = f"{self.layout.path}:{int(table.lines[0])}"
        walls = _read(self.clock, stamps, where)
        unread = walls == NOT_A_TIME
        if unread.all() and not self._dated:
            raise ImportRefused(
                f"{where}: {stamps[0].as_py()!r} is no date and time of the form "
                f"{self.clock.format!r}, and no other row of it is",
                code="time-format",
                hint=TIME_HINT,
            )
        self._dated = True
        reason = f"no such date and time, in the form {self.clock.format}"
        for row in np.flatnonzero(unread).tolist():
            self._fault(table, row, "time", stamps[row].as_py(), reason)
        good &= ~unread
        return walls if table.shift is None else walls + table.shift

    def _until(self, table: Table, good: Mask) -> Ints | None:
        """Read the second stamps; a date alone means the end of that day."""
        stamps = table.columns.get("end")
        if stamps is None:
            return None
        self.ends = self.ends or Clock(self.clock.format)
        walls = _read(self.ends, stamps, f"{self.layout.path}:{int(table.lines[0])}")
        unread = walls == NOT_A_TIME
        for row in np.flatnonzero(unread & good).tolist():
            reason = f"no such date and time, in the form {self.ends.format}"
            self._fault(table, row, "end", stamps[row].as_py(), reason)
        good &= ~unread
        inclusive = self.ends.dates and self.layout.profile.end != "exclusive"
        return walls + DAY * inclusive

    def _meters(self, table: Table, good: Mask) -> Ints:
        texts = table.columns.get("meter")
        numbers = self.meters.column(texts, len(good))
        for row in np.flatnonzero((numbers < 0) & good).tolist():
            name = texts[row].as_py() if texts is not None else ""
            self._fault(table, row, "meter", name, self.meters.unknown(name))
        good &= numbers >= 0
        return numbers

    def _column(self, table: Table, walls: Ints, good: Mask, meter: Ints, role: str) -> Rows | None:
        """Read one column of values: that of a long file, or that of one meter of a wide file."""
        wide = self.layout.format == "wide"
        values = self._values(table, table.wide[role] if wide else table.columns[role], good, role)
        unit = self._units(table, good, role)
        quality = self._quality(table)
        if not good.any():
            return None
        rows = Rows(meter, walls, np.zeros(len(walls), np.int64), values.ints, values.decimals,
                    values.texts, unit, quality, table.lines)  # fmt: skip
        return self._counted(self._without_invalid(rows), good)

    def _counted(self, rows: Rows, good: Mask) -> Rows:
        """Return the good ones of the rows, and count what is odd about them."""
        rows = rows if good.all() else rows.take(np.flatnonzero(good))
        self.absent += rows.texts.null_count
        self.negative += int((rows.ints < 0).sum())
        return rows

    def _values(self, table: Table, column: pa.StringArray, good: Mask, role: str) -> Values:
        profile = self.layout.profile
        values = self._numbers(column)
        if values.faults and profile.decimal is None:
            self._refuse_commas(table, column, values)
        for row, reason in values.faults:
            if good[row]:
                self._fault(table, row, role, column[row].as_py(), reason)
            good[row] = False
        return values

    def _numbers(self, column: pa.StringArray) -> Values:
        profile = self.layout.profile
        missing = frozenset((*MISSING, *profile.missing))
        return read_values(column, profile.decimal or ".", profile.thousands or "", missing)

    def _refuse_commas(self, table: Table, column: pa.StringArray, values: Values) -> None:
        """Refuse a file whose numbers have commas: they may be decimals or thousands."""
        rows = [row for row, _ in values.faults if "," in str(column[row].as_py())]
        if 2 * len(rows) < len(column) - int(values.missing.sum()):
            return
        text = str(column[rows[0]].as_py()).strip()
        raise ImportUndecided(
            f"{self.layout.path}:{int(table.lines[rows[0]])}: the comma in {text!r} may stand "
            "before decimals or between thousands",
            choices=({"decimal": ","}, {"decimal": ".", "thousands": ","}),
            code="decimal",
            hint='say which in a profile: decimal = "," (and thousands = "." where they are '
            'split), or decimal = "." and thousands = ","',
        )

    def _units(self, table: Table, good: Mask, role: str) -> Ints:
        """Return the number of the unit of each row: as stated, from its cell, or the meter's."""
        stated = self.layout.profile.unit
        if not stated and "unit" in table.columns:
            return self._unit_cells(table, good)
        return np.full(len(good), self._unit_of(role), np.int64)

    def _unit_of(self, role: str) -> int:
        """Return the number of the unit that the profile states for all, or a column's header."""
        header = self.layout.wide_units.get(role, self.layout.unit)
        return self.ratios.number(self.layout.profile.unit or header)

    def _unit_cells(self, table: Table, good: Mask) -> Ints:
        encoded = table.columns["unit"].dictionary_encode()
        places = numbers(encoded.indices)
        known = np.zeros(len(encoded.dictionary), np.int64)
        for place, text in enumerate(encoded.dictionary.to_pylist()):
            try:
                known[place] = self._unit(text.strip())
            except UnitRefused as error:
                here = (places == place) & good
                for row in np.flatnonzero(here).tolist():
                    self._fault(table, row, "unit", text, f"{error.message}; {error.hint}")
                good &= ~here
        return np.asarray(known[places], np.int64)

    def _unit(self, text: str) -> int:
        if text:
            return self.ratios.number(text)
        raise UnitRefused(
            "the row states no unit", code="unit-unknown", hint="or state one in the profile: unit"
        )

    def _quality(self, table: Table) -> Ints:
        if "quality" not in table.columns:
            return np.zeros(len(table.lines), np.int64)
        encoded = table.columns["quality"].dictionary_encode()
        known = np.zeros(len(encoded.dictionary), np.int64)
        for place, text in enumerate(encoded.dictionary.to_pylist()):
            name = quality_of(text)
            if name not in self.qualities:
                self.qualities.append(name)
            known[place] = self.qualities.index(name)
        return np.asarray(known[numbers(encoded.indices)], np.int64)

    def _without_invalid(self, rows: Rows) -> Rows:
        """Take out values that the source itself flags as none."""
        if NO_VALUE not in self.qualities:
            return rows
        gone = rows.quality == self.qualities.index(NO_VALUE)
        if not gone.any():
            return rows
        texts = pc.if_else(truths(~gone), rows.texts, string(None))
        return replace(rows, ints=np.where(gone, 0, rows.ints), texts=texts)


def _read(clock: Clock, stamps: pa.StringArray, where: str) -> Ints:
    """Read a column of stamps.

    Raises:
        ImportUndecided: they can be read in several ways.
        ImportRefused: there is none.
    """
    try:
        return clock.read(stamps)
    except Undecided as error:
        choices = [{"time_format": form} for form in error.forms]
        raise ImportUndecided(
            f"{where}: {error}", choices=choices, code="time-format", hint=TIME_HINT
        ) from error
    except ValueError as error:
        raise ImportRefused(f"{where}: {error}", code="time-format", hint=TIME_HINT) from error


def _spans(rows: Rows, until: Ints, good: Mask) -> Rows:
    """Give each row its second stamp."""
    return replace(rows, until=until if good.all() else until[np.flatnonzero(good)])
