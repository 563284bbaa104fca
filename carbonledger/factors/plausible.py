"""Is the factor of a fuel physically possible? A slip of 44/12 or of 10 shows here.

Fossil and biogenic carbon fuels emit 50-120 kg CO2 per GJ of net calorific value; numbers outside
are carbon contents taken for emission factors, or units that slipped (public tables hold both).
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from carbonledger.errors import UnitRefused
from carbonledger.factors.model import Factor
from carbonledger.units import ratio, split_ratio

BAND = (50, 120)
EXEMPT = {
    "blast_furnace_gas": "carries much CO2 and CO and little heat",
    "converter_gas": "mostly CO, which brings its carbon with little heat",
    "carbide_furnace_gas": "mostly CO, which brings its carbon with little heat",
    "coke_oven_gas": "more than half hydrogen",
    "other_gas": "manufactured gas rich in hydrogen",
    "gas_works_gas": "more than half hydrogen",
    "industrial_waste_fuel": "waste of all kinds, much carbon and little heat",
    "hydrogen": "holds no carbon",
}


def implausible(factors: Sequence[Factor]) -> Iterator[tuple[int, str]]:
    """Find combustion factors outside the band.

    A factor per mass or volume is judged with the net calorific value of the same fuel and region
    in the same pack; where the pack has none, it cannot be judged.

    Args:
        factors: the rows of a pack.

    Yields:
        Position of each such factor, and the reason.
    """
    heat = {
        (factor.activity, factor.region): factor
        for factor in factors
        if factor.purpose == "net_calorific_value"
    }
    for index, factor in enumerate(factors):
        carbon = factor.purpose == "combustion" and factor.gas in ("co2", "co2e")
        if not carbon or factor.activity in EXEMPT or factor.basis == "gcv":
            continue
        per_gj = kg_per_gj(factor, heat.get((factor.activity, factor.region)))
        if per_gj is not None and not BAND[0] <= per_gj <= BAND[1]:
            shown = f"{float(per_gj):.1f} kg/GJ"
            yield index, f"is {shown}; carbon fuels emit {BAND[0]}-{BAND[1]}: check value and unit"


def kg_per_gj(factor: Factor, heat: Factor | None) -> Fraction | None:
    """Return the emission per GJ of net calorific value; None where it cannot be known.

    Args:
        factor: a combustion factor, per amount or per heat.
        heat: net calorific value of the same fuel, if there is one.
    """
    try:
        above, below = split_ratio(factor.unit)
        mass = Fraction(factor.value) * ratio(above.symbol, f"kg{_substance(factor.gas)}")
        if below.dimension == "energy":
            return mass / ratio(below.symbol, "GJ")
        if heat is None or heat.value == 0:
            return None
        joules, amount = split_ratio(heat.unit)
        content = Fraction(heat.value) * ratio(joules.symbol, "GJ")
        return mass / content * ratio(amount.symbol, below.symbol)
    except UnitRefused:
        return None  # reported as a fault of the unit already


def _substance(gas: str) -> str:
    return {"co2": "CO2", "co2e": "CO2e"}[gas]
