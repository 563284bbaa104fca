"""A ledger for a while: what is posted to it can be read and computed from, and then is gone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

import sqlalchemy as sa

from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.refusals import translated


class _Undone(Exception):
    """Ends a transaction that is rolled back on purpose."""


@dataclass(frozen=True, slots=True)
class Trial(Ledger):
    """A ledger within one transaction that will be rolled back.

    Attributes:
        connection: the one connection that reads and posts; its transaction has the turn to write.
    """

    connection: sa.Connection = field(kw_only=True, repr=False)

    def close(self) -> None:
        """Leave the connection to whoever opened the ledger."""

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give the connection: it sees what was posted on trial."""
        with translated(self.place):
            yield self.connection

    @contextmanager
    def transaction(
        self,
        *,
        schema: bool = False,
        waiting: Callable[[], None] | None = None,
    ) -> Iterator[sa.Connection]:
        """Give the connection; what fails is taken back alone, and the trial goes on."""
        del schema, waiting  # The tables stay, and the turn to write is ours already.
        with translated(self.place), self.connection.begin_nested():
            yield self.connection


@contextmanager
def trial(ledger: Ledger) -> Iterator[Trial]:
    """Give a ledger on which posting can be tried; nothing of it stays, whatever happens.

    Everything happens in one transaction of the database, which is rolled back at the end, so it is
    safe on SQLite and on PostgreSQL alike: a program that dies half-way leaves nothing behind
    either. Others go on reading; who wants to post waits for the end of the trial. No source file
    is kept.

    Args:
        ledger: opened for writing.

    Raises:
        LedgerRefused: another writer holds the ledger, or it is read-only.
    """
    try:
        with ledger.transaction() as connection:
            yield Trial(ledger.url, ledger.engine, write=True, connection=connection)
            _end()
    except _Undone:
        return


def _end() -> NoReturn:
    raise _Undone
