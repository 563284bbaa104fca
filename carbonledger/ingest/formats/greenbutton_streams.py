"""Which streams a Green Button feed holds: meter readings with their type and their usage point.

The entries name each other by links. A block belongs to the meter reading whose `self` its links
begin with, or that relates to them; so does a meter reading to its usage point. Where a file has
only one that can be meant, links that lead nowhere do not matter.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from carbonledger.errors import ImportRefused
from carbonledger.ingest.formats.greenbutton_codes import FLOWS, SERVICES, Meaning, meaning
from carbonledger.ingest.formats.greenbutton_feed import Entry, entries
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source

# Entries that are no blocks, and different links of blocks.
MOST_ENTRIES = 200_000
SUMMARIES = ("UsageSummary", "ElectricPowerUsageSummary")
NOWHERE = -1


@dataclass(slots=True)
class Found:
    """The entries of a feed but for its readings.

    Attributes:
        points, readings, types, summaries, zones: by what they hold.
        links: of blocks, each once, with its number.
        of_entry: number of the link of each entry of the feed.
    """

    points: list[Entry] = field(default_factory=list)
    readings: list[Entry] = field(default_factory=list)
    types: list[Entry] = field(default_factory=list)
    summaries: list[Entry] = field(default_factory=list)
    zones: list[Entry] = field(default_factory=list)
    links: dict[tuple[str, str], int] = field(default_factory=dict)
    of_entry: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, entry: Entry) -> None:
        """Note an entry."""
        place = NOWHERE
        if entry.kind == "IntervalBlock":
            # Blocks of one meter reading mostly share their `up`.
            key = ("", entry.up) if entry.up else (entry.href, "")
            place = self.links.setdefault(key, len(self.links))
        elif (where := self._list(entry.kind)) is not None:
            where.append(entry)
        self.of_entry.append(place)

    def _list(self, kind: str) -> list[Entry] | None:
        known = {
            "UsagePoint": self.points, "MeterReading": self.readings, "ReadingType": self.types,
            "LocalTimeParameters": self.zones, **dict.fromkeys(SUMMARIES, self.summaries),
        }  # fmt: skip
        return known.get(kind)


def look(source: Source) -> Found:
    """Read the entries of a feed.

    Raises:
        ImportRefused: it is no feed, or has more entries than a feed of meters.
    """
    found = Found()
    lists = (found.points, found.readings, found.types, found.summaries, found.zones)
    for number, entry in enumerate(entries(source)):
        found.add(entry)
        if number % 1000 == 0 and sum(map(len, lists)) + len(found.links) > MOST_ENTRIES:
            raise ImportRefused(
                f"{source.path} describes more than {MOST_ENTRIES} meters and types",
                code="file-too-large",
                hint="ask for the data in parts, for example one account in a file",
            )
    if found.links and not found.readings and max(len(found.points), len(found.types)) == 1:
        # Some feeds hold nothing but a type and its readings: these are one stream.
        found.readings.append(Entry(0, "MeterReading", "", "", "", (), {}))
    return found


@dataclass(frozen=True, slots=True)
class Stream:
    """A meter reading: values of one kind of one usage point.

    Attributes:
        line: of its entry.
        names: by which a profile may name it, the plainest first.
        point: position of its usage point; NOWHERE for none.
        fields: of its reading type.
        what: what its values are.
        service: electricity, gas, …, as the usage point says.
    """

    line: int
    names: tuple[str, ...]
    point: int
    fields: dict[str, str]
    what: Meaning
    service: str

    @property
    def power_of_ten(self) -> str:
        """By which power of ten its values are to be multiplied, as printed."""
        return self.fields.get("powerOfTenMultiplier") or "0"

    @property
    def told(self) -> str:
        """What it is, for messages."""
        flow = FLOWS.get(self.fields.get("flowDirection", ""), "")
        parts = (self.service, flow, self.what.quantity, self.what.unit)
        return ", ".join(part for part in parts if part)


class Owners:
    """Finds out to which of several entries another belongs."""

    def __init__(self, above: list[Entry]) -> None:
        """Note the links of those that may be meant."""
        self._count = len(above)
        self._own = _once((entry.href, n) for n, entry in enumerate(above) if entry.href)
        self._related = _once((link, n) for n, entry in enumerate(above) for link in entry.related)

    def of(self, *links: str) -> int:
        """Return the position of the owner of what has these links; NOWHERE when it is open."""
        for link in filter(None, links):
            found = next((self._own[p] for p in _paths(link) if p in self._own), NOWHERE)
            found = self._related.get(link, NOWHERE) if found == NOWHERE else found
            if found != NOWHERE:
                return found
        return 0 if self._count == 1 else NOWHERE


def _once(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return links with the position they lead to; NOWHERE where there are several."""
    found: dict[str, int] = {}
    for link, place in pairs:
        found[link] = place if found.get(link, place) == place else NOWHERE
    return found


def _paths(link: str) -> Iterator[str]:
    """Yield a link, and the links it is below of."""
    path = link.partition("?")[0]
    while path:
        yield path
        path = path.rpartition("/")[0]


def streams_of(found: Found, profile: Profile) -> list[Stream]:
    """Return the streams of a feed, in the order of its meter readings."""
    points, types = Owners(found.points), _Types(found.types)
    made = []
    for number, reading in enumerate(found.readings):
        point = points.of(reading.up, reading.href, *reading.related)
        fields = types.of(reading)
        what = meaning(fields, profile.unit or "", profile.quantity or "")
        kind = "" if point == NOWHERE else found.points[point].fields.get("ServiceCategory/kind")
        names = _names(None if point == NOWHERE else found.points[point], reading, number)
        made.append(Stream(reading.line, names, point, fields, what, SERVICES.get(kind or "", "")))
    return made


class _Types:
    """Finds the type of a meter reading: it relates to it, or is related to by it."""

    def __init__(self, types: list[Entry]) -> None:
        self._types = types
        self._own = _once((entry.href, n) for n, entry in enumerate(types) if entry.href)
        self._back = _once(
            (link, n) for n, entry in enumerate(types) for link in (entry.up, *entry.related)
        )

    def of(self, reading: Entry) -> dict[str, str]:
        """Return the fields of the type of a meter reading; none where it is open."""
        places = {self._own[link] for link in reading.related if link in self._own}
        if not places and reading.href in self._back:
            places = {self._back[reading.href]}
        if not places and len(self._types) == 1:
            places = {0}
        place = places.pop() if len(places) == 1 else NOWHERE
        return {} if place == NOWHERE else self._types[place].fields


def _names(point: Entry | None, reading: Entry, number: int) -> tuple[str, ...]:
    """Return the names of a stream: by titles, by the last parts of links, by its whole link."""
    title = point.title if point else ""
    own = reading.href.rpartition("/")[2]
    above = point.href.rpartition("/")[2] if point else ""
    names = (
        title,
        f"{title}/{reading.title}" if title and reading.title else reading.title,
        f"{above}/{own}" if above and own else "",
        reading.href,
        f"MeterReading {number + 1}",
    )
    return tuple(dict.fromkeys(name for name in names if name))


def name_streams(streams: list[Stream], profile: Profile) -> tuple[list[str], list[str]]:
    """Name each stream as the profile does, or else by the plainest name that no other has.

    Returns:
        The names, and those of the profile that several streams have.
    """
    counts = Counter(name for stream in streams for name in stream.names)
    open_ = [name for name in profile.meters if counts[name] > 1]
    made = []
    for stream in streams:
        free = [name for name in stream.names if counts[name] == 1]
        stated = [name for name in free if name in profile.meters]
        made.append((stated or free)[0])
    return made, open_
