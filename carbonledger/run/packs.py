"""Questions about factors and their packs: what would be used, what moved, what is wrong."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from carbonledger.errors import CalculationRefused, FactorRefused
from carbonledger.factors.check import check_pack
from carbonledger.factors.difference import Moved, difference
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.model import Factor, Pack
from carbonledger.factors.ranking import Query
from carbonledger.factors.rules import OWN, Search
from carbonledger.factors.search import Considered, consider, plain_searches, searches_of
from carbonledger.factors.shipping import asked_names, shipped, shipped_pack
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.service import last_batch
from carbonledger.run.held_packs import Held, no_ledger, stated_pack
from carbonledger.run.question import read_factors, read_held, read_method

SHOWN = ("activity", "region", "data_year", "purpose", "gas", "value", "unit", "basis",
         "technology", "page")  # fmt: skip
SHARE = Decimal("0.01")
ORGANISATION, INVENTORY_METHOD = "organisation", "ghg-protocol"
INVENTORY = (ORGANISATION, "heat_supply", "combustion", "mobile", "process")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a factor is searched for, in the user's words.

    Attributes:
        activity: commodity code (a gas for a GWP).
        month: month of the activity, `2023-06`.
        region: ISO 3166 code of the place; "" when it is not set.
        purpose: only for this purpose; "": any; `organisation` is its inventory (see `search`).
        method: the method that searches; "": a search in all packs and regions.
        gas: gas the factor may be of; "": any.
        basis: basis it may have; "": what the method says.
        technology: technology of the supply.
    """

    activity: str
    month: str
    region: str = ""
    purpose: str = ""
    method: str = ""
    gas: str = ""
    basis: str = ""
    technology: str = ""


def search(ledger: Ledger, wanted: Wanted, as_of: int | None = None) -> dict[str, Any]:
    """Say what a calculation would use, and why each other factor is passed over.

    Users say organisation of any figure in its inventory, factors of electricity alone: so the word
    stands for what the method of inventories searches of fuels, heat and processes too.

    Raises:
        CalculationRefused: there is no such method, or no factor of the activity at all.
    """
    with ledger.read() as connection:
        batch = last_batch(connection) if as_of is None else as_of
        factors, waiting = tuple(read_factors(connection, batch)), read_held(connection, batch)
        named = wanted.method or (INVENTORY_METHOD if wanted.purpose == ORGANISATION else "")
        method = read_method(connection, named, batch) if named else None
    loaded = {f"{f.pack}@{f.edition}" for f in factors}
    book = FactorBook(factors, unloaded=asked_names(loaded), held=waiting)
    if not book.known(wanted.activity):
        raise _unknown(wanted, factors)
    there = {row.purpose for row in book.known(wanted.activity)}
    meant = INVENTORY if wanted.purpose == ORGANISATION else (wanted.purpose,)
    purposes = tuple(one for one in meant if one in there) or tuple(filter(None, meant[:1]))
    searches = (
        searches_of(book, method, wanted.activity, purposes)
        if method
        else plain_searches(book, wanted.activity, purposes)
    )
    return {
        "activity": wanted.activity, "region": wanted.region, "month": wanted.month,
        "method": method.key if method else "",
        "searches": [_searched(book, wanted, name, one) for name, one in searches.items()],
    }  # fmt: skip


def _unknown(wanted: Wanted, factors: Iterable[Factor]) -> CalculationRefused:
    from difflib import get_close_matches

    known = sorted({row.activity for row in factors})
    near = get_close_matches(wanted.activity, known, 4, 0.5)
    return CalculationRefused(
        f"the ledger holds no factor of {wanted.activity}",
        code="factor-unknown",
        hint=f"there is {', '.join(near)}" if near else "carbonledger factors list shows all",
    )


def _searched(book: FactorBook, wanted: Wanted, name: str, search: Search) -> dict[str, Any]:
    gases = (wanted.gas,) if wanted.gas else ()
    # A search that takes the technology of the supply itself is asked with the user's.
    query = book.query(search, wanted.activity, wanted.region, wanted.month, gases=gases,
                       technology=wanted.technology)  # fmt: skip
    if wanted.basis:
        query = replace(query, bases=(wanted.basis,))
    judged = consider(book, query)
    return {
        "search": name,
        "clause": search.clause,
        "asked": _asked(query, search),
        "found": [_told(one) for one in judged if not one.reasons],
        "passed_over": [_told(one) for one in judged if one.reasons],
    }


