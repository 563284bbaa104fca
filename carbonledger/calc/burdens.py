"""What is put into the system of burdens: direct emissions and the upstream of what was bought."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from carbonledger.calc.model import Books, EmissionLine, Flow
from carbonledger.calc.pools import Pools, is_bought
from carbonledger.calc.system import Floats
from carbonledger.errors import CalculationRefused

Pair = tuple[str, str, str]
"""Source account, target account, commodity."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """The footprint of what is bought, from its cradle to the boundary.

    Attributes:
        source_account: outside account it comes from.
        target_account: inside account that it reaches.
        commodity: code.
        kg_co2e_per_unit: kg CO2e of one canonical unit.
        key: key of the factor or of the supplier's footprint.
        basis: how it came about: `supplier`, `default` …
        month: local month it holds for; "" for all months that have none of their own.
    """

    source_account: str
    target_account: str
    commodity: str
    kg_co2e_per_unit: Decimal
    key: str
    basis: str
    month: str = ""


@dataclass(frozen=True, slots=True)
class UpstreamItem:
    """The upstream burden of one bought flow, summed over the months of one factor.

    Attributes:
        upstream: the factor.
        flows: what it was applied to.
        co2e_mg: burden in milligrams of CO2 equivalent, rounded half even once.
    """

    upstream: Upstream
    flows: tuple[Flow, ...]
    co2e_mg: int


@dataclass(frozen=True, slots=True)
class NotCovered:
    """What entered the products without a footprint of its own, so that they are too low.

    Attributes:
        source_account: account it came from; "" for what no flow explains.
        account: inside account that it reached.
        commodity: code.
        unit: canonical unit.
        quantity: millionths of the unit.
        reason: `no_upstream_factor`; `opening_stock`: a stock gave and was given nothing in the
            period; `meters_differ`: a place gave more than it took of what it only passes on.
    """

    source_account: str
    account: str
    commodity: str
    unit: str
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Burdens:
    """All that is put in, by node and by column.

    Attributes:
        columns: origin and gas of each column.
        amounts: mg CO2e by node (pools, then processes of accounts) and column.
        totals: exact sum of each column, mg.
        direct_mg: sum of the direct emissions.
        upstream_mg: sum of the upstream burdens.
        items: the upstream burdens one by one.
        not_covered: bought flows without an upstream footprint.
    """

    columns: tuple[tuple[str, str], ...]
    amounts: Floats
    totals: tuple[int, ...]
    direct_mg: int
    upstream_mg: int
    items: tuple[UpstreamItem, ...]
    not_covered: tuple[NotCovered, ...]


def burdens(
    books: Books, pools: Pools, direct: Sequence[EmissionLine], upstream: Sequence[Upstream]
) -> Burdens:
    """Collect what is put in.

    Columns are the pairs of origin and gas: `stationary_combustion:natural_gas` and `co2` for a
    direct line, `upstream:electricity` and `co2e` for what was bought.

    Raises:
        CalculationRefused: a direct line is not of scope 1 or not inside the boundary; an
            upstream footprint is stated twice or for a flow that does not enter the boundary.
    """
    _check(books, direct, upstream)
    items, missing = _apply(_bought(books), upstream, books)
    at_account = {code: len(pools.account) + i for i, code in enumerate(pools.accounts)}
    at_pool = pools.number()
    entries = [
        (at_account[line.account], (f"{line.category}:{line.commodity}", line.gas), line.co2e_mg)
        for line in direct
    ]
    for item in items:
        node = at_pool[item.upstream.target_account, item.upstream.commodity]
        entries.append((node, (f"upstream:{item.upstream.commodity}", "co2e"), item.co2e_mg))
    columns = tuple(sorted({column for _, column, _ in entries}))
    number = {column: i for i, column in enumerate(columns)}
    totals = [0] * len(columns)
    amounts = np.zeros((len(at_pool) + len(at_account), len(columns)))
    for node, column, co2e_mg in entries:
        totals[number[column]] += co2e_mg
        amounts[node, number[column]] += co2e_mg
    return Burdens(
        columns=columns,
        amounts=amounts,
        totals=tuple(totals),
        direct_mg=sum(line.co2e_mg for line in direct),
        upstream_mg=sum(item.co2e_mg for item in items),
        items=items,
        not_covered=missing + _unexplained(books, pools),
    )


def _check(books: Books, direct: Iterable[EmissionLine], upstream: Iterable[Upstream]) -> None:
    for line in direct:
        if line.account not in books.accounts or not books.inside(line.account):
            raise CalculationRefused(f"{line.account} emits, but is not inside {books.boundary}")
        if line.scope != "1":
            raise CalculationRefused(
                f"the line {line.category} of {line.account} has scope {line.scope}; "
                f"direct emissions are scope 1",
                hint="purchased energy enters a footprint by its upstream factor",
            )
    seen: set[tuple[str, str, str, str]] = set()
    for item in upstream:
        flow = f"{item.commodity} from {item.source_account} to {item.target_account}"
        if books.inside(item.source_account) or not books.inside(item.target_account):
            raise CalculationRefused(f"{flow} does not enter {books.boundary}")
        name = (item.source_account, item.target_account, item.commodity, item.month)
        if name in seen:
            raise CalculationRefused(f"the upstream footprint of {flow} is stated twice")
        seen.add(name)


def _bought(books: Books) -> dict[Pair, list[Flow]]:
    """Group the flows that enter the boundary with an upstream, where they enter on the whole."""
    groups: dict[Pair, list[Flow]] = defaultdict(list)
    for flow in books.flows:
        if (
            books.inside(flow.target)
            and not books.inside(flow.source)
            and is_bought(books.accounts[flow.source], books.commodities[flow.commodity])
        ):
            groups[flow.source, flow.target, flow.commodity].append(flow)
    return {pair: some for pair, some in groups.items() if sum(f.quantity for f in some) > 0}


def _apply(
    bought: dict[Pair, list[Flow]], upstream: Sequence[Upstream], books: Books
) -> tuple[tuple[UpstreamItem, ...], tuple[NotCovered, ...]]:
    stated = {(u.source_account, u.target_account, u.commodity, u.month): u for u in upstream}
    covered: dict[tuple[str, str, str, str], list[Flow]] = defaultdict(list)
    bare: dict[Pair, int] = defaultdict(int)
    for pair, flows in bought.items():
        for flow in flows:
            name = next((n for n in ((*pair, flow.month), (*pair, "")) if n in stated), None)
            if name is None:
                bare[pair] += flow.quantity
            else:
                covered[name].append(flow)
    items = tuple(
        UpstreamItem(stated[name], tuple(flows), _milligrams(flows, stated[name]))
        for name, flows in sorted(covered.items())
    )
    missing = tuple(
        NotCovered(*pair, books.commodities[pair[2]].unit, quantity, "no_upstream_factor")
        for pair, quantity in sorted(bare.items())
        if quantity
    )
    return items, missing


def _milligrams(flows: Iterable[Flow], upstream: Upstream) -> int:
    # Millionths of a unit times kilograms a unit are milligrams.
    return round(sum(flow.quantity for flow in flows) * Fraction(upstream.kg_co2e_per_unit))


def _unexplained(books: Books, pools: Pools) -> tuple[NotCovered, ...]:
    found = []
    for i in np.flatnonzero(pools.unexplained).tolist():
        account = pools.accounts[pools.account[i]]
        commodity = books.commodities[pools.commodities[pools.commodity[i]]]
        stock = books.accounts[account].kind == "stock"
        reason = "opening_stock" if stock else "meters_differ"
        quantity = int(pools.unexplained[i])
        found.append(NotCovered("", account, commodity.code, commodity.unit, quantity, reason))
    return tuple(found)
