"""NEM13, the accumulation meter data file of the Australian market; its frame: `nem.py`.

Record 250 is what one register counted between two readings: a flow with a start and an end, like
a bill. Its quantity is checked against the readings; 550 is of the provider's business.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

import numpy as np

from carbonledger.ingest.formats.nem import (
    SHOWN,
    Streams,
    cells_of,
    flags_said,
    lines,
    look,
    remarks,
    rules,
    unit_of,
    word_of,
)
from carbonledger.ingest.formats.streams import Odd, Reading, tables_of_readings
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source
from carbonledger.ingest.table import Table

ROLES = ("meter", "time", "end", "value", "unit", "quality")
STAMP = "%Y%m%d%H%M%S"
# Cells of a record 250 up to its unit; what follows is no need of ours.
CELLS_OF_250 = 20
WIDTHS = (len("yyyymmddHHMM"), len("yyyymmddHHMMSS"))
NUMBER = re.compile(r"-?(?:\d{1,15}(?:\.\d{0,9})?|\.\d{1,9})", re.ASCII)
# From the market's point of view, as the suffix: E is drawn by the user, I is fed in (suffix B).
DIRECTIONS = {"E": "E", "I": "B"}
# The worse of two readings is that of what lies between them.
WORSE = ("missing", "estimated", "substituted", "actual")


def layout(source: Source, profile: Profile, meters: frozenset[str]) -> Layout:
    """Find out which streams the file holds.

    Raises:
        ImportRefused: the file is cut, holds no energy, or a stream has no meter.
    """
    plan = rules(profile, "nem13", source.path, "nem13")
    encoding = profile.encoding or "utf-8"
    streams = Streams()
    for cells in look(source, encoding, "250", streams):
        if len(cells) < CELLS_OF_250 or not cells[1] or not cells[4]:
            streams.faulty += 1
        else:
            streams.note(name_of(cells), cells[19], cells[4])
    said = remarks(streams, profile, meters, source.path)
    return Layout(source.path, encoding, ",", (), 0, replace(plan, time_format=STAMP), "long",
                  dict.fromkeys(ROLES, ()), remarks=said, reader="nem13")  # fmt: skip


def name_of(cells: list[str]) -> str:
    """Return the name of the stream of a record 250."""
    return f"{cells[1]}/{cells[4]}"


@dataclass(slots=True)
class _Checks:
    """What the records say of their registers.

    Attributes:
        trusting: quantities count whatever the readings say, as the profile states.
        multipliers: of each register (stream, serial number, register), as first seen.
        directions: of each stream.
        flags: how many records have which quality method.
        wrapped, rounded, unchecked: how many quantities go through zero, are the readings'
            advance rounded, or have no readings.
        other: how many quantities the readings contradict, where that is no fault.
    """

    trusting: bool = False
    multipliers: dict[tuple[str, str, str], int] = field(default_factory=dict)
    directions: dict[str, str] = field(default_factory=dict)
    flags: Counter[str] = field(default_factory=Counter)
    wrapped: int = 0
    rounded: int = 0
    unchecked: int = 0
    other: int = 0

    def direction(self, cells: list[str]) -> str:
        """Return what is wrong with the direction of a record."""
        name, said, suffix = name_of(cells), cells[7], cells[4][:1]
        if said not in DIRECTIONS:
            return f"the direction {said[:20]!r} is neither E (drawn) nor I (fed in)"
        if suffix in DIRECTIONS.values() and suffix != DIRECTIONS[said]:
            return f"the direction {said} contradicts the suffix {cells[4]}"
        if self.directions.setdefault(name, said) != said:
            return f"the stream {name} had the direction {self.directions[name]} before"
        return ""

    def quantity(self, cells: list[str]) -> str:
        """Return what is wrong with the quantity of a record, by its two readings."""
        before, now, said = cells[8], cells[13], cells[18]
        if not said:
            return ""
        if not (before and now):
            self.unchecked += 1
            return ""
        if not all(NUMBER.fullmatch(text) for text in (before, now, said)):
            return f"{before[:20]!r}, {now[:20]!r} and {said[:20]!r} are not all numbers"
        advance, quantity = Decimal(now) - Decimal(before), Decimal(said)
        wrapped = advance < 0 <= quantity
        if wrapped:
            # Readings are printed with all digits of the register.
            advance += 10 ** len(before.partition(".")[0])
        if not self._fits((name_of(cells), cells[6], cells[3]), advance, quantity):
            self.other += self.trusting
            said = f"the readings advance by {advance}, and the quantity is {quantity}"
            return "" if self.trusting else said
        self.wrapped += wrapped
        return ""

    def _fits(self, key: tuple[str, str, str], advance: Decimal, quantity: Decimal) -> bool:
        """Tell whether a quantity is the advance times the meter's multiplier, perhaps rounded.

        The multiplier is a whole number; the first record of a register tells it.
        """
        step = Decimal(1).scaleb(min(int(quantity.as_tuple().exponent), 0))
        factor = self.multipliers.get(key)
        found = factor or 1
        if factor is None and abs(advance) >= step:
            found = max(int((quantity / advance).to_integral_value()), 1)
        off = abs(advance * found - quantity)
        if off > step / 2:
            return False
        if abs(advance) >= step:
            self.multipliers[key] = found
        self.rounded += off != 0
        return True

    def said(self) -> tuple[str, ...]:
        """Return what the user should know."""
        times = {key: factor for key, factor in self.multipliers.items() if factor != 1}
        found = [
            f"{name}, meter {serial}: the quantities are {factor} times the advance of the register"
            for (name, serial, _), factor in times.items()
        ]
        counts = (
            (self.wrapped, "registers have passed zero between two readings"),
            (self.rounded, "quantities are the advance of the register, rounded"),
            (self.unchecked, "quantities have no readings and are not checked"),
            (
                self.other,
                "quantities are not what the readings say, and count, as the profile says",
            ),
        )
        found += [f"{count} {what}" for count, what in counts if count]
        return (*found, *flags_said(self.flags))


def tables(source: Source, layout: Layout) -> Iterator[Table]:
    """Yield what each register counted, with both ends of its time."""
    checks = _Checks(layout.profile.nem13.get("readings") == "ignore")
    yield from tables_of_readings(_readings(source, layout, checks), ROLES)
    yield Table({}, {}, np.zeros(0, np.int64), remarks=checks.said())


def _readings(source: Source, layout: Layout, checks: _Checks) -> Iterator[Reading | Odd]:
    wanted = layout.profile.meters
    for part in lines(source, layout.encoding):
        for line, text in part:
            cells = cells_of(text)
            if cells[0] == "250":
                left_out = bool(wanted) and name_of([*cells, *[""] * 5]) not in wanted
                found = _reading(line, cells, checks, left_out=left_out)
            else:
                found = _frame(cells)
            if isinstance(found, str):
                yield (line, text[:SHOWN], found)
            elif found:
                yield found


def _frame(cells: list[str]) -> str | None:
    """Return what is wrong with a record that holds no quantity."""
    if cells[0] == "100" and cells[1:2] != ["NEM13"]:
        return "the record 100 is not that of NEM13"
    known = cells[0] in ("100", "550", "900")
    return None if known else f"{cells[0][:20]!r} is no record of NEM13"


def _reading(
    line: int, cells: list[str], checks: _Checks, *, left_out: bool
) -> Reading | str | None:
    """Return what a record 250 says, or what is wrong with it; None: it is left out."""
    if len(cells) < CELLS_OF_250 or not cells[1] or not cells[4]:
        return "the record 250 names no NMI, suffix, readings, quantity and unit"
    unit = unit_of(cells[19], cells[4])
    if left_out or not unit:
        return None
    start, end = _stamp(cells[9]), _stamp(cells[14])
    flags = (cells[10], cells[15])
    if not (start and end):
        return f"{(cells[14] if start else cells[9])[:20]!r} is no date and time"
    if not (word_of(flags[1]) and (word_of(flags[0]) or not flags[0])):
        return f"{'/'.join(flags)[:20]!r} are no quality methods"
    fault = checks.direction(cells) or checks.quantity(cells)
    if fault:
        return fault
    worse = min(flags if flags[0] else flags[1:], key=lambda flag: WORSE.index(word_of(flag)))
    checks.flags[worse] += 1
    return Reading(line, name_of(cells), start, cells[18], unit, word_of(worse), end)


def _stamp(text: str) -> str:
    """Return a stamp with its seconds; "" where it is none."""
    if not (text.isdecimal() and text.isascii() and len(text) in WIDTHS):
        return ""
    full = text.ljust(WIDTHS[1], "0")
    try:
        datetime.strptime(full, STAMP)  # noqa: DTZ007 (it is in market time)
    except ValueError:
        return ""
    return full
