"""The linear system of footprints in a pack: not solved again, but every balance checked.

What passes through each node is stated, and a check says for each that it is what was put in and
what other nodes hand on. So a product is what passes through its pool, times the share that leaves,
over the quantity; whoever checks this needs no solver.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from carbonledger.calc.burdens import Upstream
from carbonledger.calc.model import Figure
from carbonledger.calc.product import product_input
from carbonledger.calc.product_nodes import Node, nodes
from carbonledger.calc.system import TOLERANCE
from carbonledger.run.question import Material

DIGITS = 1e-8
"""A footprint per unit has nine significant digits."""
MG = 1e-6
Check = dict[str, Any]


def balance(
    material: Material, figures: Mapping[str, Figure]
) -> tuple[list[tuple[str, str]], list[Check]]:
    """Return names and values of the nodes, and the checks of their balances and products."""
    given = product_input(material.books, material.method, material.factors)
    found = nodes(given.books, given.direct, given.upstream)
    some = {number: one for number, one in enumerate(found) if one.through or one.put_in}
    scale = sum(abs(one.put_in) for one in found)
    told, checks = [], []
    for one in some.values():
        name = _name(one)
        told += [(f"node:{name}", _digits(one.through)), (f"put-in:{name}", f"{one.put_in:.6f}")]
        handed = ((found[n], share) for n, share in one.handed_on if n in some)
        terms = {f"node:{_name(other)}": _digits(share) for other, share in handed}
        terms[f"put-in:{name}"] = "1"
        within = repr(TOLERANCE * scale + MG)
        checks.append({"figure": f"node:{name}", "terms": terms, "within": within})
        sources = {
            **{f"line:{n}": "1" for n, line in enumerate(given.direct, 1)
               if not one.commodity and line.account == one.account},
            **dict.fromkeys(_upstream(one, given.upstream, figures), "1"),
        }  # fmt: skip
        checks.append({"figure": f"put-in:{name}", "terms": sources, "within": repr(MG)})
    return told, [*checks, *_outcomes(some.values(), figures, scale)]


def _digits(value: float) -> str:
    """Write a number with the digits that are the same on every machine."""
    return format(value, ".12g")


def _name(one: Node) -> str:
    return f"{one.account}:{one.commodity}" if one.commodity else one.account


def _upstream(
    one: Node, upstream: tuple[Upstream, ...], figures: Mapping[str, Figure]
) -> Iterator[str]:
    """Name the figures of the upstream burdens that were put into a pool."""
    for item in upstream:
        key = f"upstream:{item.commodity}:{item.source_account}>{item.target_account}"
        key = f"{key}:{item.month}" if item.month else key
        if (item.target_account, item.commodity) == (one.account, one.commodity) and key in figures:
            yield key


def _outcomes(some: Iterable[Node], figures: Mapping[str, Figure], scale: float) -> Iterator[Check]:
    """Check what the nodes give: products, what found none, and the sum of the products."""
    products: dict[str, str] = {}
    for one in some:
        node, name = f"node:{_name(one)}", _name(one)
        product, rest = figures.get(f"product:{name}"), figures.get(f"unallocated:{name}")
        if product is not None and product.value is not None and one.quantity:
            quantity = one.quantity / 1e6
            within = float(abs(product.value)) * DIGITS + (TOLERANCE * scale + MG) / quantity
            products |= {node: _digits(one.sold)} if one.sold else {}
            # What is used inside alone carries all that passes through its pool.
            yield {"figure": product.key, "terms": {node: _digits(one.sold or 1.0)},
                   "over": {"": repr(quantity)}, "within": repr(within)}  # fmt: skip
        if rest is not None and one.stays:
            yield {"figure": rest.key, "terms": {node: _digits(one.stays)},
                   "within": repr(TOLERANCE * scale + MG)}  # fmt: skip
    if products and "products" in figures:
        yield {"figure": "products", "terms": products,
               "within": repr(TOLERANCE * scale + MG * len(products))}  # fmt: skip
