"""Where an import was consumed: sums exact to the millionth, mixes exact to the fraction."""

from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.calc.exact import apportion
from carbonledger.calc.model import Account, Books, Commodity, Flow
from carbonledger.calc.trace import attribute, crossing, exported, origin_mix, trace
from carbonledger.errors import CalculationRefused

MONTH = "2024-03"
KINDS = {
    "grid": "grid", "supplier": "supplier", "sun": "environment", "waterbody": "environment",
}  # fmt: skip


def books(
    *flows: tuple[str, str, int], boundary: str = "park", commodity: str = "electricity"
) -> Books:
    codes = {code for source, target, _ in flows for code in (source, target)}
    return Books(
        boundary=boundary,
        months=(MONTH,),
        accounts={
            code: Account(code, outside=code in KINDS, kind=KINDS.get(code, "facility"))
            for code in codes
        },
        commodities={
            "electricity": Commodity("electricity", "electricity", "kWh"),
            "steam": Commodity("steam", "heat", "GJ"),
            "water": Commodity("water", "water", "m3"),
        },
        flows=tuple(
            sorted(
                (Flow(s, t, commodity, MONTH, q) for s, t, q in flows),
                key=lambda f: (f.source, f.target, f.quantity),
            )
        ),
    )


def consumers(*flows: tuple[str, str, int], boundary: str = "park") -> dict[str, int]:
    return attribute(books(*flows, boundary=boundary), "electricity", MONTH)


def test_a_main_meter_and_its_sub_meters_never_add_up_twice() -> None:
    # The park bus gives 60 to a plant, which gives 45 of it to a line.
    flows = (("grid", "park", 100), ("park", "park/plant", 60), ("park/plant", "park/plant/a", 45))
    assert crossing(books(*flows), "electricity", MONTH) == 100
    assert consumers(*flows) == {"park": 40, "park/plant": 15, "park/plant/a": 45}
    # Seen from the plant, the park is outside: 60 come in, 45 of them to the line.
    assert consumers(*flows, boundary="park/plant") == {"park/plant": 15, "park/plant/a": 45}


def test_without_sub_meters_the_importing_account_consumed_it() -> None:
    assert consumers(("grid", "park", 7)) == {"park": 7}
    assert consumers(("park/a", "park/b", 7)) == {}


def test_own_generation_feeds_the_plant_it_is_in_first() -> None:
    flows = (
        ("grid", "park", 100),
        ("park", "park/a", 50),
        ("park", "park/b", 50),
        ("park/a-roof", "park/a", 30),
    )
    # a consumes 80, of which 50 were imported; the roof's 30 are no import.
    assert consumers(*flows) == {"park/a": 50, "park/b": 50}


def test_own_generation_at_a_bus_is_shared_in_proportion() -> None:
    flows = (("grid", "park", 90), ("park/roof", "park", 30), ("park", "park/a", 80))
    # The bus has 120, three quarters imported; a takes 80, the bus itself keeps 40.
    assert consumers(*flows) == {"park": 30, "park/a": 60}


def test_remainders_go_to_the_largest_fraction_then_by_code() -> None:
    # 10 imported and 20 own: each of three consumers gets 10/3, and the millionth left goes to a.
    flows = (
        ("grid", "park", 10),
        ("park/roof", "park", 20),
        ("park", "park/a", 10),
        ("park", "park/b", 10),
        ("park", "park/c", 10),
    )
    assert consumers(*flows) == {"park/a": 4, "park/b": 3, "park/c": 3}


def test_exports_are_taken_out_of_own_generation_first() -> None:
    flows = (
        ("grid", "park", 100),
        ("park", "park/a", 100),
        ("park/a-roof", "park/a", 50),
        ("park/a", "park", 10),
        ("park", "grid", 10),
    )
    # The 10 sold come from the roof behind a, although they leave through the bus.
    assert exported(books(*flows), "electricity", MONTH) == 10
    assert consumers(*flows) == {"park/a": 100}
    assert trace(books(*flows), "electricity", MONTH).passed_on == {}


def test_what_is_sold_on_beyond_own_generation_stays_with_the_buyer() -> None:
    flows = (
        ("grid", "park", 100),
        ("park/roof", "park", 5),
        ("park", "park/a", 80),
        ("park", "supplier", 25),
    )
    traced = trace(books(*flows), "electricity", MONTH)
    assert traced.consumed == {"park/a": 80}
    assert traced.passed_on == {"park": 20}
    assert consumers(*flows) == {"park": 20, "park/a": 80}


def test_generation_that_no_wire_joins_to_the_export_is_not_exported() -> None:
    flows = (
        ("grid", "park/a", 40),
        ("park/a", "supplier", 40),
        ("grid", "park/b", 10),
        ("park/b-roof", "park/b", 10),
    )
    traced = trace(books(*flows), "electricity", MONTH)
    assert traced.passed_on == {"park/a": 40}
    assert traced.consumed == {"park/b": 10}


def test_a_loop_is_solved_exactly() -> None:
    flows = (
        ("grid", "park/a", 60),
        ("park/a", "park/b", 40),
        ("park/b", "park/a", 20),
        ("park/roof", "park/b", 20),
    )
    # a has 80: 60 imported and 20 of b's mix; b has 60: 40 of a's mix and 20 own.
    # x_a = (60 + 20 x_b)/80, x_b = 40 x_a/60  ->  x_a = 0.9, x_b = 0.6; both keep 40.
    assert consumers(*flows) == {"park/a": 36, "park/b": 24}


