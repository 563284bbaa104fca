"""Make a pack uk-desnz of the UK government's conversion factors: flat file or condensed set.

    python tools/pack_uk_desnz.py uk_desnz_2025_flat.xlsx factors/uk-desnz-2025
    python tools/pack_uk_desnz.py uk_desnz_2024_condensed.xlsx factors/uk-desnz-2024 FLAT.xlsx

FLAT.xlsx is the flat file of a neighbouring year, for its ids.

Taken are fuels, bioenergy per amount, electricity, heat, their losses and wells to tanks, water,
materials, waste, freight, travel (per kilometre of a vehicle too), hotels and working at home. Left
out are refrigerants, whose potentials are of AR5 and stand in ipcc-gwp, cars by market segment, the
doubles for managed assets and electric vehicles, and biogenic CO2 (outside of scopes).
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from packing import Line, digits, sha256, slug, write_pack
from python_calamine import CalamineWorkbook
from uk_desnz_condensed import GASES, Cell, condensed, labels_of, text
from uk_desnz_words import (
    BASES,
    COUNTRIES,
    CUBIC,
    ELECTRIC,
    FUELS,
    MEASURES,
    OWN_UNITS,
    TREATMENTS,
    UNITS,
    WASTES,
    driven,
    service,
)

SHEET = "Factors by Category"
HEADER = 6
CONDENSED = 2024
PLACES = {"2024": 5, "2025": 5}
"""Decimals an edition was rounded to; others are unrounded."""
LAGGING = ("UK electricity", "Transmission and distribution", "WTT- UK electricity")
NOTE = (
    "CO2 equivalents with GWP of AR5 without feedback, of each gas too (co2e_co2, co2e_ch4, "
    "co2e_n2o), as the publication has them. Codes are {ids}. Valid for activities of the year "
    "of the edition; electricity describes the year two before. A blank cell is no factor. The "
    "cubic metre of gas is as printed: the workbook names no reference state; gas by kWh of gross "
    "calorific value, as bills have it, is natural_gas_gross too. Diesel and gasoline "
    "are the average forecourt blends, heat is district heat, raw coal is industrial coal; freight "
    "by road is all HGVs with average load, by sea an average container ship, by air long-haul "
    "with radiative forcing, flights the average passenger with radiative forcing; all others are "
    "under technology or codes of their own. Materials are primary production unless the "
    "technology says otherwise; waste counts transport and landfill gas alone where material is "
    "recovered. Made by tools/pack_uk_desnz.py of a workbook with SHA-256 {sha}."
)


OF_CONDENSED = (
    "the ids of the flat file 2023 where its labels are the same, else the labels; the condensed "
    "set holds neither heat supplied nor wells to tanks"
)
Taken = tuple[str, str, str]
"""Purpose, activity and technology."""


def main(source: Path, place: Path, flat: Path | None = None) -> None:
    """Write the pack.

    Args:
        source: the workbook: a flat file or a condensed set.
        place: folder of the pack.
        flat: for a condensed set, a flat file whose ids its rows get.
    """
    book = CalamineWorkbook.from_path(source)
    if SHEET in book.sheet_names:
        year, cells = _flat(book)
    elif flat is None:
        raise SystemExit("a condensed set has no ids: name a flat file too")
    else:
        year = str(CONDENSED)
        ids = {labels_of(one): one.key for one in _flat(CalamineWorkbook.from_path(flat))[1]}
        cells = list(condensed(book, PLACES[year], ids))
    own: dict[str, tuple[str, str]] = dict(OWN_UNITS)
    lines = [line for cell in cells for line in _lines(cell, year, own)]
    lines.sort(key=lambda line: line.code)
    kind = "condensed set" if flat else "flat file"
    header = {
        "code": "uk-desnz",
        "edition": year,
        "publisher": "Department for Energy Security and Net Zero (United Kingdom)",
        "title": f"UK Government GHG conversion factors for company reporting {year}",
        "document": f"{kind}, {year}",
        "licence": "Open Government Licence v3.0.",
        "confidence": "primary",
        "posted": "asked",
        "note": NOTE.format(ids=OF_CONDENSED if flat else "its ids", sha=sha256(source)),
    }
    write_pack(place, header, lines, own)


def _flat(book: CalamineWorkbook) -> tuple[str, list[Cell]]:
    rows = book.get_sheet_by_name(SHEET).to_python()
    year = str(rows[HEADER - 1][9])[-4:]
    return year, list(_cells(rows, PLACES.get(year)))


def _cells(rows: Sequence[Sequence[object]], places: int | None) -> Iterator[Cell]:
    for number, row in enumerate(rows[HEADER:], start=HEADER + 1):
        labels = [text(label) for label in row[:9]]
        if row[9] == "" or labels[8] not in GASES:
            continue
        key, _, category, family, kind, detail, last, unit, gas = labels
        yield Cell(f"{SHEET}, row {number}", key, category, family.removeprefix("WTT- "), kind,
                   detail, last, unit, GASES[gas], digits(row[9], places))  # fmt: skip


def _lines(cell: Cell, year: str, own: dict[str, tuple[str, str]]) -> list[Line]:
    """Make the rows of a cell; none where it is not taken."""
    taken = _taken(cell, own)
    if taken is None or cell.unit not in UNITS:
        return []
    purpose, activity, technology = taken
    labels = ", ".join(filter(None, (cell.category, cell.family, cell.kind, cell.last)))
    line = Line(
        code=cell.key,
        activity=activity,
        region=COUNTRIES[cell.kind] if cell.category == "Hotel stay" else "GB",
        data_year=str(int(year) - 2) if cell.category in LAGGING else "",
        purpose=purpose,
        gas=cell.gas,
        value=cell.value,
        unit=f"kgCO2e/{UNITS[cell.unit]}",
        page=f"{cell.page}: {labels}",
        basis=BASES.get(cell.unit, ""),
        technology=technology,
        note="0 as published." if float(cell.value) == 0 else "",
        valid_from=f"{year}-01-01",
        valid_to=f"{year}-12-31",
    )
    lines = [line]
    if activity == "heat" and not technology:
        lines.append(replace(line, code=f"{line.code}_steam", activity="steam"))
    if line.basis == "gcv" and cell.kind.startswith("Natural gas"):
        # Gas is billed in kWh of gross calorific value, so it may be booked as that.
        gross = f"{activity}_gross"
        own[gross] = ("kWh", f"{cell.kind}, by gross calorific value")
        lines.append(replace(line, code=f"{line.code}_gross", activity=gross, basis=""))
    return lines


def _taken(cell: Cell, own: dict[str, tuple[str, str]]) -> Taken | None:
    """Return purpose, activity and technology of a cell; None where it is not taken."""
    category = cell.category
    if category in ("Fuels", "Bioenergy", "WTT- fuels", "WTT- bioenergy"):
        purpose = "upstream" if category.startswith("WTT") else "combustion"
        # Whether a bare GJ or kWh is net or gross is not said.
        return None if cell.unit in ("GJ", "kWh") else (purpose, _fuel(cell, own), "")
    if category in ("Material use", "Waste disposal"):
        return _material(cell, own)
    if cell.unit == "km":
        return _driven(cell, own)
    if category == "Homeworking":
        return _homeworking(cell, own)
    return ENERGY[category](cell) if category in ENERGY else _service(cell)


def _driven(cell: Cell, own: dict[str, tuple[str, str]]) -> Taken | None:
    """Name the kilometres of a vehicle: own ones burn, those of others carry goods or people.

    What an own electric vehicle takes from the grid is scope 2, so its zero is left out.
    """
    found = driven(cell.family, cell.kind, cell.last)
    if cell.category not in KILOMETRES or found is None:
        return None
    purpose, prefix = KILOMETRES[cell.category]
    if purpose == "mobile" and cell.last in ELECTRIC:
        return None
    code = f"{prefix}{found[0]}"
    own[code] = ("km", found[1])
    return purpose, code, ""


def _homeworking(cell: Cell, own: dict[str, tuple[str, str]]) -> Taken:
    """Name an hour of work at home; office equipment and heating together stand for it."""
    both = cell.family.startswith("Homeworking")
    code = "homeworking" if both else f"homeworking_{slug(cell.family)}"
    own[code] = ("h", f"Hours of work at home{'' if both else f': {cell.family.lower()}'}")
    return "travel", code, ""


def _material(cell: Cell, own: dict[str, tuple[str, str]]) -> Taken:
    if cell.category == "Waste disposal":
        code = WASTES.get(cell.kind, f"waste_{slug(cell.kind)}")
        own[code] = ("kg", f"Waste: {cell.kind}")
        return "waste_treatment", code, TREATMENTS[cell.last]
    own[slug(cell.kind)] = ("kg", cell.kind)
    primary = cell.last == "Primary material production"
    return "purchased_goods", slug(cell.kind), "" if primary else slug(cell.last)


def _service(cell: Cell) -> Taken | None:
    purposes = {"Freighting goods": "freight", "Business travel- air": "travel",
                "Business travel- sea": "travel", "Business travel- land": "travel",
                "WTT- delivery vehs & freight": "upstream",
                "WTT- business travel- air": "upstream", "WTT- business travel- sea": "upstream",
                "WTT- pass vehs & travel- land": "upstream"}  # fmt: skip
    if cell.category not in purposes or cell.unit not in ("tonne.km", "passenger.km"):
        return None
    family = FAMILIES.get(cell.family, cell.family)
    activity, technology = service(family, cell.kind, cell.detail, cell.last)
    return purposes[cell.category], activity, technology


def _fuel(cell: Cell, own: dict[str, tuple[str, str]]) -> str:
    """Name the activity of a fuel: plain where its commodity is counted so, else by measure."""
    code = FUELS.get(cell.kind, slug(cell.kind))
    if code not in FUELS.values():
        own[code] = ("m3" if cell.kind.startswith("Natural gas") else "kg", cell.kind)
    if cell.unit in BASES:
        return code
    measure, unit = MEASURES[UNITS[cell.unit]]
    plain = "volume" if code in CUBIC or cell.kind.startswith("Natural gas") else "mass"
    if measure == plain:
        return code
    own[f"{code}_{measure}"] = (unit, f"{cell.kind}, by {measure}")
    return f"{code}_{measure}"


def _heat(cell: Cell, purpose: str) -> Taken:
    if "istribution" in cell.family:
        return "upstream", "heat_distribution", "wtt" if purpose == "upstream" else ""
    return purpose, "heat", "onsite" if cell.kind.startswith("Onsite") else ""


def _losses(cell: Cell, technology: str) -> Taken:
    if "heat" in cell.family:
        return "upstream", "heat_distribution", technology
    return "upstream", "electricity_transmission", technology


def _upstream_electricity(cell: Cell) -> Taken:
    if "T&D" in cell.family:
        return _losses(cell, "wtt")
    return "upstream", "electricity", ""


def _hotel(cell: Cell) -> Taken:
    return "travel", "hotel_night", "london" if "London" in cell.kind else ""


ENERGY: dict[str, Callable[[Cell], Taken]] = {
    "Hotel stay": _hotel,
    "UK electricity": lambda _: ("organisation", "electricity", ""),
    "Heat and steam": lambda cell: _heat(cell, "heat_supply"),
    "Transmission and distribution": lambda cell: _losses(cell, ""),
    "WTT- UK electricity": _upstream_electricity,
    "WTT- heat and steam": lambda cell: _heat(cell, "upstream"),
    "Water supply": lambda _: ("water", "water", ""),
    "Water treatment": lambda _: ("water", "waste_water", ""),
}
KILOMETRES = {
    "Passenger vehicles": ("mobile", ""),
    "Delivery vehicles": ("mobile", ""),
    "Business travel- land": ("travel", "travel_"),
    "Freighting goods": ("freight", "freight_"),
    "WTT- pass vehs & travel- land": ("upstream", "travel_"),
    "WTT- delivery vehs & freight": ("upstream", "freight_"),
}
"""Purpose and beginning of the code of kilometres, by category."""
FAMILIES = {
    "vans": "Vans", "flights": "Flights", "ferry": "Ferry", "taxis": "Taxis", "bus": "Bus",
    "rail": "Rail", "sea tanker": "Sea tanker", "cargo ship": "Cargo ship",
    "freight flights": "Freight flights",
}  # fmt: skip
"""Families as the wells to tanks spell them."""


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
