"""Checks of a factor's unit: known to the units, fit for the purpose, fit for the commodity."""

from collections.abc import Iterator, Mapping

from carbonledger.errors import UnitRefused
from carbonledger.factors.model import Factor
from carbonledger.factors.vocabulary import GASES, PARTS, PURPOSES, Purpose
from carbonledger.units import find, split_ratio

SHARE = "share"
SHARES = ("%", "1")
"""Units of a plain ratio; carbonledger.units knows amounts only."""
FIXED_BELOW = {
    "carbon_content": "energy",
    "gwp": "mass",
    "oxidation": "",
    "moisture": "",
    "density": "volume",
    "composition": "",
    "cbam_factor": "",
    "pollution_equivalent": "pollution_equivalent",
}
"""Dimension below the line where it does not follow from the commodity."""
Found = Iterator[tuple[str, str]]


def unit_faults(factor: Factor, units: Mapping[str, str]) -> Found:
    """Find what is wrong with the unit of a factor, its gas and its activity.

    Args:
        factor: the factor.
        units: canonical unit of every known activity.

    Yields:
        Column and reason of each fault.
    """
    purpose = PURPOSES.get(factor.purpose)
    if purpose is None:
        return
    benchmark = factor.purpose == "benchmark"
    if not benchmark and factor.activity and factor.activity not in units:
        yield "activity", "is no known commodity; declare it first or correct its code"
    try:
        above, below = dimensions(factor.unit)
    except UnitRefused as error:
        yield "unit", f"{error.message} ({error.hint})" if error.hint else error.message
        return
    yield from _above_faults(factor, purpose, above)
    if not benchmark and factor.activity in units:
        yield from _below_faults(factor, below, units[factor.activity])


def dimensions(unit: str) -> tuple[str, str]:
    """Return the dimensions above and below the line of a factor's unit.

    A plain ratio (`%` or `1`) is `share` over nothing.

    Raises:
        UnitRefused: one half is unknown, ambiguous or missing.
    """
    if unit in SHARES:
        return SHARE, ""
    numerator, denominator = split_ratio(unit)
    return numerator.dimension, denominator.dimension


def _above_faults(factor: Factor, purpose: Purpose, above: str) -> Found:
    if purpose.numerators and above not in purpose.numerators:
        wanted = " or ".join(sorted(purpose.numerators))
        yield "unit", f"gives {above}, but {factor.purpose} is a number of {wanted}"
    gas = above if purpose.emission or above in GASES else ""
    stated = "co2e" if factor.gas in PARTS else factor.gas
    if stated != gas and (gas in GASES or not gas):
        yield "gas", f"does not fit the unit: {factor.unit} gives {gas or 'no emission'}"


def _below_faults(factor: Factor, below: str, canonical: str) -> Found:
    own = find(canonical, "factor").dimension
    wanted = {FIXED_BELOW.get(factor.purpose, own)}
    if factor.purpose.endswith("calorific_value"):
        wanted = {"mass", "volume"}
    if factor.purpose == "carbon_content" and not factor.basis:
        # By analysis of the fuel itself, not by its heat.
        wanted = {"mass", "volume"}
    if factor.purpose in {"combustion", "mobile", "upstream"} and factor.basis:
        # Per heat content, net or gross: the fuel's own calorific value makes the rest.
        wanted.add("energy")
    if below not in wanted:
        per = " or ".join(sorted(wanted)) or "a plain ratio"
        hint = "; state the basis, ncv or gcv" if below == "energy" and not factor.basis else ""
        yield "unit", f"is per {below or 'nothing'}, but {factor.activity} needs {per}{hint}"
