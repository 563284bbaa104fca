"""The look-up of factors: the one that fits, or a refusal that says what was looked for."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from calc_case import METHODS, coal, factor, fuel, grid
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.errors import FactorNotFound, FactorRefused, UnitRefused
from carbonledger.factors.lookup import (
    FactorBook,
    Found,
    Query,
    check_purpose,
    kilograms_per_unit,
    mass_mg,
    missing_factors,
)
from carbonledger.factors.model import Factor
from carbonledger.factors.regions import Region, chain, shipped_regions
from carbonledger.factors.shipping import shipped_packs

GRID = (
    grid("CN-LN", 2021, "0.5876"),
    grid("CN-LN", 2023, "0.4878"),
    grid("CN-NORTHEAST", 2023, "0.5122"),
    grid("CN", 2023, "0.5306"),
    grid("CN", 2023, "0.6096", "organisation_residual"),
)
ASKED = Query("electricity", ("CN-LN", "CN"), 2023, ("organisation",), packs=("cn-grid",))


def find(query: Query, *factors: Factor) -> Found:
    return FactorBook(factors or GRID).find(query)


def test_the_province_of_the_year_is_found() -> None:
    assert find(ASKED) == Found(GRID[1], "")


def test_a_later_year_takes_the_latest_earlier_one_and_says_so() -> None:
    assert find(replace(ASKED, year=2025)) == Found(GRID[1], "data year 2023 for 2025")
    assert find(replace(ASKED, year=2022)) == Found(GRID[0], "data year 2021 for 2022")


def test_an_earlier_year_is_not_guessed_unless_the_rule_allows() -> None:
    with pytest.raises(FactorNotFound):
        find(replace(ASKED, year=2020))
    nearest = find(replace(ASKED, year=2020, year_rule="nearest"))
    assert nearest.fallback == "data year 2021 for 2020"
    with pytest.raises(FactorNotFound):
        find(replace(ASKED, year=2022, year_rule="same"))


def test_a_province_without_a_factor_goes_to_the_nation_and_says_so() -> None:
    found = find(replace(ASKED, regions=("CN-XZ", "CN"), year=2024))
    assert (found.factor, found.fallback) == (
        GRID[3], "region CN for CN-XZ, data year 2023 for 2024",
    )  # fmt: skip


def test_regions_go_before_years() -> None:
    """The factor of the own province, two years old, is nearer than this year's nation."""
    found = find(ASKED, grid("CN-LN", 2021, "0.5876"), grid("CN", 2023, "0.5306"))
    assert found.fallback == "data year 2021 for 2023"


def test_a_factor_of_another_purpose_is_named_and_not_used() -> None:
    footprint = factor("electricity", "0.5777", "kgCO2e/kWh", pack="cn-electricity-footprint",
                       purpose="product", gas="co2e", year=2024)  # fmt: skip
    with pytest.raises(FactorNotFound) as missed:
        find(ASKED, footprint)
    assert missed.value.message == (
        "no factor for electricity in CN-LN, CN, 2023, purpose organisation, packs cn-grid; "
        "cn-electricity-footprint@1/electricity-CN is for product, describes the year 2024, "
        "is in a pack that is not searched and is not used"
    )


def test_a_miss_names_all_that_was_asked() -> None:
    query = Query("steam", ("CN-LN", "CN", ""), 2024, ("heat_supply",), day=date(2024, 3, 1),
                  gases=("co2",), bases=("ncv",), technology="gas")  # fmt: skip
    with pytest.raises(FactorNotFound) as missed:
        find(query)
    assert missed.value.message == (
        "no factor for steam in CN-LN, CN, anywhere, 2024-03, purpose heat_supply, gas co2, "
        "basis ncv, technology gas, all packs"
    )
    assert missed.value.hint


def test_a_place_without_a_region_finds_nothing() -> None:
    with pytest.raises(FactorNotFound, match="a region that is not set"):
        find(replace(ASKED, regions=()))


def test_two_that_fit_equally_well_are_refused_and_listed() -> None:
    twin = replace(GRID[1], edition="2023b", value=Decimal("0.4879"))
    with pytest.raises(FactorRefused) as refused:
        find(ASKED, *GRID, twin)
    assert refused.value.code == "factor-ambiguous"
    assert [fault.text for fault in refused.value.problems] == [
        "cn-grid@2023/electricity-CN-LN = 0.4878 kgCO2/kWh",
        "cn-grid@2023b/electricity-CN-LN = 0.4879 kgCO2/kWh",
    ]
    pinned = replace(ASKED, packs=("cn-grid@2023b",))
    assert find(pinned, *GRID, twin).factor == twin


def test_packs_and_purposes_are_tried_in_their_order() -> None:
    other = replace(GRID[1], pack="supplier", value=Decimal("0.1"))
    assert find(replace(ASKED, packs=("supplier", "cn-grid")), *GRID, other).factor == other
    both = replace(ASKED, purposes=("organisation_residual", "organisation"), regions=("CN",))
    assert find(both).factor == GRID[4]


def test_a_factor_holds_from_day_to_day() -> None:
    old = replace(GRID[3], code="old", valid_to=date(2023, 6, 30))
    new = replace(GRID[3], code="new", valid_from=date(2023, 7, 1))
    query = replace(ASKED, regions=("CN",))
    assert find(replace(query, day=date(2023, 6, 1)), old, new).factor == old
    assert find(replace(query, day=date(2023, 7, 1)), old, new).factor == new


def test_a_factor_of_a_technology_serves_no_other() -> None:
    wind = factor("electricity", "0.0324", "kgCO2e/kWh", pack="p", purpose="product",
                  gas="co2e", technology="wind")  # fmt: skip
    query = Query("electricity", ("CN",), 2024, ("product",))
    with pytest.raises(FactorNotFound):
        find(query, wind)
    assert find(replace(query, technology="wind"), wind).factor == wind


