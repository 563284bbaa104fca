"""Mixing over a network: whatever the flows, every node gets what flows into it, exactly."""

from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.calc.exact import solve
from carbonledger.errors import CalculationRefused

NODES = "abcdef"
ARCS = st.dictionaries(
    st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)).filter(lambda a: a[0] != a[1]),
    st.integers(1, 9),
)
INLETS = st.dictionaries(st.sampled_from(NODES), st.integers(1, 9), min_size=1)


def entering(arcs: dict[tuple[str, str], int], inlet: dict[str, int]) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int, inlet)
    for (_, target), quantity in arcs.items():
        total[target] += quantity
    return total


def balanced(
    arcs: dict[tuple[str, str], int], inlet: dict[str, int], found: dict[str, Fraction]
) -> bool:
    total = entering(arcs, inlet)
    return all(
        total[node] * share
        == inlet.get(node, 0)
        + sum(part * found.get(a, Fraction(0)) for (a, b), part in arcs.items() if b == node)
        for node, share in found.items()
    )


@given(ARCS, INLETS)
def test_what_flows_in_is_what_passes_through(
    arcs: dict[tuple[str, str], int], inlet: dict[str, int]
) -> None:
    found = solve(entering(arcs, inlet), arcs, inlet)

    assert set(inlet) <= set(found)
    assert balanced(arcs, inlet, found)


@given(ARCS, INLETS)
def test_without_circles_the_order_of_the_arcs_does_not_matter(
    arcs: dict[tuple[str, str], int], inlet: dict[str, int]
) -> None:
    downwards = {ends: part for ends, part in arcs.items() if ends[0] < ends[1]}
    total = entering(downwards, {node: 1 + inlet.get(node, 0) for node in NODES})

    found = solve(total, downwards, inlet)

    assert found == solve(total, dict(reversed(downwards.items())), inlet)
    assert all(0 < share <= 1 for share in found.values())


def test_a_node_that_takes_in_nothing_is_refused() -> None:
    with pytest.raises(CalculationRefused, match="a is fed only by accounts that it feeds itself"):
        solve({"a": 0}, {}, {"a": 1})
