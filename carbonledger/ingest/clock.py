"""Stamps of a file into seconds: whole columns at once where they have fixed places.

A stamp without offset is a wall clock; it is given as seconds since 1970-01-01 of that clock.
A stamp with an offset or Z is an instant. 24:00 is the end of its printed day.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from carbonledger.ingest.columns import numbers

Seconds = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
NOT_A_TIME = np.iinfo(np.int64).min
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (a wall clock has no zone)
DIRECTIVES = {
    "%Y": r"(?P<Y>\d{4})", "%y": r"(?P<y>\d{2})", "%m": r"(?P<m>\d{1,2})", "%d": r"(?P<d>\d{1,2})",
    "%H": r"(?P<H>\d{1,2})", "%M": r"(?P<M>\d{2})", "%S": r"(?P<S>\d{2})",
    "%b": r"(?P<b>[A-Za-z]{3})", "%p": r"(?P<p>[AaPp][Mm])", "%I": r"(?P<I>\d{1,2})",
    "%f": r"0{1,9}", "%z": r"(?P<z>Z|[+-]\d{2}:?\d{2})", "%%": "%",
}  # fmt: skip
WIDTHS = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}
FIRST_YEAR, LAST_YEAR = 1900, 2199
MOST_KEPT = 500_000
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
KNOWN = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%d %H:%M:%S%z",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d %H:%M",
    "%Y年%m月%d日 %H:%M", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日%H:%M",
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M",
    "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%Y年%m月%d日",
)  # fmt: skip
EITHER_WAY = re.compile(r"^\d{1,2}[/-]\d{1,2}[/-]\d{2,4}\b")


@dataclass(slots=True)
class Clock:
    """Reads the stamps of one file.

    Attributes:
        format: strptime pattern; None: the first stamp decides among patterns that can be read in
            one way only.
        instants: whether the stamps carry an offset.
    """

    format: str | None
    instants: bool = False
    _pattern: re.Pattern[str] | None = None
    _cache: dict[str, int] = field(default_factory=dict)

    @property
    def dates(self) -> bool:
        """Whether the stamps are dates without a time of day: each names its whole day."""
        return not {"%H", "%I"} & set(re.findall("%[A-Za-z]", self.format or "%H"))

    def read(self, stamps: pa.StringArray) -> Seconds:
        """Read a column of stamps; NOT_A_TIME where one cannot be read.

        Raises:
            ValueError: the first stamp can be read in two ways, and the profile does not say which.
        """
        if len(stamps) == 0:
            return np.array([], dtype=np.int64)
        if self.format is None:
            self.format = recognised(stamps[0].as_py())
        if self._pattern is None:
            self._pattern = _pattern(self.format)
            self.instants = "%z" in self.format
        columns = None if self.instants else _fixed(stamps, self.format)
        if columns is not None:
            return columns
        encoded = stamps.dictionary_encode()
        values = np.array([self._one(text) for text in encoded.dictionary.to_pylist()], np.int64)
        return np.asarray(values[numbers(encoded.indices)], np.int64)

    def _one(self, text: str) -> int:
        known = self._cache.get(text)
        if known is None:
            known = _seconds(text, self._pattern)
            if len(self._cache) < MOST_KEPT:
                self._cache[text] = known
        return known


def recognised(text: str) -> str:
    """Return the pattern of a stamp that can be read in one way only.

    Raises:
        ValueError: it cannot, or it is no stamp.
    """
    text = text.strip()
    forms = [known for known in KNOWN if _pattern(known).fullmatch(text)]
    for form in forms:
        if _seconds(text, _pattern(form)) != NOT_A_TIME:
            return form
    if forms:
        raise ValueError(f"{text!r} is no date and time that ever was")
    if EITHER_WAY.match(text):
        raise ValueError(
            f"{text!r} can be day-month or month-day; "
            'say which: time_format = "%d/%m/%Y %H:%M" or "%m/%d/%Y %H:%M"'
        )
    raise ValueError(f"{text!r} is no stamp that is known; state time_format in the profile")


def check_format(form: str) -> None:
    """Check that a time_format can be used.

    Raises:
        ValueError: it has a directive that is not supported, or none for the date.
    """
    _pattern(form)
    if not {"%Y", "%y"} & set(re.findall("%[A-Za-z]", form)):
        raise ValueError("names no year: write %Y or %y")


@cache
def _pattern(form: str) -> re.Pattern[str]:
    parts = re.split(r"(%[A-Za-z%])", form)
    made = []
    for part in parts:
        if part.startswith("%") and len(part) == 2:  # noqa: PLR2004 (a directive is two signs)
            if part not in DIRECTIVES:
                raise ValueError(
                    f"time_format: {part} is not supported; {', '.join(DIRECTIVES)} are"
                )
            made.append(DIRECTIVES[part])
        else:
            made.append(re.escape(part).replace(r"\ ", r"\s+"))
    return re.compile(r"\s*" + "".join(made) + r"\s*")


def _seconds(text: str, pattern: re.Pattern[str] | None) -> int:
    hit = pattern.fullmatch(text) if pattern else None
    if not hit:
        return NOT_A_TIME
    found = hit.groupdict()
    try:
        day = datetime(_year(found), _month(found), int(found.get("d") or 1))  # noqa: DTZ001
    except ValueError:
        return NOT_A_TIME
    hour, minute, second = _hour(found), int(found.get("M") or 0), int(found.get("S") or 0)
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and minute + second):  # noqa: PLR2004
        return NOT_A_TIME
    moment = day + timedelta(hours=hour, minutes=minute, seconds=second)
    return int((moment - EPOCH).total_seconds()) - _offset(found.get("z"))


def _year(found: dict[str, str]) -> int:
    if "y" in found:
        return 2000 + int(found["y"]) if int(found["y"]) < 70 else 1900 + int(found["y"])  # noqa: PLR2004
    year = int(found["Y"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"{year} is no year of a meter")
    return year


def _month(found: dict[str, str]) -> int:
    if "b" in found:
        return MONTHS.index(found["b"].lower()) + 1
    return int(found.get("m") or 1)


def _hour(found: dict[str, str]) -> int:
    if "I" in found:
        return int(found["I"]) % 12 + (12 if (found.get("p") or "").lower() == "pm" else 0)
    return int(found.get("H") or 0)


def _offset(text: str | None) -> int:
    if not text or text == "Z":
        return 0
    digits = text[1:].replace(":", "")
    return (1 if text[0] == "+" else -1) * (int(digits[:2]) * 3600 + int(digits[2:]) * 60)


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
