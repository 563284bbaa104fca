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
from carbonledger.calc.figures import NOTHING, Remark, rounded, unique
from carbonledger.calc.model import Account, Books, flow_key
from carbonledger.errors import FactorNotFound
from carbonledger.factors.lookup import FactorBook, Query
from carbonledger.factors.regions import chain
from carbonledger.units import from_micro, ratio, split_ratio

POLLUTANT, PURPOSE = "pollutant", "pollution_equivalent"
PACK = "cn-pollution-equivalents"
"""Code of the pack that ships with the annex of the law."""
Key = tuple[str, str, str]
"""Account, pollutant, medium."""
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
        reason: why there are no equivalents.
        flows: keys of the flows it was summed from.
    """

    account: str
    pollutant: str
    medium: str
    quantity: Decimal
    unit: str
    equivalents: Decimal | None
    factor: str
    reason: Remark = NOTHING
    flows: tuple[str, ...] = ()


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
    sums: dict[Key, int] = defaultdict(int)
    flows: dict[Key, list[str]] = defaultdict(list)
    for key, flow, quantity in _given_off(books):
        sums[key] += quantity
        flows[key].append(flow)
    rows = (
        _row(books, book, key, quantity, unique(flows[key]))
        for key, quantity in sums.items()
        if quantity
    )
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
            "reason": one.reason.en or None,
            "reason_zh": one.reason.zh or None,
        }
        for one in rows
    ]


def _given_off(books: Books) -> Iterator[tuple[Key, str, int]]:
    for flow in books.flows:
        if books.commodities[flow.commodity].kind != POLLUTANT:
            continue
        for inner, outer, sign in ((flow.source, flow.target, 1), (flow.target, flow.source, -1)):
            place = books.accounts[outer]
            if books.inside(inner) and place.kind == ENVIRONMENT:
                key = (inner, flow.commodity, _medium(place))
                yield key, flow_key(flow), sign * flow.quantity


def _medium(place: Account) -> str:
    return MEDIA.get(place.technology) or MEDIA.get(place.code, "")


def _row(
    books: Books, book: FactorBook, key: Key, quantity: int, flows: tuple[str, ...]
) -> Pollution:
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
        why = _missing(book, pollutant, medium)
        return Pollution(*key, from_micro(quantity), unit, None, "", why, flows)
    mass = split_ratio(found.unit)[0].symbol
    count = Fraction(quantity, 10**6) * ratio(unit, mass) / Fraction(found.value)
    return Pollution(*key, from_micro(quantity), unit, rounded(count), found.key, flows=flows)


def _missing(book: FactorBook, pollutant: str, medium: str) -> Remark:
    """Say why a pollutant has no equivalents, and what to load where a pack that ships has some."""
    if not medium:
        return Remark("its outside account tells no medium", "外部账户未说明排入大气或水体")
    law = [name for name in book.unloaded if name.partition("@")[0] == PACK]
    if law:
        load = f"carbonledger factors load {law[-1]}"
        return Remark(f"not in the ledger: {load}", f"账本中没有：{load}")
    return Remark(
        f"no pack in the ledger has an equivalent of {pollutant} in {medium}",
        f"账本中的因子包没有 {pollutant} 的当量值",
    )


def _order(one: Pollution) -> tuple[str, str, bool, Decimal, str]:
    missing = one.equivalents is None
    return (one.account, one.medium, missing, -(one.equivalents or Decimal(0)), one.pollutant)
