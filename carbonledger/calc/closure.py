"""What closes: for each account and commodity what came in, went out, was used, and is left.

inflow + made = outflow + consumed + stock change + unexplained, exactly, for every account and
month. The view `balance_view` says the same in SQL. Where an account only hands on (a park that
feeds its plants, a main meter before its sub-meters), what did not leave is unexplained: losses,
what has no meter, or a wrong meter. It may be as large as the errors of the meters around it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from math import isqrt
from typing import NamedTuple

from carbonledger.calc.balance import STOCK, of_nature
from carbonledger.calc.model import Account, Books

MAKERS = ("boiler", "chp", "generator")
"""Kinds of accounts that may give more energy than they take, besides those with a technology."""
TRANSFORMED = ("material", "product", "waste")
"""What a process turns into something else: nothing that could be left over."""
OWN_SOURCES = ("fuel", "biofuel", "water")
"""What may come out of a process as a by-product, where it receives none of it."""
NO_MATTER = ("gas", "pollutant", "certificate", "money", "service")
HANDS_ON = "facility"
CLOSED, WITHIN, OUTSIDE, UNDECLARED = "closed", "within", "outside", "undeclared"
OPEN = (OUTSIDE, UNDECLARED)


@dataclass(frozen=True, slots=True)
class Sums:
    """The balance of one commodity in one account, in millionths of its unit.

    Attributes:
        inflow, outflow: what came in and went out.
        made: what was made there.
        consumed: what was used there.
        stock_change: what a stock took in less what it gave.
        unexplained: what is left; negative where more went out than came in.
    """

    inflow: int = 0
    outflow: int = 0
    made: int = 0
    consumed: int = 0
    stock_change: int = 0
    unexplained: int = 0

    def plus(self, other: "Sums") -> "Sums":
        """Return the sums of both."""
        return Sums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


class Cell(NamedTuple):
    """One commodity in one account and month."""

    account: str
    commodity: str
    month: str
    sums: Sums


class Counted(NamedTuple):
    """What one meter counted of a flow; or, where `meter` is "", what records state of it.

    Attributes:
        meter: code.
        source, target, commodity: the flow.
        quantity: millionths of the unit.
        tolerance: limit of the meter's error, per cent of what it counts; None: not declared.
    """

    meter: str
    source: str
    target: str
    commodity: str
    quantity: int
    tolerance: Decimal | None


@dataclass(frozen=True, slots=True)
class Closure:
    """The balance of one commodity in one account over a period, and whether it closes.

    Attributes:
        account, commodity: codes.
        unit: canonical unit.
        sums: the balance.
        tolerance: how much may be unexplained, millionths; None where nobody declared it.
        state: `closed` (nothing is unexplained), `within` or `outside` the tolerance, `undeclared`.
        into, out_of: meters that count what enters and what leaves; ascending.
        bare: meters and records without a limit that keep the tolerance from being known.
    """

    account: str
    commodity: str
    unit: str
    sums: Sums
    tolerance: int | None
    state: str
    into: tuple[str, ...]
    out_of: tuple[str, ...]
    bare: tuple[str, ...]


def cells(books: Books) -> tuple[Cell, ...]:
    """Balance every account inside a site by commodity and month, in order.

    Args:
        books: flows; the more months they hold, the more is known of who hands on what.
    """
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    hands_on, takes = set(), set()
    for flow in books.flows:
        kind = books.commodities[flow.commodity].kind
        if not flow.quantity or kind in NO_MATTER or of_nature(books, flow):
            continue
        takes.add((flow.target, flow.commodity))
        if not books.accounts[flow.target].outside:
            hands_on.add((flow.source, flow.commodity))
        sums[flow.target, flow.commodity, flow.month][0] += flow.quantity
        sums[flow.source, flow.commodity, flow.month][1] += flow.quantity
    found = []
    for (code, what, month), (inflow, outflow) in sorted(sums.items()):
        if books.accounts[code].outside:
            continue
        kind = books.commodities[what].kind
        column = _column(
            books.accounts[code], kind, inflow - outflow,
            hands_on=(code, what) in hands_on, takes=(code, what) in takes,
        )  # fmt: skip
        found.append(Cell(code, what, month, _sums(inflow, outflow, column)))
    return tuple(found)


def _column(account: Account, kind: str, net: int, *, hands_on: bool, takes: bool) -> str:
    """Name the column that the difference of an account belongs to."""
    if account.kind == STOCK:
        return "stock_change"
    if kind in TRANSFORMED:
        return "made" if net < 0 else "consumed"
    makes = account.kind in MAKERS or bool(account.technology)
    if net < 0 and (makes or (kind in OWN_SOURCES and not takes)):
        return "made"
    if net < 0 or (account.kind == HANDS_ON and not account.technology and hands_on):
        return "unexplained"
    return "consumed"


def _sums(inflow: int, outflow: int, column: str) -> Sums:
    net = inflow - outflow
    return Sums(inflow, outflow, **{column: -net if column == "made" else net})


def closures(
    parts: Iterable[Cell],
    counted: Sequence[Counted],
    units: Mapping[str, str],
    accepted: Mapping[str, Decimal],
) -> tuple[Closure, ...]:
    """Judge the balance of each account and commodity over the months of the cells.

    What an account itself accepts holds where it is declared: it covers losses as well as meters.
    Else the limits of the meters around it are combined as the root of the sum of their squares,
    because errors of different meters are independent (JCGM 100:2008, 5.1.2).

    Args:
        parts: cells of the period.
        counted: what meters counted and records stated in the period.
        units: canonical unit of each commodity.
        accepted: largest part of what comes in that may stay unexplained, per cent, by account.
    """
    whole: dict[tuple[str, str], Sums] = defaultdict(Sums)
    for cell in parts:
        whole[cell.account, cell.commodity] = whole[cell.account, cell.commodity].plus(cell.sums)
    around: dict[tuple[str, str], list[Counted]] = defaultdict(list)
    for one in counted:
        around[one.source, one.commodity].append(one)
        around[one.target, one.commodity].append(one)
    return tuple(
        _closure((code, what, units[what]), sums, around[code, what], accepted.get(code))
        for (code, what), sums in sorted(whole.items())
    )


def _closure(
    of: tuple[str, str, str], sums: Sums, around: Sequence[Counted], accepted: Decimal | None
) -> Closure:
    bare = () if accepted is not None else tuple(_bare(around))
    tolerance = _tolerance(sums, around, accepted) if not bare else None
    if not sums.unexplained:
        state = CLOSED
    elif tolerance is None:
        state = UNDECLARED
    else:
        state = WITHIN if abs(sums.unexplained) <= tolerance else OUTSIDE
    return Closure(
        *of, sums, tolerance, state,
        into=_meters(one for one in around if one.target == of[0]),
        out_of=_meters(one for one in around if one.source == of[0]),
        bare=bare,
    )  # fmt: skip


def _meters(around: Iterable[Counted]) -> tuple[str, ...]:
    return tuple(sorted({one.meter for one in around if one.meter}))


def _bare(around: Sequence[Counted]) -> Iterator[str]:
    """Name the meters and records with a quantity and without a limit, in order."""
    names = {
        one.meter or f"{one.source} → {one.target}"
        for one in around
        if one.tolerance is None and one.quantity
    }
    yield from sorted(names)


def _tolerance(sums: Sums, around: Sequence[Counted], accepted: Decimal | None) -> int:
    """Return how much may stay unexplained, rounded down to a millionth."""
    if accepted is not None:
        part = Fraction(accepted) / 100 * abs(sums.inflow + sums.made)
        return part.numerator // part.denominator
    by_meter: dict[str, Fraction] = defaultdict(Fraction)
    for one in around:
        # A meter that was moved errs in one direction throughout: its parts add up.
        by_meter[one.meter] += Fraction(one.tolerance or 0) / 100 * abs(one.quantity)
    squares = sum((limit * limit for limit in by_meter.values()), Fraction(0))
    return isqrt(squares.numerator // squares.denominator)
