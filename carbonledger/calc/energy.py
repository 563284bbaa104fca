"""Comprehensive energy consumption in standard coal, on both bases, and the balance of accounts.

GB/T 2589-2020: E = Σ (E_i × k_i) over the energy really consumed, less what is supplied to the
outside; a carrier made within the boundary of another (steam of the own boiler) is not counted
again. The coefficient of a fuel is its measured net calorific value over 29,307.6 kJ/kgce where
the site states one for the boundary, else the default of the annex, else the published net
calorific value over the same. 发改环资〔2025〕910号, annex 3,
II 1 counts electricity at equal value (等价值), an energy audit at equivalent value (当量值): every
total names its basis.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from carbonledger.calc.balance import (
    CARRIERS,
    FUELS,
    STOCK,
    Cell,
    Throughput,
    crossing_keys,
    crossing_net,
    supply_keys,
    throughputs,
)
from carbonledger.calc.composed import coal_of
from carbonledger.calc.figures import exact
from carbonledger.calc.model import Books, Figure
from carbonledger.errors import CalculationRefused, FactorNotFound
from carbonledger.factors.lookup import FactorBook, Found, mass_mg, missing_factors
from carbonledger.factors.properties import DENSITY, NCV, PACK, stated
from carbonledger.factors.rules import EnergyRules, Method
from carbonledger.units import from_micro

NOT_LISTED = "no coefficient in"
MG_PER_TCE = 9
"""Decimal places from milligrams of standard coal to tonnes."""


@dataclass(frozen=True, slots=True)
class EnergyLine:
    """What a boundary consumed of one carrier in one month.

    Attributes:
        commodity: the carrier.
        month: local month.
        quantity: bought less sold, less put into stock, plus own generation without fuel;
            millionths of `unit`.
        own: the own generation in it.
        unit: canonical unit of the carrier.
        coal_mg: standard coal by basis of the total, milligrams.
        factors: key of the coefficient by basis of the total.
        fallbacks: what of the coefficient is not the first choice, by basis; "" when all is.
        inputs: keys of the flows.
    """

    commodity: str
    month: str
    quantity: int
    own: int
    unit: str
    coal_mg: dict[str, int]
    factors: dict[str, str]
    fallbacks: dict[str, str]
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """Energy balance of an account over the period: what came in went out or was consumed.

    Attributes:
        account: the account.
        commodity: the carrier.
        unit: canonical unit of the carrier.
        inflow, outflow: millionths of the unit.
        consumed: inflow less outflow; of a stock what it put by; negative: made, or taken out.
    """

    account: str
    commodity: str
    unit: str
    inflow: int
    outflow: int
    consumed: int


@dataclass(frozen=True, slots=True)
class EnergyResult:
    """Energy consumption of a boundary.

    Attributes:
        tce: tonnes of standard coal by basis, `equivalent` and `equal`.
        lines: by carrier and month.
        balance: by account and carrier.
        figures: the tree behind the totals.
        primary: basis that the method's indicators divide by.
    """

    tce: dict[str, Decimal]
    lines: tuple[EnergyLine, ...]
    balance: tuple[BalanceLine, ...]
    figures: tuple[Figure, ...]
    primary: str

    def coal_mg(self, basis: str, commodity: str = "") -> int:
        """Sum the lines on a basis, of one carrier or all, in milligrams of standard coal."""
        return sum(line.coal_mg[basis] for line in self.lines if commodity in {"", line.commodity})


def energy(books: Books, method: Method, book: FactorBook) -> EnergyResult:
    """Sum the energy that a boundary consumed, in standard coal on both bases.

    Args:
        books: flows of the period.
        method: the rules.
        book: the factors.

    Raises:
        FactorNotFound: coefficients are missing; all of them are listed.
        CalculationRefused: the method has no rules for energy.
    """
    rules = method.energy
    if rules is None:
        raise CalculationRefused(
            f"{method.key} has no rules for energy in standard coal",
            hint="choose `cn-zero-carbon-park` or `ghg-protocol`",
        )
    region = books.accounts[books.boundary].region
    coal = _Coal(method, rules, book, region, books.boundary)
    lines = tuple(coal.line(line) for line in _carriers(books, method.non_fossil))
    coal.refuse_misses()
    tce = {basis: exact(sum(line.coal_mg[basis] for line in lines), MG_PER_TCE)
           for basis in rules.bases}  # fmt: skip
    figures = tuple(_figures(rules, lines, tce))
    return EnergyResult(tce, lines, tuple(_balance(books)), figures, rules.primary)


def _carriers(books: Books, non_fossil: tuple[str, ...]) -> Iterator[EnergyLine]:
    """Sum what crossed the boundary, less what went into stock, plus own generation."""
    kinds = {*CARRIERS, *FUELS}
    sums = defaultdict(int, crossing_net(books, lambda c: books.commodities[c].kind in kinds))
    own: dict[tuple[str, str], int] = defaultdict(int)
    for cell, through in throughputs(books, kinds).items():
        fuel = books.commodities[cell.commodity].kind in FUELS
        # What a battery does not give back is lost, so only fuels are put by.
        if fuel and books.accounts[cell.account].kind == STOCK:
            sums[cell.commodity, cell.month] -= through.net
        elif _is_own(books, cell, through, non_fossil):
            own[cell.commodity, cell.month] -= through.net
    for commodity, month in sorted({*sums, *own}):
        made = own[commodity, month]
        quantity = sums[commodity, month] + made
        keys = supply_keys if made else crossing_keys
        if quantity:
            yield EnergyLine(
                commodity, month, quantity, made, books.commodities[commodity].unit,
                coal_mg={}, factors={}, fallbacks={},
                inputs=keys(books, commodity, month),
            )  # fmt: skip


def _is_own(books: Books, cell: Cell, through: Throughput, non_fossil: tuple[str, ...]) -> bool:
    """Tell whether an account makes energy out of none that is counted already."""
    made = through.net < 0 and books.commodities[cell.commodity].kind in CARRIERS
    if not made or books.accounts[cell.account].technology not in non_fossil:
        return False
    fed = (
        flow
        for flow in books.flows
        if flow.target == cell.account and books.commodities[flow.commodity].kind in FUELS
    )
    return next(fed, None) is None


def _balance(books: Books) -> Iterator[BalanceLine]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for cell, through in throughputs(books, (*CARRIERS, *FUELS)).items():
        sums[cell.account, cell.commodity][0] += through.inflow
        sums[cell.account, cell.commodity][1] += through.outflow
    for (account, commodity), (inflow, outflow) in sorted(sums.items()):
        unit = books.commodities[commodity].unit
        yield BalanceLine(account, commodity, unit, inflow, outflow, inflow - outflow)


class _Coal:
    """Turns carriers into standard coal under the rules of one method."""

    def __init__(
        self, method: Method, rules: EnergyRules, book: FactorBook, region: str, boundary: str
    ) -> None:
        self._method, self._rules = method, rules
        self._search = method.searches[rules.conversion]
        self._book, self._region, self._boundary = book, region, boundary
        self._misses: list[FactorNotFound] = []

    def line(self, line: EnergyLine) -> EnergyLine:
        """Multiply a carrier by its coefficient on each basis, rounded once each."""
        found = {basis: self._find(line, bases) for basis, bases in self._rules.bases.items()}
        known = {basis: one for basis, one in found.items() if one}
        return replace(
            line,
            coal_mg={
                basis: mass_mg(line.quantity, line.unit, one.factor) for basis, one in known.items()
            },
            factors={basis: one.factor.key for basis, one in known.items()},
            fallbacks={basis: one.fallback for basis, one in known.items()},
        )

    def _measured(self, line: EnergyLine) -> Found | None:
        """Make the coefficient of the net calorific value that the site states of a fuel."""
        asked = (self._book, self._boundary, line.commodity, line.month)
        ncv = stated(*asked, NCV)
        value = coal_of(ncv, stated(*asked, DENSITY), line.unit) if ncv else None
        if ncv is None or value is None:
            return None
        return Found(replace(ncv, value=value, unit=f"kgce/{line.unit}"), "")

    def _find(self, line: EnergyLine, bases: tuple[str, ...]) -> Found | None:
        measured = self._measured(line)
        if measured:
            return measured
        asked = (line.commodity, self._region, line.month)
        query = replace(self._book.query(self._search, *asked), bases=bases)
        found = self._book.seek(query) or self._published(line)
        if found is None:
            self._misses.append(self._book.not_found(query))
        return found

    def _published(self, line: EnergyLine) -> Found | None:
        """Make the coefficient of the net calorific value that a pack of fuels publishes.

        For fuels that the table of coefficients does not list (bituminous coal): 1 kgce is what
        gives 29,307.6 kJ, whatever it is (GB/T 2589-2020).
        """
        fuels = self._method.scope_1
        if fuels is None:
            return None
        search = self._method.searches[fuels.combustion]
        query = self._book.query(search, line.commodity, self._region, line.month)
        found = self._book.seek(replace(query, purposes=(NCV,)))
        value = coal_of(found.factor, None, line.unit) if found else None
        if found is None or value is None:
            return None
        why = f"{NOT_LISTED} {', '.join(self._search.packs)}: by {found.factor.key}"
        factor = replace(found.factor, value=value, unit=f"kgce/{line.unit}")
        return Found(factor, ", ".join(filter(None, (why, found.fallback))))

    def refuse_misses(self) -> None:
        if self._misses:
            raise missing_factors(self._misses)


def _coefficient(line: EnergyLine, basis: str) -> str:
    """Name the coefficient; one that was made of a calorific value as such."""
    key = line.factors[basis]
    made = key.startswith(f"{PACK}@") or line.fallbacks[basis].startswith(NOT_LISTED)
    return f"{key} / 29307.6 kJ/kgce" if made else key


def _figures(
    rules: EnergyRules, lines: tuple[EnergyLine, ...], tce: dict[str, Decimal]
) -> Iterator[Figure]:
    for basis in rules.bases:
        formula = (
            f"Σ carriers (bought − sold − into stock + own generation without fuel) × "
            f"coefficient at {basis} value"
        )
        keys = tuple(f"tce-{basis}:{line.commodity}:{line.month}" for line in lines)
        yield Figure(f"tce-{basis}", tce[basis], "tce", formula, keys)
        for key, line in zip(keys, lines, strict=True):
            own = f", own generation {from_micro(line.own)}" if line.own else ""
            yield Figure(
                key,
                exact(line.coal_mg[basis], MG_PER_TCE),
                "tce",
                f"{from_micro(line.quantity)} {line.unit}{own} × {_coefficient(line, basis)}",
                line.inputs,
                line.fallbacks[basis],
            )
