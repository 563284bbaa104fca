"""Readings of a cumulative register as points, and what flowed between two of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from carbonledger.ingest.scale import micro
from carbonledger.ledger.state import MeterEvent

# Without a declared rollover a fall counts as a wrap when it goes from the last to the first tenth
# of the register.
WRAP_FROM, WRAP_TO = Decimal("0.9"), Decimal("0.1")


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
    """

    digits: int | None
    events: tuple[MeterEvent, ...]

    @property
    def size(self) -> Decimal | None:
        """The reading that is shown as zero again."""
        return None if self.digits is None else Decimal(10) ** self.digits


@dataclass(frozen=True, slots=True)
class Advance:
    """The interval between two neighbouring points.

    Attributes:
        first, last: the points.
        recorded: advance in the register's own unit, before the multiplier.
        quantity: millionths of the canonical unit.
        turned: "wrapped" or "was swapped" when it did so within, else "".
    """

    first: Point
    last: Point
    recorded: Decimal
    quantity: int
    turned: str = ""

    @property
    def seconds(self) -> int:
        """Time between the points."""
        return self.last.at - self.first.at


def advance(first: Point, last: Point, register: Register, ratio: Fraction) -> Advance | str:
    """Return what flowed between two points, or the reason why nobody can say.

    Quantities are differences of positions rounded once each, so their sum is the same however
    the readings are split.

    Args:
        first: the earlier point.
        last: its neighbour.
        register: how it counts.
        ratio: what one unit of the register is in canonical units.
    """
    events = [e for e in register.events if first.at < e.at <= last.at]
    steps = _steps(first, last, [e for e in events if e.kind == "swap"])
    if isinstance(steps, str):
        return steps
    declared = any(e.kind == "rollover" for e in events)
    recorded, quantity = Decimal(0), 0
    turned = "was swapped" if len(steps) > 1 else ""
    for low, high in steps:
        wrap = _wrap(register, low, high, declared=declared)
        if wrap is None:
            return _fell(register, low, high)
        recorded += high + wrap - low
        quantity += _position(high + wrap, ratio) - _position(low, ratio)
        turned = turned or ("wrapped" if wrap else "")
    return Advance(first, last, recorded, quantity, turned)


def _steps(
    first: Point, last: Point, swaps: Sequence[MeterEvent]
) -> list[tuple[Decimal, Decimal]] | str:
    """Return start and end of each register that stood between the points."""
    steps: list[tuple[Decimal, Decimal]] = []
    shown = first.shown
    for event in swaps:
        if event.old is None or event.new is None:
            return "the meter was swapped, but the event does not say both readings"
        steps.append((shown, event.old))
        shown = event.new
    return [*steps, (shown, last.shown)]


def _wrap(register: Register, low: Decimal, high: Decimal, *, declared: bool) -> Decimal | None:
    """Return what to add to a register that fell: its size if it wrapped; None: it cannot."""
    if high >= low:
        return Decimal(0)
    size = register.size
    if size is None:
        return None
    wraps = declared or (low >= size * WRAP_FROM and high < size * WRAP_TO)
    return size if wraps else None


def _position(shown: Decimal, ratio: Fraction) -> int:
    return micro(Fraction(shown) * ratio)


def _fell(register: Register, low: Decimal, high: Decimal) -> str:
    why = (
        "the meter has no register digits declared, so it cannot have wrapped"
        if register.digits is None
        else f"that is no wrap of {register.digits} digits"
    )
    return (
        f"the register fell from {low} to {high}, and {why}; if the meter was swapped, declare the "
        "event with both readings in site.toml; if the reading is wrong, correct it"
    )
