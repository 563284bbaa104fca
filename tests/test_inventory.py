"""Inventories: direct emissions, members of a park, months of a year, what is refused."""

from collections import defaultdict
from decimal import Decimal

import pytest
from calc_case import METHODS, YEAR, Row, books, fuel, ghg, ghg_book, kg, park_book, rows, said

from carbonledger.calc.inventory import InventoryResult, inventory, inventory_answer
from carbonledger.calc.model import EmissionLine
from carbonledger.errors import CalculationRefused, FactorNotFound
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.shipping import shipped_packs

GHG, PARK = METHODS["ghg-protocol"], METHODS["cn-zero-carbon-park"]
MARCH = "2023-03"


def test_fuel_is_counted_where_it_was_consumed() -> None:
    result = ghg(
        ("supplier", "park", "natural_gas", MARCH, 1000),
        ("park", "park/boiler", "natural_gas", MARCH, 900),
        ("park/boiler", "park/flare", "natural_gas", MARCH, 100),
    )
    assert rows(result, "1") == [
        ("park", "stationary_combustion", Decimal(100), Decimal("216.218881"), "default"),
        ("park/boiler", "stationary_combustion", Decimal(800), Decimal("1729.751047"), "default"),
        ("park/flare", "stationary_combustion", Decimal(100), Decimal("216.218881"), "default"),
    ]
    line = result.lines[0]
    assert [line.gas, line.gwp, line.activity_unit] == ["co2", 1, "m3"]
    assert (line.factor, line.factor_value) == (
        "cn-ndrc-fuels@1/natural_gas-CN", Decimal("21.62188809"),
    )  # fmt: skip
    assert line.inputs == (
        "flow:natural_gas:park>park/boiler:2023-03", "flow:natural_gas:supplier>park:2023-03",
    )  # fmt: skip


def test_months_without_entries_are_named() -> None:
    """Their zeros are no emissions of zero."""
    case = [("supplier", "park", "natural_gas", f"2023-{month}", 1) for month in ("02", "03", "07")]
    made = ghg(*case, ("supplier", "other", "natural_gas", "2023-05", 1))
    assert made.warnings == (
        "nothing is posted for park in 2023-01, 2023-04..2023-06, 2023-08..2023-12: the figures "
        "are without it",
    )
    assert made.warnings_zh == (
        "park 在 2023-01、2023-04..2023-06、2023-08..2023-12 没有任何分录：所列数值不含这些月份",
    )


def test_fuel_in_a_stock_is_not_burnt() -> None:
    result = ghg(
        ("supplier", "park/tank", "diesel", MARCH, 1000),
        ("park/tank", "park/forklift", "diesel", MARCH, 300),
        tank="stock",
    )
    assert rows(result, "1") == [
        ("park/forklift", "stationary_combustion", Decimal(300), Decimal("943.536748"), "default")
    ]


def test_a_coke_oven_is_counted_by_its_carbon_balance() -> None:
    result = ghg(
        ("supplier", "park/oven", "coking_coal", MARCH, 1000),
        ("park/oven", "park/furnace", "coke", MARCH, 700),
        ("park/oven", "customer", "coke", MARCH, 10),
    )
    assert kg(result, "1", account="park/oven") == Decimal("2281.8") - 710 * Decimal("2.8518")
    assert kg(result, "1", category="fuel_conversion") == -710 * Decimal("2.8518")
    assert kg(result, "1", account="park/furnace") == 700 * Decimal("2.8518")
    assert any("park/oven gave 710 kg of coke more" in said for said in result.warnings)


def test_hydrogen_needs_no_factor_and_emits_nothing() -> None:
    assert ghg(("supplier", "park", "hydrogen", MARCH, 5)).lines == ()


def test_biogenic_co2_stands_apart_and_the_other_gases_of_biomass_count() -> None:
    burnt = books(("supplier", "park", "biomass", MARCH, 1000))
    factors = (fuel("biomass", "1.1", "kgCO2/kg"), fuel("biomass", "0.003", "kgCH4/kg", "ch4"))
    result = inventory(burnt, GHG, ghg_book(*factors))
    assert [kg(result, "biogenic"), result.biogenic_t] == [1100, Decimal("1.1")]
    assert kg(result, "1") == 3 * Decimal("27.9")
    assert result.scopes["1"] == Decimal("0.0837")
    # Without a factor the result says so; no total rests on it.
    silent = inventory(burnt, GHG, ghg_book())
    assert silent.lines == ()
    assert any("no factor for biomass" in said for said in silent.warnings)


def test_a_fuel_has_all_gases_that_the_packs_know() -> None:
    book = ghg_book(
        fuel("natural_gas", "1", "gCH4/m3", "ch4"), fuel("natural_gas", "0.1", "gN2O/m3", "n2o")
    )
    result = inventory(books(("supplier", "park", "natural_gas", MARCH, 10_000)), GHG, book)
    by_gas = {line.gas: (line.mass_mg, line.co2e_mg) for line in result.lines}
    assert by_gas == {
        "co2": (21_621_888_090, 21_621_888_090),
        "ch4": (10_000_000, 279_000_000),
        "n2o": (1_000_000, 273_000_000),
    }


