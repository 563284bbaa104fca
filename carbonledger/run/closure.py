"""Whether the books close, from the ledger: for `status`, reports and the gate of final ones."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from carbonledger.calc.closure import CLOSED, Closure, Counted, cells, closures
from carbonledger.ledger.schema import entry
from carbonledger.ledger.state import SiteState, revision_on
from carbonledger.ledger.sums import read_books
from carbonledger.run.metered import metered
from carbonledger.units import from_micro

PLACES = Decimal("0.000001")


def closed(
    connection: sa.Connection, state: SiteState, as_of: int, months: Sequence[str] | None = None
) -> tuple[Closure, ...]:
    """Balance every account of every site.

    Args:
        connection: connection to the ledger.
        state: accounts and meters as of the batch.
        as_of: last batch to take into account.
        months: the period; None: all that is posted.
    """
    posted = _posted_months(connection, as_of)
    if not posted:
        return ()
    books = read_books(connection, state, "", posted, as_of)
    wanted = tuple(posted if months is None else months)
    period = [cell for cell in cells(books) if cell.month in set(wanted)]
    return closures(
        period,
        tuple(_counted(connection, state, wanted, as_of)),
        {code: one.unit for code, one in state.commodities.items()},
        {c: a.tolerance for c, a in state.accounts.items() if a.tolerance is not None},
    )


def _posted_months(connection: sa.Connection, as_of: int) -> tuple[str, ...]:
    """Return every month from the first to the last that an entry lies in."""
    query = sa.select(sa.func.min(entry.c.first_day), sa.func.max(entry.c.last_day))
    first, last = connection.execute(query.where(entry.c.batch_id <= as_of)).one()
    if first is None:
        return ()
    low, high = (day // 10_000 * 12 + day // 100 % 100 - 1 for day in (first, last))
    return tuple(f"{n // 12:04}-{n % 12 + 1:02}" for n in range(low, high + 1))


def _counted(
    connection: sa.Connection, state: SiteState, months: Sequence[str], as_of: int
) -> Iterator[Counted]:
    """Yield what each meter counted of each flow in a period, and what records state of it."""
    last_day = int(months[-1].replace("-", "")) * 100 + 31
    sums = metered(connection, state, (months[0], months[-1]), as_of)
    for flow, quantity in sorted(sums.items()):
        revisions = state.meters[flow.meter].revisions if flow.meter else ()
        holds = revision_on(revisions, last_day) or (revisions[-1] if revisions else None)
        tolerance = holds.tolerance if holds else None
        yield Counted(*flow, quantity, tolerance)


def as_row(one: Closure) -> dict[str, Any]:
    """Return a balance as `status --json` shows it; see docs/ledger.md."""
    sums, share = one.sums, None
    if sums.inflow:
        share = (Decimal(sums.unexplained) / sums.inflow).quantize(PLACES)
    return {
        "account": one.account,
        "commodity": one.commodity,
        "in": from_micro(sums.inflow),
        "made": from_micro(sums.made),
        "out": from_micro(sums.outflow),
        "consumed": from_micro(sums.consumed),
        "stock_change": from_micro(sums.stock_change),
        "unexplained": from_micro(sums.unexplained),
        "unit": one.unit,
        "unexplained_share": share,
        "tolerance": None if one.tolerance is None else from_micro(one.tolerance),
        "state": one.state,
        "main": list(one.into),
        "sub": list(one.out_of),
        "undeclared": list(one.bare),
    }


def worth_telling(one: Closure) -> bool:
    """Tell whether a balance says more than that all was used or made there."""
    hands_on = bool(one.sums.outflow) and not one.sums.made
    return one.state != CLOSED or hands_on or bool(one.sums.stock_change)
