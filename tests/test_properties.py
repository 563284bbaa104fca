"""Properties of fuels that a plant has measured: what they change, and what is refused."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from calc_case import METHODS, Row, books, coal, factor, fuel, ghg_book, park_book, said
from cli_plant import Plant
from site_sample import Reader

from carbonledger.calc.energy import energy
from carbonledger.calc.inventory import InventoryResult, inventory
from carbonledger.calc.model import Commodity
from carbonledger.errors import FactorNotFound
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.model import Factor
from carbonledger.factors.properties import in_force

GHG, PARK = METHODS["ghg-protocol"], METHODS["cn-zero-carbon-park"]
MARCH = "2023-03"
SITE = """\
[site]
code = "park"
timezone = "Asia/Shanghai"
region = "CN-LN"
[account."park/boiler"]
kind = "boiler"
[account."park/kiln"]
kind = "process"
[commodity."coking_coal"]
kind = "fuel"
unit = "kg"
"""
# The parts of the default factor of natural gas, 2.1622 kg/m3.
PARTS = (
    factor("natural_gas-ncv", "389.31", "GJ/万Nm3", pack="cn-ndrc-fuels", gas="", basis="ncv",
           purpose="net_calorific_value", activity="natural_gas"),
    factor("natural_gas-carbon", "0.01530", "tC/GJ", pack="cn-ndrc-fuels", gas="", basis="ncv",
           purpose="carbon_content", activity="natural_gas"),
    factor("natural_gas-oxidation", "99", "%", pack="cn-ndrc-fuels", gas="",
           purpose="oxidation", activity="natural_gas"),
    factor("coking_coal-oxidation", "93", "%", pack="cn-ndrc-fuels", gas="",
           purpose="oxidation", activity="coking_coal"),
)  # fmt: skip


@pytest.fixture(name="read")
def _read(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def stated(read: Reader, text: str) -> tuple[Factor, ...]:
    return read(f"{SITE}{text}").properties


def burnt(*rows: Row, more: tuple[Factor, ...]) -> InventoryResult:
    return inventory(books(*rows), GHG, ghg_book(*PARTS, *more))


GAS = ("supplier", "park/boiler", "natural_gas", MARCH, 1000)


def test_a_measured_calorific_value_takes_the_place_of_the_default_one(read: Reader) -> None:
    properties = stated(
        read,
        """
[property."natural_gas"]
source = "gas company, quality report of March 2023"
net_calorific_value = "35.5 MJ/m3"
""",
    )
    result = burnt(GAS, more=properties)
    (line,) = result.lines
    # 0.0355 GJ × 0.01530 tC/GJ × 99 % × 44/12 = 1.9716345 kg CO2 a cubic metre
    assert (line.factor_value, line.factor_unit) == (Decimal("1.9716345"), "kgCO2/m3")
    assert line.mass_mg == 1_971_634_500
    assert line.basis == "measured_properties"
    key = "composed:natural_gas:park/boiler:2023-03:co2"
    assert (line.factor, line.inputs[-1]) == (key, key)
    figures = {one.key: one for one in result.figures}
    assert figures[key].formula == "35.5 MJ/m3 × 0.01530 tC/GJ × 99 % × 44/12"
    assert figures[figures[key].inputs[0]].reason.startswith("gas company")
    # Without it, the default.
    assert burnt(GAS, more=()).lines[0].mass_mg == 2_162_188_809


def test_all_parts_measured_and_each_for_its_place_and_time(read: Reader) -> None:
    properties = stated(
        read,
        """
[[property."natural_gas"]]
source = "contract"
net_calorific_value = "36 MJ/m3"
[[property."natural_gas"]]
source = "chromatograph of the boiler house"
account = "park/boiler"
valid_from = "2023-03-01"
net_calorific_value = "35 MJ/m3"
carbon_content = "15.2 kgC/GJ"
carbon_basis = "ncv"
oxidation = "99.5 %"
[[property."natural_gas"]]
source = "chromatograph of the boiler house, new column"
account = "park/boiler"
valid_from = "2023-05-01"
net_calorific_value = "34 MJ/m3"
""",
    )
    rows: tuple[Row, ...] = tuple(
        ("supplier", place, "natural_gas", month, 1000)
        for place in ("park/boiler", "park/kiln") for month in ("2023-02", MARCH, "2023-05")
    )  # fmt: skip
    found = {
        (one.account, one.month): one.factor_value for one in burnt(*rows, more=properties).lines
    }
    whole = 36 * Decimal("0.0153") * Decimal("0.99") * 44 / 12
    boiler = Decimal("0.0152") * Decimal("0.995") * 44 / 12
    expected = {
        ("park/boiler", "2023-02"): whole, ("park/boiler", MARCH): 35 * boiler,
        ("park/boiler", "2023-05"): 34 * boiler, ("park/kiln", "2023-02"): whole,
        ("park/kiln", MARCH): whole, ("park/kiln", "2023-05"): whole,
    }  # fmt: skip
    assert found == {key: round(value, 12) for key, value in expected.items()}


def test_carbon_by_analysis_of_dry_coal_counts_for_what_was_received(read: Reader) -> None:
    properties = stated(
        read,
        """
