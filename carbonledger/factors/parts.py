"""Do the gases of a CO2 equivalent add up to it? A slipped row or column shows here.

Publishers print the equivalent of a unit of activity and the share of each gas, each rounded by
itself. The shares may miss the total by half a unit of the last decimal of each of the four.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from carbonledger.factors.model import Factor
from carbonledger.factors.vocabulary import PARTS

TOTAL = "co2e"
FLOAT = Decimal("1e-12")
"""What tables of unrounded doubles lose, in parts of the total."""


def unequal_parts(factors: Sequence[Factor]) -> Iterator[tuple[int, str]]:
    """Find totals that the shares of their gases do not add up to.

    A total is judged only where the pack has all its shares.

    Args:
        factors: the rows of a pack.

    Yields:
        Position of each such total, and the reason.
    """
    groups: dict[tuple[object, ...], dict[str, int]] = defaultdict(dict)
    for index, factor in enumerate(factors):
        if factor.gas == TOTAL or factor.gas in PARTS:
            question = (factor.activity, factor.region, factor.purpose, factor.basis,
                        factor.technology, factor.data_year, factor.valid_from,
                        factor.unit)  # fmt: skip
            groups[question][factor.gas] = index
    for group in groups.values():
        if len(group) == len(PARTS) + 1:
            place = group.pop(TOTAL)
            total = factors[place]
            values = [factors[index].value for index in group.values()]
            allowed = tolerance([total.value, *values])
            if abs(sum(values, Decimal(0)) - total.value) > allowed:
                shown = " + ".join(format(value, "f") for value in values)
                yield place, f"is not the sum of its gases, {shown}"


def tolerance(values: Sequence[Decimal]) -> Decimal:
    """Return by how much a rounded total and its rounded shares may differ.

    Args:
        values: total and shares as printed, each rounded to the decimals it shows.
    """
    exponents = [value.as_tuple().exponent for value in values]
    ulps = [Decimal(1).scaleb(place) for place in exponents if isinstance(place, int)]
    return sum(ulps, Decimal(0)) / 2 + max(values) * FLOAT
