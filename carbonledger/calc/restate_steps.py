"""The steps from old figures to new ones: which inputs are old and which are new at each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from carbonledger.calc.figures import Remark
from carbonledger.calc.footprint import footprint
from carbonledger.calc.footprint_records import FootprintResult
from carbonledger.calc.inventory import inventory
from carbonledger.calc.model import Books, EmissionLine
from carbonledger.calc.product import product_input
from carbonledger.calc.restated import Cell, Masses, Stage
from carbonledger.errors import Refusal
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.model import Factor, Held
from carbonledger.factors.rules import Method

GWP = "gwp"
PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that figures are computed from.

    Attributes:
        books: accounts, commodities and flows.
        method: the rules.
        factors: every factor that may be used.
        held: packs that are not published; a miss names what of them would fit.
    """

    books: Books
    method: Method
    factors: tuple[Factor, ...]
    held: tuple[Held, ...] = field(default=(), compare=False)


Compute = Callable[[Books, Method, FactorBook], Masses]


class Steps(NamedTuple):
    """The figures step by step.

    Attributes:
        before: the old figures, computed again.
        stages: the figures after each substitution.
        remarks: steps that cannot be made by themselves.
    """

    before: Masses
    stages: tuple[Stage, ...]
    remarks: tuple[Remark, ...]


def steps(old: Inputs, structure: Books, new: Inputs, compute: Compute) -> Steps:
    """Compute the figures from the old inputs, after each substitution, and from the new ones.

    Where a step needs a factor that the old packs do not hold (a fuel that was never burnt
    before), the new one is taken: what is new with its own factor is no change of a factor. A
    step that cannot be computed at all changes nothing, and what it would have changed is part of
    the next one; a remark says so.

    Args:
        old: what the old figures rest on.
        structure: the books with the new accounts, meters and boundary, and else the old entries.
        new: what the new figures rest on.
        compute: the calculation.

    Raises:
        Refusal: the old or the new figures themselves cannot be computed.
    """
    before = compute(old.books, old.method, FactorBook(old.factors, held=old.held))
    known, made, remarks = before, old, []
    stages: list[Stage] = []
    for cause, inputs in _substituted(old, structure, new):
        if inputs != made:
            last = inputs == new
            spare = () if last else new.factors
            try:
                book = FactorBook(inputs.factors, spare=spare, held=inputs.held)
                known = compute(inputs.books, inputs.method, book)
            except Refusal as refusal:
                if last:
                    raise
                remarks.append(_not_alone(cause, refusal))
            made = inputs
        stages.append(Stage(cause, known))
    return Steps(before, tuple(stages), tuple(remarks))


def _substituted(old: Inputs, structure: Books, new: Inputs) -> Iterator[tuple[str, Inputs]]:
    """Yield the inputs after each substitution, in the order of the causes; the last are new."""
    inputs = replace(old, books=structure, held=new.held)
    yield "structure", inputs
    inputs = replace(inputs, books=new.books)
    yield "activity", inputs
    inputs = replace(inputs, method=_rules(old.method, new.method))
    yield "method", inputs
    inputs = replace(inputs, factors=(*_but(new.factors, GWP), *_only(old.factors, GWP)))
    yield "factor", replace(inputs, factors=_as_either(inputs.factors, old.factors, new.factors))
    yield "gwp", new


def _rules(old: Method, new: Method) -> Method:
    """Return the new rules with the old GWP set, where both count by one."""
    return replace(new, gwp_set=old.gwp_set) if old.gwp_set and new.gwp_set else new


def _but(factors: Iterable[Factor], purpose: str) -> tuple[Factor, ...]:
    return tuple(one for one in factors if one.purpose != purpose)


def _only(factors: Iterable[Factor], purpose: str) -> tuple[Factor, ...]:
    return tuple(one for one in factors if one.purpose == purpose)


def _as_either(found: tuple[Factor, ...], *others: tuple[Factor, ...]) -> tuple[Factor, ...]:
    """Return a set of factors in the order of the one that it is the same as, so that it shows."""
    wanted = frozenset(found)
    return next((other for other in others if frozenset(other) == wanted), found)


def _not_alone(cause: str, refusal: Refusal) -> Remark:
    return Remark(
        f"{cause} cannot be computed by itself ({refusal.message}): its change is contained in "
        "the next cause",
        f"{cause} 无法单独计算（{refusal.message}）：其变化计入下一个原因",
    )


def inventory_masses(books: Books, method: Method, factors: FactorBook) -> Masses:
    """Compute an inventory and return its masses by cell."""
    return line_masses(inventory(books, method, factors).lines)


def line_masses(lines: Sequence[EmissionLine]) -> Masses:
    """Sum emission lines by scope, account and month."""
    return summed((Cell(one.scope, one.account, one.month, ""), one.co2e_mg) for one in lines)


def summed(masses: Iterable[tuple[Cell, int]]) -> Masses:
    """Sum masses of the same cell."""
    found: dict[Cell, int] = {}
    for cell, mass in masses:
        found[cell] = found.get(cell, 0) + mass
    return found


def footprint_masses(books: Books, method: Method, factors: FactorBook) -> Masses:
    """Compute footprints and return what each product, and what no product, carries."""
    given = product_input(books, method, factors)
    return product_masses(footprint(given.books, given.direct, given.upstream, explain=False))


def product_masses(made: FootprintResult) -> Masses:
    """Return the milligrams that left the boundary with each product or found none."""
    sold = (*made.products, *made.exported)
    left = ((Cell(PRODUCT, one.account, "", one.commodity), one.co2e_mg) for one in sold)
    # What a stock holds of a commodity found no product either.
    kept = ((Cell(PRODUCT, one.account, "", ""), one.co2e_mg) for one in made.unallocated)
    return summed((*left, *kept))
