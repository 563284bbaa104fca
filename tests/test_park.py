"""Indicators of a zero-carbon park, with the worked case of the accounting method."""

from decimal import Decimal

import pytest
from calc_case import METHODS, YEAR, Row, books, factor, ghg_book, park_book

from carbonledger.calc.benchmarks import OURS, Benchmark
from carbonledger.calc.inventory import inventory
from carbonledger.calc.park import IntensityResult, intensity, intensity_answer
from carbonledger.errors import CalculationRefused
from carbonledger.factors.shipping import shipped_packs

PARK = METHODS["cn-zero-carbon-park"]
GWH = 10**6

# 400 GWh own and direct photovoltaics and wind, 500 GWh with certificates, 100 GWh other grid;
# 20 million m3 of gas; 200,000 GJ of fossil heat and 100,000 GJ of biomass heat; 500 t of diesel.
CASE: tuple[Row, ...] = (
    ("park/pv", "park", "electricity", "2023-06", 250 * GWH),
    ("wind-farm", "park", "electricity", "2023-03", 150 * GWH),
    ("grid", "park", "electricity", "2023-01", 300 * GWH),
    ("grid", "park", "electricity", "2023-07", 300 * GWH),
    ("market", "park", "gec_wind", "2023-04", 500_000),
    ("supplier", "park", "natural_gas", "2023-01", 20_000_000),
    ("supplier", "park", "heat", "2023-02", 200_000),
    ("straw-heat", "park", "heat", "2023-02", 100_000),
    ("supplier", "park", "diesel", "2023-05", 500_000),
)
KINDS = {"pv": "generator:solar_pv"}


def measured(*rows: Row, **kinds: str) -> IntensityResult:
    return intensity(books(*rows, kinds=kinds or KINDS), PARK, park_book())


def value(result: IntensityResult, code: str) -> Decimal | None:
    return next(one.value for one in result.indicators if one.code == code)


def status(result: IntensityResult, code: str) -> str:
    return next(one.status for one in result.indicators if one.code == code)


def target(result: IntensityResult, code: str) -> str:
    return next(one.target for one in result.indicators if one.code == code)


def test_the_worked_case_gives_its_printed_digits() -> None:
    result = measured(*CASE)
    coal = {"electricity": "285600", "natural_gas": "26600", "heat": "10236", "diesel": "728.55"}
    for carrier, tce in coal.items():
        assert Decimal(result.energy.coal_mg("equal", carrier)) == Decimal(tce) * 10**9
    assert result.energy.tce["equal"] == Decimal("323164.55")
    assert result.energy.tce["equivalent"] == Decimal("160464.55")

    def tonnes(commodity: str) -> str:
        lines = (one for one in result.lines if one.scope in {"1", "2_market"})
        mg = sum(line.co2e_mg for line in lines if line.commodity == commodity)
        return f"{Decimal(mg) / 10**9:,.2f}"

    assert tonnes("electricity") == "83,250.00"
    assert tonnes("natural_gas") == "43,243.78"
    assert tonnes("heat") == "22,000.00"
    assert tonnes("diesel") == "1,572.56"
    assert f"{result.co2_t:,.2f}" == "150,066.34"
    core = value(result, "co2_per_energy")
    assert core is not None
    assert f"{core:.4f}" == "0.4644"
    assert status(result, "co2_per_energy") == "not_met"
    assert target(result, "co2_per_energy") == "<= 0.2"
    # The same park at equivalent value: why the basis belongs to every total.
    assert f"{result.co2_t / result.energy.tce['equivalent']:.3f}" == "0.935"
    assert f"{value(result, 'clean_energy_share_without_gas'):.1f}" == "80.6"
    assert f"{value(result, 'clean_energy_share'):.1f}" == "88.8"
    assert value(result, "direct_supply_share") == 40
    assert status(result, "direct_supply_share") == "not_met"
    assert any("directly supplied" in remark.en for remark in result.remarks)


def test_under_one_rule_both_figures_of_scope_2_are_the_same() -> None:
    result = measured(*CASE).inventory
    assert result.scopes["2_location"] == result.scopes["2_market"] == Decimal(105250)


def test_with_the_national_average_for_every_kwh_the_case_has_597_416_t() -> None:
    bought = [("grid", *row[1:]) if row[2] == "electricity" else row for row in CASE]
    result = inventory(books(*bought, region="CN"), METHODS["ghg-protocol"], ghg_book())
    assert f"{result.scopes['1'] + result.scopes['2_location']:,.0f}" == "597,416"


