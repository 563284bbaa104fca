"""Where what came over the boundary was consumed, and where what an account passes on came from.

Method: proportional sharing (Bialek, "Tracing the flow of electricity", IEE Proc. Gener. Transm.
Distrib. 143 (1996) 313-320): what leaves an account has the mix of all that entered it. Sums are
integers in millionths, shares are exact fractions; nothing is rounded before the last step.
"""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from carbonledger.calc.exact import apportion, solve
from carbonledger.calc.model import Books
from carbonledger.errors import CalculationRefused

Quantities = dict[str, int]

# Ends of the auxiliary network of exports; no account has these codes.
_SOURCE, _SINK = "", "\0"


@dataclass(frozen=True, slots=True)
class Trace:
    """What became of the import of one commodity in one month, in millionths of its unit.

    Attributes:
        consumed: import that was consumed, by the inside account that consumed it.
        passed_on: import that left the boundary again, by the account that had bought it.
    """

    consumed: Quantities
    passed_on: Quantities


@dataclass(frozen=True, slots=True)
class _Balance:
    """The flows of one commodity seen from a boundary; all quantities above zero."""

    bought: Quantities
    sold: Quantities
    within: dict[tuple[str, str], int]
    made: Quantities
    used: Quantities

    def total(self) -> Quantities:
        """Sum what enters each account: bought, made there, handed on to it."""
        entering: Quantities = defaultdict(int)
        for part in (self.bought, self.made):
            for code, quantity in part.items():
                entering[code] += quantity
        for (_, target), quantity in self.within.items():
            entering[target] += quantity
        return entering


def crossing(books: Books, commodity: str, month: str) -> int:
    """Sum what enters the boundary, in millionths of the commodity's unit.

    A negative sum between two accounts is a flow the other way. Electricity and heat that come
    from the environment (the sun) are own generation, not an import.
    """
    return sum(_balance(books, commodity, month, books.inside).bought.values())


def exported(books: Books, commodity: str, month: str) -> int:
    """Sum what leaves the boundary, in millionths of the commodity's unit (see `crossing`)."""
    return sum(_balance(books, commodity, month, books.inside).sold.values())


def attribute(books: Books, commodity: str, month: str) -> dict[str, int]:
    """Attribute the month's import across the boundary to the inside accounts that consumed it.

    The parts are whole millionths and add up to `crossing` exactly; accounts without a part are
    left out; ascending by code. What was only passed through the boundary stays with the account
    that bought it (see `trace`).
    """
    traced = trace(books, commodity, month)
    parts = defaultdict(int, traced.consumed)
    for code, quantity in traced.passed_on.items():
        parts[code] += quantity
    return dict(sorted(parts.items()))


def trace(books: Books, commodity: str, month: str) -> Trace:
    """Follow the month's import across the boundary to where it was consumed or left again.

    An account consumes what enters less what leaves it; one that gives more than it takes makes
    the difference itself (a generator, a boiler, a CHP). Exports are taken out of own generation
    first, as far as the network joins the two; the rest of an export is import passed on. What
    remains is shared proportionally at every account, loops included.

    Raises:
        CalculationRefused: accounts feed only each other, so their mix cannot be known.
    """
    left = _without_own_exports(_balance(books, commodity, month, books.inside))
    total = left.total()
    mixed = solve(total, left.within, left.bought)
    consumed = {code: used * mixed[code] for code, used in left.used.items() if code in mixed}
    backwards = {(target, source): part for (source, target), part in left.within.items()}
    leaving = solve(total, backwards, left.sold)
    passed = {code: part * leaving[code] for code, part in left.bought.items() if code in leaving}
    sold_on = sum(left.sold.values())
    return Trace(
        consumed=_whole(sum(left.bought.values()) - sold_on, consumed),
        passed_on=_whole(sold_on, passed),
    )


