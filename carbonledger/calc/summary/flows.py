"""The energy flows of a boundary from the outside to uses and losses, in gigajoules."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from carbonledger.calc.balance import FUELS
from carbonledger.calc.figures import Remark, rounded
from carbonledger.calc.model import Books, Figure, flow_key
from carbonledger.calc.sankey import BUS, CONVERSION, SALE, Sankey, sankey
from carbonledger.calc.summary.tree import Tree
from carbonledger.errors import FactorNotFound
from carbonledger.factors.lookup import FactorBook, kilograms_per_unit
from carbonledger.factors.rules import Method
from carbonledger.units import ratio

UNIT = "GJ"
GJ_PER_KGCE = Fraction(293076, 10_000_000)
"""1 kgce = 29,307.6 kJ (GB/T 2589-2020, 3.8)."""
USE, LOSS, UNEXPLAINED = "use", "loss", "unexplained"
ENDS = (USE, LOSS, UNEXPLAINED)
PLACES = 12


@dataclass(frozen=True, slots=True)
class PlaceOf:
    """A place of the diagram: its key, the account it stands for ("" for an end), its kind."""

    key: str
    account: str
    kind: str


@dataclass(frozen=True, slots=True)
class FlowOf:
    """What of a carrier went from one place to another."""

    source: str
    target: str
    carrier: str
    amount: Figure


@dataclass(frozen=True, slots=True)
class FlowDiagram:
    """Places and flows in one unit; `remarks` say what could not be drawn."""

    unit: str
    places: tuple[PlaceOf, ...]
    flows: tuple[FlowOf, ...]
    remarks: tuple[Remark, ...]


def flow_diagram(books: Books, method: Method, book: FactorBook, tree: Tree) -> FlowDiagram:
    """Draw out where energy comes from, where it goes and where it ends.

    Electricity and heat count by what they are, fuels by their net calorific value (coefficient at
    equivalent value). What a place takes and does not give ends in use, in a converter as loss, at
    the bus of the boundary unexplained.
    """
    drawn = sankey(books, _coefficients(books, method, book), UNIT)
    ends = _ends(drawn)
    links = [(link.source, link.target, link.carrier, link.amount) for link in drawn.links] + ends
    keys = _keys(books)
    for place, end, carrier, _ in ends:
        # What is left at a place rests on all that is drawn to and from it.
        keys[place, end, carrier] += [
            f"energy-flow:{link.carrier}:{link.source}>{link.target}"
            for link in drawn.links
            if place in (link.source, link.target)
        ]
    flows = tuple(
        FlowOf(source, target, carrier, tree.add(
            f"energy-flow:{carrier}:{source}>{target}", amount, UNIT,
            "taken − given" if target in ENDS else "Σ flows × energy content, both ways set off",
            (*keys[source, target, carrier], *keys[target, source, carrier])))
        for source, target, carrier, amount in links
    )  # fmt: skip
    kinds = {BUS: "inside", CONVERSION: "inside", SALE: "outside"}
    places = [PlaceOf(n.key, n.account, kinds.get(n.column, _kind(n.key))) for n in drawn.nodes]
    reached = {end for _, end, _, _ in ends}
    places += [PlaceOf(end, "", "use" if end == USE else "loss") for end in ENDS if end in reached]
    return FlowDiagram(UNIT, tuple(places), flows, tuple(_remarks(drawn)))


def _keys(books: Books) -> Mapping[tuple[str, str, str], list[str]]:
    """List the flows between two places of the diagram, by carrier."""
    keys: Mapping[tuple[str, str, str], list[str]] = defaultdict(list)
    for flow in books.flows:
        source, target = _place(books, flow.source, "from:"), _place(books, flow.target, "to:")
        keys[source, target, flow.commodity].append(flow_key(flow))
    return keys


def _place(books: Books, account: str, side: str) -> str:
    if not books.inside(account):
        return side + account
    return "/".join(account.split("/")[: books.boundary.count("/") + 2])


def _kind(key: str) -> str:
    return "outside" if key.startswith("from:") else "inside"


def _coefficients(books: Books, method: Method, book: FactorBook) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for code in {flow.commodity for flow in books.flows}:
        commodity = books.commodities[code]
        if commodity.kind in ("electricity", "heat"):
            found[code] = rounded(ratio(commodity.unit, UNIT), PLACES)
        elif commodity.kind in FUELS and (coal := _coal(books, method, book, code)):
            found[code] = rounded(coal * GJ_PER_KGCE, PLACES)
    return found


def _coal(books: Books, method: Method, book: FactorBook, code: str) -> Fraction | None:
    """Return kgce of one unit at equivalent value; None when no coefficient is published."""
    if method.energy is None:
        return None
    search = method.searches[method.energy.conversion]
    region = books.accounts[books.boundary].region
    query = book.query(search, code, region, books.months[0])
    try:
        factor = book.find(replace(query, bases=("equivalent",))).factor
    except FactorNotFound:
        # The diagram then says that this carrier is not drawn.
        return None
    return kilograms_per_unit(factor, books.commodities[code].unit)


def _ends(drawn: Sankey) -> list[tuple[str, str, str, Decimal]]:
    """Let what each place takes and does not give end somewhere, by carrier."""
    net: Mapping[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for link in drawn.links:
        net[link.target][link.carrier] += link.amount
        net[link.source][link.carrier] -= link.amount
    ends = []
    for node in drawn.nodes:
        if ":" in node.key:
            continue
        kept = {carrier: amount for carrier, amount in net[node.key].items() if amount > 0}
        made = -sum((amount for amount in net[node.key].values() if amount < 0), Decimal(0))
        rest = sum(kept.values(), Decimal(0)) - made
        end = UNEXPLAINED if node.column == BUS else LOSS if made else USE
        if made and kept and rest > 0:
            # A converter: which carrier was lost cannot be told, so the largest stands for all.
            largest = max(kept, key=lambda carrier: (kept[carrier], carrier))
            ends.append((node.key, end, largest, rest))
        elif not made:
            ends += [(node.key, end, carrier, amount) for carrier, amount in sorted(kept.items())]
    return ends


def _remarks(drawn: Sankey) -> list[Remark]:
    if not drawn.left_out:
        return []
    names = ", ".join(drawn.left_out)
    return [
        Remark(
            f"not in the flow diagram, for lack of a calorific value: {names}",
            f"因缺少热值，能源流向图未包含：{names}",
        )
    ]
