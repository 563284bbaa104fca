"""Why methods give different totals of the same entries, as programs ask for it; not stored."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

from carbonledger.calc.consolidation import OPERATIONAL
from carbonledger.calc.figures import tonnes
from carbonledger.calc.inventory import inventory
from carbonledger.calc.model import EmissionLine
from carbonledger.calc.reconcile import CAUSES, reconcile
from carbonledger.calc.restated import TOTALS
from carbonledger.errors import CalculationRefused
from carbonledger.ledger.connect import Ledger
from carbonledger.run.collection import without_collection
from carbonledger.run.question import Question, gather

Lines = tuple[EmissionLine, ...]


@without_collection()
def reconciled(
    ledger: Ledger, boundary: str | None, period: str, methods: Sequence[str], *,
    basis: str = "location", as_of: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Explain the difference between any two of some methods' totals, to the milligram.

    Args:
        ledger: the ledger; nothing is written to it.
        boundary: account code; None: the only site.
        period: see `calc.period`.
        methods: at least two codes, each perhaps with an edition.
        basis: `location` or `market`, by which scope 2 is in the totals.
        as_of: last batch to take into account; None: all.

    Returns:
        The totals, and for each pair of methods the lines that lead from the one to the other by
        cause and commodity; with the difference turned round they sum to zero (`remainder_t`).

    Raises:
        CalculationRefused: `reconcile`: fewer than two methods; else as an inventory.
    """
    if len(set(methods)) < 2:  # noqa: PLR2004
        raise CalculationRefused(
            "a reconciliation needs two different methods",
            code="reconcile",
            hint="name them with --methods ghg-protocol,cn-zero-carbon-park; "
            "carbonledger methods lists what there is",
        )
    made: dict[str, Lines] = {}
    with ledger.read() as connection:
        for method in dict.fromkeys(methods):
            # The approach of an inventory that names none: see `run.service.inventory`.
            asked = Question(boundary or "", period, method, as_of, consolidation=OPERATIONAL)
            material = gather(connection, asked)
            result = inventory(material.books, material.method, material.factors)
            made[material.method.key] = result.lines
    pairs = combinations(made, 2)
    return {
        "boundary": material.question.boundary, "period": period, "as_of": material.as_of,
        "basis": basis,
        "totals": [{"method": key, "t_co2e": tonnes(_total(made[key], basis))} for key in made],
        "pairs": [_pair(a, b, made, basis) for a, b in pairs],
    }  # fmt: skip


def _total(lines: Iterable[EmissionLine], basis: str) -> int:
    return sum(line.co2e_mg for line in lines if line.scope in TOTALS[basis])


def _pair(first: str, second: str, made: dict[str, Lines], basis: str) -> dict[str, Any]:
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in reconcile(made[first], made[second], basis):
        sums[one.cause, one.place.category, one.place.commodity] += one.change_mg
    start, end = _total(made[first], basis), _total(made[second], basis)
    ordered = sorted(sums, key=lambda key: (CAUSES.index(key[0]), -abs(sums[key]), key))
    return {
        "first": first, "second": second,
        "first_t": tonnes(start), "second_t": tonnes(end), "difference_t": tonnes(end - start),
        "lines": [
            {"cause": cause, "category": category, "commodity": commodity,
             "change_t": tonnes(sums[cause, category, commodity])}
            for cause, category, commodity in ordered if sums[cause, category, commodity]
        ],
        "remainder_t": tonnes(end - start - sum(sums.values())),
    }  # fmt: skip
