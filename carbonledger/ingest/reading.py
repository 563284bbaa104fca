"""Columns of a block into rows: meter, stamp, exact number, unit and quality, each with its line.

A row that cannot be read becomes a fault and leaves the block; nothing else is dropped.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from carbonledger.errors import ImportRefused, ImportUndecided
from carbonledger.ingest.chosen import Chooser
from carbonledger.ingest.clock import Clock
from carbonledger.ingest.commas import signs_of
from carbonledger.ingest.crosschecks import CrossChecks
from carbonledger.ingest.dayrows import Days
from carbonledger.ingest.daytable import Again, DayTable
from carbonledger.ingest.faults import Faults
from carbonledger.ingest.flags import Flags
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.meters import Meters
from carbonledger.ingest.outcome import Outcome
from carbonledger.ingest.own_totals import Check, compared
from carbonledger.ingest.ratios import Ratios
from carbonledger.ingest.row_registers import PART
from carbonledger.ingest.rows import Rows, join
from carbonledger.ingest.sieve import Sieve
from carbonledger.ingest.stamps import NOT_A_TIME, Undecided
from carbonledger.ingest.table import Table
from carbonledger.ingest.unit_cells import UnitCells
from carbonledger.ingest.values import MISSING, Values, read_values
from carbonledger.ledger.multipliers import multipliers

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
DAY = 86400
TIME_HINT = 'state it in the profile, for example time_format = "%d.%m.%Y %H:%M"'


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
        again: gives the blocks of the file again, from its start.
        remarks: what the file's format says to the user.
    """

    layout: Layout
    meters: Meters
    ratios: Ratios
    clock: Clock
    faults: Faults
    again: Again
    ends: Clock | None = None
    qualities: list[str] = field(default_factory=lambda: ["actual"])
    count: int = 0
    absent: int = 0
    negative: int = 0
    remarks: list[str] = field(default_factory=list)
    _dated: bool = False
    _sieve: Sieve = field(init=False)
    _chooser: Chooser = field(init=False)
    _checks: CrossChecks = field(init=False)
    _days: DayTable = field(init=False)
    _flags: Flags = field(init=False)
    _unit_cells: UnitCells = field(init=False)
    _posted: set[str] = field(default_factory=set)
    _multipliers: dict[tuple[int, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Prepare what looks at the rows before and beside their values."""
        self._sieve = Sieve(self.layout)
        self._chooser = Chooser(self.layout.profile)
        self._checks = CrossChecks(self.layout, self.meters)
        self._flags = Flags(self.layout, self.faults, self.qualities)
        self._unit_cells = UnitCells(self.layout, self.faults, self.ratios)
        self._days = DayTable(self.layout, self.meters, self.clock, self.faults, self._numbers,
                              self._refuse_commas, self.again)  # fmt: skip

    @property
    def day_columns(self) -> str | None:
        """How the columns of a day count its hours, once that had to be known."""
        return self._days.mode

    def own_totals(self, outcome: Outcome) -> list[Check]:
        """Return the totals that the file states, beside ours."""
        if not self._sieve.stated or "unit" in self.layout.columns:
            return []
        return list(compared(self._sieve.stated, outcome, self.ratios, self._unit_of("value")))

    def told(self) -> list[str]:
        """Return what the user should know of the file's rows."""
        return [
            *self.remarks, *self._sieve.remarks(), *self._chooser.remarks(),
            *self._checks.differences.remarks(), *self._registers_left(),
            *self._days.told(),
        ]  # fmt: skip

    def rows(self, table: Table) -> Rows | None:
        """Read a block; None when no row of it can be used.

        Raises:
            ImportRefused: the stamps or the numbers of the file as a whole cannot be read as the
                profile says, or as anything that is sure without a profile.
        """
        for line, text, reason in table.odd:
            if not self._sieve.odd(line, text, reason):
                self.faults.add(line, "", text, reason)
        self.remarks += table.remarks
        table = self._chooser.of(table)
        self.count += len(table.lines) + len(table.odd)
        if len(table.lines) == 0:
            return None
        good = np.ones(len(table.lines), np.bool_)
        walls = self._walls(table, good)
        until = self._until(table, good)
        if self.layout.format == "day":
            return self._by_day(table, walls, good)
        if self.layout.format != "wide":
            return self._long(table, walls, until, good)
        together = self._together(table, walls, good)
        return self._by_column(table, walls, good) if together is None else together

    def _long(self, table: Table, walls: Ints, until: Ints | None, good: Mask) -> Rows | None:
        """Read a row a reading; of several registers in a row, those that are meters."""
        meter = self._meters(table, good)
        self._same_multipliers(table, meter, good)
        dated = good.copy()
        rows = self._column(table, walls, good, meter, "value")
        if self._checks.needed:
            cells = {
                role: column.to_pylist()
                for role, column in table.columns.items()
                if role in ("value", "previous") or role.startswith(PART)
            }
            self._checks.take(meter, walls, good, cells, table.lines)
        if until is not None:
            # Between two stamps flows the value alone; states of registers have one.
            return None if rows is None else _spans(rows, until, good)
        parts = [rows, *self._registers(table, walls, dated)]
        found = [part for part in parts if part is not None]
        return join(found) if found else None

    def _registers(self, table: Table, walls: Ints, dated: Mask) -> list[Rows | None]:
        """Read the registers beside the total that are declared as meters of their own."""
        found: list[Rows | None] = []
        for role in table.columns:
            if not role.startswith(PART):
                continue
            meter = self.meters.column(
                table.columns.get("meter"), len(dated), "/" + role.removeprefix(PART)
            )
            good = dated & (meter >= 0)
            if good.any():
                self._posted.add(role)
                found.append(self._column(table, walls, good, meter, role))
        return found

    def _registers_left(self) -> list[str]:
        """Say which registers are no meters, and how they would be."""
        left = [
            role.removeprefix(PART)
            for role in self.layout.columns
            if role.startswith(PART) and role not in self._posted
        ]
        if not left:
            return []
        said = f"registers not posted, as no meter is declared for them: {', '.join(left)}"
        return [f"{said} (a meter named METER/{left[0]} would be)"]

    def _same_multipliers(self, table: Table, meter: Ints, good: Mask) -> None:
        """Refuse rows whose multiplier is not the declared one."""
        column = table.columns.get("multiplier")
        if column is None:
            return
        for row in np.flatnonzero(good).tolist():
            text = str(column[row].as_py()).strip()
            key = (int(meter[row]), text)
            if key not in self._multipliers:
                self._before_or_after(key[0])
                self._multipliers[key] = self._checks.wrong_multiplier(*key) if text else ""
            if self._multipliers[key]:
                self._fault(table, row, "multiplier", text, self._multipliers[key])
                good[row] = False

    def _before_or_after(self, meter: int) -> None:
        """Ask whether energies beside a multiplier are printed before or after it.

        Raises:
            ImportUndecided: the meter has one, and the profile does not say.
        """
        one = self.meters.seen[meter]
        factors = set(multipliers(one).values)
        if self.layout.profile.multiplied is not None or factors == {1}:
            return
        if self.meters.reads(meter) == "register":
            return
        raise ImportUndecided(
            f"{self.layout.path}: the column {self.layout.column('value')!r} may hold energies "
            f"before or after the multiplier of meter {one.code}",
            choices=({"multiplied": True}, {"multiplied": False}),
            code="multiplier",
            hint="say which in a profile: multiplied = true where the multiplier is in the figures "
            "already, multiplied = false where it is not",
        )

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

    def _by_day(self, table: Table, walls: Ints, good: Mask) -> Rows | None:
        """Read rows that hold a day each."""
        meter, unit = self._meters(table, good), self._units(table, good, "value")
        self._same_multipliers(table, meter, good)
        quality, place = self._flags.read(table, good), np.arange(len(good))
        days = Days(place, walls, meter, unit, quality, table.lines).take(good)
        rows = self._days.rows(table, days)
        if rows is None:
            return None
        return self._counted(self._flags.without_invalid(rows), np.ones(len(rows), np.bool_))

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
        if table.walls is not None:
            self._dated = True
            return table.walls
        stamps = table.columns["time"]
        where = f"{self.layout.path}:{int(table.lines[0])}"
        walls = _read(self.clock, stamps, where)
        unread = walls == NOT_A_TIME
        for row in np.flatnonzero(unread).tolist() if not unread.all() or self._dated else ():
            if self._sieve.row(table, row, self.meters.declared):
                unread[row] = good[row] = False
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
        if self.layout.profile.sections:
            return self._sections(table, good)
        texts = table.columns.get("meter")
        numbers = self.meters.column(texts, len(good))
        for row in np.flatnonzero((numbers < 0) & good).tolist():
            name = texts[row].as_py() if texts is not None else ""
            self._fault(table, row, "meter", name, self.meters.unknown(name))
        good &= numbers >= 0
        return numbers

    def _sections(self, table: Table, good: Mask) -> Ints:
        """Return the meter of each row by the title above it."""
        titles = sorted(self._sieve.titles)
        places = np.searchsorted([line for line, _ in titles], table.lines) - 1
        known = [self.meters.number(meter) for _, meter in titles]
        numbers = np.array([*known, -1], np.int64)[places]
        for row in np.flatnonzero((numbers < 0) & good).tolist():
            code = titles[places[row]][1] if places[row] >= 0 else ""
            reason = self.meters.unknown(code) if code else "no title of [sections] stands above it"
            self._fault(table, row, "time", table.columns["time"][row].as_py(), reason)
        good &= numbers >= 0
        return numbers

    def _column(self, table: Table, walls: Ints, good: Mask, meter: Ints, role: str) -> Rows | None:
        """Read one column of values: that of a long file, or that of one meter of a wide file."""
        wide = self.layout.format == "wide"
        values = self._values(table, table.wide[role] if wide else table.columns[role], good, role)
        unit = self._units(table, good, role)
        quality = self._flags.read(table, good)
        if not good.any():
            return None
        rows = Rows(meter, walls, np.zeros(len(walls), np.int64), values.ints, values.decimals,
                    values.texts, unit, quality, table.lines)  # fmt: skip
        return self._counted(self._flags.without_invalid(rows), good)

    def _counted(self, rows: Rows, good: Mask) -> Rows:
        """Return the good ones of the rows, and count what is odd about them."""
        rows = rows if good.all() else rows.take(np.flatnonzero(good))
        self.absent += rows.texts.null_count
        self.negative += int((rows.ints < 0).sum())
        return rows

    def _values(self, table: Table, column: pa.StringArray, good: Mask, role: str) -> Values:
        values = self._numbers(column)
        if values.faults and self.layout.profile.decimal is None and self._commas(column):
            values = self._numbers(column)
        if values.faults and self.layout.profile.decimal is None:
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

    def _commas(self, column: pa.StringArray) -> bool:
        """Settle what commas mean, where the numbers can be read in one way only."""
        profile = self.layout.profile
        found = signs_of(column, frozenset((*MISSING, *profile.missing)))
        if found is None:
            return False
        signs, text = found
        stated = replace(profile, decimal=signs.decimal, thousands=signs.thousands or None)
        self.layout = replace(self.layout, profile=stated)
        self._sieve.layout = self._checks.layout = self.layout
        self.remarks.append(signs.said(text))
        return True

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
            return self._unit_cells.read(table, good)
        return np.full(len(good), self._unit_of(role), np.int64)

    def _unit_of(self, role: str) -> int:
        """Return the number of the unit that the profile states for all, or a column's header."""
        header = self.layout.wide_units.get(role, self.layout.unit)
        return self.ratios.number(self.layout.profile.unit or header)


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
