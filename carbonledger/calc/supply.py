"""Where the electricity and heat that an account consumed came from.

One trace over the whole site serves every boundary within it: a member reads its part of the
same table as the park does, so what members and the rest bought adds up to what the park bought,
to the last digit.
"""

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from carbonledger.calc.apportion import apportion
from carbonledger.calc.balance import of_nature, site_of
from carbonledger.calc.exact import solve
from carbonledger.calc.model import Books, Flow
from carbonledger.calc.trace import trace

Arcs = dict[tuple[str, str], int]


class Supply(NamedTuple):
    """Energy of one origin that an account consumed in a month.

    Attributes:
        account: inside account that consumed it, or bought it and passed it on.
        commodity: electricity, heat, steam.
        month: local month.
        origin: where it came from: an outside account, or an account of the site that made it.
        quantity: millionths of the commodity's unit, above zero.
        resold: it left the site again.
    """

    account: str
    commodity: str
    month: str
    origin: str
    quantity: int
    resold: bool = False


def site_books(books: Books) -> Books:
    """Look at the same flows from the boundary of the whole site."""
    return replace(books, boundary=site_of(books.boundary))


def supplies(books: Books, commodity: str) -> tuple[Supply, ...]:
    """Split what the accounts of the site consumed by where it came from.

    What came from beyond the site is shared by proportional tracing (`carbonledger.calc.trace`),
    the rest of an account's consumption was made within the site. Both are split over their
    origins by the account's mix, in whole millionths that add up.

    Args:
        books: flows of the whole site, whatever their boundary.
        commodity: an energy carrier.

    Returns:
        Supplies of all accounts of the site; filter by `books.inside(supply.account)`.
    """
    site = site_books(books)
    by_month: dict[str, list[Flow]] = defaultdict(list)
    for flow in site.flows:
        if flow.commodity == commodity:
            by_month[flow.month].append(flow)
    found: list[Supply] = []
    for month in books.months:
        found += _of_month(replace(site, flows=tuple(by_month[month])), commodity, month)
    return tuple(found)


def _of_month(site: Books, commodity: str, month: str) -> list[Supply]:
    traced = trace(site, commodity, month)
    network = _Network(site)
    found: list[Supply] = []
    for account in sorted({*network.used, *traced.passed_on}):
        bought = traced.consumed.get(account, 0)
        parts = (
            (bought, network.sources, False),
            (network.used.get(account, 0) - bought, network.makers, False),
            (traced.passed_on.get(account, 0), network.sources, True),
        )
        for quantity, origins, resold in parts:
            if quantity:
                found += [
                    Supply(account, commodity, month, origin, part, resold)
                    for origin, part in network.split(account, quantity, origins).items()
                ]
    return found


class _Network:
    """The flows of one carrier in one month over a site, all directions as they net out."""

    def __init__(self, site: Books) -> None:
        arcs = _arcs(site)
        inside = {code for code, account in site.accounts.items() if not account.outside}
        self._within = {ends: part for ends, part in arcs.items() if inside.issuperset(ends)}
        self._inlets: dict[str, dict[str, int]] = defaultdict(dict)
        net: dict[str, int] = defaultdict(int)
        for (source, target), quantity in arcs.items():
            net[source] -= quantity
            net[target] += quantity
            if target in inside and source not in inside:
                self._inlets[source][target] = quantity
        self.sources = tuple(sorted(self._inlets))
        self.makers = tuple(sorted(code for code in inside if net[code] < 0))
        self.used = {code: left for code, left in net.items() if left > 0 and code in inside}
        self._inlets.update({code: {code: -net[code]} for code in self.makers})
        self._shares: dict[str, dict[str, Fraction]] = {}

    def split(self, account: str, quantity: int, origins: tuple[str, ...]) -> dict[str, int]:
        """Share a quantity out over those of the origins that are in the mix of the account."""
        if len(origins) == 1:
            return {origins[0]: quantity}
        found = ((origin, self._share(origin).get(account)) for origin in origins)
        parts = apportion(quantity, {origin: share for origin, share in found if share})
        return {origin: part for origin, part in parts.items() if part}

    def _share(self, origin: str) -> dict[str, Fraction]:
        """Solve which share of what enters each account came from one origin."""
        if origin not in self._shares:
            total: dict[str, int] = defaultdict(int)
            for inlet in self._inlets.values():
                for code, quantity in inlet.items():
                    total[code] += quantity
            for (_, target), quantity in self._within.items():
                total[target] += quantity
            self._shares[origin] = solve(total, self._within, self._inlets[origin])
        return self._shares[origin]


def _arcs(site: Books) -> Arcs:
    sums: Arcs = defaultdict(int)
    for flow in site.flows:
        # Energy out of the environment is the generator's own generation.
        if not of_nature(site, flow):
            sums[flow.source, flow.target] += flow.quantity
    arcs: Arcs = defaultdict(int)
    for (source, target), quantity in sums.items():
        arcs[(source, target) if quantity > 0 else (target, source)] += abs(quantity)
    return {ends: quantity for ends, quantity in sorted(arcs.items()) if quantity}
