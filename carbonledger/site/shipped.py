"""Accounts and commodities that every ledger has without a site file naming them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from carbonledger.site.accounts import read_account
from carbonledger.site.commodities import read_commodity
from carbonledger.site.declared import DeclaredAccount, DeclaredCommodity
from carbonledger.site.fields import Section, Source

FILE = "shipped.toml"


@dataclass(frozen=True, slots=True)
class Shipped:
    """What ships with the program, by code."""

    accounts: Mapping[str, DeclaredAccount]
    commodities: Mapping[str, DeclaredCommodity]


@cache
def shipped() -> Shipped:
    """Return the shipped accounts (all outside of any site) and commodities.

    Raises:
        ValueError: the shipped file is at fault: a fault of the program.
    """
    text = (files(__package__) / FILE).read_text("utf-8")
    document = Section(Source(FILE, {}, []), (), tomllib.loads(text))
    accounts = [read_account(item, "", {}) for item in document.sections("account")]
    commodities = [read_commodity(item, {}) for item in document.sections("commodity")]
    if document.source.faults:
        raise ValueError(f"{FILE}: {document.source.faults}")
    return Shipped({a.code: a for a in accounts}, {c.code: c for c in commodities})
