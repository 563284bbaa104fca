"""Chinese packs to ask for, against figures typed here from the publications."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest

from carbonledger.factors.shipping import shipped_pack

FUELS, PROCESS, LAW = "cn-mee-fuels@2022", "cn-process@2025", "cn-pollution-equivalents@2018"
# tCO2 per tonne or 10,000 m3 as derived from net calorific value, carbon content and oxidation.
SECOND_FAMILY = {
    "crude_oil": "3.0172", "fuel_oil": "3.1705", "gasoline": "2.9251", "diesel": "3.0959",
    "kerosene": "3.0334", "lpg": "3.1013", "refinery_gas": "3.0082", "coal_tar": "2.6446",
    "natural_gas": "21.6502", "coke_oven_gas": "7.6362", "blast_furnace_gas": "8.4811",
    "converter_gas": "15.1240",
}  # fmt: skip


def values(pack: str, purpose: str, technology: str = "") -> dict[str, Decimal]:
    return {
        one.activity: one.value
        for one in shipped_pack(pack).factors
        if one.purpose == purpose and one.technology == technology
    }


def test_the_second_family_of_fuels_follows_from_its_printed_parts() -> None:
    heat, carbon, burnt, made = (
        values(FUELS, purpose)
        for purpose in ("net_calorific_value", "carbon_content", "oxidation", "combustion")
    )
    assert {fuel: str(made[fuel]) for fuel in SECOND_FAMILY} == SECOND_FAMILY
    for fuel, factor in made.items():
        exact = heat[fuel] * carbon[fuel] * burnt[fuel] / 100 * 44 / 12
        assert exact.quantize(Decimal("0.0001"), ROUND_HALF_EVEN) == factor, fuel


def test_carbonates_give_off_what_their_molar_masses_say() -> None:
    """44.0095 g of CO2 per mole of CaCO3, 100.0869 g; of MgCO3, 84.3139 g; and so on."""
    molar = {"0.43971": "100.0869", "0.52197": "84.3139", "0.37987": "115.854",
             "0.38286": "114.947", "0.41492": "105.9884"}  # fmt: skip
    printed = {str(one.value) for one in shipped_pack(PROCESS).factors}
    for factor, mass in molar.items():
        assert factor in printed
        assert abs(Decimal("44.0095") / Decimal(mass) - Decimal(factor)) < Decimal("0.0005")
    assert Decimal("0.47732") in values(PROCESS, "process").values()
    assert abs(2 * Decimal("44.0095") / Decimal("184.4008") - Decimal("0.47732")) < Decimal(
        "0.0005"
    )


@pytest.mark.parametrize(
    ("pollutant", "medium", "expected"),
    [("so2", "air", "0.95"), ("nox", "air", "0.95"), ("carbon_black_dust", "air", "0.59"),
     ("cod", "water", "1"), ("ammonia_nitrogen", "water", "0.8"),
     ("formaldehyde", "water", "0.125")],
)  # fmt: skip
def test_the_mass_of_one_pollution_equivalent(pollutant: str, medium: str, expected: str) -> None:
    assert str(values(LAW, "pollution_equivalent", medium)[pollutant]) == expected
