"""What a Green Button feed says beside its readings: consumption of billing periods, local time.

A summary is compared with the readings of its own file and never used: summaries of providers are
known to cover other periods than they state.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation

import numpy as np
import numpy.typing as npt

from carbonledger.ingest.clock import iso
from carbonledger.ingest.formats.greenbutton_codes import UNITS
from carbonledger.ingest.formats.greenbutton_feed import Entry
from carbonledger.ingest.formats.greenbutton_readings import whole
from carbonledger.ingest.formats.greenbutton_streams import NOWHERE, Found, Owners, Stream
from carbonledger.ingest.formats.streams import EARLIEST, LATEST
from carbonledger.ingest.zone import zone_for

Ints = npt.NDArray[np.int64]
MOST_POWER = 30
LAST, CURRENT = "overallConsumptionLastPeriod", "currentBillingPeriodOverAllConsumption"
MOST_SAID = 12
RECEIVED = "19"


def scaled(text: str, power: str) -> Decimal | None:
    """Return a value times its power of ten, exact; None where one of them is no number."""
    exponent = whole(power or "0")
    if exponent is None or abs(exponent) > MOST_POWER:
        return None
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number.scaleb(exponent) if number.is_finite() else None


@dataclass(slots=True)
class Stated:
    """A consumption that a summary states of a stream, and what its readings come to.

    Attributes:
        line: of the summary.
        stream: position of the stream.
        low, high: of its period.
        amount, unit: as stated.
        total: of the readings whose intervals begin in the period.
        covered: seconds of them.
    """

    line: int
    stream: int
    low: int
    high: int
    amount: Decimal
    unit: str
    total: Decimal = Decimal(0)
    covered: int = 0

    def told(self, name: str) -> str:
        """Say how the summary and the readings differ."""
        hours, of_hours = Decimal(self.covered) / 3600, Decimal(self.high - self.low) / 3600
        return (
            f"line {self.line}: the summary states {self.amount:f} {self.unit} of {name} from "
            f"{iso(self.low)} to {iso(self.high)}; the file's own readings there, {hours:.0f} of "
            f"{of_hours:.0f} hours, come to {self.total:f} {self.unit}: the readings are posted"
        )


@dataclass(slots=True)
class Summaries:
    """The consumptions that a feed states of each stream, to be compared with its readings."""

    stated: dict[int, list[Stated]] = field(default_factory=dict)

    def take(self, stream: int, starts: Ints, seconds: Ints, values: Sequence[str]) -> None:
        """Add readings of a stream of which something is stated.

        Args:
            stream: its position.
            starts: of its readings, at least one.
            seconds: of their intervals.
            values: times their power of ten, as texts.
        """
        low, high = int(starts.min()), int(starts.max())
        for one in self.stated[stream]:
            if one.low <= high and one.high > low:
                inside = np.flatnonzero((starts >= one.low) & (starts < one.high))
                one.covered += int(seconds[inside].sum())
                numbers = (scaled(values[n], "0") for n in inside.tolist())
                one.total += sum((n for n in numbers if n is not None), Decimal(0))

    def remarks(self, names: Sequence[str]) -> tuple[str, ...]:
        """Say which summaries contradict the readings."""
        found = (one for stated in self.stated.values() for one in stated)
        wrong = [one.told(names[one.stream]) for one in found if one.total != one.amount]
        more = len(wrong) - MOST_SAID
        said = (f"{more} more summaries differ from the readings",) if more > 0 else ()
        return (*wrong[:MOST_SAID], *said)


def summaries_of(found: Found, streams: Sequence[Stream], read: frozenset[int]) -> Summaries:
    """Return the consumptions that a feed states of the streams that are read."""
    owners, made = Owners(found.points), Summaries()
    of_point: dict[int, list[int]] = {}
    for number in sorted(read):
        of_point.setdefault(streams[number].point, []).append(number)
    for entry in found.summaries:
        point = owners.of(entry.up, entry.href)
        for number in of_point.get(point, ()) if point != NOWHERE else ():
            stated = _stated(entry, number, streams[number])
            if stated:
                made.stated.setdefault(number, []).extend(stated)
    return made


def _stated(entry: Entry, number: int, stream: Stream) -> list[Stated]:
    """Return what a summary states in the unit of a stream of energy delivered."""
    if stream.what.quantity != "energy" or stream.fields.get("flowDirection") == RECEIVED:
        return []
    fields = entry.fields
    low, seconds = (
        whole(fields.get(f"billingPeriod/{name}", "")) for name in ("start", "duration")
    )
    if low is None or not seconds or not EARLIEST <= low < low + seconds <= LATEST:
        return []
    made = []
    for name, begin, end in ((LAST, low, low + seconds), _current(fields, low, low + seconds)):
        amount = scaled(
            fields.get(f"{name}/value", ""), fields.get(f"{name}/powerOfTenMultiplier", "")
        )
        unit = UNITS.get(fields.get(f"{name}/uom", ""), ("",))[0]
        if amount is not None and unit == stream.what.unit and begin < end <= LATEST:
            made.append(Stated(entry.line, number, begin, end, amount, unit))
    return made


def _current(fields: dict[str, str], low: int, high: int) -> tuple[str, int, int]:
    """Return the period of what is consumed since the last bill; an empty one where it is open."""
    until = whole(fields.get(f"{CURRENT}/timeStamp", "")) or low
    return CURRENT, high, until


def zone_remarks(found: Found, zones: dict[str, str], at: int) -> tuple[str, ...]:
    """Say where the local time of the feed is not that of the meters.

    Args:
        found: the entries of the feed.
        zones: time zone by meter code.
        at: an instant of the readings, by whose year zones are compared.
    """
    offsets = {whole(entry.fields.get("tzOffset", "")) for entry in found.zones} - {None}
    if len(offsets) != 1:
        return ()
    stated = offsets.pop() or 0
    odd = sorted(code for code, zone in zones.items() if _standard(zone, at) != stated)
    if not odd:
        return ()
    said = (
        f"the file's local time is {stated / 3600:+g} h from UTC, which is not that of "
        f"{', '.join(odd[:MOST_SAID])}; instants are in UTC, and days those of the meter's zone"
    )
    return (said,)


def _standard(name: str, at: int) -> int:
    """Return the offset of a zone without summer time, in the year of an instant."""
    year = datetime.fromisoformat(iso(at)).year
    months = [int(datetime.fromisoformat(f"{year}-{m:02}-01T00:00:00+00:00").timestamp())
              for m in (1, 7)]  # fmt: skip
    zone = zone_for(name, months[0], months[1])
    return int(zone.offsets(np.array(months, np.int64)).min())
