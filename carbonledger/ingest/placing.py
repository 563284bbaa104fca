"""Stamps into the instants at which intervals start, and how long the intervals are."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from carbonledger.errors import ImportRefused, ImportUndecided
from carbonledger.ingest.clock import Clock
from carbonledger.ingest.ends import Edges
from carbonledger.ingest.faults import Faults
from carbonledger.ingest.headers import stamp_of
from carbonledger.ingest.lengths import Length, learnt
from carbonledger.ingest.meters import Meters
from carbonledger.ingest.midnights import own_days
from carbonledger.ingest.passes import Passes, to_instants
from carbonledger.ingest.rows import Rows, join
from carbonledger.ingest.varying import Varying, changed
from carbonledger.ingest.zone import Zone, zone_for

Ints = npt.NDArray[np.int64]
DAY = 86400
SAMPLE = 4000
# Rows of a meter from which the length of its intervals is learnt, if the file has so many.
ENOUGH = 16
MOSTLY = 0.9
MAY_BE_ENDS = "the stamps may name the end of each interval"


@dataclass(slots=True)
class Placer:
    """Places the rows of one file in time.

    Attributes:
        meters: the meters of the file.
        clock: what read the stamps.
        posted: gives the length of the intervals the ledger holds of a meter, None of none.
        faults: rows whose time never was.
        convention: tells by the ledger which end the stamps of a meter name, "" for neither; given
            the meter, the instants of its first and last stamp, and the length of its intervals.
        lengths: length of the intervals by number of the meter, once known.
        moved: midnights that were printed at the end of their own day.
        midnights: midnights of which it was asked.
    """

    meters: Meters
    clock: Clock
    posted: Callable[[int], Length | None]
    faults: Faults
    convention: Callable[[int, int, int, int], str]
    lengths: dict[int, Length] = field(default_factory=dict)
    moved: int = 0
    midnights: int = 0
    _passes: Passes = field(default_factory=Passes)
    _passes_of_ends: Passes = field(default_factory=Passes)
    _last: dict[int, int] = field(default_factory=dict)
    _edges: Edges = field(default_factory=Edges)
    _as_held: bool = False
    _varying: Varying | None = None
    _held: list[Rows] = field(default_factory=list)
    _before: dict[int, Length | None] = field(default_factory=dict)

    def remarks(self) -> list[str]:
        """Say where the intervals are of another length than those posted before."""
        found = []
        if self.stamp is None and self._counts_intervals():
            found.append(
                "the stamps look like ends, and are taken as the start of each interval, as the "
                "ledger holds these meters"
                if self._as_held
                else "the stamps are taken as the start of each interval; where they are its end, "
                'state stamp = "end" in a profile'
            )
        for meter, length in self.lengths.items():
            before = self._before.get(meter)
            if before and before != length and self.meters.reads(meter) != "register":
                code = self.meters.seen[meter].code
                found.append(f"meter {code}: intervals of {length}; those posted are of {before}")
        return found

    def ask_ends(self) -> None:
        """Ask which end the stamps name, where nobody says it and they look like ends.

        Raises:
            ImportUndecided: one is 24:00, or each day runs from one interval after midnight on.
        """
        if self.stamp is not None or not self._counts_intervals():
            return
        lengths = {
            m: n.seconds for m, n in self.lengths.items() if self.meters.reads(m) != "register"
        }
        signed = self._edges.on_walls(self._walls).of_ends(lengths)
        if self.clock.closes:
            raise self._undecided(f"{MAY_BE_ENDS}: 24:00 is the end of a day")
        if not signed:
            return
        held = {self._by_ledger(meter, lengths[meter]) for meter in signed}
        if held == {"start"}:
            self._as_held = True
            return
        said = "; the ledger holds these meters by ends" if held == {"end"} else ""
        raise self._undecided(
            f"{MAY_BE_ENDS}: they begin one interval after a midnight and stop at a midnight{said}"
        )

    def _by_ledger(self, meter: int, length: int) -> str:
        """Return which end the stamps of a meter name by what the ledger holds; "" for neither."""
        walls = np.array([self._edges.first[meter], self._edges.last[meter]], np.int64)
        zone = self._zone(self.meters.stamps_in(meter), walls)
        first, last = walls
        if not self.clock.instants:
            (first, last), _ = to_instants(walls, np.full(2, meter), zone, Passes(), ends=False)
        return self.convention(meter, int(first), int(last), length)

    def _undecided(self, what: str) -> ImportUndecided:
        layout = self.meters.layout
        return ImportUndecided(
            f"{layout.path}:{layout.header}: {what}",
            choices=({"stamp": "end"}, {"stamp": "start"}),
            code="stamp",
            hint='say it in the profile: stamp = "end" (or stamp = "start")',
        )

    def _counts_intervals(self) -> bool:
        reads = {self.meters.reads(meter) for meter in self.lengths}
        return bool(reads - {"register"}) and not self.clock.dates

    @property
    def stamp(self) -> str | None:
        """Which end of their intervals the stamps name: as stated, or as their column says.

        Raises:
            ImportUndecided: the column says the end, and the profile nothing.
        """
        layout = self.meters.layout
        if "end" in layout.columns or layout.profile.range:
            return "start"
        stated = layout.profile.stamp
        said = stamp_of(layout.column("time"))
        if stated is None and said == "end":
            raise self._undecided(
                f"the column {layout.column('time')!r} seems to name the end of each interval"
            )
        return stated or said or None

    @property
    def ordered(self) -> bool:
        """Whether all meters run from old to new, as far as is known."""
        return all(order == 1 for order in self._passes.orders.values())

    def take(self, rows: Rows) -> Rows | None:
        """Place the rows of a block; rows of meters not yet known well enough are held back."""
        if self.meters.layout.format == "day":
            # Placed where it was read, as a cell of a day is no stamp.
            self._order_of(rows)
            return rows
        if rows.until is not None:
            return self._spanned(rows, rows.until)
        placed = self._known(join([*self._held, rows]) if self._held else rows, final=False)
        return self._varied(placed) if placed else None

    def finish(self) -> Rows | None:
        """Place the rows still held back."""
        placed = self._known(join(self._held), final=True) if self._held else None
        last = self._varied(placed) if placed else None
        waiting = self._varying.finish() if self._varying else None
        parts = [part for part in (last, waiting) if part]
        return join(parts) if parts else None

    def _varied(self, rows: Rows) -> Rows | None:
        """Give rows the lengths that their stamps tell, if the profile asks for that.

        Raises:
            ImportRefused: the rows are in no order.
            ImportUndecided: mean powers change their distance, and the profile says nothing.
        """
        profile = self.meters.layout.profile
        if profile.lengths != "stamps":
            if profile.lengths is None and profile.interval is None:
                self._ask_lengths(rows)
            return rows
        orders = self._passes.orders
        if any(orders[meter] == 0 for meter in np.unique(rows.meter).tolist()):
            raise ImportRefused(
                f"{self.meters.layout.path}: the rows are in no order of time, so their lengths "
                "cannot be told from the stamps",
                code="interval",
                hint="sort the file by time",
            )
        if self._varying is None:
            self._varying = Varying(self._ends, orders)
        return self._varying.take(rows)

    def _ask_lengths(self, rows: Rows) -> None:
        """Ask whether mean powers that stand further apart from a row on have longer intervals."""
        asked = np.zeros(len(self.meters.seen), np.bool_)
        for number, length in self.lengths.items():
            asked[number] = self.meters.reads(number) == "power" and not length.calendar
        if not asked.any():
            return
        powers, _ = rows.split(asked[rows.meter])
        found = changed(powers) if powers else None
        if powers is None or found is None:
            return
        place, step = found
        line, meter = int(powers.line[place]), int(powers.meter[place])
        raise ImportUndecided(
            f"{self.meters.layout.path}:{line}: from here on the mean powers of "
            f"meter {self.meters.seen[meter].code} stand {Length(seconds=step)} apart, those "
            f"before {self.lengths[meter]}: their intervals may have become longer, or values are "
            "missing",
            choices=({"lengths": "stamps"}, {"lengths": "fixed"}),
            code="interval",
            hint='say which in a profile: lengths = "stamps" (each interval lasts from one stamp '
            'to the next) or lengths = "fixed" (values are missing)',
        )

    def _known(self, rows: Rows, *, final: bool) -> Rows | None:
        counts = np.bincount(rows.meter, minlength=len(self.meters.seen))
        fresh = [m for m in np.flatnonzero(counts).tolist() if m not in self.lengths]
        held = np.zeros(len(counts), np.bool_)
        for meter in fresh:
            enough = final or counts[meter] >= ENOUGH
            held[meter] = not (enough and self._learn(rows, meter, final=final))
        ready, waiting = rows.split(~held[rows.meter]) if held.any() else (rows, None)
        self._held = [waiting] if waiting else []
        return self._placed(ready) if ready else None

    def _learn(self, rows: Rows, meter: int, *, final: bool) -> bool:
        """Learn the order of a meter's rows and the length of its intervals.

        Of rows in no order more are waited for while they do not tell, up to a sample.
        """
        stated = self.meters.layout.profile.interval
        where = np.flatnonzero(rows.meter == meter)[:SAMPLE]
        walls = self._walls(rows.start[where], meter)
        self._passes.orders[meter] = _order(walls)
        before = self._before[meter] = self.posted(meter)
        loose = self._passes.orders[meter] == 0
        found = stated or learnt(walls, before, loose=loose)
        if self.meters.reads(meter) == "register":
            # Readings of a register are points; the step between them is a hint for gaps only.
            found = found or Length(days=1)
        if found is None and loose and not final and len(where) < SAMPLE:
            return False
        if found is None:
            raise ImportRefused(
                f"{self.meters.layout.path}:{int(rows.line[where[0]])}: the stamps of meter "
                f"{self.meters.seen[meter].code} do not tell how long its intervals are",
                code="interval",
                hint='state it in the profile: interval = "15min"',
            )
        self.lengths[meter] = found
        return True

    def _walls(self, stamps: Ints, meter: int) -> Ints:
        if not self.clock.instants:
            return stamps
        zone = self._zone(self.meters.stamps_in(meter), stamps)
        return np.asarray(stamps + zone.offsets(stamps), np.int64)

    def _zone(self, name: str, stamps: Ints) -> Zone:
        return zone_for(name, int(stamps.min()), int(stamps.max()))

    def _placed(self, rows: Rows) -> Rows | None:
        count = len(self.meters.seen)
        lengths = [self.lengths.get(m) for m in range(count)]
        registers = self.meters.cumulative()
        fixed = np.array([n.seconds if n else 0 for n in lengths], np.int64)
        fixed[registers] = 0
        calendar = np.array([bool(n and n.calendar) for n in lengths]) & ~registers
        rows = replace(rows, seconds=fixed[rows.meter])
        if self.stamp is None:
            self._edges.take(rows.start, rows.meter)
        if not calendar.any():
            return self._fixed(rows)
        days, others = rows.split(calendar[rows.meter])
        parts = [self._fixed(others) if others else None, self._calendar(days) if days else None]
        found = [part for part in parts if part]
        return join(found) if found else None

    @property
    def _ends(self) -> bool:
        # A date without a time names its whole day, whichever end is meant by a stamp.
        return self.stamp == "end" and not self.clock.dates

    def _fixed(self, rows: Rows) -> Rows | None:
        """Place rows of intervals of a fixed length, and readings of registers."""
        ends = self._ends
        if self.clock.instants:
            return replace(rows, start=rows.start - rows.seconds) if ends else rows
        if ends:
            rows = self._midnights(rows)
        start = np.empty(len(rows), np.int64)
        never: list[int] = []
        for zone, where in self._by_zone(rows):
            walls, meters = rows.start[where], rows.meter[where]
            if ends:
                self._refuse_unordered(walls, meters, zone)
            start[where], bad = to_instants(walls, meters, zone, self._passes, ends=ends)
            never += np.arange(len(rows))[where][bad].tolist()
        placed = replace(rows, start=start - rows.seconds if ends else start)
        return self._without(placed, rows.start, never) if never else placed

    def _spanned(self, rows: Rows, until: Ints) -> Rows | None:
        """Place rows that state the start and the end of their interval."""
        self._order_of(rows)
        ends = replace(rows, start=until, until=None)
        start, no_start = self._instants(replace(rows, until=None), self._passes, ends=False)
        end, no_end = self._instants(ends, self._passes_of_ends, ends=True)
        placed = replace(rows, start=start, seconds=end - start, until=None)
        backward = np.flatnonzero(end <= start).tolist()
        for row in set(backward) - {*no_start, *no_end}:
            reason = "the interval ends before it has begun"
            self.faults.add(int(rows.line[row]), self.meters.layout.column("end"), "", reason)
        never = sorted({*no_start, *no_end})
        left = placed if not never else self._without(placed, rows.start, never)
        if left is None or not backward:
            return left
        forward = np.flatnonzero(left.seconds > 0)
        return left.take(forward) if len(forward) else None

    def _order_of(self, rows: Rows) -> None:
        """Learn the order of the rows of each meter, and its usual length."""
        for meter in np.unique(rows.meter).tolist():
            if meter not in self.lengths:
                where = np.flatnonzero(rows.meter == meter)[:SAMPLE]
                self._passes.orders[meter] = self._direction(rows, where, meter)
                self._passes_of_ends.orders[meter] = self._passes.orders[meter]
                self._before[meter] = self.posted(meter)
                usual = int(np.median(_steps(rows, where)))
                self.lengths[meter] = Length(seconds=max(usual, 1))

    def _direction(self, rows: Rows, where: Ints, meter: int) -> int:
        """Tell the order of rows; of those that hold a day each, that of the days."""
        if self.meters.layout.format != "day":
            return _order(self._walls(rows.start[where], meter))
        new = np.diff(rows.line[where], prepend=-1) != 0
        return _order(rows.start[where][new])

    def _instants(self, rows: Rows, passes: Passes, *, ends: bool) -> tuple[Ints, list[int]]:
        """Return the instants of stamps, and the positions of those that never were."""
        if self.clock.instants:
            return rows.start, []
        found = np.empty(len(rows), np.int64)
        never: list[int] = []
        for zone, where in self._by_zone(rows):
            walls, meters = rows.start[where], rows.meter[where]
            found[where], bad = to_instants(walls, meters, zone, passes, ends=ends)
            never += np.arange(len(rows))[where][bad].tolist()
        return found, never

    def _without(self, rows: Rows, walls: Ints, never: list[int]) -> Rows | None:
        column = self.meters.layout.column("time")
        for row in never:
            text = str(np.datetime64(int(walls[row]), "s")).replace("T", " ")
            reason = (
                "the clocks skipped this hour; where the stamps do not follow summer time, state "
                'their offset: timezone = "+01:00"'
            )
            self.faults.add(int(rows.line[row]), column, text, reason)
        left = np.setdiff1d(np.arange(len(rows)), never)
        return rows.take(left) if len(left) else None

    def _by_zone(self, rows: Rows) -> list[tuple[Zone, slice | Ints]]:
        names = [self.meters.stamps_in(m) for m in range(len(self.meters.seen))]
        if len(set(names)) == 1:
            return [(self._zone(names[0], rows.start), slice(None))]
        number = {name: n for n, name in enumerate(dict.fromkeys(names))}
        of_row = np.array([number[name] for name in names])[rows.meter]
        found: list[tuple[Zone, slice | Ints]] = []
        for name, n in number.items():
            where = np.flatnonzero(of_row == n)
            if len(where):
                found.append((self._zone(name, rows.start[where]), where))
        return found

    def _midnights(self, rows: Rows) -> Rows:
        """Move midnights that are printed at the end of their own day to where they belong."""
        stated = self.meters.layout.profile.midnight
        midnight = (rows.start % DAY == 0) & (rows.seconds > 0)
        if stated == "next":
            return rows
        if stated == "own":
            own = midnight
        else:
            self._refuse_unordered_midnights(rows, midnight)
            own = own_days(rows.start, rows.meter, self._passes.orders, self._last) & midnight
        self.moved += int(own.sum())
        self.midnights += int(midnight.sum())
        return replace(rows, start=rows.start + DAY * own) if own.any() else rows

    def _refuse_unordered_midnights(self, rows: Rows, midnight: npt.NDArray[np.bool_]) -> None:
        loose = [m for m, order in self._passes.orders.items() if order == 0]
        where = np.flatnonzero(midnight & np.isin(rows.meter, loose))
        if len(where):
            raise ImportRefused(
                f"{self.meters.layout.path}:{int(rows.line[where[0]])}: the rows are in no order "
                "of time, so it is open which day this midnight ends",
                code="midnight",
                hint='state it in the profile: midnight = "own" (it ends the day it is printed '
                'with) or midnight = "next" (it ends the day before)',
            )

    def _refuse_unordered(self, walls: Ints, meters: Ints, zone: Zone) -> None:
        loose = [m for m, order in self._passes.orders.items() if order == 0]
        for change in zone.changes if loose else ():
            told = (walls >= change.first) & (walls <= change.last) & np.isin(meters, loose)
            if change.repeats and told.any():
                raise ImportRefused(
                    f"{self.meters.layout.path}: the rows are in no order of time, so the repeated "
                    "hour at the end of summer time cannot be told",
                    code="repeated-hour",
                    hint="sort the file by time, or export it with UTC offsets in the stamps",
                )

    def _calendar(self, rows: Rows) -> Rows:
        """Place rows whose intervals are days or months of the calendar."""
        start, end = rows.start.copy(), rows.start.copy()
        for meter in np.unique(rows.meter).tolist():
            where = np.flatnonzero(rows.meter == meter)
            walls = self._walls(rows.start[where], meter)
            length = self.lengths[meter]
            walls = length.before(walls) if self._ends else walls
            zone = self._zone(self.meters.stamps_in(meter), walls)
            meters = rows.meter[where]
            start[where], _ = to_instants(walls, meters, zone, Passes())
            end[where], _ = to_instants(length.after(walls), meters, zone, Passes())
        return replace(rows, start=start, seconds=end - start)


def _steps(rows: Rows, where: Ints) -> Ints:
    """Return the lengths of some intervals; of readings of a register the time between them."""
    if rows.until is not None:
        return (rows.until - rows.start)[where]
    if rows.seconds[where].any():
        return rows.seconds[where]
    return np.abs(np.diff(rows.start[where], append=rows.start[where[-1]] + 1))


def _order(walls: Ints) -> int:
    """Tell whether stamps run from old to new (1), from new to old (-1) or in no order (0)."""
    # A midnight may belong to the day before or behind it; it says nothing of the order.
    timed = walls[walls % DAY != 0]
    steps = np.sign(np.diff(timed if len(timed) else walls))
    up, down = int((steps > 0).sum()), int((steps < 0).sum())
    if up + down < 2 or up >= MOSTLY * (up + down):  # noqa: PLR2004 (one step tells nothing)
        return 1
    return -1 if down >= MOSTLY * (up + down) else 0
