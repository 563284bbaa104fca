"""The UK conversion factors: values as printed, and which row a user gets who names no more."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from carbonledger.errors import FactorNotFound
from carbonledger.factors.check import check_pack
from carbonledger.factors.lookup import FactorBook, Query, mass_mg
from carbonledger.factors.model import Factor
from carbonledger.factors.parts import unequal_parts
from carbonledger.factors.shipping import shipped_pack

PACKS = {year: shipped_pack(f"uk-desnz@{year}") for year in (2023, 2024, 2025)}
BOOK = FactorBook(factor for pack in PACKS.values() for factor in pack.factors)


def find(
    year: int,
    purpose: str,
    activity: str,
    basis: str = "",
    technology: str = "",
    region: str = "GB",
    gases: tuple[str, ...] = ("co2", "co2e"),
) -> Factor:
    """Find a factor as a method does that searches this pack."""
    query = Query(
        activity, (region,), year, (purpose,), day=date(year, 3, 1), packs=("uk-desnz",),
        gases=gases, bases=(basis,) if basis else (), technology=technology,
    )  # fmt: skip
    return BOOK.find(query).factor


def is_about(value: Decimal, written: Decimal) -> bool:
    """Compare with a figure read off the workbook by hand, shorter than its cell."""
    unit = Decimal(1).scaleb(int(written.as_tuple().exponent))
    return abs(value - written) <= max(unit / 2, written * Decimal("1e-7"))


COMBUSTION = [
    ("natural_gas", "gcv", "0.18292892617", "0.18290", "0.18296"),
    ("natural_gas", "ncv", "0.20267141877", "0.20264", "0.20270"),
    ("natural_gas", "", "2.03839", "2.04542", "2.06672"),
    ("natural_gas_mass", "", "2562.574", "2568.164", "2575.464"),
    ("lpg_volume", "", "1.55712788", "1.55713", "1.55713"),
    ("diesel_volume", "", "2.51206388", "2.51279", "2.57082"),
    ("diesel_100_pct_mineral_diesel_volume", "", "2.65937174", "2.66155", "2.66155"),
    ("gasoline_volume", "", "2.09747313", "2.08440", "2.06916"),
    ("petrol_100_pct_mineral_petrol_volume", "", "2.34502535", "2.35372", "2.33984"),
    ("gas_oil_volume", "", "2.75540898", "2.75541", "2.75541"),
    ("fuel_oil_volume", "", "3.17492498", "3.17493", "3.17492"),
    ("fuel_oil", "", "3228.89019", "3228.890", "3228.89019"),
    ("raw_coal", "", "2396.47994", "2399.43994", "2395.28994"),
    ("petroleum_coke", "", "3386.57168", "3386.57168", "3386.57168"),
]


@pytest.mark.parametrize(("activity", "basis", "of_2023", "of_2024", "of_2025"), COMBUSTION)
def test_fuels_as_published(
    activity: str, basis: str, of_2023: str, of_2024: str, of_2025: str
) -> None:
    for year, printed in zip(PACKS, map(Decimal, (of_2023, of_2024, of_2025)), strict=True):
        assert is_about(find(year, "combustion", activity, basis).value, printed)


@pytest.mark.parametrize(
    ("year", "purpose", "activity", "technology", "region", "value"),
    [
        (2023, "organisation", "electricity", "", "GB", "0.20707428859"),
        (2024, "organisation", "electricity", "", "GB", "0.20705"),
        (2025, "organisation", "electricity", "", "GB", "0.17700"),
        (2024, "upstream", "electricity_transmission", "", "GB", "0.01830"),
        (2024, "water", "water", "", "GB", "0.15311"),
        (2024, "water", "waste_water", "", "GB", "0.18574"),
        (2024, "travel", "hotel_night", "", "CN", "53.5"),
        (2023, "upstream", "electricity_transmission", "", "GB", "0.0179151114"),
        (2025, "upstream", "electricity_transmission", "", "GB", "0.01853"),
        (2025, "upstream", "electricity_transmission", "wtt", "GB", "0.00397"),
        (2025, "upstream", "electricity", "", "GB", "0.04590"),
        (2025, "upstream", "heat", "", "GB", "0.03341"),
        (2025, "upstream", "diesel_volume", "", "GB", "0.61101"),
        (2025, "upstream", "heat_distribution", "", "GB", "0.00945"),
        (2023, "heat_supply", "heat", "", "GB", "0.17964657"),
        (2025, "heat_supply", "steam", "", "GB", "0.17529"),
        (2023, "water", "water", "", "GB", "0.17668455"),
        (2025, "water", "waste_water", "", "GB", "0.17088"),
        (2025, "freight", "freight_road", "", "GB", "0.10163"),
        (2025, "freight", "freight_air", "", "GB", "0.89939"),
        (2025, "travel", "travel_air_short", "", "GB", "0.12786"),
        (2025, "travel", "travel_air_long", "", "GB", "0.15282"),
        (2025, "travel", "travel_rail", "", "GB", "0.03546"),
        (2025, "travel", "hotel_night", "", "GB", "10.4"),
        (2025, "travel", "hotel_night", "", "CN", "53.5"),
        (2025, "waste_treatment", "waste_wood", "landfill", "GB", "925.34348"),
        (2025, "waste_treatment", "waste_tyres", "recycling", "GB", "4.68568"),
        (2025, "waste_treatment", "waste_aggregates", "landfill", "GB", "1.26338"),
        (2025, "mobile", "car_km", "", "GB", "0.16725"),
        (2025, "mobile", "car_km_average_car_diesel", "", "GB", "0.17304"),
        (2025, "mobile", "van_km", "", "GB", "0.25430"),
        (2025, "travel", "travel_car_km_average_car_petrol", "", "GB", "0.16272"),
        (2025, "freight", "freight_hgv_km", "", "GB", "0.89121"),
        (2025, "travel", "homeworking", "", "GB", "0.33378"),
        (2024, "travel", "homeworking", "", "GB", "0.33378"),
        (2025, "purchased_goods", "tyres", "", "GB", "3335.5719"),
        (2025, "purchased_goods", "tyres", "re_used", "GB", "731.22"),
        (2025, "purchased_goods", "metal_steel_cans", "", "GB", "2863.9"),
    ],
)
def test_the_rest_as_published(
    year: int, purpose: str, activity: str, technology: str, region: str, value: str
) -> None:
    found = find(year, purpose, activity, technology=technology, region=region).value
    assert is_about(found, Decimal(value))


def test_what_an_inventory_takes_fits_the_unit_it_counts_in() -> None:
    """1,000 kWh, 1 m3 and 100 kg, as the books hold them, in grams of CO2 equivalent."""
    for activity, purpose, micro, unit, grams in (
        ("electricity", "organisation", 1_000_000_000, "kWh", "177000"),
        ("natural_gas", "combustion", 1_000_000, "m3", "2066.72"),
        ("lpg", "combustion", 100_000_000, "kg", "293936.095"),
        ("waste_water", "water", 1_000_000, "m3", "170.88"),
    ):
        milligrams = mass_mg(micro, unit, find(2025, purpose, activity))
        assert Decimal(milligrams) / 1000 == Decimal(grams)


def test_an_edition_counts_for_its_own_year() -> None:
    assert find(2023, "organisation", "electricity").edition == "2023"
    assert find(2025, "organisation", "electricity").data_year == 2023
    with pytest.raises(FactorNotFound):
        find(2026, "organisation", "electricity")


def test_a_share_of_the_equivalent_is_found_by_its_name_alone() -> None:
    for gases in ((), ("co2", "co2e")):
        assert find(2025, "combustion", "natural_gas", "gcv", gases=gases).gas == "co2e"
    methane = find(2025, "combustion", "natural_gas", "gcv", gases=("co2e_ch4",))
    assert (methane.value, methane.unit) == (Decimal("0.00028"), "kgCO2e/kWh")


@pytest.mark.parametrize("year", PACKS)
def test_every_row_has_its_source_and_no_blank_became_zero(year: int) -> None:
    pack = PACKS[year]
    assert check_pack(pack) == []
    assert len(pack.factors) > 1400
    assert all("row " in one.page and one.confidence == "primary" for one in pack.factors)
    assert not [one.code for one in pack.factors if one.value == 0 and one.gas == "co2e"
                and one.purpose != "upstream"]  # fmt: skip


def test_ids_mean_the_same_in_every_edition() -> None:
    """The id is the key of the publication: activity, unit and gas behind it do not move."""
    meaning = [
        {one.code: (one.activity, one.purpose, one.gas, one.unit) for one in pack.factors}
        for pack in PACKS.values()
    ]
    for earlier, later in pairwise(meaning):
        both = earlier.keys() & later.keys()
        assert len(both) > 1400
        moved = {earlier[code][1:] for code in both if earlier[code] != later[code]}
        assert moved <= {("waste_treatment", "co2e", "kgCO2e/t")}


def test_gases_that_do_not_add_up_are_a_fault() -> None:
    pack = PACKS[2025]
    rows = list(pack.factors)
    place = next(i for i, one in enumerate(rows) if one.code == "1_100_1004_6_1")
    rows[place] = replace(rows[place], value=Decimal("0.18290"))
    assert [index for index, _ in unequal_parts(rows)] == [place]
    (fault,) = check_pack(replace(pack, factors=tuple(rows)))
    assert "is not the sum of its gases, 0.18259 + 0.00028 + 0.00009" in fault.reason
