"""How long the intervals of a meter are: stated, learnt from the stamps, or as posted before.

Days and months are lengths of the calendar: a day of 23 or 25 hours is a day. All else is a fixed
number of seconds.
"""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
DAY = 86400
TEXT = re.compile(
    r"^(?:PT?)?\s*(?P<count>\d+)?\s*"
    r"(?P<unit>s|sec|second|m|min|minute|h|hour|d|day|mo|month)?s?$",
    re.IGNORECASE,
)
SECONDS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600}
ISO_MONTHS = re.compile(r"^P(\d+)M$")
# With fewer steps than this the stamps of a file do not tell more than what is posted already.
FEW = 4
SHORTEST_MONTH, LONGEST_MONTH = 28, 31
# The most by which a change of the clock makes a day longer or shorter.
CHANGE = 7200


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time; exactly one of the three is not 0."""

    seconds: int = 0
    days: int = 0
    months: int = 0

    @property
    def calendar(self) -> bool:
        """Whether it is counted in days or months, whatever their hours."""
        return self.seconds == 0

    def __str__(self) -> str:
        if self.months:
            return f"{self.months} month" + "s" * (self.months > 1)
        if self.days:
            return f"{self.days} day" + "s" * (self.days > 1)
        return f"{self.seconds} s" if self.seconds % 60 else f"{self.seconds // 60} min"

    def after(self, walls: Ints) -> Ints:
        """Return the wall clocks one calendar length later."""
        return self._moved(walls, 1)

    def before(self, walls: Ints) -> Ints:
        """Return the wall clocks one calendar length earlier."""
        return self._moved(walls, -1)

    def _moved(self, walls: Ints, sign: int) -> Ints:
        if self.days:
            return walls + sign * self.days * DAY
        month = walls.astype("datetime64[s]").astype("datetime64[M]")
        within = walls - month.astype("datetime64[s]").astype(np.int64)
        moved = (month + sign * self.months).astype("datetime64[s]").astype(np.int64)
        return np.asarray(moved + within, np.int64)


def of_seconds(seconds: int) -> Length:
    """Return a length of seconds; whole days are days of the calendar."""
    return Length(days=seconds // DAY) if seconds % DAY == 0 else Length(seconds=seconds)


def parse_length(value: object) -> Length:
    """Read the length of an interval: 900, "15min", "PT15M", "1h", "1 day", "month".

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return of_seconds(value)
    text = str(value).strip()
    iso = ISO_MONTHS.match(text)
    hit = TEXT.match(text)
    count = int(iso[1]) if iso else int((hit and hit["count"]) or 1)
    if not (iso or (hit and (hit["count"] or hit["unit"]))) or count == 0 or text in ("", "P"):
        raise ValueError(
            f"{text!r} is no length of an interval; write 900, '15min', '1h', '1day' or 'month'"
        )
    unit = "month" if iso else str((hit and hit["unit"]) or "s").lower()
    if unit in ("mo", "month"):
        return Length(months=count)
    if unit in ("d", "day"):
        return Length(days=count)
    return of_seconds(count * SECONDS[unit])


def learnt(walls: Ints, posted: Length | None, *, loose: bool = False) -> Length | None:
    """Tell the length of intervals from the stamps of a meter.

    Args:
        walls: wall clocks in seconds, in any order.
        posted: length of the intervals the ledger holds for the meter, if any.
        loose: the rows are in no order, so that the first of them are a sample of all.

    Returns:
        The most frequent step, when most steps are that long or all are multiples of it; with few
        stamps the length posted before, when it fits. Of a sample the shortest step, when it comes
        several times and all are multiples of it. None when nothing of this can be said.
    """
    stamps = _ascending(walls)
    steps = np.diff(stamps)
    fits = posted if posted and _fits(stamps, steps, posted) else None
    if len(steps) < FEW and fits:
        return fits
    if len(steps) == 0:
        return None
    if _firsts(stamps):
        return Length(months=int(np.bincount(np.diff(_months(stamps))).argmax()))
    values, counts = np.unique(steps, return_counts=True)
    step = int(values[np.argmax(counts)])
    usual = counts.max() * 2 >= len(steps) or bool((steps % step == 0).all())
    if not usual and loose and counts[0] >= FEW and bool((steps % values[0] == 0).all()):
        return of_seconds(int(values[0]))
    return of_seconds(step) if usual else fits


def _ascending(walls: Ints) -> Ints:
    """Return the stamps in order, each once; most files have them so."""
    return walls if (np.diff(walls) > 0).all() else np.unique(walls)


def as_posted(seconds: int) -> Length:
    """Return the length that posted intervals of so many seconds have: 23 hours are a day."""
    days = round(seconds / DAY)
    if days and abs(seconds - days * DAY) <= CHANGE:
        return Length(months=1) if SHORTEST_MONTH <= days <= LONGEST_MONTH else Length(days=days)
    return Length(seconds=seconds)


def _fits(stamps: Ints, steps: Ints, length: Length) -> bool:
    if length.months:
        return _firsts(stamps)
    return bool((steps % (length.seconds or length.days * DAY) == 0).all())


def _months(stamps: Ints) -> Ints:
    return stamps.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)


def _firsts(stamps: Ints) -> bool:
    """Tell whether all stamps are the start of a month."""
    month = stamps.astype("datetime64[s]").astype("datetime64[M]")
    return bool((stamps == month.astype("datetime64[s]").astype(np.int64)).all())
