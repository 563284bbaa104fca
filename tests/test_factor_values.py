"""The numbers that ship, against tables typed here from the publications."""

import csv
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from carbonledger.factors import shipped_commodities, shipped_packs
from carbonledger.factors.model import Factor, Pack
from carbonledger.factors.plausible import BAND, EXEMPT, kg_per_gj
from carbonledger.factors.shipping import shipped_pack

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "factors"

# kgCO2/kWh by year of the data: 2021 (announcement 12 of 2024), 2022 (33 of 2024), 2023 (47 of
# 2025). Codes are ISO 3166-2.
PROVINCES = """
CN-BJ Beijing        0.5688 0.5580 0.5554
CN-TJ Tianjin        0.7355 0.7041 0.6796
CN-HE Hebei          0.7901 0.7252 0.6516
CN-SX Shanxi         0.7222 0.7096 0.6634
CN-NM Inner_Mongolia 0.7025 0.6849 0.6479
CN-LN Liaoning       0.5876 0.5626 0.4878
CN-JL Jilin          0.5629 0.4932 0.4671
CN-HL Heilongjiang   0.6342 0.5368 0.5229
CN-SH Shanghai       0.5834 0.5849 0.5737
CN-JS Jiangsu        0.6451 0.5978 0.5827
CN-ZJ Zhejiang       0.5422 0.5153 0.4974
CN-AH Anhui          0.7075 0.6782 0.6553
CN-FJ Fujian         0.4711 0.4092 0.4211
CN-JX Jiangxi        0.5835 0.5752 0.5836
CN-SD Shandong       0.6838 0.6410 0.6191
CN-HA Henan          0.6369 0.6058 0.5897
CN-HB Hubei          0.3672 0.4364 0.4044
CN-HN Hunan          0.5138 0.4900 0.4976
CN-GD Guangdong      0.4715 0.4403 0.4419
CN-GX Guangxi        0.5154 0.4044 0.4476
CN-HI Hainan         0.4524 0.4184 0.3648
CN-CQ Chongqing      0.4743 0.5227 0.5581
CN-SC Sichuan        0.1255 0.1404 0.1564
CN-GZ Guizhou        0.5182 0.4989 0.5683
CN-YN Yunnan         0.1235 0.1073 0.1333
CN-SN Shaanxi        0.6336 0.6558 0.6335
CN-GS Gansu          0.4955 0.4772 0.4471
CN-QH Qinghai        0.1326 0.1567 0.1796
CN-NX Ningxia        0.6546 0.6423 0.6187
CN-XJ Xinjiang       0.6577 0.6231 0.6021
"""
REGIONS = """
CN-NORTH     North     0.7120 0.6776 0.6361
CN-NORTHEAST Northeast 0.6012 0.5564 0.5122
CN-EAST      East      0.5992 0.5617 0.5500
CN-CENTRAL   Central   0.5354 0.5395 0.5271
CN-NORTHWEST Northwest 0.5951 0.5857 0.5543
CN-SOUTH     South     0.4326 0.3869 0.4042
CN-SOUTHWEST Southwest 0.2113 0.2268 0.2472
"""
NATION = """
organisation          0.5568 0.5366 0.5306
organisation_residual 0.5942 0.5856 0.6096
organisation_fossil   0.8426 0.8325 0.8273
"""
# commodity, per, NCV GJ, tC/GJ, oxidation %, tCO2 as derived
FUELS = """
anthracite          t      24.515  0.02749 94 2.3228
bituminous_coal     t      23.204  0.02618 93 2.0715
lignite             t      14.449  0.02800 96 1.4241
cleaned_coal        t      26.344  0.02540 93 2.2818
other_washed_coal   t      15.373  0.02540 90 1.2886
briquette           t      17.460  0.03360 90 1.9360
coke                t      28.446  0.02940 93 2.8518
petroleum_coke      t      31.000  0.02750 98 3.0633
crude_oil           t      42.620  0.02010 98 3.0783
fuel_oil            t      40.190  0.02110 98 3.0472
gasoline            t      44.800  0.01890 98 3.0425
diesel              t      43.330  0.02020 98 3.1451
kerosene            t      44.750  0.01960 98 3.1517
naphtha             t      41.031  0.02000 98 2.9488
other_oil_products  t      40.190  0.02000 98 2.8883
coal_tar            t      33.453  0.02200 98 2.6446
crude_benzole       t      41.816  0.02270 98 3.4109
refinery_gas        t      46.050  0.01820 99 3.0423
lpg                 t      47.310  0.01720 99 2.9538
lng                 t      41.868  0.01530 99 2.3253
natural_gas         万Nm3 389.31   0.01530 99 21.6219
coke_oven_gas       万Nm3 173.854  0.01360 99 8.5828
blast_furnace_gas   万Nm3  37.690  0.07080 99 9.6865
converter_gas       万Nm3  79.540  0.04960 99 14.3210
carbide_furnace_gas 万Nm3 111.190  0.03951 99 15.9470
other_gas           万Nm3  52.340  0.01220 99 2.3179
"""
# gas, then GWP100 in AR4, AR5, AR5 with feedback, AR6; - where the report gives none
GWP = """
co2             1     1     1     1
ch4             25    28    34    27.9
ch4_fossil      -     30    -     29.8
ch4_non_fossil  -     28    -     27.0
n2o             298   265   298   273
sf6             22800 23500 26087 25200
nf3             17200 16100 17885 17400
hfc-23          14800 12400 13856 14600
hfc-32          675   677   817   771
hfc-125         3500  3170  3691  3740
hfc-134a        1430  1300  1549  1530
hfc-143a        4470  4800  5508  5810
hfc-43-10mee    1640  1650  1952  1600
hcfc-22         1810  1760  2106  1960
hcfc-123        77    79    96    90.4
cfc-11          4750  4660  5352  6230
cfc-12          10900 10200 11547 12500
cf4             7390  6630  7349  7380
c2f6            12200 11100 12340 12400
c-c4f8          10300 9540  10592 10200
"""
SETS = ("AR4", "AR5", "AR5-feedback", "AR6")
FOOTPRINT = """
-         0.6205 0.5777
coal      0.9440 0.9240
gas       0.4792 0.4503
hydro     0.0143 0.0141
nuclear   0.0065 0.0065
wind      0.0336 0.0324
solar_pv  0.0545 0.0520
csp       0.0313 0.0312
biomass   0.0457 0.0404
"""


