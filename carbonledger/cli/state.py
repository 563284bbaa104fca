"""What stands around a command: the global options, the clock, the ledger it works on."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from carbonledger.cli.usage import UsageRefused
from carbonledger.text import t

if TYPE_CHECKING:
    from carbonledger.ledger.connect import Ledger

DEFAULT_DB = "carbonledger.db"


@dataclass(frozen=True, slots=True)
class State:
    """The global options.

    Attributes:
        db: path or SQLAlchemy URL of the ledger.
        json: one JSON document on standard output instead of text for people.
        actor: who posts or asks.
        as_of: number of the last batch to take into account, or a date or time by which it was
            posted; None: all.
    """

    db: str
    json: bool
    actor: str
    as_of: str | None


def state(ctx: typer.Context) -> State:
    """Return the global options a command was called with."""
    found = ctx.find_object(State)
    if found is None:
        raise RuntimeError("a command was called without its global options")
    return found


def login() -> str:
    """Return the name the user is logged in under; `unknown` where the system knows none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def now() -> str:
    """Return the time as ISO 8601 text in UTC.

    `SOURCE_DATE_EPOCH` (reproducible-builds.org) sets it, so that a ledger can be made again byte
    for byte.

    Raises:
        UsageRefused: `SOURCE_DATE_EPOCH` is no number of seconds.
    """
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        moment = datetime.fromtimestamp(int(fixed), UTC) if fixed else datetime.now(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageRefused(
            t("cli.error.epoch", text=fixed), hint=t("cli.error.epoch_hint")
        ) from error
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def url(ctx: typer.Context) -> str:
    """Return the SQLAlchemy URL of the ledger the command works on."""
    from carbonledger.ledger.connect import location

    return location(state(ctx).db)


@contextmanager
def opened(
    ctx: typer.Context, *, write: bool = False, sealed: bool = False, computes: bool = False
) -> Iterator["Ledger"]:
    """Open the ledger for the time of a command.

    Args:
        ctx: context of the command.
        write: the command posts.
        sealed: the file itself is opened read-only, because the user writes the SQL.
        computes: the command stores a run where it may; on a read-only copy it only answers.

    Raises:
        LedgerRefused: there is no ledger, or it cannot be opened.
        UsageRefused: it posts, and was asked as of an earlier batch.
    """
    from carbonledger.ledger.connect import may_write, open_ledger

    if write and state(ctx).as_of is not None:
        raise UsageRefused(
            t("cli.error.as_of_posts", command=ctx.command_path),
            hint=t("cli.error.as_of_posts_hint"),
        )
    place = url(ctx)
    stores = computes and may_write(place)
    with open_ledger(place, write=write or stores, sealed=sealed) as ledger:
        yield ledger


def as_of(ctx: typer.Context, ledger: "Ledger") -> int | None:
    """Return the last batch a question takes into account; None: all.

    Raises:
        CalculationRefused: there is no such batch, or what was typed is no time.
    """
    from carbonledger.ledger.as_of import resolved

    return resolved(ledger, state(ctx).as_of)
