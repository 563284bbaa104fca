"""Connections to the database of a ledger, each set up for reading, for posting, or for strangers.

A ledger in a SQLite file is kept in WAL mode: readers go on while one writes. A connection that may
write folds the log back into the file and removes it when it is the last to close; one that was
opened read-only cannot, so a sealed ledger is tidied by a connection of its own.
"""

import os
import sqlite3
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from carbonledger.errors import LedgerRefused

BUSY_S = 20
"""Seconds to wait for another writer."""
CACHE_KIB = 65536


def parsed(url: str) -> sa.URL:
    """Read a URL.

    Raises:
        LedgerRefused: it is none, or names a database this program does not know. The message
            does not repeat the URL: it may hold a password.
    """
    try:
        made = sa.make_url(url)
        backend = made.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError):
        # Without the cause: it repeats a part of the URL, which may be the password.
        raise _url_refused("the URL of the ledger cannot be read") from None
    if backend == "sqlite" and made.database:
        return made
    if backend == "sqlite":
        raise _url_refused("the URL of the ledger names no file")
    if backend != "postgresql":
        raise _url_refused(f"a ledger cannot be kept in {backend}")
    return made.set(drivername="postgresql+psycopg")


def _url_refused(message: str) -> LedgerRefused:
    return LedgerRefused(
        message,
        code="ledger-url",
        hint="name a file, or a URL: sqlite:////folder/ledger.db, "
        "postgresql://user:password@host/database",
    )


def make_engine(url: sa.URL, *, write: bool, sealed: bool) -> sa.Engine:
    """Return an engine whose every connection is set up for its use.

    Args:
        url: of a SQLite file or of PostgreSQL.
        write: posting is allowed.
        sealed: the file itself is opened read-only.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, write=write, sealed=sealed)
    return _postgresql_engine(url, write=write)


def _sqlite_engine(url: sa.URL, *, write: bool, sealed: bool) -> sa.Engine:
    def connect() -> sqlite3.Connection:
        connection = _connect(url, _mode(Path(url.database or ""), write=write, sealed=sealed))
        connection.execute("PRAGMA foreign_keys = ON")
        if write:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        else:
            connection.execute("PRAGMA query_only = ON")
        return connection

    return sa.create_engine(url, creator=connect, poolclass=sa.pool.QueuePool)


def _connect(url: sa.URL, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(url.database))}?{mode}",
        uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False,
    )  # fmt: skip


def _mode(path: Path, *, write: bool, sealed: bool) -> str:
    if write:
        return "mode=rwc"
    if not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists():
        # SQLite would need to make files beside it, and nobody can be writing.
        return "immutable=1"
    return "mode=rw" if os.access(path, os.W_OK) and not sealed else "mode=ro"


def read_only(path: Path) -> sqlite3.Connection:
    """Open the file of a ledger so that nothing can be written through the connection."""
    url = sa.URL.create("sqlite", database=str(path))
    connection = _connect(url, _mode(path, write=False, sealed=True))
    connection.execute("PRAGMA query_only = ON")
    return connection


def tidy(url: sa.URL) -> None:
    """Fold the write-ahead log of a SQLite ledger into its file, if nobody else has it open."""
    path = Path(url.database or "")
    if not Path(f"{path}-wal").exists() or _mode(path, write=False, sealed=False) != "mode=rw":
        return
    connection = _connect(url, "mode=rw")
    try:
        # Without a look at the file SQLite does not notice that there is a log.
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    finally:
        connection.close()


def _postgresql_engine(url: sa.URL, *, write: bool) -> sa.Engine:
    if find_spec("psycopg") is None:
        raise LedgerRefused(
            "the driver for PostgreSQL is not installed",
            code="ledger-driver",
            hint="pip install 'carbonledger[postgresql]'",
        )
    # A ledger has no columns of the type hstore; to look for it costs each connection a question.
    engine = sa.create_engine(url, use_native_hstore=False)

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {int(BUSY_S * 1000)}")
            if not write:
                cursor.execute("SET default_transaction_read_only = on")
        connection.commit()

    return engine