def pack(code: str, edition: str) -> Pack:
    (found,) = [one for one in shipped_packs() if (one.code, one.edition) == (code, edition)]
    return found


def row(name: str, edition: str, /, **wanted: object) -> Factor:
    (found,) = [
        factor
        for factor in pack(name, edition).factors
        if all(getattr(factor, field) == value for field, value in wanted.items())
    ]
    return found


def lines(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


@pytest.mark.parametrize(("column", "year"), [(2, 2021), (3, 2022), (4, 2023)])
@pytest.mark.parametrize("table", [PROVINCES, REGIONS], ids=["provinces", "regions"])
def test_grid_electricity_by_region(table: str, column: int, year: int) -> None:
    for region, name, *rest in lines(table):
        factor = row("cn-grid", str(year), region=region, purpose="organisation")
        assert str(factor.value) == [region, name, *rest][column], region
        assert factor.note.endswith(name.replace("_", " "))
        assert (factor.unit, factor.gas, factor.data_year) == ("kgCO2/kWh", "co2", year)


@pytest.mark.parametrize(("column", "year"), [(0, 2021), (1, 2022), (2, 2023)])
def test_grid_electricity_of_the_nation(column: int, year: int) -> None:
    for purpose, *values in lines(NATION):
        factor = row("cn-grid", str(year), region="CN", purpose=purpose)
        assert str(factor.value) == values[column]
    assert len(pack("cn-grid", str(year)).factors) == 3 + 7 + 30


def test_no_grid_factor_where_none_is_published() -> None:
    regions = {factor.region for factor in pack("cn-grid", "2023").factors}
    assert not regions & {"CN-XZ", "CN-HK", "CN-MO", "CN-TW", ""}


def test_fuels_are_as_printed_and_the_derived_column_follows_from_them() -> None:
    fuels = lines(FUELS)
    assert len(fuels) == 26
    assert len(pack("cn-ndrc-fuels", "2015").factors) == 4 * 26
    for code, per, *printed, derived in fuels:
        parts = [
            row("cn-ndrc-fuels", "2015", activity=code, purpose=purpose)
            for purpose in ("net_calorific_value", "carbon_content", "oxidation")
        ]
        assert [str(part.value) for part in parts] == printed
        assert [part.unit for part in parts] == [f"GJ/{per}", "tC/GJ", "%"]
        heat, carbon, percent = (part.value for part in parts)
        exact = heat * carbon * percent / 100 * 44 / 12
        factor = row("cn-ndrc-fuels", "2015", activity=code, purpose="combustion")
        assert str(factor.value) == derived
        assert exact.quantize(Decimal("0.0001"), ROUND_HALF_EVEN) == factor.value, code
        assert (factor.unit, factor.confidence) == (f"tCO2/{per}", "derived")


def test_fuels_lie_in_the_plausible_band_and_the_exempt_ones_outside_it() -> None:
    for code, *_ in lines(FUELS):
        heat = row("cn-ndrc-fuels", "2015", activity=code, purpose="net_calorific_value")
        factor = row("cn-ndrc-fuels", "2015", activity=code, purpose="combustion")
        per_gj = kg_per_gj(factor, heat)
        assert per_gj is not None
        assert (BAND[0] <= per_gj <= BAND[1]) == (code not in EXEMPT), (code, float(per_gj))


def test_natural_gas_is_2_1622_kg_a_cubic_metre_not_a_tenth_of_it() -> None:
    factor = row("cn-ndrc-fuels", "2015", code="natural_gas")
    heat = row("cn-ndrc-fuels", "2015", code="natural_gas-ncv")
    per_gj = kg_per_gj(factor, heat)
    assert per_gj == Fraction("21.6219") * 1000 / Fraction("389.31")
    assert factor.value / 10 == Decimal("2.16219")  # t per 10,000 m3 / 10 = kg per m3


def test_gwp_by_assessment_report() -> None:
    for gas, *values in lines(GWP):
        for report, value in zip(SETS, values, strict=True):
            found = [
                factor
                for factor in pack("ipcc-gwp", "2021").factors
                if (factor.activity, factor.basis) == (gas, report)
            ]
            assert [str(factor.value) for factor in found] == ([] if value == "-" else [value])


@pytest.mark.shared_data
def test_gwp_agrees_with_the_open_table() -> None:
    path = SHARED / "gwp_cc0.csv"
    if not path.is_file():
        pytest.skip("the folder of published factor tables is not beside the checkout")
    text = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    table = {one["Species"].lower(): one for one in csv.DictReader(text)}
    columns = dict(zip(SETS, ("AR4GWP100", "AR5GWP100", "AR5CCFGWP100", "AR6GWP100"), strict=True))
    compared = 0
    for factor in pack("ipcc-gwp", "2021").factors:
        species = table.get(factor.activity.replace("-", ""))
        if species is not None:
            assert str(factor.value) == species[columns[factor.basis]], factor.code
            compared += 1
    assert compared == 132 - 4 - 4  # CO2 and methane by origin are not in it


@pytest.mark.parametrize(
    ("shares", "report", "expected"),
    [
        ({"hfc-32": 50, "hfc-125": 50}, "AR4", "2087.5"),  # R410A
        ({"hfc-32": 50, "hfc-125": 50}, "AR5", "1923.5"),
        ({"hfc-32": 50, "hfc-125": 50}, "AR6", "2255.5"),
        ({"hfc-125": 44, "hfc-143a": 52, "hfc-134a": 4}, "AR6", "4728.0"),  # R404A
        ({"hfc-32": 23, "hfc-125": 25, "hfc-134a": 52}, "AR6", "1907.93"),  # R407C
        ({"hfc-125": 50, "hfc-143a": 50}, "AR6", "4775"),  # R507A
    ],
)
def test_blends_of_refrigerants_come_out_as_published(
    shares: dict[str, int], report: str, expected: str
) -> None:
    parts = {gas: row("ipcc-gwp", "2021", activity=gas, basis=report) for gas in shares}
    total = sum(Decimal(share) / 100 * parts[gas].value for gas, share in shares.items())
    assert total == Decimal(expected)


@pytest.mark.parametrize(("column", "edition"), [(0, "2023"), (1, "2024")])
def test_electricity_footprint_by_technology(column: int, edition: str) -> None:
    for technology, *values in lines(FOOTPRINT):
        wanted = "" if technology == "-" else technology
        factor = row("cn-electricity-footprint", edition, activity="electricity", technology=wanted)
        assert str(factor.value) == values[column]
        assert (factor.gas, factor.purpose) == ("co2e", "product")
    network = "electricity_transmission"
    excluding = row("cn-electricity-footprint", edition, technology="excluding_losses")
    assert (excluding.activity, str(excluding.value)) == (network, ("0.0036", "0.0046")[column])


def test_transmission_with_losses_is_published_for_2024_alone() -> None:
    assert str(row("cn-electricity-footprint", "2024", technology="including_losses").value) == (
        "0.0327"
    )
    technologies = {one.technology for one in pack("cn-electricity-footprint", "2023").factors}
    assert "including_losses" not in technologies


def test_zero_carbon_park_pins() -> None:
    found = {
        (factor.activity, factor.technology): f"{factor.value} {factor.unit}"
        for factor in pack("cn-zero-carbon-park", "2025").factors
    }
    assert found == {
        ("electricity", ""): "0.8325 kgCO2/kWh",
        ("electricity", "direct_non_fossil"): "0 kgCO2/kWh",
        ("electricity", "certified_renewable"): "0 kgCO2/kWh",
        ("heat", ""): "0.11 tCO2/GJ",
        ("heat", "non_fossil"): "0 tCO2/GJ",
        ("steam", ""): "0.11 tCO2/GJ",
        ("steam", "non_fossil"): "0 tCO2/GJ",
    }


def test_standard_coal_of_the_worked_park() -> None:
    """1,000 GWh, 20 million m3 of gas, 300,000 GJ of heat and 500 t of diesel, equal value."""
    equal = row("gb-t-2589", "2020", activity="electricity", basis="equal").value
    equivalent = row("gb-t-2589", "2020", activity="electricity", basis="equivalent").value
    gas, heat, diesel = (
        row("gb-t-2589", "2020", activity=code).value for code in ("natural_gas", "heat", "diesel")
    )
    others = gas * 20_000_000 + heat * 300_000_000 + diesel * 500_000
    assert others + equal * 1_000_000_000 == 323_164_550
    assert others + equivalent * 1_000_000_000 == 160_464_550


def test_standard_coal_of_steam_is_that_of_heat_and_nothing_else_is_assumed() -> None:
    rows = [one for one in pack("gb-t-2589", "2020").factors if one.activity == "steam"]
    assert [(str(one.value), one.unit) for one in rows] == [("0.03412", "kgce/MJ")]
    activities = {one.activity for one in pack("gb-t-2589", "2020").factors}
    assert not activities & {"coke_oven_gas", "hydrogen", "coal_tar", "water", "briquette"}


def test_one_grid_number_for_comparison_and_for_the_inventory() -> None:
    for year in (2021, 2022, 2023):
        shown = row("cn-national", "2026", activity="grid_electricity", data_year=year)
        used = row("cn-grid", str(year), region="CN", purpose="organisation")
        assert str(shown.value) == str(used.value)


def test_no_average_is_invented() -> None:
    """No official average per tce, of waste use or of industry's energy per value added exists."""
    found = {(one.activity, one.data_year) for one in pack("cn-national", "2026").factors}
    assert not {activity for activity, _ in found} & {"co2_per_energy", "solid_waste_utilisation"}
    assert [year for activity, year in found if activity == "energy_per_value_added"] == [2018]


def test_every_row_that_ships_has_its_page_and_confidence() -> None:
    for one in shipped_packs():
        for factor in one.factors:
            assert factor.page, factor.key
            assert factor.confidence in {"primary", "two_sources", "one_source", "derived"}
            if factor.confidence == "derived":
                assert "×" in factor.page or factor.note, factor.key


def test_every_gas_with_a_gwp_and_every_blend_is_a_commodity() -> None:
    gases = {one.code for one in shipped_commodities() if one.kind == "gas"} - {"co2e"}
    blends = {row.activity for row in shipped_pack("refrigerant-blends@14a4e60").factors}
    assert gases == blends | {factor.activity for factor in pack("ipcc-gwp", "2021").factors}
