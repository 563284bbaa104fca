"""Make the pack us-epa-fuels from the table of default fuel factors of the US EPA.

    python tools/pack_us_epa_fuels.py epa_fuel_emission_factors.csv factors/us-epa-fuels-2013

The CSV (columns Fuel_Type, CO2_kgCO2_per_mmBtu, CH4_gCH4_per_mmBtu) is a transcription that adds
names reporters gave to their own fuels, each with the factor of the fuel taken for it; only fuels
of the regulation's own table are taken.
"""

import csv
import sys
from pathlib import Path

from packing import Line, digits, sha256, slug, write_pack

EDITION = "2013"
SHIPPED = {
    "Anthracite": "anthracite",
    "Bituminous": "bituminous_coal",
    "Lignite": "lignite",
    "Coal Coke": "coke",
    "Mixed (Industrial sector)": "raw_coal",
    "Natural Gas (Weighted U.S. Average)": "natural_gas",
    "Distillate Fuel Oil No. 2": "diesel",
    "Residual Fuel Oil No. 6": "fuel_oil",
    "Kerosene": "kerosene",
    "Liquefied petroleum gases (LPG)": "lpg",
    "Naphtha (<401 deg F)": "naphtha",
    "Petroleum Coke": "petroleum_coke",
    "Motor Gasoline": "gasoline",
    "Crude Oil": "crude_oil",
    "Blast Furnace Gas": "blast_furnace_gas",
    "Coke Oven Gas": "coke_oven_gas",
    "Fuel Gas": "refinery_gas",
}
OTHERS = (
    "Subbituminous", "Mixed (Commercial sector)", "Mixed (Industrial coking)",
    "Mixed (Electric Power sector)", "Distillate Fuel Oil No. 1", "Distillate Fuel Oil No. 4",
    "Residual Fuel Oil No. 5", "Used Oil", "Propane", "Propylene", "Ethane", "Ethanol",
    "Ethylene", "Isobutane", "Isobutylene", "Butane", "Butylene", "Natural Gasoline",
    "Other Oil (>401 deg F)", "Pentanes Plus", "Petrochemical Feedstocks", "Special Naphtha",
    "Unfinished Oils", "Heavy Gas Oils", "Lubricants", "Aviation Gasoline",
    "Kerosene-Type Jet Fuel", "Asphalt and Road Oil", "Municipal Solid Waste", "Tires",
    "Plastics", "Propane Gas",
)  # fmt: skip
"""Fuels of the table that carry fossil carbon and no commodity ships for. Biomass is left out: its
CO2 is not CO2 of combustion in an inventory."""
NOTE = (
    "Per heat content, higher heating value (basis gcv): a fuel metered in another unit needs its "
    "own gross calorific value. CO2 and CH4 only, the transcription holds no N2O. Read in a "
    "transcription (NREL, foundational-industry-energy-data), not in the regulation; the "
    "transcription names no edition. Left out are biomass fuels and {left} names that reporters "
    "gave to fuels of their own. Municipal solid waste, tires and plastics are CO2 of the whole "
    "fuel as the table has it. Made by tools/pack_us_epa_fuels.py of a table with SHA-256 {sha}."
)


def main(source: Path, place: Path) -> None:
    """Write the pack."""
    with source.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(enumerate(csv.DictReader(stream), start=2))
    wanted = {**SHIPPED, **{name: slug(name) for name in OTHERS}}
    first = {row["Fuel_Type"]: (line, row) for line, row in reversed(rows)}
    lines = [one for name, code in wanted.items() for one in _lines(code, *first[name])]
    lines.sort(key=lambda one: one.code)
    header = {
        "code": "us-epa-fuels",
        "edition": EDITION,
        "publisher": "United States Environmental Protection Agency",
        "title": "Default CO2 and CH4 emission factors and high heat values for fuels",
        "document": "40 CFR part 98, subpart C, tables C-1 and C-2",
        "licence": "Work of the United States government: public domain (17 U.S.C. 105).",
        "confidence": "one_source",
        "posted": "asked",
        "note": NOTE.format(left=len(first) - len(wanted), sha=sha256(source)),
    }
    write_pack(place, header, lines, {slug(name): ("kg", name) for name in OTHERS})


def _lines(code: str, number: int, row: dict[str, str]) -> list[Line]:
    page = f"tables C-1 and C-2, {row['Fuel_Type']} (line {number} of the transcription)"
    given = (
        ("co2", "CO2_kgCO2_per_mmBtu", "kgCO2/MMBtu"),
        ("ch4", "CH4_gCH4_per_mmBtu", "gCH4/MMBtu"),
    )
    return [
        Line(f"{code}.{gas}", code, "US", "", "combustion", gas, digits(row[column]), unit, page,
             basis="gcv", confidence="one_source")
        for gas, column, unit in given
    ]  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
