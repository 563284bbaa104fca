"""Rows of a batch as they were posted, made again from what they were posted from.

Where a source is kept, what posts it can be done once more into a list instead of a table. If the
hash over the list is the one that the batch was sealed with, the list is what was posted: it does
not only suggest which row differs, it proves it.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.canon import POSTED, ContentHash
from carbonledger.ledger.difference import Suspect
from carbonledger.ledger.schema import LATER, batch, document

Row = dict[str, Any]


class Replay:
    """Takes the rows of a batch like a `Posting`, and keeps them.

    Args:
        connection: to the ledger, read as of the batch before.
        number: of the batch.
    """

    def __init__(self, connection: sa.Connection, number: int) -> None:
        self.connection = connection
        self.batch = number
        self.rows: dict[str, list[Row]] = {}

    def insert(self, table: sa.Table, **values: Any) -> int:
        """Take one row and return the number it had."""
        known = self.rows.setdefault(table.name, [])
        number = int(known[-1]["id"]) + 1 if known else self._first(table)
        row = {column.name: column.info.get(LATER) for column in table.columns}
        known.append(row | values | {"id": number, "batch_id": self.batch})
        return number

    def attach(self, row: sa.RowMapping) -> None:
        """Take the document of the batch, if it came with it."""
        if row["batch_id"] == self.batch:
            self.rows[document.name] = [dict(row)]

    def differing(self) -> Iterator[Suspect]:
        """Yield the rows that are not those that were taken, if these are what was posted."""
        if self._hash() != self._sealed():
            return
        for table in POSTED:
            yield from self._table(table, {row["id"]: row for row in self.rows.get(table.name, ())})

    def _first(self, table: sa.Table) -> int:
        query = sa.select(sa.func.max(table.c.id)).where(table.c.batch_id < self.batch)
        return int(self.connection.execute(query).scalar() or 0) + 1

    def _hash(self) -> str:
        made = ContentHash()
        for table in POSTED:
            if table.name in self.rows:
                names = table.columns.keys()
                made.add(table, [[row[n] for n in names] for row in self.rows[table.name]])
        return made.hexdigest()

    def _sealed(self) -> str | None:
        query = sa.select(batch.c.content_hash).where(batch.c.id == self.batch)
        return self.connection.execute(query).scalar()

    def _table(self, table: sa.Table, posted: dict[int, Row]) -> Iterator[Suspect]:
        query = sa.select(table).where(table.c.batch_id == self.batch).order_by(table.c.id)
        for there in self.connection.execute(query).mappings():
            code = f" ({there['code']})" if "code" in there else ""
            where, was = f"{table.name} {there['id']}{code}", posted.pop(there["id"], None)
            if was is None:
                yield Suspect(table.name, there["id"], f"{where} was put in")
                continue
            name = next((name for name in was if was[name] != there[name]), None)
            if name is not None:
                said = f"its {name} is {there[name]!r}, {was[name]!r} was posted"
                yield Suspect(table.name, there["id"], f"{where}: {said}")
        for gone in posted:
            yield Suspect(table.name, gone, f"{table.name} {gone} was taken out")
