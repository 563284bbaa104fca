"""The readings of a block of Green Button as columns of texts, and what of them is no reading.

Where each reading of a block has one start, one duration and one value, they are taken column by
column; where one has not, reading by reading.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lxml import etree

from carbonledger.ingest.formats.greenbutton_codes import worst
from carbonledger.ingest.formats.greenbutton_feed import ESPI, Block, line_of

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

READING, INTERVAL = f"{ESPI}IntervalReading", f"{ESPI}interval"
# A reading with nothing but its time and its value.
PLAIN_WIDTH = 2
LONGEST_NUMBER = 15


def _path(text: str) -> Callable[["Element"], Any]:
    """Return what finds parts of the readings of a block; its answer is of many types."""
    return etree.XPath(text, namespaces={"e": ESPI[1:-1]}, smart_strings=False)


# At most one of each reading: as many of them as readings are one of each.
VALUES = _path("e:IntervalReading/e:value[1]")
STARTS = _path("e:IntervalReading/e:timePeriod[1]/e:start[1]/text()[1]")
DURATIONS = _path("e:IntervalReading/e:timePeriod[1]/e:duration[1]/text()[1]")
CODES = _path("e:IntervalReading/e:ReadingQuality[1]/e:quality[1]/text()[1]")
COUNTS = tuple(
    _path(f"count(e:IntervalReading/e:{name})")
    for name in ("value", "timePeriod", "ReadingQuality", "cost")
)


@dataclass(slots=True)
class Columns:
    """Readings, each in one place of all lists.

    Attributes:
        starts, seconds, values: as printed.
        codes: of their quality; empty where no reading has one.
        lines: of their values.
        costs: how many readings state a cost.
        odd: what is no reading: line, text and reason.
    """

    starts: list[str] = field(default_factory=list)
    seconds: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    costs: int = 0
    odd: list[tuple[int, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Open:
    """The block that is being read.

    Attributes:
        number: its position in the feed.
        start, seconds: of its interval; None where it states none.
        count: readings so far, by which those without a time have their place.
    """

    number: int = -1
    start: int | None = None
    seconds: int | None = None
    count: int = 0

    def enter(self, block: Block) -> None:
        """Note the interval of a block when its first part comes."""
        if block.number == self.number:
            return
        interval = block.element.find(INTERVAL)
        self.number, self.count = block.number, 0
        self.start = self.seconds = None
        if interval is not None:
            self.start = whole(interval.findtext(f"{ESPI}start") or "")
            self.seconds = whole(interval.findtext(f"{ESPI}duration") or "")


def whole(text: str) -> int | None:
    """Return a whole number of seconds; None where the text is none."""
    text = text.strip()
    digits = text.removeprefix("-")
    good = digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST_NUMBER
    return int(text) if good else None


def columns_of(block: Block, state: Open, length: str) -> Columns:
    """Return the readings of a block.

    Args:
        block: a part of a block.
        state: what is known of the whole block.
        length: usual length of its intervals, as its reading type prints it; "" for none.
    """
    state.enter(block)
    readings = block.element.findall(READING)
    found = _together(block.element, readings)
    if found is None:
        found = Columns()
        for place, reading in enumerate(readings):
            _take(found, reading, state, state.count + place, length)
    state.count += len(readings)
    return found


def _together(element: "Element", readings: list["Element"]) -> Columns | None:
    """Take all readings at once; None where one has not exactly what it should."""
    count = len(readings)
    values = VALUES(element)
    starts, seconds = STARTS(element), DURATIONS(element)
    if not len(values) == len(starts) == len(seconds) == count:
        return None
    made = Columns(starts, seconds, [v.text or "" for v in values], [],
                   [v.sourceline for v in values])  # fmt: skip
    if all(len(reading) == PLAIN_WIDTH for reading in readings):
        return made
    of_values, periods, qualities, costs = (int(path(element)) for path in COUNTS)
    if not of_values == periods == count or qualities not in (0, count):
        return None
    made.codes = CODES(element) if qualities else []
    made.costs = costs
    return made if len(made.codes) == qualities else None


def _take(found: Columns, reading: "Element", state: Open, place: int, length: str) -> None:
    """Take a reading that is not like most."""
    values = reading.findall(f"{ESPI}value")
    line = line_of(values[0] if values else reading)
    periods = reading.findall(f"{ESPI}timePeriod")
    if len(values) > 1 or len(periods) > 1:
        found.odd.append((line, "", "the reading has more than one value or time"))
        return
    start, seconds = _times(periods, state, place, length)
    if not start:
        reason = "the reading states no start, and its block or type no interval to place it by"
        found.odd.append((line, "", reason))
        return
    codes = [
        (code.text or "").strip()
        for code in reading.iterfind(f"{ESPI}ReadingQuality/{ESPI}quality")
    ]
    found.codes.append(worst([code for code in codes if code]))
    found.starts.append(start)
    found.seconds.append(seconds)
    found.values.append((values[0].text or "") if values else "")
    found.lines.append(line)
    found.costs += reading.find(f"{ESPI}cost") is not None


def _times(periods: list["Element"], state: Open, place: int, length: str) -> tuple[str, str]:
    """Return start and duration: as printed, or by the interval of the block."""
    start, seconds = (
        (periods[0].findtext(f"{ESPI}{name}") or "").strip() if periods else ""
        for name in ("start", "duration")
    )
    step = whole(length)
    if not periods and state.start is not None and step:
        # ESPI: without a time, readings stand one interval length apart.
        start = str(state.start + place * step)
    return start, seconds or length
