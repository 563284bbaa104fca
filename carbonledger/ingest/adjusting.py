"""Adjusting entries for a day: the differences a correction makes, exact in every unit."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from carbonledger.ingest.packing import PackedDay
from carbonledger.ingest.posted import Slot
from carbonledger.ingest.same_day import part
from carbonledger.ingest.scale import micro
from carbonledger.ingest.values import json_number

Changed = dict[int, tuple[Decimal, Slot]]


class Adjustment(NamedTuple):
    """One adjusting entry: the intervals concerned, the scale and unit of its values."""

    day: PackedDay
    scale: Fraction
    unit: str


def adjustments(
    day: PackedDay, changed: Changed, scale: Fraction, unit: str
) -> Iterator[Adjustment]:
    """Yield what is to be posted so that the changed intervals hold what the file says.

    Values posted in the scale of the file are adjusted by their difference. Others are taken back
    as they were posted and posted again as the file has them: a difference of MJ and kWh is no
    finite decimal.

    Args:
        day: day of the file.
        changed: by place the number of the file and what is posted.
        scale: what one value of the file is in canonical units.
        unit: unit of the file.
    """
    alike = {p: c for p, c in changed.items() if _scales(c[1]) <= {scale}}
    others = {p: c for p, c in changed.items() if p not in alike}
    if alike:
        texts = {}
        quantity = 0
        for place, (number, slot) in alike.items():
            texts[place] = json_number(number - sum(slot.parts.values(), Decimal(0)))
            quantity += micro(Fraction(number) * scale) - micro(slot.value)
        yield Adjustment(part(day, texts, quantity), scale, unit)
    for place, (number, slot) in others.items():
        yield from _taken_back(day, place, slot)
        texts = {place: json_number(number)}
        yield Adjustment(part(day, texts, micro(Fraction(number) * scale)), scale, unit)


def _scales(slot: Slot) -> set[Fraction]:
    return {scale for (scale, _), number in slot.parts.items() if number}


def _taken_back(day: PackedDay, place: int, slot: Slot) -> Iterator[Adjustment]:
    """Yield one entry a scale; their quantities add up to what the interval holds."""
    left = -micro(slot.value)
    parts = [(key, number) for key, number in slot.parts.items() if number]
    for count, ((scale, unit), number) in enumerate(parts, 1):
        quantity = left if count == len(parts) else -micro(Fraction(number) * scale)
        left -= quantity
        yield Adjustment(part(day, {place: json_number(-number)}, quantity), scale, unit)
