"""The tables on the grade of activity data and the pedigree of factors, with their keys."""

from carbonledger.factors.pedigree import INDICATORS
from carbonledger.report.grades import FactorFit, GradePart, GradeRow, Score
from carbonledger.report.stated import stated
from carbonledger.run.summary import KIND, Answers


def grade_rows(found: Answers) -> tuple[GradeRow, ...]:
    """Show emissions by the grade of their activity data."""
    return tuple(
        GradeRow(
            scope=row.scope,
            category=row.category,
            emission=stated(row.emission, KIND),
            parts=tuple(GradePart(grade, stated(part, KIND)) for grade, part in row.parts),
            score=stated(row.score, KIND),
        )
        for row in found.graded.rows
    )


def factor_fits(found: Answers) -> tuple[FactorFit, ...]:
    """Show every factor with its pedigree as it was used."""
    return tuple(
        FactorFit(
            scope=row["scope"],
            factor=row["factor"],
            emission=stated(figure, KIND),
            scores=tuple(Score(name, row[name], name in row["computed"]) for name in INDICATORS),
            gsd="" if row["gsd"] is None else format(row["gsd"], "f"),
        )
        for row, figure in found.graded.fits
    )
