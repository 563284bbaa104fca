"""Filed reports: what was written into a file, by whom, from which state of the ledger.

A filing is kept like a run: not a batch, because it moves no figure, but as append-only as one. The
bytes themselves are not kept; their hash is, and all that is needed to make them again.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.canon import text
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import filed_report

WHO = ("actor", "filed_at")


@dataclass(frozen=True, slots=True)
class Filing:
    """A report as it was filed.

    Attributes:
        kind: which report, `park-summary`.
        boundary, period: what it is about.
        method: code and edition.
        language, form: how it was written.
        parameters: whatever else was asked.
        as_of_batch: last batch taken into account.
        asked_as_of: the batch that was asked for; None: the last one of then.
        runs: numbers of the runs behind it.
        engine: version of the program.
        sha256, size: of its bytes.
        actor, filed_at: who filed it, and when.
    """

    kind: str
    boundary: str
    period: str
    method: str
    language: str
    form: str
    parameters: dict[str, str]
    as_of_batch: int
    asked_as_of: int | None
    runs: tuple[int, ...]
    engine: str
    sha256: str
    size: int
    actor: str
    filed_at: str

    def row(self) -> dict[str, Any]:
        """Return the filing as the columns of its table, without number and hash."""
        values = asdict(self)
        values["parameters"] = text(self.parameters)
        values["runs"] = text(list(self.runs))
        values["bytes"] = values.pop("size")
        return values

    def digest(self) -> str:
        """Return SHA-256 over all of the filing in canonical form."""
        return hashlib.sha256(text(self.row()).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Filed:
    """A filing with its number and the hash that was stored with it."""

    number: int
    filing: Filing
    content_hash: str


def read_filings(connection: sa.Connection, as_of: int | None = None) -> list[Filed]:
    """Read the filed reports in the order of filing.

    Args:
        connection: connection to the ledger.
        as_of: only those that rest on no later batch; None: all.
    """
    query = sa.select(filed_report).order_by(filed_report.c.id)
    if as_of is not None:
        query = query.where(filed_report.c.as_of_batch <= as_of)
    return [_filed(row) for row in connection.execute(query).mappings()]


def _filed(row: sa.RowMapping) -> Filed:
    values = dict(row)
    number, digest = int(values.pop("id")), str(values.pop("content_hash"))
    values["size"] = values.pop("bytes")
    values["parameters"] = json.loads(values["parameters"])
    values["runs"] = tuple(json.loads(values["runs"]))
    return Filed(number, Filing(**values), digest)


def save_filing(ledger: Ledger, filing: Filing) -> int:
    """Store a filing and return its number; the same report again is not filed again.

    Args:
        ledger: opened for writing.
        filing: what was written.

    Raises:
        LedgerRefused: the ledger cannot be written.
    """
    with ledger.transaction() as connection:
        known = _known(connection, filing)
        if known is not None:
            return known
        last = connection.execute(sa.select(sa.func.max(filed_report.c.id))).scalar()
        number = int(last or 0) + 1
        row = {"id": number, **filing.row(), "content_hash": filing.digest()}
        connection.execute(filed_report.insert(), [row])
    return number


def _known(connection: sa.Connection, filing: Filing) -> int | None:
    """Return the filing of the same bytes from the same question, whoever filed it."""
    same = sa.select(sa.func.min(filed_report.c.id))
    for name, value in filing.row().items():
        if name not in WHO:
            column = filed_report.c[name]
            same = same.where(column.is_(None) if value is None else column == value)
    found = connection.execute(same).scalar()
    return None if found is None else int(found)