def origin_mix(books: Books, commodity: str, month: str, account: str) -> dict[str, Fraction]:
    """Tell from which origins the account has what it consumes or passes on, as shares of 1.

    Origins are the outside accounts of the site (grid, suppliers) and every inside account that
    gives more than it takes (generators, boilers). All flows of the books count, on both sides of
    their boundary. Empty when nothing of the commodity reached or left the account in the month.

    Raises:
        CalculationRefused: the account is unknown, or it is part of a loop that nothing enters.
    """
    if account not in books.accounts:
        raise CalculationRefused(f"there is no account {account}")
    if books.accounts[account].outside:
        return {account: Fraction(1)}
    arcs = _arcs(books, commodity, month)
    seen = _balance(books, commodity, month, lambda code: not books.accounts[code].outside)
    total = seen.total()
    if not total.get(account):
        return {}
    backwards = {(target, source): part for (source, target), part in seen.within.items()}
    weight = solve(total, backwards, {account: 1})
    mix: dict[str, Fraction] = defaultdict(Fraction)
    for (source, target), quantity in arcs.items():
        if books.accounts[source].outside and target in weight:
            mix[source] += quantity * weight[target]
    for code, quantity in seen.made.items():
        mix[code] += quantity * weight.get(code, Fraction(0))
    return {code: share for code, share in sorted(mix.items()) if share}


def _whole(total: int, exact: dict[str, Fraction]) -> Quantities:
    codes = sorted(exact)
    parts = apportion(total, [exact[code] for code in codes])
    return {code: part for code, part in zip(codes, parts, strict=True) if part}


def _arcs(books: Books, commodity: str, month: str) -> dict[tuple[str, str], int]:
    """Sum the month's flows by pair of accounts, each in the direction it has on the whole."""
    energy = books.commodities[commodity].kind in {"electricity", "heat"}
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for flow in books.flows:
        if flow.commodity != commodity or flow.month != month:
            continue
        ends = (flow.source, flow.target)
        if energy and any(books.accounts[end].kind == "environment" for end in ends):
            continue
        sums[ends] += flow.quantity
    turned: dict[tuple[str, str], int] = defaultdict(int)
    for (source, target), quantity in sums.items():
        turned[(source, target) if quantity > 0 else (target, source)] += abs(quantity)
    return {ends: quantity for ends, quantity in sorted(turned.items()) if quantity}


def _balance(books: Books, commodity: str, month: str, inside: Callable[[str], bool]) -> _Balance:
    bought: Quantities = defaultdict(int)
    sold: Quantities = defaultdict(int)
    net: Quantities = defaultdict(int)
    within: dict[tuple[str, str], int] = {}
    for (source, target), quantity in _arcs(books, commodity, month).items():
        net[source] -= quantity
        net[target] += quantity
        if inside(source) and inside(target):
            within[source, target] = quantity
        elif inside(target):
            bought[target] += quantity
        elif inside(source):
            sold[source] += quantity
    return _Balance(
        bought=dict(bought),
        sold=dict(sold),
        within=within,
        made={code: -left for code, left in net.items() if left < 0 and inside(code)},
        used={code: left for code, left in net.items() if left > 0 and inside(code)},
    )


def _without_own_exports(balance: _Balance) -> _Balance:
    """Take as much own generation as can reach an export out of the network.

    It is a largest flow (Edmonds and Karp 1972) from generation to exports. Afterwards no own
    generation can reach an export that is left, so all that still leaves was imported.
    """
    if not balance.made or not balance.sold:
        return balance
    free: dict[str, Quantities] = defaultdict(dict)
    free[_SOURCE] = dict(sorted(balance.made.items()))
    for (source, target), quantity in balance.within.items():
        free[source][target] = quantity
    for code, quantity in balance.sold.items():
        free[code][_SINK] = quantity
    while path := _shortest_path(free):
        step = min(free[a][b] for a, b in path)
        for a, b in path:
            free[a][b] -= step
            free[b][a] = free[b].get(a, 0) + step
    within = {(a, b): min(part, free[a][b]) for (a, b), part in balance.within.items()}
    return _Balance(
        bought=balance.bought,
        sold={code: free[code][_SINK] for code in balance.sold if free[code][_SINK]},
        within={ends: part for ends, part in within.items() if part},
        made={code: free[_SOURCE][code] for code in balance.made if free[_SOURCE][code]},
        used=balance.used,
    )


def _shortest_path(free: dict[str, Quantities]) -> list[tuple[str, str]]:
    """Find the shortest way with room from own generation to an export; empty if there is none."""
    came_from = {_SOURCE: _SOURCE}
    queue = deque([_SOURCE])
    while queue and _SINK not in came_from:
        here = queue.popleft()
        for there, room in free[here].items():
            if room and there not in came_from:
                came_from[there] = here
                queue.append(there)
    path: list[tuple[str, str]] = []
    node = _SINK if _SINK in came_from else _SOURCE
    while node != _SOURCE:
        path.append((came_from[node], node))
        node = came_from[node]
    return path
