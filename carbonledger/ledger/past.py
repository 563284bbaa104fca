"""The tables and views of a ledger as they were after a batch, for one connection.

Every table is covered by a temporary view of the same name that shows its rows up to the batch, and
every view is made again upon these: what holds is the revision with the highest batch, so each
view says what it said then. Nothing of the ledger is changed; with the connection they are gone.
A table named with its schema in front is the whole table.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.schema import batch, metadata, run


def _filter(table: sa.Table, schema: str, number: int) -> str | None:
    """Return the condition that a row of a table was there; None where it is of no time."""
    if table is batch:
        return f"id <= {number}"
    for column in ("batch_id", "as_of_batch"):
        if column in table.columns:
            return f"{column} <= {number}"
    if "run_id" in table.columns:
        runs = f"SELECT x.id FROM {schema}.{run.name} AS x WHERE x.as_of_batch <= {number}"  # noqa: S608
        return f"run_id IN ({runs})"
    return None


def _tables(schema: str, number: int) -> Iterator[str]:
    for table in metadata.tables.values():
        condition = _filter(table, schema, int(number))
        if condition is not None:
            yield (
                f"CREATE TEMPORARY VIEW {table.name} AS "  # noqa: S608 (names of the schema)
                f"SELECT * FROM {schema}.{table.name} WHERE {condition}"
            )


def show_past_sqlite(driver: Any, number: int) -> None:
    """Let a SQLite connection see the ledger as of a batch.

    Args:
        driver: the connection of the driver; nobody else may use it afterwards.
        number: the batch.
    """
    found = driver.execute("SELECT sql FROM main.sqlite_master WHERE type = 'view'").fetchall()
    views = (sql.replace("CREATE VIEW", "CREATE TEMPORARY VIEW", 1) for (sql,) in found)
    # They are kept beside the ledger, in memory; its file stays as it is.
    driver.execute("PRAGMA temp_store = MEMORY")
    driver.execute("PRAGMA query_only = OFF")
    for statement in (*_tables("main", number), *views):
        driver.execute(statement)
    driver.execute("PRAGMA query_only = ON")


def show_past_postgresql(connection: sa.Connection, number: int) -> None:
    """Let a transaction of PostgreSQL see the ledger as of a batch; it only reads from then on.

    Args:
        connection: in a transaction that has done nothing yet.
        number: the batch.
    """
    run_ = connection.exec_driver_sql
    run_("SET TRANSACTION READ WRITE")
    schema = _quoted(connection, str(run_("SELECT current_schema()").scalar()))
    # In the order they were made: a view stands after those it rests on.
    views = run_(
        "SELECT relname, pg_get_viewdef(oid) FROM pg_class WHERE relkind = 'v' "
        "AND relnamespace = current_schema()::regnamespace ORDER BY oid"
    ).all()
    for statement in (*_tables(schema, number), *_views(connection, views)):
        run_(statement)
    run_("SET TRANSACTION READ ONLY")


def _views(connection: sa.Connection, views: Iterable[Any]) -> Iterator[str]:
    for name, body in views:
        made = f"CREATE TEMPORARY VIEW {_quoted(connection, name)} AS {body}"
        yield made.replace("%", "%%")


def _quoted(connection: sa.Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
