"""A sheet of a workbook as delimited text: the line of a row is its number in the sheet.

Values come from calamine; formulas, errors and the reach of the sheet from the file itself, since
calamine gives the last value of a formula, nothing for an error, and takes memory for every cell
between the first and the last.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Protocol

from carbonledger.errors import ImportRefused
from carbonledger.ingest.computed import MARK
from carbonledger.ingest.containers import Rendered, delimiter_for
from carbonledger.ingest.containers.cells import Cell, text_of
from carbonledger.ingest.containers.finds import Finds
from carbonledger.ingest.containers.temporary import temporary
from carbonledger.ingest.profile import Profile

# A table has at least two rows of at least two cells: a header and a reading.
ROWS = COLUMNS = 2
Row = Sequence[Cell]


class Book(Protocol):
    """What is looked up in the file itself."""

    def finds(self, place: int, sheet: str) -> Finds:
        """Look through a sheet."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that may be read.

    Attributes:
        place: within the workbook, from 0.
        name: of the sheet.
        hidden: whether the spreadsheet shows it.
    """

    place: int
    name: str
    hidden: bool

    def __str__(self) -> str:
        return f"{self.place + 1} {self.name!r}{' (hidden)' if self.hidden else ''}"


class SheetText:
    """The text of a sheet, in a temporary file; see `Rendered`."""

    def __init__(
        self, file: IO[bytes], media: str, signs: tuple[str, str], remarks: tuple[str, ...], *,
        computed: bool,
    ) -> None:  # fmt: skip
        self.file, self.media = file, media
        self.delimiter, self.decimal = signs
        self.remarks, self.computed = remarks, computed
        self.size = file.seek(0, 2)

    def rewind(self) -> None:
        """Begin with the first line again."""
        self.file.seek(0)

    def place(self) -> int:
        """Return where reading is, for `resume`."""
        return self.file.tell()

    def resume(self, place: int) -> None:
        """Go on reading at a place."""
        self.file.seek(place)

    def read(self, size: int) -> bytes:
        """Return the next bytes of the text, none at its end."""
        return self.file.read(size)

    def progress(self) -> tuple[int, int]:
        """Return how much is read, and how much there is."""
        return self.file.tell(), self.size

    def close(self) -> None:
        """Close the file, which ends it."""
        self.file.close()


def workbook_text(kind: str, file: IO[bytes], path: Path, profile: Profile) -> Rendered:
    """Render the sheet of a workbook that is meant.

    Raises:
        ImportRefused: the workbook is damaged or protected, or which sheet is meant is not clear.
    """
    book = _book(kind, file, path)
    with _reading(path):
        from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

        file.seek(0)
        # Closed with what it holds when the text is written.
        with CalamineWorkbook.from_filelike(file) as reader:
            sheets = [
                Sheet(place, one.name, one.visible != SheetVisibleEnum.Visible)
                for place, one in enumerate(reader.sheets_metadata)
                if one.typ == SheetTypeEnum.WorkSheet
            ]
            one = _Workbook(path, book, reader, sheets)
            sheet, remarks = one.chosen(profile.sheet)
            return one.text(sheet, kind, profile, remarks)


def _book(kind: str, file: IO[bytes], path: Path) -> Book:
    """Check the file, before the reader of workbooks sees it."""
    if kind == "xlsx":
        from carbonledger.ingest.containers.ooxml import Parts

        return Parts(file, path)
    if kind == "ods":
        from carbonledger.ingest.containers.ods import OpenSheets

        return OpenSheets(file, path)
    from carbonledger.ingest.containers.biff import OldBook

    return OldBook(file, path)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn what the reader of workbooks raises into refusals."""
    from python_calamine import CalamineError, PasswordError

    try:
        yield
    except PasswordError as error:
        raise ImportRefused(
            f"{path} is protected by a password", code="file-kind", hint="save it without one"
        ) from error
    except CalamineError as error:
        raise _broken(path, error) from error
    except BaseException as error:
        # What Rust cannot go on with is no Exception, and has no name to import.
        if type(error).__name__ != "PanicException":
            raise
        raise _broken(path, error) from error


def _broken(path: Path, error: BaseException) -> ImportRefused:
    return ImportRefused(
        f"{path} is broken: {error}",
        code="file-broken",
        hint="open it in the program it is from and save it again",
    )


