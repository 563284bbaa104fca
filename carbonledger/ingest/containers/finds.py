"""Where formulas and errors stand in a sheet, and how far it reaches."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from carbonledger.errors import ImportRefused

ERRORS = (
    "", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA",
    "#SPILL!", "#CALC!", "#BLOCKED!", "#FIELD!", "#CONNECT!", "#UNKNOWN!", "#ERROR!",
)  # fmt: skip
# Rows and columns of the largest sheet there is.
MOST_ROWS, MOST_COLUMNS = 1 << 20, 1 << 14
# The reader holds all cells between the first and the last at once, about 80 bytes each.
MOST_CELLS = 6_000_000
FORMULA = 16
ROW, COLUMN = 1 << 19, 1 << 5


@dataclass(slots=True)
class Finds:
    """Cells of one sheet that need more than their value.

    Attributes:
        path: the workbook, for messages.
        sheet: the sheet.
        rows, columns: how far its cells reach, formulas without a value included.
        first_row, first_column: where its cells begin, from 0.
    """

    path: Path
    sheet: str
    rows: int = 0
    columns: int = 0
    first_row: int = MOST_ROWS
    first_column: int = MOST_COLUMNS
    _cells: "array[int]" = field(default_factory=lambda: array("Q"))
    _sorted: bool = True

    def reach(self, row: int, first: int, last: int) -> None:
        """Note that a row has cells between two positions, all counted from 0.

        Raises:
            ImportRefused: the sheet reaches too far.
        """
        if not (0 <= row < MOST_ROWS and 0 <= first <= last < MOST_COLUMNS):
            raise self._too_large("a cell lies outside of every sheet")
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, last + 1)
        self.first_row = min(self.first_row, row)
        self.first_column = min(self.first_column, first)
        area = (self.rows - self.first_row) * (self.columns - self.first_column)
        if area > MOST_CELLS:
            raise self._too_large(f"more than {MOST_CELLS:,} cells between its first and its last")

    def add(self, row: int, column: int, *, formula: bool = False, error: str = "") -> None:
        """Note a formula, or the error that a cell shows."""
        self.reach(row, column, column)
        if len(self._cells) >= MOST_CELLS:
            raise self._too_large(f"more than {MOST_CELLS:,} formulas")
        code = ERRORS.index(error if error in ERRORS else ERRORS[-1])
        self._cells.append(row * ROW + column * COLUMN + (FORMULA if formula else 0) + code)
        self._sorted = False

    def in_row(self, row: int) -> Iterator[tuple[int, str, bool]]:
        """Yield position, error and whether it is a formula, of each cell noted in a row."""
        if not self._sorted:
            self._cells = array("Q", sorted(set(self._cells)))
            self._sorted = True
        place = bisect_left(self._cells, row * ROW)
        while place < len(self._cells) and self._cells[place] < (row + 1) * ROW:
            column, code = divmod(self._cells[place] % ROW, COLUMN)
            yield column, ERRORS[code % FORMULA], code >= FORMULA
            place += 1

    def __bool__(self) -> bool:
        return bool(self._cells)

    def _too_large(self, what: str) -> ImportRefused:
        return ImportRefused(
            f"{self.path}: sheet {self.sheet!r} is too large: {what}",
            code="file-too-large",
            hint="a stray cell far away makes a sheet large: delete the empty rows and columns, or "
            "save the sheet as CSV, of which there may be any amount",
        )
