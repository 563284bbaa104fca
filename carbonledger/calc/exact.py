"""Exact arithmetic over networks: shares as fractions, whole units that add up to their total."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heappop, heappush

from carbonledger.errors import CalculationRefused

ONE = Fraction(1)
Arcs = Mapping[tuple[str, str], int]
Onward = dict[str, list[str]]
Sparse = dict[str, dict[str, Fraction]]


def apportion(total: int, weights: Sequence[Fraction | int]) -> list[int]:
    """Share out `total` in whole units by weight, so that the parts add up to it exactly.

    Largest remainder method (Hamilton): everyone gets the whole part of the exact share, and the
    units left over go to the largest fractions; equal fractions in the order given, so that the
    same input always gives the same parts.

    Args:
        total: whole units to share out, zero or more.
        weights: weights, none negative, not all zero unless `total` is zero.

    Raises:
        CalculationRefused: there is something to share out and nobody to take it.
    """
    whole = added(weights)
    if whole <= 0 or total < 0 or any(weight.numerator < 0 for weight in weights):
        if total == 0 and whole == 0:
            return [0] * len(weights)
        raise CalculationRefused(f"cannot share out {total} by weights that add up to {whole}")
    if total == whole:
        return settle(total, weights)
    scale = total / whole
    return settle(total, [scale * weight for weight in weights])


def added(parts: Iterable[Fraction | int]) -> Fraction:
    """Sum exactly; parts of one denominator, of which most sums consist, are added as such."""
    sums: dict[int, int] = {}
    for part in parts:
        sums[part.denominator] = sums.get(part.denominator, 0) + part.numerator
    return sum((Fraction(sums[below], below) for below in sums), Fraction(0))


def settle(total: int, exact: Sequence[Fraction | int]) -> list[int]:
    """Round parts of either sign to whole units so that they add up to the rounded total.

    Every part is rounded down, and the units left over go to the largest fractions; equal
    fractions in the order given.

    Args:
        total: the sum of the parts, rounded by the caller to a whole unit.
        exact: the parts.
    """
    parts = [share.numerator // share.denominator for share in exact]
    left = total - sum(parts)
    if not left:
        return parts
    broken = [i for i, share in enumerate(exact) if share.denominator != 1]
    for i in sorted(broken, key=lambda i: _remainder(exact[i]), reverse=True)[:left]:
        parts[i] += 1
    return parts


def _remainder(share: Fraction | int) -> tuple[float, Fraction]:
    """Order by what is left beyond the whole part: its nearest float decides most comparisons.

    A quotient of integers is rounded correctly, so that a larger one never has a smaller float.
    """
    over = share.numerator % share.denominator
    return over / share.denominator, Fraction(over, share.denominator)


@dataclass(frozen=True, slots=True)
class _Eliminated:
    """One unknown expressed by those eliminated after it."""

    node: str
    pivot: Fraction
    inlet: Fraction
    fed_by: dict[str, Fraction]


def solve(total: Mapping[str, int], arcs: Arcs, inlet: Mapping[str, int]) -> dict[str, Fraction]:
    """Solve `total[i] · x[i] = inlet[i] + Σ arcs[j, i] · x[j]` exactly, loops included.

    Unknowns that no inlet reaches are zero and left out of the answer. Where nothing flows in a
    circle, each follows from those before it. Else they are eliminated one by one, fewest
    neighbours first, which leaves a tree without fill-in; pivoting is not needed, because no
    unknown gives on more than it takes in.

    Args:
        total: what passes through each node.
        arcs: what goes from node to node.
        inlet: what enters from beyond.

    Raises:
        CalculationRefused: some nodes feed only each other, so their mix cannot be known.
    """
    onward = _onward(arcs)
    nodes = _reached(onward, inlet)
    order = _downstream(onward, nodes)
    if order is not None:
        return _in_order(order, total, arcs, inlet)
    feeds: Sparse = {node: {} for node in nodes}
    fed_by: Sparse = {node: {} for node in nodes}
    for (source, target), quantity in arcs.items():
        if source in nodes and quantity:
            feeds[source][target] = fed_by[target][source] = Fraction(quantity)
    pivots = {node: Fraction(total[node]) for node in nodes}
    inlets = {node: Fraction(inlet.get(node, 0)) for node in nodes}
    found: dict[str, Fraction] = {}
    for step in reversed(_eliminate(feeds, fed_by, pivots, inlets)):
        inflow = sum((part * found[node] for node, part in step.fed_by.items()), step.inlet)
        found[step.node] = inflow / step.pivot
    return found


def _onward(arcs: Arcs) -> Onward:
    """List where each node gives something on to."""
    onward: Onward = {}
    for (source, target), quantity in arcs.items():
        if quantity:
            onward.setdefault(source, []).append(target)
    return onward


def _downstream(onward: Onward, nodes: set[str]) -> list[str] | None:
    """Put nodes behind all that feed them (Kahn 1962); None where something flows in a circle."""
    waits = dict.fromkeys(nodes, 0)
    for source in nodes:
        for target in onward.get(source, ()):
            waits[target] += 1
    order = sorted(node for node, feeders in waits.items() if not feeders)
    for node in order:
        for target in onward.get(node, ()):
            waits[target] -= 1
            if not waits[target]:
                order.append(target)
    return order if len(order) == len(nodes) else None


def _in_order(
    order: Sequence[str], total: Mapping[str, int], arcs: Arcs, inlet: Mapping[str, int]
) -> dict[str, Fraction]:
    fed_by: dict[str, list[tuple[str, int]]] = {node: [] for node in order}
    for (source, target), quantity in arcs.items():
        if quantity and source in fed_by:
            fed_by[target].append((source, quantity))
    found: dict[str, Fraction] = {}
    for node in order:
        feeders = fed_by[node]
        if len(feeders) == 1 and feeders[0][1] == total[node] > 0 and not inlet.get(node):
            # All it has is from one other: a line behind its plant's meter.
            found[node] = found[feeders[0][0]]
            continue
        inflow = added((inlet.get(node, 0), *(n * found[source] for source, n in feeders)))
        found[node] = _share(inflow, total[node], node)
    return found


def _share(inflow: Fraction, total: int, node: str) -> Fraction:
    if total <= 0:
        raise _closed(node)
    return ONE if inflow == total else inflow / total


def _closed(node: str) -> CalculationRefused:
    return CalculationRefused(
        f"{node} is fed only by accounts that it feeds itself",
        hint="add the flow that enters this loop, or correct the flows of the loop",
    )


def _reached(onward: Onward, inlet: Mapping[str, int]) -> set[str]:
    reached = {node for node, quantity in inlet.items() if quantity}
    waiting = list(reached)
    while waiting:
        fresh = [node for node in onward.get(waiting.pop(), ()) if node not in reached]
        reached.update(fresh)
        waiting.extend(fresh)
    return reached


def _eliminate(
    feeds: Sparse, fed_by: Sparse, pivots: dict[str, Fraction], inlets: dict[str, Fraction]
) -> list[_Eliminated]:
    def degree(node: str) -> tuple[int, str]:
        return len(feeds[node]) * len(fed_by[node]), node

    queue = [degree(node) for node in feeds]
    heapify(queue)
    steps: list[_Eliminated] = []
    while queue:
        entry = heappop(queue)
        node = entry[1]
        # Degrees change while neighbours go; a stale entry has a fresh one behind it.
        if node not in feeds or entry != degree(node):
            continue
        if pivots[node] <= 0:
            raise _closed(node)
        touched = _take_out(node, feeds, fed_by, pivots, inlets)
        steps.append(_Eliminated(node, pivots[node], inlets[node], fed_by.pop(node)))
        del feeds[node]
        for neighbour in touched:
            heappush(queue, degree(neighbour))
    return steps


def _take_out(
    node: str,
    feeds: Sparse,
    fed_by: Sparse,
    pivots: dict[str, Fraction],
    inlets: dict[str, Fraction],
) -> set[str]:
    """Let what passes through `node` go straight from those before it to those behind it."""
    before, behind = fed_by[node], feeds[node]
    for target, quantity in behind.items():
        share = quantity / pivots[node]
        inlets[target] += inlets[node] * share
        for source, part in before.items():
            if source == target:
                pivots[target] -= part * share
                continue
            through = feeds[source].get(target, Fraction(0)) + part * share
            feeds[source][target] = fed_by[target][source] = through
    for source in before:
        del feeds[source][node]
    for target in behind:
        del fed_by[target][node]
    return set(before) | set(behind)
