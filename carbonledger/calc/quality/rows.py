"""Emissions by grade of their activity data, by scope and category, with a weighted score."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from carbonledger.calc.figures import rounded, tonnes
from carbonledger.calc.model import EmissionLine
from carbonledger.calc.quality.grades import GRADES, SCORES, Grades

SCORE_PLACES = 2
WHOLE = ""
"""Category of the row of a scope as a whole."""


@dataclass(slots=True)
class Graded:
    """Emissions of a category, or of a scope, by grade.

    Attributes:
        scope, category: as of the lines; the category is "" for the scope as a whole.
        parts: milligrams of CO2e by grade; deductions are negative.
        sizes: the same with deductions by their size: what scores are weighted by.
    """

    scope: str
    category: str
    parts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GRADES, 0))
    sizes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GRADES, 0))

    def add(self, other: "Graded") -> None:
        """Count the emissions of another row as well."""
        for grade in GRADES:
            self.parts[grade] += other.parts[grade]
            self.sizes[grade] += other.sizes[grade]

    @property
    def co2e_mg(self) -> int:
        """All of its emissions, milligrams."""
        return sum(self.parts.values())

    @property
    def score(self) -> Decimal | None:
        """Mean score weighted by emissions, two decimals; None where nothing has a score."""
        scored = {g: size for g, size in self.sizes.items() if SCORES[g] is not None and size}
        if not scored:
            return None
        weighted = sum((SCORES[grade] or 0) * size for grade, size in scored.items())
        return rounded(Fraction(weighted, sum(scored.values())), SCORE_PLACES)

    def answer(self) -> dict[str, object]:
        """Write it as programs read it: tonnes by grade."""
        row: dict[str, object] = {"scope": self.scope, "category": self.category}
        row["t_co2e"] = tonnes(self.co2e_mg)
        row.update({f"{grade}_t": tonnes(part) for grade, part in self.parts.items()})
        return row | {"score": self.score}


def graded(lines: Iterable[EmissionLine], grades: Grades) -> tuple[Graded, ...]:
    """Sum emissions by grade: of each scope as a whole, then of its categories.

    Args:
        lines: of an inventory, in its order.
        grades: what their activity is known by.
    """
    rows: dict[tuple[str, str], Graded] = {}
    for line in lines:
        key = (line.scope, line.category)
        row = rows.get(key) or rows.setdefault(key, Graded(*key))
        for grade, part in grades.emissions(line):
            row.parts[grade] += part
            row.sizes[grade] += abs(part)
    by_scope: dict[str, list[Graded]] = {}
    for row in rows.values():
        by_scope.setdefault(row.scope, [Graded(row.scope, WHOLE)]).append(row)
    for whole, *categories in by_scope.values():
        for row in categories:
            whole.add(row)
    return tuple(row for scope in by_scope.values() for row in scope)


def graded_answer(
    lines: Sequence[EmissionLine], grades: Grades, answer: Mapping[str, Any]
) -> dict[str, Any]:
    """Put grades to the answer of an inventory.

    Args:
        lines: of the inventory.
        grades: what their activity is known by.
        answer: the inventory as programs read it; its `lines` get `grades`, the share of their
            activity by grade.

    Returns:
        `data_quality`: emissions by grade, of every scope as a whole (category "") and of its
        categories.
    """
    for row, line in zip(answer["lines"], lines, strict=True):
        row["grades"] = grades.shares(line.commodity, line.inputs)
    return {"data_quality": [row.answer() for row in graded(lines, grades)]}
