"""Cells of a workbook that a formula computes: a reading is a number, not the way to one.

The text of a workbook has a mark before the value that such a cell last had. A row that has one
in a column that is read is no row; elsewhere formulas do no harm.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.ingest.columns import mask

# No text of a workbook holds this sign: XML forbids it, and the renderer leaves it out.
MARK = "\x01"
REASON = "holds a formula, and what it shows may be old: paste its value"


def letters(position: int) -> str:
    """Return the name of a column of a sheet by its position from 0: A, Z, AA."""
    name, rest = "", position + 1
    while rest:
        rest, place = divmod(rest - 1, 26)
        name = chr(65 + place) + name
    return name


def reason(line: int, position: int) -> str:
    """Say which cell holds a formula."""
    return f"cell {letters(position)}{line} {REASON}"


def shown(text: str) -> str:
    """Return the text of a cell or row without marks."""
    return text.replace(MARK, "")


def computed_cell(line: int, cells: Sequence[str], read: Sequence[int]) -> tuple[int, str] | None:
    """Return the position of the first cell read that a formula computes, and the reason.

    Args:
        line: number of the row.
        cells: its cells.
        read: positions of the columns that are read.
    """
    for position in read:
        if position < len(cells) and cells[position].startswith(MARK):
            return position, reason(line, position)
    return None


def computed_rows(columns: Sequence[tuple[int, pa.Array]]) -> dict[int, int]:
    """Return for each row that has such a cell the first column that holds one.

    Args:
        columns: position and texts of each column that is read.
    """
    found: dict[int, int] = {}
    for position, column in columns:
        texts = column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column
        marked = mask(pc.starts_with(texts, MARK))
        for row in np.flatnonzero(marked).tolist():
            found.setdefault(row, position)
    return found
