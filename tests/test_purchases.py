"""Purchased energy: grid, residual mix, certificates, direct lines, exports, heat."""

from dataclasses import replace
from decimal import Decimal

import pytest
from calc_case import GHG_FACTORS, METHODS, books, ghg, ghg_book, kg, park_book, rows

from carbonledger.calc.inventory import inventory
from carbonledger.errors import CalculationRefused
from carbonledger.factors.lookup import FactorBook

GHG, PARK = METHODS["ghg-protocol"], METHODS["cn-zero-carbon-park"]
MARCH = "2023-03"


def test_purchased_electricity_by_province_and_residual_mix() -> None:
    result = ghg(("grid", "park", "electricity", MARCH, 1000))
    assert rows(result, "2_location") == [
        ("park", "purchased_electricity", Decimal(1000), Decimal("487.8"), "default")
    ]
    assert rows(result, "2_market") == [
        ("park", "purchased_electricity", Decimal(1000), Decimal("609.6"), "residual")
    ]
    assert result.scopes == {
        "1": 0, "2_location": Decimal("0.4878"), "2_market": Decimal("0.6096"), "3": 0,
    }  # fmt: skip


def test_without_a_residual_mix_the_grid_average_counts_and_the_line_says_so() -> None:
    book = FactorBook(one for one in GHG_FACTORS if one.purpose != "organisation_residual")
    result = inventory(books(("grid", "park", "electricity", MARCH, 1000)), GHG, book)
    assert rows(result, "2_market")[0][3:] == (Decimal("487.8"), "fallback:no residual mix")


def test_a_fall_back_of_the_method_is_said_in_the_line() -> None:
    later = books(("grid", "park", "electricity", "2025-01", 1000), months=("2025-01",),
                  region="CN-XZ")  # fmt: skip
    location = rows(inventory(later, GHG, ghg_book()), "2_location")
    assert location[0][3:] == (
        Decimal("530.6"), "fallback:region CN for CN-XZ, data year 2023 for 2025",
    )  # fmt: skip


def test_certificates_cover_what_was_bought_each_once() -> None:
    result = ghg(
        ("grid", "park", "electricity", "2023-01", 3000),
        ("grid", "park", "electricity", "2023-02", 1000),
        ("market", "park", "gec_wind", "2023-07", 2),
    )
    # 2,000 kWh over 3,000 and 1,000: 1,500 and 500.
    assert rows(result, "2_market") == [
        ("park", "purchased_electricity", Decimal(1500), Decimal(0), "instrument"),
        ("park", "purchased_electricity", Decimal(1500), Decimal("914.4"), "residual"),
        ("park", "purchased_electricity", Decimal(500), Decimal(0), "instrument"),
        ("park", "purchased_electricity", Decimal(500), Decimal("304.8"), "residual"),
    ]
    assert result.lines[-1].inputs == ("import:electricity:2023-02",)
    assert {line.factor for line in result.lines if line.basis == "instrument"} == {
        "ghg-protocol@2015/instrument"
    }


def test_certificates_beyond_what_was_bought_cover_nothing() -> None:
    result = ghg(
        ("grid", "park", "electricity", MARCH, 500), ("market", "park", "gec_wind", MARCH, 2)
    )
    assert result.scopes["2_market"] == 0
    assert any("1500 kWh exceed" in said for said in result.warnings)
    surplus = next(f for f in result.figures if f.key == "certificates-surplus")
    assert surplus.value == 1500


def test_certificates_sold_on_are_not_claimed() -> None:
    result = ghg(
        ("grid", "park", "electricity", MARCH, 3000),
        ("market", "park", "gec_wind", MARCH, 3),
        ("park", "market", "gec_wind", MARCH, 1),
    )
    assert kg(result, "2_market") == Decimal("609.6")


def test_certificates_serve_their_holder_first_then_those_above() -> None:
    case = (
        ("grid", "park", "electricity", MARCH, 6000),
        ("park", "park/a", "electricity", MARCH, 2000),
        ("park", "park/b", "electricity", MARCH, 2000),
        ("market", "park/a", "gec_wind", MARCH, 3),
    )
    result = ghg(*case)
    covered = {r[0]: r[2] for r in rows(result, "2_market") if r[4] == "instrument"}
    # a has all of its 2,000; the 1,000 left go to the park, shared over what is still open.
    assert covered == {"park": 500, "park/a": 2000, "park/b": 500}
    # As an enterprise of its own, b holds none.
    assert kg(ghg(*case, boundary="park/b"), "2_market") == Decimal("1219.2")


