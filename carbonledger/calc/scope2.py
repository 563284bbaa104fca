"""Indirect emissions of electricity, heat and steam that crossed the boundary inwards."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from carbonledger.calc.balance import CARRIERS, crossing_keys, of_kind
from carbonledger.calc.certificates import Certificates, Key, certificates, cover
from carbonledger.calc.lines import DEFAULT, Activity, Heading, with_factor
from carbonledger.calc.lookups import CO2, Lookups
from carbonledger.calc.model import Books, EmissionLine, Figure
from carbonledger.calc.purchases import (
    BOUGHT,
    DIRECT,
    STRIPPED,
    SUPPLIER,
    Consumption,
    Purchase,
    consumption,
    fossil_exports,
    purchases,
)
from carbonledger.calc.suppliers import SupplierFactor, supplier_factors
from carbonledger.errors import CalculationRefused
from carbonledger.factors.lookup import Found
from carbonledger.factors.model import Factor
from carbonledger.factors.rules import Method, Scope1, Scope2
from carbonledger.units import from_micro

LOCATION, MARKET, RESALE = "2_location", "2_market", "3"
ELECTRICITY, HEAT = "electricity", "heat"
NETTED = "netted"
INSTRUMENT = "instrument"
Way = Callable[[Activity], EmissionLine | None]
"""Makes the line of an activity; None where the GWP is missing."""


@dataclass(frozen=True, slots=True)
class Purchased:
    """Energy that a boundary bought, and what covers it.

    Attributes:
        lines: emission lines of scope 2, and of scope 3 for what was resold.
        figures: imports by month, certificates, suppliers.
        consumed: all energy that the site consumed, by where it came from.
        purchases: the energy, by account, month and kind.
        certificates: the certificates of the boundary.
        covered: bought electricity that certificates cover, by account, commodity and month.
    """

    lines: tuple[EmissionLine, ...]
    figures: tuple[Figure, ...]
    consumed: Consumption
    purchases: tuple[Purchase, ...]
    certificates: Certificates
    covered: dict[Key, int]


def purchased(books: Books, lookups: Lookups) -> Purchased:
    """Make the lines of purchased energy, location-based and market-based.

    Lines are per consuming account, month and kind of supply (see `purchases`). Certificates
    cover bought electricity (see `certificates`); what they do not cover counts the residual mix
    or what the method names instead. GHG Protocol Scope 2 Guidance, ch. 6; 发改环资〔2025〕910号,
    annex 4, II (2) 3.

    Raises:
        CalculationRefused: the method has no rules for purchased energy.
    """
    method = lookups.method
    consumed = consumption(books, method.renewable)
    bought = purchases(books, consumed, method.non_fossil)
    held = certificates(books, method.renewable)
    covered = cover(books, held.held, _demand(books, bought))
    writer = _Writer(books, lookups, bought, covered)
    lines = [line for one in bought for line in writer.lines(one)]
    lines += writer.exports() if writer.rules.exports == NETTED else []
    figures = (*_imports(books, bought), *_claims(held, covered), *writer.figures)
    return Purchased(tuple(lines), figures, consumed, bought, held, covered)


def _demand(books: Books, bought: tuple[Purchase, ...]) -> dict[Key, int]:
    demand: dict[Key, int] = defaultdict(int)
    for one in bought:
        if one.kind == BOUGHT and not one.resold and _is_electricity(books, one.commodity):
            demand[one.account, one.commodity, one.month] += one.quantity
    return demand


def _is_electricity(books: Books, commodity: str) -> bool:
    return books.commodities[commodity].kind == ELECTRICITY


def rules_of(method: Method) -> tuple[Scope1, Scope2]:
    """Take the rules for an inventory.

    Raises:
        CalculationRefused: the method has none, as one for products.
    """
    if method.scope_1 is None or method.scope_2 is None:
        raise CalculationRefused(
            f"{method.key} has no rules for an inventory",
            hint="choose a method for organisations, `ghg-protocol` or `cn-zero-carbon-park`",
        )
    return method.scope_1, method.scope_2


class _Writer:
    """Writes the lines of purchases under the rules of one method."""

    def __init__(
        self,
        books: Books,
        lookups: Lookups,
        bought: tuple[Purchase, ...],
        covered: dict[Key, int],
    ) -> None:
        scope_1, self.rules = rules_of(lookups.method)
        self._books, self._lookups, self._covered = books, lookups, covered
        pairs = dict.fromkeys((one.origin, one.commodity) for one in bought if one.kind == SUPPLIER)
        known: dict[tuple[str, str], tuple[SupplierFactor, ...]] = {}
        self.figures: list[Figure] = []
        if self.rules.supplier:
            known, self.figures = supplier_factors(books, lookups, scope_1, pairs)
        self._suppliers, self._gases = known, scope_1.further
        self._known: dict[tuple[str, ...], tuple[Way, ...]] = {}

    def lines(self, one: Purchase) -> Iterator[EmissionLine]:
        """Write the lines of one purchase for both figures."""
        activity = self._activity(one)
        if one.resold:
            if self.rules.exports != NETTED:
                yield from _written(activity, self._ways(one, RESALE))
            return
        for line in self._market(one, activity):
            yield line
            if self.rules.one_rule:
                yield line._replace(scope=LOCATION)
        if not self.rules.one_rule:
            yield from _written(activity, self._ways(one, LOCATION))

    def exports(self) -> list[EmissionLine]:
        """Write what is deducted for own generation from fuel that left the boundary."""
        lines: list[EmissionLine] = []
        for commodity in of_kind(self._books, *CARRIERS):
            for out in fossil_exports(self._books, commodity, self._lookups.method.non_fossil):
                sold = Purchase(out.account, commodity, out.month, BOUGHT, "", resold=False,
                                quantity=-out.quantity)  # fmt: skip
                for scope in (LOCATION, MARKET):
                    heading = Heading(scope, f"exported_{self._kind(sold)}")
                    ways = self._by_search(sold, heading, (self._search(sold),))
                    lines += _written(self._activity(sold), ways)
        return lines

    def _market(self, one: Purchase, activity: Activity) -> Iterator[EmissionLine]:
        covered = 0
        if one.kind == BOUGHT:
            covered = self._covered.get((one.account, one.commodity, one.month), 0)
        if covered:
            part = activity._replace(quantity=covered, inputs=(*activity.inputs, "certificates"))
            yield from _written(part, self._ways(one, INSTRUMENT))
            activity = activity._replace(quantity=one.quantity - covered)
        if activity.quantity:
            yield from _written(activity, self._ways(one, MARKET))

    def _ways(self, one: Purchase, part: str) -> tuple[Way, ...]:
        """Find what energy like this emits: the same for all accounts of a region in a month.

        Args:
            one: a purchase.
            part: `INSTRUMENT` for what certificates cover, else the scope.
        """
        key = (part, one.kind, one.origin, one.commodity, self._region(one), one.month)
        if key not in self._known:
            self._known[key] = tuple(self._found(one, part))
        return self._known[key]

    def _found(self, one: Purchase, part: str) -> Iterator[Way]:
        if part == RESALE:
            yield from self._location(one, Heading(RESALE, f"resold_{self._kind(one)}"))
        elif part == INSTRUMENT:
            rate = self._lookups.rate(
                "instrument", self.rules.instrument, one.commodity, self._region(one), one.month
            )
            yield from self._way(rate, Heading(MARKET, self._category(one), INSTRUMENT))
        elif part == MARKET and self._kind(one) == ELECTRICITY and one.kind in {BOUGHT, STRIPPED}:
            yield from self._by_search(
                one, Heading(MARKET, self._category(one)), self.rules.uncovered
            )
        else:
            yield from self._location(one, Heading(part, self._category(one)))

    def _location(self, one: Purchase, heading: Heading) -> Iterator[Way]:
        if one.kind == STRIPPED:
            # Physically it stays own generation: nothing was bought.
            return
        if one.kind == DIRECT:
            yield from self._direct(one, heading)
        elif (one.origin, one.commodity) in self._suppliers:
            for factor in self._suppliers[one.origin, one.commodity]:
                yield partial(factor.line, scope=heading.scope, category=heading.category)
        else:
            kind = f"fallback:no emissions known of {one.origin}" if one.origin else DEFAULT
            yield from self._by_search(one, heading._replace(kind=kind), (self._search(one),))

    def _direct(self, one: Purchase, heading: Heading) -> Iterator[Way]:
        electricity = _is_electricity(self._books, one.commodity)
        name = "direct" if electricity else "heat_non_fossil"
        rate = self.rules.direct if electricity else self.rules.heat_non_fossil
        found = self._lookups.rate(name, rate, one.commodity, self._region(one), one.month)
        yield from self._way(found, heading._replace(kind="direct_line"))

    def _by_search(
        self, one: Purchase, heading: Heading, searches: tuple[str, ...]
    ) -> Iterator[Way]:
        answer = self._lookups.first(searches, one.commodity, self._region(one), one.month)
        if answer is None:
            return
        search, found = answer
        if search != searches[0]:
            why = ", ".join(filter(None, (f"no {searches[0]} mix", found.fallback)))
            found = Found(found.factor, why)
        elif search != self._search(one):
            heading = heading._replace(kind=search)
        yield from self._way(found, heading)
        for more in self._further(one, search, found):
            yield from self._way(Found(more.factor, found.fallback), heading)

    def _further(self, one: Purchase, search: str, found: Found) -> Iterator[Found]:
        """Find the other gases that the source of a CO2 factor prints beside it (eGRID)."""
        factor = found.factor
        if factor.gas != CO2:
            return
        for gas in self._gases:
            more = self._lookups.find(
                search, one.commodity, self._region(one), one.month, gases=(gas,),
                packs=(f"{factor.pack}@{factor.edition}",), required=False,
            )  # fmt: skip
            if more and _beside(more.factor) == _beside(factor):
                yield more

    def _way(self, found: Found | None, heading: Heading) -> Iterator[Way]:
        if found is not None:
            yield partial(with_factor, self._lookups, found=found, heading=heading)

    def _activity(self, one: Purchase) -> Activity:
        inputs = (import_key(one.commodity, one.month),)
        unit = self._books.commodities[one.commodity].unit
        return Activity(one.account, one.commodity, one.month, one.quantity, unit, inputs)

    def _search(self, one: Purchase) -> str:
        return self.rules.grid if self._kind(one) == ELECTRICITY else self.rules.heat

    def _region(self, one: Purchase) -> str:
        return self._books.accounts[one.account].region

    def _kind(self, one: Purchase) -> str:
        return ELECTRICITY if _is_electricity(self._books, one.commodity) else HEAT

    def _category(self, one: Purchase) -> str:
        if one.kind == STRIPPED:
            return "own_generation_without_attribute"
        return f"purchased_{self._kind(one)}"


def _beside(factor: Factor) -> tuple[str, int | None, str, str]:
    return factor.region, factor.data_year, factor.purpose, factor.technology


def _written(activity: Activity, ways: Iterable[Way]) -> Iterator[EmissionLine]:
    return filter(None, (way(activity) for way in ways))


def import_key(commodity: str, month: str) -> str:
    """Name the figure of what was bought of an energy carrier in a month."""
    return f"import:{commodity}:{month}"


def _imports(books: Books, bought: tuple[Purchase, ...]) -> Iterator[Figure]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for one in bought:
        sums[one.commodity, one.month] += one.quantity
    for (commodity, month), quantity in sorted(sums.items()):
        yield Figure(
            import_key(commodity, month),
            from_micro(quantity),
            books.commodities[commodity].unit,
            "what crossed the boundary inwards, shared over the accounts that consumed it by "
            "proportional tracing over the site",
            crossing_keys(books, commodity, month),
        )


def _claims(held: Certificates, covered: dict[Key, int]) -> Iterator[Figure]:
    if not held.inputs:
        return
    total, claimed = sum(held.held.values()), sum(covered.values())
    claimed_formula = "certificates bought less sold on, up to the electricity bought"
    yield Figure("certificates", from_micro(claimed), "kWh", claimed_formula, held.inputs)
    formula = "certificates beyond the electricity bought; they cover nothing"
    yield Figure("certificates-surplus", from_micro(total - claimed), "kWh", formula, held.inputs)
