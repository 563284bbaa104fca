"""The way a footprint came about: the lines and flows that a product is made of."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from carbonledger.calc.burdens import NotCovered, UpstreamItem
from carbonledger.calc.footprint_records import ProductFootprint, Reconciliation, Unallocated
from carbonledger.calc.model import MICRO, Books, EmissionLine, Figure, Flow, flow_key
from carbonledger.calc.pools import Flags, Pools
from carbonledger.calc.system import System, upstream_of
from carbonledger.units import from_micro

Pool = tuple[str, str]
"""Account and commodity."""

Row = ProductFootprint | Unallocated


@dataclass(frozen=True, slots=True)
class _Behind:
    """All that has a way to one node."""

    pool: Pool
    pools: frozenset[Pool]
    processes: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Named:
    """Keys of flows by the pool they enter and the pool they leave; pools by their account."""

    into: Mapping[Pool, list[str]]
    out_of: Mapping[Pool, list[str]]
    pools: Mapping[str, list[Pool]]

    @staticmethod
    def of(books: Books, known: Iterable[Pool]) -> "_Named":
        named = _Named(defaultdict(list), defaultdict(list), defaultdict(list))
        for flow in books.flows:
            key = flow_key(flow)
            named.into[flow.target, flow.commodity].append(key)
            named.out_of[flow.source, flow.commodity].append(key)
        for pool in known:
            named.pools[pool[0]].append(pool)
        return named

    def behind(self, behind: _Behind) -> set[str]:
        """Name the flows that enter what lies behind, or leave a process that does."""
        outputs = {pool for one in behind.processes for pool in self.pools.get(one, ())}
        entering = (key for pool in behind.pools for key in self.into.get(pool, ()))
        leaving = (key for pool in outputs | {behind.pool} for key in self.out_of.get(pool, ()))
        return {*entering, *leaving}


def way_figures(
    books: Books,
    pools: Pools,
    system: System,
    rows: Sequence[Row],
    *,
    direct: Sequence[EmissionLine],
    items: Sequence[UpstreamItem],
) -> tuple[Figure, ...]:
    """Name for every row the lines, upstream burdens and flows that it is made of.

    A product `product:<account>:<commodity>` or a rest `unallocated:<account>[:<commodity>]` rests
    on the direct lines (`line:<n>`, counted from 1 in the order given) and upstream burdens of
    every node that has a way to it, and on the flows that enter these nodes or leave their
    processes.

    Args:
        books: the flows.
        pools: the pools of the books.
        system: the system that was solved.
        rows: what left the boundary, and what found no product.
        direct: direct lines.
        items: upstream burdens.
    """
    number = pools.number()
    covered = {flow_key(flow) for item in items for flow in item.flows}
    named = _Named.of(books, number)
    figures = [_item_figure(books, item) for item in items]
    process = {code: len(number) + i for i, code in enumerate(pools.accounts)}
    nodes = [number.get((row.account, row.commodity), process[row.account]) for row in rows]
    for row, reached in zip(rows, upstream_of(system, nodes), strict=True):
        behind = _behind((row.account, row.commodity), list(number), pools, reached)
        inputs = [
            *(f"line:{n}" for n, line in enumerate(direct, 1) if line.account in behind.processes),
            *(_item_key(item) for item in items if _pool_of(item) in behind.pools),
            *sorted(named.behind(behind) - covered),
        ]
        figures.append(_row_figure(row, tuple(inputs)))
    return tuple(figures)


def sum_figures(
    sums: Reconciliation,
    rows: Sequence[Row],
    *,
    direct: Sequence[EmissionLine],
    items: Sequence[UpstreamItem],
) -> tuple[Figure, ...]:
    """Name the sums of a footprint calculation and what they are made of."""
    lines = tuple(f"line:{n}" for n, _ in enumerate(direct, 1))
    bought = tuple(_item_key(item) for item in items)
    products = tuple(_row_key(row) for row in rows if isinstance(row, ProductFootprint))
    rests = tuple(_row_key(row) for row in rows if isinstance(row, Unallocated))
    parts = ("direct", "upstream", "products", "unallocated")
    return (
        _sum("direct", sums.direct_mg, "Σ direct lines", lines),
        _sum("upstream", sums.upstream_mg, "Σ upstream burdens", bought),
        _sum("products", sums.products_mg, "Σ kg CO2e per unit × quantity, exact", products),
        _sum("unallocated", sums.unallocated_mg, "Σ burdens that found no product", rests),
        _sum("residual", sums.residual_mg, "direct + upstream − products − unallocated", parts),
    )


def bare_figures(books: Books, rows: Iterable[NotCovered]) -> Iterator[Figure]:
    """Name what entered without a footprint, and the flows by which it did."""
    between: dict[tuple[str, str, str], list[Flow]] = defaultdict(list)
    for flow in books.flows:
        between[flow.source, flow.target, flow.commodity].append(flow)
    for bare in rows:
        flows = between[bare.source_account, bare.account, bare.commodity]
        yield Figure(
            key=f"not-covered:{bare.source_account}>{bare.account}:{bare.commodity}",
            value=from_micro(bare.quantity),
            unit=bare.unit,
            formula=f"entered without a footprint: {bare.reason}",
            inputs=_keys(flows),
        )


def _sum(key: str, milligrams: int, formula: str, inputs: tuple[str, ...]) -> Figure:
    return Figure(key, Decimal(milligrams) / MICRO, "kgCO2e", formula, inputs)


def _behind(pool: Pool, names: Sequence[Pool], pools: Pools, reached: Flags) -> _Behind:
    processes = np.flatnonzero(reached[len(names) :]).tolist()
    return _Behind(
        pool=pool,
        pools=frozenset(names[i] for i in np.flatnonzero(reached[: len(names)]).tolist()),
        processes=frozenset(pools.accounts[i] for i in processes),
    )


def _item_figure(books: Books, item: UpstreamItem) -> Figure:
    stated = item.upstream
    unit = books.commodities[stated.commodity].unit
    return Figure(
        key=_item_key(item),
        value=Decimal(item.co2e_mg) / MICRO,
        unit="kgCO2e",
        formula=f"Σ flows × {stated.kg_co2e_per_unit} kgCO2e/{unit} ({stated.key})",
        inputs=_keys(item.flows),
        reason=stated.basis,
    )


def _keys(flows: Iterable[Flow]) -> tuple[str, ...]:
    return tuple(sorted(flow_key(flow) for flow in flows))


def _pool_of(item: UpstreamItem) -> Pool:
    return item.upstream.target_account, item.upstream.commodity


def _item_key(item: UpstreamItem) -> str:
    stated = item.upstream
    name = f"upstream:{stated.commodity}:{stated.source_account}>{stated.target_account}"
    return f"{name}:{stated.month}" if stated.month else name


def _row_key(row: Row) -> str:
    if isinstance(row, ProductFootprint):
        return f"product:{row.account}:{row.commodity}"
    return f"unallocated:{row.account}" + (f":{row.commodity}" if row.commodity else "")


def _row_figure(row: Row, inputs: tuple[str, ...]) -> Figure:
    if isinstance(row, ProductFootprint):
        return Figure(
            key=_row_key(row),
            value=row.kg_co2e_per_unit,
            unit=f"kgCO2e/{row.unit}",
            formula="(direct + upstream burdens handed on to it) / quantity",
            inputs=inputs,
        )
    return Figure(
        key=_row_key(row),
        value=Decimal(row.co2e_mg) / MICRO,
        unit="kgCO2e",
        formula="direct + upstream burdens that reached it and found no product",
        inputs=inputs,
        reason=row.reason,
    )
