"""Emission lines by source: one row for each scope, category, commodity, gas, factor and basis."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from carbonledger.calc.figures import tonnes
from carbonledger.calc.model import EmissionLine, Figure
from carbonledger.calc.summary.tree import Tree
from carbonledger.units import from_micro


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source.

    Attributes:
        line: one of its lines; what all of them have in common is read from it.
        activity: sum of the activity.
        emission: t CO2 equivalent.
    """

    line: EmissionLine
    activity: Figure
    emission: Figure


def sources(lines: Iterable[EmissionLine], tree: Tree) -> tuple[SourceRow, ...]:
    """Group lines by source; scope by scope, the largest source first.

    Args:
        lines: of an inventory, in their order, which numbers them from 1.
        tree: takes the figures.
    """
    groups: dict[tuple[str, ...], list[tuple[int, EmissionLine]]] = defaultdict(list)
    for number, line in enumerate(lines, 1):
        common = (line.scope, line.category, line.commodity, line.gas, line.factor, line.basis,
                  line.activity_unit)  # fmt: skip
        groups[common].append((number, line))
    ordered = sorted(groups.items(), key=lambda item: (item[0][0], -_mass(item[1]), item[0]))
    taken: dict[str, int] = defaultdict(int)
    return tuple(_row(numbered, taken, tree) for _, numbered in ordered)


def _mass(numbered: list[tuple[int, EmissionLine]]) -> int:
    return sum(line.co2e_mg for _, line in numbered)


def _row(numbered: list[tuple[int, EmissionLine]], taken: dict[str, int], tree: Tree) -> SourceRow:
    line = numbered[0][1]
    name = f"{line.scope}:{line.category}:{line.commodity}:{line.gas}"
    taken[name] += 1
    if taken[name] > 1:
        name = f"{name}:{taken[name]}"
    keys = tuple(f"line:{number}" for number, _ in numbered)
    activity = from_micro(sum(one.activity for _, one in numbered))
    return SourceRow(
        line,
        tree.add(f"activity:{name}", activity, line.activity_unit, "Σ activity of lines", keys),
        tree.add(f"source:{name}", tonnes(_mass(numbered)), "t", "Σ lines", keys),
    )
