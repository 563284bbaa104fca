"""Energy in standard coal, on both bases, and the balance of accounts."""

from decimal import Decimal

import pytest
from calc_case import METHODS, YEAR, Row, books, coal, park_book
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.calc.energy import EnergyResult, energy
from carbonledger.errors import CalculationRefused, FactorNotFound
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.shipping import shipped_packs

PARK = METHODS["cn-zero-carbon-park"]
MARCH = "2023-03"


def used(*rows: Row, boundary: str = "park", **kinds: str) -> EnergyResult:
    return energy(books(*rows, boundary=boundary, kinds=kinds), PARK, park_book())


def quantities(result: EnergyResult) -> dict[str, Decimal]:
    return {line.commodity: Decimal(line.quantity) / 10**6 for line in result.lines}


def test_electricity_counts_more_at_equal_value_than_at_equivalent_value() -> None:
    result = used(("grid", "park", "electricity", MARCH, 1_000_000))
    assert result.tce == {"equivalent": Decimal("122.9"), "equal": Decimal("285.6")}
    assert result.primary == "equal"
    assert result.lines[0].factors == {
        "equivalent": "gb-t-2589@1/electricity-CN", "equal": "gb-t-2589@1/electricity-CN",
    }  # fmt: skip


def test_other_carriers_count_the_same_on_both_bases() -> None:
    result = used(("supplier", "park", "natural_gas", MARCH, 1000))
    assert result.tce == {"equivalent": Decimal("1.33"), "equal": Decimal("1.33")}


def test_steam_of_the_own_boiler_is_not_counted_again() -> None:
    case = (
        ("supplier", "park/bh", "natural_gas", MARCH, 1000),
        ("park/bh", "park/a", "steam", MARCH, 30),
        ("park/bh", "customer", "steam", MARCH, 5),
    )
    assert quantities(used(*case, bh="boiler")) == {"natural_gas": 1000, "steam": -5}
    assert used(*case, bh="boiler").tce["equal"] == Decimal("1.33") - 5 * Decimal("0.03412")
    # The member that buys it consumed it.
    assert quantities(used(*case, boundary="park/a", bh="boiler")) == {"steam": 30}


def test_own_generation_without_fuel_is_consumed_energy() -> None:
    result = used(
        ("grid", "park", "electricity", MARCH, 700),
        ("park/pv", "park", "electricity", MARCH, 400),
        ("sun", "park/pv", "electricity", MARCH, 400),
        ("park", "grid", "electricity", MARCH, 100),
        pv="generator:solar_pv",
    )
    assert quantities(result) == {"electricity": 1000}
    assert result.lines[0].own == 400_000_000
    assert result.tce["equal"] == Decimal("0.2856")


def test_electricity_of_a_chp_is_counted_by_its_fuel() -> None:
    result = used(
        ("supplier", "park/chp", "natural_gas", MARCH, 1000),
        ("park/chp", "park", "electricity", MARCH, 4000),
        chp="chp",
    )
    assert quantities(result) == {"natural_gas": 1000}
    # A generator that burns biomass is counted by its biomass too.
    burnt = (
        ("supplier", "park/bio", "diesel", MARCH, 1000),
        ("park/bio", "park", "electricity", MARCH, 4000),
    )
    assert quantities(used(*burnt, bio="generator:biomass")) == {"diesel": 1000}


def test_fuel_put_into_stock_is_not_consumed() -> None:
    result = used(
        ("supplier", "park/tank", "diesel", MARCH, 1000),
        ("park/tank", "park", "diesel", MARCH, 400),
        tank="stock",
    )
    assert quantities(result) == {"diesel": 400}


def test_what_a_battery_does_not_give_back_is_consumed() -> None:
    result = used(
        ("grid", "park/battery", "electricity", MARCH, 100),
        ("park/battery", "park", "electricity", MARCH, 90),
        battery="stock",
    )
    assert quantities(result) == {"electricity": 100}


