"""NEM12, the interval meter data file of the Australian market; its frame: `nem.py`.

Record 200 opens a stream (NMI and suffix), 300 holds one of its days, 400 the quality of a range of
that day's intervals; 500 is of the provider's business and holds no value.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from carbonledger.ingest.columns import integers, strings
from carbonledger.ingest.formats.nem import (
    FLAG,
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
from carbonledger.ingest.formats.streams import Odd
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source
from carbonledger.ingest.table import WIDE, Table

DAY_MIN = 1440
COMMA, DIGIT = 44, 48
STAMP = "%Y%m%d%H%M"
FIRST_YEAR, LAST_YEAR = 1900, 2199
CELLS_OF_200 = 9
Digits = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]


class Stream(NamedTuple):
    """What a record 200 says; `minutes` is the length of its intervals."""

    name: str
    suffix: str
    unit: str
    minutes: int


class Day(NamedTuple):
    """A record 300, with the ranges of its records 400.

    Attributes:
        line: in the file.
        day, after: yyyymmdd, and that of the next day.
        stream: it is of.
        values: as printed, with the commas between them.
        flag: its quality method.
        ranges: first and last interval, counted from 1, and their quality method.
    """

    line: int
    day: str
    after: str
    stream: Stream
    values: str
    flag: str
    ranges: list[tuple[int, int, str]]

    @property
    def intervals(self) -> int:
        """How many intervals the day has."""
        return DAY_MIN // self.stream.minutes


def layout(source: Source, profile: Profile, meters: frozenset[str]) -> Layout:
    """Find out which streams the file holds: one reading a row, with both ends of its interval.

    Raises:
        ImportRefused: the file is cut, holds no energy, or a stream has no meter.
    """
    plan = rules(profile, "nem12", source.path)
    encoding = profile.encoding or "utf-8"
    streams = Streams()
    for cells in look(source, encoding, "200", streams):
        found = stream_of(cells)
        if isinstance(found, str):
            streams.faulty += 1
        else:
            streams.note(found.name, found.unit, found.suffix)
    said = remarks(streams, profile, meters, source.path)
    roles = ("time", "end", "meter", "value", "unit", "quality")
    return Layout(source.path, encoding, ",", (), 0, replace(plan, time_format=STAMP), "long",
                  dict.fromkeys(roles, ()), remarks=said, reader="nem12")  # fmt: skip


def stream_of(cells: list[str]) -> Stream | str:
    """Return the stream of a record 200, or what is wrong with it."""
    if len(cells) < CELLS_OF_200 or not cells[1] or not cells[4]:
        return "the record 200 names no NMI, suffix, unit and interval"
    length = cells[8]
    if not (length.isdecimal() and length.isascii()) or not _divides(int(length[:5])):
        return f"intervals of {length[:20]!r} min do not divide the day"
    return Stream(f"{cells[1]}/{cells[4]}", cells[4], cells[7], int(length))


def _divides(minutes: int) -> bool:
    return 1 <= minutes <= DAY_MIN and DAY_MIN % minutes == 0


@dataclass(slots=True)
class _Days:
    """The days of a block, and what is open from the lines before.

    Attributes:
        wanted: streams that are read; None: all of energy.
        stream: that of the last record 200; None: there is none, or it cannot be used.
        open: the last record that may have ranges was a good day.
        rows: days that are complete but for their ranges.
        odd: lines that cannot be used.
        flags: how many values have which quality method.
    """

    wanted: frozenset[str] | None
    stream: Stream | None = None
    open: bool = False
    rows: list[Day] = field(default_factory=list)
    odd: list[Odd] = field(default_factory=list)
    flags: Counter[str] = field(default_factory=Counter)

    def take(self, line: int, text: str) -> None:
        kind = text.split(",", 1)[0].strip()
        if kind == "300":
            self._day(line, text)
        elif kind == "400":
            self._range(line, text)
        elif kind == "200":
            self._stream(line, text)
        elif kind == "100":
            self._header(line, text)
        elif kind not in ("500", "900"):
            self._odd(line, text, f"{kind[:20]!r} is no record of NEM12")

    def _odd(self, line: int, text: str, reason: str) -> None:
        self.odd.append((line, text[:SHOWN], reason))

    def _header(self, line: int, text: str) -> None:
        self.stream, self.open = None, False
        if cells_of(text)[1:2] != ["NEM12"]:
            self._odd(line, text, "the record 100 is not that of NEM12")

    def _stream(self, line: int, text: str) -> None:
        found = stream_of(cells_of(text))
        self.open = False
        self.stream = None if isinstance(found, str) else found
        if isinstance(found, str):
            self._odd(line, text, found)

    def _left_out(self, stream: Stream) -> bool:
        """Tell whether a stream is not read; the layout has said so."""
        unwanted = self.wanted is not None and stream.name not in self.wanted
        return unwanted or not unit_of(stream.unit, stream.suffix)

    def _day(self, line: int, text: str) -> None:
        self.open = False
        if self.stream is None:
            self._odd(line, text, "there is no good record 200 before it")
        elif not self._left_out(self.stream):
            found = day_of(line, text, self.stream)
            if isinstance(found, str):
                self._odd(line, text, found)
            else:
                self.rows.append(found)
                self.open = True

    def _range(self, line: int, text: str) -> None:
        # The ranges of a day that is left out or rejected go with it.
        if not self.open:
            return
        day = self.rows[-1]
        found = range_of(cells_of(text), day.intervals)
        if isinstance(found, str):
            self._odd(line, text, found)
        else:
            day.ranges.append(found)


def day_of(line: int, text: str, stream: Stream) -> Day | str:
    """Return the day of a record 300, or what is wrong with it."""
    count = DAY_MIN // stream.minutes
    cells = text.split(",", count + 2)
    flag = cells[-1].split(",", 1)[0].strip()
    if len(cells) < count + 3 or not FLAG.fullmatch(flag):
        return f"a day of {stream.minutes} min has {count} values and then a quality"
    after = _after(cells[1].strip())
    if not after:
        return f"{cells[1][:20]!r} is no day"
    values = text[len(cells[0]) + len(cells[1]) + 2 : -len(cells[-1]) - 1]
    return Day(line, cells[1].strip(), after, stream, values, flag, [])


def range_of(cells: list[str], count: int) -> tuple[int, int, str] | str:
    """Return the range of a record 400, or what is wrong with it."""
    low, high, flag = (*cells[1:4], "", "", "")[:3]
    if not (low.isdecimal() and high.isdecimal() and word_of(flag)):
        return "the record 400 names no range and quality"
    if not 1 <= int(low[:6]) <= int(high[:6]) <= count:
        return f"the day has the intervals 1 to {count}"
    return int(low), int(high), flag


@lru_cache(4096)
def _after(day: str) -> str:
    """Return the day after a day, both yyyymmdd; "" where it is none."""
    if not (day.isdecimal() and day.isascii() and len(day) == len("yyyymmdd")):
        return ""
    try:
        found = date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        return ""
    known = FIRST_YEAR <= found.year <= LAST_YEAR
    return date.fromordinal(found.toordinal() + 1).strftime("%Y%m%d") if known else ""


def tables(source: Source, layout: Layout) -> Iterator[Table]:
    """Yield the readings of a file, block by block."""
    days, held = _Days(frozenset(layout.profile.meters) or None), 0
    for part in lines(source, layout.encoding, share=WIDE):
        # The last day is held back: its ranges may follow in the next block.
        days.rows, days.odd = days.rows[held:], []
        for line, text in part:
            days.take(line, text)
        held = max(len(days.rows) - 1, 0)
        yield _table(days, days.rows[:held])
    days.odd = []
    last = _table(days, days.rows[held:])
    yield replace(last, remarks=flags_said(days.flags))


def _table(days: _Days, rows: list[Day]) -> Table:
    """Return days as columns: one row an interval."""
    rows, flags, names = _with_flags(days, rows)
    counts = np.array([row.intervals for row in rows], np.int64)
    of_row = np.repeat(np.arange(len(rows)), counts)
    columns = {
        "time": _stamps(rows, of_row, 0),
        "end": _stamps(rows, of_row, 1),
        "meter": _repeated([row.stream.name for row in rows], of_row),
        "value": _values([row.values for row in rows]),
        "unit": _repeated([unit_of(row.stream.unit, row.stream.suffix) for row in rows], of_row),
        "quality": _coded([word_of(name) for name in names], flags),
    }
    lines_ = np.array([row.line for row in rows], np.int64)[of_row] if rows else of_row
    return Table(columns, {}, lines_, tuple(days.odd))


def _with_flags(days: _Days, rows: list[Day]) -> tuple[list[Day], Ints, list[str]]:
    """Return the days whose quality is known, the number of each value's flag, and the flags."""
    numbers: dict[str, int] = {}
    kept: list[Day] = []
    found: list[Ints] = [np.zeros(0, np.int64)]
    for row in rows:
        flags = np.full(row.intervals, numbers.setdefault(row.flag, len(numbers)), np.int64)
        for low, high, flag in row.ranges:
            flags[low - 1 : high] = numbers.setdefault(flag, len(numbers))
        if row.flag[:1] == "V" and (flags == numbers[row.flag]).any():
            reason = "the day's quality is V, and its records 400 leave intervals out"
            days.odd.append((row.line, row.day, reason))
            continue
        kept.append(row)
        found.append(flags)
    joined = np.concatenate(found)
    counts = np.bincount(joined, minlength=len(numbers)).tolist()
    days.flags.update({flag: counts[number] for flag, number in numbers.items() if counts[number]})
    return kept, joined, list(numbers)


