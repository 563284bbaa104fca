"""The linear system of burdens: what comes into every pool and process goes out again.

Unknown is the burden that passes through each node, in mg CO2e: first the pools, then one node
for the process of each account. A column of the matrix says where a node hands its burden on,
so its entries and what leaves the system add up to 1, and the sum of all that leaves is the sum of
all that was put in (ISO 14044:2006 4.3.4.1: what is allocated equals what was there before).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, eye_array
from scipy.sparse.csgraph import breadth_first_order
from scipy.sparse.linalg import splu

from carbonledger.calc.allocation import Allocation, shares
from carbonledger.calc.model import Books
from carbonledger.calc.pools import Flags, Ints, Pools
from carbonledger.errors import CalculationRefused

Floats = NDArray[np.float64]

TOLERANCE = 1e-9
"""Largest residual that is accepted, as a share of the burden put in."""
_NAMED = 4


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """Where every node hands its burden on.

    Attributes:
        hands_on: matrix of shares, from column to row, pools first, then one process an account.
        sold: for each pool, the share that leaves the boundary.
        stored: for each pool, the share that a stock keeps; negative when it gives more.
        unallocated: for each account, whether its burden finds no product.
    """

    hands_on: csr_array
    sold: Floats
    stored: Floats
    unallocated: Flags


def build(pools: Pools, books: Books, allocation: Allocation) -> System:
    """Set the system up from the pools and the keys of allocation.

    The burden of an account that produces nothing goes to the nearest account above it, within
    the boundary, that does, because it is a part of that account; else it is unallocated.

    Raises:
        CalculationRefused: an allocation key lacks what it weighs by, or some burden goes round
            without ever leaving.
    """
    count, size = len(pools.account), len(pools.account) + len(pools.accounts)
    home = _homes(pools)
    onward = np.flatnonzero(home >= 0)
    made, part = _produced(pools, books, allocation)
    used = np.flatnonzero(pools.used)
    parts = (
        (pools.source, pools.target, pools.moved / pools.intake[pools.source]),
        (used, count + pools.account[used], pools.used[used] / pools.intake[used]),
        (count + pools.account[made], made, part),
        (count + onward, count + home[onward], np.ones(len(onward))),
    )
    source, target, share = (np.concatenate(column) for column in zip(*parts, strict=True))
    some = share > 0
    producing = np.zeros(len(pools.accounts), dtype=np.bool_)
    producing[pools.account[made]] = True
    system = System(
        hands_on=csr_array((share[some], (target[some], source[some])), shape=(size, size)),
        sold=pools.sold / pools.intake,
        stored=pools.stored / pools.intake,
        unallocated=pools.inside & ~producing & (home < 0),
    )
    _refuse_traps(system, pools)
    return system


def solve(system: System, put_in: Floats) -> Floats:
    """Find the burden that passes through each node, for all columns of `put_in` at once.

    Sparse LU with one step of iterative refinement; the residual is checked afterwards.

    Raises:
        CalculationRefused: the system is singular or so badly conditioned that the residual
            exceeds `TOLERANCE`, or burdens grow in a loop through a stock.
    """
    if not put_in.size:
        return put_in
    matrix = csc_array(eye_array(len(put_in), format="csc") - system.hands_on)
    try:
        factors = splu(matrix)
    except RuntimeError as singular:
        raise CalculationRefused(
            "burdens of the period go round and cannot be told apart",
            hint="look for flows that return to where they came from, through a stock",
        ) from singular
    through = factors.solve(put_in)
    through += factors.solve(put_in - matrix @ through)
    scale = np.abs(put_in).sum(axis=0)
    if (np.abs(put_in - matrix @ through).max(axis=0, initial=0) > TOLERANCE * scale).any():
        raise CalculationRefused("the burdens of the period could not be solved for exactly enough")
    grown = (put_in >= 0).all(axis=0) & (through.min(axis=0, initial=0) < -TOLERANCE * scale)
    if grown.any():
        raise CalculationRefused(
            "burdens grow in a loop: a stock gives back more than it was given",
            hint="state the opening stock, or lengthen the period",
        )
    return through


def whole(exact: Floats, total: int) -> Ints:
    """Turn parts into integers that add up to the total (largest remainder, then by position).

    Parts that are zero stay zero.

    Raises:
        CalculationRefused: the parts miss the total by more than `TOLERANCE` and a milligram.
    """
    size = float(np.abs(exact).sum())
    missing = total - float(exact.sum())
    if abs(missing) > max(1.0, TOLERANCE * size) or (total and not size):
        raise CalculationRefused(f"burdens of {total} mg went in, {exact.sum():.0f} mg came out")
    if not size:
        return np.zeros(len(exact), dtype=np.int64)
    close = exact + missing * np.abs(exact) / size
    parts = np.floor(close).astype(np.int64)
    taking = np.flatnonzero(exact)
    ranked = taking[np.lexsort((taking, (parts - close)[taking]))]
    each, more = divmod(total - int(parts.sum()), len(ranked))
    parts[ranked] += each
    parts[ranked[:more]] += 1
    return parts


def upstream_of(system: System, nodes: Sequence[int]) -> list[Flags]:
    """Tell for each of the nodes which nodes have a way to it."""
    back = csr_array(system.hands_on)
    found = []
    for node in nodes:
        flags = np.zeros(back.shape[0], dtype=np.bool_)
        flags[breadth_first_order(back, node, return_predecessors=False)] = True
        found.append(flags)
    return found


def _produced(pools: Pools, books: Books, allocation: Allocation) -> tuple[Ints, Floats]:
    """Return the pools that an account's process feeds, and their shares of its burden."""
    made = np.flatnonzero(pools.made)
    part = np.ones(len(made))
    edges = np.flatnonzero(np.diff(pools.account[made], prepend=-1, append=-1))
    # Pools are sorted by account, so what an account produces stands together.
    for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if last - first > 1:
            some = made[first:last]
            account = pools.accounts[pools.account[some[0]]]
            produced = [
                (books.commodities[pools.commodities[pools.commodity[i]]], int(pools.made[i]))
                for i in some
            ]
            part[first:last] = [float(share) for share in shares(allocation, account, produced)]
    return made, part


