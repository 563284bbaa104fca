"""Formulas and reach of the sheets of OpenDocument (ISO/IEC 26300), which calamine leaves out."""

import zipfile
from pathlib import Path
from typing import IO
from xml.parsers import expat

from carbonledger.ingest.containers.elements import read_elements
from carbonledger.ingest.containers.finds import MOST_COLUMNS, MOST_ROWS, Finds
from carbonledger.ingest.containers.zipped import check_sizes, expands, opened, unpack

CONTENT = "content.xml"
MOST_BYTES = 1 << 30


class OpenSheets:
    """A workbook in OpenDocument."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        """Check the container, and look through its sheets.

        Raises:
            ImportRefused: it is damaged, or unpacks or reaches to more than a workbook does.
        """
        self.path = path
        self.found: list[Finds] = []
        with opened(file, path) as archive:
            members = archive.infolist()
            if len({member.filename for member in members}) < len(members):
                raise expands(path, "a part is there twice")
            check_sizes(members, path, MOST_BYTES)
            for member in members:
                unpack(archive, member, None)
            self._look(archive)

    def finds(self, place: int, sheet: str) -> Finds:
        """Return what is special in a sheet."""
        found = self.found[place]
        found.sheet = sheet
        return found

    def _look(self, archive: zipfile.ZipFile) -> None:
        scan = _Scan(self.path, self.found)
        parser = expat.ParserCreate()
        parser.StartElementHandler = scan.start
        parser.EndElementHandler = scan.end
        with archive.open(CONTENT) as raw:
            read_elements(parser, raw, self.path)


class _Scan:
    """Goes through the elements of all sheets."""

    def __init__(self, path: Path, found: list[Finds]) -> None:
        self.path, self.found = path, found
        self.row = self.rows = self.column = 0
        self.depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element; tables within cells are left to their cell."""
        if name == "table:table":
            self.depth += 1
            if self.depth == 1:
                self.found.append(Finds(self.path, attributes.get("table:name", "")))
                self.row = 0
        elif self.depth != 1:
            return
        elif name == "table:table-row":
            self.rows = _count(attributes, "table:number-rows-repeated", MOST_ROWS)
            self.column = 0
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            self._cell(attributes)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if name == "table:table-row" and self.depth == 1:
            self.row += self.rows
        elif name == "table:table":
            self.depth -= 1

    def _cell(self, attributes: dict[str, str]) -> None:
        count = _count(attributes, "table:number-columns-repeated", MOST_COLUMNS)
        found = self.found[-1]
        formula = "table:formula" in attributes
        if formula or "office:value-type" in attributes:
            found.reach(self.row, self.column, self.column + count - 1)
            found.reach(self.row + self.rows - 1, self.column, self.column)
        if formula:
            for row in range(self.row, self.row + self.rows):
                for column in range(self.column, self.column + count):
                    found.add(row, column, formula=True)
        self.column += count


def _count(attributes: dict[str, str], name: str, most: int) -> int:
    """Return how often a row or cell stands there; one that says too much reaches too far."""
    text = attributes.get(name, "1")
    return max(int(text), 1) if text.isdecimal() and len(text) < 8 else most + 1  # noqa: PLR2004
