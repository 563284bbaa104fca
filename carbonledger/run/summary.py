"""All that a summary of a site rests on: every calculation once, from one state of the books."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

import sqlalchemy as sa

from carbonledger.calc.below import Below
from carbonledger.calc.benchmarks import comparison_figures
from carbonledger.calc.figures import Remark
from carbonledger.calc.footprint import footprint as compute_footprint
from carbonledger.calc.footprint_records import FootprintResult, ProductFootprint, Unallocated
from carbonledger.calc.inventory import InventoryResult, inventory
from carbonledger.calc.model import Books, Figure, flow_key
from carbonledger.calc.park import IntensityResult
from carbonledger.calc.park import intensity as compute_intensity
from carbonledger.calc.product import ProductInput, product_input
from carbonledger.calc.renewable import RenewableResult
from carbonledger.calc.renewable import renewable as compute_renewable
from carbonledger.calc.summary.result import SummaryResult, summarise
from carbonledger.calc.summary.tree import Tree
from carbonledger.errors import Refusal
from carbonledger.factors.model import Factor
from carbonledger.factors.rules import Method
from carbonledger.run.graded import GradedSummary, graded_summary
from carbonledger.run.hours import hourly
from carbonledger.run.quality import (
    CorrectionFacts,
    Estimate,
    MeterFacts,
    corrections,
    estimates,
    meter_facts,
)
from carbonledger.run.question import SITE_PACK, Material, Question, gather, read_method
from carbonledger.run.rests_on import BatchFacts, PackFacts, batches, log_root, pack_facts
from carbonledger.run.service import INVENTORY_METHOD, PARK_METHOD, PRODUCT_METHOD
from carbonledger.run.standing import Standing, standing
from carbonledger.run.store import Result
from carbonledger.units import from_micro

KIND = "summary"
NINE_DIGITS = Decimal("0.000000001")


@dataclass(frozen=True, slots=True)
class Products:
    """Footprints with the method they were computed by and what they were computed from."""

    method: Method
    given: ProductInput
    made: FootprintResult


@dataclass(frozen=True, slots=True)
class Measured:
    """What of the data themselves the summary tells; figures by key of meter or correction."""

    meters: tuple[tuple[MeterFacts, Figure], ...]
    estimates: tuple[tuple[Estimate, Figure], ...]
    corrections: tuple[tuple[CorrectionFacts, tuple[Figure, Figure, Figure]], ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """Every result that a summary shows.

    Attributes:
        material: what it was computed from; its method is that of energy and emissions.
        asked_as_of: last batch, where one was asked for.
        inventory, renewable, sums: results under that method.
        judged: indicators and comparisons, under the method of `judged_by`.
        judged_by: a method with thresholds.
        products: footprints; None when they cannot be computed (`remarks` say why).
        measured: meters, estimates, corrections.
        graded: emissions by grade of their activity data, and how well factors fit.
        standing: what has not arrived, and which balances are open.
        batches: batches that the figures rest on.
        log_size, log_root: the log at the last batch taken into account.
        remarks: what must be said beside the results' own remarks.
        figures: the tree of the summary itself.
        printed: where the factor packs were printed, by `code@edition`.
    """

    material: Material
    asked_as_of: int | None
    inventory: InventoryResult
    renewable: RenewableResult
    sums: SummaryResult
    judged: IntensityResult
    judged_by: Method
    products: Products | None
    measured: Measured
    graded: GradedSummary
    standing: Standing
    batches: tuple[BatchFacts, ...]
    log_size: int
    log_root: str
    remarks: tuple[Remark, ...]
    figures: tuple[Figure, ...]
    printed: dict[str, PackFacts]


def answers(connection: sa.Connection, question: Question) -> Answers:
    """Compute everything that a summary shows.

    Args:
        connection: connection to the ledger.
        question: what is asked; its method "" is the one of inventories.

    Raises:
        CalculationRefused, FactorNotFound, FactorRefused: as `inventory` and `energy`.
    """
    material = gather(connection, replace(question, method=question.method or INVENTORY_METHOD))
    books, method, factors = material.books, material.method, material.factors
    made = inventory(books, method, factors)
    sums = summarise(books, method, factors, made)
    series = hourly(connection, material)
    tree = Tree(sums.figures)
    products, remarks = _products(connection, material)
    if products:
        _of_products(products, books.months, tree)
    judged_by = _judge(connection, material)
    judged = _judged(material, judged_by)
    _of_comparisons(judged, tree)
    measured = _measured(connection, material, tree)
    stands = standing(connection, material, made, tree)
    size, root = log_root(connection, material.as_of)
    return Answers(
        material=material,
        asked_as_of=question.as_of,
        inventory=made,
        renewable=compute_renewable(books, method, factors, series, made),
        sums=sums,
        judged=judged,
        judged_by=judged_by,
        products=products,
        measured=measured,
        graded=graded_summary(connection, material, made, tree),
        standing=stands,
        batches=batches(connection, material),
        log_size=size,
        log_root=root,
        remarks=remarks,
        figures=tree.figures,
        printed=pack_facts(connection, material.packs),
    )


def nearest(factors: Iterable[Factor], year: int) -> tuple[Factor, ...]:
    """Take of each kind of published average the data year nearest to ours, earlier ones first.

    What the site states itself is always taken.

    Returns:
        Those the site states first, then ascending by kind.
    """
    rows = [factor for factor in factors if factor.purpose == "benchmark"]
    stated = tuple(row for row in rows if row.pack == SITE_PACK)
    best: dict[str, tuple[tuple[int, int], Factor]] = {}
    for row in rows:
        behind = year - row.data_year if row.data_year is not None else 0
        rank = (0, behind) if behind >= 0 else (1, -behind)
        if row.pack != SITE_PACK and (row.activity not in best or rank < best[row.activity][0]):
            best[row.activity] = (rank, row)
    return (*stated, *(row for _, (_, row) in sorted(best.items())))


def results(found: Answers) -> tuple[tuple[Material, Result], ...]:
    """Return the runs to store, each with the material it was computed from."""
    material, made = found.material, found.inventory
    judged = replace(material, method=found.judged_by)
    runs = [
        (material, Result("inventory", made.figures, made.lines)),
        (material, Result("renewable", found.renewable.figures, made.lines)),
        (judged, Result("intensity", found.judged.figures, found.judged.lines,
                        found.judged.indicators, {"against": ""})),
        (material, Result(KIND, found.figures, made.lines)),
    ]  # fmt: skip
    if found.products:
        of_products = replace(material, method=found.products.method)
        figures, direct = found.products.made.figures, found.products.given.direct
        runs.append((of_products, Result("footprint", figures, direct)))
    return tuple(runs)


def summary_result(connection: sa.Connection, material: Material) -> Result:
    """Compute the run of a summary again, as `verify` does."""
    asked = replace(material.question, method=material.method.key)
    found = answers(connection, asked)
    return Result(KIND, found.figures, found.inventory.lines)


def _judge(connection: sa.Connection, material: Material) -> Method:
    """Take the method itself where it has thresholds, else that of zero-carbon parks."""
    rules = material.method.park
    if rules and any(rule.limits for rule in rules.indicators):
        return material.method
    return read_method(connection, PARK_METHOD, material.as_of)


def _judged(material: Material, method: Method) -> IntensityResult:
    """Compute the intensity, and show of its comparisons those with the nearest averages."""
    rows = tuple(factor for factor in material.all_factors if factor.purpose == "benchmark")
    made = compute_intensity(material.books, method, material.factors, rows)
    of = {row.key: one for row, one in zip(rows, made.comparisons, strict=True)}
    year = int(material.books.months[-1][:4])
    shown = tuple(of[factor.key] for factor in nearest(material.all_factors, year))
    return replace(made, comparisons=shown)


def _products(
    connection: sa.Connection, material: Material
) -> tuple[Products | None, tuple[Remark, ...]]:
    try:
        method = read_method(connection, PRODUCT_METHOD, material.as_of)
        given = product_input(material.books, method, material.factors)
        made = compute_footprint(given.books, given.direct, given.upstream)
    except Refusal as refusal:
        # A summary without footprints is still one; it says why there are none.
        remark = Remark(
            f"product footprints cannot be computed: {refusal.message}",
            f"无法计算产品碳足迹：{refusal.message}",
        )
        return None, (remark,)
    return Products(method, given, made), ()


def left_key(left: Unallocated) -> str:
    """Name a burden that found no product."""
    return f"unallocated:{left.account}" + (f":{left.commodity}" if left.commodity else "")


def quantity_key(product: ProductFootprint) -> str:
    """Name how much of a product left."""
    return f"product-quantity:{product.account}:{product.commodity}"


def per_kg_key(product: ProductFootprint) -> str:
    """Name a product's footprint by mass."""
    return f"product-per-kg:{product.account}:{product.commodity}"


