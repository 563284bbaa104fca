"""The grade of the activity data behind each emission line, and emissions by grade.

A grade says how a quantity came to be known. Its score is that of the indicator reliability of the
pedigree matrix (`factors/pedigree.toml`), 1 the best of 5. Nothing in the books says that somebody
verified a value, so none is scored 1. Meter readings, bills and slips are primary activity data
alike (GHG Protocol Scope 3 Standard, 7.4).
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from carbonledger.calc.below import Below
from carbonledger.calc.figures import rounded
from carbonledger.calc.model import Books, EmissionLine, Figure, flow_key
from carbonledger.units import round_half_even

MEASURED, DOCUMENTED, STATED = "measured", "documented", "stated"
MIXED, ESTIMATED, UNCLEAR, UNTRACED = "mixed", "estimated", "unclear", "untraced"
SCORES: Mapping[str, int | None] = {
    # A meter's values, none of them marked: measured, but not verified.
    MEASURED: 2,
    # A record that names its invoice, slip or certificate.
    DOCUMENTED: 2,
    # A record that names no document: partly based on what somebody holds it to be.
    STATED: 3,
    # A day of which some values are estimated, or a value corrected by one of another quality.
    MIXED: 3,
    # Marked as estimated or substituted by its source, or estimated for a gap.
    ESTIMATED: 4,
    # Marked with a flag that nobody explained.
    UNCLEAR: 5,
    # No flow lies below the line: it rests on what the method or the site states.
    UNTRACED: None,
}
GRADES = tuple(SCORES)
SHARE_PLACES = 6
Weights = Mapping[str, int]
"""Millionths of the activity's unit by grade; what flowed out counts as what flowed in."""
Others = Mapping[str, Weights]
"""Of flows, by key, what was not measured, by grade; the rest of each was measured."""


class Grades:
    """Tells of emission lines how their activity is known.

    Args:
        figures: of the same inventory.
        books: flows of the whole site.
        others: what of the flows was not measured.
    """

    def __init__(self, figures: Iterable[Figure], books: Books, others: Others) -> None:
        self._below = Below(figures, ())
        self._flows = {flow_key(flow): flow for flow in books.flows}
        self._others = others
        self._known: dict[tuple[str, tuple[str, ...]], Weights] = {}
        self._shares: dict[int, dict[str, object]] = {}

    def of(self, commodity: str, inputs: tuple[str, ...]) -> Weights:
        """Return the quantities behind a line by grade: of its own commodity, where there are.

        Args:
            commodity: of the line.
            inputs: what its activity was summed from.
        """
        key = (commodity, inputs)
        if key not in self._known:
            self._known[key] = self._weights(*key)
        return self._known[key]

    def shares(self, commodity: str, inputs: tuple[str, ...]) -> dict[str, object]:
        """Return the share of a line's activity by grade, six decimals; lines alike share one."""
        weights = self.of(commodity, inputs)
        if id(weights) not in self._shares:
            whole = sum(weights.values())
            self._shares[id(weights)] = {
                grade: rounded(Fraction(part, whole), SHARE_PLACES)
                for grade, part in weights.items()
            }
        return self._shares[id(weights)]

    def emissions(self, line: EmissionLine) -> list[tuple[str, int]]:
        """Share the CO2e of a line over the grades, in whole milligrams that add up to it."""
        weights = self.of(line.commodity, line.inputs)
        if len(weights) == 1:
            return [(grade, line.co2e_mg) for grade in weights]
        whole, upto, given, found = sum(weights.values()), 0, 0, []
        for grade, part in weights.items():
            upto += part
            share = round_half_even(line.co2e_mg * upto, whole)
            found.append((grade, share - given))
            given = share
        return found

    def _weights(self, commodity: str, inputs: tuple[str, ...]) -> Weights:
        below = [self._flows[key] for key in self._below.flows(inputs) if key in self._flows]
        own = [flow for flow in below if flow.commodity == commodity] or below
        sums = dict.fromkeys(GRADES, 0)
        for flow in own:
            others = self._others.get(flow_key(flow), {})
            sums[MEASURED] += abs(flow.quantity - sum(others.values()))
            for grade, quantity in others.items():
                sums[grade] += abs(quantity)
        return {grade: part for grade, part in sums.items() if part} or {UNTRACED: 1}
