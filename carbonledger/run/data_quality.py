"""How good the data of an inventory are, as programs ask for it; computed anew and not stored."""

from typing import Any

from carbonledger.calc.consolidation import OPERATIONAL
from carbonledger.calc.inventory import inventory
from carbonledger.calc.quality.grades import Grades
from carbonledger.calc.quality.pedigrees import Pedigrees
from carbonledger.calc.quality.rows import graded
from carbonledger.factors.pedigree import shipped_matrix
from carbonledger.ledger.connect import Ledger
from carbonledger.run.collection import without_collection
from carbonledger.run.graded import not_measured
from carbonledger.run.question import Question, gather
from carbonledger.run.service import INVENTORY_METHOD


@without_collection()
def data_quality(
    ledger: Ledger, boundary: str | None, period: str, method: str | None = None, *,
    consolidation: str | None = None, as_of: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Say what the emissions of an inventory rest on, and how well its factors fit.

    Args:
        ledger: the ledger; nothing is written to it.
        boundary: account code; None: the only site.
        period: see `calc.period`.
        method: code, or `code@edition`; None: as an inventory.
        consolidation: see `inventory`.
        as_of: last batch to take into account; None: all.

    Returns:
        `data_quality`: emissions by grade of their activity data, of every scope as a whole
        (category "") and of its categories; `pedigree`: of the same, the mean scores of the
        factors; `factors`: every factor with its scores; `matrix`: where these come from.

    Raises:
        CalculationRefused, FactorNotFound, FactorRefused: as an inventory.
    """
    question = Question(
        boundary or "", period, method or INVENTORY_METHOD, as_of,
        consolidation=consolidation or OPERATIONAL,
    )  # fmt: skip
    with ledger.read() as connection:
        material = gather(connection, question)
        others = not_measured(connection, material)
    made = inventory(material.books, material.method, material.factors)
    rows = graded(made.lines, Grades(made.figures, material.books, others))
    pedigrees = Pedigrees(made.lines, material.all_factors, material.books.accounts)
    return {
        "method": material.method.key,
        "boundary": material.question.boundary,
        "period": period,
        "as_of": material.as_of,
        "data_quality": [row.answer() for row in rows],
        "pedigree": [
            {"scope": row.scope, "category": row.category}
            | pedigrees.means(row.scope, row.category)
            for row in rows
        ],
        "factors": pedigrees.rows(shipped_matrix()),
        "matrix": dict(shipped_matrix().source),
    }
