"""Why two methods give two totals of the same entries: a line for each cause, to the milligram.

Lines of two inventories are matched by account, commodity, month and category, then by gas. What
only one method counts is `scope`; a gas that only one counts of the same activity is `gases`; where
an instrument covers a part under either, the `factor` is that of what the first leaves uncovered,
and the rest is `instrument`; else it is the `factor`, and after it the `gwp`. The causes of a match
telescope, so nothing is left over. Where the two are consolidated differently, the first method is
put to the second one's shares first (`consolidation`); where they report rounded figures by other
rules, what that makes comes last (`rounding`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from carbonledger.calc.figures import tonnes
from carbonledger.calc.lines import equivalent
from carbonledger.calc.model import EmissionLine
from carbonledger.calc.reported import displayed
from carbonledger.calc.restated import TOTALS
from carbonledger.factors.rules import Rounding
from carbonledger.units import round_half_even

CONSOLIDATION, ROUNDING = "consolidation", "rounding"
CAUSES = (CONSOLIDATION, "scope", "instrument", "factor", "gases", "gwp", ROUNDING)
INSTRUMENT, DIRECT = "instrument", "direct_line"


class Place(NamedTuple):
    """What is compared: an activity, whatever a method makes of it."""

    account: str
    commodity: str
    month: str
    category: str


class Difference(NamedTuple):
    """What one cause adds to the first total on the way to the second; never zero."""

    cause: str
    place: Place
    gas: str
    change_mg: int


EVERYWHERE = Place("", "", "", "")
"""Of what is done to the totals as a whole."""
MG_PER_TONNE = 10**9
Found = dict[Place, dict[str, list[EmissionLine]]]


def reconcile(
    first: Iterable[EmissionLine], second: Iterable[EmissionLine], basis: str
) -> tuple[Difference, ...]:
    """List what leads from the first total to the second.

    Args:
        first: lines of an inventory.
        second: lines of another one, of the same entries under another method.
        basis: a key of `restated.TOTALS`, `location` or `market`.

    Returns:
        The differences by cause and place; their sum is the second total less the first.
    """
    old, new = _found(first, basis), _found(second, basis)
    made = (
        one for place in {*old, *new} for one in _of(place, old.get(place, {}), new.get(place, {}))
    )
    return tuple(sorted(one for one in made if one.change_mg))


def reshared(
    first: Iterable[EmissionLine], second: Iterable[EmissionLine], basis: str
) -> tuple[Difference, ...]:
    """List what other shares of the accounts change, place by place.

    Args:
        first: lines of an inventory.
        second: lines of the same method and entries, consolidated by another approach.
        basis: as for `reconcile`.
    """
    old, new = _found(first, basis), _found(second, basis)
    made = (
        Difference(CONSOLIDATION, place, gas, _sum(after.get(gas, [])) - _sum(before.get(gas, [])))
        for place in {*old, *new}
        for before, after in [(old.get(place, {}), new.get(place, {}))]
        for gas in {*before, *after}
    )
    return tuple(sorted(one for one in made if one.change_mg))


def total(lines: Iterable[EmissionLine], basis: str) -> int:
    """Sum the lines of a total, in milligrams."""
    return _sum(line for line in lines if line.scope in TOTALS[basis])


def reported_total(lines: Iterable[EmissionLine], basis: str, rule: Rounding | None) -> int:
    """Sum what a method reports, each scope rounded by its rule, in milligrams."""
    own = tuple(lines)
    if rule is None:
        return total(own, basis)
    scopes = (_sum(line for line in own if line.scope == scope) for scope in TOTALS[basis])
    return sum(int(displayed(tonnes(mg), rule) * MG_PER_TONNE) for mg in scopes)


def _found(lines: Iterable[EmissionLine], basis: str) -> Found:
    found: Found = defaultdict(lambda: defaultdict(list))
    for line in lines:
        if line.scope in TOTALS[basis]:
            place = Place(line.account, line.commodity, line.month, line.category)
            found[place][line.gas].append(line)
    return found


def _of(
    place: Place, old: dict[str, list[EmissionLine]], new: dict[str, list[EmissionLine]]
) -> Iterator[Difference]:
    for gas in {*old, *new}:
        a, b = old.get(gas, []), new.get(gas, [])
        change = _sum(b) - _sum(a)
        if not old or not new:
            yield Difference("scope", place, gas, change)
        elif not a or not b:
            yield Difference("gases", place, gas, change)
        elif any(_covered(line) for line in (*a, *b)):
            factor = _of_factors(a, b)
            yield Difference("factor", place, gas, factor)
            yield Difference(INSTRUMENT, place, gas, change - factor)
        else:
            gwp = _sum(b) - sum(equivalent(line.mass_mg, a[0].gwp) for line in b)
            yield Difference("factor", place, gas, change - gwp)
            yield Difference("gwp", place, gas, gwp)


def _covered(line: EmissionLine) -> bool:
    return line.basis.startswith(INSTRUMENT)


def _of_factors(a: list[EmissionLine], b: list[EmissionLine]) -> int:
    """Return what the second method's factors change of all that no instrument of the first covers.

    What is left of the difference is then what instruments cover under the one and not the other.
    What comes over a direct line is compared by itself: it has a factor of its own.
    """
    direct = _sum(filter(_direct, b)) - _sum(filter(_direct, a))
    old, new = ([x for x in lines if not (_covered(x) or _direct(x))] for lines in (a, b))
    amount = sum(line.activity for line in old)
    divisor = sum(line.activity for line in new)
    if not divisor:
        return direct
    return direct + round_half_even(_sum(new) * amount, divisor) - _sum(old)


def _direct(line: EmissionLine) -> bool:
    return line.basis.startswith(DIRECT)


def _sum(lines: Iterable[EmissionLine]) -> int:
    return sum(line.co2e_mg for line in lines)
