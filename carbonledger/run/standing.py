"""How far a summary may be relied on: what has not arrived for it, and which balances are open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import sqlalchemy as sa

from carbonledger.calc.closure import OPEN, Closure
from carbonledger.calc.expectation import Missing, emitted, rates
from carbonledger.calc.figures import rounded, tonnes
from carbonledger.calc.inventory import InventoryResult
from carbonledger.calc.model import Figure, Flow, flow_key
from carbonledger.calc.summary.tree import Tree
from carbonledger.run.closure import closed, worth_telling
from carbonledger.run.completeness import commodity_of, concerns, crosses, missing_in
from carbonledger.run.question import Material
from carbonledger.units import from_micro

COLUMNS = ("inflow", "made", "outflow", "consumed", "stock_change", "unexplained")
FORMULAS = {
    "inflow": "Σ flows to the account",
    "made": "Σ months in which it gave more than it took, of who may make it",
    "outflow": "Σ flows from the account",
    "consumed": "Σ months, inflow − outflow",
    "stock_change": "inflow − outflow of a stock",
    "unexplained": "inflow + made − outflow − consumed − stock change",
}
NO_HISTORY = "nothing of the kind was ever counted"
NO_RATE = "the inventory has no line of it"


@dataclass(frozen=True, slots=True)
class MissingFacts:
    """What has not arrived, with figures of its range.

    Attributes:
        missing: what it is.
        commodity: code of what is missing.
        affects: `total`: the flow crosses the boundary of the site; `shares`: it stays within.
        figures: `low`, `high` in the commodity's unit, `low_t`, `high_t` in t CO2 equivalent.
    """

    missing: Missing
    commodity: str
    affects: str
    figures: dict[str, Figure]


@dataclass(frozen=True, slots=True)
class ClosureFacts:
    """A balance with its figures: the columns, `share` of inflow, `tolerance`."""

    closure: Closure
    figures: dict[str, Figure]


@dataclass(frozen=True, slots=True)
class Standing:
    """What must be known before a summary is final.

    Attributes:
        expectations: how many expectations concern the boundary.
        missing: what has not arrived of the periods that overlap the period of the summary.
        closures: balances that hand on, store, or do not close.
        others: how many more balances there are, in which all was used or made there.
    """

    expectations: int
    missing: tuple[MissingFacts, ...]
    closures: tuple[ClosureFacts, ...]
    others: int

    @property
    def open(self) -> tuple[Closure, ...]:
        """The balances that are not within a tolerance."""
        return tuple(one.closure for one in self.closures if one.closure.state in OPEN)


def standing(
    connection: sa.Connection, material: Material, made: InventoryResult, tree: Tree
) -> Standing:
    """Tell how far a summary may be relied on.

    Args:
        connection: connection to the ledger.
        material: what the summary was computed from.
        made: its inventory; what is missing is converted by the factors of its lines.
        tree: takes the figures.
    """
    state, books, as_of = material.state, material.books, material.as_of
    boundary, months = material.question.boundary, books.months
    rated = rates(made.lines)
    gone = missing_in(connection, state, as_of, (months[0], months[-1]), boundary)
    found = [one for one in closed(connection, state, as_of, months) if books.inside(one.account)]
    told = [one for one in found if worth_telling(one)]
    return Standing(
        expectations=sum(concerns(one, state, boundary) for one in state.expectations.values()),
        missing=tuple(_missing(one, material, rated, tree) for one in gone),
        closures=tuple(_closure(one, books.flows, tree) for one in told),
        others=len(found) - len(told),
    )


def _missing(
    one: Missing, material: Material, rated: Mapping[tuple[str, str], Fraction], tree: Tree
) -> MissingFacts:
    state, wanted = material.state, one.expectation
    good = commodity_of(wanted, state)
    rate, name = rated.get((good, one.unit)), f"missing:{wanted.code}:{one.first}"
    figures = {}
    for side, amount in (("low", one.low), ("high", one.high)):
        of = f"{'5th' if side == 'low' else '95th'} percentile of {one.comparable} comparable"
        figures[side] = tree.add(
            f"{name}:{side}", None if amount is None else from_micro(amount), one.unit,
            f"{of}, for {rounded(one.days, 3):f} days", reason="" if one.comparable else NO_HISTORY,
        )  # fmt: skip
        mass = emitted(amount, rate)
        figures[f"{side}_t"] = tree.add(
            f"{name}:{side}-t", None if mass is None else tonnes(mass), "t",
            "amount × emissions per unit of the inventory", (figures[side].key,),
            reason=NO_HISTORY if amount is None else NO_RATE if rate is None else "",
        )  # fmt: skip
    return MissingFacts(one, good, "total" if crosses(wanted, state) else "shares", figures)


def _closure(one: Closure, flows: Iterable[Flow], tree: Tree) -> ClosureFacts:
    name = f"closure:{one.commodity}:{one.account}"
    own = [flow for flow in flows if flow.commodity == one.commodity]
    inputs = {
        "inflow": [flow_key(flow) for flow in own if flow.target == one.account],
        "outflow": [flow_key(flow) for flow in own if flow.source == one.account],
        "unexplained": [f"{name}:{column}" for column in COLUMNS[:-1]],
    }
    figures = {
        column: tree.add(
            f"{name}:{column}", from_micro(getattr(one.sums, column)), one.unit, FORMULAS[column],
            inputs.get(column, (f"{name}:inflow", f"{name}:outflow") if column != "inflow" else ()),
        )
        for column in ("inflow", "outflow", "made", "consumed", "stock_change", "unexplained")
    }  # fmt: skip
    sums = one.sums
    figures["share"] = tree.add(
        f"{name}:share", _share(sums.unexplained, sums.inflow), "", "unexplained / inflow",
        (f"{name}:unexplained", f"{name}:inflow"), reason="" if sums.inflow else "nothing came in",
    )  # fmt: skip
    limit = None if one.tolerance is None else from_micro(one.tolerance)
    figures["tolerance"] = tree.add(
        f"{name}:tolerance", limit, one.unit,
        "what the account accepts, or √Σ (limit × quantity)² of the meters around it",
        reason=f"no limit is declared for {', '.join(one.bare)}" if one.bare else "",
    )  # fmt: skip
    return ClosureFacts(one, figures)


def _share(part: int, whole: int) -> Decimal | None:
    return rounded(Fraction(part, whole)) if whole else None
