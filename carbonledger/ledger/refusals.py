"""What database drivers say, told as refusals that say what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from carbonledger.errors import LedgerRefused

LOST = (
    "ledger-lost", "the connection to the ledger {place} was lost: {text}",
    "run the command again when the database answers; a batch is posted whole or not at all",
)  # fmt: skip
CASES = (
    ("database is locked", "ledger-locked", "another program is writing to the ledger {place}",
     "wait until it has finished, then run the command again; nothing was changed"),
    ("lock timeout", "ledger-locked", "another program is writing to the ledger {place}",
     "wait until it has finished, then run the command again; nothing was changed"),
    ("disk is full", "ledger-full", "no space left where the ledger {place} is",
     "free some space and run the command again; nothing was changed"),
    ("no space left", "ledger-full", "no space left where the ledger {place} is",
     "free some space and run the command again; nothing was changed"),
    ("disk i/o error", "ledger-full", "the disk failed while writing to {place}",
     "free some space, or check the disk, and run the command again; nothing was changed"),
    ("append-only", "ledger-append-only", "the ledger refuses to change what is posted: {text}",
     "post a correction (import --adjust) or a reversal (reverse)"),
    ("closed period", "period-closed", "the ledger refuses an entry: {text}",
     'say why the closed period changes: --restate "…"'),
    ("readonly", "ledger-read-only", "the ledger {place} may only be read",
     "check the permissions of the file and its folder"),
    ("read-only", "ledger-read-only", "the ledger {place} may only be read",
     "use the commands import, reverse and site apply to post"),
    ("permission denied", "ledger-read-only", "the ledger {place} may not be used so: {text}",
     "ask who runs the database for the right to it"),
    ("unable to open", "ledger-missing", "the ledger {place} cannot be opened",
     "check the path, or make a new ledger: carbonledger init"),
    ("not a database", "ledger-unknown", "{place} is no ledger",
     "name a ledger with --db, or make one: carbonledger init"),
    ("malformed", "ledger-unknown", "{place} is damaged or no ledger",
     "restore a backup; carbonledger verify names what differs"),
    ("integer overflow", "ledger-overflow", "a sum in {place} is too large for the books",
     'look for a wrong unit: sql "select * from entry_view order by abs(quantity) desc limit 10"'),
    ("out of range", "ledger-overflow", "a number is too large for the ledger {place}",
     "look for a quantity with a wrong unit or multiplier"),
    ("terminating connection", *LOST),
    ("server closed the connection", *LOST),
    ("connection is lost", *LOST),
    ("connection is closed", *LOST),
    ("consuming input failed", *LOST),
    ("connection", "ledger-unreachable", "the ledger {place} cannot be reached: {text}",
     "check address, name, user and password of the database"),
)  # fmt: skip


def shown(url: sa.URL) -> str:
    """Return how a ledger is named to people: the path of a file, or a URL without password."""
    if url.get_backend_name() == "sqlite":
        return url.database or ""
    return url.render_as_string(hide_password=True)


def told(error: Exception, place: str) -> LedgerRefused | None:
    """Return what to tell about an error of a driver; None when it is no case for a user.

    Args:
        error: as raised by SQLAlchemy or the driver.
        place: the ledger, as people name it.
    """
    text = " ".join(str(getattr(error, "orig", error)).split())
    for sign, code, message, hint in CASES:
        if sign in text.lower():
            return LedgerRefused(message.format(place=place, text=text), code=code, hint=hint)
    return None


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn errors of the database driver into refusals that say what to do."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        refusal = told(error, place)
        if refusal is None:
            raise
        raise refusal from error


@contextmanager
def fitting() -> Iterator[None]:
    """Refuse a number that no database integer can hold; SQLite's driver says so on its own."""
    try:
        yield
    except OverflowError as error:
        raise LedgerRefused(
            "a number is too large for the ledger",
            code="ledger-overflow",
            hint="look for a quantity with a wrong unit or multiplier",
        ) from error
