"""A day of a file beside the same day of the ledger, interval by interval."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from carbonledger.errors import ImportRefused
from carbonledger.ingest.clock import iso
from carbonledger.ingest.packing import PackedDay
from carbonledger.ingest.posted import PostedEntry, Slot, numbers, slots
from carbonledger.ingest.scale import micro

# Makes a refusal of: the day, what is wrong, code, hint.
Refuse = Callable[[PackedDay, str, str, str], ImportRefused]


@dataclass(slots=True)
class Compared:
    """What a comparison found.

    Attributes:
        equal: values that are posted already.
        doubles: values that this very file has posted already.
        new: values to post, by place in the day's profile.
        changed: values that differ from what is posted, with that.
        counted: sum of all values that are no doubles, millionths of the canonical unit.
    """

    equal: int = 0
    doubles: int = 0
    new: dict[int, Decimal] = field(default_factory=dict)
    changed: dict[int, tuple[Decimal, Slot]] = field(default_factory=dict)
    counted: int = 0

    @property
    def values(self) -> int:
        """How many values that are no doubles."""
        return self.equal + len(self.new) + len(self.changed)


def compare(
    day: PackedDay, entries: list[PostedEntry], scale: Fraction, batch: int, refuse: Refuse
) -> Compared:
    """Compare a day with the entries of the same meter and day.

    Args:
        day: of the file.
        entries: of the ledger.
        scale: what one value of the day is in canonical units.
        batch: the batch being posted; what it has posted itself stands in the same file.
        refuse: makes a refusal.

    Raises:
        ImportRefused: the day is posted in intervals of another length, or the file contradicts
            itself.
    """
    if _same(day, entries, scale):
        if entries[0].batch_id == batch:
            return Compared(doubles=day.values)
        return Compared(day.values, counted=day.quantity)
    known = slots(entries)
    check_lengths(day, known, refuse)
    found = Compared()
    for place, number in enumerate(numbers(day.profile)):
        slot = known.get((day.start + place * day.interval, day.interval))
        if number is not None:
            _sort_in(found, (place, number), slot, scale, batch)
    own = [place for place, (_, slot) in found.changed.items() if slot.batch == batch]
    if own:
        at = iso(day.start + own[0] * day.interval)
        what = f"has different values for {at} in one file, far apart"
        raise refuse(day, what, "contradiction", "correct the file: one of the two rows is wrong")
    return found


def _same(day: PackedDay, entries: list[PostedEntry], scale: Fraction) -> bool:
    one = entries[0]
    return (
        len(entries) == 1
        and one.profile == day.profile
        and one.start_utc == day.start
        and one.interval_s == day.interval
        and one.kind != "reversal"
        and (one.scale_num, one.scale_den) == (scale.numerator, scale.denominator)
    )


def _sort_in(
    found: Compared, value: tuple[int, Decimal], slot: Slot | None, scale: Fraction, batch: int
) -> None:
    place, number = value
    exact = Fraction(number) * scale
    if slot is None or slot.live <= 0:
        found.new[place] = number
    elif slot.value != exact:
        found.changed[place] = (number, slot)
    elif slot.batch == batch:
        found.doubles += 1
        return
    else:
        found.equal += 1
    found.counted += micro(exact)


def check_lengths(day: PackedDay, known: dict[tuple[int, int], Slot], refuse: Refuse) -> None:
    """Refuse a day that is posted in intervals of another length or at other instants.

    Args:
        day: of the file.
        known: what is posted, by start and length of the interval.
        refuse: makes a refusal.

    Raises:
        ImportRefused: it is.
    """
    for (start, length), slot in known.items():
        apart = start >= day.end or start + length <= day.start or slot.live <= 0
        if apart or (length == day.interval and (start - day.start) % length == 0):
            continue
        raise refuse(
            day,
            f"is posted on {day.day} in intervals of {length} s from {iso(start)} (entry "
            f"{slot.entry}); this file has {day.interval} s from {iso(day.start)}",
            "interval",
            "state the length of the file's intervals in a profile (interval), or reverse the "
            "batch that posted the others",
        )


def part(day: PackedDay, texts: dict[int, str], quantity: int) -> PackedDay:
    """Return the day with only some of its intervals.

    Args:
        day: the day.
        texts: JSON numbers by place in the day's profile.
        quantity: their sum in millionths of the canonical unit.
    """
    low, high = min(texts), max(texts) + 1
    cells = [texts.get(place, "null") for place in range(low, high)]
    total = sum((Decimal(text) for text in texts.values()), Decimal(0))
    decimals = max(0, -int(total.as_tuple().exponent))
    return day._replace(
        start=day.start + low * day.interval,
        end=day.start + high * day.interval,
        profile="[" + ",".join(cells) + "]",
        quantity=quantity,
        total=int(total.scaleb(decimals)),
        decimals=decimals,
        values=len(texts),
    )
