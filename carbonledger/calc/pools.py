"""The flows of a period as pools: what of one commodity is together in one account.

A pool takes in what flows to its account and what the account produces net, and hands all of it
on with one mix: to other accounts, over the boundary, to the account's own consumption. Arrays
stand beside each other, one element a pool or a transfer, so that nothing loops over flows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonledger.calc.model import Account, Books, Commodity
from carbonledger.errors import CalculationRefused

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

NOT_FOLLOWED = frozenset({"money", "certificate", "waste", "service"})
WASTE_CODES = frozenset({"waste_water"})
CARRIERS = frozenset({"electricity", "heat", "fuel", "biofuel", "water"})
ENERGY = frozenset({"electricity", "heat"})
PLACES = frozenset({"facility", "office"})
DISCHARGES = frozenset({"environment", "treatment"})
_LARGEST = 2.0**62


@dataclass(frozen=True, slots=True, eq=False)
class Pools:
    """Pools of the accounts inside the boundary; quantities in millionths.

    Attributes:
        accounts: codes of all accounts, ascending.
        commodities: codes of all commodities, ascending.
        inside: for each account, whether it is inside the boundary.
        account: for each pool, the index of its account.
        commodity: for each pool, the index of its commodity.
        intake: all that the pool hands on: inflow and net production.
        sold: what leaves the boundary from it.
        made: net production that carries the account's burden.
        used: net consumption, a burden of the account.
        stored: what a stock account keeps (negative: gives beyond what it took).
        unexplained: what is given without a known origin: a surplus of a place that only passes
            on (meters differ), or opening stock that nothing was added to.
        source: for each transfer between pools, the pool it leaves.
        target: for each transfer, the pool it reaches.
        moved: for each transfer, its quantity.
    """

    accounts: tuple[str, ...]
    commodities: tuple[str, ...]
    inside: Flags
    account: Ints
    commodity: Ints
    intake: Ints
    sold: Ints
    made: Ints
    used: Ints
    stored: Ints
    unexplained: Ints
    source: Ints
    target: Ints
    moved: Ints

    def number(self) -> dict[tuple[str, str], int]:
        """Return the index of each pool by account and commodity code."""
        pairs = zip(self.account.tolist(), self.commodity.tolist(), strict=True)
        return {(self.accounts[a], self.commodities[c]): i for i, (a, c) in enumerate(pairs)}


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    source: Ints
    target: Ints
    commodity: Ints
    quantity: Ints


@dataclass(frozen=True, slots=True, eq=False)
class _Marks:
    inside: Flags
    stock: Flags
    place: Flags
    environment: Flags
    discharge: Flags
    followed: Flags
    carrier: Flags
    energy: Flags


def is_followed(commodity: Commodity) -> bool:
    """Tell whether burdens travel with the commodity: it is matter or energy, and no waste."""
    return commodity.kind not in NOT_FOLLOWED and commodity.code not in WASTE_CODES


def is_bought(source: Account, commodity: Commodity) -> bool:
    """Tell whether what an outside account gives has an upstream; nature has none."""
    return is_followed(commodity) and source.kind != "environment"


def pools(books: Books) -> Pools:
    """Lay the flows of all months of the books out as pools of the accounts inside the boundary.

    Left out are money and certificates (no matter), waste in both directions (cut-off: waste
    carries nothing), what goes to the environment or to treatment (it counts as consumed), and
    electricity and heat from the environment (the sun is no supplier). A negative sum between
    two accounts is a flow the other way.

    Raises:
        CalculationRefused: the quantities are too large to add up.
    """
    accounts, commodities = tuple(sorted(books.accounts)), tuple(sorted(books.commodities))
    marks = _marks(books, accounts, commodities)
    flows = _followed(_sums(books, accounts, commodities), marks)
    keys = {
        "in": (flows.target * len(commodities) + flows.commodity)[marks.inside[flows.target]],
        "out": (flows.source * len(commodities) + flows.commodity)[marks.inside[flows.source]],
    }
    known = np.unique(np.concatenate([keys["in"], keys["out"]]))
    coming = _add(known, keys["in"], flows.quantity[marks.inside[flows.target]])
    going = _add(known, keys["out"], flows.quantity[marks.inside[flows.source]])
    leaving = marks.inside[flows.source] & ~marks.inside[flows.target]
    within = marks.inside[flows.source] & marks.inside[flows.target]
    out_key = flows.source * len(commodities) + flows.commodity
    in_key = flows.target * len(commodities) + flows.commodity
    account, commodity = np.divmod(known, max(len(commodities), 1))
    return Pools(
        accounts,
        commodities,
        marks.inside,
        account,
        commodity,
        **_balance(coming, going, account, commodity, marks),
        sold=_add(known, out_key[leaving], flows.quantity[leaving]),
        source=np.searchsorted(known, out_key[within]),
        target=np.searchsorted(known, in_key[within]),
        moved=flows.quantity[within],
    )


def _balance(
    coming: Ints, going: Ints, account: Ints, commodity: Ints, marks: _Marks
) -> dict[str, Ints]:
    """Tell for each pool whether the account consumes, produces, stores, or does not add up."""
    stock = marks.stock[account]
    surplus = np.maximum(going - coming, 0)
    # A bus whose sub-meters show more than its main meter has not produced the difference.
    passing = marks.place[account] & marks.carrier[commodity] & (coming > 0)
    opening = stock & (coming == 0)
    return {
        "intake": np.where(stock & ~opening, coming, np.maximum(coming, going)),
        "made": np.where(stock | passing, 0, surplus),
        "used": np.where(stock, 0, np.maximum(coming - going, 0)),
        "stored": np.where(stock & ~opening, coming - going, 0),
        "unexplained": np.where(passing & ~stock | opening, surplus, 0),
    }


def _marks(books: Books, accounts: tuple[str, ...], commodities: tuple[str, ...]) -> _Marks:
    kinds = [books.accounts[code].kind for code in accounts]
    matters = [books.commodities[code].kind for code in commodities]

    def of(flags: list[bool]) -> Flags:
        return np.array(flags, dtype=np.bool_)

    return _Marks(
        inside=of([books.inside(code) for code in accounts]),
        stock=of([kind == "stock" for kind in kinds]),
        place=of([kind in PLACES for kind in kinds]),
        environment=of([kind == "environment" for kind in kinds]),
        discharge=of([kind in DISCHARGES for kind in kinds]),
        followed=of([
            is_followed(books.commodities[code]) for code in commodities
        ]),
        carrier=of([kind in CARRIERS for kind in matters]),
        energy=of([kind in ENERGY for kind in matters]),
    )  # fmt: skip


def _sums(books: Books, accounts: tuple[str, ...], commodities: tuple[str, ...]) -> _Columns:
    """Sum all months by pair of accounts and commodity."""
    at = {code: i for i, code in enumerate(accounts)}
    what = {code: i for i, code in enumerate(commodities)}
    rows = [(at[f.source], at[f.target], what[f.commodity], f.quantity) for f in books.flows]
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    # In int64 sums wrap around silently; in float the size is seen.
    if np.abs(table[:, 3].astype(np.float64)).sum() > _LARGEST:
        raise CalculationRefused("the quantities of the period are too large to add up")
    wide = (table[:, 0] * len(accounts) + table[:, 1]) * len(commodities) + table[:, 2]
    known = np.unique(wide)
    quantity = _add(known, wide, table[:, 3])
    pair, commodity = np.divmod(known, max(len(commodities), 1))
    source, target = np.divmod(pair, max(len(accounts), 1))
    return _Columns(
        source=np.where(quantity < 0, target, source),
        target=np.where(quantity < 0, source, target),
        commodity=commodity,
        quantity=np.abs(quantity),
    )


def _followed(flows: _Columns, marks: _Marks) -> _Columns:
    """Keep the flows that carry a burden and touch the boundary's inside."""
    sunlight = marks.environment[flows.source] & marks.energy[flows.commodity]
    inner = marks.inside[flows.source] | marks.inside[flows.target]
    keep = inner & marks.followed[flows.commodity] & ~marks.discharge[flows.target] & ~sunlight
    keep &= flows.quantity > 0
    return _Columns(
        flows.source[keep], flows.target[keep], flows.commodity[keep], flows.quantity[keep]
    )


def _add(known: Ints, keys: Ints, quantity: Ints) -> Ints:
    """Sum quantities by key, exactly; `known` are the keys, ascending."""
    sums = np.zeros(len(known), dtype=np.int64)
    np.add.at(sums, np.searchsorted(known, keys), quantity)
    return sums
