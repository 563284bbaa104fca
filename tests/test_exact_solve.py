"""Mixing over a network: whatever the flows, every node gets what flows into it, exactly."""

from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.calc.exact import added, apportion, settle, solve
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


PARTS = st.lists(st.fractions(-9, 9, max_denominator=7), max_size=8)
WEIGHTS = st.lists(st.fractions(0, 9, max_denominator=7), min_size=1, max_size=8)


@given(PARTS)
def test_parts_of_many_denominators_are_added_exactly(parts: list[Fraction]) -> None:
    assert added(parts) == sum(parts, Fraction(0))


@given(PARTS)
def test_settled_parts_add_up_and_the_largest_remainders_are_rounded_up(
    parts: list[Fraction],
) -> None:
    total = round(sum(parts, Fraction(0)))

    settled = settle(total, parts)

    assert sum(settled) == total
    over = [part - part.__floor__() for part in parts]
    up = [i for i, part in enumerate(settled) if part != parts[i].__floor__()]
    first = sorted(range(len(parts)), key=lambda i: (-over[i], i))
    assert up == sorted(first[: len(up)])
    assert all(settled[i] == parts[i].__floor__() + 1 for i in up)


@given(st.integers(0, 10**18), WEIGHTS.filter(any))
def test_what_is_shared_out_adds_up_and_no_part_is_a_unit_off(
    total: int, weights: list[Fraction]
) -> None:
    parts = apportion(total, weights)

    assert sum(parts) == total
    whole = sum(weights, Fraction(0))
    exact = [total * weight / whole for weight in weights]
    assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


def test_remainders_that_no_float_tells_apart_are_told_apart() -> None:
    above = Fraction(1, 3) + Fraction(1, 10**40)

    assert settle(1, [Fraction(1, 3), above, Fraction(1, 3) - Fraction(1, 10**40)]) == [0, 1, 0]