def _homes(pools: Pools) -> Ints:
    """Find for each account without production the nearest one above it with some; else -1."""
    producing = set(pools.account[pools.made > 0].tolist())
    index = {code: i for i, code in enumerate(pools.accounts)}
    home = np.full(len(pools.accounts), -1, dtype=np.int64)
    for i, code in enumerate(pools.accounts):
        above = code
        while i not in producing and "/" in above and home[i] < 0:
            above = above.rpartition("/")[0]
            at = index.get(above, -1)
            if at in producing and pools.inside[at]:
                home[i] = at
    return home


def _refuse_traps(system: System, pools: Pools) -> None:
    """Refuse burdens that can reach no product, no stock and no unallocated account."""
    count, size = len(pools.account), system.hands_on.shape[0]
    leaving = np.zeros(size, dtype=np.bool_)
    leaving[:count] = (system.sold > 0) | (system.stored > 0)
    leaving[count:] = system.unallocated | ~pools.inside
    leaks = np.flatnonzero(leaving)
    entries = system.hands_on.tocoo()
    row = np.concatenate([entries.row, np.full(len(leaks), size)])
    col = np.concatenate([entries.col, leaks])
    back = csr_array((np.ones(len(row)), (row, col)), shape=(size + 1, size + 1))
    trapped = np.ones(size + 1, dtype=np.bool_)
    trapped[breadth_first_order(back, size, return_predecessors=False)] = False
    if not trapped.any():
        return
    nodes = np.flatnonzero(trapped)
    owner = np.concatenate([pools.account, np.arange(len(pools.accounts))])
    names = sorted({pools.accounts[i] for i in owner[nodes].tolist()})
    what = sorted({pools.commodities[i] for i in pools.commodity[nodes[nodes < count]].tolist()})
    raise CalculationRefused(
        f"{', '.join(what[:_NAMED])} goes round between {', '.join(names[:_NAMED])} "
        f"and never leaves, so its footprint cannot be known",
        hint="record what leaves this loop (products, energy sold), or the stock it goes to",
    )
