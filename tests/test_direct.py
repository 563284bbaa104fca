"""Direct emissions beside stationary fuel: vehicles, processes, gases that leak."""

from dataclasses import replace
from decimal import Decimal

import pytest
from calc_case import (
    METHODS,
    Row,
    books,
    factor,
    fuel,
    ghg,
    ghg_book,
    kg,
    park_book,
    process,
    rows,
    said,
)

from carbonledger.calc.inventory import InventoryResult, inventory
from carbonledger.calc.model import Commodity
from carbonledger.factors.check_unit import unit_faults
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.shipping import shipped_pack

GHG, PARK = METHODS["ghg-protocol"], METHODS["cn-zero-carbon-park"]
MARCH = "2023-03"
NATION = "fallback:region CN for CN-LN"


def test_what_vehicles_burn_is_mobile_combustion() -> None:
    result = ghg(
        ("supplier", "park/tank", "diesel", MARCH, 1000),
        ("park/tank", "park/trucks", "diesel", MARCH, 300),
        ("park/tank", "park/genset", "diesel", MARCH, 200),
        tank="stock",
        trucks="vehicle",
        genset="generator:diesel",
    )
    assert rows(result, "1") == [
        ("park/genset", "stationary_combustion", Decimal(200), Decimal("629.024499"), "default"),
        ("park/trucks", "mobile_combustion", Decimal(300), Decimal("943.536748"), "default"),
    ]


def test_vehicles_have_factors_of_their_own_before_those_of_any_fuel() -> None:
    burnt = books(
        ("supplier", "park/trucks", "diesel", MARCH, 1000),
        ("supplier", "park/boiler", "diesel", MARCH, 1000),
        kinds={"trucks": "vehicle", "boiler": "boiler"},
    )
    of_trucks = factor("diesel-truck", "0.2", "gN2O/kg", pack="cn-ndrc-fuels", purpose="mobile",
                       gas="n2o", activity="diesel")  # fmt: skip
    book = ghg_book(fuel("diesel", "0.1", "gN2O/kg", "n2o"), of_trucks)
    n2o = {
        line.account: line.mass_mg for line in inventory(burnt, GHG, book).lines
        if line.gas == "n2o"
    }  # fmt: skip
    assert n2o == {"park/boiler": 100_000, "park/trucks": 200_000}


def test_a_process_is_counted_by_what_it_makes_wherever_that_goes() -> None:
    flows = books(
        ("park/kiln", "park/silo", "clinker", MARCH, 1000),
        ("park/silo", "park/mill", "clinker", MARCH, 700),
        ("park/kiln", "customer", "clinker", MARCH, 200),
        kinds={"kiln": "process", "silo": "stock", "mill": "process"},
    )
    clinker = process("clinker", "0.535", "tCO2/t", "output")
    for method, book in ((GHG, ghg_book(clinker)), (PARK, park_book(clinker))):
        result = inventory(flows, method, book)
        assert rows(result, "1") == [
            ("park/kiln", "process", Decimal(1200), Decimal(642), f"output; {NATION}")
        ]
        assert result.lines[0].factor == "cn-process@1/clinker-CN"
        assert said(result) == ()


def test_a_process_is_counted_by_what_it_uses_less_what_it_gives_back() -> None:
    flows = books(
        ("supplier", "park/yard", "limestone", MARCH, 900),
        ("park/yard", "park/furnace", "limestone", MARCH, 500),
        ("park/furnace", "park/yard", "limestone", MARCH, 100),
        kinds={"yard": "stock", "furnace": "process"},
    )
    result = inventory(flows, GHG, ghg_book(process("limestone", "0.44", "tCO2/t", "input")))
    assert rows(result, "1") == [
        ("park/furnace", "process", Decimal(400), Decimal(176), f"input; {NATION}")
    ]


