"""What is known of an input's uncertainty, and how emissions depend on inputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import NamedTuple

COVERAGE_FACTOR = 1.959963984540054
"""Half the 95 % interval of a normal distribution, in standard deviations."""
NORMAL, LOGNORMAL, TRIANGULAR, UNIFORM = "normal", "lognormal", "triangular", "uniform"
DISTRIBUTIONS = (NORMAL, LOGNORMAL, TRIANGULAR, UNIFORM)
METER, RECORD, FACTOR, GWP = "meter", "record", "factor", "gwp"
KINDS = (METER, RECORD, FACTOR, GWP)
TOTALS = {
    "1": ("1",),
    "2_location": ("2_location",),
    "2_market": ("2_market",),
    "3": ("3",),
    "total_location": ("1", "2_location", "3"),
    "total_market": ("1", "2_market", "3"),
}
"""Figures that get an interval, and the scopes they add up; biogenic CO2 is in no scope."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """How far an input may be off: a factor of mean 1 that its value is multiplied by.

    The value of the input is taken as the mean of its distribution, so that the mean of a sum of
    inputs is the inventory's own figure.

    Attributes:
        percent: `normal` and `lognormal`: half of the 95 % interval as IPCC 2006, vol. 1, ch. 3
            defines it, 1.96 relative standard deviations, per cent; `triangular` and `uniform`:
            the limits on both sides of the value, per cent.
        distribution: one of `DISTRIBUTIONS`.
        source: who says so, and where.
        assumed: it was assumed for the question, nobody states it.
        derived: it was derived from the pedigree of a factor, whose pack states no uncertainty.
    """

    percent: float
    distribution: str = NORMAL
    source: str = ""
    assumed: bool = False
    derived: bool = False

    @property
    def deviation(self) -> float:
        """The relative standard deviation."""
        part = self.percent / 100
        if self.distribution == UNIFORM:
            return part / sqrt(3)
        if self.distribution == TRIANGULAR:
            return part / sqrt(6)
        return part / COVERAGE_FACTOR

    @property
    def log_deviation(self) -> float:
        """The standard deviation of the logarithm, of a lognormal distribution."""
        return sqrt(log(1 + self.deviation**2))


def percent_of_gsd(gsd: float) -> float:
    """Return the per cent that a geometric standard deviation stands for.

    A lognormal distribution of GSD g has the relative variance exp(ln² g) - 1.
    """
    return 100 * COVERAGE_FACTOR * sqrt(exp(log(gsd) ** 2) - 1)


class Term(NamedTuple):
    """A part of the emissions that is the product of at most one input of each kind.

    Attributes:
        scope: as of its lines.
        activity: key of the input that the activity rests on, `meter:M1` or
            `record:coal:mine>plant`.
        factor: key of the factor, `factor:pack@edition/code`; "" where there is none.
        gwp: key of the GWP, `gwp:ch4`; "" where it is 1 by definition or within the factor.
    """

    scope: str
    activity: str
    factor: str
    gwp: str

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs it is a product of."""
        return tuple(filter(None, (self.activity, self.factor, self.gwp)))


Terms = Mapping[Term, float]
"""Tonnes of CO2e by what they are a product of; all that shares an input moves together."""
Stated = Mapping[str, Uncertainty]
"""What is known of the inputs, by their keys; those missing have no stated uncertainty."""


def kind_of(key: str) -> str:
    """Return the kind of an input: one of `KINDS`."""
    return key.partition(":")[0]


def inputs_of(terms: Terms) -> list[str]:
    """List all inputs, sorted."""
    return sorted({key for term in terms for key in term.inputs})


def within(terms: Terms, total: str) -> dict[Term, float]:
    """Keep the terms that a figure of `TOTALS` adds up."""
    return {term: tonnes for term, tonnes in terms.items() if term.scope in TOTALS[total]}


def covered(terms: Terms, stated: Stated) -> float | None:
    """Return the share of emissions whose inputs all have an uncertainty; None without any.

    Deductions count by their size.
    """
    whole = sum(map(abs, terms.values()))
    known = sum(abs(t) for term, t in terms.items() if all(key in stated for key in term.inputs))
    return known / whole if whole else None
