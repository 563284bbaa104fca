"""Process factors that a plant has measured: what they change, and what is refused."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from calc_case import METHODS, PARK_FACTORS, Row, books, gwp
from cli_plant import Plant
from site_sample import Reader

from carbonledger.calc.inventory import inventory
from carbonledger.calc.model import Commodity, EmissionLine
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.model import Factor
from carbonledger.factors.shipping import shipped_pack

MARCH = "2023-03"
SITE = """\
[site]
code = "park"
timezone = "Asia/Shanghai"
region = "CN-LN"
[account."park/kiln"]
kind = "process"
[commodity."clinker"]
kind = "product"
unit = "kg"
[commodity."limestone"]
kind = "material"
unit = "kg"
"""
PACK = shipped_pack("cn-process@2025").factors
KINDS = {"clinker": "product", "limestone": "material"}
MADE: Row = ("park/kiln", "customer", "clinker", MARCH, 1_000)
MEASURED = """
[process."clinker"]
factor = "{factor}"
basis = "output"
valid_from = "2023-01-01"
source = "mass balance 2023 of the kiln, table 4"
"""


@pytest.fixture(name="read")
def _read(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def lines(*rows: Row, stated: tuple[Factor, ...], method: str = "ghg-protocol",
          pack: tuple[Factor, ...] = PACK) -> list[EmissionLine]:  # fmt: skip
    made = books(*rows)
    own = {code: Commodity(code, kind, "kg") for code, kind in KINDS.items()}
    book = FactorBook((*PARK_FACTORS, gwp("ch4", "27.9"), gwp("n2o", "273"), *pack, *stated))
    whole = replace(made, commodities={**made.commodities, **own})
    found = inventory(whole, METHODS[method], book).lines
    return [one for one in found if one.category == "process"]


def kilograms(*rows: Row, **more: Any) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = {}
    for one in lines(*rows, **more):
        key = (one.month, one.gas)
        sums[key] = sums.get(key, Decimal(0)) + Decimal(one.mass_mg) / 10**6
    return sums


def stated(read: Reader, text: str) -> tuple[Factor, ...]:
    return read(f"{SITE}{text}").properties


def test_what_the_plant_measured_takes_the_place_of_the_pack(read: Reader) -> None:
    """1,000 kg of clinker × 0.528; the pack has 0.535."""
    own = stated(read, MEASURED.format(factor="0.528 tCO2/t"))
    (line,) = lines(MADE, stated=own)
    assert (line.mass_mg, line.factor_value) == (528_000_000, Decimal("0.528"))
    assert (line.basis, line.factor_unit) == ("output; measured", "tCO2/t")
    assert line.factor == "site-properties@/clinker.process.co2.output.2023-01-01"
    assert kilograms(MADE, stated=()) == {(MARCH, "co2"): 535}
    # It needs no pack, and counts under every method that asks for processes.
    for method in ("cn-zero-carbon-park", "iso-14064-1", "gb-t-32150"):
        assert kilograms(MADE, stated=own, pack=(), method=method) == {(MARCH, "co2"): 528}


def test_each_for_its_place_and_time_and_the_pack_for_the_rest(read: Reader) -> None:
    own = stated(
        read,
        """