def test_a_negative_sum_is_a_flow_the_other_way() -> None:
    # A corrected month of a two-way meter: -10 into the park are 10 out of it.
    flows = (("grid", "park", -10), ("park/roof", "park", 15))
    assert crossing(books(*flows), "electricity", MONTH) == 0
    assert exported(books(*flows), "electricity", MONTH) == 10


def test_the_sun_is_no_seller_but_a_lake_gives_water() -> None:
    flows = (("sun", "park/roof", 30), ("park/roof", "park", 30), ("grid", "park", 70))
    assert crossing(books(*flows), "electricity", MONTH) == 70
    assert origin_mix(books(*flows), "electricity", MONTH, "park") == {
        "grid": Fraction(7, 10),
        "park/roof": Fraction(3, 10),
    }
    water = books(("waterbody", "park", 9), commodity="water")
    assert crossing(water, "water", MONTH) == 9
    assert attribute(water, "water", MONTH) == {"park": 9}


def test_origins_of_steam_cross_the_boundary_of_the_books() -> None:
    # A member buys from the bus; boiler house and a neighbour feed it; the member is the boundary.
    flows = (
        ("park/boiler", "park/bus", 60),
        ("supplier", "park/bus", 20),
        ("park/bus", "park/m", 50),
        ("park/bus", "park/n", 30),
        ("park/m", "park/m/press", 40),
    )
    steam = books(*flows, boundary="park/m", commodity="steam")
    expected = {"park/boiler": Fraction(3, 4), "supplier": Fraction(1, 4)}
    assert origin_mix(steam, "steam", MONTH, "park/m/press") == expected
    assert origin_mix(steam, "steam", MONTH, "park/bus") == expected
    assert origin_mix(steam, "steam", MONTH, "park/boiler") == {"park/boiler": Fraction(1)}
    assert origin_mix(steam, "steam", MONTH, "supplier") == {"supplier": Fraction(1)}
    assert origin_mix(steam, "steam", "2024-04", "park/bus") == {}


def test_origins_through_a_loop() -> None:
    flows = (
        ("grid", "park/a", 60),
        ("park/a", "park/b", 40),
        ("park/b", "park/a", 20),
        ("park/roof", "park/b", 20),
    )
    loop = books(*flows)
    assert origin_mix(loop, "electricity", MONTH, "park/a") == {
        "grid": Fraction(9, 10),
        "park/roof": Fraction(1, 10),
    }
    assert origin_mix(loop, "electricity", MONTH, "park/b") == {
        "grid": Fraction(3, 5),
        "park/roof": Fraction(2, 5),
    }


def test_a_loop_that_nothing_enters_is_refused_by_name() -> None:
    idle = books(("park/a", "park/b", 5), ("park/b", "park/a", 5), ("grid", "park/c", 3))
    with pytest.raises(CalculationRefused, match=r"park/[ab] is fed only by"):
        origin_mix(idle, "electricity", MONTH, "park/a")
    # It consumes nothing, so the import is attributed all the same.
    assert attribute(idle, "electricity", MONTH) == {"park/c": 3}


def test_an_unknown_account_is_refused() -> None:
    with pytest.raises(CalculationRefused, match="park/nowhere"):
        origin_mix(books(("grid", "park", 1)), "electricity", MONTH, "park/nowhere")


def test_whole_units_are_shared_out_by_largest_remainder() -> None:
    assert apportion(10, [Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)]) == [4, 3, 3]
    assert apportion(10, [1, 2, 4]) == [1, 3, 6]
    assert apportion(0, []) == []
    with pytest.raises(CalculationRefused, match="cannot share out 3"):
        apportion(3, [0, 0])


CODES = ["grid", "supplier", "park", "park/a", "park/a/x", "park/b", "park/roof"]
NETWORKS = st.lists(
    st.tuples(st.sampled_from(CODES), st.sampled_from(CODES), st.integers(-5, 2_000_000)).filter(
        lambda flow: flow[0] != flow[1]
    ),
    min_size=1,
    max_size=14,
)


@given(NETWORKS, st.sampled_from(["park", "park/a"]))
def test_parts_add_up_to_the_import_whatever_the_network(
    flows: list[tuple[str, str, int]], boundary: str
) -> None:
    some = books(*flows, boundary=boundary)
    parts = attribute(some, "electricity", MONTH)
    assert sum(parts.values()) == crossing(some, "electricity", MONTH)
    assert all(some.inside(code) and part > 0 for code, part in parts.items())
    assert parts == attribute(books(*reversed(flows), boundary=boundary), "electricity", MONTH)


@given(NETWORKS)
def test_no_account_is_attributed_more_than_it_consumed_or_bought(
    flows: list[tuple[str, str, int]],
) -> None:
    some = books(*flows)
    net: dict[str, int] = defaultdict(int)
    for flow in some.flows:
        net[flow.target] += flow.quantity
        net[flow.source] -= flow.quantity
    traced = trace(some, "electricity", MONTH)
    assert all(part <= net[code] for code, part in traced.consumed.items())
    # Own generation covers exports at best; what it cannot cover was imported and sold on.
    generated = sum(-left for code, left in net.items() if some.inside(code) and left < 0)
    sold = exported(some, "electricity", MONTH)
    assert sold - generated <= sum(traced.passed_on.values()) <= sold


@given(NETWORKS)
def test_shares_of_origin_add_up_to_one(flows: list[tuple[str, str, int]]) -> None:
    some = books(*flows)
    for code in some.accounts:
        try:
            mix = origin_mix(some, "electricity", MONTH, code)
        except CalculationRefused as refused:
            assert "fed only by" in refused.message  # noqa: PT017 - only idle loops may refuse
            continue
        assert sum(mix.values()) == (1 if mix else 0)
        assert all(share > 0 for share in mix.values())
