"""The section on product footprints, built from the footprint result."""

from carbonledger.calc.footprint_records import ProductFootprint
from carbonledger.calc.model import Figure
from carbonledger.report.names import Names, method_label
from carbonledger.report.sections import (
    LeftOver,
    NotCovered,
    Part,
    Product,
    Products,
    Reconciliation,
)
from carbonledger.report.stated import phrase, stated
from carbonledger.run.summary import (
    KIND,
    Answers,
    left_key,
    part_key,
    per_kg_key,
    quantity_key,
)

AREA = "footprint"


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
    # None where the mass of a unit is not known, or a unit is a kilogram.
    by_mass = derived.get(per_kg_key(one))
    return Product(
        account=names.account(one.account),
        commodity=names.commodity(one.commodity),
        quantity=stated(derived[quantity_key(one)], KIND),
        per_unit=per_unit,
        per_kg=stated(by_mass, KIND) if by_mass else None,
        parts=parts,
    )