[[process."clinker"]]
factor = "0.530 tCO2/t"
basis = "output"
valid_from = "2023-02-01"
valid_to = "2023-05-31"
source = "report 1"
[[process."clinker"]]
factor = "0.520 tCO2/t"
basis = "output"
account = "park/kiln"
valid_from = "2023-03-01"
source = "report 2"
[[process."clinker"]]
factor = "0.510 tCO2/t"
basis = "output"
account = "park/kiln"
valid_from = "2023-05-01"
source = "report 3"
""",
    )
    months = ("2023-01", "2023-02", MARCH, "2023-05")
    kiln = tuple(("park/kiln", "customer", "clinker", month, 1_000) for month in months)
    other = tuple(("park/mill", "customer", "clinker", month, 1_000)
                  for month in ("2023-05", "2023-06"))  # fmt: skip
    assert list(kilograms(*kiln, stated=own).values()) == [535, 530, 520, 510]
    assert list(kilograms(*other, stated=own).values()) == [530, 535]


def test_a_gas_of_its_own_stands_beside_what_the_pack_has(read: Reader) -> None:
    own = stated(read, MEASURED.format(factor="12 gCH4/t"))
    assert kilograms(MADE, stated=own) == {
        (MARCH, "co2"): 535, (MARCH, "ch4"): Decimal("0.012"),
    }  # fmt: skip
    # An equivalent holds all gases, where the method counts more than CO2.
    own = stated(read, MEASURED.format(factor="0.54 tCO2e/t"))
    assert kilograms(MADE, stated=own) == {(MARCH, "co2e"): 540}
    assert kilograms(MADE, stated=own, method="cn-zero-carbon-park") == {(MARCH, "co2"): 535}


def test_per_unit_of_what_is_used(read: Reader) -> None:
    """Limestone with 94 % CaCO3: 0.94 × 0.43971; a factor of zero says that nothing is given off."""
    used: Row = ("supplier", "park/kiln", "limestone", MARCH, 1_000)
    text = MEASURED.replace("clinker", "limestone").replace("output", "input")
    own = stated(read, text.format(factor="0.4133 tCO2/t"))
    assert kilograms(used, stated=own) == {(MARCH, "co2"): Decimal("413.3")}
    own = stated(read, text.format(factor="0 tCO2/t"))
    assert kilograms(used, stated=own) == {(MARCH, "co2"): 0}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("0.528 tCO2/t", "0.528", "must be a number and a unit"),
        ("0.528 tCO2/t", "0.528 tCO2/m3", "is per volume, but clinker needs mass"),
        ("0.528 tCO2/t", "0.528 t/t", "process is a number of"),
        ("0.528 tCO2/t", "0.528 tCO/t", "tCO"),
        ('"output"', '"made"', "is none of output, input"),
        ('basis = "output"\n', "", "'basis' is missing"),
        ('valid_from = "2023-01-01"\n', "", "'valid_from' is missing"),
        ("2023-01-01", "2023-01-15", "first day of a month"),
        ('"2023-01-01"', '"2023-01-01"\nvalid_to = "2023-06-15"', "last day of a month"),
        ('"2023-01-01"', '"2023-01-01"\nvalid_to = "2022-12-31"', "lies before valid_from"),
        ('source = "mass balance 2023 of the kiln, table 4"\n', "", "'source' is missing"),
        ('basis = "output"', 'basis = "output"\naccount = "park/kil"', "did you mean 'park/kiln'"),
        ('"clinker"', '"diesel"', "is no product or material"),
        ("factor =", 'note = "x"\nfactor =', "unknown key"),
    ],
)
def test_what_a_process_may_not_say(read: Reader, old: str, new: str, fault: str) -> None:
    text = MEASURED.format(factor="0.528 tCO2/t")
    assert old in text
    assert fault in read.fault(SITE + text.replace(old, new))


def test_two_that_hold_on_the_same_day_are_refused(read: Reader) -> None:
    one = MEASURED.replace("[process", "[[process").replace('"]', '"]]', 1)
    first = one.format(factor="0.5 tCO2/t").replace(
        '"2023-01-01"', '"2023-01-01"\nvalid_to = "2023-06-30"'
    )
    later = one.format(factor="0.6 tCO2/t").replace('"2023-01-01"', '"2023-06-01"')
    assert "stated twice for park" in read.fault(SITE + first + later)
    assert len(stated(read, first + later.replace("2023-06-01", "2023-07-01"))) == 2


def test_from_the_site_file_to_the_document_behind_the_figure(plant: Plant) -> None:
    made = plant.folder / "clinker.csv"
    made.write_text(
        "start,end,from,to,commodity,quantity,unit\n"
        "2024-03-01,2024-03-31,park/works,customer,clinker,10,t\n",
        "utf-8",
    )
    site = plant.folder / "site.toml"
    clinker = '\n[commodity."clinker"]\nkind = "product"\nunit = "kg"\n'
    plain = site.read_text("utf-8") + clinker
    site.write_text(plain, "utf-8")
    plant.ask("site", "apply", str(site))
    plant.ask("import", str(made))
    before = plant.ask("inventory", "--period", "2024-03")
    assert any("factors load cn-process@2025" in said for said in before["warnings"])
    site.write_text(plain + MEASURED.format(factor="0.528 tCO2/t"), "utf-8")
    applied = plant.ask("site", "apply", str(site))
    assert applied["batch"]
    # Not that nothing was to be changed.
    assert applied["lines"] == ["~ measured fuels and processes as site.toml states them"]
    assert plant.ask("site", "apply", str(site))["batch"] is None
    found = plant.ask("inventory", "--period", "2024-03")
    assert found["scopes"]["1"] - before["scopes"]["1"] == Decimal("5.28")
    assert not any("factors load" in said for said in found["warnings"])
    number = next(one["line"] for one in found["lines"] if one["category"] == "process")
    assert "mass balance 2023 of the kiln, table 4" in plant.text("explain", f"line:{number}")
    assert plant.ask("verify")["ok"]