def _asked(query: Query, search: Search) -> dict[str, Any]:
    return {
        "purposes": list(query.purposes), "gases": list(query.gases), "bases": list(query.bases),
        "regions": [code or "anywhere" for code in query.regions], "packs": list(query.packs),
        "technology": query.technology, "own_technology": search.technology == OWN,
        "year": query.year, "year_rule": query.year_rule,
    }  # fmt: skip


def _told(one: Considered) -> dict[str, Any]:
    reasons = [
        {"what": reason.what, "has": reason.has, "wants": list(reason.wants)}
        for reason in one.reasons
    ]
    return {"factor": one.factor.key, "verdict": one.verdict, "reasons": reasons} | {
        name: getattr(one.factor, name) for name in SHOWN
    }


def diff(old: Iterable[Factor], new: Iterable[Factor]) -> dict[str, Any]:
    """Tell what moved between two packs; changes in per cent, rounded to two places."""
    before, after = tuple(old), tuple(new)
    moved = difference(before, after)
    states = [one.state for one in moved]
    gone, changed = states.count("gone"), states.count("changed")
    return {
        "added": states.count("added"), "gone": gone, "changed": changed,
        "unchanged": len(before) - gone - changed,
        "rows": [_moved(one) for one in moved],
    }  # fmt: skip


def _moved(one: Moved) -> dict[str, Any]:
    row = one.new or one.old
    percent = None
    if one.share is not None:
        exact = Decimal(one.share.numerator * 100) / Decimal(one.share.denominator)
        percent = exact.quantize(SHARE)
    return {
        "state": one.state,
        "code": row.code if row else "",
        "old": one.old.value if one.old else None,
        "old_unit": one.old.unit if one.old else None,
        "new": one.new.value if one.new else None,
        "new_unit": one.new.unit if one.new else None,
        "percent": percent,
        "columns": list(one.columns),
    }


def check(names: Iterable[str], held: Held = no_ledger) -> dict[str, Any]:
    """Check packs without loading them; without names, all that ship.

    Args:
        names: folders, names of packs that ship, or of packs that the ledger holds.
        held: gives a pack of the ledger.

    Returns:
        Name, number of rows, confidence and faults of each; `ok` when no pack has a fault.
    """
    packs = [_checked(name, held) for name in tuple(names) or tuple(shipped())]
    return {"ok": not any(one["faults"] for one in packs), "packs": packs}


def _checked(name: str, held: Held) -> dict[str, Any]:
    try:
        pack = stated_pack(name, held)
    except FactorRefused as error:
        if not error.problems:
            raise
        return {"pack": name, "rows": None, "confidence": None,
                "faults": [_fault(fault) for fault in error.problems]}  # fmt: skip
    return {
        "pack": f"{pack.code}@{pack.edition}", "rows": len(pack.factors),
        "confidence": pack.confidence, "faults": [*_same_name(pack), *_of_ledger(name, pack)],
    }  # fmt: skip


def _of_ledger(name: str, pack: Pack) -> Iterator[Mapping[str, Any]]:
    """Yield what a pack of the ledger has of faults; the others were checked when they were read.

    They were good when they were loaded; a later version of the program may see more.
    """
    if name not in shipped() and not Path(name).is_dir():
        yield from map(_fault, check_pack(pack))


def _fault(fault: Any) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in ("file", "line", "column", "text", "reason")}


def _same_name(pack: Pack) -> Iterator[Mapping[str, Any]]:
    """Yield a fault where another pack of this code and edition ships."""
    name = f"{pack.code}@{pack.edition}"
    if name in shipped() and shipped_pack(name).content_hash != pack.content_hash:
        yield {
            "file": "pack.toml", "line": 0, "column": "edition", "text": pack.edition,
            "reason": f"another pack {name} ships; give this one an edition of its own",
        }  # fmt: skip
