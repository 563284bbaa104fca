"""Electricity by origin, month by month: own renewable generation, certificates, the rest."""

from collections import defaultdict
from dataclasses import dataclass

from carbonledger.calc.balance import of_kind, supply_keys
from carbonledger.calc.certificates import without_attributes
from carbonledger.calc.inventory import InventoryResult
from carbonledger.calc.model import Books, Figure
from carbonledger.calc.summary.tree import Tree
from carbonledger.calc.supply import supplies
from carbonledger.factors.rules import Method
from carbonledger.units import from_micro

PARTS = ("own", "certificates", "rest")
FORMULAS = {
    "own": "consumption of own renewable generation and direct supply",
    "certificates": "bought electricity that certificates cover",
    "rest": "electricity consumed − own − certificates",
}


@dataclass(frozen=True, slots=True)
class OriginRow:
    """Electricity of a month (`month` is "" for the period) by part, kWh."""

    month: str
    parts: dict[str, Figure]


@dataclass(frozen=True, slots=True)
class Origins:
    """Electricity by origin over the months, and over the period."""

    months: tuple[OriginRow, ...]
    total: OriginRow


def origins(books: Books, method: Method, made: InventoryResult, tree: Tree) -> Origins:
    """Sort the electricity consumed in each month by where it came from.

    Args:
        books: flows of the whole site.
        method: for the technologies that are renewable.
        made: inventory of the same books, for the certificates claimed.
        tree: takes the figures.
    """
    sums: dict[str, dict[str, int]] = {month: defaultdict(int) for month in books.months}
    for commodity in of_kind(books, "electricity"):
        supplied = supplies(books, commodity)
        lost = without_attributes(books, supplied, method.renewable)
        for one in supplied:
            if not books.inside(one.account) or one.resold:
                continue
            month = sums[one.month]
            month["rest"] += one.quantity
            if books.accounts[one.origin].technology in method.renewable:
                month["own"] += one.quantity - lost.get(one, 0)
    for (_, _, name), covered in made.bought.covered.items():
        sums[name]["certificates"] += covered
    for month in sums.values():
        month["rest"] -= month["own"] + month["certificates"]
    rows = tuple(_month(books, name, month, tree) for name, month in sums.items())
    return Origins(rows, _total(rows, sums, tree))


def _month(books: Books, name: str, month: dict[str, int], tree: Tree) -> OriginRow:
    codes = of_kind(books, "electricity")
    flows = [key for code in codes for key in supply_keys(books, code, name)]
    parts = {
        part: tree.add(
            f"origin:{part}:{name}", from_micro(month[part]), "kWh", FORMULAS[part],
            ("certificates", *flows) if part == "certificates" else flows,
        )
        for part in PARTS
    }  # fmt: skip
    return OriginRow(name, parts)


def _total(rows: tuple[OriginRow, ...], sums: dict[str, dict[str, int]], tree: Tree) -> OriginRow:
    parts = {
        part: tree.add(
            f"origin:{part}",
            from_micro(sum(month[part] for month in sums.values())),
            "kWh",
            "Σ months",
            (row.parts[part].key for row in rows),
        )
        for part in PARTS
    }
    return OriginRow("", parts)