def test_what_is_used_is_not_counted_by_a_factor_of_what_is_made() -> None:
    flows = books(("supplier", "park/mill", "clinker", MARCH, 10), kinds={"mill": "process"})
    clinker = process("clinker", "0.535", "tCO2/t", "output")
    assert inventory(flows, GHG, ghg_book(clinker)).lines == ()


def test_a_store_that_gives_more_than_it_takes_is_pointed_out_as_a_maker() -> None:
    flows = books(
        ("park/kiln", "park/store", "clinker", MARCH, 100),
        ("park/store", "customer", "clinker", MARCH, 130),
        kinds={"kiln": "process"},
    )
    book = ghg_book(process("clinker", "0.5", "tCO2/t", "output"))
    result = inventory(flows, GHG, book)
    assert {row[0]: row[3] for row in rows(result, "1")} == {"park/kiln": 50, "park/store": 15}
    assert [one.partition(":")[0] for one in said(result)] == [
        "park/store took clinker in and gave 30 kg more than it took"
    ]


def test_a_process_with_measured_co2_is_counted_twice_and_says_so() -> None:
    flows = books(
        ("park/kiln", "customer", "clinker", MARCH, 100),
        ("park/kiln", "air", "co2", MARCH, 50),
        kinds={"kiln": "process"},
    )
    result = inventory(flows, GHG, ghg_book(process("clinker", "0.5", "tCO2/t", "output")))
    assert kg(result, "1") == 100
    assert any("park/kiln has process emissions by factor and measured CO2" in one
               for one in said(result))  # fmt: skip
    assert len(said(result)) == 1


@pytest.mark.parametrize(
    ("basis", "faults"), [("output", 0), ("input", 0), ("", 0)], ids=["made", "used", "unsaid"]
)
def test_the_unit_of_a_process_factor_is_per_unit_of_the_matter(basis: str, faults: int) -> None:
    one = process("clinker", "0.5", "tCO2/t", basis)
    assert len(list(unit_faults(one, {"clinker": "kg"}))) == faults
    per_piece = process("clinker", "0.5", "tCO2/piece", basis)
    assert [column for column, _ in unit_faults(per_piece, {"clinker": "kg"})] == ["unit"]


# A year of a cold store with HFC-134a, in kg. The balance of the GHG Protocol's HFC tool and of
# the US EPA (Direct Fugitive Emissions from Refrigeration, 2014), by hand:
#   decrease of the store     40 at the start − 25 at the end                            =  15
#   + bought                  60 in cylinders, 30 in a new unit that came charged         =  90
#   − sold back, recycled     10 to the supplier, 12 recovered from a unit and recycled   = −22
#   − increase of the charge  30 (new unit) + 8 (unit charged on site) − 20 (scrapped)    = −18
# which leaves                                                                           =  65
COLD_STORE = (
    ("supplier", "park/cylinders", "hfc-134a", "2023-01", 60),
    ("supplier", "park/charge", "hfc-134a", "2023-02", 30),
    ("park/cylinders", "park/charge", "hfc-134a", "2023-02", 8),
    # Topped up for what had leaked.
    ("park/cylinders", "park/cooling", "hfc-134a", "2023-04", 57),
    # A unit of 20 kg is scrapped: 12 are recovered, what was no longer in it has leaked.
    ("park/charge", "recycler", "hfc-134a", "2023-10", 12),
    ("park/charge", "park/cooling", "hfc-134a", "2023-10", 8),
    ("park/cylinders", "supplier", "hfc-134a", "2023-11", 10),
)
STORES = {"cylinders": "stock", "charge": "stock"}


