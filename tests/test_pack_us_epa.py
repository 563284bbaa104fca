"""The fuel factors of the US EPA against emissions that plants declared to it."""

import csv
import gzip
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from carbonledger.factors.lookup import FactorBook, Found, Query, mass_mg
from carbonledger.factors.shipping import shipped_pack

NATURAL_GAS = "Natural Gas (Weighted U.S. Average)"
FUELS = {NATURAL_GAS: "natural_gas", "Distillate Fuel Oil No. 2": "diesel",
         "Residual Fuel Oil No. 6": "fuel_oil", "Propane": "propane",
         "Distillate Fuel Oil No. 1": "distillate_fuel_oil_no_1", "Tires": "tires"}  # fmt: skip
TYRE_PLANTS = "326211"
BOOK = FactorBook(shipped_pack("us-epa-fuels@2013").factors)


def find(activity: str, gas: str) -> Found:
    query = Query(
        activity, ("US",), 2017, ("combustion",), packs=("us-epa-fuels",), gases=(gas,),
        bases=("gcv",),
    )  # fmt: skip
    return BOOK.find(query)


@pytest.mark.parametrize(
    ("activity", "co2", "ch4"),
    [
        ("anthracite", "103.69", "11"),
        ("bituminous_coal", "93.28", "11"),
        ("lignite", "97.72", "11"),
        ("coke_oven_gas", "46.85", "0.48"),
        ("blast_furnace_gas", "274.32", "0.022"),
        ("natural_gas", "53.06", "1"),
        ("lpg", "61.71", "3"),
        ("tires", "85.97", "32"),
    ],
)
def test_a_fuel_per_higher_heating_value(activity: str, co2: str, ch4: str) -> None:
    carbon, methane = find(activity, "co2").factor, find(activity, "ch4").factor
    assert (carbon.value, carbon.unit) == (Decimal(co2), "kgCO2/MMBtu")
    assert (methane.value, methane.unit) == (Decimal(ch4), "gCH4/MMBtu")


@pytest.fixture(scope="module")
def declared(shared_data: Path) -> list[dict[str, str]]:
    """Read unit by unit what plants declared for 2017; every second facility."""
    path = shared_data / "emissions" / "us_ghgrp_2017_unit_fuel_even.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if Decimal(row["MTCO2e_TOTAL"] or 0)]


def ours(row: dict[str, str]) -> Decimal:
    """Compute a row's CO2, in tonnes, of its heat by the look-up and the arithmetic of the books."""
    micro = int(Decimal(row["MMBtu_TOTAL"]).scaleb(6).to_integral_value())
    found = find(FUELS[row["FUEL_TYPE"]], "co2")
    return Decimal(mass_mg(micro, "MMBtu", found.factor)).scaleb(-9)


def verdict(row: dict[str, str]) -> str:
    """Say how our figure compares with the declared one, and why it differs where it does.

    Tiers are the methods of 40 CFR 98.33. Under tier 4 a stack monitor gives the CO2, which this
    table holds elsewhere: its total is CH4 and N2O alone, about a thousandth.
    """
    if not Decimal(row["MMBtu_TOTAL"] or 0):
        return "no heat"
    quotient = ours(row) / Decimal(row["MTCO2e_TOTAL"])
    if abs(quotient - 1) <= Decimal("0.02"):
        return "agrees"
    if quotient > 800:
        return "tier 4" if row["T4CH4COMBUSTIONEMISSIONS"] else "only ch4 and n2o, no tier named"
    if abs(quotient / 10 - 1) <= Decimal("0.02"):
        return "heat ten times too high"
    return "other"


def test_declared_emissions_of_natural_gas_are_ours_within_two_per_cent(
    declared: list[dict[str, str]],
) -> None:
    rows = [row for row in declared if row["FUEL_TYPE"] == NATURAL_GAS]
    found = Counter(map(verdict, rows))
    assert len(rows) == 2945
    assert found["agrees"] >= Decimal("0.96") * len(rows)
    assert found == {
        "agrees": 2854,
        "tier 4": 45,
        "only ch4 and n2o, no tier named": 18,
        "heat ten times too high": 16,
        "other": 11,
        "no heat": 1,
    }


def test_a_measured_heating_value_lies_apart_from_the_default_one(
    declared: list[dict[str, str]],
) -> None:
    rows = [row for row in declared if row["FUEL_TYPE"] == NATURAL_GAS and verdict(row) == "agrees"]
    by_tier: dict[int, list[Decimal]] = {
        tier: sorted(
            ours(row) / Decimal(row["MTCO2e_TOTAL"]) for row in rows
            if Decimal(row[f"TIER{tier}_CO2_COMBUSTION_EMISSIONS"] or 0)
        )
        for tier in (1, 2)
    }  # fmt: skip
    median = {tier: values[len(values) // 2] for tier, values in by_tier.items()}
    # The declared total holds CH4 and N2O too: a thousandth of natural gas.
    assert abs(median[1] - Decimal("0.9990")) < Decimal("0.0002")
    assert any(value > Decimal("1.01") for value in by_tier[2])
    assert not any(value > Decimal("1.01") for value in by_tier[1])


def test_what_tyre_plants_declared(declared: list[dict[str, str]]) -> None:
    rows = [row for row in declared if row["PRIMARY_NAICS_CODE"] == TYRE_PLANTS]
    known = [row for row in rows if row["FUEL_TYPE"] in FUELS]
    assert {row["FUEL_TYPE"] for row in rows} == {row["FUEL_TYPE"] for row in known}
    declared_t = sum(Decimal(row["MTCO2e_TOTAL"]) for row in known)
    ours_t = sum(map(ours, known), Decimal(0))
    assert abs(ours_t / declared_t - 1) < Decimal("0.02")
    assert [row["FACILITY_NAME"] for row in known if verdict(row) != "agrees"] == []
