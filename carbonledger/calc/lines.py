"""Emission lines: an activity times a factor, rounded once."""

from decimal import Decimal
from typing import NamedTuple

from carbonledger.calc.lookups import Lookups
from carbonledger.calc.model import EmissionLine
from carbonledger.factors.lookup import Found, mass_mg
from carbonledger.units import ratio, round_half_even

DEFAULT = "default"


class Activity(NamedTuple):
    """What is multiplied by a factor.

    Attributes:
        account: where it took place.
        commodity: what was burnt or bought.
        month: local month.
        quantity: millionths of the unit.
        unit: canonical unit of the commodity.
        inputs: keys of the figures or flows it was summed from.
    """

    account: str
    commodity: str
    month: str
    quantity: int
    unit: str
    inputs: tuple[str, ...]


class Heading(NamedTuple):
    """Where a line belongs.

    Attributes:
        scope: `1`, `2_location`, `2_market`, `3`, `biogenic`.
        category: `stationary_combustion`, `purchased_electricity` …
        kind: how the line came about: `default`, `measured`, `instrument`, `residual` …
    """

    scope: str
    category: str
    kind: str = DEFAULT


def basis_of(kind: str, fallback: str) -> str:
    """Word the basis of a line: its kind, and the fall-back that the method allowed, if any."""
    if not fallback:
        return kind
    return f"fallback:{fallback}" if kind == DEFAULT else f"{kind}; fallback:{fallback}"


def with_factor(
    lookups: Lookups, activity: Activity, found: Found, heading: Heading
) -> EmissionLine | None:
    """Multiply an activity by a factor.

    Args:
        lookups: for the GWP of the factor's gas.
        activity: the activity.
        found: the factor.
        heading: where the line belongs.

    Returns:
        The line; None when the GWP is missing, which the look-ups remember.

    Raises:
        UnitRefused: the factor is per unit of something else than the activity.
    """
    factor = found.factor
    gwp = lookups.gwp(factor.gas, activity.month)
    if gwp is None:
        return None
    mass = mass_mg(activity.quantity, activity.unit, factor)
    return EmissionLine(
        account=activity.account,
        scope=heading.scope,
        category=heading.category,
        commodity=activity.commodity,
        month=activity.month,
        gas=factor.gas,
        activity=activity.quantity,
        activity_unit=activity.unit,
        factor=factor.key,
        factor_value=factor.value,
        factor_unit=factor.unit,
        mass_mg=mass,
        gwp=gwp,
        co2e_mg=equivalent(mass, gwp),
        basis=basis_of(heading.kind, found.fallback),
        inputs=activity.inputs,
    )


def without_factor(
    activity: Activity, gas: str, mass: int, gwp: Decimal, heading: Heading
) -> EmissionLine:
    """Make a line of a mass that is known as it is, in milligrams."""
    return EmissionLine(
        account=activity.account,
        scope=heading.scope,
        category=heading.category,
        commodity=activity.commodity,
        month=activity.month,
        gas=gas,
        activity=activity.quantity,
        activity_unit=activity.unit,
        factor="",
        factor_value=None,
        factor_unit="",
        mass_mg=mass,
        gwp=gwp,
        co2e_mg=equivalent(mass, gwp),
        basis=heading.kind,
        inputs=activity.inputs,
    )


def of_gas(lookups: Lookups, activity: Activity, heading: Heading) -> EmissionLine | None:
    """Take a mass of a gas as it is: measured, leaked, or stated by somebody else.

    Returns:
        The line; None when the GWP is missing, which the look-ups remember.
    """
    gas = activity.commodity
    gwp = lookups.gwp(gas, activity.month)
    if gwp is None:
        return None
    mass = activity.quantity * ratio(activity.unit, "kg")
    mg = round_half_even(mass.numerator, mass.denominator)
    return without_factor(activity, gas, mg, gwp, heading)


def equivalent(mass: int, gwp: Decimal) -> int:
    """Multiply a mass in milligrams by a GWP, rounded once, half even."""
    if gwp == 1:
        return mass
    numerator, denominator = gwp.as_integer_ratio()
    return round_half_even(mass * numerator, denominator)
