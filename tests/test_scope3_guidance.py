"""Worked examples of the GHG Protocol's Technical Guidance for Calculating Scope 3 Emissions (2013).

Each is a month of one company's books, as a user posts them: a site file with the factors of the
example, a file of records, the inventory of the month. Examples 1.2 to 1.4 are in test_scope3.py;
4.3 (sharing a lorry's 31.5 kg out by tonne-kilometres) is here by its shares.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from carbonledger.ingest.options import ImportOptions
from carbonledger.ingest.service import import_file
from carbonledger.ledger.connect import Ledger, location, open_ledger
from carbonledger.run import service
from carbonledger.site.service import apply

ACTOR, NOW = "Wang", "2025-02-01T00:00:00Z"
COMMODITIES = {
    "goods": ("material", "kg"), "shipping": ("service", "tkm"), "rides": ("service", "km"),
    "floor": ("service", "m2a"), "storage": ("service", "m3d"), "lorry-fuel": ("fuel", "m3"),
    "gas-energy": ("fuel", "GJ"), "spend": ("money", "USD"), "engine-km": ("service", "km"),
    "containers": ("service", "TEUkm"),
}  # fmt: skip
OUTSIDE = {"electricity", "heat", "lorry-fuel", "gas-energy", "r410a", "solid_waste"}
"""What flows between others: it is no purchase of the company's own."""


class Row(NamedTuple):
    """One flow of an example: quantity and unit, its factor ("" as it is), the part that counts."""

    commodity: str
    quantity: str
    factor: str = ""
    share: str = "1"


class Example(NamedTuple):
    """An example: its number, the category, kilograms as printed (ours where a note says), flows."""

    number: str
    category: str
    printed: str
    rows: tuple[Row, ...]


