"""Record files (waste, production, invoices, certificates): a row is a flow with its own period.

Columns `start,end,from,to,commodity,quantity,unit` and optional `document_no,quality,note`. Dates
without time are whole local days, `end` inclusive. Without an end, a record lasts an `interval`
of the profile after the start.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from carbonledger.errors import Refusal
from carbonledger.ingest.blocks import blocks, lines_of
from carbonledger.ingest.clock import MOST_KEPT, Clock
from carbonledger.ingest.columns import strings
from carbonledger.ingest.computed import computed_cell, shown
from carbonledger.ingest.faults import Faults
from carbonledger.ingest.flags import FORMULA, quality_of
from carbonledger.ingest.formats import TEXT, Cells, Flaw, module_of
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.meters import is_formula, undressed
from carbonledger.ingest.nearest import Nearest
from carbonledger.ingest.passes import Passes, to_instants
from carbonledger.ingest.ratios import refuse_condition, unstated_condition
from carbonledger.ingest.source import Source
from carbonledger.ingest.stamps import NOT_A_TIME
from carbonledger.ingest.table import uneven
from carbonledger.ingest.zone import zone_for
from carbonledger.ledger.state import AccountState, CommodityState, SiteState
from carbonledger.units import canonical_micro_ratio, find, parse_number, to_micro

DAY = 86400
MILLION = 1_000_000
Key = tuple[int, int, int, int, int, str]


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a record file, understood.

    Attributes:
        source, target: accounts it left and reached.
        commodity: what moved.
        start, end: instants, seconds UTC.
        first_day, last_day: local days, yyyymmdd.
        quantity: millionths of the canonical unit.
        recorded: quantity as written, exact.
        unit: symbol of the unit it is written in.
        document_no, quality, note: of the source.
        line: line in the file.
    """

    source: AccountState
    target: AccountState
    commodity: CommodityState
    start: int
    end: int
    first_day: int
    last_day: int
    quantity: int
    recorded: Decimal
    unit: str
    document_no: str
    quality: str
    note: str
    line: int

    @property
    def key(self) -> Key:
        """What makes it this record and no other."""
        return (self.source.id, self.target.id, self.commodity.id, self.start, self.end,
                self.document_no)  # fmt: skip

    @property
    def words(self) -> str:
        """Name it in a message."""
        number = f" no. {self.document_no}" if self.document_no else ""
        return f"{self.commodity.code} {self.source.code} → {self.target.code}{number}"


class _NoRecordError(Exception):
    """A cell cannot be understood; its fault is noted."""


