"""A site in Leeds by the UK conversion factors, and a purchase in Ohio by spend, from file to figure.

Factors are those printed by the UK government and by US EPA; what the condensed set of 2024 lacks
(wells to tanks) is missing in 2024 and not zero.
"""

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from carbonledger.errors import CalculationRefused, FactorNotFound
from carbonledger.ingest.options import ImportOptions
from carbonledger.ingest.service import import_file
from carbonledger.ledger.connect import Ledger, location, open_ledger
from carbonledger.run import service
from carbonledger.run.setup import load_pack
from carbonledger.site.service import apply

NOW = "2026-01-05T00:00:00Z"
LEEDS = """
[site]
code = "leeds"
timezone = "Europe/London"
region = "GB"
[account."leeds/works"]
kind = "process"
[account."leeds/van"]
kind = "vehicle"
[account."sewage-works"]
kind = "customer"
[commodity."natural_gas_gross"]
kind = "fuel"
unit = "GJ"
[commodity."diesel_volume"]
kind = "fuel"
unit = "m3"
"""
MONTH = """\
{year}-03-01,{year}-03-31,grid,leeds/works,electricity,100000,kWh
{year}-03-01,{year}-03-31,supplier,leeds/works,natural_gas_gross,50000,kWh
{year}-03-01,{year}-03-31,supplier,leeds/van,diesel_volume,1000,L
{year}-03-01,{year}-03-31,supplier,leeds/works,travel_air_short,10000,pkm
{year}-03-01,{year}-03-31,leeds/works,landfill,solid_waste,12,t
{year}-03-01,{year}-03-31,supplier,leeds/works,water,500,m3
{year}-03-01,{year}-03-31,leeds/works,sewage-works,waste_water,400,m3
"""
OHIO = """
[site]
code = "ohio"
timezone = "America/New_York"
region = "US-OH"
[account."dealer"]
kind = "supplier"
[commodity."tyres"]
kind = "money"
unit = "USD"
[[scope_3.flow]]
account = "dealer"
commodity = "tyres"
category = "1"
activity = "naics_326211"
"""
BOUGHT = """\
2021-03-01,2021-03-31,dealer,ohio,tyres,10000,USD
2024-03-01,2024-03-31,dealer,ohio,tyres,10000,USD
"""
RATE = """
[[scope_3.rate]]
from = "USD"
year = 2024
to = "USD"
price_year = 2021
value = "0.86"
source = "price index"
"""


def ledger_of(
    place: Path, template: Path, site: str, records: str, *packs: str
) -> Iterator[Ledger]:
    shutil.copyfile(template, place / "ledger.db")
    with open_ledger(location(str(place / "ledger.db")), write=True) as ledger:
        for name in packs:
            load_pack(ledger, Path(name), "tester", NOW)
        state(ledger, place, site)
        file = place / "records.csv"
        file.write_text(f"start,end,from,to,commodity,quantity,unit\n{records}", "utf-8")
        answer = import_file(ledger, file, ImportOptions(actor="tester", now=NOW))
        # A litre of diesel has no temperature to state, as a volume of gas has.
        assert answer["warnings"] == []
        yield ledger


def state(ledger: Ledger, place: Path, site: str) -> None:
    file = place / "site.toml"
    file.write_text(site, "utf-8")
    apply(ledger, file, "tester", NOW)


