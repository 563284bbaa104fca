"""One statement of SQL typed by a person: it reads, and nothing else.

On a SQLite ledger the connection asks an authorizer about each action of a statement before it is
run, and only reading is allowed; besides, the file is opened read-only. On PostgreSQL the link
is read-only and the statement is sent as the one body of a cursor.
"""

import re
import sqlite3
import time
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.past import show_past_postgresql, show_past_sqlite
from carbonledger.ledger.refusals import told
from carbonledger.ledger.schema import data_dictionary

READS_ONLY = (
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
)
CHUNK = 1000
# Steps of SQLite's machine between two looks at the clock and the keyboard: some milliseconds.
STEPS = 100_000
REFUSED = (
    "not authorized", "authorization denied", "prohibited", "readonly", "read-only",
    "one statement at a time",
    "multiple commands", "data-modifying", "read-write mode",
    "cannot modify",
)  # fmt: skip
# What a reading statement begins with; PostgreSQL finds all else to be a wrong word in a cursor.
READING = re.compile(
    r"(\s|--[^\n]*\n|/\*.*?\*/|\()*(select|with|values|table|$)", re.IGNORECASE | re.DOTALL
)
Asked = tuple[list[str], Iterator[tuple[Any, ...]]]


Values = Mapping[str, str | int]
# A parameter of a statement, `:name`; not the `::type` of PostgreSQL, nor a time of day.
BOUND = re.compile(r"(?<![:\w]):(\w+)")


def query(
    ledger: Ledger, sql: str, seconds: float | None = None, *, as_of: int | None = None,
    values: Values | None = None,
) -> Asked:  # fmt: skip
    """Run one reading statement typed by a person, or a canned one.

    Args:
        ledger: opened `sealed`, so that the file itself cannot be written.
        sql: one SELECT.
        seconds: stop the statement when it takes longer than this, all rows included.
        as_of: show tables and views as they were after this batch; None: as they are.
        values: what stands for each `:name` of a canned statement; None: it is sent as it is.

    Returns:
        The names of the columns, and the rows one by one.

    Raises:
        LedgerRefused: the statement would write, is no SQL, or took too long; the rows raise it
            too.
        KeyboardInterrupt: the user stopped it.
    """
    asks = _sqlite if ledger.is_file else _postgresql
    return asks(ledger, sql, seconds, as_of, values)


class _Watch:
    """Stops a statement that runs too long, or that the user no longer wants.

    Ctrl-C reaches Python only while Python runs: that is here, and nowhere within a statement.
    What is raised here the driver turns into an interruption; so one that is not for the time is
    the user's.
    """

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.end = None if seconds is None else time.monotonic() + seconds
        self.too_long = False

    def __call__(self) -> int:
        """Tell the database whether to stop (1) or to go on (0)."""
        self.too_long = self.end is not None and time.monotonic() > self.end
        return int(self.too_long)


def _sqlite(
    ledger: Ledger, sql: str, seconds: float | None, as_of: int | None, values: Values | None
) -> Asked:
    raw = ledger.engine.raw_connection()
    driver: Any = raw.driver_connection
    # Not given back to the pool, whose other users need more than reading.
    raw.detach()
    watch = _Watch(seconds)
    if as_of is not None:
        show_past_sqlite(driver, as_of)
    driver.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_OK if action in READS_ONLY else sqlite3.SQLITE_DENY
    )
    driver.set_progress_handler(watch, STEPS)
    cursor = driver.cursor()
    try:
        cursor.execute(sql, values or {})
    except Exception as error:
        raw.close()
        raise _stopped(ledger, error, watch) from error
    if cursor.description is None:
        raw.close()
        raise LedgerRefused("the statement returns no rows", code="sql", hint="write a SELECT")
    return [column[0] for column in cursor.description], _fetched(ledger, raw, cursor, watch)


def _fetched(ledger: Ledger, raw: Any, cursor: Any, watch: _Watch) -> Iterator[tuple[Any, ...]]:
    try:
        while rows := cursor.fetchmany(CHUNK):
            yield from rows
    except sqlite3.Error as error:
        raise _stopped(ledger, error, watch) from error
    finally:
        raw.close()


