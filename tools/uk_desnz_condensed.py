"""Reading the condensed set of the UK conversion factors: a sheet a category, tables on it.

A table begins with a row `Activity, …, Unit, …, kg CO2e`; the row above says what each group of
columns is for (`Average laden`), labels are written once and hold for the rows below.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from packing import digits, slug
from python_calamine import CalamineWorkbook

DEEP = 3
"""Column of the unit where a table has three levels of labels."""
GASES = {
    "kg CO2e": "co2e",
    "kg CO2e of CO2 per unit": "co2e_co2",
    "kg CO2e of CH4 per unit": "co2e_ch4",
    "kg CO2e of N2O per unit": "co2e_n2o",
}
SHEETS = (
    "Fuels", "Bioenergy", "UK electricity", "Transmission and distribution", "Water supply",
    "Water treatment", "Material use", "Waste disposal", "Business travel- air",
    "Business travel- sea", "Business travel- land", "Freighting goods", "Hotel stay",
    "Passenger vehicles", "Homeworking",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """A factor with the labels of the publication.

    Attributes:
        page: sheet and row.
        key: id of the flat file, or the labels where that has none.
        category, family, kind, detail, last: levels 1 to 4 and column text of the flat file.
        unit, gas, value: as printed; the gas is a word of packs.
    """

    page: str
    key: str
    category: str
    family: str
    kind: str
    detail: str
    last: str
    unit: str
    gas: str
    value: str


Labels = tuple[str, ...]


def labels_of(cell: Cell) -> Labels:
    """Return what tells a factor from all others of its edition."""
    detail = "" if cell.detail == cell.unit else cell.detail
    return (cell.category, cell.family, cell.kind, detail, cell.last, cell.unit, cell.gas)


def condensed(book: CalamineWorkbook, places: int, ids: Mapping[Labels, str]) -> Iterator[Cell]:
    """Read all tables.

    Args:
        book: the workbook.
        places: decimals it is rounded to.
        ids: ids of the flat file by labels.
    """
    for sheet in SHEETS:
        rows = [[text(cell) for cell in row] for row in book.get_sheet_by_name(sheet).to_python()]
        for number, row in enumerate(rows):
            if row[0] == "Activity" and "kg CO2e" in row and "Unit" in row:
                yield from _table(sheet, rows, number, places, ids)


def text(cell: object) -> str:
    """Write a cell without the blanks around it."""
    return str(cell).strip()


def _table(
    sheet: str,
    rows: Sequence[Sequence[str]],
    head: int,
    places: int,
    ids: Mapping[Labels, str],
) -> Iterator[Cell]:
    header = rows[head]
    unit = header.index("Unit")
    groups = _groups(header, rows[head - 1])
    family, kind, detail = "", "", ""
    for number in range(head + 1, len(rows)):
        row = rows[number]
        if not row[unit] or row[0] == "Activity":
            return
        # A new label ends those of the levels below it.
        if row[0]:
            family, kind, detail = row[0], "", ""
        if row[1]:
            kind, detail = row[1], ""
        if unit == DEEP and row[2]:
            detail = row[2]
        for column, group in groups.items():
            if row[column]:
                gas, value = GASES[header[column]], digits(row[column], places)
                page = f"{sheet}, row {number + 1}"
                cell = Cell(page, "", sheet, family, kind, detail, group, row[unit], gas, value)
                found = ids.get(labels_of(cell)) or slug(" ".join(labels_of(cell)))
                yield replace(cell, key=found)


def _groups(header: Sequence[str], above: Sequence[str]) -> dict[int, str]:
    """Return the columns that hold factors, with the text that stands above their group."""
    found: dict[int, str] = {}
    group = ""
    for column, name in enumerate(header):
        if name in GASES:
            if name == "kg CO2e":
                group = "" if above[column].startswith("An error") else above[column]
            found[column] = group
    return found
