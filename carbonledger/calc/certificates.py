"""Green certificates: what they cover, and which own generation they take away.

One certificate stands for 1,000 kWh (国能发新能规〔2024〕67号). Certificates of the months of a
period cover electricity bought in that period, each once (annual matching). Certificates that a
site sells of its own generation take the green attribute away from it: first from what it
exported, then from what it consumed itself, which counts as residual mix from then on.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from carbonledger.calc.apportion import apportion
from carbonledger.calc.balance import throughputs
from carbonledger.calc.model import Books, flow_key, within
from carbonledger.calc.supply import Supply, site_books
from carbonledger.errors import CalculationRefused
from carbonledger.units import ratio

KIND = "certificate"
PREFIX = "gec_"
Key = tuple[str, str, str]
"""Account, commodity and month."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """The certificates of a boundary and period, in millionths of a kWh.

    Attributes:
        held: certificates that may be claimed for bought electricity, by the account that holds
            them.
        sold_own: certificates of own generation that were sold, by technology.
        inputs: keys of the flows.
    """

    held: dict[str, int]
    sold_own: dict[str, int]
    inputs: tuple[str, ...]


def certificates(books: Books, renewable: tuple[str, ...]) -> Certificates:
    """Read the certificates that crossed the boundary or were issued within it.

    An account that gives more certificates than it takes in issues them: they belong to own
    generation. Of what was sold, as much as was issued is own; the rest was bought before.
    Certificates issued and kept cover nothing beyond the generation they belong to.

    Args:
        books: flows of the period; the month of a certificate is its month of generation.
        renewable: technologies whose certificates count.

    Raises:
        CalculationRefused: certificates of a technology that the method does not know.
    """
    held: dict[str, int] = defaultdict(int)
    sold_own: dict[str, int] = {}
    for commodity in sorted(
        {f.commodity for f in books.flows if _is_certificate(books, f.commodity)}
    ):
        technology = commodity.removeprefix(PREFIX)
        if technology not in renewable:
            raise CalculationRefused(
                f"certificates {commodity}: {technology} is no renewable technology of the method",
                hint=f"name the commodity {PREFIX} and one of {', '.join(renewable)}",
            )
        micro_kwh = ratio(books.commodities[commodity].unit, "kWh")
        net = _net(books, commodity)
        issued = -sum(quantity for quantity in net.values() if quantity < 0)
        own = min(issued, _sold(books, commodity))
        keeps = {code: quantity for code, quantity in net.items() if quantity > 0}
        claimable = sum(keeps.values()) - (issued - own)
        sold_own[technology] = int(own * micro_kwh)
        for code, part in apportion(int(claimable * micro_kwh), keeps).items():
            held[code] += part
    keys = tuple(flow_key(f) for f in books.flows if _is_certificate(books, f.commodity))
    return Certificates(
        held={code: part for code, part in sorted(held.items()) if part},
        sold_own={code: part for code, part in sold_own.items() if part},
        inputs=keys,
    )


def _is_certificate(books: Books, commodity: str) -> bool:
    return books.commodities[commodity].kind == KIND


def _net(books: Books, commodity: str) -> dict[str, int]:
    net: dict[str, int] = defaultdict(int)
    for cell, through in throughputs(books, (KIND,)).items():
        if cell.commodity == commodity:
            net[cell.account] += through.net
    return net


def _sold(books: Books, commodity: str) -> int:
    return sum(
        flow.quantity
        for flow in books.flows
        if flow.commodity == commodity
        and books.inside(flow.source)
        and not books.inside(flow.target)
    )


def cover(books: Books, held: Mapping[str, int], bought: Mapping[Key, int]) -> dict[Key, int]:
    """Share certificates out over bought electricity.

    A certificate covers what its holder and the accounts below it bought; what they do not need
    goes to the account above, up to the boundary. Parts are shared by largest remainder over
    accounts and months.

    Args:
        books: for the boundary.
        held: certificates by holder, millionths of a kWh.
        bought: electricity by account, commodity and month, millionths of a kWh.

    Returns:
        What is covered, by account and month; the sum is what was claimed, and what is left of
        `held` is a surplus that covers nothing.
    """
    waiting = defaultdict(int, held)
    covered: dict[Key, int] = defaultdict(int)
    open_ = dict(bought)
    while waiting:
        holder = max(waiting, key=lambda code: (code.count("/"), code))
        available = waiting.pop(holder)
        below = {key: left for key, left in open_.items() if left and within(key[0], holder)}
        taken = min(available, sum(below.values()))
        for key, part in apportion(taken, below).items():
            covered[key] += part
            open_[key] -= part
        if available > taken and holder != books.boundary:
            waiting[holder.rpartition("/")[0]] += available - taken
    return {key: part for key, part in sorted(covered.items()) if part}


def without_attributes(
    books: Books, supplied: tuple[Supply, ...], renewable: tuple[str, ...]
) -> dict[Supply, int]:
    """Find the own consumption of the site whose green attribute was sold.

    Certificates sold of own generation belong to exported generation first; the excess is shared
    over the site's own consumption of the technology by largest remainder.

    Args:
        books: flows of the site.
        supplied: supplies of electricity of the whole site.
        renewable: technologies of renewable energy.

    Returns:
        For each supply concerned, the part that lost its attribute, in millionths of a kWh.
    """
    site = site_books(books)
    sold = certificates(site, renewable).sold_own
    lost: dict[Supply, int] = {}
    for technology, quantity in sold.items():
        makers = {
            code for code, what in site.accounts.items()
            if not what.outside and what.technology == technology
        }  # fmt: skip
        own = {one: one.quantity for one in supplied if one.origin in makers}
        exported = max(_made(site, makers) - sum(own.values()), 0)
        excess = min(max(quantity - exported, 0), sum(own.values()))
        ordered = {(one.account, one.month, one.origin): one for one in own}
        parts = apportion(excess, {key: one.quantity for key, one in ordered.items()})
        lost.update({ordered[key]: part for key, part in parts.items() if part})
    return lost


def _made(site: Books, makers: set[str]) -> int:
    return -sum(
        through.net
        for cell, through in throughputs(site, ("electricity",)).items()
        if cell.account in makers and through.net < 0
    )