EXAMPLES = (
    Example("1.1", "1", "145000", (
        Row("goods", "200000 kg", "0.15 kgCO2e/kg"), Row("goods", "600000 kg", "0.10 kgCO2e/kg"),
        Row("goods", "200000 kg", "0.10 kgCO2e/kg"), Row("goods", "100000 kg", "0.25 kgCO2e/kg"),
        Row("goods", "50000 kg", "0.20 kgCO2e/kg"))),
    # What the grid loses is a part of what is bought, at the factor of generation.
    Example("3.1", "3", "1146675", (
        Row("electricity", "500000 kWh", "0.12 kgCO2e/kWh"),
        Row("electricity", "600000 kWh", "0.10 kgCO2e/kWh"),
        Row("electricity", "400000 kWh", "0.15 kgCO2e/kWh"),
        Row("electricity", "5500000 kWh", "0.10 kgCO2e/kWh"),
        Row("electricity", "200000 kWh", "0.05 kgCO2e/kWh"),
        Row("electricity", "500000 kWh", "0.8 kgCO2e/kWh", "0.10"),
        Row("electricity", "600000 kWh", "0.4 kgCO2e/kWh", "0.13"),
        Row("electricity", "400000 kWh", "0.8 kgCO2e/kWh", "0.15"),
        Row("electricity", "5500000 kWh", "0.5 kgCO2e/kWh", "0.10"),
        Row("electricity", "200000 kWh", "0.4 kgCO2e/kWh", "0.12"),
        Row("heat", "50000 kWh", "0.05 kgCO2e/kWh"),
        Row("heat", "50000 kWh", "0.15 kgCO2e/kWh", "0.05"))),
    Example("4.1", "4", "760000", (
        Row("lorry-fuel", "50000 L", "3 kgCO2e/L"), Row("lorry-fuel", "80000 L", "3 kgCO2e/L"),
        Row("lorry-fuel", "90000 L", "3 kgCO2e/L"), Row("r410a", "50 kg", "2000 kgCO2e/kg"))),
    Example("4.2", "4", "5000", (
        Row("shipping", "4000 tkm", "0.2 kgCO2e/tkm"),
        Row("shipping", "3000 tkm", "1.0 kgCO2e/tkm"),
        Row("shipping", "24000 tkm", "0.05 kgCO2e/tkm"))),
    # 240, 150 and 250 of 640 tkm; printed are 11.8, 7.4 and 12.3 kg of 31.5.
    Example("4.3", "4", "11.8125", (Row("co2e", "31.5 kg", "", "240/640"),)),
    Example("4.4", "4", "7300", (
        Row("spend", "20000 USD", "0.04 kgCO2e/USD"), Row("spend", "30000 USD", "0.15 kgCO2e/USD"),
        Row("spend", "40000 USD", "0.05 kgCO2e/USD"))),
    Example("4.5", "4", "5187.5", (
        Row("electricity", "10000 kWh", "0.8 kgCO2e/kWh", "0.25"),
        Row("gas-energy", "1000 kWh", "0.25 kgCO2e/kWh", "0.25"),
        Row("electricity", "15000 kWh", "0.8 kgCO2e/kWh", "0.25"),
        Row("gas-energy", "2000 kWh", "0.25 kgCO2e/kWh", "0.25"))),
    Example("4.6", "4", "240", (
        Row("storage", "8000 m3·d", "0.01 kgCO2e/m3d"),
        Row("storage", "8000 m3·d", "0.02 kgCO2e/m3d"))),
    Example("5.1", "5", "132500", (
        Row("solid_waste", "2000 t", "40 kgCO2e/t"), Row("solid_waste", "5000 t", "2 kgCO2e/t"),
        Row("solid_waste", "4000 t", "10 kgCO2e/t"), Row("waste_water", "5000 m3", "0.5 kgCO2e/m3"))),
    Example("5.2", "5", "3320", (
        Row("solid_waste", "40 t", "300 kgCO2e/t", "0.25"), Row("solid_waste", "40 t", "0 kgCO2e/t", "0.05"),
        Row("solid_waste", "40 t", "0 kgCO2e/t", "0.30"), Row("solid_waste", "40 t", "10 kgCO2e/t", "0.20"),
        Row("solid_waste", "40 t", "30 kgCO2e/t", "0.20"))),
    # The cars drive 250, 2,000 and 100/3 × 100 km; the last is no whole number of cars.
    Example("6.1", "6", "8317583.333332", (
        Row("rides", "250 km", "1 kgCO2e/km"), Row("rides", "2000 km", "2 kgCO2e/km"),
        Row("rides", "3333.333333 km", "4 kgCO2e/km"),
        Row("travel_air_long", "100000 pkm", "5 kgCO2e/pkm"),
        Row("travel_air_short", "300000 pkm", "6 kgCO2e/pkm"),
        Row("travel_air_long", "1200000 pkm", "5 kgCO2e/pkm"))),
    Example("7.1", "7", "3072", (
        Row("travel_rail", "8640 pkm", "0.1 kgCO2e/pkm"), Row("rides", "11040 km", "0.2 kgCO2e/km"))),
    Example("7.2", "7", "6697500", (
        Row("travel_rail", "23500000 pkm", "0.1 kgCO2e/pkm"),
        Row("rides", "21150000 km", "0.2 kgCO2e/km"),
        Row("travel_bus", "1175000 pkm", "0.1 kgCO2e/pkm"))),
    # 200 of 2,000 m2, three quarters let: 2/15. Printed is 1,325 with 0.67 kg of gas for
    # 2/3; ours is 0.666667 kg, as quantities are kept in millionths.
    Example("8.1", "8", "1320.0005", (
        Row("gas-energy", "1500 kWh", "0.2 kgCO2e/kWh", "200/1500"),
        Row("electricity", "3000 kWh", "0.7 kgCO2e/kWh", "200/1500"),
        Row("r410a", "5 kg", "1500 kgCO2e/kg", "200/1500"))),
    Example("9.1", "9", "1600", (Row("shipping", "8000 tkm", "0.2 kgCO2e/tkm"),)),
    Example("10.1", "10", "1725", (
        Row("gas-energy", "3500 kWh", "0.2 kgCO2e/kWh"),
        Row("electricity", "2000 kWh", "0.5 kgCO2e/kWh"),
        Row("solid_waste", "50 kg", "0.5 kgCO2e/kg"))),
    Example("10.2", "10", "1500", (Row("goods", "1000 kg", "1.5 kgCO2e/kg"),)),
    Example("11.1", "11", "13042500", (
        Row("electricity", "14950000 kWh", "0.5 kgCO2e/kWh"),
        Row("electricity", "3135000 kWh", "0.5 kgCO2e/kWh"),
        Row("electricity", "8000000 kWh", "0.5 kgCO2e/kWh"))),
    Example("11.2", "11", "760000", (
        Row("electricity", "160000 kWh", "0.5 kgCO2e/kWh"),
        Row("electricity", "400000 kWh", "0.5 kgCO2e/kWh"),
        Row("electricity", "960000 kWh", "0.5 kgCO2e/kWh"))),
    # Ten engines of 20 t in aeroplanes of 500 t.
    Example("11.3", "11", "36000", (Row("engine-km", "3000000 km", "0.3 kgCO2e/km", "20/500"),)),
    Example("12.1", "12", "3700", (
        Row("solid_waste", "10000 kg", "0.3 kgCO2e/kg", "0.90"),
        Row("solid_waste", "10000 kg", "1.0 kgCO2e/kg", "0.10"))),
    Example("13.1", "13", "3000", (Row("co2e", "9000 kg", "", "5000/15000"),)),
    Example("14.1", "14", "355000", (
        Row("co2e", "120000 kg"), Row("co2e", "35000 kg"), Row("co2e", "40000 kg"),
        Row("co2e", "120000 kg"), Row("co2e", "40000 kg"))),
    Example("14.2", "14", "23500000", (
        Row("floor", "250 m2·a", "30000 kgCO2e/m2a"), Row("floor", "1600 m2·a", "10000 kgCO2e/m2a"))),
    Example("15.1", "15", "493000000", (
        Row("co2e", "120000 t", "", "0.40"), Row("co2e", "200000 t", "", "0.15"),
        Row("co2e", "1600000 t", "", "0.25"), Row("co2e", "60000 t", "", "0.25"))),
    # Revenue × kg per dollar is kilograms, and 10 % of 6,600,000 + 3,300,000 kg are 990,000:
    # tonnes, 900,000 and a sum of 2,242,500 are printed.
    Example("15.2", "15", "2332500", (
        Row("spend", "3000000 USD", "0.6 kgCO2e/USD", "0.05"),
        Row("spend", "7500000 USD", "0.5 kgCO2e/USD", "0.15"),
        Row("spend", "1150000 USD", "3.0 kgCO2e/USD", "0.20"),
        Row("spend", "3300000 USD", "2.0 kgCO2e/USD", "0.10"),
        Row("spend", "2200000 USD", "1.5 kgCO2e/USD", "0.10"))),
    Example("15.3", "15", "26833000", (
        Row("co2e", "200000 t", "", "0.05"), Row("co2e", "10000 t", "", "0.10"),
        Row("co2e", "250000 t", "", "0.05"), Row("co2e", "30000 t", "", "0.1111"))),
    Example("15.4", "15", "7519000", (
        Row("spend", "20000000 USD", "0.310 kgCO2e/USD", "0.07"),
        Row("spend", "8000000 USD", "0.325 kgCO2e/USD", "0.10"),
        Row("spend", "3000000 USD", "0.500 kgCO2e/USD", "0.05"),
        Row("spend", "15000000 USD", "9.000 kgCO2e/USD", "0.05"))),
)  # fmt: skip


