"""The same kWh under the methods that ship, with figures by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest
from calc_case import METHODS, Row, factor
from calc_case import books as case_books

from carbonledger.calc.footprint import answer as footprint_answer
from carbonledger.calc.footprint import footprint
from carbonledger.calc.inventory import InventoryResult, inventory, inventory_answer
from carbonledger.calc.park import intensity
from carbonledger.calc.product import product_input
from carbonledger.calc.reported import displayed, reported, reported_products
from carbonledger.errors import FactorNotFound, FactorRefused
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.method import parse_method
from carbonledger.factors.model import Factor
from carbonledger.factors.rules import Rounding
from carbonledger.factors.scope3 import CATEGORIES, name_of
from carbonledger.factors.shipping import shipped_packs

SHIPPED = tuple(factor for pack in shipped_packs() for factor in pack.factors)
BOOK = FactorBook(SHIPPED)
# 100 MWh of the grid in Liaoning, 20 of them under wind certificates, 10 GJ of heat, 1,000 m3 gas.
ROWS: tuple[Row, ...] = (
    ("grid", "park/hall", "electricity", "2023-03", 100_000),
    ("supplier", "park", "gec_wind", "2023-03", 20),
    ("supplier", "park/hall", "heat", "2023-03", 10),
    ("supplier", "park/hall", "natural_gas", "2023-03", 1_000),
)
BURNT = Decimal("2.16219")
HEAT = Decimal("1.1")


def made(code: str, *more: Row, book: FactorBook = BOOK) -> InventoryResult:
    return inventory(case_books(*ROWS, *more), METHODS[code], book)


def test_gb_t_32150_counts_the_latest_national_average_and_asks_for_evidence() -> None:
    """80 MWh × 0.5306 + 10 GJ × 0.11; 20 MWh count zero, with papers."""
    found = made("gb-t-32150")
    assert found.scopes["1"] == BURNT
    assert found.scopes["2_market"] == found.scopes["2_location"] == Decimal("42.448") + HEAT
    assert any("20000 kWh count by an instrument" in said for said in found.warnings)
    assert any("annex D.2" in said for said in found.warnings)
    assert any("附录 D.2" in said for said in found.warnings_zh)


def test_gb_t_32150_takes_the_latest_year_for_an_older_activity() -> None:
    """2021 has an average of its own, 0.5568; the method asks for the latest one."""
    rows = (("grid", "park/hall", "electricity", "2021-03", 1_000),)
    books = replace(case_books(*rows), months=("2021-03",))
    for line in inventory(books, METHODS["gb-t-32150"], BOOK).lines:
        assert (line.factor, str(line.factor_value)) == ("cn-grid@2023/CN", "0.5306")
        assert "year" not in line.basis


@pytest.mark.parametrize("category", [*map(name_of, CATEGORIES), "resold_electricity"])
def test_every_category_of_scope_3_is_in_one_of_iso_14064(category: str) -> None:
    holding = [one for one in METHODS["iso-14064-1"].categories if one.holds("3", category)]
    assert len(holding) == 1


def test_waste_to_landfill_is_in_category_4_of_iso_14064() -> None:
    """2 t × 500 kg CO2e/t; the others of scope 3 were not assessed."""
    treated = factor("solid_waste", "500", "kgCO2e/t", pack="own", purpose="waste_treatment",
                     region="", gas="co2e", technology="landfill")  # fmt: skip
    found = made(
        "iso-14064-1", ("park/hall", "landfill", "solid_waste", "2023-03", 2_000),
        book=FactorBook((*SHIPPED, treated)),
    )  # fmt: skip
    rows = reported(METHODS["iso-14064-1"], found.lines, found.scopes)["categories"]
    assert isinstance(rows, list)
    assert [row["t"] for row in rows][2:] == [None, 1, None, None]


def test_iso_14064_sums_in_its_categories() -> None:
    """Category 2 is location-based: 100 MWh of Liaoning and the heat."""
    found = made("iso-14064-1")
    answer = reported(METHODS["iso-14064-1"], found.lines, found.scopes)
    rows = answer["categories"]
    assert isinstance(rows, list)
    sums = {row["code"]: row["t"] for row in rows}
    # Nothing of scope 3 was assessed, so that categories 3 to 6 have no sum; zero would be one.
    assert sums == {
        "1": BURNT, "2": found.scopes["2_location"], "3": None, "4": None, "5": None, "6": None,
    }  # fmt: skip
    assert reported(METHODS["ghg-protocol"], found.lines, found.scopes) == {}


def test_a_zero_carbon_factory_has_no_thresholds_and_two_shares() -> None:
    """20 of 100 MWh are certified: in the non-fossil share, not in the physical one."""
    books = case_books(*ROWS)
    found = intensity(books, METHODS["cn-zero-carbon-factory"], BOOK)
    by_code = {one.code: one for one in found.indicators}
    assert {one.status for one in by_code.values()} <= {"no_threshold", "not_assessable"}
    share = by_code["non_fossil_share"].value
    assert share is not None
    assert share > 0
    assert by_code["physical_non_fossil_share"].value == 0
    for code in ("energy_saving_equipment", "automatic_collection", "products_with_footprint"):
        assert by_code[code].value is None
        assert by_code[code].reason["zh"]


def test_a_certificate_does_not_lower_the_co2_of_a_zero_carbon_factory() -> None:
    plain = [row for row in ROWS if row[2] != "gec_wind"]
    without = inventory(case_books(*plain), METHODS["cn-zero-carbon-factory"], BOOK)
    assert made("cn-zero-carbon-factory").scopes == without.scopes


def uk(code: str, activity: str, purpose: str, value: str, unit: str) -> Factor:
    return Factor(
        pack="uk-desnz", edition="2025", code=code, activity=activity, region="GB",
        valid_from=None, valid_to=None, data_year=2023, purpose=purpose, gas="co2e",
        value=Decimal(value), unit=unit,
    )  # fmt: skip


def test_defra_counts_equivalents_of_its_own_pack() -> None:
    """1,000 kWh × 0.17700 and 100 m3 × 2.06672; no residual mix, so the average, and it says so."""
    book = FactorBook((
        *SHIPPED,
        uk("7", "electricity", "organisation", "0.17700", "kgCO2e/kWh"),
        uk("1", "natural_gas", "combustion", "2.06672", "kgCO2e/m3"),
    ))  # fmt: skip
    books = case_books(
        ("grid", "park/hall", "electricity", "2023-03", 1_000),
        ("supplier", "park/hall", "natural_gas", "2023-03", 100),
        region="GB",
    )
    found = inventory(books, METHODS["defra"], book)
    assert found.scopes["1"] == Decimal("0.206672")
    assert found.scopes["2_location"] == found.scopes["2_market"] == Decimal("0.177")
    assert any("no residual mix" in line.basis for line in found.lines)


def test_defra_without_its_pack_is_refused() -> None:
    with pytest.raises(FactorNotFound) as refused:
        made("defra")
    assert all("uk-desnz" in fault.reason for fault in refused.value.problems)


def goods(code: str) -> list[dict[str, object]]:
    """1,000 pieces made with 100 m3 of gas and 2,000 kWh."""
    books = case_books(
        ("grid", "park/hall", "electricity", "2023-03", 2_000),
        ("supplier", "park/hall", "natural_gas", "2023-03", 100),
        ("park/hall", "customer", "tyre", "2023-03", 1_000),
    )
    given = product_input(books, METHODS[code], BOOK)
    rows = footprint_answer(footprint(given.books, given.direct, given.upstream))["products"]
    return reported_products(METHODS[code], rows)  # type: ignore[return-value]


def test_cbam_counts_electricity_for_some_goods_and_rounds_to_five_places() -> None:
    """216.219 kg of gas, and 2,000 kWh × 0.5306 where indirect emissions count."""
    (direct,), (whole,) = goods("cbam-direct"), goods("cbam")
    assert direct["reported_kg_per_unit"] == Decimal("0.21622")
    assert direct["kg_co2e_per_unit"] == Decimal("0.216219")
    assert whole["reported_kg_per_unit"] == Decimal("1.27742")
    (plain,) = goods("iso-14067")
    assert "reported_kg_per_unit" not in plain


def test_a_rounding_shows_and_changes_nothing() -> None:
    even, up = (Rounding(2, mode, "") for mode in ("half_even", "half_up"))
    for value, expected in (("0.125", ("0.12", "0.13")), ("-0.125", ("-0.12", "-0.13"))):
        shown = [str(displayed(Decimal(value), rule)) for rule in (even, up)]
        assert tuple(shown) == expected
    method = replace(METHODS["ghg-protocol"], rounding=up)
    assert reported(method, (), {"1": Decimal("1.005")}) == {"reported": {"1": Decimal("1.01")}}


@pytest.mark.parametrize("places", ["-1", "1.5", "x"])
def test_a_rounding_is_in_whole_places(places: str) -> None:
    text = METHODS["cbam"].text.replace('places = "5"', f'places = "{places}"')
    with pytest.raises(FactorRefused, match="places"):
        parse_method(text)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("ghg-protocol", "none of the fifteen categories is calculated"),
        ("gb-t-32150", "gb-t-32150@2025 has no rules for scope 3"),
    ],
)
def test_scope_3_without_a_category_has_no_figure_and_is_never_zero(code: str, why: str) -> None:
    found = made(code)
    figure = next(one for one in found.figures if one.key == "scope-3")
    assert (figure.value, figure.reason) == (None, why)
    scopes = inventory_answer(found)["scopes"]
    assert isinstance(scopes, dict)
    assert list(scopes) == ["1", "2_location", "2_market", "3"]
    assert scopes["3"] is None
