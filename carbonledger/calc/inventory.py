"""The greenhouse gas inventory of a boundary: scopes 1, 2 (location- and market-based) and 3.

Pure function of books, method and factors. Lines are per account and month, so that the months of
a year and the members of a park add up to the last digit; only the cover by certificates, which
is matched over the period as a whole, is not a sum of months.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import groupby

from carbonledger.calc.balance import CARRIERS, throughputs
from carbonledger.calc.consolidation import (
    consolidated,
    consolidated_books,
    left_out_figures,
    share_figures,
    share_remarks,
)
from carbonledger.calc.direct import direct_emissions, direct_remarks
from carbonledger.calc.figures import Remark, line_answer, tonnes, total_figure
from carbonledger.calc.lookups import Lookups
from carbonledger.calc.model import Books, EmissionLine, Figure
from carbonledger.calc.purchases import MAKERS, SUPPLIER, from_members
from carbonledger.calc.reported import evidence
from carbonledger.calc.scope2 import Purchased, purchased, rules_of
from carbonledger.calc.scope3 import (
    SCOPE,
    Category,
    categories,
    category_answer,
    not_assessed,
    scope_3,
)
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.rules import Method
from carbonledger.units import from_micro

SCOPES = {
    "1": ("scope-1", "Σ lines of scope 1"),
    "2_location": ("scope-2-location", "Σ lines of scope 2, location-based"),
    "2_market": ("scope-2-market", "Σ lines of scope 2, market-based"),
    "3": ("scope-3", "Σ lines of scope 3"),
}
BIOGENIC = "biogenic"
NOTHING_POSTED = "nothing is posted for"


@dataclass(frozen=True, slots=True)
class InventoryResult:
    """An inventory.

    Attributes:
        lines: all emission lines; numbered from 1 in this order.
        scopes: tonnes CO2e (CO2 where the method counts nothing else) by scope: `1`,
            `2_location`, `2_market`, `3`; what has no lines is zero, see `unassessed`.
        biogenic_t: tonnes of biogenic CO2, in no scope.
        figures: the tree behind the sums.
        remarks: what must be said with it.
        bought: what the boundary bought, for other calculations.
        approach: how it is consolidated; "" where nobody asked.
        whole: scopes with every account counted as a whole, where that is another figure.
        scope_3: the fifteen categories; empty where the method has no scope 3.
        unassessed: why scope 3 has no figure; None where a category of it was calculated.
    """

    lines: tuple[EmissionLine, ...]
    scopes: dict[str, Decimal]
    biogenic_t: Decimal
    figures: tuple[Figure, ...]
    remarks: tuple[Remark, ...]
    bought: Purchased
    approach: str = ""
    whole: Mapping[str, Decimal] = field(default_factory=dict)
    scope_3: tuple[Category, ...] = ()
    unassessed: Remark | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """The remarks in English."""
        return tuple(remark.en for remark in self.remarks)

    @property
    def warnings_zh(self) -> tuple[str, ...]:
        """The remarks in Chinese."""
        return tuple(remark.zh for remark in self.remarks)


def inventory(books: Books, method: Method, book: FactorBook) -> InventoryResult:
    """Make the inventory of a boundary over the months of its books.

    Args:
        books: flows of the whole site; the boundary may be the site or a part of it.
        method: the rules.
        book: the factors.

    Raises:
        FactorNotFound: factors are missing; all of them are listed.
        FactorRefused: factors are ambiguous.
        CalculationRefused: the method has no rules for an inventory, accounts feed only each
            other, or certificates are of a technology that the method does not know.
    """
    lookups = Lookups(method, book)
    scope_1, _ = rules_of(method)
    direct = direct_emissions(books, lookups, scope_1)
    bought = purchased(books, lookups)
    chain = scope_3(books, lookups, bought)
    lookups.refuse_misses()
    every = (*direct, *bought.lines, *chain.lines)
    lines = tuple(sorted(consolidated(books, every), key=_order))
    unassessed = not_assessed(method, lines)
    scopes: dict[str, Decimal] = {}
    figures: list[Figure] = []
    for scope, (key, formula) in SCOPES.items():
        sum_mg, figure = total_figure(key, lines, scope, formula)
        scopes[scope] = tonnes(sum_mg)
        if scope == SCOPE and unassessed:
            figure = replace(figure, value=None, reason=unassessed.en)
        figures.append(figure)
    biogenic, figure = total_figure(BIOGENIC, lines, BIOGENIC, "Σ biogenic CO2, in no scope")
    remarks = (
        *direct_remarks(books, lookups, scope_1, direct),
        *lookups.notes.values(),
        *_remarks(books, bought),
        *evidence(method, lines),
    )
    whole = _whole(books, method, book)
    if whole is not None:
        before = {**_stated(whole), BIOGENIC: whole.biogenic_t}
        after = {**scopes, BIOGENIC: tonnes(biogenic)}
        keys = {scope: key for scope, (key, _) in SCOPES.items()} | {BIOGENIC: BIOGENIC}
        figures += [*share_figures(books), *left_out_figures(books, before, after, keys)]
    return InventoryResult(
        lines=lines,
        scopes=scopes,
        biogenic_t=tonnes(biogenic),
        figures=(*figures, figure, *bought.figures, *lookups.figures.values()),
        remarks=remarks,
        bought=bought,
        approach=books.approach,
        whole=_stated(whole) if whole else {},
        scope_3=categories(method.scope_3, chain, lines),
        unassessed=unassessed,
    )


def _whole(books: Books, method: Method, book: FactorBook) -> InventoryResult | None:
    """Make the inventory of everything within the boundary; None where it is the same."""
    if not books.shares:
        return None
    return inventory(consolidated_books(books, ""), method, book)


def _stated(made: InventoryResult) -> dict[str, Decimal]:
    """Return the scopes that have a figure."""
    return {scope: t for scope, t in made.scopes.items() if scope != SCOPE or not made.unassessed}


def inventory_answer(result: InventoryResult) -> dict[str, object]:
    """Write an inventory as programs read it: tonnes, and lines as the view shows them.

    Scope 3 is None where it was not assessed.
    """
    return {
        "scopes": {**dict.fromkeys(result.scopes), **_stated(result)},
        "biogenic_t": result.biogenic_t,
        "consolidation": result.approach,
        "left_out": {scope: t - result.scopes[scope] for scope, t in result.whole.items()},
        "scope_3": list(category_answer(result.scope_3)),
        "lines": [line_answer(number, line) for number, line in enumerate(result.lines, start=1)],
        "warnings": list(result.warnings),
        "warnings_zh": list(result.warnings_zh),
    }


def _order(line: EmissionLine) -> tuple[str, ...]:
    return (
        line.scope, line.account, line.category, line.commodity, line.month, line.gas, line.basis,
        line.factor,
    )  # fmt: skip


def _remarks(books: Books, bought: Purchased) -> Iterator[Remark]:
    yield from _surplus(bought)
    yield from _unknown_suppliers(bought)
    yield from _unexplained(books)
    yield from share_remarks(books)
    yield from _bought_of_members(books, bought)
    yield from _nothing(books)


def _nothing(books: Books) -> Iterator[Remark]:
    """Name the months in which nothing is posted: their zeros are no emissions of zero."""
    touched = {
        flow.month for flow in books.flows if books.inside(flow.source) or books.inside(flow.target)
    }
    runs = (tuple(run) for empty, run in groupby(books.months, lambda one: one not in touched)
            if empty)  # fmt: skip
    parts = [run[0] if len(run) == 1 else f"{run[0]}..{run[-1]}" for run in runs]
    if parts:
        yield Remark(
            f"{NOTHING_POSTED} {books.boundary} in {', '.join(parts)}: the figures are without it",
            f"{books.boundary} 在 {'、'.join(parts)} 没有任何分录：所列数值不含这些月份",
        )


def _surplus(bought: Purchased) -> Iterator[Remark]:
    left = sum(bought.certificates.held.values()) - sum(bought.covered.values())
    if left:
        kwh = from_micro(left)
        yield Remark(
            f"certificates of {kwh} kWh exceed the electricity bought in the period: not claimed",
            f"绿证超出本期外购电量 {kwh} kWh：未计入",
        )


def _unknown_suppliers(bought: Purchased) -> Iterator[Remark]:
    known = {line.factor.removeprefix("supplier:") for line in bought.lines}
    unknown = {one.origin for one in bought.purchases if one.kind == SUPPLIER} - known
    for supplier in sorted(unknown):
        yield Remark(
            f"no emissions of {supplier} can be told per unit of energy: the default counts",
            f"无法得出 {supplier} 单位供能的排放：采用缺省因子",
        )


def _bought_of_members(books: Books, bought: Purchased) -> Iterator[Remark]:
    for (buyer, maker, commodity), quantity in from_members(books, bought.purchases).items():
        amount, unit = from_micro(quantity), books.commodities[commodity].unit
        yield Remark(
            f"{buyer} bought {amount} {unit} of {commodity} from {maker}, which is consolidated at "
            "a lower share: counted as purchased energy",
            f"{buyer} 自 {maker} 购入 {commodity} {amount} {unit}，"
            "后者的合并比例较低：按外购能源计入",
        )


def _unexplained(books: Books) -> Iterator[Remark]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for cell, through in throughputs(books, CARRIERS).items():
        if through.net < 0 and books.accounts[cell.account].kind not in MAKERS:
            sums[cell.account, cell.commodity] -= through.net
    for (account, commodity), quantity in sorted(sums.items()):
        amount, unit = from_micro(quantity), books.commodities[commodity].unit
        yield Remark(
            f"{account} gave {amount} {unit} of {commodity} more than it took in: counted as "
            "made there; check for a missing inflow or differing meters",
            f"{account} 的 {commodity} 流出比流入多 {amount} {unit}：按其自产计算；"
            "请核对是否缺少流入或计量差异",
        )