def part_key(product: ProductFootprint, origin: str) -> str:
    """Name the part of a product's footprint that comes from one origin."""
    return f"product-part:{product.account}:{product.commodity}:{origin}"


def _of_product(one: ProductFootprint, books: Books, flows: tuple[str, ...], tree: Tree) -> None:
    """Add how much of a product left, and its footprint by mass where a unit is no kilogram."""
    ends = (one.account, one.commodity)
    left = [
        flow_key(flow)
        for flow in books.flows
        if (flow.source, flow.commodity) == ends and not books.inside(flow.target)
    ]
    tree.add(quantity_key(one), from_micro(one.quantity), one.unit, "Σ flows that left", left)
    mass = books.commodities[one.commodity].mass_kg
    if mass and one.unit != "kg":
        per_kg = (one.kg_co2e_per_unit / mass).quantize(NINE_DIGITS)
        tree.add(per_kg_key(one), per_kg, "kgCO2e/kg", f"per unit / {mass} kg", flows)


def _of_products(products: Products, months: tuple[str, ...], tree: Tree) -> None:
    below = Below(products.made.figures, products.given.direct)
    for one in (*products.made.products, *products.made.exported):
        flows = below.flows((f"product:{one.account}:{one.commodity}",))
        _of_product(one, products.given.books, flows, tree)
        for origin, amount in one.by_origin.items():
            unit = f"kgCO2e/{one.unit}"
            tree.add(part_key(one, origin), amount, unit, f"part of {origin}", flows)
    for left in products.made.unallocated:
        key = left_key(left)
        tree.add(key, from_micro(left.co2e_mg), "kg", f"burden without a product: {left.reason}",
                 below.flows((key,)))  # fmt: skip
    flowed = {flow_key(flow) for flow in products.given.books.flows}
    for bare in products.made.not_covered:
        ends = f"{bare.source_account}>{bare.account}"
        names = (f"flow:{bare.commodity}:{ends}:{month}" for month in months)
        tree.add(f"not-covered:{ends}:{bare.commodity}", from_micro(bare.quantity), bare.unit,
                 f"entered without a footprint: {bare.reason}",
                 [name for name in names if name in flowed])  # fmt: skip


