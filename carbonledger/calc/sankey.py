"""The energy flows of a boundary as nodes and links of a Sankey diagram: data, no drawing."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from carbonledger.calc.model import MICRO, Books, Commodity

CONVERTERS = frozenset({"boiler", "chp", "generator"})
ENERGY_KINDS = frozenset({"electricity", "heat", "fuel", "biofuel"})
GIVES, TAKES = "from:", "to:"
SUPPLY, CONVERSION, BUS, MEMBER, SALE = range(5)


@dataclass(frozen=True, slots=True)
class SankeyNode:
    """A group of accounts.

    Attributes:
        key: what links refer to: `from:grid` and `to:grid` for an outside account that gives or
            takes, the code of the account for a group inside.
        account: code of the account that stands for the group.
        column: place from left to right: 0 outside accounts that give, 1 boilers, CHP and
            generators, 2 the boundary account (its bus), 3 members, 4 outside accounts that take.
        name: display names of the account by language.
        taken: sum of the links that reach it.
        given: sum of the links that leave it; taken less given was consumed in it or lost.
    """

    key: str
    account: str
    column: int
    name: Mapping[str, str] = field(hash=False)
    taken: Decimal
    given: Decimal


@dataclass(frozen=True, slots=True)
class SankeyLink:
    """What of one carrier went from one group to another.

    Attributes:
        source: key of the node it leaves.
        target: key of the node it reaches.
        carrier: code of the commodity, or its kind.
        amount: in the unit of the diagram, above zero, exact.
    """

    source: str
    target: str
    carrier: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Sankey:
    """A diagram of flows.

    Attributes:
        unit: unit of all amounts.
        nodes: ascending by column, then key.
        links: ascending by source, target and carrier.
        left_out: energy carriers that flowed but have no coefficient; not drawn.
    """

    unit: str
    nodes: tuple[SankeyNode, ...]
    links: tuple[SankeyLink, ...]
    left_out: tuple[str, ...]


def sankey(
    books: Books, coefficients: Mapping[str, Decimal], unit: str = "GJ", *, by_kind: bool = False
) -> Sankey:
    """Merge the flows of all months into links between groups of accounts.

    A group inside is the boundary account itself or one of its direct children with all that lies
    below it; what stays in a group is not drawn. Between two groups inside only the difference of
    both directions is drawn. Electricity and heat from or to the environment are not: what the sun
    gives starts at the generator.

    Args:
        books: flows of the period.
        coefficients: amount in `unit` of one canonical unit, by commodity; others are left out.
        unit: unit of the amounts, `GJ`, `kgce` …
        by_kind: merge carriers by kind of commodity (electricity, heat, fuel …).
    """
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    left_out: set[str] = set()
    for flow in books.flows:
        commodity = books.commodities[flow.commodity]
        source, target = _key(books, flow.source, GIVES), _key(books, flow.target, TAKES)
        if source == target or _is_beyond(books, flow.source, flow.target, commodity):
            continue
        if flow.commodity not in coefficients:
            left_out |= {flow.commodity} if commodity.kind in ENERGY_KINDS else set()
            continue
        carrier = commodity.kind if by_kind else commodity.code
        amount = flow.quantity * coefficients[flow.commodity] / MICRO
        sums[source, target, carrier] += amount
    links = _net(sums)
    return Sankey(unit, _nodes(books, links), links, tuple(sorted(left_out)))


def _key(books: Books, account: str, side: str) -> str:
    """Name the group of an account: its place directly below the boundary, or its side outside."""
    if not books.inside(account):
        return side + account
    below = account[len(books.boundary) :].split("/")
    return "/".join([books.boundary, *below[1:2]])


def _is_beyond(books: Books, source: str, target: str, commodity: Commodity) -> bool:
    kinds = {books.accounts[source].kind, books.accounts[target].kind}
    outside = not (books.inside(source) or books.inside(target))
    return outside or (commodity.kind in {"electricity", "heat"} and "environment" in kinds)


def _net(sums: Mapping[tuple[str, str, str], Decimal]) -> tuple[SankeyLink, ...]:
    """Turn negative sums round and draw one link between two groups inside."""
    net: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for (source, target, carrier), amount in sums.items():
        if amount < 0:
            net[_turned(target), _turned(source), carrier] -= amount
        else:
            net[source, target, carrier] += amount
    links = [
        SankeyLink(source, target, carrier, amount - net.get((target, source, carrier), 0))
        for (source, target, carrier), amount in sorted(net.items())
    ]
    return tuple(link for link in links if link.amount > 0)


def _turned(key: str) -> str:
    """Name the other side of an outside account; a group inside has one side."""
    if key.startswith(GIVES):
        return TAKES + key.removeprefix(GIVES)
    return GIVES + key.removeprefix(TAKES) if key.startswith(TAKES) else key


def _nodes(books: Books, links: tuple[SankeyLink, ...]) -> tuple[SankeyNode, ...]:
    taken: dict[str, Decimal] = defaultdict(Decimal)
    given: dict[str, Decimal] = defaultdict(Decimal)
    for link in links:
        given[link.source] += link.amount
        taken[link.target] += link.amount
    nodes = []
    for key in {*taken, *given}:
        account = books.accounts[key.removeprefix(GIVES).removeprefix(TAKES)]
        column = _column(books, key)
        nodes.append(SankeyNode(key, account.code, column, account.name, taken[key], given[key]))
    return tuple(sorted(nodes, key=lambda node: (node.column, node.key)))


def _column(books: Books, key: str) -> int:
    if key.startswith(GIVES):
        return SUPPLY
    if key.startswith(TAKES):
        return SALE
    if key == books.boundary:
        return BUS
    return CONVERSION if books.accounts[key].kind in CONVERTERS else MEMBER
