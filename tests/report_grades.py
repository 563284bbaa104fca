"""Grades of activity data and pedigrees of factors, as the invented park of the reports has them."""

from decimal import Decimal

from report_labels import figure

from carbonledger.factors.pedigree import INDICATORS
from carbonledger.report.grades import FactorFit, GradePart, GradeRow, Score


def row(scope: str, category: str, score: str, **tonnes: str) -> GradeRow:
    name = f"summary.grade:{scope}:{category or 'all'}"
    whole = sum(map(Decimal, tonnes.values()))
    return GradeRow(
        scope,
        category,
        figure(name, str(whole), "t"),
        tuple(GradePart(g, figure(f"{name}:{g}", t, "t")) for g, t in tonnes.items()),
        figure(f"{name}:score", score, ""),
    )


def fit(scope: str, key: str, tonnes: str, scores: str, gsd: str = "") -> FactorFit:
    cells = zip(INDICATORS, scores.split(), strict=True)
    return FactorFit(
        scope,
        key,
        figure(f"summary.fit:{scope}:{key}", tonnes, "t"),
        tuple(
            Score(name, None if cell == "-" else int(cell.strip("*")), cell.endswith("*"))
            for name, cell in cells
        ),
        gsd,
    )


GRADES = (
    row("1", "", "2.07", measured="8139.29", documented="412.35", estimated="310.4"),
    row("1", "stationary_combustion", "2.07", measured="8139.29", documented="412.35",
        estimated="310.4"),
    row("2_location", "", "2.00", measured="18709.07"),
    row("2_location", "purchased_electricity", "2.00", measured="18709.07"),
)  # fmt: skip
FITS = (
    fit("1", "cn-ndrc-fuels@2015/natural_gas", "8449.69", "- - 4* 2* -"),
    fit("2_location", "cn-grid@2023/CN-LN", "18709.07", "2 1 1* 1* 1", "1.0351"),
)
