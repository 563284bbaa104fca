"""Pollutants given off to air and water, in pollution equivalents (污染当量).

Environmental Protection Tax Law (China), article 8 and annex 2: the number of equivalents is the
mass emitted over the mass that is one equivalent, pollutant by pollutant and medium by medium.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from carbonledger.calc.balance import ENVIRONMENT
from carbonledger.calc.figures import rounded
from carbonledger.calc.model import Account, Books
from carbonledger.errors import FactorNotFound
from carbonledger.factors.lookup import FactorBook, Query
from carbonledger.factors.regions import chain
from carbonledger.units import from_micro, ratio, split_ratio

POLLUTANT, PURPOSE = "pollutant", "pollution_equivalent"
MEDIA = {"air": "air", "waterbody": "water", "water": "water"}
"""Medium by the technology, or else the code, of an outside account of the kind environment."""


@dataclass(frozen=True, slots=True)
class Pollution:
    """A pollutant that one account gave off to one medium.

    Attributes:
        account: where it came from.
        pollutant: commodity code.
        medium: `air`, `water`, or "" where the outside account tells neither.
        quantity: what was given off, in the unit of the pollutant.
        unit: that unit.
        equivalents: pollution equivalents; None where no loaded pack has the pollutant.
        factor: key of the factor, "" where there is none.
    """

    account: str
    pollutant: str
    medium: str
    quantity: Decimal
    unit: str
    equivalents: Decimal | None
    factor: str


def pollution(books: Books, book: FactorBook) -> tuple[Pollution, ...]:
    """Sum pollutants to the environment by account, pollutant and medium, in equivalents.

    Within an account and medium the largest number of equivalents comes first, the order in which
    the law takes pollutants of an outlet into account; those without a factor come last.

    Args:
        books: flows of the whole site.
        book: the factors.

    Raises:
        FactorRefused: two factors fit equally well.
    """
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for account, pollutant, medium, quantity in _given_off(books):
        sums[account, pollutant, medium] += quantity
    rows = (_row(books, book, key, quantity) for key, quantity in sums.items() if quantity)
    return tuple(sorted(rows, key=_order))


def pollution_answer(rows: Iterable[Pollution]) -> list[dict[str, object]]:
    """Write the pollutants as programs read them."""
    return [
        {
            "account": one.account,
            "pollutant": one.pollutant,
            "medium": one.medium or None,
            "quantity": one.quantity,
            "unit": one.unit,
            "equivalents": one.equivalents,
            "factor": one.factor or None,
        }
        for one in rows
    ]


def _given_off(books: Books) -> Iterator[tuple[str, str, str, int]]:
    for flow in books.flows:
        if books.commodities[flow.commodity].kind != POLLUTANT:
            continue
        for inner, outer, sign in ((flow.source, flow.target, 1), (flow.target, flow.source, -1)):
            place = books.accounts[outer]
            if books.inside(inner) and place.kind == ENVIRONMENT:
                yield inner, flow.commodity, _medium(place), sign * flow.quantity


def _medium(place: Account) -> str:
    return MEDIA.get(place.technology) or MEDIA.get(place.code, "")


def _row(books: Books, book: FactorBook, key: tuple[str, str, str], quantity: int) -> Pollution:
    account, pollutant, medium = key
    unit = books.commodities[pollutant].unit
    year, month = map(int, books.months[-1].split("-"))
    regions = chain(books.accounts[account].region, ("province", "nation"), book.regions)
    query = Query(
        pollutant, regions, year, (PURPOSE,), date(year, month, 1), technology=medium or "unknown"
    )
    try:
        found = book.find(query).factor
    except FactorNotFound:
        return Pollution(account, pollutant, medium, from_micro(quantity), unit, None, "")
    mass = split_ratio(found.unit)[0].symbol
    count = Fraction(quantity, 10**6) * ratio(unit, mass) / Fraction(found.value)
    return Pollution(
        account, pollutant, medium, from_micro(quantity), unit, rounded(count), found.key
    )


def _order(one: Pollution) -> tuple[str, str, bool, Decimal, str]:
    missing = one.equivalents is None
    return (one.account, one.medium, missing, -(one.equivalents or Decimal(0)), one.pollutant)
