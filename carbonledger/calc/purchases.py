"""What the accounts within a boundary consumed of energy that was not made there."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from carbonledger.calc.apportion import apportion
from carbonledger.calc.balance import CARRIERS, of_kind, of_nature
from carbonledger.calc.certificates import without_attributes
from carbonledger.calc.model import Books
from carbonledger.calc.supply import Supply, supplies
from carbonledger.calc.trace import exported, origin_mix, trace
from carbonledger.units import round_half_even

BOUGHT, DIRECT, SUPPLIER, STRIPPED = "bought", "direct", "supplier", "stripped"
MAKERS = ("boiler", "chp", "generator", "stock")
"""Kinds of accounts that may give more energy than they take in."""


class Purchase(NamedTuple):
    """Energy of one kind that an account within the boundary consumed in a month.

    Attributes:
        account: the account that consumed it; where `resold`, that bought it.
        commodity: electricity, heat, steam.
        month: local month.
        kind: `bought`: from the grid or a supplier; `direct`: from a known source without fossil
            fuel, over a direct line or within the site; `supplier`: from a boiler, CHP or
            generator of the site beyond the boundary; `stripped`: own generation or direct supply
            whose green attribute was sold.
        origin: account it came from, for `supplier` and `direct`; else "".
        resold: it left the site again.
        quantity: millionths of the commodity's unit.
    """

    account: str
    commodity: str
    month: str
    kind: str
    origin: str
    resold: bool
    quantity: int


@dataclass(frozen=True, slots=True)
class Consumption:
    """What the accounts of a site consumed of electricity and heat, by where it came from.

    Attributes:
        supplied: supplies of all accounts of the site.
        stripped: of own generation, the part of a supply whose green attribute was sold.
    """

    supplied: tuple[Supply, ...]
    stripped: dict[Supply, int]


def consumption(books: Books, renewable: tuple[str, ...]) -> Consumption:
    """Trace every energy carrier through the site.

    Args:
        books: flows of the whole site.
        renewable: technologies of renewable energy.
    """
    supplied: list[Supply] = []
    stripped: dict[Supply, int] = {}
    for commodity in of_kind(books, *CARRIERS):
        found = supplies(books, commodity)
        supplied += found
        if books.commodities[commodity].kind == "electricity":
            stripped.update(without_attributes(books, found, renewable))
    return Consumption(tuple(supplied), stripped)


def purchases(
    books: Books, consumed: Consumption, non_fossil: tuple[str, ...]
) -> tuple[Purchase, ...]:
    """Sort what the accounts within the boundary consumed by what it was.

    Own generation without fossil fuel is no purchase; it becomes one (`stripped`) where its
    attribute was sold. What was made from fuel within the boundary is counted by the fuel.

    Args:
        books: flows of the whole site.
        consumed: what was consumed, of the same books.
        non_fossil: technologies without fossil fuel.
    """
    sums: dict[_Kept, int] = defaultdict(int)
    for one in consumed.supplied:
        if not books.inside(one.account) or (
            books.shares and not books.share(one.account, one.month)
        ):
            continue
        lost = consumed.stripped.get(one, 0)
        if lost:
            sums[_as(one, STRIPPED)] += lost
        if one.quantity > lost and not books.inside(one.origin):
            sums[_as(one, _kind(books, one, non_fossil))] += one.quantity - lost
        elif one.quantity > lost and books.shares:
            sums[_as(one, _kind(books, one, non_fossil))] += _from_member(books, one, lost)
    return tuple(_purchase(key, sums[key]) for key in sorted(sums) if sums[key])


_Kept = tuple[str, str, str, str, str, bool]
"""A purchase without its quantity: commodity, account, month, kind, origin, resold."""


def _from_member(books: Books, one: Supply, lost: int) -> int:
    """Return what is bought of a member that the company holds less of than of the buyer.

    The buyer counts at its share, the maker's fuel at the maker's. So of the energy the difference
    of both was bought from others; nothing where the company holds as much of the maker. It is
    stated as the part of the buyer's consumption, which counts at the buyer's share again.
    """
    buyer, maker = (books.share(code, one.month) for code in (one.account, one.origin))
    part = max(buyer - maker, Fraction(0)) / buyer * (one.quantity - lost)
    return round_half_even(part.numerator, part.denominator)


def from_members(books: Books, bought: Iterable[Purchase]) -> dict[tuple[str, str, str], int]:
    """Sum what was bought of members within the boundary: by buyer, maker and commodity."""
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in bought:
        if one.origin and books.inside(one.origin) and not one.resold:
            sums[one.account, one.origin, one.commodity] += one.quantity
    return dict(sorted(sums.items()))


def _as(one: Supply, kind: str) -> _Kept:
    origin = one.origin if kind in {DIRECT, SUPPLIER} else ""
    return (one.commodity, one.account, one.month, kind, origin, one.resold)


def _purchase(key: _Kept, quantity: int) -> Purchase:
    commodity, account, month, kind, origin, resold = key
    return Purchase(account, commodity, month, kind, origin, resold, quantity)


def _kind(books: Books, one: Supply, non_fossil: tuple[str, ...]) -> str:
    origin = books.accounts[one.origin]
    if origin.technology in non_fossil:
        return DIRECT
    return BOUGHT if origin.outside else SUPPLIER


@dataclass(frozen=True, slots=True)
class Export:
    """Own generation from fuel that left the boundary in a month.

    Attributes:
        account: the account that made it.
        commodity: electricity, heat, steam.
        month: local month.
        quantity: millionths of the commodity's unit.
    """

    account: str
    commodity: str
    month: str
    quantity: int


def fossil_exports(books: Books, commodity: str, non_fossil: tuple[str, ...]) -> list[Export]:
    """Find what left the boundary of own generation from fuel.

    What left is what crossed outwards less imports passed on (`carbonledger.calc.trace`); it is
    shared over the makers within the boundary by the mix of the accounts it left from.
    """
    found: list[Export] = []
    for month in books.months:
        own = exported(books, commodity, month) - sum(
            trace(books, commodity, month).passed_on.values()
        )
        if own <= 0:
            continue
        weights = _makers_of_exports(books, commodity, month)
        found += [
            Export(maker, commodity, month, part)
            for maker, part in apportion(own, weights).items()
            if part and books.accounts[maker].technology not in non_fossil
        ]
    return found


def _makers_of_exports(books: Books, commodity: str, month: str) -> dict[str, Fraction]:
    leaving: dict[str, int] = defaultdict(int)
    for flow in books.flows:
        if (flow.commodity, flow.month) != (commodity, month) or of_nature(books, flow):
            continue
        outward = books.inside(flow.source) - books.inside(flow.target)
        # A negative sum between two accounts is a flow the other way.
        if outward * flow.quantity > 0:
            leaving[flow.source if outward > 0 else flow.target] += abs(flow.quantity)
    weights: dict[str, Fraction] = defaultdict(Fraction)
    for account, quantity in leaving.items():
        for origin, part in origin_mix(books, commodity, month, account).items():
            if books.inside(origin):
                weights[origin] += part * quantity
    return weights
