"""What a site has measured itself of fuels and processes: what holds at a place, in a month.

They are factors of the pack `site-properties`, one edition for each statement of a site. In the
column region stands the account that the statement holds for, with all below it.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.model import Factor

PACK = "site-properties"
DRY = "dry"
"""Technology of a value that is per unit of dry fuel."""
NCV, GCV = "net_calorific_value", "gross_calorific_value"
CARBON, OXIDATION = "carbon_content", "oxidation"
DENSITY, MOISTURE = "density", "moisture"
PROCESS = "process"
CALORIFIC_VALUES = {"ncv": NCV, "gcv": GCV}


def stated(book: FactorBook, place: str, activity: str, month: str, purpose: str) -> Factor | None:
    """Find what the site states of a fuel: for the account, else for the nearest above it.

    Args:
        book: the factors.
        place: account code.
        activity: commodity code.
        month: local month, `2024-03`.
        purpose: which property.
    """
    rows = [one for one in book.of_pack(activity, PACK) if one.purpose == purpose]
    return next(_held(rows, place, month), None)


def stated_processes(
    book: FactorBook, place: str, activity: str, month: str, basis: str
) -> tuple[Factor, ...]:
    """Find the process factors that the site states, of every gas the one of the nearest account.

    Args:
        book: the factors.
        place: account code.
        activity: commodity code.
        month: local month, `2024-03`.
        basis: `output` or `input`.
    """
    rows = [one for one in book.of_pack(activity, PACK)
            if one.purpose == PROCESS and one.basis == basis]  # fmt: skip
    nearest: dict[str, Factor] = {}
    for one in _held(rows, place, month):
        nearest.setdefault(one.gas, one)
    return tuple(nearest.values())


def _held(rows: list[Factor], place: str, month: str) -> Iterator[Factor]:
    """Yield the rows that hold for an account and month, the nearest account first."""
    day = date(int(month[:4]), int(month[5:]), 1)
    for account in _upwards(place) if rows else ():
        for one in rows:
            if one.region == account and (one.valid_from or day) <= day <= (one.valid_to or day):
                yield one


def in_force(factors: Iterable[Factor], packs: Iterable[str]) -> Iterator[Factor]:
    """Leave out what a later statement of the same site has replaced.

    Args:
        factors: all factors.
        packs: names of all packs that are posted, `site-properties@park-2`; a statement may hold
            nothing.
    """
    last: dict[str, int] = {}
    for name in packs:
        code, _, edition = name.partition("@")
        site, _, number = edition.rpartition("-")
        if code == PACK:
            last[site] = max(last.get(site, 0), int(number))
    for one in factors:
        site, _, number = one.edition.rpartition("-")
        if one.pack != PACK or int(number) == last[site]:
            yield one


def _upwards(place: str) -> Iterator[str]:
    while place:
        yield place
        place = place.rpartition("/")[0]
