"""Blends of refrigerants: what they are made of, and their warming potential by composition.

The potential of a blend is the mean of those of its components, weighted by mass (IPCC 2006, vol.
3, ch. 7; the refrigerants sheet of the UK conversion factors does the same). It is computed when it
is used, so that it is of the same assessment report as all other potentials of an inventory.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from carbonledger.factors.model import Factor

COMPOSITION = "composition"
# ASHRAE 34 numbers blends in the 400 (zeotropes) and 500 (azeotropes) series.
DESIGNATION = re.compile(r"r[45][0-9]{2}[a-z]?")
WHOLE = Decimal(100)


def is_blend(gas: str) -> bool:
    """Tell whether a code is the designation of a blend, `r410a`."""
    return DESIGNATION.fullmatch(gas) is not None


def compositions(factors: Iterable[Factor]) -> dict[str, tuple[Factor, ...]]:
    """Collect the components of every blend: those of one pack, the one loaded last."""
    by_pack: dict[tuple[str, str, str], list[Factor]] = defaultdict(list)
    for one in factors:
        if one.purpose == COMPOSITION:
            by_pack[one.activity, one.pack, one.edition].append(one)
    return {blend: tuple(rows) for (blend, _, _), rows in by_pack.items()}


def blend_gwp(components: Sequence[Factor], potentials: Mapping[str, Decimal]) -> Decimal:
    """Return the mean potential of the components, weighted by mass, exactly.

    Args:
        components: rows of one blend; `technology` names the gas, `value` its share in per cent.
        potentials: kg CO2e per kg of the components that count; others count nothing.
    """
    parts = (one.value * potentials.get(one.technology, Decimal(0)) for one in components)
    return sum(parts, Decimal(0)) / WHOLE


def incomplete(factors: Sequence[Factor]) -> Iterator[tuple[int, str]]:
    """Find blends whose shares do not add up to 100 %.

    Yields:
        Position of the blend's first row, and the reason.
    """
    shares: dict[str, Decimal] = defaultdict(Decimal)
    first: dict[str, int] = {}
    for index, one in enumerate(factors):
        if one.purpose == COMPOSITION:
            first.setdefault(one.activity, index)
            shares[one.activity] += one.value * (WHOLE if one.unit == "1" else 1)
    for blend, share in shares.items():
        if share != WHOLE:
            yield first[blend], f"the components of {blend} add up to {share} %, not to 100 %"