@pytest.fixture(scope="module")
def leeds(ledger_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    years = (2022, 2023, 2024, 2025)
    records = "".join(MONTH.format(year=year) for year in years)
    packs = (f"uk-desnz@{year}" for year in years[1:])
    yield from ledger_of(tmp_path_factory.mktemp("leeds"), ledger_template, LEEDS, records, *packs)


@pytest.fixture
def ohio(ledger_template: Path, tmp_path: Path) -> Iterator[Ledger]:
    yield from ledger_of(tmp_path, ledger_template, OHIO, BOUGHT, "us-useeio@1.2")


def inventory(ledger: Ledger, period: str, method: str | None = None) -> dict[str, Any]:
    return service.inventory(ledger, None, period, method, actor="tester", now=NOW)


def kilograms(answer: dict[str, Any], *scopes: str) -> dict[tuple[str, str], Decimal]:
    """Sum lines by category and commodity, kg CO2e to the gram."""
    sums: dict[tuple[str, str], Decimal] = {}
    for line in answer["lines"]:
        if line["scope"] in scopes:
            key = (line["category"], line["commodity"])
            sums[key] = sums.get(key, Decimal(0)) + line["co2e_kg"]
    return {key: round(mass, 3) for key, mass in sums.items()}


@pytest.mark.parametrize(
    ("year", "power", "losses", "gas", "diesel", "flight", "landfill", "supply", "treatment"),
    [
        # kg CO2e per kWh, kWh, kWh gross, L, pkm, t, m3, m3, as printed.
        (2023, ".20707428859", ".01791511144", ".18292892617", "2.51206388", ".18591714",
         "520.334743", ".17668455", ".20131829"),
        (2024, ".20705", ".01830", ".18290", "2.51279", ".18592", "520.33420", ".15311", ".18574"),
        (2025, ".17700", ".01853", ".18296", "2.57082", ".12786", "520.53270", ".19130", ".17088"),
    ],
)  # fmt: skip
def test_a_month_in_leeds_by_the_factors_of_its_year(
    leeds: Ledger, year: int, power: str, losses: str, gas: str, diesel: str, flight: str,
    landfill: str, supply: str, treatment: str,
) -> None:  # fmt: skip
    answer = inventory(leeds, f"{year}-03", "defra")
    assert kilograms(answer, "1") == {
        ("stationary_combustion", "natural_gas_gross"): round(50_000 * Decimal(gas), 3),
        ("mobile_combustion", "diesel_volume"): round(1_000 * Decimal(diesel), 3),
    }
    bought = {("purchased_electricity", "electricity"): round(100_000 * Decimal(power), 3)}
    assert kilograms(answer, "2_location") == kilograms(answer, "2_market") == bought
    found = kilograms(answer, "3")
    # Wells to tanks, 2025: .0459 a kWh, .00397 of it lost, .03021 a kWh of gas, .61101 a litre.
    upstream = Decimal(".0459") + Decimal(".00397") if year != 2024 else Decimal(0)
    expected = {
        ("3.1_purchased_goods", "water"): 500 * Decimal(supply),
        ("3.3_fuel_and_energy", "electricity"): 100_000 * (Decimal(losses) + upstream),
        ("3.5_waste", "solid_waste"): 12 * Decimal(landfill),
        ("3.5_waste", "waste_water"): 400 * Decimal(treatment),
        ("3.6_business_travel", "travel_air_short"): 10_000 * Decimal(flight),
    }
    if year != 2024:
        expected["3.3_fuel_and_energy", "natural_gas_gross"] = 50_000 * Decimal(".03021")
        expected["3.3_fuel_and_energy", "diesel_volume"] = 1_000 * Decimal(".61101")
    assert found == {key: round(mass, 3) for key, mass in expected.items()}
    used = {line["factor"].partition("/")[0] for line in answer["lines"]}
    assert used == {f"uk-desnz@{year}"}


def test_wells_to_tanks_that_the_condensed_set_lacks_are_named(leeds: Ledger) -> None:
    energy = inventory(leeds, "2024-03", "defra")["scope_3"][2]
    assert (energy["status"], energy["t"]) == ("partial", Decimal("1.83"))
    assert energy["reason"] == "no factor for diesel_volume, electricity, natural_gas_gross"


def test_a_year_without_its_edition_is_refused(leeds: Ledger) -> None:
    with pytest.raises(FactorNotFound) as missed:
        inventory(leeds, "2022-03", "defra")
    assert "electricity in GB" in str(missed.value.problems)


def test_a_purchase_by_spend_in_prices_of_the_factor(ohio: Ledger) -> None:
    """10,000 USD of 2021 × 0.430 kg CO2e per USD of 2021 (NAICS 326211, tyres)."""
    answer = inventory(ohio, "2021-03")
    assert answer["scopes"]["3"] == Decimal("4.3")
    goods = answer["scope_3"][0]
    assert (goods["status"], goods["method"], goods["t"]) == ("calculated", "spend", Decimal("4.3"))
    (line,) = answer["lines"]
    assert (line["factor"], line["basis"]) == (
        "us-useeio@1.2/326211", "spend; fallback:region US for US-OH",
    )  # fmt: skip


def test_a_purchase_at_other_prices_needs_a_rate(ohio: Ledger, tmp_path: Path) -> None:
    with pytest.raises(CalculationRefused, match="USD of 2024 was spent") as refused:
        inventory(ohio, "2024-03")
    assert refused.value.code == "scope-3"
    assert 'from = "USD", year = 2024, to = "USD", price_year = 2021' in refused.value.hint
    state(ohio, tmp_path, OHIO + RATE)
    answer = inventory(ohio, "2024-03")
    # 10,000 USD × 0.86 × 0.430
    assert answer["scopes"]["3"] == Decimal("3.698")
    assert "1 USD of 2024 = 0.86 USD of 2021 (price index)" in answer["lines"][0]["basis"]
    # The rate is for 2024: a figure of 2021 does not move.
    assert inventory(ohio, "2021-03")["scopes"]["3"] == Decimal("4.3")
