"""Opening a ledger: a SQLite file or any SQLAlchemy URL, created and upgraded by migrations."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from carbonledger.errors import LedgerRefused
from carbonledger.resources import folder

BUSY_S = 20
HEAD = "0002"


def location(db: str) -> str:
    """Return the SQLAlchemy URL of a database named as a path or as a URL."""
    if "://" in db:
        return db
    return f"sqlite:///{Path(db).expanduser().absolute()}"


@dataclass(frozen=True, slots=True)
class Ledger:
    """An open ledger.

    Attributes:
        url: SQLAlchemy URL.
        engine: the pool; a SQLite ledger has one connection a thread.
        write: whether posting is allowed on it.
    """

    url: str
    engine: sa.Engine
    write: bool

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; SQLite folds its write-ahead log into the file."""
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one state of the ledger throughout."""
        with translated(self.url), self.engine.connect() as connection, connection.begin():
            if self.engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield connection

    @contextmanager
    def transaction(self, *, schema: bool = False) -> Iterator[sa.Connection]:
        """Give a connection whose work is committed as a whole, or not at all.

        Args:
            schema: the tables themselves are made or changed.

        Raises:
            LedgerRefused: another writer holds the ledger, the disk is full, or it is read-only.
        """
        with translated(self.url), self.engine.connect() as connection, connection.begin():
            if self.engine.dialect.name == "sqlite":
                # A deferred transaction would fail half-way when another writer comes between.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            elif not schema:
                connection.exec_driver_sql("LOCK TABLE batch IN EXCLUSIVE MODE")
            yield connection

    @property
    def documents(self) -> Path | None:
        """Folder beside a SQLite ledger where the bytes of source files are kept."""
        name = self.engine.url.database
        if self.engine.dialect.name != "sqlite" or not name:
            return None
        return Path(name).with_suffix(".documents")


CASES = (
    ("database is locked", "ledger-locked", "another program is writing to the ledger {place}",
     "wait until it has finished, then run the command again; nothing was changed"),
    ("full", "ledger-full", "no space left where the ledger {place} is",
     "free some space and run the command again; nothing was changed"),
    ("readonly", "ledger-read-only", "the ledger {place} may only be read",
     "check the permissions of the file and its folder"),
    ("read-only", "ledger-read-only", "the ledger {place} may only be read",
     "use the commands import, reverse and site apply to post"),
    ("unable to open", "ledger-missing", "the ledger {place} cannot be opened",
     "check the path, or make a new ledger: carbonledger init"),
    ("not a database", "ledger-unknown", "{place} is no ledger",
     "name a ledger with --db, or make one: carbonledger init"),
    ("malformed", "ledger-unknown", "{place} is damaged or no ledger",
     "restore a backup; carbonledger verify names what differs"),
    ("append-only", "ledger-append-only", "the ledger refuses to change what is posted: {text}",
     "post a correction (import --adjust) or a reversal (reverse)"),
    ("disk i/o error", "ledger-full", "the disk failed while writing to {place}",
     "check the disk and run the command again; nothing was changed"),
)  # fmt: skip


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn errors of the database driver into refusals that say what to do."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        text = str(getattr(error, "orig", error))
        for sign, code, message, hint in CASES:
            if sign in text.lower():
                place = sa.make_url(url).render_as_string(hide_password=True)
                said = message.format(place=place.removeprefix("sqlite:///"), text=text)
                raise LedgerRefused(said, code=code, hint=hint) from error
        raise


def _sqlite_mode(path: Path, *, write: bool, sealed: bool) -> str:
    if write:
        return "mode=rwc"
    if not os.access(path.parent, os.W_OK):
        return "immutable=1"
    # A connection that may write tidies the write-ahead log away when it closes; it is kept from
    # writing by query_only. Where strangers type SQL, the file itself is opened read-only.
    return "mode=rw" if os.access(path, os.W_OK) and not sealed else "mode=ro"


def _sqlite_engine(url: sa.URL, *, write: bool, sealed: bool) -> sa.Engine:
    path = Path(url.database or "")
    target = f"file:{quote(str(path))}?{_sqlite_mode(path, write=write, sealed=sealed)}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            target, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA foreign_keys = ON")
        if write:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA cache_size = -65536")
        else:
            connection.execute("PRAGMA query_only = ON")
        return connection

    return sa.create_engine(url, creator=connect, poolclass=sa.pool.QueuePool)


def _engine(url: str, *, write: bool, sealed: bool) -> sa.Engine:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed, write=write, sealed=sealed)
    options: dict[str, Any] = {} if write else {"postgresql_readonly": True}
    return sa.create_engine(parsed, execution_options=options)


def create(url: str) -> None:
    """Make the tables, views and triggers, or bring an older ledger up to date.

    Raises:
        LedgerRefused: the place cannot be written, or holds something else than a ledger.
    """
    from alembic import command
    from alembic.config import Config

    from carbonledger.ledger.dictionary import describe

    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    with _ledger(url, write=True) as ledger, ledger.transaction(schema=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        describe(connection)


def _ledger(url: str, *, write: bool, sealed: bool = False) -> Ledger:
    return Ledger(url, _engine(url, write=write, sealed=sealed), write)


def open_ledger(url: str, *, write: bool = False, sealed: bool = False) -> Ledger:
    """Open an existing ledger, for reading unless `write` is set.

    Args:
        url: SQLAlchemy URL, see `location`.
        write: posting is allowed.
        sealed: the database file itself is opened read-only, for SQL typed by strangers.

    Raises:
        LedgerRefused: there is none, it is no ledger, or of another version.
    """
    parsed = sa.make_url(url)
    place = parsed.render_as_string(hide_password=True).removeprefix("sqlite:///")
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        raise LedgerRefused(
            f"there is no ledger at {place}",
            code="ledger-missing",
            hint="make one with: carbonledger init, or name another with --db",
        )
    ledger = _ledger(url, write=write, sealed=sealed)
    try:
        _check_version(ledger, place)
    except BaseException:
        ledger.close()
        raise
    return ledger


def _check_version(ledger: Ledger, place: str) -> None:
    with ledger.read() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            raise LedgerRefused(
                f"{place} is no ledger",
                code="ledger-unknown",
                hint="name a ledger with --db, or make one: carbonledger init",
            )
        found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    if found != HEAD:
        raise LedgerRefused(
            f"the ledger {place} is of version {found}; this program needs {HEAD}",
            code="ledger-version",
            hint="bring it up to date with: carbonledger init (the figures stay as they are)",
        )
