"""Closing a period, and what became of closed ones, as programs ask for it."""

from typing import Any

from carbonledger.calc.period import months_of
from carbonledger.ledger.book import Header
from carbonledger.ledger.closings import post_closing
from carbonledger.ledger.closings import restatements as listed
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.state import read_state
from carbonledger.run.question import boundary_of


def close(
    ledger: Ledger, boundary: str, period: str, reason: str | None, *, actor: str, now: str
) -> dict[str, Any]:
    """Close a period for an account and all below it: from now on it takes no entry.

    Args:
        ledger: opened for writing.
        boundary: code of an account inside.
        period: `2024`, `2024-Q1`, `2024-03` or `2024-01..2024-06`.
        reason: remark; None: none.
        actor: who closes it.
        now: when, ISO 8601 in UTC.

    Returns:
        `{"boundary", "period", "first_day", "last_day", "batch", "actor", "posted_at", "reason",
        "restated"}`.

    Raises:
        CalculationRefused: there is no such account, or the text is no period.
        PeriodClosed: it is closed already, or not over yet.
    """
    months = months_of(period)
    with ledger.transaction() as connection:
        state = read_state(connection)
        made = post_closing(
            connection, state, boundary_of(state, boundary), period=period, months=months,
            header=Header("closing", actor, now, reason),
        )  # fmt: skip
    return made.as_dict(0)


def restatements(ledger: Ledger, as_of: int | None = None) -> dict[str, Any]:
    """List what was changed of closed periods since; see `ledger.closings.restatements`."""
    with ledger.read() as connection:
        return {"restatements": listed(connection, as_of)}
