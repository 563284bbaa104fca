"""Formulas, errors and reach of a sheet in an old workbook (MS-XLS), which calamine leaves out."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from carbonledger.errors import ImportRefused
from carbonledger.ingest.containers.compound import Compound
from carbonledger.ingest.containers.finds import Finds

# A workbook of the old form has at most 65,536 rows a sheet; it is read at once.
LARGEST = 256 << 20
BOF, EOF, BOUNDSHEET, FORMULA, BOOLERR = 0x0809, 0x000A, 0x0085, 0x0006, 0x0205
MULTIPLE = (0x00BD,)
# Numbers and texts, each with its row and column first.
CELLS = (0x0203, 0x027E, 0x00FD, 0x0204, 0x00D6, BOOLERR, FORMULA, *MULTIPLE)
# Number of an error within a cell, and what a spreadsheet shows.
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!",
          42: "#N/A", 43: "#GETTING_DATA"}  # fmt: skip
STREAMS = ("Workbook", "Book", "WORKBOOK", "BOOK")
OTHERS = {
    "EncryptedPackage": ("protected by a password", "save it without one"),
    "EncryptionInfo": ("protected by a password", "save it without one"),
    "WordDocument": ("a text document", "ask for the data as CSV or XLSX"),
    "PowerPoint Document": ("slides", "ask for the data as CSV or XLSX"),
    "__properties_version1.0": ("an e-mail", "save the file attached to it"),
}
RESULT = 6
NO_NUMBER = b"\xff\xff"


class OldBook:
    """An old workbook."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        """Find its sheets.

        Raises:
            ImportRefused: it is damaged, too large, or another document in the same container.
        """
        file.seek(0)
        data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise ImportRefused(
                f"{path} is larger than an old workbook can be read",
                code="file-too-large",
                hint="save the sheet as CSV",
            )
        compound = Compound(data, path)
        name = next((name for name in STREAMS if name in compound.entries), None)
        if name is None:
            raise _other(compound, path)
        self.path, self.compound = path, compound
        self.data = compound.stream(name)
        self.places = [
            struct.unpack_from("<L", body)[0]
            for kind, body in self._records(0)
            if kind == BOUNDSHEET and len(body) >= 4  # noqa: PLR2004 (the place itself)
        ]

    def _records(self, place: int) -> Iterator[tuple[int, bytes]]:
        """Yield the records of one substream, those of charts within it left out."""
        depth = 0
        while place + 4 <= len(self.data):
            kind, size = struct.unpack_from("<HH", self.data, place)
            depth += (kind == BOF) - (kind == EOF)
            if depth <= 0:
                return
            if depth == 1:
                yield kind, self.data[place + 4 : place + 4 + size]
            place += 4 + size

    def finds(self, place: int, sheet: str) -> Finds:
        """Look through a sheet.

        Args:
            place: of the sheet within the workbook, from 0.
            sheet: its name.

        Raises:
            ImportRefused: it is damaged, or reaches too far.
        """
        found = Finds(self.path, sheet)
        try:
            for kind, body in self._records(self.places[place]):
                if kind in CELLS:
                    _cell(kind, body, found)
        except (struct.error, IndexError) as error:
            raise self.compound.broken(f"sheet {sheet!r}: {error}") from error
        return found


def _cell(kind: int, body: bytes, found: Finds) -> None:
    row, column = struct.unpack_from("<HH", body)
    last = struct.unpack_from("<H", body, len(body) - 2)[0] if kind in MULTIPLE else column
    found.reach(row, column, max(column, last))
    if kind == FORMULA:
        value = body[RESULT : RESULT + 8]
        is_error = value[6:8] == NO_NUMBER and value[0] == 2  # noqa: PLR2004 (an error)
        error = ERRORS.get(value[2], "#ERROR!") if is_error else ""
        found.add(row, column, formula=True, error=error)
    elif kind == BOOLERR and body[7]:
        found.add(row, column, error=ERRORS.get(body[6], "#ERROR!"))


def _other(compound: Compound, path: Path) -> ImportRefused:
    for name, (what, hint) in OTHERS.items():
        if name in compound.entries:
            return ImportRefused(f"{path} is {what}", code="file-kind", hint=hint)
    return ImportRefused(
        f"{path} is a document of some other program",
        code="file-kind",
        hint="export the data as CSV or XLSX",
    )
