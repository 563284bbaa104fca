"""Emission and energy factors: packs, shipped commodities, methods, look-up.

Modules: `model` (records), `pack` (reading packs), `shipping` (which packs
come with the program), `check` (what is refused), `commodities` (what
a site need not declare), `method` (a standard's rules as data), `lookup` (the factor of an
activity). Names below load their module when they are first used, so that importing the package
costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carbonledger.factors.check import check_pack as check_pack
    from carbonledger.factors.commodities import commodity_notes as commodity_notes
    from carbonledger.factors.commodities import shipped_commodities as shipped_commodities
    from carbonledger.factors.commodities import (
        shipped_outside_accounts as shipped_outside_accounts,
    )
    from carbonledger.factors.pack import content_hash as content_hash
    from carbonledger.factors.pack import load_pack as load_pack
    from carbonledger.factors.page import pack_page as pack_page
    from carbonledger.factors.shipping import shipped_packs as shipped_packs

HOMES = {
    "check_pack": "check",
    "commodity_notes": "commodities",
    "shipped_commodities": "commodities",
    "shipped_outside_accounts": "commodities",
    "content_hash": "pack",
    "load_pack": "pack",
    "shipped_packs": "shipping",
    "pack_page": "page",
}


def __getattr__(name: str) -> object:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