def _of_comparisons(judged: IntensityResult, tree: Tree) -> None:
    """Add the comparisons; figures of the other method are resolved to the flows below them."""
    below = Below(judged.figures, judged.lines)
    for one in comparison_figures(judged.comparisons, lambda row: below.flows(row.inputs)):
        tree.put(one)


def _measured(connection: sa.Connection, material: Material, tree: Tree) -> Measured:
    months = material.books.months
    meters = tuple(
        (one, tree.add(
            f"meter:{one.meter}:{one.source}>{one.target}", from_micro(one.quantity), one.unit,
            "Σ entries of the meter",
            (f"flow:{one.commodity}:{one.source}>{one.target}:{month}" for month in months)))
        for one in meter_facts(connection, material)
    )  # fmt: skip
    guesses = tuple(
        (one, tree.add(f"estimate:{one.meter}:{one.start}", from_micro(one.quantity), one.unit,
                       one.method, one.flows))
        for one in estimates(connection, material)
    )  # fmt: skip
    changes = tuple(
        (one, _change(one, tree, number))
        for number, one in enumerate(corrections(connection, material), 1)
    )
    return Measured(meters, guesses, changes)


def _change(one: CorrectionFacts, tree: Tree, number: int) -> tuple[Figure, Figure, Figure]:
    name = f"correction:{number}:{one.meter or f'{one.source}>{one.target}'}:{one.first_day}"
    parts = (
        ("before", one.before, "Σ entries of these days, without it"),
        ("change", one.change, f"Σ adjusting entries: {one.reason}"),
        ("after", one.before + one.change, "before + change"),
    )
    flow = f"flow:{one.commodity}:{one.source}>{one.target}:{one.first_day[:7]}"
    before, change, after = (
        tree.add(f"{name}:{part}", from_micro(quantity), one.unit, formula, (flow,))
        for part, quantity, formula in parts
    )
    return before, change, after
