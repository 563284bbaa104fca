"""NEM12, the interval meter data file of the Australian market (AEMO, Meter Data File Format).

Record 200 opens a stream (NMI and suffix), 300 holds one of its days, 400 the quality of a range of
that day's intervals, 900 ends the file. Days are those of market time, +10:00 all the year.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from carbonledger.errors import ImportRefused
from carbonledger.ingest.blocks import blocks, lines_of
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source
from carbonledger.ingest.table import Table

DAY_MIN = 1440
UNITS = {"kwh": "kWh", "wh": "Wh", "mwh": "MWh"}
REACTIVE = ("K", "Q")


def layout(source: Source, profile: Profile, _meters: frozenset[str]) -> Layout:
    """Say that the file holds one reading a row, each with both ends of its interval."""
    columns: dict[str, tuple[int, ...]] = dict.fromkeys(
        ("time", "end", "meter", "value", "unit", "quality"), ()
    )
    return Layout(source.path, profile.encoding or "utf-8", ",", (), 0, profile, format="long",
                  columns=columns, reader="nem12")  # fmt: skip


class _Day(NamedTuple):
    line: int
    day: str
    meter: str
    unit: str
    minutes: int
    values: list[str]
    flags: list[str]


@dataclass(slots=True)
class _Days:
    """The days of a block, and what is open from the lines before."""

    meter: str = ""
    unit: str = ""
    minutes: int = 0
    left_out: dict[str, str] = field(default_factory=dict)
    ended: bool = False
    found: int = 0
    rows: list[_Day] = field(default_factory=list)
    odd: list[tuple[int, str, str]] = field(default_factory=list)

    def take(self, line: int, text: str) -> None:
        cells = text.rstrip("\r").split(",")
        kind = cells[0].strip()
        reader = {"200": self._stream, "300": self._day, "400": self._range}.get(kind)
        if kind == "900":
            self.ended = True
        elif reader:
            reader(line, text, cells)
        elif kind not in ("100", "500"):
            self.odd.append((line, text[:200], f"{kind[:20]!r} is no record of NEM12"))

    def _stream(self, line: int, text: str, cells: list[str]) -> None:
        self.unit = ""
        if len(cells) < 9 or not cells[8].isdigit() or not 1 <= int(cells[8]) <= 30:  # noqa: PLR2004
            self.odd.append((line, text[:200], "the record 200 states no interval of 1 to 30 min"))
            return
        self.meter, self.minutes = f"{cells[1]}/{cells[4]}", int(cells[8])
        self.unit = UNITS.get(cells[7].strip().lower(), "")
        if not self.unit or cells[4].startswith(REACTIVE):
            # It is named in a remark at the end of the file.
            self.unit, self.left_out[self.meter] = "", cells[7].strip() or "no unit"

    def _day(self, line: int, text: str, cells: list[str]) -> None:
        if not self.unit:
            return
        count = DAY_MIN // self.minutes
        if len(cells) < count + 3 or not cells[count + 2][:1].isalpha():
            reason = f"a day of {self.minutes} min has {count} values and then a quality"
            self.odd.append((line, text[:200], reason))
            return
        if not _is_day(cells[1]):
            self.odd.append((line, text[:200], f"{cells[1][:20]!r} is no day"))
            return
        flags = [cells[count + 2]] * count
        self.found += 1
        self.rows.append(
            _Day(line, cells[1], self.meter, self.unit, self.minutes, cells[2 : count + 2], flags)
        )

    def _range(self, line: int, text: str, cells: list[str]) -> None:
        if not self.unit or not self.rows:
            return
        flags = self.rows[-1].flags
        try:
            low, high = int(cells[1]), int(cells[2])
            flag = cells[3]
        except (IndexError, ValueError):
            self.odd.append((line, text[:200], "the record 400 names no range and quality"))
            return
        if not 1 <= low <= high <= len(flags):
            self.odd.append((line, text[:200], f"the day has the intervals 1 to {len(flags)}"))
            return
        flags[low - 1 : high] = [flag] * (high - low + 1)


def tables(source: Source, layout: Layout) -> Iterator[Table]:
    """Yield the readings of a file.

    Raises:
        ImportRefused: it ends before its record 900.
    """
    days, held = _Days(), 0
    for block in blocks(source, layout.encoding):
        # The last day is held back: its qualities may follow in the next block.
        days.rows, days.odd = days.rows[held:], []
        for number, text in enumerate(lines_of(block, layout.path), block.first_line):
            if text.strip():
                days.take(number, text)
        held = max(len(days.rows) - 1, 0)
        yield _table(days, days.rows[:held])
    if not days.ended:
        raise ImportRefused(f"{source.path} ends before its record 900", code="file-broken",
                            hint="the file is cut; fetch it again")  # fmt: skip
    days.odd = []
    yield replace(_table(days, days.rows[held:]), remarks=_left_out(source, days))


def _is_day(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        return False
    return len(text) == len("yyyymmdd")


def _left_out(source: Source, days: _Days) -> tuple[str, ...]:
    named = ", ".join(f"{meter} ({unit})" for meter, unit in days.left_out.items())
    if named and not days.found:
        raise ImportRefused(f"{source.path} holds no stream of energy; it holds {named}",
                            code="no-quantity", hint="ask for the streams E and B")  # fmt: skip
    return (f"{len(days.left_out)} streams are no energy and left out: {named}",) if named else ()


def _edges(day: str, minutes: int, count: int) -> list[str]:
    first = np.datetime64(f"{day[:4]}-{day[4:6]}-{day[6:8]}T00:00:00")
    edges = first + np.arange(count + 1) * np.timedelta64(minutes, "m")
    return [f"{edge}+10:00" for edge in np.datetime_as_string(edges)]


def _table(days: _Days, rows: list[_Day]) -> Table:
    counts = [len(row.values) for row in rows]
    edges = [_edges(row.day, row.minutes, len(row.values)) for row in rows]
    for row in rows:
        if "V" in row.flags:
            reason = "the day's quality is V, and its records 400 leave intervals out"
            days.odd.append((row.line, row.day, reason))
    columns = {
        "time": [text for part in edges for text in part[:-1]],
        "end": [text for part in edges for text in part[1:]],
        "meter": [row.meter for row in rows for _ in row.values],
        "value": [value for row in rows for value in row.values],
        "unit": [row.unit for row in rows for _ in row.values],
        "quality": ["missing" if f == "N" else f for row in rows for f in row.flags],
    }
    lines = np.repeat(np.array([row.line for row in rows], np.int64), counts)
    made = {role: pa.array(texts, pa.string()) for role, texts in columns.items()}
    return Table(made, {}, lines, tuple(days.odd))
