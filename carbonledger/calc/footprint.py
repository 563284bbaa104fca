"""Footprints of all that a boundary produced in a period, by one linear system over its flows.

Method: attributional, cradle to gate (ISO 14067:2018; GB/T 24067-2024): direct emissions and the
upstream burden of what was bought are handed on with what flows, through every account, and
shared over co-products by a stated key. So products and what finds no product add up to direct and
upstream emissions to the milligram (the idea of Kaplan and Ramanna's E-liability: carbon is handed
on with the goods, like value added).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import numpy as np

from carbonledger.calc.allocation import MASS, Allocation
from carbonledger.calc.burdens import Burdens, NotCovered, Upstream, burdens
from carbonledger.calc.exact import settle
from carbonledger.calc.footprint_records import (
    FootprintResult,
    ProductFootprint,
    Reconciliation,
    Unallocated,
    answer,
    plain,
)
from carbonledger.calc.model import Books, EmissionLine, Figure
from carbonledger.calc.pools import CARRIERS, Ints, Pools, pools
from carbonledger.calc.product_figures import bare_figures, sum_figures, way_figures
from carbonledger.calc.system import Floats, System, build, solve, whole

DIGITS = 9
PER_UNIT = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
"""Footprints per unit are rounded to nine significant digits, half even."""

__all__ = (
    "MASS",
    "Allocation",
    "FootprintResult",
    "NotCovered",
    "ProductFootprint",
    "Reconciliation",
    "Unallocated",
    "Upstream",
    "answer",
    "footprint",
)


def footprint(
    books: Books,
    direct: Sequence[EmissionLine],
    upstream: Sequence[Upstream],
    allocation: Allocation = MASS,
    *,
    explain: bool = True,
) -> FootprintResult:
    """Compute the footprints of all that left the boundary in the months of the books.

    Args:
        books: boundary, months and flows; all months count together.
        direct: emissions inside the boundary, lines of scope 1.
        upstream: footprints of what enters the boundary.
        allocation: keys by which burdens are shared over co-products.
        explain: make the figures that name the lines and flows behind every product.

    Raises:
        CalculationRefused: a line or an upstream footprint does not fit the boundary, an
            allocation key lacks what it weighs by, or a burden goes round and never leaves.
    """
    laid_out = pools(books)
    put_in = burdens(books, laid_out, direct, upstream)
    system = build(laid_out, books, allocation)
    through = solve(system, put_in.amounts)
    sold = np.flatnonzero(laid_out.sold)
    left, unallocated = _share_out(laid_out, system, through, put_in, sold)
    sales = [
        _product(books, laid_out, put_in, int(pool), quantity=int(laid_out.sold[pool]), parts=parts)
        for pool, parts in zip(sold, left, strict=True)
    ]
    energy = [books.commodities[sale.commodity].kind in CARRIERS for sale in sales]
    sums = Reconciliation(
        direct_mg=put_in.direct_mg,
        upstream_mg=put_in.upstream_mg,
        products_mg=sum(sale.co2e_mg for sale in sales),
        unallocated_mg=sum(rest.co2e_mg for rest in unallocated),
    )
    inner = _intermediates(books, laid_out, put_in, through)
    figures: tuple[Figure, ...] = ()
    if explain:
        rows: tuple[ProductFootprint | Unallocated, ...] = (*sales, *unallocated)
        figures = (
            *way_figures(
                books, laid_out, system, (*rows, *inner), direct=direct, items=put_in.items
            ),
            *sum_figures(sums, rows, direct=direct, items=put_in.items),
            *bare_figures(books, put_in.not_covered),
        )
    return FootprintResult(
        allocation=allocation.key,
        products=tuple(s for s, is_energy in zip(sales, energy, strict=True) if not is_energy),
        exported=tuple(s for s, is_energy in zip(sales, energy, strict=True) if is_energy),
        intermediates=inner,
        unallocated=unallocated,
        not_covered=put_in.not_covered,
        reconciliation=sums,
        figures=figures,
    )


def _share_out(
    laid_out: Pools, system: System, through: Floats, put_in: Burdens, sold: Ints
) -> tuple[Ints, tuple[Unallocated, ...]]:
    """Turn what leaves the system into whole milligrams that add up to what was put in."""
    count = len(laid_out.account)
    stores, idle = np.flatnonzero(system.stored), np.flatnonzero(system.unallocated)
    exact = np.concatenate([
        through[sold] * system.sold[sold, None],
        through[stores] * system.stored[stores, None],
        through[count + idle],
    ])  # fmt: skip
    parts = np.zeros(exact.shape, dtype=np.int64)
    for column, total in enumerate(put_in.totals):
        parts[:, column] = whole(exact[:, column], total)
    rests = parts[len(sold) :].sum(axis=1).tolist()
    owners = np.concatenate([laid_out.account[stores], idle]).tolist()
    held = [laid_out.commodities[i] for i in laid_out.commodity[stores].tolist()]
    held += [""] * len(idle)
    unallocated = tuple(
        Unallocated(laid_out.accounts[i], what, mg, "stock_change" if what else "no_output")
        for i, what, mg in zip(owners, held, rests, strict=True)
        if mg
    )
    return parts[: len(sold)], tuple(sorted(unallocated, key=lambda u: (u.account, u.commodity)))


def _intermediates(
    books: Books, laid_out: Pools, put_in: Burdens, through: Floats
) -> tuple[ProductFootprint, ...]:
    inner = np.flatnonzero((laid_out.made > 0) & (laid_out.sold == 0))
    return tuple(
        _product(
            books,
            laid_out,
            put_in,
            pool,
            quantity=int(laid_out.intake[pool]),
            parts=whole(through[pool], round(float(through[pool].sum()))),
        )
        for pool in inner.tolist()
    )


def _product(
    books: Books, laid_out: Pools, put_in: Burdens, pool: int, *, quantity: int, parts: Ints
) -> ProductFootprint:
    commodity = books.commodities[laid_out.commodities[laid_out.commodity[pool]]]
    by_origin: dict[str, int] = defaultdict(int)
    by_gas: dict[str, int] = defaultdict(int)
    for (origin, gas), mg in zip(put_in.columns, parts.tolist(), strict=True):
        by_origin[origin] += mg
        by_gas[gas] += mg
    co2e_mg = sum(by_gas.values())
    # Milligrams over millionths are kilograms a unit.
    per_unit = PER_UNIT.divide(Decimal(co2e_mg), Decimal(quantity))
    return ProductFootprint(
        account=laid_out.accounts[laid_out.account[pool]],
        commodity=commodity.code,
        unit=commodity.unit,
        quantity=quantity,
        co2e_mg=co2e_mg,
        kg_co2e_per_unit=plain(per_unit),
        by_origin=_per_unit(by_origin, quantity, per_unit),
        by_gas=_per_unit(by_gas, quantity, per_unit),
    )


def _per_unit(parts: Mapping[str, int], quantity: int, total: Decimal) -> dict[str, Decimal]:
    """Divide parts by the quantity, to the last digit of their total, so that they add up to it."""
    some = {name: mg for name, mg in sorted(parts.items()) if mg}
    last = (total.adjusted() if total else 0) - DIGITS + 1
    step = Fraction(10) ** last
    exact = [Fraction(mg, quantity) / step for mg in some.values()]
    settled = settle(int(total.scaleb(-last)), exact)
    return {
        name: plain(Decimal(part).scaleb(last)) for name, part in zip(some, settled, strict=True)
    }