def month(example: Example) -> str:
    number = EXAMPLES.index(example)
    return f"{2021 + number // 12}-{number % 12 + 1:02}"


def code(example: Example, row: int) -> str:
    return f"ex{example.number.replace('.', '-')}-{row}"


def site() -> str:
    """Declare an account, a rule and a factor for each row of each example."""
    found = ['[site]\ncode = "firm"\ntimezone = "Europe/Berlin"\nregion = "DE"']
    found += [
        f'[commodity."{name}"]\nkind = "{kind}"\nunit = "{unit}"'
        for name, (kind, unit) in COMMODITIES.items()
    ]
    for example in EXAMPLES:
        for number, row in enumerate(example.rows):
            name = code(example, number)
            found.append(f'[account."{name}"]\nkind = "supplier"')
            rule = f'account = "{name}"\ncategory = "{example.category}"\nshare = "{row.share}"'
            if row.factor:
                value, unit = row.factor.split(" ")
                found.append(
                    f'[scope_3.factor."{name}"]\nvalue = "{value}"\nunit = "{unit}"\n'
                    f'source = "Technical Guidance, example {example.number}"\ndata = "activity"'
                )
                rule += f'\nfactor = "{name}"'
            found.append(f"[[scope_3.flow]]\n{rule}")
    return "\n\n".join(found) + "\n"


def records() -> str:
    lines = ["start,end,from,to,commodity,quantity,unit"]
    for example in EXAMPLES:
        day = f"{month(example)}-05,{month(example)}-05"
        for number, row in enumerate(example.rows):
            to = "customer" if row.commodity in OUTSIDE else "firm"
            quantity, unit = row.quantity.split(" ")
            lines.append(f"{day},{code(example, number)},{to},{row.commodity},{quantity},{unit}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def firm(ledger_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The books of the company, all examples posted."""
    folder = tmp_path_factory.mktemp("firm")
    (folder / "site.toml").write_text(site(), "utf-8")
    (folder / "records.csv").write_text(records(), "utf-8")
    (folder / "ledger.db").write_bytes(ledger_template.read_bytes())
    with open_ledger(location(str(folder / "ledger.db")), write=True) as ledger:
        apply(ledger, folder / "site.toml", ACTOR, NOW)
        import_file(ledger, folder / "records.csv", ImportOptions(actor=ACTOR, now=NOW))
        yield ledger


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.number)
def test_worked_example(example: Example, firm: Ledger) -> None:
    answer: dict[str, Any] = service.inventory(firm, None, month(example), actor=ACTOR, now=NOW)
    found = {one["category"]: one for one in answer["scope_3"] if one["t"] is not None}
    assert list(found) == [example.category]
    assert found[example.category]["status"] == "calculated"
    assert round(found[example.category]["t"] * 1000, 6) == Decimal(example.printed)
