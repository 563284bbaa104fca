"""Readings of Green Button into tables: times, values times their power of ten, qualities."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from carbonledger.errors import ImportUndecided
from carbonledger.ingest.columns import integers, strings
from carbonledger.ingest.formats.greenbutton_codes import LONGEST_CODE, WEATHER, words
from carbonledger.ingest.formats.greenbutton_feed import Block, line_of
from carbonledger.ingest.formats.greenbutton_readings import (
    LONGEST_NUMBER,
    Columns,
    Open,
    columns_of,
    whole,
)
from carbonledger.ingest.formats.greenbutton_streams import NOWHERE, Found, Stream
from carbonledger.ingest.formats.greenbutton_summary import Summaries, scaled, summaries_of
from carbonledger.ingest.formats.streams import EARLIEST, LATEST, first_few
from carbonledger.ingest.source import Source
from carbonledger.ingest.table import Table

ROWS = 50_000
NUMBER = re.compile(r"\s*-?[0-9]{1,30}(\.[0-9]{1,15})?\s*")
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Plan:
    """What the first reading of a feed found.

    Attributes:
        found: its entries.
        streams, names: of each meter reading.
        read: positions of the streams that are read.
        owners: stream by the number of a block's link.
    """

    found: Found
    streams: list[Stream]
    names: list[str]
    read: frozenset[int]
    owners: list[int]

    def stream(self, block: Block) -> int:
        """Return the stream of a block, NOWHERE when its links lead to none."""
        link = self.found.of_entry[block.entry] if block.entry >= 0 else NOWHERE
        return NOWHERE if link == NOWHERE else self.owners[link]


@dataclass(slots=True)
class Batch:
    """Readings of several blocks until they make a table.

    Attributes:
        source, plan: the file and what it holds.
        quantity: energy, power or register.
        stamp: which end of its period the reading of a register names, as the profile says.
        first: instant of the first reading.
        costs, outside, decimals: how many readings state a cost, lie outside the interval of
            their block, or have decimals.
        codes: how many have which quality.
        summaries: consumptions that the feed states.
    """

    source: Source
    plan: Plan
    quantity: str
    stamp: str | None
    first: int | None = None
    costs: int = 0
    outside: int = 0
    decimals: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    summaries: Summaries = field(default_factory=Summaries)
    _held: Columns = field(default_factory=Columns)
    _runs: list[tuple[int, int, int, int]] = field(default_factory=list)

    def parts(self, flow: Iterator[Block]) -> Iterator[Table]:
        """Yield tables of the readings of blocks."""
        self.summaries = summaries_of(self.plan.found, self.plan.streams, self.plan.read)
        state, lost = Open(), -1
        for block in flow:
            number = self.plan.stream(block)
            if number == NOWHERE:
                if block.number != lost:
                    reason = "the links of the block lead to no meter reading"
                    self._held.odd.append((line_of(block.element), "IntervalBlock", reason))
                lost = block.number
            elif number in self.plan.read:
                self._add(columns_of(block, state, self._length(number)), number, state)
            if len(self._held.lines) >= ROWS:
                yield self._table()
        yield self._table()

    def _length(self, number: int) -> str:
        return self.plan.streams[number].fields.get("intervalLength", "")

    def _add(self, found: Columns, number: int, state: Open) -> None:
        held, count = self._held, len(found.lines)
        default = self.plan.streams[number].fields.get("defaultQuality", "")
        held.starts += found.starts
        held.seconds += found.seconds
        held.values += found.values
        held.lines += found.lines
        held.odd += found.odd
        held.codes += [code[:LONGEST_CODE] or default for code in found.codes] or [default] * count
        self.costs += found.costs
        low = EARLIEST if state.start is None or not state.seconds else state.start
        high = LATEST if state.start is None or not state.seconds else low + state.seconds
        self._runs.append((number, count, low, high))

    def _table(self) -> Table:
        """Return the readings that are held as a table, and hold none."""
        held, runs = self._held, self._runs
        self._held, self._runs = Columns(), []
        many = np.array([run[1] for run in runs], np.int64)
        stream = np.repeat(np.array([run[0] for run in runs], np.int64), many)
        good = np.ones(len(stream), np.bool_)
        times = _Times(held, good, self.quantity == "register")
        starts, seconds = times.read()
        low, high = (np.repeat(np.array([r[n] for r in runs], np.int64), many) for n in (2, 3))
        self.outside += int((((starts < low) | (starts + seconds > high)) & good).sum())
        self._scale(held, stream, good)
        self._weather(held, good)
        rows = np.flatnonzero(good)
        return self._columns(held, stream[rows], starts[rows], seconds[rows], rows)

    def _scale(self, held: Columns, stream: Ints, good: Mask) -> None:
        """Multiply the values by their power of ten."""
        self.decimals += sum("." in text for text in held.values)
        values = held.values
        powers = [one.power_of_ten for one in self.plan.streams]
        for number in {n for n in np.unique(stream).tolist() if powers[n] != "0"}:
            for row in np.flatnonzero(stream == number).tolist():
                text = values[row]
                made = scaled(text, powers[number]) if NUMBER.fullmatch(text) else None
                if made is not None:
                    values[row] = format(made, "f")
                elif text.strip():
                    good[row] = False
                    reason = f"no number that can be multiplied by 10 to the {powers[number]}"
                    held.odd.append((held.lines[row], text, reason))

    def _weather(self, held: Columns, good: Mask) -> None:
        for row, code in enumerate(held.codes if WEATHER in held.codes else ()):
            if code == WEATHER and good[row]:
                good[row] = False
                reason = "the value is adjusted to the weather (quality 15): it is not what flowed"
                held.odd.append((held.lines[row], held.values[row], reason))

    def _columns(
        self, held: Columns, stream: Ints, starts: Ints, seconds: Ints, rows: Ints
    ) -> Table:
        """Return good readings as columns."""
        values = [held.values[n] for n in rows.tolist()]
        for number in self.summaries.stated.keys() & set(stream.tolist()):
            where = np.flatnonzero(stream == number)
            self.summaries.take(number, starts[where], seconds[where],
                                [values[n] for n in where.tolist()])  # fmt: skip
        if self.first is None and len(starts):
            self.first = int(starts[0])
        codes = [held.codes[n] for n in rows.tolist()]
        self.codes.update(codes)
        columns = {
            "time": _stamps(self._points(starts, seconds)),
            "meter": _coded(self.plan.names, stream),
            "value": strings(values),
            "unit": _coded([one.what.unit for one in self.plan.streams], stream),
            "quality": strings([words(code) for code in codes]).dictionary_encode(),
        }
        if self.quantity != "register":
            columns["end"] = _stamps(starts + seconds)
        lines = np.array(held.lines, np.int64)[rows]
        return Table(columns, {}, lines, tuple(held.odd))

    def _points(self, starts: Ints, seconds: Ints) -> Ints:
        """Return the instants at which registers were read, or intervals begin.

        Raises:
            ImportUndecided: a reading of a register has a period, and the profile does not say
                which end of it is meant.
        """
        if self.quantity != "register" or not seconds.any():
            return starts
        if self.stamp is None:
            raise ImportUndecided(
                f"{self.source.path}: the readings of the register state a period, not an instant",
                choices=({"stamp": "start"}, {"stamp": "end"}),
                code="stamp",
                hint='say which end of it is meant in the profile: stamp = "end" (or "start")',
            )
        return np.asarray(starts + seconds, np.int64) if self.stamp == "end" else starts

    def remarks(self) -> tuple[str, ...]:
        """Say what of the feed was not used, or is odd."""
        said = []
        if self.costs:
            said.append(f"readings with a cost, which is not read: {self.costs}")
        if self.outside:
            said.append(f"readings outside the interval that their block states: {self.outside}")
        if self.decimals:
            said.append(
                f"values with decimals, which ESPI has not: {self.decimals}; read as printed"
            )
        by_word: dict[str, list[str]] = {}
        for code, count in sorted(self.codes.items()):
            if words(code) not in ("", "actual"):
                by_word.setdefault(words(code), []).append(f"{code} ({count})")
        said += [f"kept as {word}: quality {first_few(c)}" for word, c in sorted(by_word.items())]
        return (*said, *self.summaries.remarks(self.plan.names))


@dataclass(slots=True)
class _Times:
    """Reads starts and durations; what is none is taken from the good rows."""

    held: Columns
    good: Mask
    register: bool

    def read(self) -> tuple[Ints, Ints]:
        """Return starts and durations in seconds, 0 where there is none."""
        starts = self._whole(self.held.starts, "start")
        seconds = self._whole(self.held.seconds, "duration")
        self._refuse((starts < EARLIEST) | (starts > LATEST), self.held.starts,
                     "the start lies before 1900 or behind 2199")  # fmt: skip
        wrong = seconds < 0 if self.register else seconds <= 0
        self._refuse(wrong, self.held.seconds, "the duration is not above zero")
        self._refuse(starts + seconds > LATEST, self.held.seconds, "the reading ends behind 2199")
        return starts, seconds

    def _whole(self, texts: list[str], what: str) -> Ints:
        joined = "".join(texts)
        if (
            joined.isdecimal()
            and joined.isascii()
            and all(texts)
            and max(map(len, texts)) <= LONGEST_NUMBER
        ):
            return np.fromiter(map(int, texts), np.int64, len(texts))
        made = [whole(text) for text in texts]
        empty = self.register and what == "duration"
        bad = [n is None and not (empty and not text) for n, text in zip(made, texts, strict=True)]
        self._refuse(np.array(bad, np.bool_), texts,
                     f"the {what} is no whole number of seconds since 1970 UTC" if what == "start"
                     else "the duration is no whole number of seconds")  # fmt: skip
        return np.array([n or 0 for n in made], np.int64)

    def _refuse(self, wrong: Mask, texts: list[str], reason: str) -> None:
        for row in np.flatnonzero(wrong & self.good).tolist():
            self.good[row] = False
            self.held.odd.append((self.held.lines[row], texts[row], reason))


def _stamps(instants: Ints) -> pa.StringArray:
    return integers(instants).cast(pa.timestamp("s")).cast(pa.string())


def _coded(texts: list[str], places: Ints) -> pa.DictionaryArray:
    codes = integers(places.astype(np.int32), pa.int32())
    return pa.DictionaryArray.from_arrays(codes, strings(texts))
