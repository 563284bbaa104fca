"""What of the flows of a question was not measured, as calculations take it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from carbonledger.calc.figures import tonnes
from carbonledger.calc.inventory import InventoryResult
from carbonledger.calc.model import EmissionLine, Figure
from carbonledger.calc.quality.grades import Grades
from carbonledger.calc.quality.pedigrees import Pedigrees
from carbonledger.calc.quality.rows import Graded, graded
from carbonledger.calc.summary.tree import Tree
from carbonledger.factors.pedigree import shipped_matrix
from carbonledger.ledger import grades
from carbonledger.ledger.state import SiteState
from carbonledger.run.flows import flow_name
from carbonledger.run.question import Material


def not_measured(connection: sa.Connection, material: Material) -> dict[str, dict[str, int]]:
    """Sum what was not measured by flow and grade, in millionths; see `calc.quality.grades`."""
    return not_measured_in(connection, material.state, material.books.months, material.as_of)


def not_measured_in(
    connection: sa.Connection, state: SiteState, months: Sequence[str], as_of: int
) -> dict[str, dict[str, int]]:
    """Sum what was not measured of all flows of some months, see `not_measured`."""
    found = grades.not_measured(connection, state, months, as_of)
    return {flow_name(key): sums for key, sums in found.items() if sums}


class GradedFigures(NamedTuple):
    """A row of `calc.quality.rows` with its figures; `parts` are those with any emissions."""

    scope: str
    category: str
    emission: Figure
    parts: tuple[tuple[str, Figure], ...]
    score: Figure


class GradedSummary(NamedTuple):
    """What a summary shows of the quality of its data.

    Attributes:
        rows: emissions by grade of their activity data.
        fits: factors with their pedigree as programs read it, and what they emitted.
    """

    rows: tuple[GradedFigures, ...]
    fits: tuple[tuple[dict[str, Any], Figure], ...]


def graded_summary(
    connection: sa.Connection, material: Material, made: InventoryResult, tree: Tree
) -> GradedSummary:
    """Grade the emissions of a summary; its figures are put into the tree.

    Args:
        connection: connection to the ledger.
        material: what the inventory was computed from.
        made: the inventory.
        tree: figures of the summary.
    """
    found = Grades(made.figures, material.books, not_measured(connection, material))
    pedigrees = Pedigrees(made.lines, material.all_factors, material.books.accounts)
    below = _Lines(made.lines)
    rows = tuple(_figures(row, tree, below) for row in graded(made.lines, found))
    fits = tuple(
        (row, tree.add(f"fit:{row['scope']}:{row['factor']}", row["t_co2e"], "t",
                       "Σ lines of this factor", below.of_factor(row["scope"], row["factor"])))
        for row in pedigrees.rows(shipped_matrix())
    )  # fmt: skip
    return GradedSummary(rows, fits)


def _figures(row: Graded, tree: Tree, below: "_Lines") -> GradedFigures:
    name = f"grade:{row.scope}:{row.category or 'all'}"
    lines = below.of_category(row.scope, row.category)
    emission = tree.add(name, tonnes(row.co2e_mg), "t", "Σ lines", lines)
    parts = tuple(
        (grade, tree.add(f"{name}:{grade}", tonnes(row.parts[grade]), "t",
                         f"Σ lines × share of activity {grade}", lines))
        for grade, size in row.sizes.items() if size
    )  # fmt: skip
    score = tree.add(
        f"{name}:score", row.score, "", "mean score of the grades, weighted by emissions",
        [figure.key for _, figure in parts],
        reason="" if row.score is not None else "no emissions with a score",
    )  # fmt: skip
    return GradedFigures(row.scope, row.category, emission, parts, score)


class _Lines:
    """Names lines by what they are of."""

    def __init__(self, lines: Sequence[EmissionLine]) -> None:
        self._by: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for number, line in enumerate(lines, 1):
            for key in (("", line.scope), ("", line.scope, line.category),
                        ("factor", line.scope, line.factor)):  # fmt: skip
                self._by[key].append(f"line:{number}")

    def of_category(self, scope: str, category: str) -> list[str]:
        return self._by[("", scope, category) if category else ("", scope)]

    def of_factor(self, scope: str, factor: str) -> list[str]:
        return self._by["factor", scope, factor]
