"""From when on something is told. Sources and reasons are in docs/validation.md."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite

# Median absolute deviation of normally distributed values to their standard deviation.
SIGMA = 1.4826
# Scatter (of logarithms) of both sides of a step, as a share of it.
STEADY = 0.25
# Only what is at least this share of the highest days counts: summers of a heating are noise.
WORTH, HIGHEST = 0.2, 0.9


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that a profile may set otherwise, table `validation`.

    Attributes:
        gap_hours: a gap of so many hours is a warning.
        still_hours: equal values for longer are told.
        flat_values: so many equal values other than 0 are a flat line.
        spike_deviations: spreads above the median from which on a value is a spike.
        spike_times: and at least so many times what all but a few days stay below.
        step_factor: factor between two levels from which on they are a step.
        above_main_percent: how much more than their main meter sub-meters may count.
    """

    gap_hours: float = 24.0
    still_hours: float = 24.0
    flat_values: float = 24.0
    spike_deviations: float = 8.0
    spike_times: float = 2.0
    step_factor: float = 5.0
    above_main_percent: float = 5.0


USUAL = Limits()
# What the rules can tell at all: runs are seen where they touch an end of a day.
LEAST = Limits(0.0, 24.0, 2.0, 1.0, 1.0, 2.0, 0.0)


def checked(name: str, value: object) -> str:
    """Take a limit as a profile states it, as text.

    Raises:
        ValueError: it is no number, or too small for the rule.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{name} must be a number")
    if value < getattr(LEAST, name):
        raise ValueError(f"{name} must be at least {getattr(LEAST, name):g}")
    return str(value)


def limits(stated: Mapping[str, str]) -> Limits:
    """Return the limits, some of them as stated."""
    return Limits(**{name: float(value) for name, value in stated.items()})


NAMES = tuple(one.name for one in fields(Limits))
