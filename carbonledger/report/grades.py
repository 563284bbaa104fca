"""What the tables on the grade of activity data and the pedigree of factors show."""

from dataclasses import dataclass

from carbonledger.report.stated import Stated


@dataclass(frozen=True, slots=True)
class GradePart:
    """Emissions whose activity data have one grade; see `calc.quality.grades`."""

    grade: str
    emission: Stated


@dataclass(frozen=True, slots=True)
class GradeRow:
    """Emissions of a category, or of a scope, by grade of their activity data.

    Attributes:
        scope: code.
        category: code; "" for the scope as a whole.
        emission: t CO2e.
        parts: by grade, those that have any emissions.
        score: mean score weighted by emissions, 1 the best of 5.
    """

    scope: str
    category: str
    emission: Stated
    parts: tuple[GradePart, ...]
    score: Stated


@dataclass(frozen=True, slots=True)
class Score:
    """One indicator of a pedigree: 1 the best of 5, None where nothing is known.

    `computed`: it follows from data year and region; else the pack states it.
    """

    indicator: str
    value: int | None
    computed: bool


@dataclass(frozen=True, slots=True)
class FactorFit:
    """How well a factor fits what it was used for.

    Attributes:
        scope: code.
        factor: `pack@edition/code`.
        emission: what it was used for emitted, t CO2e.
        scores: the five indicators of the pedigree matrix.
        gsd: geometric standard deviation, text; "" where the pedigree is not complete.
    """

    scope: str
    factor: str
    emission: Stated
    scores: tuple[Score, ...]
    gsd: str


def grades_shown(rows: tuple[GradeRow, ...]) -> list[str]:
    """Name the grades that have a column: those of any emissions, in the order of the rows."""
    return list(dict.fromkeys(part.grade for row in rows for part in row.parts))
