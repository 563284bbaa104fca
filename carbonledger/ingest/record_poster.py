"""Records into entries.

A record is known by its parties, commodity, period and document number: the same one again is
skipped, one with another quantity is refused unless it is posted as an adjustment.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from carbonledger.ingest.faults import Faults
from carbonledger.ingest.outcome import Conflict, Outcome
from carbonledger.ingest.records import MILLION, Key, Record
from carbonledger.ingest.values import json_number
from carbonledger.ledger.book import Posting
from carbonledger.ledger.schema import entry
from carbonledger.units import from_micro

CHUNK = 500
"""Records of so many days are looked up in the ledger at once."""


@dataclass(slots=True)
class RecordPoster:
    """Posts the records of a file.

    Attributes:
        post: the batch.
        column: name of the column of quantities.
        adjust: reason for adjusting entries; None: unequal quantities are only listed.
        outcome: what was found.
        faults: records that contradict an earlier row of the file.
    """

    post: Posting
    column: str
    adjust: str | None
    outcome: Outcome
    faults: Faults
    _seen: dict[Key, Record] = field(default_factory=dict)
    _clashing: set[Key] = field(default_factory=set)

    def take(self, record: Record) -> None:
        """Take a record in; of rows that contradict each other none will be posted."""
        known = self._seen.setdefault(record.key, record)
        if known is record:
            return
        if known.quantity == record.quantity:
            self.outcome.doubles += 1
            return
        if record.key not in self._clashing:
            self._clashing.add(record.key)
            self._contradicts(known, record)
        self._contradicts(record, known)

    def _contradicts(self, record: Record, other: Record) -> None:
        self.faults.add(
            record.line, self.column, record.recorded,
            f"{record.words}: line {other.line} says {other.recorded} {other.unit} for the same "
            "parties, period and document number; give each delivery its document_no",
        )  # fmt: skip

    def finish(self) -> None:
        """Post, skip or list all records taken in."""
        good = [record for key, record in self._seen.items() if key not in self._clashing]
        days = sorted({record.first_day for record in good})
        posted: dict[tuple[int | str, ...], tuple[int, int]] = {}
        for start in range(0, len(days), CHUNK):
            posted |= self._posted(days[start : start + CHUNK])
        rows: list[dict[str, Any]] = []
        for record in good:
            rows += self._row(record, posted.get((record.first_day, *record.key)))
        self.post.insert_many(entry, rows)
        self.outcome.entries += len(rows)

    def _row(self, record: Record, posted: tuple[int, int] | None) -> list[dict[str, Any]]:
        """Return the entry to post for a record; none when it is skipped or listed."""
        unit = record.commodity.unit
        total = self.outcome.total("", record.commodity.code, unit)
        total.add(record.quantity, record.start, record.end, 1, 0)
        if posted is None:
            self.outcome.readings += 1
            return [self._values(record, "record", record.quantity, record.recorded, None)]
        if posted[0] == record.quantity:
            self.outcome.skipped += 1
        elif self.adjust is None:
            self.outcome.conflict(
                Conflict(record.words, record.start, Fraction(posted[0], MILLION),
                         Fraction(record.quantity, MILLION), unit, record.line, posted[1])
            )  # fmt: skip
        else:
            # In the canonical unit: the earlier record may use another than this one.
            difference = record.quantity - posted[0]
            self.outcome.adjustments += 1
            recorded = from_micro(difference)
            return [self._values(record, "adjustment", difference, recorded, posted[1])]
        return []

    def _posted(self, days: list[int]) -> dict[tuple[int | str, ...], tuple[int, int]]:
        """Return what is posted for each record that begins on some days, and its last entry."""
        sign = sa.case((entry.c.kind == "reversal", -1), (entry.c.kind == "adjustment", 0), else_=1)
        number = sa.func.coalesce(entry.c.document_no, "").label("number")
        key = (entry.c.first_day, entry.c.from_account_id, entry.c.to_account_id,
               entry.c.commodity_id, entry.c.start_utc, entry.c.end_utc, number)  # fmt: skip
        live = sa.func.sum(sign)
        query = (
            sa.select(*key, sa.func.sum(entry.c.quantity), sa.func.max(entry.c.id))
            .where(entry.c.first_day.in_(days), entry.c.meter_id.is_(None))
            .group_by(*key)
            .having(live > 0)
        )
        found = self.post.connection.execute(query)
        return {tuple(row[:-2]): (int(row[-2]), int(row[-1])) for row in found}

    def _values(
        self, record: Record, kind: str, quantity: int, recorded: Decimal, corrects: int | None
    ) -> dict[str, Any]:
        adjusts = kind == "adjustment"
        return {
            "kind": kind, "from_account_id": record.source.id, "to_account_id": record.target.id,
            "commodity_id": record.commodity.id, "start_utc": record.start, "end_utc": record.end,
            "first_day": record.first_day, "last_day": record.last_day, "quantity": quantity,
            "recorded_quantity": json_number(recorded),
            "recorded_unit": record.commodity.unit if adjusts else record.unit,
            "quality": record.quality, "document_no": record.document_no or None,
            "note": (self.adjust if adjusts else record.note) or None,
            "line_first": record.line, "line_last": record.line, "corrects_id": corrects,
        }  # fmt: skip
