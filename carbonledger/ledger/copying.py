"""A ledger copied as a whole: from one database into another, or a file as it is.

All tables are read in one snapshot, so a copy is a ledger as it was at one moment, whoever posts
meanwhile. The order of the tables is that of posting: what a row refers to stands before it, a
closing behind the entries of its period, a batch behind the rows it seals.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger import schema
from carbonledger.ledger.connect import Ledger, create, location
from carbonledger.ledger.documents import kept_file, part_of
from carbonledger.ledger.refusals import translated
from carbonledger.ledger.streams import send_rows

ROWS = 2000
LAST = (
    schema.closing, schema.restatement, schema.restated_figure, schema.batch, schema.run,
    schema.emission_line, schema.indicator, schema.filed_report,
)  # fmt: skip
# Written by the program itself; and logins of one server, which mean nothing on another.
LEFT = (schema.data_dictionary, schema.access_grant)
TABLES = (*(t for t in schema.metadata.sorted_tables if t not in (*LAST, *LEFT)), *LAST)


def copy_database(source: Ledger, target: Path) -> None:
    """Copy a ledger into a SQLite file that is not there yet, while others may post.

    Raises:
        LedgerRefused: there is no space, or the place cannot be written.
    """
    if source.is_file:
        _copy_file(source, target)
    else:
        copy_into(source, location(str(target)))


def copy_into(source: Ledger, url: str) -> None:
    """Fill a new ledger, of any database, with all that is in another one.

    Args:
        source: the other one.
        url: of the ledger to make; a file that is not there, or a database without tables.

    Raises:
        LedgerRefused: there is no space, or the place cannot be written.
    """
    with source.read() as connection:
        create(url, lambda made: copy_rows(connection, made))


def _copy_file(source: Ledger, target: Path) -> None:
    with translated(str(target)), source.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        made = sqlite3.connect(target)
        try:
            # All pages in one step: it reads one state of the file, and writers go on.
            driver.backup(made, pages=-1)
        finally:
            made.close()


def copy_rows(source: sa.Connection, target: sa.Connection) -> None:
    """Copy all that is posted or computed into the empty tables of another ledger.

    Args:
        source: connection that sees one state.
        target: connection in a transaction.
    """
    for table in TABLES:
        left = _rows(source, table)
        while rows := list(islice(left, ROWS)):
            if target.dialect.name == "postgresql":
                send_rows(target, table, rows)
            else:
                marks = ", ".join("?" * len(table.columns))
                statement = f"INSERT INTO {table.name} VALUES ({marks})"  # noqa: S608 (names of the schema)
                target.exec_driver_sql(statement, rows)


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[tuple[Any, ...]]:
    query = sa.select(table).order_by(table.c.id).execution_options(yield_per=ROWS)
    for row in connection.execute(query):
        yield tuple(row)


def copy_documents(source: Ledger, made: Ledger) -> int:
    """Copy the kept files that the documents of a copied ledger name; return how many there are.

    Args:
        source: whose folder they are in.
        made: the copy; they go into its folder, if it has one.

    Raises:
        OSError: one cannot be written.
    """
    folder = made.documents
    if source.documents is None or folder is None or not source.documents.is_dir():
        return 0
    query = sa.select(schema.document.c.sha256).where(schema.document.c.kept == 1)
    with made.read() as connection:
        names = connection.execute(query).scalars().all()
    places = [place for name in names if (place := kept_file(source.documents, name))]
    for place in places:
        _copy_document(place, folder / place.name)
    return len(places)


def _copy_document(place: Path, target: Path) -> None:
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    working = part_of(target)
    try:
        shutil.copyfile(place, working)
        working.replace(target)
    finally:
        working.unlink(missing_ok=True)
