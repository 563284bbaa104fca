"""Accounts and commodities that every ledger has without a site file naming them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from carbonledger.factors.commodities import (
    commodity_notes,
    shipped_commodities,
    shipped_outside_accounts,
)
from carbonledger.site.declared import DeclaredAccount, DeclaredCommodity


@dataclass(frozen=True, slots=True)
class Shipped:
    """What ships with the program, by code, as if a site file declared it on line 0."""

    accounts: Mapping[str, DeclaredAccount]
    commodities: Mapping[str, DeclaredCommodity]


@cache
def shipped() -> Shipped:
    """Return the shipped accounts (all outside of any site) and commodities.

    Raises:
        FactorRefused: the installed tables are damaged.
    """
    notes = commodity_notes()
    return Shipped(
        accounts={
            item.code: DeclaredAccount(
                code=item.code,
                outside=True,
                kind=item.kind,
                technology=item.technology,
                treatment=item.treatment,
                names=item.name,
            )
            for item in shipped_outside_accounts()
        },
        commodities={
            item.code: DeclaredCommodity(
                code=item.code,
                kind=item.kind,
                unit=item.unit,
                mass_kg=item.mass_kg,
                names=item.name,
                note=notes.get(item.code, ""),
            )
            for item in shipped_commodities()
        },
    )
