"""What changed between two computations of the same figures, cause by cause, to the milligram.

Stepwise substitution: one kind of input after the other is replaced by its new state, in a stated
order, and what each step changes is put down to that cause. Every step is a full calculation that
can be made by itself, and the steps add up to the whole change because each begins where the one
before it ended; nothing is left over and nothing is shared out by a key. What two causes change
together falls to the later one. Why so, and not an average over all orders: docs/decisions/0035.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from carbonledger.calc.figures import rounded

CAUSES = ("program", "structure", "activity", "method", "factor", "gwp")
"""In the order of substitution."""
TOTALS: dict[str, tuple[str, ...]] = {
    "location": ("1", "2_location", "3"),
    "market": ("1", "2_market", "3"),
    "biogenic": ("biogenic",),
    "product": ("product",),
}
"""Scopes that each total is the sum of; biogenic CO2 stands apart (GHG Protocol, ch. 9)."""
PERCENT_PLACES = 3


class Cell(NamedTuple):
    """Where a mass belongs.

    Attributes:
        scope: of an emission line; `product` for what a product, or none, carries.
        account: where it took place; of a product the account it left.
        month: local month; "" for products, which are computed over the whole period.
        product: code of the product; "" for lines, and for burdens that found no product.
    """

    scope: str
    account: str
    month: str
    product: str


Masses = Mapping[Cell, int]
"""Milligrams of CO2 equivalent; a cell that is not there is zero."""


class Stage(NamedTuple):
    """The figures once a cause has been substituted, and those before it."""

    cause: str
    masses: Masses


class Change(NamedTuple):
    """What one cause changed in one cell, in milligrams of CO2 equivalent; never zero."""

    cause: str
    cell: Cell
    change_mg: int


class Row(NamedTuple):
    """Old and new mass of something, and what each cause changed of it, in milligrams."""

    key: tuple[str, ...]
    old_mg: int
    new_mg: int
    by_cause: Mapping[str, int]

    @property
    def change_mg(self) -> int:
        """New less old: the sum over the causes."""
        return self.new_mg - self.old_mg


def changes(before: Masses, stages: Sequence[Stage]) -> tuple[Change, ...]:
    """Put down to each cause what its step changed.

    Args:
        before: the old figures.
        stages: the figures after each substitution, in order; the last ones are the new figures.

    Returns:
        The changes in the order of the stages, then by cell; over a cell they add up to its new
        mass less its old one.
    """
    found: list[Change] = []
    known = before
    for cause, masses in stages:
        for cell in sorted({*known, *masses}):
            step = masses.get(cell, 0) - known.get(cell, 0)
            if step:
                found.append(Change(cause, cell, step))
        known = masses
    return tuple(found)


def rows(
    before: Masses, made: Iterable[Change], key: Callable[[Cell], tuple[str, ...] | None]
) -> list[Row]:
    """Sum old masses and changes over the cells of the same key.

    Args:
        before: the old figures.
        made: from `changes`.
        key: name of the row a cell belongs to; None: it is left out.

    Returns:
        Ascending by key; rows that are zero before and after, with no cause at work, are not there.
    """
    old: dict[tuple[str, ...], int] = defaultdict(int)
    causes: dict[tuple[str, ...], dict[str, int]] = defaultdict(lambda: dict.fromkeys(CAUSES, 0))
    for cell, mass in before.items():
        name = key(cell)
        if name is not None:
            old[name] += mass
    for cause, cell, step in made:
        name = key(cell)
        if name is not None:
            causes[name][cause] += step
    return [
        Row(name, old[name], old[name] + sum(causes[name].values()), causes[name])
        for name in sorted({*old, *causes})
        if old[name] or any(causes[name].values())
    ]


def total(before: Masses, made: Iterable[Change], basis: str) -> Row:
    """Sum all that one total holds.

    Args:
        before: the old figures.
        made: from `changes`.
        basis: a key of `TOTALS`.
    """
    scopes = TOTALS[basis]
    found = rows(before, made, lambda cell: (basis,) if cell.scope in scopes else None)
    return found[0] if found else Row((basis,), 0, 0, dict.fromkeys(CAUSES, 0))


def percent(part_mg: int, whole_mg: int) -> Decimal | None:
    """Write a change in per cent of the old figure, half even; None where that is zero."""
    if not whole_mg:
        return None
    return rounded(Fraction(100 * part_mg, abs(whole_mg)), PERCENT_PLACES)


def significant(row: Row, threshold: Decimal) -> bool:
    """Tell whether a change reaches the threshold, exactly, before any rounding.

    Args:
        row: old and new figure.
        threshold: in per cent of the old figure. Where that is zero every change is significant;
            no change never is.
    """
    if not row.change_mg:
        return False
    return abs(row.change_mg) * 100 >= Fraction(threshold) * abs(row.old_mg)
