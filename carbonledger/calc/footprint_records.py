"""What a footprint calculation gives: rows, what is left over, and the proof that it adds up."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from carbonledger.calc.burdens import NotCovered
from carbonledger.calc.model import MICRO, Figure


@dataclass(frozen=True, slots=True)
class ProductFootprint:
    """The partial footprint, cradle to gate, of what an account gave of one commodity.

    Attributes:
        account: account that it left.
        commodity: code.
        unit: canonical unit, the declared unit.
        quantity: millionths of the unit.
        co2e_mg: footprint of the whole quantity in milligrams of CO2 equivalent.
        kg_co2e_per_unit: kg CO2e of one unit, nine significant digits, half even.
        by_origin: kg CO2e of one unit by origin (`stationary_combustion:natural_gas`,
            `upstream:electricity` …); adds up to `kg_co2e_per_unit` exactly.
        by_gas: the same by gas; `co2e` where only the equivalent is known.
    """

    account: str
    commodity: str
    unit: str
    quantity: int
    co2e_mg: int
    kg_co2e_per_unit: Decimal
    by_origin: Mapping[str, Decimal]
    by_gas: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Unallocated:
    """A burden that found no product.

    Attributes:
        account: where it stayed.
        commodity: what a stock holds of it; "" for the burden of an account without products.
        co2e_mg: milligrams of CO2 equivalent; negative where a stock gave more than it took.
        reason: `no_output` or `stock_change`.
    """

    account: str
    commodity: str
    co2e_mg: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Proof that the footprints add up to the boundary, in milligrams of CO2 equivalent.

    Attributes:
        direct_mg: direct emissions.
        upstream_mg: upstream of what was bought.
        products_mg: carried by all that left: products, and energy sold.
        unallocated_mg: found no product, or stayed in a stock.
    """

    direct_mg: int
    upstream_mg: int
    products_mg: int
    unallocated_mg: int

    @property
    def residual_mg(self) -> int:
        """What went in less what came out: zero."""
        return self.direct_mg + self.upstream_mg - self.products_mg - self.unallocated_mg


@dataclass(frozen=True, slots=True)
class FootprintResult:
    """The footprints of a boundary and a period.

    Attributes:
        allocation: key that co-products were shared by.
        products: products and materials that left the boundary; ascending by account, commodity.
        exported: energy and water that left the boundary.
        intermediates: what was produced and used inside; contained in the others.
        unallocated: burdens that found no product.
        not_covered: what entered without a footprint.
        reconciliation: the sums.
        figures: the ways the numbers came about, keys `product:<account>:<commodity>` …
    """

    allocation: str
    products: tuple[ProductFootprint, ...]
    exported: tuple[ProductFootprint, ...]
    intermediates: tuple[ProductFootprint, ...]
    unallocated: tuple[Unallocated, ...]
    not_covered: tuple[NotCovered, ...]
    reconciliation: Reconciliation
    figures: tuple[Figure, ...]


def answer(result: FootprintResult) -> dict[str, Any]:
    """Shape the result for programs: masses in kg, quantities in units, exact decimals."""
    sums = result.reconciliation
    return {
        "allocation": result.allocation,
        "products": [_row(product) for product in result.products],
        "exported": [_row(product) for product in result.exported],
        "intermediates": [_row(product) for product in result.intermediates],
        "unallocated": [
            {
                "account": rest.account,
                "commodity": rest.commodity,
                "kg_co2e": _millionth(rest.co2e_mg),
                "reason": rest.reason,
            }
            for rest in result.unallocated
        ],
        "not_covered": [
            {
                "from": missing.source_account,
                "to": missing.account,
                "commodity": missing.commodity,
                "quantity": _millionth(missing.quantity),
                "unit": missing.unit,
                "reason": missing.reason,
            }
            for missing in result.not_covered
        ],
        "reconciliation": {
            "direct_kg": _millionth(sums.direct_mg),
            "upstream_kg": _millionth(sums.upstream_mg),
            "products_kg": _millionth(sums.products_mg),
            "unallocated_kg": _millionth(sums.unallocated_mg),
            "residual_kg": _millionth(sums.residual_mg),
        },
    }


def _row(product: ProductFootprint) -> dict[str, Any]:
    return {
        "account": product.account,
        "commodity": product.commodity,
        "unit": product.unit,
        "quantity": _millionth(product.quantity),
        "kg_co2e": _millionth(product.co2e_mg),
        "kg_co2e_per_unit": product.kg_co2e_per_unit,
        "by_origin": dict(product.by_origin),
        "by_gas": dict(product.by_gas),
    }


def _millionth(quantity: int) -> Decimal:
    return plain(Decimal(quantity) / MICRO)


def plain(value: Decimal) -> Decimal:
    """Drop trailing zeros; a whole number keeps no exponent."""
    return value.quantize(Decimal(1)) if value == value.to_integral() else value.normalize()
