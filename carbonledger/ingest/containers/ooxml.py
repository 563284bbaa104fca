"""Formulas, errors and reach of a sheet in Office Open XML (ECMA-376), which calamine leaves out.

Each part is unpacked once to see that it is no longer than the directory says, and read as a
stream, without a tree and without entities, so that memory does not grow with it.
"""

import posixpath
import re
import zipfile
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import IO
from xml.parsers import expat

from carbonledger.ingest.containers.elements import read_elements
from carbonledger.ingest.containers.finds import Finds
from carbonledger.ingest.containers.zipped import check_sizes, expands, opened, unpack

MOST_BYTES = 2 << 30
MOST_PARTS = 10_000
# Signs of all cells together; a text that cells share counts as often as one shows it.
MOST_TEXT = 256 << 20
BOOK = "xl/workbook.xml"
LINKS = "xl/_rels/workbook.xml.rels"
STRINGS = "xl/sharedStrings.xml"
REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
# Formulas that fill further cells, which do not name them.
SPREAD = ("array", "dataTable")
Starts = Callable[[str, dict[str, str]], None]


class Parts:
    """The parts of one workbook."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        """Check the container.

        Raises:
            ImportRefused: it is damaged, or unpacks to more than a workbook does.
        """
        self.file, self.path = file, path
        with opened(file, path) as archive:
            members = archive.infolist()
            if len(members) > MOST_PARTS or len({m.filename for m in members}) < len(members):
                raise expands(path, "a part is there twice, or there are more than 10,000")
            check_sizes(members, path, MOST_BYTES)
            for member in members:
                unpack(archive, member, None)
            self.names = {member.filename.lower(): member.filename for member in members}
            self.sheets = self._sheets(archive)
            self.lengths = self._lengths(archive)

    def _sheets(self, archive: zipfile.ZipFile) -> list[str]:
        """Return the part of each sheet, in the order of the workbook."""
        targets: dict[str, str] = {}
        places: list[str] = []

        def link(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship":
                targets[attributes.get("Id", "")] = attributes.get("Target", "")

        def sheet(name: str, attributes: dict[str, str]) -> None:
            if name == "sheet":
                ids = [v for k, v in attributes.items() if k.endswith(":id")]
                places.append(ids[0] if ids else "")

        self._parse(archive, LINKS, link)
        self._parse(archive, BOOK, sheet)
        whole = (posixpath.join("/xl", targets.get(place, "")) for place in places)
        return [posixpath.normpath(target).lstrip("/") for target in whole]

    def _lengths(self, archive: zipfile.ZipFile) -> "array[int]":
        """Return the length of each text that cells share."""
        lengths = array("L")

        def start(name: str, _attributes: dict[str, str]) -> None:
            if name == "si":
                lengths.append(0)

        def text(data: str) -> None:
            if lengths:
                lengths[-1] += len(data)

        self._parse(archive, STRINGS, start, text)
        return lengths

    def _parse(
        self, archive: zipfile.ZipFile, part: str, start: Starts,
        text: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        """Read a part, if it is there, and hand on each element and each piece of text."""
        name = self.names.get(part.lower())
        if name is None:
            return
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = _without_prefix(start)
        if text is not None:
            parser.CharacterDataHandler = text
        with archive.open(name) as raw:
            read_elements(parser, raw, self.path, part)

    def finds(self, place: int, sheet: str) -> Finds:
        """Look through a sheet.

        Args:
            place: of the sheet within the workbook, from 0.
            sheet: its name.

        Raises:
            ImportRefused: it is no proper XML, or reaches too far, or repeats long texts.
        """
        scan = _Scan(Finds(self.path, sheet), self.lengths)
        with opened(self.file, self.path) as archive:
            self._parse(archive, self.sheets[place], scan.start, scan.text)
        scan.row_ends()
        if scan.signs > MOST_TEXT:
            raise expands(self.path, f"the cells of sheet {sheet!r} show {scan.signs:,} signs")
        return scan.found


def _without_prefix(start: Starts) -> Starts:
    def bare(name: str, attributes: dict[str, str]) -> None:
        start(name.rpartition(":")[2] if ":" in name else name, attributes)

    return bare


class _Scan:
    """Goes through the elements of a sheet."""

    def __init__(self, found: Finds, lengths: "array[int]") -> None:
        self.found, self.lengths = found, lengths
        self.signs = 0
        self.row = self.column = -1
        self.kind = ""
        self.first, self.last = -1, -1
        self.value: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        if name == "c":
            self._cell(attributes)
        elif name == "v":
            self._fill()
            self.value = [] if self.kind in {"e", "s"} else None
        elif name == "f":
            self._fill()
            self._formula(attributes)
        elif name == "is":
            self._fill()
        elif name == "row":
            self.row_ends()
            stated = attributes.get("r", "")
            self.row = int(stated) - 1 if stated.isdecimal() else self.row + 1
            self.column = -1

    def text(self, data: str) -> None:
        """Take a piece of text."""
        if self.value is not None:
            self.value.append(data)
        else:
            self.signs += len(data)

    def _cell(self, attributes: dict[str, str]) -> None:
        self._value_ends()
        hit = REFERENCE.fullmatch(attributes.get("r", ""))
        # A cell without a reference stands beside the one before.
        self.column = position(hit[1]) if hit else self.column + 1
        self.kind = attributes.get("t", "")

    def _fill(self) -> None:
        self.last = self.column
        if self.first < 0:
            self.first = self.column

    def _formula(self, attributes: dict[str, str]) -> None:
        self.found.add(self.row, self.column, formula=True)
        ends = REFERENCE.findall(attributes.get("ref", ""))
        if attributes.get("t") not in SPREAD or not ends:
            return
        (left, top), (right, bottom) = ends[0], ends[-1]
        for row in range(int(top) - 1, int(bottom)):
            for column in range(position(left), position(right) + 1):
                self.found.add(row, column, formula=True)

    def _value_ends(self) -> None:
        if self.value is None:
            return
        text, self.value = "".join(self.value), None
        if self.kind == "e":
            self.found.add(self.row, self.column, error=text)
        elif text.isdecimal() and int(text) < len(self.lengths):
            self.signs += self.lengths[int(text)]

    def row_ends(self) -> None:
        """Note how far the row reached."""
        self._value_ends()
        if self.first >= 0:
            self.found.reach(self.row, self.first, self.last)
        self.first = self.last = -1


def position(letters: str) -> int:
    """Return the position of a column from 0 by its name: A, Z, AA."""
    found = 0
    for letter in letters.upper():
        found = found * 26 + ord(letter) - 64
    return found - 1