def test_measured_emissions_count_as_they_are() -> None:
    result = ghg(
        ("park/kiln", "air", "co2", MARCH, 40),
        ("park/kiln", "air", "ch4", MARCH, 2),
        ("park/kiln", "air", "hcfc-22", MARCH, 1),
        ("supplier", "park/kiln", "ch4", MARCH, 9),
    )
    assert rows(result, "1") == [
        ("park/kiln", "measured", Decimal(2), Decimal("55.8"), "measured"),
        ("park/kiln", "measured", Decimal(40), Decimal(40), "measured"),
    ]
    assert {line.factor for line in result.lines} == {""}
    assert any("does not count hcfc-22: 1 kg" in said for said in result.warnings)


def test_a_method_of_co2_alone_leaves_other_gases_out_and_says_so() -> None:
    emitted = books(("park", "air", "co2", MARCH, 40), ("park", "air", "ch4", MARCH, 2))
    result = inventory(emitted, PARK, park_book())
    assert result.scopes["1"] == Decimal("0.04")
    assert any("does not count ch4" in said for said in result.warnings)


def test_a_stack_that_is_measured_and_burns_fuel_is_pointed_out() -> None:
    result = ghg(
        ("supplier", "park/kiln", "diesel", MARCH, 1), ("park/kiln", "air", "co2", MARCH, 3)
    )
    assert any("park/kiln burns fuel and has measured CO2" in said for said in result.warnings)
    assert len(said(result)) == 1


# A boiler house sells steam to two members; the bus has grid and photovoltaics; a feeds a line.
SITE: tuple[Row, ...] = (
    ("grid", "park", "electricity", "2023-01", "1000.000001"),
    ("park/pv", "park", "electricity", "2023-01", "333.333333"),
    ("park", "grid", "electricity", "2023-01", 77),
    ("park", "park/a", "electricity", "2023-01", "512.7"),
    ("park/a", "park/a/line", "electricity", "2023-01", "401.000007"),
    ("park", "park/b", "electricity", "2023-01", "300.100001"),
    ("park", "park/bh", "electricity", "2023-01", 20),
    ("grid", "park/b", "electricity", "2023-02", 90),
    ("park/b/pv2", "park/b", "electricity", "2023-02", 40),
    ("park/b", "park/a", "electricity", "2023-02", 30),
    ("supplier", "park/bh", "natural_gas", "2023-01", 1000),
    ("park/bh", "park/a", "steam", "2023-01", 20),
    ("park/bh", "park/b", "steam", "2023-01", 10),
)
KINDS = {"pv": "generator:solar_pv", "pv2": "generator:solar_pv", "bh": "boiler"}


def of(boundary: str) -> InventoryResult:
    return ghg(*SITE, boundary=boundary, **KINDS)


def own(line: EmissionLine) -> bool:
    """Not supplied within the site."""
    return line.basis not in {"supplier", "direct_line"}


@pytest.mark.parametrize("scope", ["1", "2_location", "2_market"])
def test_a_park_is_the_sum_of_its_members_and_the_rest_to_the_last_digit(scope: str) -> None:
    park = sum(line.co2e_mg for line in of("park").lines if line.scope == scope)
    members = ("park/a", "park/b", "park/bh", "park/pv")
    parts = sum(
        line.co2e_mg
        for member in members
        for line in of(member).lines
        if line.scope == scope and own(line)
    )
    rest = sum(
        line.co2e_mg for line in of("park").lines if line.scope == scope and line.account == "park"
    )
    assert park == parts + rest
    assert park > 0


def test_bought_electricity_of_the_lines_is_what_the_main_meters_say() -> None:
    lines = of("park").lines
    by_month: dict[str, int] = defaultdict(int)
    for line in lines:
        if line.scope == "2_location" and line.commodity == "electricity":
            by_month[line.month] += line.activity
    assert by_month == {"2023-01": 1_000_000_001, "2023-02": 90_000_000}


def test_internal_steam_is_counted_once() -> None:
    park = of("park")
    assert kg(park, "1") == Decimal("2162.188809")
    assert kg(park, "2_location", commodity="steam") == 0
    # The members buy it at what the boiler house emitted: 2162.188809 kg for 30 GJ.
    a, b = of("park/a"), of("park/b")
    assert kg(a, "2_location", commodity="steam") == Decimal("1441.459206")
    assert kg(b, "2_market", commodity="steam") == Decimal("720.729603")
    line = next(line for line in a.lines if line.commodity == "steam")
    assert (line.basis, line.factor, line.factor_unit) == (
        "supplier", "supplier:park/bh", "kgCO2/GJ",
    )  # fmt: skip
    assert line.factor_value == Decimal("72.0729603")
    figure = next(f for f in a.figures if f.key == "supplier:park/bh")
    assert (figure.value, figure.inputs) == (
        Decimal("2.162188809"), ("flow:natural_gas:supplier>park/bh:2023-01",),
    )  # fmt: skip


