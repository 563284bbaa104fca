"""Posting: all rows of a batch in one transaction, hashed, sealed by the batch row.

`posting` gives a `Posting`; rows put into it carry the number of the batch and their own. When
the block ends without an error, the batch row is written with the content hash, and no row can
join or leave the batch any more. When it raises, nothing was posted.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import sqlalchemy as sa

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.canon import ContentHash, Row, leaf_hash, text
from carbonledger.ledger.gate import Gate
from carbonledger.ledger.refusals import fitting
from carbonledger.ledger.schema import LATER, batch, document, entry
from carbonledger.ledger.streams import send_rows
from carbonledger.text import t

SITE_TABLES = {"account_revision", "commodity_revision"}
MANY = 20
"""So many rows at once are sent to PostgreSQL as a stream."""


@dataclass(frozen=True, slots=True)
class Header:
    """Who posts what and why.

    Attributes:
        kind: kind of the batch, see the schema.
        actor: who posts.
        now: time of posting, ISO 8601 in UTC; given from outside, the ledger has no clock.
        reason: why; required for corrections and reversals.
        reading_rules: profile a file was read by, canonical JSON.
        restate: why closed periods are changed; None: what would change one is refused.
    """

    kind: str
    actor: str
    now: str
    reason: str | None = None
    reading_rules: str | None = None
    restate: str | None = None


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A source file: the SHA-256 of its bytes, its name, size and what it was read as."""

    sha256: str
    name: str
    size: int
    media: str
    kept: bool


@dataclass(slots=True)
class Counts:
    """What the batch row says about the batch; filled while it is posted."""

    source_rows: int = 0
    readings: int = 0
    entries: int = 0
    skipped: int = 0
    rejected: int = 0
    gaps: int = 0
    totals: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Inserting(Protocol):
    """What takes the rows of a batch: a `Posting`, or `replay.Replay`."""

    def insert(self, table: sa.Table, **values: Any) -> int:
        """Take one row and return its id; columns not named are NULL."""
        ...


class Posting:
    """A batch being posted."""

    def __init__(self, connection: sa.Connection, header: Header) -> None:
        if header.restate is not None and not header.restate.strip():
            raise LedgerRefused(
                "a restatement needs a reason", code="reason", hint='say why: --restate "…"'
            )
        self.connection = connection
        self.header = header
        self.batch = _next_id(connection, batch)
        self.counts = Counts()
        self.document_id: int | None = None
        self._content = ContentHash()
        self._next: dict[str, int] = {}
        self._statements: dict[str, str] = {}
        self._gate = Gate(connection, self.batch, header.restate, self.insert)

    def reserve(self, table: sa.Table, count: int = 1) -> int:
        """Take the next `count` ids of a table and return the first."""
        first = self._next.get(table.name) or _next_id(self.connection, table)
        self._next[table.name] = first + count
        return first

    def insert(self, table: sa.Table, **values: Any) -> int:
        """Post one row and return its id; columns not named are NULL, or what they were before."""
        return self.insert_many(table, [values])

    def insert_many(self, table: sa.Table, rows: Sequence[dict[str, Any]]) -> int:
        """Post rows given by the names of their columns and return the id of the first."""
        first = self.reserve(table, len(rows))
        names = set(table.columns.keys())
        made = []
        for number, row in enumerate(rows, first):
            values = row | {"id": number, "batch_id": self.batch}
            unknown = set(values) - names
            if unknown:
                raise KeyError(f"{table.name} has no column {', '.join(sorted(unknown))}")
            made.append(tuple(values.get(c.name, c.info.get(LATER)) for c in table.columns))
        self.insert_rows(table, made)
        return first

    def insert_rows(self, table: sa.Table, rows: Sequence[Row]) -> None:
        """Post whole rows: every column in the order of the schema, ids from `reserve`."""
        if not rows:
            return
        if table is entry:
            self._gate.entries(rows)
        self._content.add(table, rows)
        if len(rows) >= MANY and self.connection.dialect.name == "postgresql":
            send_rows(self.connection, table, rows)
            return
        statement = self._statements.get(table.name)
        if statement is None:
            statement = _insert_statement(self.connection, table)
            self._statements[table.name] = statement
        with fitting():
            self.connection.exec_driver_sql(statement, [tuple(row) for row in rows])

    def attach(self, source: SourceDocument) -> int:
        """Name the source document of the batch; one known by its hash is not posted again."""
        known = self.connection.execute(
            sa.select(document.c.id).where(document.c.sha256 == source.sha256)
        ).scalar()
        if known is None:
            known = self.insert(
                document,
                sha256=source.sha256,
                name=source.name,
                bytes=source.size,
                media=source.media,
                kept=int(source.kept),
            )
        self.document_id = int(known)
        return self.document_id

    def seal(self) -> None:
        """Write the batch row: from now on the batch cannot change.

        Raises:
            PeriodClosed: it changes a closed period, and the header gives no reason to restate it.
        """
        self._tell_restated()
        counts = self.counts
        values: dict[str, Any] = {
            "id": self.batch,
            "kind": self.header.kind,
            "actor": self.header.actor,
            "posted_at": self.header.now,
            "reason": self.header.reason,
            "document_id": self.document_id,
            "reading_rules": self.header.reading_rules,
            "source_rows": counts.source_rows,
            "readings": counts.readings,
            "entries": counts.entries,
            "skipped": counts.skipped,
            "rejected": counts.rejected,
            "gaps": counts.gaps,
            "totals": text(counts.totals),
            "warnings": text(counts.warnings),
            "content_hash": self._content.hexdigest(),
        }
        values["leaf_hash"] = leaf_hash(values)
        self.connection.execute(batch.insert(), [values])

    def _tell_restated(self) -> None:
        """Pass the gate, and say in the batch which closed periods it changes."""
        changed = self._gate.close(site=bool(SITE_TABLES & self._next.keys()))
        if changed:
            periods = ", ".join(f"{one.boundary} {one.period}" for one in changed)
            self.counts.warnings.append(t("ledger.restates", periods=periods))
        elif self.header.restate is not None:
            self.counts.warnings.append(t("ledger.restates_nothing"))


def leaf_of(connection: sa.Connection, number: int) -> str | None:
    """Return the leaf hash of a batch; None when there is no such batch."""
    return connection.execute(sa.select(batch.c.leaf_hash).where(batch.c.id == number)).scalar()


def _next_id(connection: sa.Connection, table: sa.Table) -> int:
    highest = connection.execute(sa.select(sa.func.max(table.c.id))).scalar()
    return int(highest or 0) + 1


def _insert_statement(connection: sa.Connection, table: sa.Table) -> str:
    names = ", ".join(table.columns.keys())
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    marks = ", ".join([mark] * len(table.columns))
    return f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 (names of the schema)


@contextmanager
def posting(connection: sa.Connection, header: Header) -> Iterator[Posting]:
    """Post one batch on a connection that is in a transaction; sealed when the block ends.

    Args:
        connection: from `Ledger.transaction`.
        header: who posts what and why.
    """
    post = Posting(connection, header)
    yield post
    post.seal()


@contextmanager
def taken_back(connection: sa.Connection, *, when: bool) -> Iterator[None]:
    """Take back what is posted in the block when it ends, for a dry run; or let it stand.

    What a dry run would be refused for, it is refused for.

    Args:
        connection: in a transaction.
        when: whether to take it back.
    """
    if not when:
        yield
        return
    nested = connection.begin_nested()
    try:
        yield
    finally:
        nested.rollback()
