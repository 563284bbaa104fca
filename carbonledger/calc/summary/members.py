"""The members of a park, what they share, and the park as their sum."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from carbonledger.calc.balance import (
    CARRIERS,
    FUELS,
    crossing_keys,
    of_kind,
    supply_keys,
    throughputs,
)
from carbonledger.calc.energy import EnergyResult, energy
from carbonledger.calc.figures import exact
from carbonledger.calc.inventory import InventoryResult
from carbonledger.calc.model import Books, Figure, within
from carbonledger.calc.summary.tree import NINE, Tree
from carbonledger.errors import FactorNotFound
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.rules import Method
from carbonledger.units import ratio

SHARED = "shared"
COLUMNS = ("electricity", "heat", "energy", "direct", "indirect", "total")


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member, what is shared (`account` is `shared`), or the park: figures by column."""

    account: str
    cells: dict[str, Figure]


@dataclass(frozen=True, slots=True)
class MemberSums:
    """Members in order of their codes, what is shared, and the park."""

    rows: tuple[MemberRow, ...]
    shared: MemberRow
    park: MemberRow


@dataclass(frozen=True, slots=True)
class _Sum:
    """A column for all rows.

    Attributes:
        units: whole units by row.
        places: decimal places from these units to `unit`.
        unit: unit of the figures.
        formula: how they come about.
        keys: keys of what they are summed from, by row.
        reason: why the rows have no value of their own, only the park has; else "".
    """

    units: dict[str, int]
    places: int
    unit: str
    formula: str
    keys: dict[str, list[str]]
    reason: str = ""


def member_sums(
    books: Books, method: Method, book: FactorBook, *,
    used: EnergyResult, made: InventoryResult, tree: Tree,
) -> MemberSums | None:  # fmt: skip
    """Divide consumption and emissions of a park over its members.

    Every account belongs to one member or to what is shared, so the park is the sum of its rows
    to the last digit; what one member sells to another lies within the park and cancels. Energy
    of a member is that of its own boundary (steam of the park's boiler is energy it bought); the
    rest, losses of the boiler among it, is shared.

    Returns:
        None when nothing below the boundary is a member (a facility that is its direct child).
    """
    members = sorted(
        code
        for code, account in books.accounts.items()
        if account.kind == "facility" and code.rpartition("/")[0] == books.boundary
    )
    if not members:
        return None
    columns = _columns(books, method, made, _row_of(members))
    columns["energy"] = _energy(books, method, book, used, members)
    park = _row("park", columns, tree, total=True)
    rows = tuple(_row(code, columns, tree) for code in members)
    return MemberSums(rows, _row(SHARED, columns, tree), park)


def _row_of(members: list[str]) -> Callable[[str], str]:
    def row_of(account: str) -> str:
        owners = (code for code in members if within(account, code))
        return next(owners, SHARED)

    return row_of


def _columns(
    books: Books, method: Method, made: InventoryResult, row_of: Callable[[str], str]
) -> dict[str, _Sum]:
    counted = method.park.total if method.park else ()
    indirect = tuple(scope for scope in counted if scope != "1")
    return {
        "electricity": _consumed(books, "electricity", "kWh", row_of),
        "heat": _consumed(books, "heat", "GJ", row_of),
        "direct": _emitted(made, ("1",), row_of),
        "indirect": _emitted(made, indirect, row_of),
        "total": _emitted(made, ("1", *indirect), row_of),
    }


def _consumed(books: Books, kind: str, unit: str, row_of: Callable[[str], str]) -> _Sum:
    units: dict[str, int] = defaultdict(int)
    keys: dict[str, list[str]] = defaultdict(list)
    for cell, through in throughputs(books, (kind,)).items():
        # What gives more than it takes has made the difference: it is consumed elsewhere.
        if through.net > 0:
            scale = ratio(books.commodities[cell.commodity].unit, unit)
            units[row_of(cell.account)] += int(through.net * scale)
            keys[row_of(cell.account)] += through.inputs
    formula = f"Σ accounts and months, inflow − outflow of {kind}"
    return _Sum(units, 6, unit, formula, keys)


def _emitted(made: InventoryResult, scopes: tuple[str, ...], row_of: Callable[[str], str]) -> _Sum:
    units: dict[str, int] = defaultdict(int)
    keys: dict[str, list[str]] = defaultdict(list)
    for number, line in enumerate(made.lines, 1):
        if line.scope in scopes:
            units[row_of(line.account)] += line.co2e_mg
            keys[row_of(line.account)].append(f"line:{number}")
    return _Sum(units, NINE, "t", f"Σ lines of scopes {', '.join(scopes)}", keys)


def _energy(
    books: Books, method: Method, book: FactorBook, used: EnergyResult, members: list[str]
) -> _Sum:
    basis = used.primary
    formula = f"energy consumption at {basis} value; shared: park − Σ members"
    whole = used.coal_mg(basis)
    try:
        units = {
            code: energy(replace(books, boundary=code), method, book).coal_mg(basis)
            for code in members
        }
    except FactorNotFound as missing:
        # Within the park a carrier may flow that the park itself neither buys nor sells.
        reason = "; ".join(fault.reason for fault in missing.problems) or missing.message
        return _Sum({SHARED: whole}, NINE, "tce", formula, defaultdict(list), reason)
    units[SHARED] = whole - sum(units.values())
    keys = {code: list(_touching(books, code)) for code in members}
    keys[SHARED] = [f"tce-{basis}", *(f"member:{code}:energy" for code in members)]
    return _Sum(units, NINE, "tce", formula, keys)


def _touching(books: Books, member: str) -> Iterator[str]:
    """Name the flows of energy that cross the boundary of a member, or that it made itself."""
    own = replace(books, boundary=member)
    for kinds, keys in ((CARRIERS, supply_keys), (FUELS, crossing_keys)):
        for code in of_kind(books, *kinds):
            for month in books.months:
                yield from keys(own, code, month)


def _row(account: str, columns: dict[str, _Sum], tree: Tree, *, total: bool = False) -> MemberRow:
    cells = {}
    for name in COLUMNS:
        column = columns[name]
        value = sum(column.units.values()) if total else column.units.get(account, 0)
        known = total or not column.reason
        inputs = (
            [f"member:{code}:{name}" for code in column.units if known and not column.reason]
            if total
            else column.keys.get(account, [])
        )
        cells[name] = tree.add(
            f"member:{account}:{name}",
            exact(value, column.places) if known else None,
            column.unit,
            "Σ members + shared" if total else column.formula,
            inputs,
            reason="" if known else column.reason,
        )
    return MemberRow(account, cells)
