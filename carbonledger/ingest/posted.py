"""What the ledger already says of a meter and a day: the exact sum of all its entries."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import sqlalchemy as sa

from carbonledger.ingest.lengths import Length, as_posted
from carbonledger.ledger.schema import entry, meter

COLUMNS = (
    entry.c.id, entry.c.batch_id, entry.c.kind, entry.c.meter_id, entry.c.first_day,
    entry.c.start_utc, entry.c.end_utc, entry.c.interval_s, entry.c.profile, entry.c.scale_num,
    entry.c.scale_den, entry.c.register_start, entry.c.register_end, entry.c.corrects_id,
    entry.c.recorded_unit,
)  # fmt: skip
CHUNK = 500
LOOKED_AT = 9


class PostedEntry(NamedTuple):
    """An entry of a meter, as the comparison needs it; fields as in the table."""

    id: int
    batch_id: int
    kind: str
    meter_id: int
    first_day: int
    start_utc: int
    end_utc: int
    interval_s: int
    profile: str
    scale_num: int
    scale_den: int
    register_start: str | None
    register_end: str | None
    corrects_id: int | None
    recorded_unit: str


@dataclass(slots=True)
class Slot:
    """What is posted for one interval.

    Attributes:
        value: exact quantity in canonical units.
        live: entries that say so, less those reversed; 0: nothing holds.
        entry: the last entry that said something.
        batch: batch of that entry.
        parts: the values as posted, summed by scale and unit.
        guessed: entries that say so as an estimate, less those reversed.
    """

    value: Fraction
    live: int
    entry: int
    batch: int
    parts: dict[tuple[Fraction, str], Decimal] = field(default_factory=dict)
    guessed: int = 0


@dataclass(slots=True)
class Posted:
    """What the ledger holds of the meters of a file, asked for only where there can be something.

    Attributes:
        connection: to the ledger, in the transaction of the import.
        long: entries of the days last asked for that are of more than a day, by number of the
            meter; such a day may lie anywhere within them.
    """

    connection: sa.Connection
    long: dict[int, list[PostedEntry]] = field(default_factory=dict)
    _before: frozenset[int] | None = None
    _own: dict[int, int] = field(default_factory=dict)

    @property
    def before(self) -> frozenset[int]:
        """The meters that had entries when the import began."""
        if self._before is None:
            some = sa.exists().where(entry.c.meter_id == meter.c.id)
            self._before = frozenset(
                self.connection.execute(sa.select(meter.c.id).where(some)).scalars()
            )
        return self._before

    def length(self, number: int) -> Length | None:
        """Return the length of a meter's intervals, see `posted_length`."""
        return posted_length(self.connection, number) if number in self.before else None

    def days(
        self, spans: Mapping[int, tuple[int, int]]
    ) -> dict[tuple[int, int], list[PostedEntry]]:
        """Return the entries of some meters, see `posted_days`, and take note of what comes."""
        asked = {
            number: span
            for number, span in spans.items()
            if number in self.before or span[0] <= self._own.get(number, 0)
        }
        for number, (_, last) in spans.items():
            self._own[number] = max(last, self._own.get(number, 0))
        self.long = posted_long(self.connection, asked)
        return posted_days(self.connection, asked)


def posted_days(
    connection: sa.Connection, spans: Mapping[int, tuple[int, int]]
) -> dict[tuple[int, int], list[PostedEntry]]:
    """Read the entries of some meters, by meter and day.

    Args:
        connection: to the ledger.
        spans: first and last local day (yyyymmdd) by the number of the meter.
    """
    alike: dict[tuple[int, int], list[int]] = {}
    for number, span in sorted(spans.items()):
        alike.setdefault(span, []).append(number)
    found: dict[tuple[int, int], list[PostedEntry]] = {}
    for (first, last), meters in alike.items():
        for part in _chunks(meters):
            query = (
                sa.select(*COLUMNS)
                .where(entry.c.meter_id.in_(part), entry.c.first_day.between(first, last))
                .where(entry.c.profile.is_not(None))
                .order_by(entry.c.id)
            )
            for row in connection.execute(query):
                made = as_row(row)
                found.setdefault((made.meter_id, made.first_day), []).append(made)
    return found


def posted_long(
    connection: sa.Connection, spans: Mapping[int, tuple[int, int]]
) -> dict[int, list[PostedEntry]]:
    """Read the entries of more than a day that touch some days.

    Args:
        connection: to the ledger.
        spans: first and last local day (yyyymmdd) by the number of the meter.
    """
    found: dict[int, list[PostedEntry]] = {}
    for part in _chunks(sorted(spans)):
        first = min(spans[number][0] for number in part)
        last = max(spans[number][1] for number in part)
        query = sa.select(*COLUMNS).where(
            entry.c.meter_id.in_(part), entry.c.last_day > entry.c.first_day,
            entry.c.meter_id.is_not(None), entry.c.first_day <= last, entry.c.last_day >= first,
            entry.c.profile.is_not(None), entry.c.register_start.is_(None),
        )  # fmt: skip
        for row in connection.execute(query.order_by(entry.c.id)):
            made = as_row(row)
            found.setdefault(made.meter_id, []).append(made)
    return found


def _chunks(items: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def posted_length(connection: sa.Connection, meter: int) -> Length | None:
    """Return the length of a meter's intervals in its last days; None when nothing is posted."""
    query = (
        sa.select(entry.c.interval_s)
        .where(entry.c.meter_id == meter, entry.c.interval_s > 0)
        .order_by(entry.c.first_day.desc())
        .limit(LOOKED_AT)
    )
    found = sorted(int(seconds) for (seconds,) in connection.execute(query))
    return as_posted(found[len(found) // 2]) if found else None


def numbers(profile: str) -> list[Decimal | None]:
    """Read a profile: exact decimals, None where missing."""
    inner = profile[1:-1]
    if not inner:
        return []
    return [None if text == "null" else Decimal(text) for text in inner.split(",")]


def slots(entries: Iterable[PostedEntry]) -> dict[tuple[int, int], Slot]:
    """Sum entries interval by interval.

    Returns:
        What is posted, by start and length of the interval.
    """
    found: dict[tuple[int, int], Slot] = {}
    estimates: set[int] = set()
    for one in entries:
        step = {"reversal": -1, "adjustment": 0}.get(one.kind, 1)
        if one.kind == "estimate":
            estimates.add(one.id)
        guess = step * (one.kind == "estimate" or one.corrects_id in estimates)
        scale = Fraction(one.scale_num, one.scale_den)
        for place, number in enumerate(numbers(one.profile)):
            if number is None:
                continue
            key = (one.start_utc + place * one.interval_s, one.interval_s)
            slot = found.setdefault(key, Slot(Fraction(0), 0, one.id, one.batch_id))
            slot.value += Fraction(number) * scale
            unit = (scale, one.recorded_unit)
            slot.parts[unit] = slot.parts.get(unit, Decimal(0)) + number
            slot.live += step
            slot.guessed += guess
            slot.entry, slot.batch = one.id, one.batch_id
    return found


def as_row(row: Any) -> PostedEntry:
    """Make an entry of a row of COLUMNS."""
    return PostedEntry(*row)
