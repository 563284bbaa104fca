"""Rows sent to PostgreSQL as a stream (`COPY`); triggers and keys hold as for any insert."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.canon import Row


def send_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Send rows into a table: whole rows, every column in the order of the schema.

    The server takes no stream into a table whose rows are seen by rules for the one who sends. An
    importer is one of these: its rows go into a table of the moment, and from there on.

    Raises:
        sqlalchemy.exc.DBAPIError: as SQLAlchemy would tell it, had it sent the rows.
    """
    names = ", ".join(table.columns.keys())
    driver: Any = connection.connection.driver_connection
    statement = f"COPY {table.name} ({names}) FROM STDIN"
    try:
        with driver.cursor() as cursor:
            if not _ruled(cursor, table):
                _stream(cursor, statement, rows)
                return
            place = f"pg_temp.incoming_{table.name}"
            statement = f"COPY {place} ({names}) FROM STDIN"
            cursor.execute(
                f"CREATE TEMPORARY TABLE IF NOT EXISTS incoming_{table.name} (LIKE {table.name}) "
                "ON COMMIT DROP"
            )
            _stream(cursor, statement, rows)
            cursor.execute(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {place}")  # noqa: S608 (names of the schema)
            cursor.execute(f"TRUNCATE {place}")
    except driver.Error as error:
        raise sa.exc.DBAPIError(statement, None, error) from error


def _ruled(cursor: Any, table: sa.Table) -> bool:
    cursor.execute("SELECT row_security_active(%s::regclass)", (table.name,))
    return bool(cursor.fetchone()[0])


def _stream(cursor: Any, statement: str, rows: Sequence[Row]) -> None:
    with cursor.copy(statement) as stream:
        for row in rows:
            stream.write_row(row)