def test_a_search_of_a_method_becomes_a_query() -> None:
    search = METHODS["iso-14067"].searches["electricity_technology"]
    query = FactorBook(()).query(search, "electricity", "CN-LN", "2024-03", technology="wind")
    assert query == Query("electricity", ("CN",), 2024, ("product",), date(2024, 3, 1),
                          ("cn-electricity-footprint",), (), (), "wind", "nearest")  # fmt: skip
    pinned = METHODS["cn-zero-carbon-park"].searches["electricity_direct"]
    query = FactorBook(()).query(pinned, "electricity", "CN-LN", "2024-03", technology="wind")
    assert query.technology == "direct_non_fossil"


def test_a_factor_counts_for_its_own_purpose_only() -> None:
    check_purpose(GRID[0], ("product", "organisation"))
    with pytest.raises(FactorRefused, match="is for organisation, not for product") as refused:
        check_purpose(GRID[0], ("product",))
    assert refused.value.code == "factor-purpose"


def test_misses_are_joined_and_each_is_named_once() -> None:
    one, two = FactorNotFound("no a", hint="load"), FactorNotFound("no b", hint="load")
    joined = missing_factors([two, one, two])
    assert joined.message == "2 factors are missing"
    assert [fault.reason for fault in joined.problems] == ["no a", "no b"]
    assert missing_factors([one, one]).message == "no a"


@pytest.mark.parametrize(
    ("quantity", "unit", "row", "milligrams"),
    [
        # 1 kWh × 0.5306 kg; 1 m3 × 21.6219 t per 10,000 Nm3; 1 kg × 3.1451 t/t; 1 GJ × 0.11 t/GJ.
        (1_000_000, "kWh", GRID[3], 530_600),
        (1_000_000, "m3", fuel("natural_gas", "21.6219", "tCO2/万Nm3"), 2_162_190),
        (1_000_000, "kg", fuel("diesel", "3.1451", "tCO2/t"), 3_145_100),
        (1_000_000, "GJ", fuel("heat", "0.11", "tCO2/GJ"), 110_000_000),
        (1_000_000, "GJ", coal("heat", "0.03412", "kgce/MJ"), 34_120_000),
        # Half even, once: 0.5 mg and 1.5 mg.
        (1, "kWh", fuel("x", "0.5", "kgCO2/kWh"), 0),
        (3, "kWh", fuel("x", "0.5", "kgCO2/kWh"), 2),
        (-1_000_000, "kWh", GRID[3], -530_600),
    ],
)
def test_an_activity_times_a_factor(quantity: int, unit: str, row: Factor, milligrams: int) -> None:
    assert mass_mg(quantity, unit, row) == milligrams


def test_a_factor_per_something_else_is_refused() -> None:
    with pytest.raises(UnitRefused):
        mass_mg(1, "kg", GRID[0])
    with pytest.raises(FactorRefused, match="gives no mass") as refused:
        kilograms_per_unit(fuel("x", "1", "GJ/t"), "kg")
    assert refused.value.code == "factor-unit"


@given(st.integers(-(10**15), 10**15), st.integers(-(10**15), 10**15))
def test_one_rounding_keeps_sums_within_a_milligram(a: int, b: int) -> None:
    apart = mass_mg(a, "kWh", GRID[1]) + mass_mg(b, "kWh", GRID[1])
    assert abs(apart - mass_mg(a + b, "kWh", GRID[1])) <= 1


def test_the_chain_of_regions() -> None:
    levels = ("province", "grid", "nation", "any")
    known = {"CN-LN": Region("CN-LN", "CN-NORTHEAST", "CN", {})}
    assert chain("CN-LN", levels, known) == ("CN-LN", "CN-NORTHEAST", "CN", "")
    assert chain("CN-LN", ("nation", "province"), known) == ("CN", "CN-LN")
    assert chain("CN", levels, known) == ("CN", "")
    assert chain("DE-BY", levels, known) == ("DE-BY", "DE", "")
    assert chain("", levels, known) == ("",)
    assert chain("", ("province", "nation"), known) == ()


def test_the_shipped_regions_are_those_that_grid_factors_name() -> None:
    regions = shipped_regions()
    provinces = {
        row.region
        for pack in shipped_packs()
        if pack.code == "cn-grid"
        for row in pack.factors
        if row.code == row.region and row.region.count("-") == 1 and len(row.region) == len("CN-LN")
    }
    assert provinces <= set(regions)
    assert set(regions) - provinces == {"CN-XZ", "CN-HK", "CN-MO", "CN-TW"}
    # The national average is no fall-back where the announcement does not reach.
    assert chain("CN-HK", ("province", "nation"), regions) == ("CN-HK",)
    assert chain("CN-XZ", ("province", "nation"), regions) == ("CN-XZ", "CN")


@pytest.mark.parametrize(
    ("month", "key", "fallback"),
    [
        ("2021-05", "cn-grid@2021/CN-LN", ""),
        ("2023-05", "cn-grid@2023/CN-LN", ""),
        ("2025-05", "cn-grid@2023/CN-LN", "data year 2023 for 2025"),
    ],
)
def test_the_shipped_packs_answer_the_ghg_protocol(month: str, key: str, fallback: str) -> None:
    book = FactorBook(row for pack in shipped_packs() for row in pack.factors)
    search = METHODS["ghg-protocol"].searches["electricity"]
    found = book.find(book.query(search, "electricity", "CN-LN", month, gases=("co2",)))
    assert (found.factor.key, found.fallback) == (key, fallback)
