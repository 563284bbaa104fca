"""Documents of generation and load of ENTSO-E (GL_MarketDocument, IEC 62325-451-6).

A series is a stream: its production type (B04 is gas), with `out` where it is what plants draw
themselves. Points have positions within a period. By curve A01 each interval has its point; by A03
a point holds until the next one (ENTSO-E, "Introduction of different time series possibilities
(curvetypes)").
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from carbonledger.errors import ImportRefused
from carbonledger.ingest.clock import iso
from carbonledger.ingest.formats.streams import (
    EARLIEST,
    LATEST,
    Odd,
    Reading,
    chosen,
    malformed,
    refuse_others,
    tables_of_readings,
)
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source
from carbonledger.ingest.table import Table

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

# Unit of the document, the unit meant, and what the quantities then are.
UNITS = {"MAW": ("MW", "power"), "KWT": ("kW", "power"), "MWH": ("MWh", "energy"),
         "KWH": ("kWh", "energy")}  # fmt: skip
STEP = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
DAY, CHANGE = 86400, 7200
# Of a period: nearly two years of minutes.
MOST_POINTS = 1_000_000
ROLES = ("meter", "time", "end", "value", "unit")


@dataclass(frozen=True, slots=True)
class Series:
    """What the head of a series says.

    Attributes:
        short: its name: B04, or `B10 out`.
        area: domain it is of.
        unit, curve: codes of the document.
    """

    short: str
    area: str
    unit: str
    curve: str

    @property
    def full(self) -> str:
        """Its name with its area."""
        return f"{self.short}@{self.area}" if self.area else self.short


def layout(source: Source, profile: Profile, meters: frozenset[str]) -> Layout:
    """Find out which series a document holds.

    Raises:
        ImportRefused: it is no document that can be read, or a series has no meter.
    """
    refuse_others(profile, "entsoe", ("quantity", "unit"), source.path)
    found = list(dict.fromkeys(series for series, _ in _periods(source)))
    if not found:
        raise malformed(source.path, "the document holds no series")
    quantity = profile.quantity or _quantity(source, found)
    names = _names(found, profile)
    _, remarks = chosen(names.values(), profile, meters, source.path)
    if any(series.curve == "A03" for series in found):
        remarks += ("curve A03: positions that are not printed repeat the one before",)
    return Layout(
        source.path, "utf-8", "", ("position", "quantity"), 0,
        replace(profile, quantity=quantity, decimal="."), "long",
        {"time": (0,), "end": (0,), "value": (1,)}, remarks=remarks, reader="entsoe",
    )  # fmt: skip


def tables(source: Source, layout: Layout) -> Iterator[Table]:
    """Yield the points of the chosen series, each with start and end of its interval."""
    found = list(dict.fromkeys(series for series, _ in _periods(source)))
    names = _names(found, layout.profile)
    return tables_of_readings(_readings(source, layout, names), ROLES)


def _readings(source: Source, layout: Layout, names: dict[Series, str]) -> Iterator[Reading | Odd]:
    wanted = layout.profile.meters
    for series, period in _periods(source):
        name = names[series]
        if not wanted or name in wanted:
            yield from _points(series, name, period)


def _names(found: list[Series], profile: Profile) -> dict[Series, str]:
    """Name each series: with its area where the profile does, or where there are several."""
    several = len({series.area for series in found}) > 1
    return {
        series: series.full if several or series.full in profile.meters else series.short
        for series in found
    }


def _quantity(source: Source, found: list[Series]) -> str:
    unknown = sorted({s.unit for s in found} - UNITS.keys())
    kinds = {UNITS[s.unit][1] for s in found if s.unit in UNITS}
    if unknown or len(kinds) > 1:
        said = ", ".join(unknown) or "both power and energy"
        raise ImportRefused(
            f"{source.path}: the quantities are in {said}",
            code="no-quantity",
            hint=f"read are {', '.join(UNITS)}, one kind in a document",
        )
    return kinds.pop()


def _periods(source: Source) -> Iterator[tuple[Series, "Element"]]:
    """Yield the periods of the document, each with the head of its series, and forget them."""
    from lxml import etree

    parser = etree.XMLPullParser(
        events=("start", "end"), resolve_entities=False, load_dtd=False, no_network=True,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        for chunk in source.chunks(1 << 20):
            parser.feed(chunk)
            yield from _ready(source, parser.read_events())
        parser.close()
    except etree.XMLSyntaxError as error:
        raise malformed(source.path, f"it is no well-formed XML: {error.msg}") from error
    yield from _ready(source, parser.read_events())


def _ready(source: Source, events: Iterable[tuple[str, Any]]) -> Iterator[tuple[Series, "Element"]]:
    for event, element in events:
        name = _local(element)
        if event == "start":
            if element.getparent() is None:
                _refuse_strange(source, element)
        elif name == "Period":
            parent = element.getparent()
            if parent is not None:
                yield _series(parent), element
            element.clear()
        elif name == "TimeSeries":
            element.clear()


def _refuse_strange(source: Source, root: "Element") -> None:
    document = root.getroottree().docinfo
    if document.internalDTD is not None:
        raise malformed(source.path, "it declares entities (DOCTYPE), which are not read")
    if _local(root) != "GL_MarketDocument":
        raise malformed(source.path, f"<{_local(root)}> is no document of generation or load")


def _line(element: "Element") -> int:
    line = element.sourceline
    return line if isinstance(line, int) else 0


def _local(element: "Element") -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: "Element", *names: str) -> str:
    """Return the text of the first descendant of a name, "" where there is none."""
    for child in element.iter():
        if _local(child) in names:
            return (child.text or "").strip()
        if child is not element and _local(child) == "Point":
            break
    return ""


def _series(element: "Element") -> Series:
    kind = _text(element, "psrType")
    inside = _text(element, "inBiddingZone_Domain.mRID", "in_Domain.mRID")
    outside = _text(element, "outBiddingZone_Domain.mRID", "out_Domain.mRID")
    plant = _text(element, "registeredResource.mRID")
    short = "/".join(part for part in (kind or _text(element, "businessType"), plant) if part)
    if kind and outside and not inside:
        short += " out"
    unit = _text(element, "quantity_Measure_Unit.name", "quantity_Measurement_Unit.name")
    return Series(short, inside or outside, unit, _text(element, "curveType") or "A01")


def _points(series: Series, name: str, period: "Element") -> Iterator[Reading | Odd]:
    line = _line(period)
    try:
        low, step, count = _frame(period)
    except ValueError as error:
        yield (line, name, str(error))
        return
    unit = UNITS.get(series.unit, (series.unit,))[0]
    last: tuple[int, Reading] | None = None
    for point in period:
        if _local(point) != "Point":
            continue
        place, value = _text(point, "position"), _text(point, "quantity")
        at = _line(point)
        if not place.isdecimal() or not 1 <= int(place) <= count:
            yield (at, f"{name} position {place}", f"the period has the positions 1 to {count}")
            continue
        made = Reading(at, name, "", value, unit)
        if series.curve == "A03":
            yield from _repeated(last, int(place), low, step)
            if last is None and int(place) > 1:
                yield (at, f"{name} position {place}", "the curve A03 begins without position 1")
            last = (int(place), made)
        yield _placed(made, int(place), low, step)
    yield from _repeated(last, count + 1, low, step)


def _repeated(
    last: tuple[int, Reading] | None, until: int, low: int, step: int
) -> Iterator[Reading]:
    """Yield a point again for the positions that are not printed behind it."""
    if last is not None:
        for place in range(last[0] + 1, until):
            yield _placed(last[1], place, low, step)


def _placed(made: Reading, place: int, low: int, step: int) -> Reading:
    start = low + (place - 1) * step
    return made._replace(time=iso(start), end=iso(start + step))


def _frame(period: "Element") -> tuple[int, int, int]:
    """Return the start of a period, the length of its intervals, and how many it has.

    Raises:
        ValueError: the interval or the resolution cannot be read, or do not fit.
    """
    low, high = _instant(_text(period, "start")), _instant(_text(period, "end"))
    resolution = _text(period, "resolution")
    hit = STEP.fullmatch(resolution)
    days, hours, minutes, seconds = (int(part or 0) for part in hit.groups()) if hit else (0,) * 4
    step = days * DAY + hours * 3600 + minutes * 60 + seconds
    if not step:
        raise ValueError(f"the resolution {resolution!r} is no fixed length of time")
    if days == 1 and step == DAY and abs(high - low - DAY) <= CHANGE:
        # One local day, whatever its hours.
        step = high - low
    if not EARLIEST <= low < high <= LATEST or (high - low) // step > MOST_POINTS:
        raise ValueError("the period is of no use: before 1900, behind 2199, or of too many points")
    if (high - low) % step:
        raise ValueError(f"the period does not divide into intervals of {resolution}")
    return low, step, (high - low) // step


def _instant(text: str) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} states no offset from UTC")
    return int(moment.timestamp())
