"""Readings of a cumulative register as points, and what flowed between two of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from carbonledger.ingest.clock import iso
from carbonledger.ingest.scale import MILLION
from carbonledger.ledger.multipliers import MULTIPLIER, Multipliers
from carbonledger.ledger.state import MeterEvent
from carbonledger.units import round_half_even

# Without a declared rollover a fall counts as a wrap when it goes from the last to the first tenth
# of the register.
WRAP_FROM, WRAP_TO = Decimal("0.9"), Decimal("0.1")
SWAP, ROLLOVER = "swap", "rollover"
ONCE = Multipliers((), (Decimal(1),))


@dataclass(frozen=True, slots=True)
class Point:
    """What a register showed at an instant.

    Attributes:
        at: seconds UTC.
        shown: the reading, before the multiplier.
        line: line in the file; 0 for a posted reading.
        entry: entry that holds it; 0 for a reading of the file.
        quality: flag of the source.
    """

    at: int
    shown: Decimal
    line: int = 0
    entry: int = 0
    quality: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """How a register counts.

    Attributes:
        digits: integer digits before it wraps; None: it does not wrap.
        events: what happened to the meter, ascending.
        ratio: what one unit of the register, after the multiplier, is in canonical units.
        factors: the multiplier over time.
    """

    digits: int | None
    events: tuple[MeterEvent, ...]
    ratio: Fraction
    factors: Multipliers = ONCE

    @property
    def size(self) -> Decimal | None:
        """The reading that is shown as zero again."""
        return None if self.digits is None else Decimal(10) ** self.digits

    def scale(self, factor: Decimal) -> Fraction:
        """Return what one unit of the register is in canonical units under a multiplier."""
        return self.ratio if factor == 1 else self.ratio * Fraction(factor)


@dataclass(frozen=True, slots=True)
class Advance:
    """The interval between two neighbouring points.

    Attributes:
        first, last: the points.
        recorded: advance in the register's own unit, before the multiplier; after it where the
            multiplier changes within.
        quantity: millionths of the canonical unit.
        scale: what one unit of `recorded` is in canonical units.
        turned: what happened within: "wrapped", "was swapped", "changed its multiplier"; else "".
    """

    first: Point
    last: Point
    recorded: Decimal
    quantity: int
    scale: Fraction
    turned: str = ""

    @property
    def seconds(self) -> int:
        """Time between the points."""
        return self.last.at - self.first.at


class _Piece(NamedTuple):
    """A part of an interval in which one register stood and counted by one multiplier."""

    start: int
    end: int
    low: Decimal
    high: Decimal


def advance(first: Point, last: Point, register: Register) -> Advance | str:
    """Return what flowed between two points, or the reason why nobody can say.

    Quantities are differences of positions rounded once each, so their sum is the same however
    the readings are split.

    Args:
        first: the earlier point.
        last: its neighbour.
        register: how it counts.
    """
    pieces = _pieces(first, last, register)
    if isinstance(pieces, str):
        return pieces
    factors = [register.factors.at(piece.start) for piece in pieces]
    mixed = len(set(factors)) > 1
    recorded, quantity, wrapped = Decimal(0), 0, False
    for piece, factor in zip(pieces, factors, strict=True):
        wrap = _wrap(register, piece)
        if wrap is None:
            return _fell(register, piece, last)
        moved = piece.high + wrap - piece.low
        recorded += moved * factor if mixed else moved
        scale = register.scale(factor)
        quantity += _position(piece.high + wrap, scale) - _position(piece.low, scale)
        wrapped = wrapped or bool(wrap)
    scale = register.ratio if mixed else register.scale(factors[0])
    return Advance(first, last, recorded, quantity, scale,
                   _turned(pieces, mixed=mixed, wrapped=wrapped))  # fmt: skip


def _turned(pieces: Sequence[_Piece], *, mixed: bool, wrapped: bool) -> str:
    if mixed:
        return "changed its multiplier"
    if len(pieces) > 1:
        return "was swapped"
    return "wrapped" if wrapped else ""


def _pieces(first: Point, last: Point, register: Register) -> list[_Piece] | str:
    """Cut an interval where the meter was swapped or its multiplier changed."""
    pieces: list[_Piece] = []
    at, shown = first.at, first.shown
    for instant in _cuts(first, last, register):
        stated = _stated(register, instant)
        if isinstance(stated, str):
            return stated
        pieces.append(_Piece(at, instant, shown, stated[0]))
        at, shown = instant, stated[1]
    return [*pieces, _Piece(at, last.at, shown, last.shown)]


def _cuts(first: Point, last: Point, register: Register) -> list[int]:
    """Return the instants within an interval at which the register counts on otherwise.

    A reading at the very instant of a swap is that of the new register, unless it shows what the
    old one ended at.
    """
    if not register.events and len(register.factors.values) == 1:
        return []
    cuts = set(register.factors.within(first.at, last.at))
    for event in register.events:
        if event.kind == SWAP and first.at <= event.at <= last.at:
            starts = event.at == first.at and not _is_old(first, event)
            ends = event.at == last.at and _is_old(last, event)
            if not (starts or ends):
                cuts.add(event.at)
    return sorted(cuts)


def _is_old(point: Point, event: MeterEvent) -> bool:
    """Tell whether a reading at the instant of a swap is the last one of the old register."""
    return point.shown == event.old != event.new


def _stated(register: Register, instant: int) -> tuple[Decimal, Decimal] | str:
    """Return what the register showed right before and right after a cut."""
    events = {e.kind: e for e in register.events if e.at == instant}
    swap, change = events.get(SWAP), events.get(MULTIPLIER)
    if swap is not None:
        if swap.old is None or swap.new is None:
            return (
                f"the meter was swapped at {iso(instant)}, but the event does not say both "
                "readings; state them with carbonledger meter event"
            )
        return swap.old, swap.new
    if change is None or change.old is None:
        return (
            f"the multiplier changed at {iso(instant)}, within the interval, and nobody can say "
            "what flowed before and after; state the reading at the change: carbonledger meter "
            "event METER --kind multiplier --at TIME --multiplier FACTOR --old READING"
        )
    return change.old, change.old if change.new is None else change.new


def _wrap(register: Register, piece: _Piece) -> Decimal | None:
    """Return what to add to a register that fell: its size if it wrapped; None: it cannot."""
    if piece.high >= piece.low:
        return Decimal(0)
    size = register.size
    if size is None:
        return None
    declared = any(e.kind == ROLLOVER and piece.start < e.at <= piece.end for e in register.events)
    wraps = declared or (piece.low >= size * WRAP_FROM and piece.high < size * WRAP_TO)
    return size if wraps else None


def _position(shown: Decimal, scale: Fraction) -> int:
    top, bottom = shown.as_integer_ratio()
    return round_half_even(top * scale.numerator * MILLION, bottom * scale.denominator)


def _fell(register: Register, piece: _Piece, last: Point) -> str:
    why = (
        "the meter has no register digits declared, so it cannot have wrapped"
        if register.digits is None
        else f"that is no wrap of {register.digits} digits"
    )
    said = f"the register fell from {piece.low} to {piece.high}, and {why}"
    if piece.end != last.at:
        return (
            f"{said}; {piece.high} is what an event at {iso(piece.end)} states: correct the event"
        )
    return (
        f"{said}; if the meter was swapped, declare the event with both readings in site.toml or "
        "with carbonledger meter event; if the reading is wrong, correct it"
    )
