"""What a site need not declare: the codes, kinds and units that programs rely on."""

import pytest

from carbonledger.errors import UnitRefused
from carbonledger.factors import commodity_notes, shipped_commodities, shipped_outside_accounts
from carbonledger.ledger.schema import COMMODITY_KINDS, OUTSIDE_KINDS
from carbonledger.units import find, ratio

CONTRACT = {
    "value_added",
    "output_value",
    "electricity",
    "heat",
    "steam",
    "natural_gas",
    "lng",
    "lpg",
    "diesel",
    "gasoline",
    "fuel_oil",
    "raw_coal",
    "anthracite",
    "bituminous_coal",
    "coke",
    "coke_oven_gas",
    "blast_furnace_gas",
    "biomass",
    "hydrogen",
    "water",
    "waste_water",
    "solid_waste",
    "hazardous_waste",
    "co2",
    "ch4",
    "n2o",
    "so2",
    "nox",
    "pm",
    "voc",
    "cod",
}  # what programs may rely on


def test_shipped_commodities_hold_the_codes_programs_rely_on() -> None:
    commodities = {one.code: one for one in shipped_commodities()}
    assert set(commodities) >= CONTRACT
    for one in commodities.values():
        assert one.kind in COMMODITY_KINDS
        assert one.name["en"], one.code
        assert one.name["zh"], one.code
        assert find(one.unit, "factor").symbol == one.unit
    units = {code: commodities[code].unit for code in ("electricity", "heat", "natural_gas",
             "coal_tar", "water", "hazardous_waste", "value_added", "gec_wind")}  # fmt: skip
    assert units == {
        "electricity": "kWh", "heat": "GJ", "natural_gas": "m3", "coal_tar": "kg", "water": "m3",
        "hazardous_waste": "kg", "value_added": "CNY", "gec_wind": "MWh",
    }  # fmt: skip
    assert "0 °C and 101.325 kPa" in commodity_notes()["natural_gas"]


def test_freight_and_travel_are_services_in_units_of_their_own() -> None:
    services = {one.code: one.unit for one in shipped_commodities() if one.kind == "service"}
    assert services == {
        "freight_road": "tkm", "freight_rail": "tkm", "freight_sea": "tkm", "freight_air": "tkm",
        "travel_car": "pkm", "travel_bus": "pkm", "travel_rail": "pkm", "travel_air_short": "pkm",
        "travel_air_long": "pkm", "hotel_night": "night",
    }  # fmt: skip
    for text, symbol in (
        ("t·km", "tkm"),
        ("p.km", "pkm"),
        ("万人公里", "万pkm"),
        ("间夜", "night"),
    ):
        assert find(text).symbol == symbol
    assert ratio("万pkm", "pkm") == 10_000
    with pytest.raises(UnitRefused):
        ratio("tkm", "pkm")


def test_shipped_outside_accounts() -> None:
    accounts = {one.code: one for one in shipped_outside_accounts()}
    assert all(one.outside and one.kind in OUTSIDE_KINDS for one in accounts.values())
    assert {code: one.kind for code, one in accounts.items() if not one.treatment} == {
        "grid": "grid", "market": "market", "supplier": "supplier", "customer": "customer",
        "air": "environment", "waterbody": "environment", "sun": "environment",
    }  # fmt: skip
    assert {code: one.treatment for code, one in accounts.items() if one.treatment} == {
        "recycler": "recycling", "landfill": "landfill", "incinerator": "incineration",
    }  # fmt: skip