@pytest.mark.parametrize(
    ("kwh", "wanted_status", "wanted_target"),
    [
        # 0.2856 kgce a kWh: 199,999.9998 tce, 200,000.0002 tce, just below and above 1,000,000.
        (700_280_112, "no_threshold", ""),
        (700_280_113, "not_met", "<= 0.2"),
        (3_501_400_560, "not_met", "<= 0.2"),
        (3_501_400_561, "not_met", "<= 0.3"),
    ],
)
def test_the_limit_depends_on_the_size_of_the_park(
    kwh: int, wanted_status: str, wanted_target: str
) -> None:
    result = measured(("grid", "park", "electricity", "2023-01", kwh))
    assert status(result, "co2_per_energy") == wanted_status
    assert target(result, "co2_per_energy") == wanted_target


def test_a_park_on_its_own_power_meets_the_limit() -> None:
    result = measured(
        ("park/pv", "park", "electricity", "2023-06", 950 * GWH),
        ("grid", "park", "electricity", "2023-06", 50 * GWH),
    )
    # 50 GWh × 0.8325 = 41,625 t over 285,600 tce.
    assert value(result, "co2_per_energy") == Decimal("0.145745798")
    assert status(result, "co2_per_energy") == "met"
    assert status(result, "direct_supply_share") == "met"


def test_a_size_class_needs_a_calendar_year() -> None:
    quarter = books(("grid", "park", "electricity", "2023-01", 900 * GWH), months=YEAR[:3])
    result = intensity(quarter, PARK, park_book())
    assert status(result, "co2_per_energy") == "not_assessable"
    assert value(result, "co2_per_energy") == Decimal("2.914915966")


def test_waste_water_and_value_added() -> None:
    result = measured(
        ("grid", "park", "electricity", "2023-01", 1_000_000),
        ("park", "recycler", "solid_waste", "2023-01", 700),
        ("park", "cement-kiln", "solid_waste", "2023-02", 150),
        ("park", "landfill", "solid_waste", "2023-02", 100),
        ("park", "park/yard", "solid_waste", "2023-02", 50),
        ("park", "landfill", "hazardous_waste", "2023-02", 9_000),
        ("supplier", "park", "water", "2023-01", 300),
        # Reused water passes a meter on its way: it is counted where it is used.
        ("park/treatment", "park/ring", "reused_water", "2023-01", 900),
        ("park/ring", "park/cooling", "reused_water", "2023-01", 900),
        ("park", "market", "value_added", "2023-12", 2_000_000),
        yard="stock",
    )
    assert value(result, "solid_waste_utilisation") == 85
    assert status(result, "solid_waste_utilisation") == "met"
    assert value(result, "water_reuse") == 75
    assert status(result, "water_reuse") == "not_met"
    # 285.6 tce and 832.5 t of CO2 for 200 × 10,000 CNY.
    assert value(result, "energy_per_value_added") == Decimal("1.428")
    assert value(result, "co2_per_value_added") == Decimal("4.1625")
    assert status(result, "energy_per_value_added") == "no_threshold"


def test_what_is_not_posted_is_not_assessed() -> None:
    result = measured(("grid", "park", "electricity", "2023-01", 1))
    for code in ("solid_waste_utilisation", "water_reuse", "energy_per_value_added",
                 "product_unit_energy", "waste_heat_utilisation"):  # fmt: skip
        assert (value(result, code), status(result, code)) == (None, "not_assessable")
    reasons = {one.code: one.reason for one in result.indicators}
    assert "reused_water" in reasons["water_reuse"]["en"]
    assert "重复利用水" in reasons["water_reuse"]["zh"]


def test_waste_to_a_place_of_unknown_treatment_counts_as_not_utilised() -> None:
    result = measured(
        ("grid", "park", "electricity", "2023-01", 1),
        ("park", "recycler", "solid_waste", "2023-01", 30),
        ("park", "customer", "solid_waste", "2023-01", 10),
    )
    assert value(result, "solid_waste_utilisation") == 75
    reason = next(o.reason for o in result.indicators if o.code == "solid_waste_utilisation")
    assert "customer" in reason["en"]


def test_a_park_explains_why_a_guiding_indicator_does_not_apply() -> None:
    case = books(*CASE, kinds=KINDS)
    result = intensity(
        case, PARK, park_book(), not_applicable={"waste_heat_utilisation": "no waste heat arises"}
    )
    one = next(o for o in result.indicators if o.code == "waste_heat_utilisation")
    assert (one.status, one.reason["en"]) == ("not_applicable", "no waste heat arises.")
    with pytest.raises(CalculationRefused, match="core indicator"):
        intensity(case, PARK, park_book(), not_applicable={"co2_per_energy": "too hard"})
    with pytest.raises(CalculationRefused, match="no indicator"):
        intensity(case, PARK, park_book(), not_applicable={"happiness": "none"})


