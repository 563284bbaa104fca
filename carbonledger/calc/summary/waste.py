"""Waste by kind and treatment, and the utilisation rate of industrial solid waste."""

from collections import defaultdict
from dataclasses import dataclass

from carbonledger.calc.balance import STOCK, throughputs
from carbonledger.calc.figures import share
from carbonledger.calc.model import Books, Figure, flow_key
from carbonledger.calc.summary.tree import Tree
from carbonledger.factors.rules import ParkRules
from carbonledger.units import from_micro

UTILISED, NOT_UTILISED, LEFT_OUT = "utilised", "not_utilised", "left_out"


@dataclass(frozen=True, slots=True)
class WasteSum:
    """Waste of one kind that went to one recipient.

    Attributes:
        commodity: code.
        recipient: code of the outside account.
        counts: `utilised`, `not_utilised`, or `left_out` of the rate (hazardous waste).
        quantity: in the commodity's unit.
    """

    commodity: str
    recipient: str
    counts: str
    quantity: Figure


@dataclass(frozen=True, slots=True)
class WasteSums:
    """Waste of the period: rows, what was generated and utilised (kg), and their quotient."""

    rows: tuple[WasteSum, ...]
    generated: Figure
    utilised: Figure
    rate: Figure


def waste_sums(books: Books, rules: ParkRules, tree: Tree) -> WasteSums | None:
    """Sum the waste that left the boundary, by kind and recipient.

    Utilised over generated as in the indicator of 发改环资〔2025〕910号, annex 3: generated is what
    left for treatment plus what stocks gained; kinds that the method leaves out are shown apart.

    Returns:
        None when no waste was posted.
    """
    sums: dict[tuple[str, str], int] = defaultdict(int)
    keys: dict[tuple[str, str], list[str]] = defaultdict(list)
    for flow in books.flows:
        leaves = books.inside(flow.source) and not books.inside(flow.target)
        if leaves and books.commodities[flow.commodity].kind == "waste":
            sums[flow.commodity, flow.target] += flow.quantity
            keys[flow.commodity, flow.target].append(flow_key(flow))
    if not sums:
        return None
    rows = []
    for (commodity, recipient), quantity in sorted(sums.items()):
        unit = books.commodities[commodity].unit
        figure = tree.add(f"waste:{commodity}:{recipient}", from_micro(quantity), unit,
                          "Σ flows to the treatment", keys[commodity, recipient])  # fmt: skip
        rows.append(WasteSum(commodity, recipient, _counts(books, rules, commodity, recipient),
                             figure))  # fmt: skip
    return _sums(books, rules, tuple(rows), sums, tree)


def _counts(books: Books, rules: ParkRules, commodity: str, recipient: str) -> str:
    if commodity in rules.waste_excluded:
        return LEFT_OUT
    return UTILISED if books.accounts[recipient].treatment in rules.utilised else NOT_UTILISED


def _sums(
    books: Books,
    rules: ParkRules,
    rows: tuple[WasteSum, ...],
    sums: dict[tuple[str, str], int],
    tree: Tree,
) -> WasteSums:
    of = {(row.commodity, row.recipient): row for row in rows}
    used, all_ = (
        [key for key, row in of.items() if row.counts in kinds]
        for kinds in ((UTILISED,), (UTILISED, NOT_UTILISED))
    )
    stocked = max(_into_stock(books, rules), 0)
    utilised = sum(sums[key] for key in used)
    generated = sum(sums[key] for key in all_) + stocked
    figures = (
        tree.add("waste-generated", from_micro(generated), "kg",
                 f"Σ treated + put into stock ({from_micro(stocked)} kg)",
                 (of[key].quantity.key for key in all_)),
        tree.add("waste-utilised", from_micro(utilised), "kg", "Σ utilised",
                 (of[key].quantity.key for key in used)),
        tree.add("waste-rate", share(utilised, generated), "", "utilised / generated",
                 ("waste-utilised", "waste-generated")),
    )  # fmt: skip
    return WasteSums(rows, *figures)


def _into_stock(books: Books, rules: ParkRules) -> int:
    return sum(
        through.net
        for cell, through in throughputs(books, ("waste",)).items()
        if books.accounts[cell.account].kind == STOCK and cell.commodity not in rules.waste_excluded
    )
