"""Record files (waste, production, invoices, certificates): a row is a flow with its own period.

Columns `start,end,from,to,commodity,quantity,unit` and optional `document_no,quality,note`. Dates
without time are whole local days, `end` inclusive. A record is known by its parties, commodity,
period and document number: the same one again is skipped, one with another quantity is refused
unless it is posted as an adjustment.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from carbonledger.errors import Fault, Refusal
from carbonledger.ingest.clock import NOT_A_TIME, Clock
from carbonledger.ingest.outcome import Conflict, Outcome
from carbonledger.ingest.rows import QUALITIES
from carbonledger.ingest.sniff import Layout
from carbonledger.ingest.source import Source
from carbonledger.ingest.values import json_number
from carbonledger.ingest.zone import Hours, to_instants, zone_for
from carbonledger.ledger.book import Posting
from carbonledger.ledger.schema import entry
from carbonledger.ledger.state import AccountState, CommodityState, SiteState
from carbonledger.units import canonical_micro_ratio, find, from_micro, parse_number, to_micro

DAY = 86400
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
        unit: unit as written.
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


@dataclass(slots=True)
class RecordPoster:
    """Reads and posts the rows of a record file.

    Attributes:
        post: the batch.
        site: accounts, commodities.
        layout: see `sniff`.
        adjust: reason for adjusting entries; None: unequal quantities are only listed.
        outcome: what was found.
    """

    post: Posting
    site: SiteState
    layout: Layout
    adjust: str | None
    outcome: Outcome
    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    _seen: dict[Key, Record] = field(default_factory=dict)
    _clocks: dict[int, Clock] = field(default_factory=dict)

    def take(self, source: Source) -> None:
        """Post all rows of the file."""
        for line, cells in self._lines(source):
            self.count += 1
            record = self._read(line, cells)
            if record is not None and self._first_of_its_kind(record):
                self._post(record)

    def _lines(self, source: Source) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows with their first line; quoted cells may hold line feeds."""
        skip = max(self.layout.header_line, self.layout.profile.skip)
        text = _Text(source, self.layout.encoding)
        reader = csv.reader(text, delimiter=self.layout.delimiter, strict=True)
        before = 0
        try:
            for cells in reader:
                line, before = before + 1, reader.line_num
                if line > skip and any(cell.strip() for cell in cells):
                    yield line, cells
        except csv.Error as error:
            self._fault(reader.line_num, "", "", f"the row cannot be read: {error}")

    def _fault(self, line: int, column: str, text: str, reason: str) -> None:
        self.faults.append(Fault(self.layout.path.name, line, column, text[:120], reason))

    def _cell(self, cells: list[str], role: str) -> str:
        positions = self.layout.columns.get(role)
        if positions is None:
            return self.layout.profile.constants.get(role, "")
        return " ".join(cells[p].strip() for p in positions)

    def _read(self, line: int, cells: list[str]) -> Record | None:
        """Understand a row; None with all its faults noted when it cannot be."""
        if len(cells) != len(self.layout.names):
            text = self.layout.delimiter.join(cells)
            want = len(self.layout.names)
            self._fault(line, "", text, f"{len(cells)} cells where the header has {want}")
            return None
        known = len(self.faults)
        source = self._account(line, cells, "from")
        target = self._account(line, cells, "to")
        commodity = self._commodity(line, cells)
        zone = self._zone(source, target)
        start = self._time(line, cells, "start", zone, inclusive=False)
        end = self._time(line, cells, "end", zone, inclusive=True)
        if len(self.faults) > known or not (source and target and commodity):
            return None
        if end <= start:
            self._fault(line, "end", self._cell(cells, "end"), "the end lies before the start")
            return None
        if source.id == target.id:
            self._fault(line, "to", target.code, "from and to are the same account")
            return None
        return self._quantified(line, cells, (source, target, commodity), (start, end), zone)

    def _quantified(
        self, line: int, cells: list[str],
        what: tuple[AccountState, AccountState, CommodityState], span: tuple[int, int], zone: str,
    ) -> Record | None:  # fmt: skip
        text, unit_text = self._cell(cells, "quantity"), self._cell(cells, "unit")
        profile = self.layout.profile
        column = "quantity"
        try:
            number = parse_number(text, profile.decimal or ".", profile.thousands or "")
            column = "unit"
            unit = find(unit_text).symbol
            ratio = canonical_micro_ratio(unit, what[2].unit, None)
            column = "quantity"
            quantity = to_micro(number, ratio)
        except Refusal as error:
            said = f"{error.message}; {error.hint}" if error.hint else error.message
            self._fault(line, column, unit_text if column == "unit" else text, said)
            return None
        if what[2].kind == "certificate" and quantity % 1_000_000:
            self._fault(line, "quantity", text, "certificates are whole units")
            return None
        quality = self._cell(cells, "quality")
        return Record(
            *what, *span, _day(span[0], zone), _day(span[1] - 1, zone), quantity, number, unit,
            self._cell(cells, "document_no"), QUALITIES.get(quality.lower(), quality[:40]),
            self._cell(cells, "note"), line,
        )  # fmt: skip

    def _account(self, line: int, cells: list[str], role: str) -> AccountState | None:
        code = self._cell(cells, role)
        found = self.site.accounts.get(code)
        if found is None:
            self._fault(line, role, code, "this account is not declared")
        return found

    def _commodity(self, line: int, cells: list[str]) -> CommodityState | None:
        code = self._cell(cells, "commodity")
        found = self.site.commodities.get(code)
        if found is None:
            self._fault(line, "commodity", code, "this commodity is not declared")
        return found

    def _zone(self, source: AccountState | None, target: AccountState | None) -> str:
        if self.layout.profile.timezone:
            return self.layout.profile.timezone
        inside = [a for a in (source, target) if a and not a.outside]
        return next((a.timezone for a in inside if a.timezone), "UTC")

    def _time(self, line: int, cells: list[str], role: str, zone: str, *, inclusive: bool) -> int:
        text = self._cell(cells, role)
        clock = self._clocks.setdefault(len(text), Clock(self.layout.profile.time_format))
        try:
            wall = int(clock.read(pa.array([text]))[0])
        except ValueError as error:
            self._fault(line, role, text, str(error))
            return 0
        if wall == NOT_A_TIME:
            self._fault(line, role, text, "no such date and time")
            return 0
        if clock.instants:
            return wall
        if "%H" not in (clock.format or "") and inclusive:
            wall += DAY
        walls, meter = np.array([wall], np.int64), np.array([0], np.int64)
        instants, never = to_instants(walls, meter, zone_for(zone, wall, wall), Hours())
        if len(never):
            self._fault(line, role, text, "the clocks skipped this hour; it never was")
            return 0
        return int(instants[0])

    def _first_of_its_kind(self, record: Record) -> bool:
        known = self._seen.setdefault(record.key, record)
        if known is record:
            return True
        if known.quantity == record.quantity:
            self.outcome.doubles += 1
            return False
        self._fault(
            record.line, "quantity", str(record.recorded),
            f"{record.words}: line {known.line} says {known.recorded} for the same parties, "
            "period and document number; give each delivery its document_no",
        )  # fmt: skip
        return False

    def _post(self, record: Record) -> None:
        unit = record.commodity.unit
        total = self.outcome.total("", record.commodity.code, unit)
        total.add(record.quantity, record.start, record.end, 1)
        posted = self._posted(record)
        if posted is None:
            self._insert(record, "record", record.quantity, record.recorded, None)
            self.outcome.readings += 1
        elif posted[0] == record.quantity:
            self.outcome.skipped += 1
        elif self.adjust is None:
            self.outcome.conflict(
                Conflict(record.words, record.start, Fraction(posted[0], 1_000_000),
                         Fraction(record.quantity, 1_000_000), unit, record.line, posted[1])
            )  # fmt: skip
        else:
            self._adjusted(record, *posted)

    def _adjusted(self, record: Record, quantity: int, corrects: int) -> None:
        """Post the difference, in the canonical unit: the earlier record may use another."""
        difference = record.quantity - quantity
        self._insert(record, "adjustment", difference, from_micro(difference), corrects)
        self.outcome.adjustments += 1

    def _posted(self, record: Record) -> tuple[int, int] | None:
        """Return what is posted for this record and its last entry; None when nothing is."""
        sign = sa.case((entry.c.kind == "reversal", -1), (entry.c.kind == "adjustment", 0), else_=1)
        row = self.post.connection.execute(
            sa.select(sa.func.sum(entry.c.quantity), sa.func.max(entry.c.id), sa.func.sum(sign))
            .where(
                entry.c.first_day == record.first_day,
                entry.c.commodity_id == record.commodity.id,
                entry.c.from_account_id == record.source.id,
                entry.c.to_account_id == record.target.id,
                entry.c.start_utc == record.start,
                entry.c.end_utc == record.end,
                entry.c.meter_id.is_(None),
                sa.func.coalesce(entry.c.document_no, "") == record.document_no,
            )
        ).one()
        return (int(row[0]), int(row[1])) if row[2] and row[2] > 0 else None

    def _insert(
        self, record: Record, kind: str, quantity: int, recorded: Decimal, corrects: int | None
    ) -> None:
        self.post.insert(
            entry, kind=kind, from_account_id=record.source.id, to_account_id=record.target.id,
            commodity_id=record.commodity.id, start_utc=record.start, end_utc=record.end,
            first_day=record.first_day, last_day=record.last_day, quantity=quantity,
            recorded_quantity=json_number(recorded),
            recorded_unit=record.unit if kind == "record" else record.commodity.unit,
            quality=record.quality, document_no=record.document_no or None,
            note=(self.adjust if kind == "adjustment" else record.note) or None,
            line_first=record.line, line_last=record.line, corrects_id=corrects,
        )  # fmt: skip
        self.outcome.entries += 1


def _day(instant: int, zone: str) -> int:
    wall = instant + zone_for(zone, instant, instant).offset(instant)
    return int(datetime.fromtimestamp(wall, UTC).strftime("%Y%m%d"))


class _Text:
    """Lines of a source as text, one by one, without holding the file."""

    def __init__(self, source: Source, encoding: str) -> None:
        self._lines: Iterator[str] = (
            line
            for block in source.blocks(encoding)
            for line in block.data.decode().splitlines(keepends=True)
        )

    def __iter__(self) -> Iterator[str]:
        return self._lines