@dataclass(slots=True)
class _Workbook:
    """A workbook that is open."""

    path: Path
    book: Book
    reader: Any
    sheets: list[Sheet]

    def chosen(self, stated: str | int | None) -> tuple[Sheet, tuple[str, ...]]:
        """Return the sheet that is meant, and what the user should know of the others."""
        if stated is not None:
            return self._stated(stated), ()
        shown = [sheet for sheet in self.sheets if not sheet.hidden]
        if len(self.sheets) == len(shown) == 1:
            return shown[0], ()
        tables = [sheet for sheet in self.sheets if self._is_table(sheet)]
        fit = [sheet for sheet in tables if not sheet.hidden]
        if len(fit) != 1:
            what = "several sheets hold tables" if fit else "no sheet that is shown holds a table"
            raise self._refused(what, fit or self.sheets)
        hidden = ", ".join(repr(sheet.name) for sheet in tables if sheet.hidden)
        remarks = (f"hidden sheets that hold tables were not read: {hidden}",) if hidden else ()
        return fit[0], remarks

    def _stated(self, stated: str | int) -> Sheet:
        for sheet in self.sheets:
            if stated in {sheet.name, sheet.place + 1}:
                return sheet
        raise self._refused(f"there is no sheet {stated!r}", self.sheets)

    def _refused(self, what: str, sheets: list[Sheet]) -> ImportRefused:
        listed = "; ".join(str(sheet) for sheet in sheets) or "none"
        example = sheets[0].name if sheets else "…"
        return ImportRefused(
            f"{self.path}: {what}: {listed}",
            code="sheet",
            hint=f'name the one to read in a profile: sheet = "{example}", or by its number',
        )

    def _is_table(self, sheet: Sheet) -> bool:
        finds = self.book.finds(sheet.place, sheet.name)
        rows = 0
        for number, row in self._rows(sheet, finds):
            filled = sum(1 for cell in row if cell != "")
            filled += sum(1 for _ in finds.in_row(number))
            rows += filled >= COLUMNS
            if rows == ROWS:
                return True
        return False

    def _rows(self, sheet: Sheet, finds: Finds) -> Iterator[tuple[int, list[Cell]]]:
        """Yield the rows of a sheet from its first, each with its number from 0."""
        cells = self.reader.get_sheet_by_index(sheet.place)
        left = [""] * (cells.start[1] if cells.start else 0)
        number = -1
        for number, row in enumerate(cells.iter_rows()):
            yield number, [*left, *row] if left else row
        for rest in range(number + 1, finds.rows):
            yield rest, []

    def text(
        self, sheet: Sheet, kind: str, profile: Profile, remarks: tuple[str, ...]
    ) -> SheetText:
        """Write the text of a sheet to a temporary file."""
        finds = self.book.finds(sheet.place, sheet.name)
        timed = self._timed(sheet, finds)
        decimal, delimiter = profile.decimal or ".", delimiter_for(profile)
        if sheet.hidden:
            remarks = (*remarks, f"sheet {sheet.name!r} is hidden in the workbook")

        def texts(number: int, row: Row) -> list[str]:
            cells = [
                text_of(cell, decimal, timed=place in timed) if cell != "" else ""
                for place, cell in enumerate(row)
            ]
            return _special(cells, finds, number) if finds else cells

        with temporary() as out:
            _write(out, (texts(number, row) for number, row in self._rows(sheet, finds)), delimiter)
            return SheetText(out, kind, (delimiter, decimal), remarks, computed=bool(finds))

    def _timed(self, sheet: Sheet, finds: Finds) -> set[int]:
        """Return the columns in which dates have a time: a midnight among them is one, too."""
        found: set[int] = set()
        for _, row in self._rows(sheet, finds):
            for place, cell in enumerate(row):
                if isinstance(cell, date) and isinstance(cell, datetime):
                    found.add(place)
        return found


def _special(cells: list[str], finds: Finds, number: int) -> list[str]:
    for place, error, formula in finds.in_row(number):
        cells += [""] * (place + 1 - len(cells))
        text = error or cells[place]
        cells[place] = MARK + text if formula else text
    return cells


def _write(out: IO[bytes], rows: Iterator[list[str]], delimiter: str) -> None:
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=False)
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    for row in rows:
        if any(row):
            writer.writerow(row)
        else:
            text.write("\n")
    text.flush()
    text.detach()
