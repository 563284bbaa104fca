"""US grid averages by eGRID subregion, and emissions per dollar spent."""

from decimal import Decimal

import pytest

from carbonledger.factors.lookup import FactorBook, Query, mass_mg
from carbonledger.factors.model import Factor
from carbonledger.factors.shipping import shipped_pack

EGRID = FactorBook(
    factor for year in (2024, 2025) for factor in shipped_pack(f"us-egrid@{year}").factors
)
SPEND = FactorBook(shipped_pack("us-useeio@1.2").factors)
KG_PER_LB = Decimal("0.45359237")


def grid(year: int, region: str, purpose: str = "organisation", gas: str = "co2") -> Factor:
    query = Query("electricity", (region,), year, (purpose,), packs=("us-egrid",), gases=(gas,))
    return EGRID.find(query).factor


@pytest.mark.parametrize(
    ("region", "kg_per_mwh"),
    [
        ("US-AKGD", "407.78"), ("US-AZNM", "336.03"), ("US-CAMX", "198.06"),
        ("US-ERCT", "334.77"), ("US-MROW", "417.31"), ("US-NEWE", "243.69"),
        ("US-NYUP", "109.31"), ("US-RFCE", "269.77"), ("US-RFCW", "413.37"),
        ("US-SRMW", "561.69"), ("US-SRVC", "267.72"), ("US", "349.957"),
    ],
)  # fmt: skip
def test_carbon_dioxide_of_a_subregion(region: str, kg_per_mwh: str) -> None:
    printed = Decimal(kg_per_mwh)
    found = grid(2025, region)
    assert (found.edition, found.data_year, found.unit) == ("2025", 2023, "kgCO2/MWh")
    assert round(found.value, -int(printed.as_tuple().exponent)) == printed


@pytest.mark.parametrize(
    ("region", "lb_per_mwh"),
    [
        ("US-CAMX", "497.443"), ("US-ERCT", "771.083"), ("US-RFCW", "1000.05"),
        ("US-NWPP", "602.088"), ("US-NYUP", "274.559"), ("US-MROW", "936.485"),
        ("US-SRMW", "1369.89"), ("US-HIOA", "1575.41"),
    ],
)  # fmt: skip
def test_the_label_2024_holds_egrid_2022(region: str, lb_per_mwh: str) -> None:
    """The rates of eGRID2022 as the GHG Protocol prints them, in pounds."""
    found = grid(2022, region)
    assert found.edition == "2024"
    assert abs(found.value / KG_PER_LB / Decimal(lb_per_mwh) - 1) < Decimal("1e-5")


def test_the_residual_mix_and_the_other_gases() -> None:
    assert round(grid(2024, "US-CAMX", "organisation").value, 2) == Decimal("198.06")
    assert round(grid(2022, "US-CAMX", "organisation_residual").value, 2) == Decimal("228.17")
    assert round(grid(2022, "US", "organisation_residual").value, 2) == Decimal("384.24")
    # 0.025 lb of CH4 a MWh in grams.
    methane = grid(2025, "US-CAMX", gas="ch4")
    assert mass_mg(1_000_000_000, "kWh", methane) == 11_340


def test_a_kilowatt_hour_in_california() -> None:
    assert mass_mg(1_000_000, "kWh", grid(2025, "US-CAMX")) == 198_063


@pytest.mark.parametrize(
    ("naics", "technology", "kilograms"),
    [
        ("326211", "", "0.430"),
        ("326211", "without_margins", "0.354"),
        ("331110", "", "0.979"),
        ("327310", "", "3.858"),
    ],
)
def test_a_dollar_spent(naics: str, technology: str, kilograms: str) -> None:
    query = Query(
        f"naics_{naics}", ("US",), 2021, ("spend",), gases=("co2e",), technology=technology
    )
    found = SPEND.find(query).factor
    assert (str(found.value), found.unit) == (kilograms, "kgCO2e/USD")
    assert mass_mg(1_000_000, "USD", found) == int(Decimal(kilograms) * 1_000_000)
    assert len({one.activity for one in shipped_pack("us-useeio@1.2").factors}) == 1016
