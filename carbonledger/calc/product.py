"""What product footprints start from: direct emissions, and the burden of what is bought.

Electricity of the grid has its life-cycle factor; own generation has that of its technology, put
in as a purchase of generating plant, since sun and wind bring none along (ISO 14067:2018,
6.4.9.4). Other inflows have the footprint of a pack where there is one (a supplier's statement, a
database); without one they are listed as not covered, never counted as zero in silence.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from carbonledger.calc.balance import CARRIERS, ENVIRONMENT, throughputs
from carbonledger.calc.burdens import Upstream
from carbonledger.calc.direct import direct_emissions
from carbonledger.calc.figures import Remark
from carbonledger.calc.lookups import Lookups
from carbonledger.calc.model import Account, Books, Commodity, EmissionLine, Figure, Flow
from carbonledger.calc.process import process_remarks
from carbonledger.calc.scope1 import SCOPE
from carbonledger.errors import CalculationRefused
from carbonledger.factors.lookup import FactorBook, Found, kilograms_per_unit
from carbonledger.factors.rules import Method, ProductRules, Scope1, Search
from carbonledger.units import round_half_even

PLANT, MAKER = "generating_plant", "own-generation"
GRID, NO_FOOTPRINT = (
    "grid",
    ("water", "waste", "gas", "pollutant", "certificate", "money", "service"),
)
OTHERS = "other_inflows"
NAMES = {"en": "Generating plant, life cycle", "zh": "发电设施（全生命周期）"}
ANY_PRODUCT = Search(
    purposes=("product",), packs=(), regions=("province", "nation", "any"), year="nearest",
    bases=(), technology="", clause="ISO 14067:2018, 6.3.6: supplier-specific or secondary data",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProductInput:
    """What a footprint is computed from.

    Attributes:
        books: the flows, with generating plant as a purchase of own generation.
        direct: direct emissions, scope 1 of the boundary.
        upstream: footprints of what is bought.
        remarks: what must be said with the result.
        composed: factors of fuels that were composed of measured properties, and their parts.
    """

    books: Books
    direct: tuple[EmissionLine, ...]
    upstream: tuple[Upstream, ...]
    remarks: tuple[Remark, ...]
    composed: tuple[Figure, ...] = ()


def product_input(books: Books, method: Method, book: FactorBook) -> ProductInput:
    """Find direct emissions and the footprints of purchases under a product method.

    Raises:
        FactorNotFound: factors that the method asks for are missing; all of them are listed.
        FactorRefused: factors are ambiguous.
        CalculationRefused: the method has no rules for products.
    """
    rules = method.product
    if rules is None:
        raise CalculationRefused(
            f"{method.key} has no rules for products",
            code="method",
            hint="choose iso-14067",
        )
    inputs = method.searches[rules.inputs] if rules.inputs else ANY_PRODUCT
    searches = {**method.searches, OTHERS: inputs}
    lookups = Lookups(replace(method, searches=searches), book)
    further = tuple(gas for gas in ("ch4", "n2o") if method.counts(gas))
    burnt = Scope1(rules.combustion, ("co2", "co2e"), further, (), rules.clause)
    scope_1 = replace(burnt, process=rules.process)
    direct = direct_emissions(books, lookups, scope_1)
    with_plant = _with_generating_plant(books) if rules.technology else books
    upstream = tuple(_upstream(with_plant, lookups, rules))
    lookups.refuse_misses()
    return ProductInput(
        with_plant,
        tuple(line for line in direct if line.scope == SCOPE),
        upstream,
        (*_remarks(books, upstream), *process_remarks(books, lookups, scope_1, direct)),
        tuple(lookups.figures.values()),
    )


def _with_generating_plant(books: Books) -> Books:
    """Add what own generation makes as a purchase of generating plant, kWh for kWh."""
    made = [
        Flow(MAKER, cell.account, PLANT, cell.month, -through.net)
        for cell, through in throughputs(books, ("electricity",)).items()
        if books.accounts[cell.account].technology and through.net < 0
    ]
    if not made:
        return books
    return replace(
        books,
        accounts={**books.accounts, MAKER: Account(MAKER, True, "supplier", name=NAMES)},  # noqa: FBT003
        commodities={**books.commodities, PLANT: Commodity(PLANT, "material", "kWh", name=NAMES)},
        flows=(*books.flows, *made),
    )


def _upstream(books: Books, lookups: Lookups, rules: ProductRules) -> Iterator[Upstream]:
    inward: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for flow in books.flows:
        if books.inside(flow.target) and not books.inside(flow.source):
            inward[flow.source, flow.target, flow.commodity, flow.month] += flow.quantity
    for (source, target, commodity, month), quantity in sorted(inward.items()):
        kind = books.commodities[commodity].kind
        beyond = books.accounts[source].kind == ENVIRONMENT and kind in CARRIERS
        if quantity <= 0 or kind in (*NO_FOOTPRINT, *rules.left_out) or beyond:
            continue
        found = _found(books, lookups, rules, (target, commodity, month))
        if found is not None:
            exact = kilograms_per_unit(found.factor, books.commodities[commodity].unit)
            # Nanograms of a unit: far below what any factor is printed to.
            value = round_half_even(exact.numerator * 10**12, exact.denominator)
            yield Upstream(source, target, commodity, _scaled(value), found.factor.key,
                           _basis(found), month)  # fmt: skip


def _found(
    books: Books, lookups: Lookups, rules: ProductRules, cell: tuple[str, str, str]
) -> Found | None:
    target, commodity, month = cell
    account = books.accounts[target]
    kind = books.commodities[commodity].kind
    gases = ("co2e", "co2")
    if commodity == PLANT:
        return lookups.find(rules.technology, "electricity", account.region, month, gases=gases,
                            technology=account.technology)  # fmt: skip
    search = {"electricity": rules.electricity, "heat": rules.heat}.get(kind)
    if search:
        return lookups.find(search, commodity, account.region, month, gases=gases)
    return lookups.find(OTHERS, commodity, account.region, month, gases=gases, required=False)


def _basis(found: Found) -> str:
    return f"fallback:{found.fallback}" if found.fallback else "default"


def _scaled(value: int) -> Decimal:
    return Decimal(value).scaleb(-12)


def _remarks(books: Books, upstream: tuple[Upstream, ...]) -> Iterator[Remark]:
    if any(books.commodities[flow.commodity].kind == "certificate" for flow in books.flows):
        yield Remark(
            "certificates are not applied: grid electricity has its average footprint",
            "未计入绿证：电网电力采用平均碳足迹因子",
        )
    for said in sorted({one.basis for one in upstream if one.basis != "default"}):
        yield Remark(f"factor {said.replace(':', ': ')}", f"因子回退：{said.partition(':')[2]}")