def _values(parts: list[str]) -> pa.StringArray:
    """Return values that stand with commas between them as a column of texts."""
    data = ",".join(parts).encode()
    commas = np.flatnonzero(np.frombuffer(data, np.uint8) == COMMA)
    ends = np.append(commas, len(data)) - np.arange(len(commas) + 1)
    offsets = np.concatenate([[0], ends]) if parts else np.zeros(1)
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data.replace(b",", b""))]
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)


def _stamps(rows: list[Day], of_row: Ints, edge: int) -> pa.StringArray:
    """Return the stamp at which each interval starts (edge 0) or ends (edge 1)."""
    steps = np.array([row.stream.minutes for row in rows], np.int64)
    first = np.concatenate([[0], np.cumsum([row.intervals for row in rows])]).astype(np.int64)
    place = np.arange(len(of_row)) - first[of_row]
    minutes = (place + edge) * (steps[of_row] if rows else 1)
    today, after = _digits([r.day for r in rows])[of_row], _digits([r.after for r in rows])[of_row]
    day = np.where((minutes == DAY_MIN)[:, None], after, today)
    hour, minute = np.divmod(minutes % DAY_MIN, 60)
    clock = np.stack([hour // 10, hour % 10, minute // 10, minute % 10], axis=1) + DIGIT
    cells = np.concatenate([day, clock.astype(np.uint8)], axis=1)
    offsets = np.arange(len(of_row) + 1, dtype=np.int32) * np.int32(len("yyyymmddHHMM"))
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(cells))]
    return pa.Array.from_buffers(pa.string(), len(of_row), buffers)


def _digits(days: list[str]) -> Digits:
    return np.frombuffer("".join(days).encode(), np.uint8).reshape(-1, len("yyyymmdd"))


def _repeated(texts: list[str], of_row: Ints) -> pa.DictionaryArray:
    """Return a text of each day for each of its intervals."""
    known: dict[str, int] = {}
    places = np.array([known.setdefault(text, len(known)) for text in texts], np.int64)
    return _coded(list(known), places[of_row] if texts else of_row)


def _coded(texts: list[str], places: Ints) -> pa.DictionaryArray:
    codes = integers(places.astype(np.int32), pa.int32())
    return pa.DictionaryArray.from_arrays(codes, strings(texts))
