"""Suppliers within a site: what their heat or power emitted, from their own fuel."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from carbonledger.calc.balance import CARRIERS, throughputs
from carbonledger.calc.figures import rounded, tonnes
from carbonledger.calc.lines import Activity, equivalent
from carbonledger.calc.lookups import CO2, Lookups
from carbonledger.calc.model import Books, EmissionLine, Figure
from carbonledger.calc.scope1 import SCOPE, combustion, fuel_use
from carbonledger.calc.supply import site_books
from carbonledger.factors.lookup import KILOGRAMS
from carbonledger.factors.rules import Scope1
from carbonledger.units import ratio, round_half_even

BURNERS = ("boiler", "chp", "generator")
GJ = "GJ"
ALONE, SHARED = "supplier", "supplier, shared over its outputs by energy content"


@dataclass(frozen=True, slots=True)
class SupplierFactor:
    """What a unit of energy emitted at the account of the site that made it.

    Attributes:
        supplier: the account.
        gas: the gas.
        value: kilograms of the gas per unit of energy, rounded half even to nine places.
        unit: `kgCO2/GJ` …
        gwp: kg CO2e per kg of the gas.
        basis: how it came about.
    """

    supplier: str
    gas: str
    value: Decimal
    unit: str
    gwp: Decimal
    basis: str

    def line(self, activity: Activity, scope: str, category: str) -> EmissionLine:
        """Multiply energy bought from the supplier by the factor, rounded once."""
        exact = activity.quantity * Fraction(self.value)
        mass = round_half_even(exact.numerator, exact.denominator)
        return EmissionLine(
            account=activity.account,
            scope=scope,
            category=category,
            commodity=activity.commodity,
            month=activity.month,
            gas=self.gas,
            activity=activity.quantity,
            activity_unit=activity.unit,
            factor=f"supplier:{self.supplier}",
            factor_value=self.value,
            factor_unit=self.unit,
            mass_mg=mass,
            gwp=self.gwp,
            co2e_mg=equivalent(mass, self.gwp),
            basis=self.basis,
            inputs=(*activity.inputs, supplier_key(self.supplier)),
        )


def supplier_key(supplier: str) -> str:
    """Name the figure of a supplier's own emissions."""
    return f"supplier:{supplier}"


def supplier_factors(
    books: Books, lookups: Lookups, rules: Scope1, suppliers: Iterable[tuple[str, str]]
) -> tuple[dict[tuple[str, str], tuple[SupplierFactor, ...]], list[Figure]]:
    """Divide the scope 1 emissions of suppliers within the site by the energy they gave on.

    Both are sums over the period. Where a supplier gives on electricity and heat, its emissions
    are shared by energy content. An account that burns no fuel (an electric boiler, waste heat of
    a process) has no such factor.

    Args:
        books: flows of the whole site.
        lookups: for the factors of the fuels.
        rules: rules for direct emissions.
        suppliers: supplier and commodity, as bought.

    Returns:
        For each supplier and commodity a factor by gas, where it can be computed; and a figure
        for each such supplier.
    """
    found: dict[tuple[str, str], tuple[SupplierFactor, ...]] = {}
    figures: dict[str, Figure] = {}
    for supplier, commodity in suppliers:
        own = replace(site_books(books), boundary=supplier)
        if books.accounts[supplier].kind not in BURNERS or not fuel_use(own):
            continue
        lines = [line for line in combustion(own, lookups, rules) if line.scope == SCOPE]
        factors = _factors(own, supplier, commodity, lines)
        if factors:
            found[supplier, commodity] = factors
            figures[supplier] = _figure(own, supplier, lines)
    return found, list(figures.values())


def _factors(
    own: Books, supplier: str, commodity: str, lines: list[EmissionLine]
) -> tuple[SupplierFactor, ...]:
    given = _given(own)
    total = sum(given.values(), Fraction(0))
    if not total:
        return ()
    masses: dict[str, int] = defaultdict(int)
    gwps = {CO2: Decimal(1)}
    for line in lines:
        masses[line.gas] += line.mass_mg
        gwps[line.gas] = line.gwp
    unit = own.commodities[commodity].unit
    basis = ALONE if len(given) == 1 else SHARED
    # Milligrams over millionths of a GJ are kilograms over GJ.
    return tuple(
        SupplierFactor(
            supplier=supplier,
            gas=gas,
            value=rounded(masses[gas] / total * ratio(unit, GJ)),
            unit=f"{KILOGRAMS.get(gas, 'kg')}/{unit}",
            gwp=gwps[gas],
            basis=basis,
        )
        for gas in sorted(masses or {CO2})
    )


def _given(own: Books) -> dict[str, Fraction]:
    """Sum the energy that the accounts of a supplier made, in millionths of a GJ."""
    given: dict[str, Fraction] = defaultdict(Fraction)
    for cell, through in throughputs(own, CARRIERS).items():
        if through.net < 0:
            unit = own.commodities[cell.commodity].unit
            given[cell.commodity] -= through.net * ratio(unit, GJ)
    return given


def _figure(own: Books, supplier: str, lines: list[EmissionLine]) -> Figure:
    inputs = tuple(sorted({key for through in fuel_use(own).values() for key in through.inputs}))
    return Figure(
        supplier_key(supplier),
        tonnes(sum(line.co2e_mg for line in lines)),
        "t",
        f"Σ scope 1 of {supplier}; divided by the energy it gave on in the period",
        inputs,
    )
