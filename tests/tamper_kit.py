"""A small ledger with all that can be forged, on either database, and somebody who may write to it."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cli_plant import FILES
from postgresql_server import copy_of

from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger import schema
from carbonledger.ledger.canon import HEADER, POSTED, leaf_hash
from carbonledger.ledger.connect import Ledger, location, open_ledger
from carbonledger.ledger.engines import parsed
from carbonledger.ledger.kept import read_kept
from carbonledger.ledger.service import checkpoint
from carbonledger.ledger.verify import _contents
from carbonledger.run.service import inventory
from carbonledger.run.setup import init
from carbonledger.run.verify import verify
from carbonledger.site.again import site_expert
from carbonledger.site.service import apply

NOW = "2025-01-01T00:00:00Z"
TABLES = ("batch", *(table.name for table in POSTED), "run", "emission_line_row", "indicator_row")
CORRECTED = "meter,time,value,unit\nM-001,2024-03-01T00:00:00,2.25,kWh\n"
# A third day, posted after the second checkpoint.
LATER = "meter,time,value,unit\n" + "".join(
    f"M-002,2024-03-03T{hour:02}:00:00,0.5,kWh\n" for hour in range(24)
)


@cache
def _folder() -> Path:
    made = Path(tempfile.mkdtemp(prefix="carbonledger-tamper-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    for name, text in FILES.items() | {"corrected.csv": CORRECTED, "later.csv": LATER}.items():
        (made / name).write_text(text, "utf-8")
    return made


def _build(url: str, place: Path) -> None:
    """Post a site, readings, records and a correction, and compute an inventory on the way."""
    init(url, "energy manager", NOW)
    with open_ledger(url, write=True, documents=place / "ledger.documents") as ledger:
        apply(ledger, _folder() / "site.toml", "energy manager", NOW)
        _note(ledger, place / "site.checkpoint")
        for name in ("meters.csv", "records.csv"):
            import_file(ledger, _folder() / name, ImportOptions(actor="energy manager", now=NOW))
        corrected = ImportOptions(actor="energy manager", now=NOW, adjust="read again")
        import_file(ledger, _folder() / "corrected.csv", corrected)
        inventory(ledger, None, "2024-03", actor="auditor", now=NOW)
        _note(ledger, place / "march.checkpoint")
        import_file(ledger, _folder() / "later.csv", ImportOptions(actor="x", now=NOW))


def _note(ledger: Ledger, path: Path) -> None:
    path.write_text(checkpoint(ledger, NOW)["text"], "utf-8")


@cache
def _place(database: str) -> Path:
    """Build the ledger once a database; on the server its tables are made by `copy_of`."""
    place = _folder() / database
    place.mkdir()
    if database == "sqlite":
        _build(location(str(place / "ledger.db")), place)
    return place


@dataclass(frozen=True)
class Books:
    """A ledger that may be forged."""

    url: str
    folder: Path

    @property
    def documents(self) -> Path:
        return self.folder / "ledger.documents"

    def verify(self, *names: str, since: str = "", key: Path | None = None) -> dict[str, Any]:
        """Verify it, beside the checkpoints of these names."""
        held = read_kept(
            [self.folder / name for name in names], self.folder / since if since else None, key
        )
        with open_ledger(self.url, documents=self.documents) as ledger:
            return verify(ledger, held, experts=(site_expert(self.documents),))

    @contextmanager
    def forging(self) -> Iterator[sa.Connection]:
        """Drop all triggers, let somebody work, and make the triggers again as they were."""
        engine = sa.create_engine(parsed(self.url))
        with engine.begin() as connection:
            again = _without_triggers(connection)
            yield connection
            for statement in again:
                connection.exec_driver_sql(statement)
        engine.dispose()

    def forge(self, *statements: str) -> None:
        with self.forging() as connection:
            for statement in statements:
                assert connection.exec_driver_sql(statement).rowcount != 0, statement

    def number(self, question: str) -> int:
        """Ask for a number, mostly of a row."""
        with open_ledger(self.url) as ledger, ledger.read() as connection:
            return int(connection.exec_driver_sql(question).scalar_one())

    def batch(self, document: str) -> int:
        """Return the batch that a file was posted as."""
        return self.number(
            "SELECT batch.id FROM batch JOIN document ON document.id = batch.document_id "
            f"WHERE document.name = '{document}'"
        )


def _without_triggers(connection: sa.Connection) -> list[str]:
    """Drop what guards the rows; return the statements that put it back."""
    if connection.dialect.name != "sqlite":
        for table in TABLES:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        return [f"ALTER TABLE {table} ENABLE TRIGGER ALL" for table in TABLES]
    found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = {str(name): str(sql) for name, sql in found}
    for name in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return list(triggers.values())


def books(database: str, folder: Path) -> Books:
    """Return a copy of the ledger, of the test's own."""
    if database == "postgresql":
        url = copy_of("tamper", lambda url: _build(url, _place(database)))
    else:
        url = location(str(folder / "ledger.db"))
    shutil.copytree(_place(database), folder, dirs_exist_ok=True)
    return Books(url, folder)


def rehash(connection: sa.Connection, first: int) -> None:
    """Make up the hashes of all batches from one on, as the program would have made them."""
    contents = _contents(connection, 0)
    query = sa.select(schema.batch).where(schema.batch.c.id >= first)
    for row in connection.execute(query).mappings().all():
        made = dict(row) | {"content_hash": contents[row["id"]].hexdigest()}
        leaf = leaf_hash({name: made[name] for name in HEADER})
        connection.execute(
            schema.batch.update()
            .where(schema.batch.c.id == row["id"])
            .values(content_hash=made["content_hash"], leaf_hash=leaf)
        )
