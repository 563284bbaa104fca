"""The state of a ledger as `status` tells it: what is there, is missing, does not close."""

from typing import Any

from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.service import held
from carbonledger.run.closure import as_row, closed, worth_telling
from carbonledger.run.completeness import as_rows, missing_by, stored_rates
from carbonledger.run.publishing import held_rows
from carbonledger.run.question import read_held


def status(ledger: Ledger, now: str | None = None, as_of: int | None = None) -> dict[str, Any]:
    """Tell what is there and what is missing; the shape is described in docs/ledger.md.

    Args:
        ledger: the ledger.
        now: time of asking, ISO 8601 in UTC; None: nobody asks what is overdue or has expired.
        as_of: last batch to take into account; None: all.

    Returns:
        What `carbonledger.ledger.service.held` says; how much is expected and what of it has not
        arrived (of periods that ended); the packs that wait to be published; and the balance of
        every account that hands something on, stores it, or does not close.
    """
    with ledger.read() as connection:
        told, state, covered = held(connection, ledger.place, now, as_of)
        last = told["as_of"]
        balances = closed(connection, state, last)
        gone = () if now is None else missing_by(connection, state, last, now, covered)
        rates = stored_rates(connection, last) if gone else {}
        waiting = read_held(connection, last)
    return told | {
        "expectations": len(state.expectations),
        "missing": as_rows(gone, state, rates),
        "held_packs": held_rows(waiting),
        "balance": [as_row(one) for one in balances if worth_telling(one)],
    }
