"""Energy consumption by carrier: over the period, and month by month."""

from dataclasses import dataclass

from carbonledger.calc.energy import EnergyResult
from carbonledger.calc.figures import exact
from carbonledger.calc.model import Books, Figure
from carbonledger.calc.summary.tree import NINE, Tree
from carbonledger.units import from_micro


@dataclass(frozen=True, slots=True)
class CarrierSums:
    """A carrier over the period.

    Attributes:
        commodity: code.
        quantity: in its unit.
        tce: by basis.
        months: tce of each month on the method's basis.
    """

    commodity: str
    quantity: Figure
    tce: dict[str, Figure]
    months: tuple[Figure, ...]


def carriers(books: Books, energy: EnergyResult, tree: Tree) -> tuple[CarrierSums, ...]:
    """Sum the energy lines by carrier, the largest in standard coal first."""
    codes = sorted(
        {line.commodity for line in energy.lines},
        key=lambda code: (-energy.coal_mg(energy.primary, code), code),
    )
    return tuple(_carrier(books, energy, code, tree) for code in codes)


def month_totals(books: Books, energy: EnergyResult, tree: Tree) -> tuple[Figure, ...]:
    """Sum the energy lines by month, tce on the method's basis."""
    basis = energy.primary
    return tuple(
        tree.add(
            f"tce-{basis}:{month}",
            exact(sum(line.coal_mg[basis] for line in energy.lines if line.month == month), NINE),
            "tce",
            "Σ carriers of the month",
            (f"tce-{basis}:{one.commodity}:{month}" for one in energy.lines if one.month == month),
        )
        for month in books.months
    )


def _carrier(books: Books, energy: EnergyResult, code: str, tree: Tree) -> CarrierSums:
    lines = [line for line in energy.lines if line.commodity == code]
    flows = [key for line in lines for key in line.inputs]
    quantity = tree.add(
        f"carrier:{code}",
        from_micro(sum(line.quantity for line in lines)),
        lines[0].unit,
        "Σ months: bought − sold − into stock + own generation without fuel",
        flows,
    )
    tce = {
        basis: tree.add(
            f"tce-{basis}:{code}",
            exact(sum(line.coal_mg[basis] for line in lines), NINE),
            "tce",
            "Σ months",
            (f"tce-{basis}:{code}:{line.month}" for line in lines),
        )
        for basis in energy.tce
    }
    months = tuple(_month(f"tce-{energy.primary}:{code}:{month}", tree) for month in books.months)
    return CarrierSums(code, quantity, tce, months)


def _month(key: str, tree: Tree) -> Figure:
    """Return the figure of a month; one of zero where nothing was consumed."""
    return tree.get(key) or tree.add(key, exact(0, NINE), "tce", "no flow in the month")