[property."coking_coal"]
source = "laboratory, monthly composite sample"
carbon_content = "80 %C"
""".replace("80 %C", "0.80 tC/t")
        + 'dry = true\nmoisture = "10 %"\n',
    )
    (line,) = burnt(("supplier", "park/kiln", "coking_coal", MARCH, 1000), more=properties).lines
    # 1,000 kg received, 900 kg dry, 720 kg carbon, 93 % of it burnt
    assert line.factor_value == Decimal("2.4552")
    assert line.mass_mg == 720 * 93 * 44 * 10**6 // (12 * 100)


def test_a_factor_per_gross_energy_needs_a_gross_calorific_value(read: Reader) -> None:
    per_energy = factor("diesel-gcv", "70", "kgCO2/GJ", pack="cn-ndrc-fuels", basis="gcv",
                        purpose="mobile", activity="diesel")  # fmt: skip
    flows = books(("supplier", "park/truck", "diesel", MARCH, 100), kinds={"truck": "vehicle"})
    net = stated(
        read, '[property."diesel"]\nsource = "invoice"\nnet_calorific_value = "42.7 MJ/kg"\n'
    )
    with pytest.raises(FactorNotFound) as refused:
        inventory(flows, GHG, ghg_book(per_energy, *net))
    assert refused.value.message == (
        "no gross calorific value of diesel for park/truck in 2023-03, which is needed with "
        "cn-ndrc-fuels@1/diesel-gcv-CN (70 kgCO2/GJ, gcv); "
        "site-properties@/diesel.net_calorific_value = 42.7 MJ/kg is a net calorific value and "
        "is not used for it"
    )
    assert '[property."diesel"]' in refused.value.hint
    gross = stated(
        read,
        '[property."diesel"]\nsource = "invoice"\n'
        'gross_calorific_value = "38 MJ/L"\ndensity = "0.84 kg/L"\n',
    )
    (line,) = inventory(flows, GHG, ghg_book(per_energy, *gross)).lines
    # 70 kg/GJ × 0.038 GJ/L ÷ 0.84 kg/L
    assert line.factor_value == round(Decimal(70) * Decimal("0.038") / Decimal("0.84"), 12)


def test_standard_coal_is_the_measured_calorific_value_over_29307_6_kj(read: Reader) -> None:
    flows = books(("supplier", "park/boiler", "natural_gas", MARCH, 1000))
    default = energy(flows, PARK, park_book())
    assert default.tce["equal"] == Decimal("1.33")
    measured = stated(
        read, '[property."natural_gas"]\nsource = "report"\nnet_calorific_value = "35544 kJ/m3"\n'
    )
    # GB/T 2589: 35,544 kJ/m3 is the conversion 1.2128 kgce/m3 of lists of statistics.
    found = energy(flows, PARK, park_book(coal("x", "1", "kgce/kg"), *measured))
    assert round(found.tce["equal"] * 1000, 4) == Decimal("1212.7912")
    assert found.tce["equal"] == found.tce["equivalent"]


def test_a_property_that_cannot_be_used_is_named(read: Reader) -> None:
    net = stated(
        read, '[property."diesel"]\nsource = "invoice"\nnet_calorific_value = "42.7 MJ/kg"\n'
    )
    result = inventory(
        books(("supplier", "park/boiler", "diesel", MARCH, 1)), GHG,
        ghg_book(*net, fuel("methanol", "1", "kgCO2/kg")),
    )  # fmt: skip
    assert len(said(result)) == 1
    assert "cannot be taken apart; state its carbon content too" in result.warnings[0]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('net_calorific_value = "35.5"', "number and a unit"),
        ('net_calorific_value = "35.5 MJ/kWh"', "needs mass or volume"),
        ('net_calorific_value = "35.5 kg/m3"', "gives mass"),
        ('carbon_content = "15 kgC/GJ"', "state carbon_basis"),
        ('oxidation = "120 %"', "more than 100"),
        ('net_calorific_value = "35.5 MJ/m3"\ndry = true', "as received"),
        ('oxidation = "99 %"\nvalid_from = "2023-03-02"', "first day of a month"),
        ('oxidation = "99 %"\naccount = "park/boilr"', "did you mean 'park/boiler'"),
        ('density = "0.74 kg/kg"', "needs volume"),
        ("", "states nothing"),
    ],
)
def test_what_a_property_may_not_say(read: Reader, text: str, fault: str) -> None:
    said = read.fault(f'{SITE}[property."natural_gas"]\nsource = "s"\n{text}\n')
    assert fault in said


def test_a_property_of_what_is_no_fuel_or_without_a_source_is_refused(read: Reader) -> None:
    text = f'{SITE}[property."water"]\nsource = "s"\ndensity = "1 kg/L"\n'
    assert "is no fuel" in read.fault(text)
    assert "'source' is missing" in read.fault(f'{SITE}[property."diesel"]\ndensity = "1 kg/L"\n')


def test_a_later_statement_replaces_the_whole_of_the_earlier_one_of_its_site() -> None:
    def row(edition: str, code: str) -> Factor:
        return factor(code, "1", "MJ/m3", pack="site-properties", edition=edition,
                      purpose="net_calorific_value", gas="", basis="ncv")  # fmt: skip

    rows = [row("a-1", "x"), row("a-2", "y"), row("b-1", "z"), row("c-9", "u")]
    packs = ["site-properties@a-1", "site-properties@a-2", "site-properties@b-1",
             "site-properties@c-9", "site-properties@c-10", "cn-grid@2023"]  # fmt: skip
    assert [one.edition for one in in_force(rows, packs)] == ["a-2", "b-1"]


def test_from_the_site_file_to_the_tree_behind_the_figure(plant: Plant) -> None:
    gas = plant.folder / "gas.csv"
    gas.write_text(
        "start,end,from,to,commodity,quantity,unit\n"
        "2024-03-01,2024-03-31,supplier,park/works,natural_gas,1000,Nm3\n",
        "utf-8",
    )
    plant.ask("import", str(gas))
    before = plant.ask("inventory", "--period", "2024-03")
    site = plant.folder / "site.toml"
    plain = site.read_text("utf-8")

    def state(value: str) -> None:
        table = (
            f'\n[property."natural_gas"]\nsource = "report 7"\nnet_calorific_value = "{value}"\n'
        )
        site.write_text(plain + table, "utf-8")
        assert plant.ask("site", "apply", str(site))["batch"]
        assert plant.ask("site", "apply", str(site))["batch"] is None

    state("35.5 MJ/m3")
    found = plant.ask("inventory", "--period", "2024-03")
    assert found["scopes"]["1"] == Decimal("1.9716345")
    key = next(line["factor"] for line in found["lines"] if line["scope"] == "1")
    parts = plant.ask("explain", key)["children"]
    assert parts[0]["factor"]["page"] == "report 7"
    state("36.5 MJ/m3")
    state("35.5 MJ/m3")
    assert plant.ask("inventory", "--period", "2024-03")["scopes"] == found["scopes"]
    site.write_text(plain, "utf-8")
    plant.ask("site", "apply", str(site))
    assert plant.ask("inventory", "--period", "2024-03")["scopes"] == before["scopes"]
    again = plant.ask("--as-of", str(found["as_of"]), "inventory", "--period", "2024-03")
    assert again["scopes"] == found["scopes"]
    assert plant.ask("verify")["ok"]


def test_a_fuel_without_default_factor_counts_by_its_analysis(read: Reader) -> None:
    """Rubber of waste: 84 % dry, 67 % carbon, 20 % of it fossil: 0.4127 t CO2 a tonne burnt."""
    own = '[commodity."slurry"]\nkind = "fuel"\nunit = "kg"\n[property."slurry"]\nsource = "lab"\n'
    measured = stated(read, own + 'carbon_content = "0.11256 tC/t"\noxidation = "100 %"\n')
    flows = books(("supplier", "park/boiler", "slurry", MARCH, 1000))
    slurry = {"slurry": Commodity("slurry", "fuel", "kg")}
    flows = replace(flows, commodities={**flows.commodities, **slurry})

    (line,) = inventory(flows, GHG, ghg_book(*measured)).lines

    assert (line.basis, Decimal(line.co2e_mg) / 10**6) == ("measured_properties", Decimal("412.72"))

    unburnt = stated(read, own + 'carbon_content = "0.11256 tC/t"\n')
    with pytest.raises(FactorNotFound, match="no oxidation of slurry"):
        inventory(flows, GHG, ghg_book(*unburnt))
    with pytest.raises(FactorNotFound, match="no factor for slurry"):
        inventory(flows, GHG, ghg_book())


def test_what_is_missing_in_many_months_is_said_once(read: Reader) -> None:
    months = [f"2023-{number:02}" for number in range(1, 13)]
    flows = books(*(("supplier", "park/boiler", "coke", month, 1) for month in months))
    with pytest.raises(FactorNotFound) as refused:
        inventory(flows, GHG, FactorBook(()))
    assert refused.value.problems == ()
    assert "2023-01 to 2023-12" in refused.value.message
