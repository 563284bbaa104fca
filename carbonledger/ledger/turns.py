"""One writer at a time: a batch is numbered, hashed and chained to those before it.

A writer that finds another one at work asks again and again for `engines.BUSY_S` seconds, in short
pieces: a driver that waits by itself does not hear Ctrl-C.
"""

import time
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from carbonledger.ledger import engines

PIECE_S = 0.25


def take_turn(connection: sa.Connection, waiting: Callable[[], None]) -> None:
    """Wait until nobody else writes; readers go on.

    Args:
        connection: in a transaction that has done nothing yet.
        waiting: called once when there is somebody to wait for.

    Raises:
        OperationalError: the other one is still writing after `engines.BUSY_S` seconds.
    """
    until, told = time.monotonic() + engines.BUSY_S, False
    while True:
        try:
            _ask(connection)
        except OperationalError as error:
            if not _is_busy(error) or time.monotonic() >= until:
                raise
        else:
            return
        if not told:
            waiting()
            told = True


def _is_busy(error: OperationalError) -> bool:
    said = str(error.orig)
    return "database is locked" in said or "lock timeout" in said


def _ask(connection: sa.Connection) -> None:
    piece = int(min(PIECE_S, engines.BUSY_S) * 1000)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {piece}")
        try:
            # A deferred transaction would fail half-way when another writer comes between.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(engines.BUSY_S * 1000)}")
        return
    with connection.begin_nested():
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {piece}")
        connection.exec_driver_sql("SELECT carbonledger_turn()")
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(engines.BUSY_S * 1000)}")
