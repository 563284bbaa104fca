"""Make a pack us-egrid of one label of the table of eGRID subregions.

    python tools/pack_us_egrid.py egrid_lookup_2025.xlsx factors/us-egrid-2025 2025

The table names no units. They follow from eGRID2022 itself, 497.443 lb of CO2 per MWh in CAMX,
which stands under the label 2024 as 225.636: CO2 is kg/MWh; CH4 and N2O are g/MWh.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from packing import Line, digits, sha256, write_pack
from python_calamine import CalamineWorkbook

LAG = 2
PURPOSES = {"LocationMix": "organisation", "ResidualMix": "organisation_residual"}
UNITS = {"co2": "kgCO2/MWh", "ch4": "gCH4/MWh", "n2o": "gN2O/MWh"}
NOTE = (
    "CO2, CH4 and N2O of generation by eGRID subregion; a site in one says so with its region, "
    "US-CAMX, and US is the national average. The edition is the label of the table, the year of "
    "release; the year described is two before, as its label 2024 holds the figures of eGRID2022. "
    "organisation_residual is the residual mix beside it, where the table has one. Read in a "
    "compilation (ORNL-AMO/VERIFI), not in the workbooks of eGRID; its units are understood from "
    "the published figures. Made by tools/pack_us_egrid.py of a workbook with SHA-256 {sha}."
)


def main(source: Path, place: Path, label: str) -> None:
    """Write the pack of one label."""
    book = CalamineWorkbook.from_path(source)
    (sheet,) = (name for name in book.sheet_names if name.startswith("eGrid_data"))
    rows = book.get_sheet_by_name(sheet).to_python()
    lines = sorted(_lines(sheet, rows, int(label)), key=lambda line: line.code)
    header = {
        "code": "us-egrid",
        "edition": label,
        "publisher": "United States Environmental Protection Agency",
        "title": f"Emissions and Generation Resource Integrated Database (eGRID): {label} label",
        "document": f"eGRID{int(label) - LAG}, total output emission rates of subregions",
        "licence": "Work of the United States government: public domain (17 U.S.C. 105).",
        "confidence": "one_source",
        "posted": "asked",
        "note": NOTE.format(sha=sha256(source)),
    }
    write_pack(place, header, lines, {})


def _lines(sheet: str, rows: Sequence[Sequence[object]], label: int) -> Iterator[Line]:
    for number, row in enumerate(rows[1:], start=2):
        subregion, mix, year = str(row[0]), str(row[1]), float(str(row[2]))
        if year != label:
            continue
        nation = subregion == "US Average"
        name = "US" if nation else subregion
        for gas, value in zip(UNITS, row[3:6], strict=True):
            if value == "":
                continue
            yield Line(
                code=f"{name}.residual.{gas}" if mix == "ResidualMix" else f"{name}.{gas}",
                activity="electricity",
                region="US" if nation else f"US-{subregion}",
                data_year=str(label - LAG),
                purpose=PURPOSES[mix],
                gas=gas,
                value=digits(value),
                unit=UNITS[gas],
                page=f"{sheet}, row {number}: {subregion}, {mix}, {label}",
                confidence="one_source",
                note="0 as published." if float(str(value)) == 0 else "",
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
