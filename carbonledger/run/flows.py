"""The entries that a flow of a month was summed from, each with the file and line that says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa

from carbonledger.ledger.grades import grade_of
from carbonledger.ledger.schema import batch, document, entry, meter
from carbonledger.ledger.state import read_state
from carbonledger.ledger.sums import Key, spanning

DAYS_OF_MONTH = range(1, 32)
# Put together once: a tree asks for thousands of flows, which takes longer to say than to answer.
ENTRIES = (
    sa.select(
        entry.c.id.label("entry"), entry.c.batch_id.label("batch"), entry.c.kind,
        meter.c.code.label("meter"), entry.c.first_day.label("local_day"),
        entry.c.quantity, document.c.name.label("document"), entry.c.line_first,
        entry.c.line_last, entry.c.document_no, batch.c.reason, entry.c.note,
        grade_of().label("grade"),
    )
    .join(batch, batch.c.id == entry.c.batch_id)
    .outerjoin(meter, meter.c.id == entry.c.meter_id)
    .outerjoin(document, document.c.id == batch.c.document_id)
)  # fmt: skip
NUMBERED = ENTRIES.where(entry.c.id.in_(sa.bindparam("numbers", expanding=True)))
# Days are listed, not compared: so the index is asked for these accounts alone.
WITHIN = ENTRIES.where(
    entry.c.first_day.in_(sa.bindparam("days", expanding=True)),
    entry.c.last_day.between(sa.bindparam("first"), sa.bindparam("last")),
    entry.c.commodity_id == sa.bindparam("good"),
    entry.c.from_account_id == sa.bindparam("source"),
    entry.c.to_account_id == sa.bindparam("target"),
    entry.c.batch_id <= sa.bindparam("as_of"),
)


class FlowEntry(NamedTuple):
    """An entry of a flow.

    Attributes:
        entry, batch: numbers.
        kind: kind of the entry, see the schema.
        meter: code; None for records.
        local_day: day of its start, yyyymmdd.
        quantity: millionths of the unit that count in the month asked for.
        whole: millionths of the unit of the entry as a whole; more than `quantity` where it
            reaches into another month.
        document, line_first, line_last: file and lines.
        document_no: number of the invoice or manifest.
        reason: why its batch was posted.
        note: remark of the source or of the import.
        grade: how the quantity is known, see `calc.quality.grades`.
    """

    entry: int
    batch: int
    kind: str
    meter: str | None
    local_day: int
    quantity: int
    whole: int
    document: str | None
    line_first: int | None
    line_last: int | None
    document_no: str | None
    reason: str | None
    note: str | None
    grade: str


def flow_parts(key: str) -> Key | None:
    """Take the key of a flow apart: source, target, commodity, month; None when it is none.

    A key is written `flow:electricity:grid>park:2024-03`; codes hold neither `:` nor `>`.
    """
    pieces = key.split(":")
    if len(pieces) != 4 or pieces[0] != "flow" or ">" not in pieces[2]:  # noqa: PLR2004
        return None
    source, _, target = pieces[2].partition(">")
    return source, target, pieces[1], pieces[3]


def flow_name(key: Key) -> str:
    """Return the key of a flow as text, see `flow_parts`."""
    source, target, good, month = key
    return f"flow:{good}:{source}>{target}:{month}"


@dataclass
class FlowReader:
    """Reads flows as of a batch; what one call learnt the next one need not ask again.

    Attributes:
        connection: connection to the ledger.
        as_of: last batch to take into account.
    """

    connection: sa.Connection
    as_of: int
    _shared: dict[str, dict[Key, dict[int, int]]] = field(default_factory=dict)

    @cached_property
    def _state(self) -> Any:
        return read_state(self.connection, self.as_of)

    def unit(self, key: Key) -> str | None:
        """Return the unit of a flow; None when it names nothing that is declared."""
        source, target, good, _ = key
        known = self._state
        if source not in known.accounts or target not in known.accounts:
            return None
        return str(known.commodities[good].unit) if good in known.commodities else None

    def entries(self, key: Key) -> list[FlowEntry]:
        """Return the entries of a flow in the order of days; the flow must be declared."""
        parts = self._parts(key[3]).get(key, {})
        rows = self._within(key)
        if parts:
            rows += self._rows(NUMBERED, numbers=list(parts))
        found = [
            FlowEntry(**row, whole=row["quantity"])._replace(
                quantity=parts.get(row["entry"], row["quantity"])
            )
            for row in rows
        ]
        return sorted(found, key=lambda e: (e.local_day, e.entry))

    def touching(self, account: str, kind: str, month: str) -> list[Key]:
        """Return the flows of a kind of commodity from and to an account, out before in."""
        place = self._state.accounts.get(account)
        if place is None:
            return []
        first = int(month.replace("-", "")) * 100
        codes = {one.id: one.code for one in self._state.accounts.values()}
        goods = {one.id: one.code for one in self._state.commodities.values() if one.kind == kind}
        ends = (entry.c.from_account_id, entry.c.to_account_id)
        query = (
            sa.select(*ends, entry.c.commodity_id)
            .where(
                entry.c.first_day <= first + 99, entry.c.last_day >= first,
                sa.or_(*(end == place.id for end in ends)),
                entry.c.commodity_id.in_(goods), entry.c.batch_id <= self.as_of,
            )
            .distinct()
        )  # fmt: skip
        found = [
            (codes[source], codes[target], goods[good], month)
            for source, target, good in self.connection.execute(query)
        ]
        return sorted(found, key=lambda key: (key[0] != account, key))

    def _within(self, key: Key) -> list[dict[str, Any]]:
        """Return the entries that lie within the month."""
        source, target, good, month = key
        first = int(month.replace("-", "")) * 100
        return self._rows(
            WITHIN,
            days=[first + day for day in DAYS_OF_MONTH], first=first, last=first + 99,
            good=self._state.commodities[good].id, source=self._state.accounts[source].id,
            target=self._state.accounts[target].id, as_of=self.as_of,
        )  # fmt: skip

    def _parts(self, month: str) -> Mapping[Key, dict[int, int]]:
        """Return what entries that reach over the end of the month have in it."""
        if month not in self._shared:
            found: dict[Key, dict[int, int]] = {}
            for part in spanning(self.connection, self._state, [month], self.as_of):
                found.setdefault(part.key, {})[part.entry] = part.quantity
            self._shared[month] = found
        return self._shared[month]

    def _rows(self, query: sa.Select[Any], **values: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in self.connection.execute(query, values).mappings()]
