"""The sums of a summary put together."""

from dataclasses import dataclass
from fractions import Fraction

from carbonledger.calc.balance import of_kind
from carbonledger.calc.energy import EnergyResult, energy
from carbonledger.calc.figures import rounded, tonnes
from carbonledger.calc.inventory import InventoryResult
from carbonledger.calc.measures import MG_PER_T
from carbonledger.calc.model import Books, Figure
from carbonledger.calc.pollutants import pollution
from carbonledger.calc.summary.accounts import AccountBalance, account_balance
from carbonledger.calc.summary.carriers import CarrierSums, carriers, month_totals
from carbonledger.calc.summary.categories import CategoryRow, category_rows
from carbonledger.calc.summary.flows import FlowDiagram, flow_diagram
from carbonledger.calc.summary.members import MemberSums, member_sums
from carbonledger.calc.summary.pollution import PollutionRow, pollution_rows
from carbonledger.calc.summary.renewables import Origins, origins
from carbonledger.calc.summary.sources import SourceRow, sources
from carbonledger.calc.summary.tree import Tree
from carbonledger.calc.summary.waste import WasteSums, waste_sums
from carbonledger.errors import CalculationRefused
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.rules import Method

ELECTRICITY = "electricity"


@dataclass(frozen=True, slots=True)
class SummaryResult:
    """What a summary shows of a boundary, computed under one method.

    Attributes:
        energy: energy consumption.
        carriers, months: the same by carrier, and by month.
        emissions: what the method states as the emissions of the boundary, t.
        sources: emission lines by source.
        intensity: emissions per energy consumption, t per tce.
        balance: electricity by account.
        members: members of the park; None when there are none.
        origins: electricity by origin.
        waste: waste by treatment; None when none was posted.
        flows: energy flows.
        categories: the fifteen categories of scope 3; empty where the method has none.
        pollutants: what was given off to air and water.
        figures: the tree behind all of it, with that of the energy and the inventory.
    """

    energy: EnergyResult
    carriers: tuple[CarrierSums, ...]
    months: tuple[Figure, ...]
    emissions: Figure
    sources: tuple[SourceRow, ...]
    intensity: Figure
    balance: AccountBalance
    members: MemberSums | None
    origins: Origins
    waste: WasteSums | None
    flows: FlowDiagram
    categories: tuple[CategoryRow, ...]
    pollutants: tuple[PollutionRow, ...]
    figures: tuple[Figure, ...]


def summarise(
    books: Books, method: Method, book: FactorBook, made: InventoryResult
) -> SummaryResult:
    """Sum up a boundary by carrier, source, account, member and treatment.

    Args:
        books: flows of the whole site.
        method: the rules; it must have rules for a park.
        book: the factors.
        made: inventory of the same books under the same method.

    Raises:
        CalculationRefused: the method has no rules for a park.
        FactorNotFound, FactorRefused: as `energy`.
    """
    if method.park is None:
        raise CalculationRefused(
            f"{method.key} has no rules for a park",
            code="method",
            hint="choose ghg-protocol or cn-zero-carbon-park",
        )
    used = energy(books, method, book)
    tree = Tree((*used.figures, *made.figures))
    emissions = _emissions(method.park.total, made, tree)
    return SummaryResult(
        energy=used,
        carriers=carriers(books, used, tree),
        months=month_totals(books, used, tree),
        emissions=emissions,
        sources=sources(made.lines, tree),
        intensity=_intensity(method, used, emissions, tree),
        balance=account_balance(books, _electricity(books), tree),
        members=member_sums(books, method, book, used=used, made=made, tree=tree),
        origins=origins(books, method, made, tree),
        waste=waste_sums(books, method.park, tree),
        flows=flow_diagram(books, method, book, tree),
        categories=category_rows(made.scope_3, made.lines, tree),
        pollutants=pollution_rows(pollution(books, book), tree),
        figures=tree.figures,
    )


def _electricity(books: Books) -> str:
    return next(iter(of_kind(books, ELECTRICITY)), ELECTRICITY)


def _emissions(scopes: tuple[str, ...], made: InventoryResult, tree: Tree) -> Figure:
    mass = sum(line.co2e_mg for line in made.lines if line.scope in scopes)
    keys = tuple(f"scope-{scope.replace('_', '-')}" for scope in scopes)
    return tree.add("emissions", tonnes(mass), "t", f"Σ scopes {', '.join(scopes)}", keys)


def _intensity(method: Method, used: EnergyResult, emissions: Figure, tree: Tree) -> Figure:
    total = used.coal_mg(used.primary)
    # Tonnes to milligrams: exact, as a figure in tonnes has all its digits.
    mass = Fraction(emissions.value or 0) * MG_PER_T
    value = rounded(mass / total) if total else None
    gas = "CO2e" if method.gwp_set else "CO2"
    return tree.add(
        "emissions-per-energy",
        value,
        f"t{gas}/tce",
        f"emissions / energy consumption at {used.primary} value",
        (emissions.key, f"tce-{used.primary}"),
        reason="" if total else "no energy was consumed",
    )
