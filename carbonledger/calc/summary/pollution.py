"""Pollutants given off, each with figures that name its flows and its factor."""

from collections.abc import Iterable
from dataclasses import dataclass

from carbonledger.calc.model import Figure
from carbonledger.calc.pollutants import Pollution
from carbonledger.calc.summary.tree import Tree

UNIT = "pollution_equivalent"


@dataclass(frozen=True, slots=True)
class PollutionRow:
    """A pollutant that an account gave off to a medium.

    Attributes:
        row: the pollutant.
        quantity: what was given off.
        equivalents: the same in pollution equivalents; without a value where no loaded pack has
            the pollutant.
    """

    row: Pollution
    quantity: Figure
    equivalents: Figure


def pollution_rows(table: Iterable[Pollution], tree: Tree) -> tuple[PollutionRow, ...]:
    """Give every pollutant its figures.

    Args:
        table: from `calc.pollutants.pollution`.
        tree: takes the figures.
    """
    return tuple(_row(one, tree) for one in table)


def _row(one: Pollution, tree: Tree) -> PollutionRow:
    name = ":".join(filter(None, (one.pollutant, one.account, one.medium)))
    quantity = tree.add(
        f"pollutant:{name}", one.quantity, one.unit, "Σ flows to the environment", one.flows
    )
    formula = f"quantity / {one.factor}" if one.factor else "quantity / mass of one equivalent"
    equivalents = tree.add(
        f"pollution-equivalents:{name}", one.equivalents, UNIT, formula, (quantity.key,),
        reason=one.reason.en,
    )  # fmt: skip
    return PollutionRow(one, quantity, equivalents)
