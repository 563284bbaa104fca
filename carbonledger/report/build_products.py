"""The section on product footprints, built from the footprint result."""

from decimal import Decimal

from carbonledger.calc.footprint_records import ProductFootprint
from carbonledger.calc.model import Commodity, Figure
from carbonledger.report.names import Names, method_label
from carbonledger.report.sections import (
    LeftOver,
    NotCovered,
    Part,
    Product,
    Products,
    Reconciliation,
)
from carbonledger.report.stated import Stated, phrase, stated
from carbonledger.run.summary import KIND, Answers, left_key, part_key
from carbonledger.units import from_micro

AREA = "footprint"
NINE_DIGITS = Decimal("0.000000001")


def products(found: Answers, derived: dict[str, Figure], names: Names) -> Products | None:
    """Show footprints and the proof that they add up; None when there is nothing to show.

    Args:
        found: every result.
        derived: figures of the summary by key: parts of products, what is left over.
        names: names of accounts and commodities.
    """
    if found.products is None:
        return None
    made = found.products.made
    own = {figure.key: figure for figure in made.figures}
    rows = (*made.products, *made.exported)
    if not rows:
        return None
    return Products(
        method=method_label(found.products.method),
        allocation=made.allocation,
        rows=tuple(_product(one, own, derived, names) for one in rows),
        reconciliation=Reconciliation(
            **{
                name: stated(own[name], AREA)
                for name in ("direct", "upstream", "products", "unallocated", "residual")
            }
        ),
        unallocated=tuple(
            LeftOver(
                names.account(left.account),
                names.commodity(left.commodity),
                stated(derived[left_key(left)], KIND),
                left.reason,
            )
            for left in made.unallocated
        ),
        not_covered=tuple(
            NotCovered(
                names.account(bare.source_account),
                names.account(bare.account),
                names.commodity(bare.commodity),
                stated(
                    derived[f"not-covered:{bare.source_account}>{bare.account}:{bare.commodity}"],
                    KIND,
                ),
                bare.reason,
            )
            for bare in made.not_covered
        ),
        remarks=tuple(phrase(one.en, one.zh) for one in found.products.given.remarks),
    )


def _product(
    one: ProductFootprint, own: dict[str, Figure], derived: dict[str, Figure], names: Names
) -> Product:
    per_unit = stated(own[f"product:{one.account}:{one.commodity}"], AREA)
    parts = tuple(
        Part(names.origin(origin), stated(derived[part_key(one, origin)], KIND))
        for origin in sorted(one.by_origin, key=lambda code: (-one.by_origin[code], code))
    )
    return Product(
        account=names.account(one.account),
        commodity=names.commodity(one.commodity),
        quantity=Stated(per_unit.key, from_micro(one.quantity), one.unit, "Σ flows that left"),
        per_unit=per_unit,
        per_kg=_per_kg(per_unit, names.commodities.get(one.commodity)),
        parts=parts,
    )


def _per_kg(per_unit: Stated, commodity: Commodity | None) -> Stated | None:
    """Divide by the mass of a unit; None where it is not known or a unit is a kilogram."""
    if commodity is None or not commodity.mass_kg or per_unit.value is None:
        return None
    if commodity.unit == "kg":
        return None
    value = (per_unit.value / commodity.mass_kg).quantize(NINE_DIGITS)
    return Stated(per_unit.key, value, "kgCO2e/kg", f"per unit / {commodity.mass_kg} kg")