def test_sold_certificates_take_the_attribute_from_own_generation() -> None:
    case = (
        ("grid", "park", "electricity", MARCH, 1000),
        ("park/pv", "park", "electricity", MARCH, 5000),
        ("park", "grid", "electricity", MARCH, 2000),
    )
    pv = {"pv": "generator:solar_pv"}
    green = ghg(*case, **pv)
    assert kg(green, "2_market") == Decimal("609.6")
    # Three sold: two belong to the 2,000 kWh exported, one to 1,000 kWh of own consumption.
    sold = ghg(*case, ("park/pv", "market", "gec_solar_pv", MARCH, 3), **pv)
    assert kg(sold, "2_market", category="own_generation_without_attribute") == Decimal("609.6")
    assert kg(sold, "2_market") == 2 * Decimal("609.6")
    assert kg(sold, "2_location") == kg(green, "2_location") == Decimal("487.8")


def test_certificates_of_own_generation_that_are_kept_cover_nothing_more() -> None:
    result = ghg(
        ("grid", "park", "electricity", MARCH, 1000),
        ("park/pv", "park", "electricity", MARCH, 5000),
        ("park/pv", "park", "gec_solar_pv", MARCH, 5),
        pv="generator:solar_pv",
    )
    assert kg(result, "2_market") == Decimal("609.6")


def test_certificates_of_an_unknown_technology_are_refused() -> None:
    bought = books(("market", "park", "gec_wind", MARCH, 1))
    method = replace(GHG, renewable=("solar_pv",))
    with pytest.raises(CalculationRefused, match="wind is no renewable technology"):
        inventory(bought, method, ghg_book())


def test_a_direct_line_counts_zero_both_ways_and_own_generation_is_no_purchase() -> None:
    result = ghg(
        ("wind-farm", "park", "electricity", MARCH, 300),
        ("park/pv", "park", "electricity", MARCH, 100),
        pv="generator:solar_pv",
    )
    wanted = [("park", "purchased_electricity", Decimal(300), Decimal(0), "direct_line")]
    assert rows(result, "2_location") == rows(result, "2_market") == wanted


def test_what_is_bought_and_resold_is_scope_3() -> None:
    result = ghg(
        ("grid", "park", "electricity", MARCH, 1000),
        ("park", "customer", "electricity", MARCH, 400),
    )
    assert kg(result, "2_location") == 600 * Decimal("0.4878")
    assert rows(result, "3") == [
        ("park", "resold_electricity", Decimal(400), Decimal("195.12"), "default")
    ]


def test_the_park_method_deducts_exports_by_their_kind() -> None:
    case = books(
        ("grid", "park", "electricity", MARCH, 1000),
        ("park/chp", "park", "electricity", MARCH, 700),
        ("park", "grid", "electricity", MARCH, 200),
        ("supplier", "park/chp", "natural_gas", MARCH, 300),
        kinds={"chp": "chp"},
    )
    result = inventory(case, PARK, park_book())
    assert kg(result, "2_market") == (1000 - 200) * Decimal("0.8325")
    assert rows(result, "2_location")[-1] == (
        "park/chp", "exported_electricity", Decimal(-200), Decimal("-166.5"), "default",
    )  # fmt: skip
    sun = replace(case, accounts={
        **case.accounts, "park/chp": replace(case.accounts["park/chp"], technology="solar_pv"),
    })  # fmt: skip
    # Exported sunlight deducts nothing.
    assert kg(inventory(sun, PARK, park_book()), "2_market") == 1000 * Decimal("0.8325")


def test_bought_heat_and_heat_without_fossil_fuel() -> None:
    result = ghg(("supplier", "park", "steam", MARCH, 10), ("straw-heat", "park", "heat", MARCH, 5))
    assert (
        rows(result, "2_market")
        == rows(result, "2_location")
        == [
            ("park", "purchased_heat", Decimal(5), Decimal(0), "direct_line"),
            ("park", "purchased_heat", Decimal(10), Decimal(1100), "default"),
        ]
    )
