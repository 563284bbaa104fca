"""The solved system of footprints as plain records, to be checked without being solved.

A node is a pool (an account and what it hands on) or the process of an account. What passes through
it is what was put in (direct emissions of a process, upstream of what a pool took in) and what
other nodes hand on; it goes on to other nodes, to products, to a stock, or finds no product.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from carbonledger.calc.allocation import MASS
from carbonledger.calc.burdens import Upstream, burdens
from carbonledger.calc.model import Books, EmissionLine
from carbonledger.calc.pools import pools
from carbonledger.calc.system import build, solve

MG_PER_KG = 1e6


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the system; masses in kg CO2e, shares of 1.

    Attributes:
        account: the account.
        commodity: what the pool hands on; "" for the process of the account.
        put_in: what was put in here.
        through: what passes through, as it was solved.
        handed_on: what comes from other nodes: number of the node and the share it hands on here.
        sold: share that leaves the boundary.
        stays: share that a stock keeps, or 1 where the burden finds no product.
        quantity: millionths of the commodity that left the boundary, or, where none did, that the
            pool handed on.
    """

    account: str
    commodity: str
    put_in: float
    through: float
    handed_on: tuple[tuple[int, float], ...]
    sold: float
    stays: float
    quantity: int


def nodes(
    books: Books, direct: Sequence[EmissionLine], upstream: Sequence[Upstream]
) -> tuple[Node, ...]:
    """Solve the system of `footprint` again and return all its nodes.

    Args:
        books: flows of the period.
        direct: direct lines.
        upstream: upstream footprints.
    """
    laid_out = pools(books)
    put_in = burdens(books, laid_out, direct, upstream)
    system = build(laid_out, books, MASS)
    amounts = put_in.amounts.sum(axis=1) / MG_PER_KG
    through = solve(system, put_in.amounts).sum(axis=1) / MG_PER_KG
    count = len(laid_out.account)
    into = system.hands_on.tocsr()
    found = []
    for number in range(into.shape[0]):
        first, last = into.indptr[number], into.indptr[number + 1]
        pool = number < count
        account = laid_out.account[number] if pool else number - count
        sources = zip(
            into.indices[first:last].tolist(), into.data[first:last].tolist(), strict=True
        )
        found.append(
            Node(
                account=laid_out.accounts[account],
                commodity=laid_out.commodities[laid_out.commodity[number]] if pool else "",
                put_in=float(amounts[number]),
                through=float(through[number]),
                handed_on=tuple(sorted(sources)),
                sold=float(system.sold[number]) if pool else 0.0,
                stays=float(system.stored[number] if pool else system.unallocated[number - count]),
                quantity=int(laid_out.sold[number] or laid_out.intake[number]) if pool else 0,
            )
        )
    return tuple(found)