def test_the_balance_of_every_account() -> None:
    result = used(
        ("grid", "park", "electricity", "2023-01", 100),
        ("park", "park/a", "electricity", "2023-01", 60),
        ("park", "park/a", "electricity", "2023-02", 5),
    )
    assert [
        (row.account, row.inflow // 10**6, row.outflow // 10**6, row.consumed // 10**6, row.unit)
        for row in result.balance
    ] == [("park", 100, 65, 35, "kWh"), ("park/a", 65, 0, 65, "kWh")]


def test_missing_coefficients_are_named_together() -> None:
    case = books(
        ("supplier", "park", "hydrogen", MARCH, 1), ("supplier", "park", "biomass", MARCH, 1)
    )
    with pytest.raises(FactorNotFound) as missed:
        energy(case, PARK, park_book())
    reasons = " ".join(fault.reason for fault in missed.value.problems)
    assert "biomass in CN" in reasons
    assert "hydrogen in CN" in reasons
    assert "basis equal or equivalent" in reasons


def test_a_method_for_products_has_no_standard_coal() -> None:
    with pytest.raises(CalculationRefused, match="no rules for energy"):
        energy(books(), METHODS["iso-14067"], park_book())


def test_the_equal_value_is_taken_from_the_pack_that_states_it() -> None:
    """Another equal value, stated for the year, changes one basis and not the other."""
    book = FactorBook((coal("electricity", "0.1229", "kgce/kWh"),
                       coal("electricity", "0.301", "kgce/kWh", "equal")))  # fmt: skip
    result = energy(books(("grid", "park", "electricity", MARCH, 1000)), PARK, book)
    assert result.tce == {"equivalent": Decimal("0.1229"), "equal": Decimal("0.301")}


def test_the_shipped_pack_gives_the_tce_of_the_worked_case() -> None:
    book = FactorBook(row for pack in shipped_packs() for row in pack.factors)
    case = books(
        ("grid", "park", "electricity", "2023-01", 1_000_000_000),
        ("supplier", "park", "natural_gas", "2023-01", 20_000_000),
        ("supplier", "park", "heat", "2023-02", 300_000),
        ("supplier", "park", "diesel", "2023-05", 500_000),
    )
    result = energy(case, PARK, book)
    assert result.tce == {"equivalent": Decimal("160464.55"), "equal": Decimal("323164.55")}


def test_a_fuel_without_coefficient_counts_by_its_published_calorific_value() -> None:
    """Bituminous coal is not in GB/T 2589: 23.204 GJ/t over 29,307.6 kJ/kgce."""
    book = FactorBook(row for pack in shipped_packs() for row in pack.factors)
    result = energy(books(("supplier", "park", "bituminous_coal", "2023-01", 100_000)), PARK, book)
    assert result.tce == {"equivalent": Decimal("79.174002648"), "equal": Decimal("79.174002648")}
    ncv = "cn-ndrc-fuels@2015/bituminous_coal-ncv"
    assert result.lines[0].factors == {"equivalent": ncv, "equal": ncv}
    assert result.lines[0].fallbacks["equal"].startswith(f"no coefficient in gb-t-2589: by {ncv}")
    by_key = {figure.key: figure for figure in result.figures}
    assert by_key["tce-equal:bituminous_coal:2023-01"].formula == (
        f"100000 kg × {ncv} / 29307.6 kJ/kgce"
    )


def test_every_figure_that_is_named_exists() -> None:
    result = used(
        ("grid", "park", "electricity", "2023-01", 100), ("grid", "park", "electricity", MARCH, 1)
    )
    keys = {figure.key for figure in result.figures}
    inputs = {name for figure in result.figures for name in figure.inputs}
    assert {name for name in inputs if not name.startswith("flow:")} <= keys
    assert "tce-equal:electricity:2023-01" in inputs


@given(st.lists(st.tuples(st.sampled_from(YEAR), st.integers(1, 10**12)), min_size=1, max_size=9))
def test_months_add_up_to_the_year(some: list[tuple[str, int]]) -> None:
    rows: list[Row] = [
        ("grid", "park", "electricity", month, str(Decimal(q) / 10**6)) for month, q in some
    ]
    by_month = [
        energy(books(*(row for row in rows if row[3] == month), months=(month,)), PARK, park_book())
        for month in {row[3] for row in rows}
    ]
    for basis, tce in used(*rows).tce.items():
        assert sum(one.tce[basis] for one in by_month) == tce
