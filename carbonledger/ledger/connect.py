"""Opening a ledger: a SQLite file or any SQLAlchemy URL, created and upgraded by migrations."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.engines import make_engine, parsed, tidy
from carbonledger.ledger.refusals import CASES, shown, translated
from carbonledger.ledger.turns import take_turn
from carbonledger.resources import folder

__all__ = ["CASES", "HEAD", "Ledger", "create", "location", "may_write", "open_ledger", "upgrade"]

HEAD = "0015"
DOCUMENTS = "CARBONLEDGER_DOCUMENTS"
MARKED = {
    True: "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'",
    False: "SELECT to_regclass('alembic_version')",
}
"""Whether a database, a SQLite file or none, holds the table that every ledger has."""


def location(db: str) -> str:
    """Return the SQLAlchemy URL of a database named as a path or as a URL."""
    if "://" in db:
        return db
    path = str(Path(db).expanduser().absolute())
    # Not put together by hand: a % or ? in a folder's name would mean something else in a URL.
    return sa.URL.create("sqlite", database=path).render_as_string(hide_password=False)


def _nothing() -> None:
    """Tell nobody that we wait."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """An open ledger.

    Attributes:
        url: SQLAlchemy URL; it may hold a password, so it is not for people: see `place`.
        engine: the pool; a SQLite ledger has one connection a thread.
        write: whether posting is allowed on it.
        sealed: whether the database file itself was opened read-only.
        documents: folder where the bytes of source files are kept; None: their hashes alone.
    """

    url: str = field(repr=False)
    engine: sa.Engine
    write: bool
    sealed: bool = False
    documents: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def place(self) -> str:
        """How the ledger is named to people: the path of its file, or a URL without password."""
        return shown(self.engine.url)

    @property
    def is_file(self) -> bool:
        """Whether the ledger is a SQLite file."""
        return self.engine.dialect.name == "sqlite"

    def close(self) -> None:
        """Close all connections; SQLite folds its write-ahead log into the file."""
        self.engine.dispose()
        if self.sealed and self.is_file:
            tidy(self.engine.url)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one state of the ledger throughout."""
        with translated(self.place), self.engine.connect() as connection, connection.begin():
            if self.is_file:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.exec_driver_sql(
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
                )
            yield connection

    @contextmanager
    def transaction(
        self, *, schema: bool = False, waiting: Callable[[], None] | None = None
    ) -> Iterator[sa.Connection]:
        """Give a connection whose work is committed as a whole, or not at all.

        Args:
            schema: the tables themselves are made or changed.
            waiting: called once when another writer must be waited for.

        Raises:
            LedgerRefused: another writer holds the ledger, the disk is full, or it is read-only.
        """
        with translated(self.place), self.engine.connect() as connection, connection.begin():
            if self.is_file or not schema:
                take_turn(connection, waiting or _nothing)
            yield connection


def create(url: str, fill: Callable[[sa.Connection], None] | None = None) -> None:
    """Make the tables, views and triggers, or bring an older ledger up to date.

    Args:
        url: SQLAlchemy URL, see `location`.
        fill: puts rows into the tables just made, in the same transaction.

    Raises:
        LedgerRefused: the place cannot be written, or holds something else than a ledger.
    """
    from carbonledger.ledger.access import settle
    from carbonledger.ledger.dictionary import describe

    place = parsed(url)
    if place.get_backend_name() == "sqlite":
        _make_folder(Path(place.database or "").parent)
    with _ledger(url, write=True) as ledger, ledger.transaction(schema=True) as connection:
        _check_is_ours(connection, ledger.place)
        upgrade(connection)
        describe(connection)
        if fill is not None:
            fill(connection)
        settle(connection)


def upgrade(connection: sa.Connection) -> None:
    """Run the migrations that a database still lacks, in the transaction of the connection."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerRefused(
            f"the folder {path} cannot be made: {error.strerror}",
            code="ledger-missing",
            hint="name another place with --db",
        ) from error


def _check_is_ours(connection: sa.Connection, place: str) -> None:
    """Refuse to put tables into a database that belongs to another program, or to a later us."""
    found = set(sa.inspect(connection).get_table_names())
    if not found:
        return
    if not {"alembic_version", "batch", "entry"} <= found:
        raise _no_ledger(place)
    version = _version(connection)
    if version > HEAD:
        raise _other_version(place, version)


def _no_ledger(place: str) -> LedgerRefused:
    return LedgerRefused(
        f"{place} is no ledger",
        code="ledger-unknown",
        hint="name a ledger with --db, or make one: carbonledger init",
    )


def _other_version(place: str, found: str) -> LedgerRefused:
    newer = found > HEAD
    return LedgerRefused(
        f"the ledger {place} is of version {found}; this program needs {HEAD}",
        code="ledger-version",
        hint="install a newer program: this one is too old for it"
        if newer
        else "bring it up to date with: carbonledger init (the figures stay as they are)",
    )


def _version(connection: sa.Connection) -> str:
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


def _ledger(
    url: str, *, write: bool, sealed: bool = False, documents: Path | None = None
) -> Ledger:
    place = parsed(url)
    folder = documents or documents_of(place)
    return Ledger(url, make_engine(place, write=write, sealed=sealed), write, sealed, folder)


def documents_of(place: sa.URL) -> Path | None:
    """Return where the source files of a ledger are kept: beside its file.

    A database on a server has no place beside it; there `CARBONLEDGER_DOCUMENTS` names a folder.
    """
    if place.get_backend_name() == "sqlite":
        return Path(place.database or "").with_suffix(".documents")
    named = os.environ.get(DOCUMENTS)
    return Path(named).expanduser().absolute() if named else None


def may_write(url: str) -> bool:
    """Tell whether the operating system lets us write to the file of a ledger and beside it.

    An auditor's copy may be read-only: what is computed on it holds, but cannot be stored there.
    """
    place = parsed(url)
    path = Path(place.database or "")
    return place.get_backend_name() != "sqlite" or (
        os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    )


def open_ledger(
    url: str, *, write: bool = False, sealed: bool = False, documents: Path | None = None
) -> Ledger:
    """Open an existing ledger, for reading unless `write` is set.

    Args:
        url: SQLAlchemy URL, see `location`.
        write: posting is allowed.
        sealed: the database file itself is opened read-only, for SQL typed by strangers.
        documents: folder for the bytes of source files; None: the usual one, `documents_of`.

    Raises:
        LedgerRefused: there is none, it is no ledger, or of another version.
    """
    place = parsed(url)
    if place.get_backend_name() == "sqlite" and not Path(place.database or "").is_file():
        raise LedgerRefused(
            f"there is no ledger at {shown(place)}",
            code="ledger-missing",
            hint="make one with: carbonledger init, or name another with --db",
        )
    if write and not may_write(url):
        raise LedgerRefused(
            f"the ledger {shown(place)} may only be read",
            code="ledger-read-only",
            hint="check the permissions of the file and its folder",
        )
    ledger = _ledger(url, write=write, sealed=sealed, documents=documents)
    try:
        _check_version(ledger)
    except BaseException:
        ledger.close()
        raise
    return ledger


def _check_version(ledger: Ledger) -> None:
    with ledger.read() as connection:
        if connection.exec_driver_sql(MARKED[ledger.is_file]).scalar() is None:
            raise _no_ledger(ledger.place)
        found = _version(connection)
    if found != HEAD:
        raise _other_version(ledger.place, found)