@dataclass(slots=True)
class RecordReader:
    """Understands the rows of a record file.

    Attributes:
        site: accounts and commodities of the ledger.
        layout: see `sniff`.
        faults: rows that cannot be understood.
        count: rows read.
        negative: records below zero.
        remarks: what the user should know, each once.
    """

    site: SiteState
    layout: Layout
    faults: Faults
    count: int = 0
    negative: int = 0
    remarks: list[str] = field(default_factory=list)
    _clocks: dict[int, Clock] = field(default_factory=dict)
    _times: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _nearest: Nearest = field(default_factory=Nearest)

    def forms(self) -> list[str]:
        """Return the forms that the dates and times of the file were read in."""
        return list(dict.fromkeys(c.format for c in self._clocks.values() if c.format))

    def records(self, source: Source) -> Iterator[Record]:
        """Yield the records of the file; rows that are none are noted as faults."""
        for found in self._rows(source):
            self.count += 1
            if isinstance(found, Flaw):
                self.faults.add(*found)
                continue
            line, cells = found
            if len(cells) != len(self.layout.names):
                text = self.layout.delimiter.join(cells)
                self.faults.add(line, "", text, uneven(len(cells), len(self.layout.names)))
                continue
            if self.layout.computed and self._computed(line, cells):
                continue
            record = self._record(line, cells)
            if record is not None:
                yield record

    def _computed(self, line: int, cells: list[str]) -> bool:
        """Note a row in which a formula computes a cell that is read."""
        read = [position for parts in self.layout.columns.values() for position in parts]
        found = computed_cell(line, cells, sorted(read))
        if found is not None:
            position, said = found
            self.faults.add(line, self.layout.names[position], shown(cells[position]), said)
        return found is not None

    def _rows(self, source: Source) -> Iterator[Cells | Flaw]:
        """Yield the rows of the file, whatever its format."""
        if self.layout.reader == TEXT:
            return self._lines(source)
        return module_of(self.layout.reader).rows(source, self.layout)

    def _lines(self, source: Source) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows with their first line; quoted cells may hold line feeds."""
        text = (
            line
            for block in blocks(source, self.layout.encoding)
            for line in lines_of(block, self.layout.path)
        )
        reader = csv.reader(
            (line + "\n" for line in text), delimiter=self.layout.delimiter, strict=True
        )
        before = 0
        try:
            for cells in reader:
                line, before = before + 1, reader.line_num
                if line > self.layout.start and any(cell.strip() for cell in cells):
                    yield line, cells
        except csv.Error as error:
            self.faults.add(reader.line_num, "", "", f"the row cannot be read: {error}")

    def _cell(self, cells: list[str], role: str) -> str:
        positions = self.layout.columns.get(role)
        if positions is None:
            return self.layout.profile.constants.get(role, "")
        return " ".join(cells[p].strip() for p in positions)

    def _fault(self, line: int, role: str, text: str, reason: str) -> None:
        self.faults.add(line, self.layout.column(role), text, reason)

    def _record(self, line: int, cells: list[str]) -> Record | None:
        """Understand a row; None with all its faults noted when it cannot be."""
        known = len(self.faults)
        source = self._account(line, cells, "from")
        target = self._account(line, cells, "to")
        commodity = self._commodity(line, cells)
        zone = self._zone(source, target)
        start = self._time(line, cells, "start", zone)
        end = self._end(line, cells, start, zone)
        for role in ("document_no", "quality", "note"):
            if is_formula(text := self._cell(cells, role)):
                self._fault(line, role, text, FORMULA)
        if len(self.faults) > known or not (source and target and commodity):
            return None
        if end <= start:
            self._fault(line, "end", self._cell(cells, "end"), "the end lies before the start")
            return None
        if source.id == target.id:
            self._fault(line, "to", target.code, "from and to are the same account")
            return None
        try:
            number, unit, quantity = self._quantity(line, cells, commodity)
        except _NoRecordError:
            return None
        self.negative += quantity < 0
        span = zone_for(zone, start, end)
        return Record(
            source, target, commodity, start, end, span.day(start), span.day(end - 1), quantity,
            number, unit, undressed(self._cell(cells, "document_no")),
            quality_of(self._cell(cells, "quality")), self._cell(cells, "note"), line,
        )  # fmt: skip

    def _quantity(
        self, line: int, cells: list[str], commodity: CommodityState
    ) -> tuple[Decimal, str, int]:
        """Return the quantity as written, its unit, and its millionths of the canonical unit."""
        profile = self.layout.profile
        text, spelling = self._cell(cells, "quantity"), self._cell(cells, "unit")
        role, shown = "quantity", text
        try:
            number = parse_number(text, profile.decimal or ".", profile.thousands or "")
            role, shown = "unit", spelling
            unit = find(spelling or profile.unit or "")
            refuse_condition(unit, commodity)
            ratio = canonical_micro_ratio(unit.symbol, commodity.unit, None)
            role, shown = "quantity", text
            quantity = to_micro(number, ratio)
        except Refusal as error:
            said = f"{error.message}; {error.hint}" if error.hint else error.message
            self._fault(line, role, shown, said)
            raise _NoRecordError from error
        if commodity.kind == "certificate" and quantity % MILLION:
            self._fault(line, "quantity", text, "certificates are whole units")
            raise _NoRecordError
        remark = unstated_condition(unit, commodity)
        if remark and remark not in self.remarks:
            self.remarks.append(remark)
        return number, unit.symbol, quantity

    def _account(self, line: int, cells: list[str], role: str) -> AccountState | None:
        code = undressed(self._cell(cells, role))
        if self.layout.reader == TEXT:
            code = self.layout.profile.accounts.get(code, code)
        found = self.site.accounts.get(code)
        if found is None:
            self._fault(
                line, role, code, _unknown("account", code, self.site.accounts, self._nearest)
            )
        return found

    def _commodity(self, line: int, cells: list[str]) -> CommodityState | None:
        code = undressed(self._cell(cells, "commodity"))
        found = self.site.commodities.get(code)
        if found is None:
            reason = _unknown("commodity", code, self.site.commodities, self._nearest)
            self._fault(line, "commodity", code, reason)
        return found

    def _zone(self, source: AccountState | None, target: AccountState | None) -> str:
        if self.layout.profile.timezone:
            return self.layout.profile.timezone
        inside = [a for a in (source, target) if a and not a.outside]
        return next((a.timezone for a in inside if a.timezone), "UTC")

    def _end(self, line: int, cells: list[str], start: int, zone: str) -> int:
        """Return the end as written, or an interval of the profile after the start."""
        length = self.layout.profile.interval
        stated = "end" in self.layout.columns or "end" in self.layout.profile.constants
        if stated or length is None:
            return self._time(line, cells, "end", zone)
        if not length.calendar:
            return start + length.seconds
        local = zone_for(zone, start, start)
        after = length.after(np.array([start + local.offset(start)], np.int64))
        later = zone_for(zone, int(after[0]), int(after[0]))
        return int(to_instants(after, np.array([0], np.int64), later, Passes())[0][0])

    def _time(self, line: int, cells: list[str], role: str, zone: str) -> int:
        """Return the instant of a start or end; 0 with the fault noted when there is none."""
        text = self._cell(cells, role)
        known = self._times.get((text, role, zone))
        if known is not None:
            return known
        if len(self._times) >= MOST_KEPT:
            self._times.clear()
        clock = self._clocks.setdefault(len(text), Clock(self.layout.profile.time_format))
        try:
            wall = int(clock.read(strings([text]))[0])
        except ValueError as error:
            self._fault(line, role, text, str(error))
            return 0
        if wall == NOT_A_TIME:
            self._fault(line, role, text, "no such date and time")
            return 0
        if clock.instants and not self.layout.whole_days:
            return self._times.setdefault((text, role, zone), wall)
        if clock.instants:
            # Midnight before it, or the one after.
            wall += zone_for(zone, wall, wall).offset(wall)
            wall -= wall % DAY
        if (clock.dates or clock.instants) and role == "end":
            wall += DAY
        walls, meter = np.array([wall], np.int64), np.array([0], np.int64)
        instants, never = to_instants(walls, meter, zone_for(zone, wall, wall), Passes())
        if len(never) and not (clock.dates or clock.instants):
            self._fault(line, role, text, "the clocks skipped this hour; it never was")
            return 0
        return self._times.setdefault((text, role, zone), int(instants[0]))


def _unknown(
    what: str,
    code: str,
    known: dict[str, AccountState] | dict[str, CommodityState],
    nearest: Nearest,
) -> str:
    near = nearest.to(code, known)
    return f"this {what} is not declared" + (f"; did you mean {near}?" if near else "")
