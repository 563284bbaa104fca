"""Columns of a block into readings: meter, instant, exact number, each with its line.

A row that cannot be read becomes a fault and leaves the block; nothing else is dropped.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.errors import Fault, ImportRefused, UnitRefused
from carbonledger.ingest.clock import NOT_A_TIME, Clock
from carbonledger.ingest.sniff import Layout, column_name
from carbonledger.ingest.table import Table
from carbonledger.ingest.values import MISSING, Values, read_values
from carbonledger.ingest.zone import Hours, to_instants, zone_for
from carbonledger.ledger.state import MeterState
from carbonledger.units import canonical_micro_ratio, find

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
DAY = 86400
SAMPLE = 4000
QUALITIES = {
    "a": "actual", "actual": "actual", "e": "estimated", "estimated": "estimated",
    "s": "substituted", "substituted": "substituted", "实测": "actual", "估计": "estimated",
    "估算": "estimated", "替代": "substituted", "": "actual",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """Readings as parallel columns.

    Attributes:
        meter: index of the meter, in the order in which the file names them.
        start: instant the interval starts (for registers: of the reading), seconds UTC.
        ints: value times 10**decimals, 0 where missing.
        decimals: see above.
        texts: the value as a JSON number, null where missing.
        unit: index of the unit the row is in.
        quality: index into `qualities`.
        line: line in the file.
    """

    meter: Ints
    start: Ints
    ints: Ints
    decimals: int
    texts: pa.StringArray
    unit: Ints
    quality: Ints
    line: Ints

    def __len__(self) -> int:
        return len(self.meter)

    def take(self, index: Ints) -> "Rows":
        """Return some rows, in the order of `index`."""
        return Rows(
            self.meter[index], self.start[index], self.ints[index], self.decimals,
            self.texts.take(pa.array(index)), self.unit[index], self.quality[index],
            self.line[index],
        )  # fmt: skip

    def scaled(self, decimals: int) -> "Rows":
        """Return the same rows with integers that hold more decimals.

        Raises:
            ImportRefused: the integers would not fit 64 bits.
        """
        if decimals == self.decimals or len(self) == 0:
            return Rows(self.meter, self.start, self.ints, decimals, self.texts, self.unit,
                        self.quality, self.line)  # fmt: skip
        step = 10 ** (decimals - self.decimals)
        if int(np.abs(self.ints).max()) * step >= 1 << 62:
            raise ImportRefused(
                "the values of one file differ too much in size and digits to add them exactly",
                code="number-too-large",
            )
        return Rows(self.meter, self.start, self.ints * step, decimals, self.texts, self.unit,
                    self.quality, self.line)  # fmt: skip


def join(first: Rows, second: Rows) -> Rows:
    """Return the rows of both, first those of `first`."""
    decimals = max(first.decimals, second.decimals)
    a, b = first.scaled(decimals), second.scaled(decimals)
    return Rows(
        np.concatenate([a.meter, b.meter]), np.concatenate([a.start, b.start]),
        np.concatenate([a.ints, b.ints]), decimals, pa.concat_arrays([a.texts, b.texts]),
        np.concatenate([a.unit, b.unit]), np.concatenate([a.quality, b.quality]),
        np.concatenate([a.line, b.line]),
    )  # fmt: skip


@dataclass(slots=True)
class Reading:
    """State of reading one file: what was learnt from the rows so far.

    Attributes:
        layout: see `sniff`.
        meters: the meters of the ledger by code.
        canonical: canonical unit by commodity code.
        interval_of: length of the intervals a meter has in the ledger, for files too short to
            tell.
        clock, hours: see `clock` and `zone`.
        seen: the meters named so far, in order.
        units, qualities: texts met so far, in order.
        intervals: seconds by meter index.
        faults: rows that could not be read.
        absent: rows whose value the source says is missing.
        negative: rows with a negative value.
    """

    layout: Layout
    meters: dict[str, MeterState]
    canonical: dict[str, str]
    interval_of: Callable[[MeterState], int | None]
    clock: Clock
    hours: Hours = field(default_factory=Hours)
    seen: list[MeterState] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    qualities: list[str] = field(default_factory=lambda: ["actual"])
    intervals: dict[int, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    absent: int = 0
    negative: int = 0
    _index: dict[str, int] = field(default_factory=dict)
    _last_wall: dict[int, int] = field(default_factory=dict)
    _ratios: dict[tuple[int, int, int], Fraction] = field(default_factory=dict)

    def rows(self, table: Table) -> Rows | None:
        """Read a block; None when no row of it can be used."""
        self.faults.extend(table.faults)
        self.count += len(table.lines) + len(table.faults)
        if self.layout.format == "wide":
            blocks = [
                self._block(table, np.full(len(table.lines), self._meter(code), np.int64), column)
                for code, column in table.wide.items()
            ]
            return _joined([b for b in blocks if b is not None])
        return self._block(table, self._meter_column(table), table.columns["value"])

    def _meter(self, code: str) -> int:
        known = self._index.get(code)
        if known is None:
            meter = self.meters.get(code.strip())
            known = -1
            if meter is not None:
                known = len(self.seen)
                self.seen.append(meter)
            self._index[code] = known
        return known

    def _meter_column(self, table: Table) -> Ints:
        if "meter" not in table.columns:
            code = self.layout.profile.meter or ""
            return np.full(len(table.lines), self._meter(code), np.int64)
        column = table.columns["meter"]
        if not isinstance(column, pa.DictionaryArray):
            column = column.dictionary_encode()
        known = np.array([self._meter(_id(c)) for c in column.dictionary.to_pylist()], np.int64)
        codes = known[column.indices.to_numpy()] if len(known) else np.array([], np.int64)
        for row in np.flatnonzero(codes < 0).tolist():
            self._fault(table, row, "meter", column[row].as_py(), "this meter is not declared")
        return codes

    def _fault(self, table: Table, row: int, role: str, text: str, reason: str) -> None:
        column = column_name(self.layout, role) or role
        line = int(table.lines[row])
        self.faults.append(Fault(self.layout.path.name, line, column, str(text)[:120], reason))

    def _block(self, table: Table, meter: Ints, column: pa.StringArray) -> Rows | None:
        good = meter >= 0
        walls = self._walls(table, good)
        values = self._values(table, column, good)
        unit = self._units(table, meter, good)
        quality = self._quality(table, good)
        if not good.any():
            return None
        rows = Rows(meter, walls, values.ints, values.decimals, values.texts, unit, quality,
                    table.lines)  # fmt: skip
        if not good.all():
            rows = rows.take(np.flatnonzero(good))
        self.absent += rows.texts.null_count
        self.negative += int((rows.ints < 0).sum())
        return self._placed(rows)

    def _walls(self, table: Table, good: Mask) -> Ints:
        stamps = table.columns["time"]
        try:
            walls = self.clock.read(stamps)
        except ValueError as error:
            raise ImportRefused(
                f"{self.layout.path}:{int(table.lines[0])}: {error}", code="time-format",
                hint='state it in the profile, for example time_format = "%d.%m.%Y %H:%M"',
            ) from error  # fmt: skip
        for row in np.flatnonzero(walls == NOT_A_TIME).tolist():
            if good[row]:
                self._fault(table, row, "time", stamps[row].as_py(),
                            f"no such date and time in the form {self.clock.format}")
                good[row] = False
        return walls

    def _values(self, table: Table, column: pa.StringArray, good: Mask) -> Values:
        profile = self.layout.profile
        missing = frozenset(profile.missing or MISSING)
        values = read_values(column, profile.decimal or ".", profile.thousands or "", missing)
        for row, reason in values.faults:
            if good[row]:
                self._fault(table, row, "value", column[row].as_py(), reason)
            good[row] = False
        return values

    def _units(self, table: Table, meter: Ints, good: Mask) -> Ints:
        stated = self.layout.profile.unit
        if stated or "unit" not in table.columns:
            return np.full(len(meter), self._unit(stated or ""), np.int64)
        encoded = table.columns["unit"].dictionary_encode()
        known = np.full(len(encoded.dictionary), -1, np.int64)
        for place, text in enumerate(encoded.dictionary.to_pylist()):
            try:
                known[place] = self._unit(text.strip())
            except UnitRefused as error:
                where = np.flatnonzero(encoded.indices.to_numpy() == place).tolist()
                for row in where:
                    if good[row]:
                        self._fault(table, row, "unit", text, f"{error.message}; {error.hint}")
                        good[row] = False
        return known[encoded.indices.to_numpy()]

    def _unit(self, text: str) -> int:
        symbol = find(text).symbol if text else ""
        if symbol not in self.units:
            self.units.append(symbol)
        return self.units.index(symbol)

    def _quality(self, table: Table, good: Mask) -> Ints:
        if "quality" not in table.columns:
            return np.zeros(len(good), np.int64)
        encoded = table.columns["quality"].dictionary_encode()
        known = np.zeros(len(encoded.dictionary), np.int64)
        for place, text in enumerate(encoded.dictionary.to_pylist()):
            name = QUALITIES.get(text.strip().lower(), text.strip()[:40])
            if name not in self.qualities:
                self.qualities.append(name)
            known[place] = self.qualities.index(name)
        return known[encoded.indices.to_numpy()]

    def reads(self, meter: int) -> str:
        """Tell what a meter's values are in this file: interval, power or register."""
        stated = self.layout.profile.quantity
        if stated:
            return {"energy": "interval"}.get(stated, stated)
        if self.layout.format == "register":
            return "register"
        return self.seen[meter].revisions[-1].reads

    def _placed(self, rows: Rows) -> Rows | None:
        """Turn wall clocks into the instants at which the intervals start."""
        from dataclasses import replace

        if self.clock.instants:
            self._learn(rows)
            return replace(rows, start=rows.start - self._shift(rows))
        walls = self._midnights(rows)
        rows = replace(rows, start=walls)
        self._learn(rows)
        start = np.empty(len(rows), np.int64)
        never: list[int] = []
        for name, where in self._by_zone(rows):
            zone = zone_for(name, int(walls[where].min()), int(walls[where].max()))
            start[where], bad = self._instants(rows.take(where) if len(where) < len(rows) else rows,
                                               zone)  # fmt: skip
            never += where[bad].tolist()
        for row in never:
            self.faults.append(
                Fault(self.layout.path.name, int(rows.line[row]), column_name(self.layout, "time"),
                      _wall_text(int(walls[row])), "the clocks skipped this hour; it never was")
            )  # fmt: skip
        rows = replace(rows, start=start)
        return rows.take(np.setdiff1d(np.arange(len(rows)), never)) if never else rows

    def _by_zone(self, rows: Rows) -> list[tuple[str, Ints]]:
        stated = self.layout.profile.timezone
        whole = np.arange(len(rows))
        if stated:
            return [(stated, whole)]
        zones = [m.revisions[-1].timezone for m in self.seen]
        if len(set(zones)) == 1:
            return [(zones[0], whole)]
        number = {z: i for i, z in enumerate(dict.fromkeys(zones))}
        of_row = np.array([number[z] for z in zones])[rows.meter]
        return [(z, np.flatnonzero(of_row == i)) for z, i in number.items() if (of_row == i).any()]

    def _instants(self, rows: Rows, zone: object) -> tuple[Ints, Ints]:
        from carbonledger.ingest.zone import Zone

        if not isinstance(zone, Zone):
            raise TypeError("a zone is needed")
        shift = self._shift(rows)
        if zone.steady or not shift.any():
            return to_instants(rows.start - shift, rows.meter, zone, self.hours)
        if self._ends_are_instants(rows, zone):
            ends, never = to_instants(rows.start, rows.meter, zone, self.hours)
            return ends - shift, never
        starts, never = to_instants(rows.start - shift, rows.meter, zone, self.hours)
        # An end that exists belongs to an interval that started before the clocks changed.
        ends, gone = to_instants(rows.start[never], rows.meter[never], zone, Hours())
        starts[never] = ends - shift[never]
        return starts, never[gone]

    def _ends_are_instants(self, rows: Rows, zone: object) -> bool:
        """Tell whether the stamp at which a repeated hour begins stands twice.

        Then ends were printed by the clock; else starts were printed and the length added.
        """
        for change in zone.changes:  # type: ignore[attr-defined]
            if change.after < change.before:
                hits = rows.meter[rows.start == change.first]
                if len(hits) != len(np.unique(hits)):
                    return True
        return False

    def _shift(self, rows: Rows) -> Ints:
        if self.layout.profile.stamp != "end":
            return np.zeros(len(rows), np.int64)
        lengths = np.array(
            [0 if self.reads(m) == "register" else self.intervals[m] for m in range(len(self.seen))],
            np.int64,
        )
        return lengths[rows.meter]

    def _midnights(self, rows: Rows) -> Ints:
        """Move midnights that are printed at the end of their own day to where they belong."""
        walls = rows.start
        if self.layout.profile.stamp != "end":
            return walls
        midnight = np.flatnonzero(walls % DAY == 0)
        if len(midnight) == 0:
            self._remember(rows, walls)
            return walls
        moved = walls.copy()
        for row in midnight.tolist():
            if self._own_days_end(rows, walls, row):
                moved[row] += DAY
        self._remember(rows, walls)
        return moved

    def _own_days_end(self, rows: Rows, walls: Ints, row: int) -> bool:
        meter, day = int(rows.meter[row]), int(walls[row]) // DAY
        before = (
            int(walls[row - 1])
            if row and rows.meter[row - 1] == meter
            else self._last_wall.get(meter)
        )
        if before is not None:
            return before // DAY == day and before > walls[row]
        if row + 1 < len(walls) and rows.meter[row + 1] == meter:
            return int(walls[row + 1]) // DAY == day + 1
        return False

    def _remember(self, rows: Rows, walls: Ints) -> None:
        last = np.flatnonzero(np.append(rows.meter[1:] != rows.meter[:-1], True))
        for row in last.tolist():
            self._last_wall[int(rows.meter[row])] = int(walls[row])

    def _learn(self, rows: Rows) -> None:
        """Learn the length of the intervals of meters met for the first time."""
        stated = self.layout.profile.interval
        for meter in np.unique(rows.meter).tolist():
            if meter in self.intervals:
                continue
            where = np.flatnonzero(rows.meter == meter)[:SAMPLE]
            steps = np.diff(rows.start[where])
            if len(self.intervals) == 0 and len(steps):
                self.hours.descending = bool((steps < 0).sum() * 2 > len(steps))
            found = stated or _mode(np.abs(steps)) or self.interval_of(self.seen[meter])
            if not found:
                raise ImportRefused(
                    f"{self.layout.path}: one value of meter {self.seen[meter].code} does not tell "
                    "how long its interval is",
                    code="interval",
                    hint='state it in the profile: interval = "15min"',
                )
            self.intervals[meter] = found

    def ratio(self, meter: int, unit: int, day: int) -> Fraction:
        """Return what one recorded unit of a meter is in canonical units on a day (yyyymmdd).

        Raises:
            ImportRefused: the unit does not fit what the meter measures.
        """
        revisions = self.seen[meter].revisions
        since = revisions[0].valid_from
        if len(revisions) > 1 or day < since:
            revision = self.seen[meter].on(day)
            since = revision.valid_from if revision else -1
        known = self._ratios.get((meter, unit, since))
        if known is None:
            known = self._ratios[meter, unit, since] = self._unit_ratio(meter, unit, day)
        return known

    def _unit_ratio(self, meter: int, unit: int, day: int) -> Fraction:
        revision = self.seen[meter].on(day)
        if revision is None:
            raise ImportRefused(
                f"meter {self.seen[meter].code} is declared from a later day than {day}",
                code="meter-unknown",
                hint="declare what it measured before (valid_from) in site.toml",
            )
        canonical = self.canonical[revision.commodity]
        symbol = self.units[unit] or find(revision.unit).symbol
        power = self.reads(meter) == "power"
        if power and find(symbol).dimension != "power":
            raise ImportRefused(
                f"meter {self.seen[meter].code}: {symbol} is no unit of power",
                code="unit-dimension",
                hint='state unit = "kW" in the profile, or quantity = "energy"',
            )
        hours = Fraction(self.intervals[meter], 3600) if power else Fraction(1)
        energy = find({"W": "Wh", "kW": "kWh", "MW": "MWh", "GW": "GWh"}[symbol]).symbol if power else symbol  # noqa: E501
        conversion = revision.conversion or None
        return (
            canonical_micro_ratio(energy, canonical, conversion)
            * Fraction(revision.multiplier)
            * hours
        )


def _id(text: str) -> str:
    """Return a meter id without the dress of a spreadsheet: `="000…"`, an apostrophe, a tab."""
    text = text.strip().lstrip("'")
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text


def _mode(steps: Ints) -> int:
    steps = steps[steps > 0]
    if len(steps) == 0:
        return 0
    values, counts = np.unique(steps, return_counts=True)
    return int(values[np.argmax(counts)])


def _wall_text(seconds: int) -> str:
    return str(np.datetime64(seconds, "s")).replace("T", " ")


def _joined(blocks: list[Rows]) -> Rows | None:
    if not blocks:
        return None
    whole = blocks[0]
    for block in blocks[1:]:
        whole = join(whole, block)
    return whole


def is_null(column: pa.Array) -> Mask:
    """Return where a column has no value."""
    return np.asarray(pc.is_null(column).to_numpy(zero_copy_only=False), np.bool_)
