"""Axes: round steps, and where a value lies between the first and the last of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear axis.

    Attributes:
        ticks: round values, ascending, evenly spaced, zero among them.
        start: pixel of the first tick.
        end: pixel of the last tick.
    """

    ticks: tuple[Decimal, ...]
    start: float
    end: float

    def at(self, value: Decimal) -> float:
        """Return the pixel of a value."""
        low, high = self.ticks[0], self.ticks[-1]
        return self.start + float((value - low) / (high - low)) * (self.end - self.start)


def ticks(low: Decimal, high: Decimal, about: int = 4) -> tuple[Decimal, ...]:
    """Return round values (1, 2, 2.5 or 5 times a power of ten) that span `low`, zero and `high`.

    Where there is nothing to span, the axis runs from 0 to 1.
    """
    low, high = min(low, Decimal(0)), max(high, Decimal(0))
    if low == high:
        high = Decimal(1)
    rough = (high - low) / about
    power = Decimal(1).scaleb(rough.adjusted())
    step = next(power * times for times in STEPS if power * times >= rough)
    first = (low / step).to_integral_value("ROUND_FLOOR")
    last = (high / step).to_integral_value("ROUND_CEILING")
    return tuple(step * count for count in range(int(first), int(last) + 1))


def span(stacks: Sequence[Sequence[Decimal]]) -> tuple[Decimal, Decimal]:
    """Return how far down and up stacks of values reach; negative ones hang below zero."""
    zero = Decimal(0)
    low = min((sum((v for v in stack if v < 0), zero) for stack in stacks), default=zero)
    high = max((sum((v for v in stack if v > 0), zero) for stack in stacks), default=zero)
    return low, high