def test_refrigerant_leaks_are_bought_less_sold_recovered_and_what_store_and_charge_gained() -> (
    None
):
    result = ghg(*COLD_STORE, **STORES)
    moved = {"park/cylinders": -15, "park/charge": 18}
    bought, given_back = 60 + 30, 10 + 12
    assert bought - given_back - sum(moved.values()) == 65
    assert rows(result, "1") == [
        ("park/cooling", "fugitive", Decimal(57), Decimal(57 * 1530), "mass_balance"),
        ("park/cooling", "fugitive", Decimal(8), Decimal(8 * 1530), "mass_balance"),
    ]
    line = result.lines[0]
    assert [line.gas, line.gwp, line.mass_mg, line.factor] == ["hfc-134a", 1530, 57_000_000, ""]
    assert line.inputs == ("flow:hfc-134a:park/cylinders>park/cooling:2023-04",)
    assert result.scopes["1"] == Decimal("99.45")
    assert said(result) == ()


def test_what_was_measured_on_its_way_out_is_not_counted_as_leaked_again() -> None:
    result = ghg(
        ("supplier", "park/line", "hfc-134a", MARCH, 10),
        ("park/line", "air", "hfc-134a", MARCH, 4),
        ("park/line", "customer", "hfc-134a", MARCH, 5),
    )
    assert {row[1]: row[2] for row in rows(result, "1")} == {"fugitive": 1, "measured": 4}
    assert kg(result, "1") == 5 * 1530


def test_gas_that_comes_back_out_is_deducted_and_more_than_came_in_is_pointed_out() -> None:
    came_back = ghg(
        ("supplier", "park/cooling", "hfc-134a", "2023-01", 10),
        ("park/cooling", "supplier", "hfc-134a", "2023-02", 4),
    )
    assert [kg(came_back, "1"), said(came_back)] == [6 * 1530, ()]
    result = ghg(("park/cooling", "recycler", "hfc-134a", MARCH, 3))
    assert kg(result, "1") == -3 * 1530
    assert [one.partition(":")[0] for one in said(result)] == [
        "park/cooling gave 3 kg of hfc-134a more than it took in"
    ]


def test_a_gas_that_the_method_does_not_count_is_named_with_what_leaked() -> None:
    flows = books(("supplier", "park/cooling", "hcfc-22", MARCH, 3))
    for method, book in ((GHG, ghg_book()), (PARK, park_book())):
        result = inventory(flows, method, book)
        assert result.lines == ()
        assert said(result) == (
            f"{method.key} does not count hcfc-22: 3 kg leaked from park/cooling, not included",
        )


def test_members_and_months_of_leaks_add_up() -> None:
    whole = kg(ghg(*COLD_STORE, **STORES), "1")
    months = sum(
        (kg(ghg(*(row for row in COLD_STORE if row[3] == month), **STORES), "1")
         for month in {row[3] for row in COLD_STORE}),
        Decimal(0),
    )  # fmt: skip
    assert months == whole


def driving(rows: tuple[Row, ...]) -> InventoryResult:
    """Make the inventory of a company with a car, by the UK factors of 2025."""
    kilometres = {
        code: Commodity(code, "service", "km") for code in ("car_km_average_car_diesel", "van_km")
    }
    made = books(*rows, region="GB", months=("2025-03",), kinds={"car": "vehicle"})
    return inventory(
        replace(made, commodities={**made.commodities, **kilometres}),
        METHODS["defra"],
        FactorBook(shipped_pack("uk-desnz@2025").factors),
    )


def test_kilometres_of_a_vehicle_count_where_its_fuel_is_not_known() -> None:
    """10,000 km at 0.17304 kg; no purchase, so no category of scope 3."""
    result = driving((("air", "park/car", "car_km_average_car_diesel", "2025-03", 10_000),))
    assert rows(result, "1") == [
        ("park/car", "mobile_combustion", Decimal(10_000), Decimal("1730.4"), "distance")
    ]
    assert rows(result, "3") == []


def test_a_vehicle_with_fuel_and_kilometres_is_named() -> None:
    result = driving((
        ("air", "park/car", "van_km", "2025-03", 100),
        ("supplier", "park/car", "diesel", "2025-03", 10),
    ))  # fmt: skip
    assert len(rows(result, "1")) == 2
    assert any("park/car burns fuel and has kilometres" in one.en for one in result.remarks)
