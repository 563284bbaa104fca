"""Make the pack us-useeio of the table of supply-chain emission factors of the US EPA.

python tools/pack_us_useeio.py useeio_supply_chain_factors_v1.2_2021usd.csv factors/us-useeio-1.2
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from packing import Line, digits, sha256, write_pack

PLACES = 3
UNIT = "kg CO2e/2021 USD, purchaser price"
BASIS = "2021 USD, purchaser price"
COLUMNS = {
    "": "Supply Chain Emission Factors with Margins",
    "without_margins": "Supply Chain Emission Factors without Margins",
}
NOTE = (
    "Cradle to gate, per US dollar of 2021 in purchaser prices: money of other years and other "
    "currencies is brought to it first. An activity is naics_ and the six digits of NAICS 2017; "
    "the plain row holds the margins of trade and transport, that of the technology "
    "without_margins does not. All greenhouse gases as one equivalent, whose GWP set the table "
    "does not name. Read in a copy of the published table. Made by tools/pack_us_useeio.py of a "
    "table with SHA-256 {sha}."
)


def main(source: Path, place: Path) -> None:
    """Write the pack."""
    with source.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    lines = [line for number, row in enumerate(rows, start=2) for line in _lines(number, row)]
    header = {
        "code": "us-useeio",
        "edition": "1.2",
        "publisher": "United States Environmental Protection Agency",
        "title": "Supply chain greenhouse gas emission factors v1.2 by NAICS-6",
        "document": "SupplyChainGHGEmissionFactors_v1.2_NAICS_CO2e_USD2021",
        "licence": "Work of the United States government: public domain (17 U.S.C. 105).",
        "confidence": "one_source",
        "posted": "asked",
        "note": NOTE.format(sha=sha256(source)),
    }
    names = {_activity(row): ("USD", row["2017 NAICS Title"].strip()) for row in rows}
    write_pack(place, header, sorted(lines, key=lambda line: line.code), names)


def _activity(row: dict[str, str]) -> str:
    return f"naics_{row['2017 NAICS Code']}"


def _lines(number: int, row: dict[str, str]) -> Iterator[Line]:
    if row["Unit"] != UNIT:
        raise ValueError(f"line {number} is in {row['Unit']!r}")
    for technology, column in COLUMNS.items():
        yield Line(
            code=".".join(filter(None, (row["2017 NAICS Code"], technology))),
            activity=_activity(row),
            region="US",
            data_year="",
            purpose="spend",
            gas="co2e",
            value=digits(row[column], PLACES),
            unit="kgCO2e/USD",
            page=f"line {number}: {row['2017 NAICS Code']}, {column}",
            basis=BASIS,
            technology=technology,
            confidence="one_source",
            note="0 as published." if float(row[column]) == 0 else "",
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
