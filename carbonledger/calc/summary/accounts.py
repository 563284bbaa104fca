"""What each account took, gave, made and used of a carrier: the balance that closes.

bought + received + own = delivered + sold + consumed + unexplained, for every account, exactly;
so the columns of the table add up, and what one account delivers another receives.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from carbonledger.calc.balance import ENVIRONMENT, throughputs
from carbonledger.calc.figures import share
from carbonledger.calc.model import Books, Figure, Flow, flow_key
from carbonledger.calc.purchases import MAKERS
from carbonledger.calc.summary.tree import Tree
from carbonledger.units import from_micro

COLUMNS = ("bought", "received", "own", "delivered", "sold", "consumed", "unexplained")
PASSES_ON = ("facility",)
"""Kinds of accounts whose own use no meter tells from what is lost on the way."""
FORMULAS = {
    "bought": "Σ flows from beyond the boundary",
    "received": "Σ flows from accounts within the boundary",
    "own": "Σ months in which it gave more than it took, outflow − inflow",
    "delivered": "Σ flows to accounts within the boundary",
    "sold": "Σ flows beyond the boundary",
    "consumed": "Σ months, inflow − outflow",
    "unexplained": "inflow − outflow of an account that passes on, or that gave more than it took",
}


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account, or the sum of all (`account` is ""): figures by name of the column."""

    account: str
    cells: dict[str, Figure]


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """The balance of one commodity.

    Attributes:
        commodity: code.
        unit: its unit.
        rows: accounts in order of their codes; own flows only.
        total: sums of the columns.
        share: unexplained part of what came into the boundary.
    """

    commodity: str
    unit: str
    rows: tuple[AccountRow, ...]
    total: AccountRow
    share: Figure


def account_balance(books: Books, commodity: str, tree: Tree) -> AccountBalance:
    """Balance a carrier over all accounts within the boundary.

    A place that passes on (a facility that delivers to others) has no consumption of its own that
    a meter tells from losses: what does not go on is unexplained. A generator, boiler or stock
    that gives more than it takes makes the difference; with any other account it is unexplained,
    and negative.
    """
    unit = books.commodities[commodity].unit
    sums = _sums(books, commodity)
    codes = sorted({above for code in sums for above in _path(books, code)})
    rows = tuple(_row(code, sums[code], commodity, unit, tree) for code in codes)
    total = _total(rows, commodity, unit, tree)
    part, whole = (
        int(sum(sums[code].micro[name] for code in codes for name in names))
        for names in (("unexplained",), ("bought", "own"))
    )
    ratio = tree.add(
        f"balance:{commodity}:unexplained-share",
        share(part, whole),
        "",
        "unexplained / (bought + own)",
        (total.cells[name].key for name in ("unexplained", "bought", "own")),
    )
    return AccountBalance(commodity, unit, rows, total, ratio)


class _Sums:
    """Columns of one account while they are summed: millionths, and keys of flows."""

    def __init__(self) -> None:
        self.micro: dict[str, int] = defaultdict(int)
        self.keys: dict[str, list[str]] = defaultdict(list)

    def add(self, name: str, quantity: int, keys: Iterable[str]) -> None:
        self.micro[name] += quantity
        self.keys[name] += keys


def _sums(books: Books, commodity: str) -> dict[str, _Sums]:
    sums: dict[str, _Sums] = defaultdict(_Sums)
    for flow in _flows(books, commodity):
        inward, outward = books.inside(flow.target), books.inside(flow.source)
        keys = (flow_key(flow),)
        if inward:
            sums[flow.target].add("received" if outward else "bought", flow.quantity, keys)
        if outward:
            sums[flow.source].add("delivered" if inward else "sold", flow.quantity, keys)
    passing = {code for code, one in sums.items() if one.keys["delivered"]}
    for cell, through in throughputs(books, (books.commodities[commodity].kind,)).items():
        if cell.commodity == commodity:
            name, sign = _use(books, cell.account, through.net, passing)
            sums[cell.account].add(name, sign * through.net, through.inputs)
    return sums


def _path(books: Books, code: str) -> Iterator[str]:
    """Yield an account and those above it within the boundary, so that a reader sees the tree."""
    while books.inside(code):
        yield code
        code = code.rpartition("/")[0]


def _flows(books: Books, commodity: str) -> Iterator[Flow]:
    for flow in books.flows:
        ends = (books.accounts[flow.source].kind, books.accounts[flow.target].kind)
        # Energy out of the environment is the generator's own generation.
        if flow.commodity == commodity and ENVIRONMENT not in ends:
            yield flow


def _use(books: Books, code: str, net: int, passing: set[str]) -> tuple[str, int]:
    """Name the column that the difference of an account belongs to, and its sign there."""
    account = books.accounts[code]
    if account.kind in MAKERS or account.technology:
        return ("own", -1) if net < 0 else ("consumed", 1)
    if net < 0 or (account.kind in PASSES_ON and code in passing):
        return "unexplained", 1
    return "consumed", 1


def _row(code: str, sums: _Sums, commodity: str, unit: str, tree: Tree) -> AccountRow:
    cells = {
        name: tree.add(
            f"balance:{commodity}:{code}:{name}",
            from_micro(sums.micro[name]),
            unit,
            FORMULAS[name],
            sums.keys[name],
        )
        for name in COLUMNS
    }
    return AccountRow(code, cells)


def _total(rows: tuple[AccountRow, ...], commodity: str, unit: str, tree: Tree) -> AccountRow:
    cells = {
        name: tree.add(
            f"balance:{commodity}:{name}",
            sum((row.cells[name].value or Decimal(0) for row in rows), Decimal(0)),
            unit,
            "Σ accounts",
            (row.cells[name].key for row in rows),
        )
        for name in COLUMNS
    }
    return AccountRow("", cells)