def test_a_chp_shares_its_emissions_by_energy_content() -> None:
    result = ghg(
        ("supplier", "park/chp", "natural_gas", MARCH, 10_000),
        ("park/chp", "park/a", "steam", MARCH, 30),
        ("park/chp", "park/b", "electricity", MARCH, "2777.777778"),
        boundary="park/a",
        chp="chp",
    )
    # 30 GJ of heat and 10 GJ of electricity.
    assert f"{kg(result, '2_location'):.4f}" == f"{Decimal('21621.88809') * 3 / 4:.4f}"
    assert "shared over its outputs by energy content" in result.lines[0].basis


def test_a_supplier_without_known_emissions_counts_the_default_and_is_named() -> None:
    result = ghg(
        ("grid", "park/eb", "electricity", MARCH, 3000),
        ("park/eb", "park/a", "steam", MARCH, 10),
        boundary="park/a",
        eb="boiler",
    )
    assert rows(result, "2_location") == [
        ("park/a", "purchased_heat", Decimal(10), Decimal(1100),
         "fallback:no emissions known of park/eb")
    ]  # fmt: skip
    assert any("park/eb" in said for said in result.warnings)


def test_a_biomass_boiler_of_the_site_supplies_zero() -> None:
    result = ghg(
        ("supplier", "park/bb", "biomass", MARCH, 3000),
        ("park/bb", "park/a", "steam", MARCH, 10),
        boundary="park/a",
        bb="boiler:biomass",
    )
    assert rows(result, "2_market")[0][3:] == (Decimal(0), "direct_line")


def test_meters_that_differ_are_pointed_out() -> None:
    result = ghg(
        ("grid", "park", "electricity", MARCH, 100), ("park", "park/a", "electricity", MARCH, 103)
    )
    assert any("park gave 3 kWh of electricity more" in said for said in result.warnings)
    assert sum(line.activity for line in result.lines if line.scope == "2_location") == 100_000_000


def test_months_add_up_to_the_year() -> None:
    year = of("park")
    by_month = []
    for month in YEAR:
        flows = (row for row in SITE if row[3] == month)
        alone = books(*flows, months=(month,), kinds=KINDS)
        by_month.append(inventory(alone, GHG, ghg_book()))
    for scope in ("1", "2_location", "2_market"):
        assert sum(one.scopes[scope] for one in by_month) == year.scopes[scope] > 0


# --- refusals and shape


def test_all_missing_factors_are_named_at_once() -> None:
    burnt = books(
        ("supplier", "park", "natural_gas", MARCH, 1),
        ("supplier", "park", "diesel", MARCH, 1),
        ("grid", "park", "electricity", MARCH, 1),
        ("park", "air", "ch4", MARCH, 1),
    )
    with pytest.raises(FactorNotFound) as missed:
        inventory(burnt, GHG, FactorBook(()))
    reasons = [fault.reason for fault in missed.value.problems]
    assert missed.value.message == "4 factors are missing"
    for word in ("ch4", "diesel", "natural_gas", "organisation,", "purpose combustion"):
        assert any(word in reason for reason in reasons), word


def test_a_product_method_makes_no_inventory() -> None:
    with pytest.raises(CalculationRefused, match="no rules for an inventory"):
        inventory(books(), METHODS["iso-14067"], ghg_book())


def test_the_answer_has_the_agreed_shape() -> None:
    answer = inventory_answer(of("park"))
    assert set(answer["scopes"]) == {"1", "2_location", "2_market", "3"}  # type: ignore[call-overload]
    lines = answer["lines"]
    assert isinstance(lines, list)
    assert [line["line"] for line in lines] == list(range(1, len(lines) + 1))
    assert set(lines[0]) == {
        "line", "account", "scope", "category", "commodity", "month", "gas", "activity",
        "activity_unit", "factor", "factor_value", "factor_unit", "mass_kg", "gwp", "co2e_kg",
        "basis",
    }  # fmt: skip
    assert lines[0]["mass_kg"] == Decimal("2162.188809")


def test_the_shipped_packs_serve_both_methods() -> None:
    book = FactorBook(row for pack in shipped_packs() for row in pack.factors)
    case = books(*SITE, ("supplier", "park", "diesel", "2023-01", 100),
                 ("market", "park", "gec_wind", "2023-01", 1), kinds=KINDS)  # fmt: skip
    made = inventory(case, GHG, book)
    # Liaoning 2023: 0.4878 kg of 1,000.000001 + 90 kWh bought.
    assert made.scopes["2_location"] == Decimal("0.531702")
    assert made.scopes["1"] == Decimal("2.16219") + Decimal("0.31451")
    park = inventory(case, PARK, book)
    assert park.scopes["2_market"] == park.scopes["2_location"]
    # One certificate covers 1,000 of the 1,090.000001 kWh; each line is rounded to the milligram.
    exact = Decimal("0.8325") * Decimal("90.000001")
    assert abs(kg(park, "2_market") - exact) < Decimal("0.00001")
