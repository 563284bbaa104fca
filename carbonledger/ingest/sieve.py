"""Lines of a table that are no readings: titles, repeated headers, totals among the parts, notes.

They are left out, counted and told; what a total says is kept, to be compared with the file's own
sums. A line that holds a time or a value and cannot be read is none of these: it is a fault.
"""

import re
from collections.abc import Container
from dataclasses import dataclass, field
from decimal import Decimal

from carbonledger.errors import NumberRefused
from carbonledger.ingest.headers import folded
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.table import UNEVEN, Table
from carbonledger.ingest.words import PARTIAL, TOTAL
from carbonledger.units import parse_number

NUMBER = re.compile(r"[-+]?[\d.,'\s\u00a0]*\d[\d.,'\s\u00a0]*(?:[eE][-+]?\d+)?")
DAY = re.compile(r"^\D{0,2}\d{1,4}[-/.年]\d")
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Stated:
    """A total that the file states.

    Attributes:
        line: line in the file.
        label: what it is called there.
        meter: code of the meter it is of, "" for all.
        value: the number, in the unit of the file.
    """

    line: int
    label: str
    meter: str
    value: Decimal


@dataclass(slots=True)
class Sieve:
    """Tells the lines of one file that are no readings from those that are broken.

    Attributes:
        layout: see `sniff`.
        stated: totals met.
        titles: line and meter of the lines that begin a section of the file.
    """

    layout: Layout
    stated: list[Stated] = field(default_factory=list)
    titles: list[tuple[int, str]] = field(default_factory=list)
    _left: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with the section that the lines above the table name."""
        head = self.layout.head
        for text in reversed((*head.before, *head.names)) if head else ():
            if self._title(0, text):
                break

    def odd(self, line: int, text: str, reason: str) -> bool:
        """Tell whether a line that has not the cells of a row is none."""
        if UNEVEN not in reason or not self.layout.delimiter:
            # A format of the trade knows its own records.
            return False
        cells = [cell.strip().strip('"') for cell in text.split(self.layout.delimiter)]
        if self._title(line, text):
            return True
        if any(TOTAL.match(folded(cell)) for cell in cells):
            return self._leave("totals", line, text)
        if any(NUMBER.fullmatch(cell) or DAY.match(cell) for cell in cells):
            return False
        return self._leave("notes", line, text)

    def row(self, table: Table, row: int, known: Container[str]) -> bool:
        """Tell whether a row without a readable time is none.

        Args:
            table: the block.
            row: the row in it.
            known: codes of the meters of the ledger.
        """
        line = int(table.lines[row])
        cells = {role: str(column[row].as_py()) for role, column in table.columns.items()}
        values = {code: str(column[row].as_py()) for code, column in table.wide.items()}
        text = self.layout.delimiter.join([*cells.values(), *values.values()])
        if self._repeats(cells) or self._title(line, text):
            return self._leave("headers", line, text)
        label = next((c for c in cells.values() if TOTAL.match(folded(c))), "")
        if label:
            meter = cells.get("meter", "").strip()
            values = values or {meter if meter in known else "": cells.get("value", "")}
            # The columns of a row that holds a day are hours, and no meters.
            for code, value in values.items() if self.layout.format != "day" else ():
                self.total(line, label, code, value)
            return self._leave("totals", line, text)
        if any(v.strip() for v in (*values.values(), cells.get("value", ""))):
            return False
        return self._leave("notes", line, text)

    def total(self, line: int, label: str, meter: str, text: str) -> None:
        """Keep what a total says."""
        profile = self.layout.profile
        if PARTIAL.match(folded(label)) and not meter:
            return
        try:
            value = parse_number(text, profile.decimal or ".", profile.thousands or "")
        except NumberRefused:
            return
        self.stated.append(Stated(line, folded(label), meter, value))

    def _repeats(self, cells: dict[str, str]) -> bool:
        names, columns = self.layout.names, self.layout.columns
        return all(
            folded(text) == folded(" ".join(names[p] for p in columns[role]))
            for role, text in cells.items()
            if role in columns
        )

    def _title(self, line: int, text: str) -> bool:
        said = " ".join(folded(text).split())
        for name, meter in self.layout.profile.sections.items():
            if " ".join(folded(name).split()) in said:
                self.titles.append((line, meter))
                return True
        return False

    def _leave(self, what: str, line: int, text: str) -> bool:
        self._left.setdefault(what, []).append((line, text.strip(self.layout.delimiter)[:SHOWN]))
        self._counts[what] = self._counts.get(what, 0) + 1
        del self._left[what][3:]
        return True

    def remarks(self) -> list[str]:
        """Return what was left out, in words."""
        words = {
            "headers": "repeated headers or titles",
            "totals": "totals",
            "notes": "lines without time and value",
        }
        return [
            f"{self._counts[what]} {words[what]} are no readings and were left out: "
            + "; ".join(f"line {line}: {text!r}" for line, text in shown)
            for what, shown in self._left.items()
        ]
