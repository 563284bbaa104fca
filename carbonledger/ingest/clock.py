"""Stamps of a file into seconds: whole columns at once where they have fixed places.

A stamp without offset is a wall clock; it is given as seconds since 1970-01-01 of that clock.
A stamp with an offset or Z is an instant. 24:00 is the end of its printed day.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from carbonledger.ingest.columns import numbers
from carbonledger.ingest.stamps import (
    EPOCHS,
    FIRST_YEAR,
    LAST_YEAR,
    NOT_A_TIME,
    closes_a_day,
    reading,
    recognised,
    seconds,
)

Seconds = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
WIDTHS = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}
MOST_KEPT = 500_000


@dataclass(slots=True)
class Clock:
    """Reads the stamps of one file.

    Attributes:
        format: strptime pattern; None: the stamps of the first block decide, where they can be
            read in one way only.
        instants: whether the stamps carry an offset.
        closes: whether a stamp is 24:00, the end of its day.
    """

    format: str | None
    instants: bool = False
    closes: bool = False
    _pattern: re.Pattern[str] | None = None
    _cache: dict[str, int] = field(default_factory=dict)

    @property
    def dates(self) -> bool:
        """Whether the stamps are dates without a time of day: each names its whole day."""
        form = self.format or "%H"
        return form not in EPOCHS and not {"%H", "%I"} & set(re.findall("%[A-Za-z]", form))

    def read(self, stamps: pa.StringArray) -> Seconds:
        """Read a column of stamps; NOT_A_TIME where one cannot be read.

        Raises:
            ValueError: the stamps can be read in two ways, and the profile does not say which.
        """
        if len(stamps) == 0:
            return np.array([], dtype=np.int64)
        if self.format is None:
            self.format = recognised(stamps.unique().to_pylist())
        if self._pattern is None:
            self._pattern = reading(self.format)
            self.instants = bool({"%z", "%Z"} & set(re.findall("%[A-Za-z]", self.format)))
            self.instants |= self.format in EPOCHS
        columns = None if self.instants else _fixed(stamps, self.format)
        if columns is not None:
            return columns
        encoded = stamps.dictionary_encode()
        values = np.array([self._one(text) for text in encoded.dictionary.to_pylist()], np.int64)
        return np.asarray(values[numbers(encoded.indices)], np.int64)

    def _one(self, text: str) -> int:
        known = self._cache.get(text)
        if known is None:
            known = seconds(text, self._pattern)
            self.closes |= known != NOT_A_TIME and closes_a_day(text, self._pattern)
            if len(self._cache) < MOST_KEPT:
                self._cache[text] = known
        return known


def _places(form: str) -> tuple[dict[str, int], dict[int, int], int] | None:
    """Where each field starts and which sign stands where, if all fields have fixed widths."""
    fields: dict[str, int] = {}
    signs: dict[int, int] = {}
    place = 0
    for part in re.split(r"(%[A-Za-z%])", form):
        if part in WIDTHS:
            fields[part] = place
            place += WIDTHS[part]
        elif part.startswith("%") or not part.isascii():
            return None
        else:
            signs |= {place + i: ord(sign) for i, sign in enumerate(part)}
            place += len(part)
    return fields, signs, place


def _fixed(stamps: pa.StringArray, form: str) -> Seconds | None:
    """Read stamps that all have the same width and valid digits; None when some do not."""
    places = _places(form)
    if places is None or stamps.null_count:
        return None
    fields, signs, width = places
    offsets = np.frombuffer(stamps.buffers()[1], np.int32)
    offsets = offsets[stamps.offset : stamps.offset + len(stamps) + 1]
    if offsets[-1] - offsets[0] != width * len(stamps) or (np.diff(offsets) != width).any():
        return None
    raw = np.frombuffer(stamps.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    cells = np.ascontiguousarray(raw.reshape(-1, width).T)
    for place, sign in signs.items():
        if (cells[place] != sign).any():
            return None
    read = _reader(cells)
    found = {name: read(place, WIDTHS[name]) for name, place in fields.items()}
    if any(part is None for part in found.values()) or "%Y" not in found:
        return None
    return _combined({name: part for name, part in found.items() if part is not None}, len(stamps))


def _reader(cells: npt.NDArray[np.uint8]) -> Callable[[int, int], npt.NDArray[np.int32] | None]:
    def read(place: int, width: int) -> npt.NDArray[np.int32] | None:
        value = np.zeros(cells.shape[1], np.int32)
        for row in cells[place : place + width]:
            digit = row - np.uint8(48)
            if (digit > 9).any():  # noqa: PLR2004 (a digit)
                return None
            value = value * 10 + digit
        return value

    return read


def _combined(found: dict[str, npt.NDArray[np.int32]], count: int) -> Seconds | None:
    if ((found["%Y"] < FIRST_YEAR) | (found["%Y"] > LAST_YEAR)).any():
        return None
    zero = np.zeros(count, np.int32)
    month, day = found.get("%m", zero + 1), found.get("%d", zero + 1)
    hour, minute, second = (found.get(name, zero) for name in ("%H", "%M", "%S"))
    if ((month < 1) | (month > 12) | (day < 1) | (hour > 23) | (minute > 59) | (second > 59)).any():  # noqa: PLR2004
        return None
    index = (found["%Y"] - 1970) * 12 + month - 1
    low = int(index.min())
    months = np.arange(low, int(index.max()) + 2).astype("datetime64[M]")
    starts = months.astype("datetime64[D]").astype(np.int64)
    if (day > np.diff(starts)[index - low]).any():
        return None
    seconds = hour * np.int32(3600) + minute * np.int32(60) + second
    return np.asarray((starts[index - low] + (day - 1)) * 86400 + seconds, np.int64)


def iso(seconds: int) -> str:
    """Return an instant as ISO 8601 text in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
