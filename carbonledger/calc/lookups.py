"""A method's look-ups during one calculation: answers are kept, misses are collected.

A calculation asks for all its factors before it fails, so that one error names everything that is
missing.
"""

from dataclasses import replace
from decimal import Decimal

from carbonledger.calc.figures import Remark
from carbonledger.calc.model import Figure
from carbonledger.errors import CalculationRefused, FactorNotFound
from carbonledger.factors.blends import blend_gwp, is_blend
from carbonledger.factors.lookup import FactorBook, Found, Query, missing_factors
from carbonledger.factors.model import Factor
from carbonledger.factors.properties import stated, stated_processes
from carbonledger.factors.rules import Method, Rate
from carbonledger.units import split_ratio

CO2, CO2E = "co2", "co2e"
PURPOSE_OF_RATES = "method_rule"


class Lookups:
    """The factors that one calculation under one method uses.

    Args:
        method: the rules.
        book: the factors.

    Attributes:
        figures: factors that were composed of others, and their parts, by key.
        notes: what must be said of them.
    """

    def __init__(self, method: Method, book: FactorBook) -> None:
        self.method, self._book = method, book
        self._known: dict[object, Found | None] = {}
        self._misses: list[FactorNotFound] = []
        self.figures = dict[str, Figure]()
        self.notes = dict[tuple[str, str], Remark]()

    def find(
        self,
        search: str,
        activity: str,
        region: str,
        month: str,
        *,
        gases: tuple[str, ...] = (),
        technology: str = "",
        bases: tuple[str, ...] = (),
        purposes: tuple[str, ...] = (),
        packs: tuple[str, ...] = (),
        required: bool = True,
    ) -> Found | None:
        """Find a factor by one of the method's searches.

        Args:
            search: name of the search.
            activity: commodity code (a gas for a GWP).
            region: region of the place.
            month: local month of the activity.
            gases: gases the factor may be of, best first; empty: any.
            technology: technology of the supply.
            bases: bases the factor may be of, best first; empty: those of the search.
            purposes: purposes that may be used, best first; empty: those of the search.
            packs: packs that are searched, best first; empty: those of the search.
            required: whether a miss is remembered for `refuse_misses`.

        Raises:
            FactorRefused: two factors fit equally well.
        """
        question = (
            search,
            activity,
            region,
            month,
            gases,
            technology,
            bases,
            purposes,
            packs,
            required,
        )
        if question not in self._known:
            query = self._book.query(
                self.method.searches[search], activity, region, month,
                gases=gases, technology=technology,
            )  # fmt: skip
            query = replace(
                query, bases=bases or query.bases, purposes=purposes or query.purposes,
                packs=packs or query.packs,
            )  # fmt: skip
            self._known[question] = self._find(query, required=required)
        return self._known[question]

    def first(
        self, searches: tuple[str, ...], activity: str, region: str, month: str
    ) -> tuple[str, Found] | None:
        """Find a factor by the first of some searches that has one; the last one is required."""
        for place, search in enumerate(searches, start=1):
            last = place == len(searches)
            found = self.find(
                search, activity, region, month, gases=self.emissions(), required=last
            )
            if found:
                return search, found
        return None

    def rate(self, name: str, rate: Rate, activity: str, region: str, month: str) -> Found | None:
        """Find what the method's rule says: a factor, or the value that the rule itself states.

        A stated value becomes a factor named by the method, `ghg-protocol@2015/instrument`.
        """
        if rate.search:
            return self.find(rate.search, activity, region, month, gases=self.emissions())
        gas = split_ratio(rate.unit)[0].dimension
        factor = Factor(
            pack=self.method.code, edition=self.method.edition, code=name, activity=activity,
            region="", valid_from=None, valid_to=None, data_year=None, purpose=PURPOSE_OF_RATES,
            gas=gas, value=rate.value or Decimal(0), unit=rate.unit, page=rate.clause,
        )  # fmt: skip
        return Found(factor, "")

    def gwp(self, gas: str, month: str) -> Decimal | None:
        """Find the global warming potential of a gas in the method's set; CO2 is 1 by definition.

        That of a blend of refrigerants follows from those of its components; components that the
        method does not count (hydrocarbons) count nothing. None when it is missing, which
        `refuse_misses` will tell.
        """
        if gas in {CO2, CO2E}:
            return Decimal(1)
        if gas in self._book.blends:
            return self._blend(gas, month)
        question = ("gwp", gas)
        if question not in self._known:
            self._known[question] = self._find_gwp(gas, month)
        found = self._known[question]
        return found.factor.value if found else None

    def _blend(self, blend: str, month: str) -> Decimal | None:
        components = self._book.blends[blend]
        counted = [one.technology for one in components if self.method.counts(one.technology)]
        found = {gas: self.gwp(gas, month) for gas in counted}
        known = {gas: gwp for gas, gwp in found.items() if gwp is not None}
        return blend_gwp(components, known) if len(known) == len(found) else None

    def counts(self, gas: str) -> bool:
        """Tell whether the method counts a gas, or any component of a blend.

        A blend of unknown composition counts, so that its potential is missed and not forgotten,
        unless the method counts no other gas than CO2.
        """
        if self.method.counts(gas):
            return True
        if gas in self._book.blends:
            return any(self.method.counts(one.technology) for one in self._book.blends[gas])
        return is_blend(gas) and bool(self.method.gwp_set)

    def emissions(self) -> tuple[str, ...]:
        """Name the gases a factor of energy may be of: CO2 first, the equivalent where it counts.

        A factor in CO2 equivalent holds gases that a method of CO2 alone does not count. A method
        that asks fuels for the equivalent takes energy by the equivalent first as well.
        """
        if not self.method.gwp_set:
            return (CO2,)
        scope_1 = self.method.scope_1
        return (CO2E, CO2) if scope_1 and CO2E in scope_1.required else (CO2, CO2E)

    def stated(self, place: str, activity: str, month: str, purpose: str) -> Factor | None:
        """Find a property that the site states of a fuel (see `factors.properties`)."""
        question = ("stated", place, activity, month, purpose)
        if question not in self._known:
            found = stated(self._book, place, activity, month, purpose)
            self._known[question] = Found(found, "") if found else None
        known = self._known[question]
        return known.factor if known else None

    def stated_processes(
        self, place: str, activity: str, month: str, basis: str
    ) -> tuple[Factor, ...]:
        """Find the process factors that the site states (see `factors.properties`)."""
        return stated_processes(self._book, place, activity, month, basis)

    def unloaded(self, pack: str) -> str:
        """Name the newest edition of a pack that ships and is not loaded; "" where none is."""
        names = [name for name in self._book.unloaded if name.partition("@")[0] == pack]
        return "" if self._book.holds(pack) else max(names, default="")

    def miss(self, missing: FactorNotFound) -> None:
        """Remember that something is missing, for `refuse_misses`."""
        self._misses.append(missing)

    def refuse_misses(self) -> None:
        """Fail when a required factor was not found.

        Raises:
            FactorNotFound: all of them.
        """
        if self._misses:
            raise missing_factors(self._misses)

    def _find_gwp(self, gas: str, month: str) -> Found | None:
        if not self.method.gwp_set:
            raise CalculationRefused(
                f"{self.method.key} has no GWP set, so {gas} cannot be counted"
            )
        search = self.method.searches["gwp"]
        query = self._book.query(search, gas, "", month)
        return self._find(replace(query, bases=(self.method.gwp_set,)), required=True)

    def _find(self, query: Query, *, required: bool) -> Found | None:
        """Ask the book, and for what cannot be missing the spare one; remember a miss."""
        books = [self._book, self._book.spare] if required else [self._book]
        for book in filter(None, books):
            found = book.seek(query)
            if found is not None:
                return found
        if required:
            self._misses.append(self._book.not_found(query))
        return None
