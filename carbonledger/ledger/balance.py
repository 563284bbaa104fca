"""What went through each account and what is left: energy and water that no meter explains.

What came into an account and did not leave it was consumed there. Where an account only hands on
(a park that feeds its plants), that rest is losses and whatever has no meter of its own; and more
out than in means that a meter is missing, declared the wrong way round, or wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.schema import commodity, entry
from carbonledger.ledger.state import SiteState
from carbonledger.units import from_micro

KINDS = ("electricity", "heat", "fuel", "biofuel", "water")
MAKERS = ("generator", "boiler", "chp")
PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Balance:
    """One commodity in one account over all that is posted, in millionths of `unit`.

    Attributes:
        account, commodity: codes.
        unit: canonical unit.
        inflow, outflow: what came in and what went out.
    """

    account: str
    commodity: str
    unit: str
    inflow: int
    outflow: int

    @property
    def rest(self) -> int:
        """What came in and did not leave: consumed, lost, not metered; negative: too much out."""
        return self.inflow - self.outflow

    def as_dict(self) -> dict[str, Any]:
        """Return the balance as `status --json` shows it; `rest_share` is rest by inflow."""
        share = Decimal(self.rest) / self.inflow if self.inflow else None
        return {
            "account": self.account,
            "commodity": self.commodity,
            "in": from_micro(self.inflow),
            "out": from_micro(self.outflow),
            "rest": from_micro(self.rest),
            "unit": self.unit,
            "rest_share": None if share is None else share.quantize(PLACES),
            "closes": self.rest >= 0,
        }


def balances(connection: sa.Connection, state: SiteState) -> Iterator[Balance]:
    """Yield the accounts inside that hand on what they receive, or give more than they receive.

    Accounts that make what they give (generators, boilers, CHP) are left out.
    """
    sums = _sums(connection)
    for code, place in state.accounts.items():
        if place.outside or place.kind in MAKERS:
            continue
        for good, flows in state.commodities.items():
            inflow, outflow = (sums.get((place.id, flows.id, side), 0) for side in ("in", "out"))
            if flows.kind in KINDS and outflow:
                yield Balance(code, good, flows.unit, inflow, outflow)


def _sums(connection: sa.Connection) -> dict[tuple[int, int, str], int]:
    """Sum all entries by account, commodity and direction."""
    ends = (entry.c.from_account_id, entry.c.to_account_id)
    query = (
        sa.select(*ends, entry.c.commodity_id, sa.func.sum(entry.c.quantity))
        .join(commodity, commodity.c.id == entry.c.commodity_id)
        .where(commodity.c.kind.in_(KINDS))
        .group_by(*ends, entry.c.commodity_id)
    )
    sums: dict[tuple[int, int, str], int] = {}
    for source, target, good, quantity in connection.execute(query):
        for key in ((source, good, "out"), (target, good, "in")):
            sums[key] = sums.get(key, 0) + int(quantity)
    return sums
