"""The fifteen categories of scope 3, each with a figure that names its lines."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from carbonledger.calc.model import EmissionLine, Figure
from carbonledger.calc.scope3 import SCOPE, Category, category_of
from carbonledger.calc.summary.tree import Tree
from carbonledger.factors.scope3 import name_of


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category and its figure, t CO2 equivalent; without a value where none was calculated."""

    category: Category
    emission: Figure


def category_rows(
    table: Iterable[Category], lines: Iterable[EmissionLine], tree: Tree
) -> tuple[CategoryRow, ...]:
    """Give every category a figure.

    Args:
        table: the categories of an inventory.
        lines: of that inventory, in their order, which numbers them from 1.
        tree: takes the figures.
    """
    keys: dict[str, list[str]] = defaultdict(list)
    for number, line in enumerate(lines, 1):
        if line.scope == SCOPE:
            keys[category_of(line)].append(f"line:{number}")
    return tuple(
        CategoryRow(
            one,
            tree.add(f"category:{one.category}", one.t, "t", "Σ lines of the category",
                     keys[name_of(one.category)], reason=one.reason.en),
        )
        for one in table
    )  # fmt: skip
