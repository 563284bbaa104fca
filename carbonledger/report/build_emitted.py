"""Emissions by source, scope 3 by category, and pollutants, built from the sums."""

from collections.abc import Iterator

from carbonledger.calc.summary.categories import CategoryRow
from carbonledger.report.emitted import Category, Pollutant
from carbonledger.report.names import Names
from carbonledger.report.sections import Emissions, Scope, Source
from carbonledger.report.stated import Label, Stated, phrase, stated
from carbonledger.run.summary import KIND, Answers

SCOPES = {
    "1": "scope-1", "2_location": "scope-2-location", "2_market": "scope-2-market",
    "3": "scope-3", "biogenic": "biogenic",
}  # fmt: skip


def emissions(found: Answers, names: Names) -> Emissions:
    """Show emissions by source, the totals of the scopes, and scope 3 by category."""
    method = found.material.method
    counted = method.park.total if method.park else ()
    return Emissions(
        gas="CO2e" if method.gwp_set else "CO2",
        sources=tuple(_sources(found, names)),
        scopes=tuple(Scope(scope, _total(found, scope), scope in counted) for scope in SCOPES),
        total=stated(found.sums.emissions, KIND),
        categories=tuple(map(_category, found.sums.categories)),
    )


def pollutants(found: Answers, names: Names) -> tuple[Pollutant, ...] | None:
    """Show what was given off to air and water; None where nothing was posted."""
    rows = tuple(
        Pollutant(
            account=names.account(one.row.account),
            pollutant=names.commodity(one.row.pollutant),
            medium=one.row.medium,
            quantity=stated(one.quantity, KIND),
            equivalents=stated(one.equivalents, KIND, phrase(*one.row.reason)),
            factor=one.row.factor,
        )
        for one in found.sums.pollutants
    )
    return rows or None


def _total(found: Answers, scope: str) -> Stated:
    figures = {figure.key: figure for figure in found.inventory.figures}
    why = found.inventory.unassessed
    reason = phrase(*why) if why and scope == "3" else phrase("")
    return stated(figures[SCOPES[scope]], "inventory", reason)


def _category(one: CategoryRow) -> Category:
    row = one.category
    return Category(
        category=Label(row.category, row.name.en, row.name.zh),
        status=row.status,
        data=tuple(filter(None, row.method.split(" + "))),
        emission=stated(one.emission, KIND, phrase(*row.reason)),
        reason=phrase(*row.reason),
    )


def _sources(found: Answers, names: Names) -> Iterator[Source]:
    factors = {factor.key: factor for factor in found.material.all_factors}
    for one in found.sums.sources:
        line, factor = one.line, factors.get(one.line.factor)
        pack = found.printed.get(line.factor.partition("/")[0])
        printed = [pack.document if pack else "", factor.page if factor else ""]
        yield Source(
            scope=line.scope,
            category=line.category,
            commodity=names.commodity(line.commodity),
            gas=line.gas,
            activity=stated(one.activity, KIND),
            factor=line.factor,
            factor_value=line.factor_value,
            factor_unit=line.factor_unit,
            publication=(
                ", ".join(filter(None, printed)) if factor else found.material.method.standard
            ),
            basis=line.basis,
            emission=stated(one.emission, KIND),
        )