def _stopped(ledger: Ledger, error: Exception, watch: _Watch) -> BaseException:
    if str(error) == "interrupted":
        return _too_long(watch.seconds) if watch.too_long else KeyboardInterrupt()
    return _refused(ledger, error)


def _too_long(seconds: float | None) -> LedgerRefused:
    return LedgerRefused(
        f"the statement was stopped after {seconds} seconds",
        code="sql-time",
        hint="ask for less: one month, one meter; or allow more time",
    )


def _postgresql(
    ledger: Ledger, sql: str, seconds: float | None, as_of: int | None, values: Values | None
) -> Asked:
    connection = ledger.engine.connect()
    try:
        if as_of is not None:
            _show_past(connection, as_of)
        if seconds is not None:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
        asked = connection.execution_options(stream_results=True, no_parameters=not values)
        text = BOUND.sub(r"%(\1)s", sql.replace("%", "%%")) if values else sql
        result = asked.exec_driver_sql(text, dict(values) if values else None)
        return list(result.keys()), _streamed(ledger, connection, result, (sql, seconds))
    except LedgerRefused:
        connection.close()
        raise
    except Exception as error:
        connection.close()
        raise _of_postgresql(ledger, error, sql, seconds) from error


def _show_past(connection: sa.Connection, number: int) -> None:
    try:
        show_past_postgresql(connection, number)
    except sa.exc.DBAPIError as error:
        text = str(error.orig).strip().partition("\n")[0]
        raise LedgerRefused(
            f"you may not look at the tables as of batch {number}: {text}",
            code="sql",
            hint=f"leave --as-of out, and ask for what was there: where batch <= {number}",
        ) from error


def _streamed(
    ledger: Ledger, connection: sa.Connection, result: Any, asked: tuple[str, float | None]
) -> Iterator[tuple[Any, ...]]:
    try:
        for part in result.partitions(CHUNK):
            yield from (tuple(row) for row in part)
    except sa.exc.DBAPIError as error:
        raise _of_postgresql(ledger, error, *asked) from error
    finally:
        connection.close()


def _of_postgresql(
    ledger: Ledger, error: Exception, sql: str, seconds: float | None
) -> LedgerRefused:
    if "statement timeout" in str(error):
        return _too_long(seconds)
    return _refused(ledger, error) if READING.match(sql) else _only_reads()


def _only_reads() -> LedgerRefused:
    return LedgerRefused(
        "this connection only reads, one SELECT at a time; the statement does something else",
        code="sql-read-only",
        hint="post a correction (import --adjust) or a reversal (reverse) instead",
    )


def _refused(ledger: Ledger, error: Exception) -> LedgerRefused:
    text = str(getattr(error, "orig", error)).strip().partition("\n")[0]
    if any(sign in text for sign in REFUSED):
        return _only_reads()
    known = told(error, ledger.place)
    if known is not None and known.code in ("ledger-locked", "ledger-overflow", "ledger-unknown"):
        return known
    return LedgerRefused(
        f"the statement cannot be run: {text}", code="sql", hint=_advice(ledger, text)
    )


def _advice(ledger: Ledger, text: str) -> str:
    """Name the views and columns that look like an unknown one."""
    missing = re.search(r"no such (table|column): (?:\w+\.)?(\w+)", text) or re.search(
        r'(relation|column) "?(?:\w+\.)?(\w+)"? does not exist', text
    )
    if missing is None:
        return "the views are listed in docs/data-dictionary.md and in the table data_dictionary"
    is_column = missing[1] == "column"
    words = data_dictionary.c.column_name if is_column else data_dictionary.c.object
    with ledger.read() as connection:
        known = set(connection.execute(sa.select(words).distinct()).scalars()) - {""}
    near = get_close_matches(missing[2], known, 3, 0.5)
    if near:
        return f"did you mean {', '.join(near)}?"
    return "the views and their columns are listed in the table data_dictionary"
