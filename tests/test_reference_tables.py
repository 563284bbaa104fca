"""What a ledger holds after `init`, row for row against the tables of the reference texts."""

import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from reference_kit import reference, section, table

from carbonledger.factors.regions import shipped_regions
from carbonledger.factors.shipping import shipped_pack

pytestmark = pytest.mark.shared_data

YEARS = ("2021", "2022", "2023")
SETS = ("AR4", "AR5", "AR5-feedback", "AR6")
PER = {"t": "t", "10⁴ Nm³": "万Nm3"}
MISSING = "–"
NAMES = {"煤油": "kerosene", "焦油": "coal_tar", "一般煤油": "kerosene"}


@pytest.fixture(scope="module")
def posted(ledger_template: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{ledger_template}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def china(shared_reference: Path) -> str:
    return reference(shared_reference, "china")


def only(posted: sqlite3.Connection, **wanted: str) -> sqlite3.Row:
    where = " AND ".join(f"{column} = ?" for column in wanted)
    rows = posted.execute(f"SELECT * FROM factor_view WHERE {where}", tuple(wanted.values()))
    found: list[sqlite3.Row] = rows.fetchall()
    assert len(found) == 1, (wanted, len(found))
    return found[0]


def count(posted: sqlite3.Connection, where: str) -> int:
    found = posted.execute(f"SELECT count(*) FROM factor_view WHERE {where}").fetchone()
    return int(found[0])


def grid(posted: sqlite3.Connection, year: str, region: str, purpose: str) -> str:
    row = only(posted, pack="cn-grid", edition=year, region=region, purpose=purpose)
    assert (row["activity"], row["unit"], row["gas"]) == ("electricity", "kgCO2/kWh", "co2")
    assert str(row["data_year"]) == year
    return str(row["value"])


def test_90_factors_of_the_provinces(china: str, posted: sqlite3.Connection) -> None:
    codes = {one.name["zh"]: (one.code, one.name["en"]) for one in shipped_regions().values()}
    compared = 0
    for cells in table(section(china, "## 2"), "Province"):
        for printed in (cells[:4], cells[5:]):
            name, english = printed[0].split(" ", 1)
            code, known = codes[name]
            assert known == english
            for year, value in zip(YEARS, printed[1:], strict=True):
                assert grid(posted, year, code, "organisation") == value, (name, year)
                compared += 1
    assert compared == 90
    assert count(posted, "pack = 'cn-grid' AND region LIKE 'CN-__'") == 90


def test_the_factors_of_regions_and_nation(china: str, posted: sqlite3.Connection) -> None:
    text = section(china, "## 2")
    for name, *values in table(text, "Region"):
        code = f"CN-{name.split()[1].upper()}"
        for year, value in zip(YEARS, values, strict=True):
            assert grid(posted, year, code, "organisation") == value, (name, year)
    purposes = ("organisation", "organisation_residual", "organisation_fossil")
    nation = table(text, "Power year")
    for year, document, _, *values in nation:
        for purpose, value in zip(purposes, values, strict=True):
            assert grid(posted, year, "CN", purpose) == value, (purpose, year)
        assert (
            only(posted, pack="cn-grid", edition=year, region="CN", purpose="organisation")[
                "document"
            ]
            == document
        )
    assert tuple(row[0] for row in nation) == YEARS
    assert count(posted, "pack = 'cn-grid'") == 3 * (30 + 7 + 3)


def test_26_fuels_and_each_of_their_parts(china: str, posted: sqlite3.Connection) -> None:
    codes = {str(row["name_zh"]): str(row["commodity"]) for row in posted.execute(
        "SELECT commodity, name_zh FROM commodity_view WHERE kind = 'fuel'")}  # fmt: skip
    fuels = table(section(china, "### 4.1"), "Fuel")
    for fuel, per, heat, carbon, burnt, product in fuels:
        name = fuel.split()[0]
        code = NAMES.get(name) or codes[name]
        unit = PER[per]
        wanted = {
            "net_calorific_value": (heat, f"GJ/{unit}"),
            "carbon_content": (carbon, "tC/GJ"),
            "oxidation": (burnt, "%"),
            "combustion": (product.split(" ")[0], f"tCO2/{unit}"),
        }
        for purpose, (value, of) in wanted.items():
            row = only(posted, pack="cn-ndrc-fuels", activity=code, purpose=purpose)
            assert (row["value"], row["unit"], row["region"]) == (value, of, "CN"), (fuel, purpose)
    assert len(fuels) == 26
    assert count(posted, "pack = 'cn-ndrc-fuels'") == 4 * 26


def test_the_whole_table_of_warming_potentials(
    shared_reference: Path, posted: sqlite3.Connection
) -> None:
    text = section(reference(shared_reference, "international"), "## 1")
    compared = dict.fromkeys(SETS, 0)
    gases = table(text, "Gas")
    for gas, *values in gases:
        code = gas.partition(" (")[0].lower().replace(" ", "_").replace("non-fossil", "non_fossil")
        for report, value in zip(SETS, values, strict=True):
            printed = value.replace(",", "")
            if printed == MISSING:
                assert not count(posted, f"pack = 'ipcc-gwp' AND activity = '{code}' "
                                 f"AND basis = '{report}'"), (gas, report)  # fmt: skip
                continue
            row = only(posted, pack="ipcc-gwp", activity=code, basis=report)
            assert (row["value"], row["unit"], row["gas"], row["purpose"]) == (
                printed, "kgCO2e/kg", "co2e", "gwp",
            ), (gas, report)  # fmt: skip
            compared[report] += 1
    assert len(gases) == 35
    assert compared == {"AR4": 29, "AR5": 35, "AR5-feedback": 33, "AR6": 35}
    assert count(posted, "pack = 'ipcc-gwp'") == sum(compared.values())


IPCC = {
    "crude": "crude_oil", "motor gasoline": "gasoline", "other kerosene": "kerosene",
    "gas/diesel": "diesel", "residual oil": "fuel_oil", "other bituminous": "bituminous_coal",
    "sub-bituminous": "sub_bituminous_coal", "gas-works and coke-oven gas": "coke_oven_gas",
    "blast-furnace gas": "blast_furnace_gas", "oxygen-steel gas": "converter_gas",
    "municipal waste (fossil)": "municipal_waste_fossil", "industrial waste": "industrial_waste_fuel",
    "other solid biomass": "biomass", "biogasoline, biodiesel": "biodiesel",
    "other liquid bio": "other_liquid_biofuel", "landfill, sludge, other biogas": "landfill_gas",
    "municipal waste (bio)": "municipal_waste_biomass",
}  # fmt: skip
SECTORS = ("energy_industries", "", "commercial")


def test_default_values_of_the_ipcc(shared_reference: Path) -> None:
    """Each fuel of the printed list: calorific value, CO2, CH4 and N2O of three sectors."""
    text = section(reference(shared_reference, "international"), "## 3")
    begin = text.index("N2O:") + len("N2O:")
    listed = text[begin : text.index("**Mobile**")].strip().rstrip(".").split(" · ")
    rows = {
        (one.activity, one.purpose, one.gas, one.technology): str(one.value)
        for one in shipped_pack("ipcc-fuels@2006").factors
    }
    for entry in listed:
        head, co2, *gases = entry.strip().split("|")
        name, heat = head.rsplit(" ", 1)
        code = IPCC.get(name) or name.replace(" ", "_").lower()
        if heat != MISSING:
            assert rows[code, "net_calorific_value", "", ""] == heat, name
        assert rows[code, "combustion", "co2", ""] == co2.replace(",", ""), name
        for gas, printed in zip(("ch4", "n2o"), gases, strict=False):
            each = printed.split("/")
            for sector, value in zip(SECTORS, each if len(each) > 1 else each * 3, strict=True):
                found = Decimal(rows[code, "combustion", gas, sector])
                assert found == Decimal(f"0{value}"), (name, gas, sector)
    assert len(listed) == 37
