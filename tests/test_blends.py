"""Blends of refrigerants: their warming potential follows from what they are made of."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from carbonledger.calc.lookups import Lookups
from carbonledger.errors import FactorNotFound
from carbonledger.factors.blends import incomplete
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.method import shipped_methods
from carbonledger.factors.shipping import shipped_pack, shipped_packs

MONTH = "2024-06"


def lookups(gwp_set: str, *, blends: bool = True) -> Lookups:
    method = next(one for one in shipped_methods() if one.code == "ghg-protocol")
    packs = [*shipped_packs(), *([shipped_pack("refrigerant-blends@14a4e60")] if blends else [])]
    rows = [row for pack in packs for row in pack.factors]
    return Lookups(replace(method, gwp_set=gwp_set), FactorBook(rows))


@pytest.mark.parametrize(
    ("blend", "gwp_set", "expected"),
    [
        ("r410a", "AR4", "2087.5"),  # printed as 2,088 in lists of AR4
        # As the refrigerants sheet of the UK conversion factors prints them, in whole numbers.
        ("r404a", "AR5", "3942.8"),
        ("r407a", "AR5", "1923.4"),
        ("r407b", "AR5", "2546.7"),
        ("r407c", "AR5", "1624.21"),
        ("r407f", "AR5", "1674.1"),
        ("r410a", "AR5", "1923.5"),
        ("r410b", "AR5", "2048.15"),
        ("r507a", "AR5", "3985"),
        ("r404a", "AR6", "4728"),
        ("r407c", "AR6", "1907.93"),
        ("r410a", "AR6", "2255.5"),
        ("r507a", "AR6", "4775"),
    ],
)
def test_a_blend_warms_as_its_components_do(blend: str, gwp_set: str, expected: str) -> None:
    assert lookups(gwp_set).gwp(blend, MONTH) == Decimal(expected)


def test_hydrocarbons_in_a_blend_count_nothing() -> None:
    # R417A: 46.6 % HFC-125, 50 % HFC-134a, 3.4 % butane; the UK sheet prints 2127 with AR5.
    assert lookups("AR5").gwp("r417a", MONTH) == Decimal("2127.22")


def test_a_blend_whose_composition_is_not_loaded_is_missed_and_not_zero() -> None:
    asked = lookups("AR5", blends=False)

    assert asked.counts("r410a")
    assert asked.gwp("r410a", MONTH) is None
    with pytest.raises(FactorNotFound, match="r410a"):
        asked.refuse_misses()


def test_a_blend_counts_where_one_of_its_components_does() -> None:
    assert lookups("AR6").counts("r410a")
    assert not lookups("AR6").counts("hcfc-22")


def test_components_must_add_up_to_the_whole() -> None:
    rows = shipped_pack("refrigerant-blends@14a4e60").factors
    assert list(incomplete(rows)) == []

    lost = [row for row in rows if row.code != "r410a-hfc-125"]

    places = [(lost[index].activity, reason) for index, reason in incomplete(lost)]
    assert places == [("r410a", "the components of r410a add up to 50 %, not to 100 %")]


KYOTO = "Emissions including only Kyoto products"


@pytest.mark.shared_data
def test_blends_are_as_the_uk_sheet_prints_them(shared_data: Path) -> None:
    """The Kyoto part with AR5, in whole numbers; hydrofluoroolefins are below one."""
    book = CalamineWorkbook.from_path(shared_data / "factors" / "uk_desnz_2025_flat.xlsx")
    sheet = book.get_sheet_by_name("Factors by Category").to_python()
    printed = {
        str(row[4]).lower(): Decimal(str(row[9]))
        for row in sheet
        if row[2] == "Refrigerant & other" and row[6] == KYOTO and row[9] != ""
    }
    ours = {one.activity for one in shipped_pack("refrigerant-blends@14a4e60").factors}
    asked = lookups("AR5")
    both = sorted(ours & printed.keys())
    assert len(both) >= 30
    for blend in both:
        found = asked.gwp(blend, MONTH)
        assert found is not None
        assert abs(found - printed[blend]) < 1, blend
