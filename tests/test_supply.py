"""Laws of inventories: order and splitting change nothing; parts add up and follow the mix."""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from calc_case import METHODS, YEAR, books, ghg_book
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonledger.calc.apportion import apportion
from carbonledger.calc.inventory import InventoryResult, inventory
from carbonledger.calc.supply import supplies
from carbonledger.calc.trace import origin_mix
from carbonledger.errors import CalculationRefused

GHG = METHODS["ghg-protocol"]
KINDS = {"pv": "generator:solar_pv"}

accounts = st.sampled_from(["grid", "park", "park/a", "park/a/x", "park/b", "park/pv"])
flow_rows = st.lists(
    st.tuples(
        accounts, accounts, st.sampled_from(["electricity", "natural_gas", "diesel"]),
        st.sampled_from(YEAR[:3]), st.integers(1, 10**12),
    ).filter(lambda r: r[0] != r[1] and (r[2] == "electricity" or r[0] == "grid")),
    min_size=1, max_size=12,
)  # fmt: skip


def law_books(some: list[tuple[str, str, str, str, int]]) -> Callable[[], InventoryResult]:
    made = [(s, t, c, m, str(Decimal(q) / 10**6)) for s, t, c, m, q in some]
    return lambda: inventory(books(*made, kinds=KINDS), GHG, ghg_book())


def sums(make: Callable[[], InventoryResult]) -> object:
    """Give the totals, or the refusal of flows that feed only each other."""
    try:
        result = make()
    except CalculationRefused:
        return "refused"
    return result.scopes, [line._replace(inputs=()) for line in result.lines]


@settings(max_examples=60)
@given(flow_rows, st.randoms(use_true_random=False))
def test_the_order_of_flows_changes_nothing(
    some: list[tuple[str, str, str, str, int]], random: object
) -> None:
    mixed = list(some)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert sums(law_books(some)) == sums(law_books(mixed))


@settings(max_examples=60)
@given(flow_rows, st.data())
def test_splitting_a_flow_in_two_changes_nothing(
    some: list[tuple[str, str, str, str, int]], data: st.DataObject
) -> None:
    which = data.draw(st.integers(0, len(some) - 1))
    source, target, commodity, month, quantity = some[which]
    part = data.draw(st.integers(0, quantity))
    split = [
        *some[:which], *some[which + 1 :],
        (source, target, commodity, month, part),
        (source, target, commodity, month, quantity - part),
    ]  # fmt: skip
    assert sums(law_books(some)) == sums(law_books(split))


@settings(max_examples=60)
@given(flow_rows)
def test_supplies_are_whole_and_follow_the_mix(
    some: list[tuple[str, str, str, str, int]],
) -> None:
    case = books(
        *[(s, t, c, m, str(Decimal(q) / 10**6)) for s, t, c, m, q in some],
        kinds=KINDS,
    )
    try:
        found = supplies(case, "electricity")
    except CalculationRefused:
        return
    net: dict[tuple[str, str], int] = defaultdict(int)
    for flow in case.flows:
        if flow.commodity == "electricity":
            net[flow.source, flow.month] -= flow.quantity
            net[flow.target, flow.month] += flow.quantity
    eaten: dict[tuple[str, str], int] = defaultdict(int)
    for one in found:
        assert one.quantity > 0
        if not one.resold:
            eaten[one.account, one.month] += one.quantity
            mix = origin_mix(case, "electricity", one.month, one.account)
            assert mix.get(one.origin, Fraction(0)) > 0
    used = {key: left for key, left in net.items() if left > 0 and key[0].startswith("park")}
    assert eaten == used


@given(
    st.integers(0, 10**15),
    st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 10**9), min_size=1)
    .filter(lambda weights: any(weights.values())),
)  # fmt: skip
def test_apportioned_parts_add_up_and_are_fair(total: int, weights: dict[str, int]) -> None:
    parts = apportion(total, weights)
    whole = sum(weights.values())
    assert sum(parts.values()) == total
    assert list(parts) == sorted(weights)
    for key, part in parts.items():
        assert abs(part - Fraction(total * weights[key], whole)) < 1
    assert parts == apportion(total, dict(reversed(weights.items())))


def test_ties_are_broken_by_key() -> None:
    assert apportion(2, {"c": 1, "a": 1, "b": 1}) == {"a": 1, "b": 1, "c": 0}
    assert apportion(0, {"a": 0}) == {"a": 0}
    with pytest.raises(CalculationRefused):
        apportion(1, {"a": 0})