NATIONAL = factor(
    "energy-2018",
    "0.52",
    "tce/万元",
    pack="cn-national",
    purpose="benchmark",
    gas="",
    year=2018,
    basis="2018 prices; all energy",
    activity="energy_per_gdp",
)


def test_the_ratio_to_a_published_average_names_year_basis_and_source() -> None:
    case = books(
        ("grid", "park", "electricity", "2023-01", 1_000_000),
        ("park", "market", "value_added", "2023-12", 10_000_000),
    )
    stated = Benchmark(
        code="a",
        measure="energy_per_gdp",
        name={"en": "Ours to beat", "zh": "自定"},
        year=2023,
        basis="equivalent value (当量值)",
        value=Decimal(1229),
        unit="kgce/万元",
        source="board",
        national=False,
    )
    unknown = factor("x", "1", "tce/万元", pack="cn-national", purpose="benchmark", gas="")
    wrong = factor("y", "1", "kgCO2/kWh", pack="p", purpose="benchmark", gas="",
                   activity="energy_per_gdp")  # fmt: skip
    answer = intensity_answer(
        intensity(case, PARK, park_book(), (NATIONAL, stated, unknown, wrong))
    )
    rows = answer["benchmarks"]
    assert isinstance(rows, list)
    # 285.6 tce at equal value for 1,000 × 10,000 CNY; 122.9 tce at equivalent value.
    assert rows[0] | {"reason": None, "reason_zh": None, "ours_basis": ""} == {
        "key": "energy-2018-CN", "code": "energy-2018-CN", "name": "Energy per GDP", "name_zh": "单位GDP能耗",
        "year": 2018, "basis": "2018 prices; all energy", "value": Decimal("0.52"),
        "unit": "tce/万元", "ours": Decimal("0.2856"), "ratio": Decimal("0.549230769"),
        "source": "cn-national@1/energy-2018-CN: ", "national": True,
        "ours_basis": "", "reason": None, "reason_zh": None,
    }  # fmt: skip
    assert (rows[1]["ours"], rows[1]["ratio"]) == (Decimal("122.9"), Decimal("0.1"))
    assert (rows[2]["ours"], rows[2]["ratio"]) == (None, None)
    assert rows[2]["reason"]
    assert rows[3]["ours"] is None
    assert "unit" in rows[3]["reason"]


def test_the_answer_has_the_agreed_shape() -> None:
    answer = intensity_answer(measured(*CASE))
    assert {"energy_tce", "co2_t", "indicators", "benchmarks"} <= set(answer)
    assert answer["energy_tce"] == {
        "equivalent": Decimal("160464.55"), "equal": Decimal("323164.55"),
    }  # fmt: skip
    indicators = answer["indicators"]
    assert isinstance(indicators, list)
    for one in indicators:
        assert {"code", "name", "value", "unit", "target", "status", "reason"} <= set(one)


def test_a_method_for_products_measures_no_park() -> None:
    with pytest.raises(CalculationRefused, match="no rules for the intensity"):
        intensity(books(), METHODS["iso-14067"], park_book())


def test_every_figure_that_is_named_exists() -> None:
    result = measured(*CASE)
    keys = {figure.key for figure in result.figures}
    for figure in result.figures:
        for name in figure.inputs:
            if name.startswith("line:"):
                assert 1 <= int(name[5:]) <= len(result.lines)
            elif not name.startswith("flow:"):
                assert name in keys, (figure.key, name)
    for line in result.lines:
        for name in line.inputs:
            assert name.startswith("flow:") or name in keys


def test_every_published_figure_that_ships_is_measured() -> None:
    rows = [row for pack in shipped_packs() for row in pack.factors if row.purpose == "benchmark"]
    assert {row.activity for row in rows} <= set(OURS)
    result = intensity(books(*CASE, kinds=KINDS), PARK, park_book(), rows)
    by_key = {one.benchmark.source.partition(":")[0]: one for one in result.comparisons}
    grid = by_key["cn-national@2026/grid-electricity-2023"]
    # 83,250 t for 1,000 GWh: 0.08325 kg, of the nation's 0.5306.
    assert [grid.ours, grid.ratio] == [Decimal("0.08325"), Decimal("0.156897851")]
    assert {key.partition("@")[0] for key, one in by_key.items() if one.benchmark.national} == {
        "cn-national"
    }


def test_a_park_too_small_for_a_threshold_is_told_so() -> None:
    result = measured(("grid", "park", "electricity", "2023-01", 1_000_000))
    core = next(one for one in result.indicators if one.code == "co2_per_energy")
    assert core.reason["en"] == ("no threshold is stated for an energy consumption of 285.60 tce.")
