"""What the ledger says of which end of their intervals the stamps of a meter name.

A file that looks like ends may fill a gap of a meter that is read by starts: from 00:15 to 00:00 of
the next day, where everything before 00:15 is posted. Read as ends, its first value would lie on
what is posted, and the last interval of the gap would stay empty.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from carbonledger.ingest.posted import COLUMNS, as_row, slots
from carbonledger.ledger.schema import batch, entry

# Local days of any zone in which an instant may lie.
AROUND = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Convention:
    """Tells how the meters of an import were read before.

    Attributes:
        connection: to the ledger, in the transaction of the import.
        batch: the import's own; what it posts itself says nothing.
    """

    connection: sa.Connection
    batch: int

    def of(self, meter: int, first: int, last: int, seconds: int) -> str:
        """Return "start" or "end", or "" where the ledger does not tell.

        Args:
            meter: number of the meter in the ledger.
            first: instant that the first stamp names.
            last: that of the last one.
            seconds: length of the intervals.
        """
        before = self._holds(meter, first - seconds, seconds)
        behind = self._holds(meter, last, seconds)
        if before != behind:
            return "start" if before else "end"
        return self._stated(meter)

    def _holds(self, meter: int, start: int, seconds: int) -> bool:
        """Tell whether an actual value is posted for an interval."""
        at = datetime.fromtimestamp(start, UTC)
        early, late = (int((at + shift).strftime("%Y%m%d")) for shift in (-AROUND, AROUND))
        query = sa.select(*COLUMNS).where(
            entry.c.meter_id == meter, entry.c.first_day.between(early, late),
            entry.c.batch_id < self.batch, entry.c.profile.is_not(None),
        )  # fmt: skip
        found = slots(as_row(row) for row in self.connection.execute(query.order_by(entry.c.id)))
        return any(
            slot.live > slot.guessed and low < start + seconds and start < low + length
            for (low, length), slot in found.items()
        )

    def _stated(self, meter: int) -> str:
        """Return what the profile said by which the meter was read last, "" for nothing."""
        query = (
            sa.select(batch.c.reading_rules)
            .join(entry, entry.c.batch_id == batch.c.id)
            .where(entry.c.meter_id == meter, entry.c.kind == "reading", entry.c.interval_s > 0,
                   batch.c.id < self.batch)
            .order_by(batch.c.id.desc())
            .limit(1)
        )  # fmt: skip
        rules = self.connection.execute(query).scalar()
        return str(json.loads(rules).get("stamp", "")) if rules else ""
