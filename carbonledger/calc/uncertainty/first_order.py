"""Propagation to first order: approach 1 of IPCC 2006, vol. 1, ch. 3, with shared inputs.

The variance of a sum of products is, to first order, the sum over independent inputs of (Σ of the
emissions that depend on the input × its relative standard deviation)². Emissions that share an
input are fully correlated through it; inputs are independent of each other (JCGM 100:2008, 5.1.2).
"""

from collections import defaultdict
from math import sqrt
from typing import NamedTuple

from carbonledger.calc.uncertainty.model import COVERAGE_FACTOR, Stated, Terms


class Part(NamedTuple):
    """What one input does to the uncertainty of a figure.

    Attributes:
        key: the input.
        tonnes: emissions that are proportional to it, t CO2e.
        share: its part of the variance; all parts add up to 1.
        halved: half of the 95 % interval, t CO2e, if this input were twice as certain.
    """

    key: str
    tonnes: float
    share: float
    halved: float


class FirstOrder(NamedTuple):
    """The uncertainty of a figure to first order.

    Attributes:
        tonnes: the figure, t CO2e.
        half: half of its 95 % interval, t CO2e.
        parts: its inputs, those that contribute most first.
    """

    tonnes: float
    half: float
    parts: tuple[Part, ...]

    @property
    def percent(self) -> float | None:
        """Half of the 95 % interval in per cent of the figure; None where that is nothing."""
        return 100 * self.half / abs(self.tonnes) if self.tonnes else None


def sensitivities(terms: Terms) -> dict[str, float]:
    """Return by input the tonnes of CO2e that are proportional to it."""
    sums: dict[str, float] = defaultdict(float)
    for term, tonnes in terms.items():
        for key in term.inputs:
            sums[key] += tonnes
    return dict(sums)


def first_order(terms: Terms, stated: Stated) -> FirstOrder:
    """Propagate what is stated; inputs without a statement count as exact, see `covered`."""
    found = sensitivities(terms)
    variances = {
        key: (tonnes * stated[key].deviation) ** 2 for key, tonnes in found.items() if key in stated
    }
    whole = sum(variances.values())
    parts = [
        Part(
            key=key,
            tonnes=found[key],
            share=variance / whole if whole else 0.0,
            halved=COVERAGE_FACTOR * sqrt(max(whole - 0.75 * variance, 0.0)),
        )
        for key, variance in variances.items()
    ]
    parts.sort(key=lambda part: (-part.share, part.key))
    return FirstOrder(sum(terms.values()), COVERAGE_FACTOR * sqrt(whole), tuple(parts))
