"""What went into and out of every account: the sums that all calculations start from."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from carbonledger.calc.model import Books, Flow, flow_key

STOCK = "stock"
ENVIRONMENT = "environment"
CARRIERS = ("electricity", "heat")
FUELS = ("fuel", "biofuel")


class Cell(NamedTuple):
    """One commodity in one account and month."""

    account: str
    commodity: str
    month: str


@dataclass(frozen=True, slots=True)
class Throughput:
    """What passed through a cell, in millionths of the commodity's unit.

    Attributes:
        inflow: what came in.
        outflow: what went out.
        inputs: keys of the flows.
    """

    inflow: int
    outflow: int
    inputs: tuple[str, ...]

    @property
    def net(self) -> int:
        """Inflow less outflow: what was consumed, or stored; negative: made, or taken out."""
        return self.inflow - self.outflow


def throughputs(books: Books, kinds: Iterable[str]) -> dict[Cell, Throughput]:
    """Sum inflow and outflow of each inside account by commodity and month, in order.

    Energy that comes out of the environment (sunlight on a roof) is left out: what a generator
    gives is its own generation.

    Args:
        books: flows of the period.
        kinds: kinds of commodities to sum.
    """
    asked = set(kinds)
    wanted = {code for code, what in books.commodities.items() if what.kind in asked}
    inside = {code for code in books.accounts if books.inside(code)}
    sums: dict[Cell, list[int]] = defaultdict(lambda: [0, 0])
    keys: dict[Cell, list[str]] = defaultdict(list)
    for flow in books.flows:
        if flow.commodity not in wanted or of_nature(books, flow):
            continue
        key = flow_key(flow)
        for side, end in ((1, flow.source), (0, flow.target)):
            if end in inside:
                cell = Cell(end, flow.commodity, flow.month)
                sums[cell][side] += flow.quantity
                keys[cell].append(key)
    return {
        cell: Throughput(sums[cell][0], sums[cell][1], tuple(keys[cell])) for cell in sorted(sums)
    }


def of_nature(books: Books, flow: Flow) -> bool:
    """Tell whether a flow is energy out of, or into, the environment: sunlight, lost heat."""
    if books.commodities[flow.commodity].kind not in CARRIERS:
        return False
    accounts = books.accounts
    return ENVIRONMENT in (accounts[flow.source].kind, accounts[flow.target].kind)


def crossing_keys(books: Books, commodity: str, month: str) -> tuple[str, ...]:
    """Name the flows of a commodity and month with one end inside the boundary and one out."""
    return tuple(
        flow_key(flow)
        for flow in books.flows
        if flow.commodity == commodity
        and flow.month == month
        and books.inside(flow.source) != books.inside(flow.target)
        and not of_nature(books, flow)
    )


def supply_keys(books: Books, commodity: str, month: str) -> tuple[str, ...]:
    """Name the flows that tell where a carrier came from: over the boundary, or made within it.

    An account within the boundary that gave more than it took in the month has made the
    difference; all its flows of the carrier are named.
    """
    flows = [
        flow
        for flow in books.flows
        if (flow.commodity, flow.month) == (commodity, month) and not of_nature(books, flow)
    ]
    net: dict[str, int] = defaultdict(int)
    for flow in flows:
        net[flow.target] += flow.quantity
        net[flow.source] -= flow.quantity
    makers = {code for code, left in net.items() if left < 0 and books.inside(code)}
    return tuple(
        flow_key(flow)
        for flow in flows
        if books.inside(flow.source) != books.inside(flow.target)
        or makers & {flow.source, flow.target}
    )


def crossing_net(books: Books, wanted: Callable[[str], bool]) -> dict[tuple[str, str], int]:
    """Sum what crossed the boundary inwards less outwards, by commodity and month.

    Energy out of the environment is left out (see `throughputs`).

    Args:
        books: flows of the period.
        wanted: tells whether a commodity is to be summed.
    """
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for flow in books.flows:
        inward = books.inside(flow.target) - books.inside(flow.source)
        if inward and wanted(flow.commodity) and not of_nature(books, flow):
            sums[flow.commodity, flow.month] += inward * flow.quantity
    return dict(sorted(sums.items()))


def of_kind(books: Books, *kinds: str) -> tuple[str, ...]:
    """List the commodities of some kinds that flowed, ascending."""
    flowed = {flow.commodity for flow in books.flows}
    return tuple(sorted(code for code in flowed if books.commodities[code].kind in kinds))


def site_of(boundary: str) -> str:
    """Name the site that an inside account belongs to: the first part of its path."""
    return boundary.partition("/")[0]
