"""What each meter counted of each flow in a period, and what records without a meter state."""

from typing import Any, NamedTuple

import sqlalchemy as sa

from carbonledger.ledger.schema import account, commodity, entry, meter
from carbonledger.ledger.state import SiteState
from carbonledger.ledger.sums import OVER_MONTHS, shared_out, zone_of


class Metered(NamedTuple):
    """A flow as one meter counts it; `meter` is "" for what records state."""

    meter: str
    source: str
    target: str
    commodity: str


def metered(
    connection: sa.Connection, state: SiteState, months: tuple[str, str], as_of: int
) -> dict[Metered, int]:
    """Sum a period by meter and flow, in millionths of the commodity's unit.

    What reaches beyond the period is shared in proportion to time, as in every calculation.

    Args:
        connection: connection to the ledger.
        state: accounts as of the batch.
        months: first and last local month of the period.
        as_of: last batch to take into account.
    """
    first, last = (int(month.replace("-", "")) * 100 for month in months)
    last += 99
    sums: dict[Metered, int] = {}
    # By days, not by batches: those go through everything that was ever posted.
    batch = entry.c.batch_id + 0
    within = (
        entry.c.first_day.between(first, last), entry.c.last_day.between(first, last),
        batch <= as_of,
    )  # fmt: skip
    ends = (entry.c.meter_id, entry.c.from_account_id, entry.c.to_account_id, entry.c.commodity_id)
    summed = (
        sa.select(*ends, sa.func.sum(entry.c.quantity).label("quantity"))
        .where(*within)
        .group_by(*ends)
        .subquery()
    )
    for *flow, quantity in connection.execute(_named(summed, summed.c.quantity)):
        key = _key(flow)
        sums[key] = sums.get(key, 0) + int(quantity)
    reaching = (
        sa.select(*ends, entry.c.quantity, entry.c.start_utc, entry.c.end_utc)
        .where(
            OVER_MONTHS,
            entry.c.first_day <= last, entry.c.last_day >= first, batch <= as_of,
            sa.or_(entry.c.first_day < first, entry.c.last_day > last),
        )
        .subquery()
    )  # fmt: skip
    columns = (reaching.c.quantity, reaching.c.start_utc, reaching.c.end_utc)
    for *flow, quantity, start, end in connection.execute(_named(reaching, *columns)):
        key = _key(flow)
        parts = shared_out(quantity, start, end, zone_of(state, key.source, key.target))
        part = sum(share for month, share in parts if months[0] <= month <= months[1])
        sums[key] = sums.get(key, 0) + part
    return sums


def _key(flow: list[Any]) -> Metered:
    code, *others = flow
    return Metered(code or "", *others)


def _named(part: sa.Subquery, *columns: Any) -> sa.Select[Any]:
    """Select flows with the codes of their meter, accounts and commodity."""
    source, target = account.alias("source"), account.alias("target")
    return (
        sa.select(meter.c.code, source.c.code, target.c.code, commodity.c.code, *columns)
        .select_from(part)
        .join(source, source.c.id == part.c.from_account_id)
        .join(target, target.c.id == part.c.to_account_id)
        .join(commodity, commodity.c.id == part.c.commodity_id)
        .outerjoin(meter, meter.c.id == part.c.meter_id)
    )
