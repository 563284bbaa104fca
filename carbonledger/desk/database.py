"""The ledger as Datasette sees it: a file that nothing can write to, and statements that only read.

Three locks, each of which would do: the file is opened read-only, the connection refuses whatever
would change something, and an authorizer lets through nothing but reading.
"""

import sqlite3
from pathlib import Path
from typing import Any

from datasette.database import Database

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.engines import read_only

READS = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
# What Datasette asks about tables; none of them changes anything.
ASKED = frozenset(
    {"table_info", "table_xinfo", "foreign_key_list", "index_list", "index_info", "index_xinfo",
     "database_list", "schema_version", "page_count", "page_size", "table_list", "compile_options"}
)  # fmt: skip


def allowed(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """Tell SQLite whether a statement may do something: read, and ask about tables."""
    if action in READS:
        return sqlite3.SQLITE_OK
    # A pragma with a value sets something; that of tables is the name of one.
    asks = action == sqlite3.SQLITE_PRAGMA and first in ASKED
    return sqlite3.SQLITE_OK if asks and (second is None or first != "schema_version") else (
        sqlite3.SQLITE_DENY
    )  # fmt: skip


class LedgerDatabase(Database):  # type: ignore[misc]
    """A ledger in a SQLite file."""

    def connect(self, write: bool = False) -> sqlite3.Connection:  # noqa: FBT001, FBT002 (of Datasette)
        """Open a connection that can only read.

        Raises:
            LedgerRefused: something wants to write.
        """
        if write:
            raise LedgerRefused(
                "the desk only reads; nothing can be written to the ledger through it",
                code="ledger-read-only",
                hint="post a correction (import --adjust) or a reversal (reverse) instead",
            )
        made = read_only(Path(self.path))
        self._all_file_connections.append(made)
        return made


def lock(connection: Any) -> None:
    """Let a connection do nothing but read, once Datasette has set it up."""
    connection.set_authorizer(allowed)
