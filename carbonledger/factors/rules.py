"""Records of a method: a standard's rules, parsed, without behaviour of their own."""

from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from hashlib import sha256

from carbonledger.factors.scope3 import Scope3

Names = dict[str, str]
"""A text by language: `{"en": …, "zh": …}`."""
LEVELS = ("province", "grid", "nation", "any")
YEARS = ("same", "latest_earlier", "nearest", "latest", "none")
ROUNDINGS = ("half_even", "half_up")
OWN = "own"
"""Technology of a search that takes the technology of the supply or certificate itself."""


@dataclass(frozen=True, slots=True)
class Search:
    """How the factor of one kind of activity is looked for.

    Attributes:
        purposes: purposes that may be used, best first.
        packs: packs that are searched, best first: a code, or `code@edition` to pin one;
            `*`: those that are not named.
        regions: levels that are tried, best first: `province`, `grid`, `nation`, `any`.
        year: `same` data year only; `latest_earlier` where there is none; `nearest`, a later one
            where there is no earlier one; `latest`: the newest there is; `none`: the factor is a
            rule and has no year.
        bases: bases that may be used, best first; empty: the basis does not matter.
        technology: technology the factor must be limited to; "" none; `own`: that of the supply.
        clause: where the standard says so.
    """

    purposes: tuple[str, ...]
    packs: tuple[str, ...]
    regions: tuple[str, ...]
    year: str
    bases: tuple[str, ...]
    technology: str
    clause: str


@dataclass(frozen=True, slots=True)
class Rate:
    """What a unit of some energy counts by rule: looked up, or stated by the method itself.

    Attributes:
        search: name of the search that finds it; "" when the method states the value.
        value: the value; None when it is looked up.
        unit: unit of the value, `kgCO2/kWh`.
        clause: where the standard says so.
        evidence: papers without which it must not be used, in English and Chinese; empty texts
            when the standard asks for none.
    """

    search: str
    value: Decimal | None
    unit: str
    clause: str
    evidence: Names = field(default_factory=lambda: {"en": "", "zh": ""}, hash=False)


@dataclass(frozen=True, slots=True)
class Scope1:
    """Rules for direct emissions.

    Attributes:
        combustion: search for the factors of fuels.
        mobile: search for the factors of fuels in vehicles; "": as any fuel.
        process: search for the factors of products made and materials used; "": none count.
        required: gases of which one must have a factor, the first found counts.
        further: gases that are added where the packs have a factor.
        carbon_free: fuels that emit no counted gas when burnt.
        clause: where the standard says so.
    """

    combustion: str
    required: tuple[str, ...]
    further: tuple[str, ...]
    carbon_free: tuple[str, ...]
    clause: str
    mobile: str = ""
    process: str = ""


@dataclass(frozen=True, slots=True)
class Scope2:
    """Rules for energy that crosses the boundary.

    Attributes:
        one_rule: the market-based rule serves both figures, which then have the same lines.
        exports: `gross`: exports are not deducted, what is bought and resold is scope 3;
            `netted`: exports are deducted by their kind.
        grid: search for grid electricity, location-based.
        uncovered: searches for grid electricity that no instrument covers, market-based, best
            first; the result says when a later one was used.
        instrument: what electricity covered by an instrument counts.
        direct: what electricity supplied directly from a non-fossil source counts.
        heat: search for heat and steam.
        heat_non_fossil: what heat from a non-fossil source counts.
        supplier: whether a supplier within the site is counted by its own emissions first.
        clause: where the standard says so.
    """

    one_rule: bool
    exports: str
    grid: str
    uncovered: tuple[str, ...]
    instrument: Rate
    direct: Rate
    heat: str
    heat_non_fossil: Rate
    supplier: bool
    clause: str


@dataclass(frozen=True, slots=True)
class EnergyRules:
    """Rules for comprehensive energy consumption.

    Attributes:
        conversion: search for the coefficients.
        bases: for each total, the bases of coefficients it takes, best first.
        primary: the total that indicators divide by.
        clause: where the standard says so.
    """

    conversion: str
    bases: dict[str, tuple[str, ...]]
    primary: str
    clause: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold, for sites of a size or for all.

    Attributes:
        relation: `<=` or `>=`.
        value: in the unit of the indicator.
        from_tce: least annual energy consumption it holds for; None: any.
        below_tce: annual energy consumption it no longer holds for; None: any.
    """

    relation: str
    value: Decimal
    from_tce: Decimal | None
    below_tce: Decimal | None


@dataclass(frozen=True, slots=True)
class IndicatorRule:
    """An indicator that the standard asks for.

    Attributes:
        code: stable name.
        measure: what is measured (a function of `carbonledger.calc.indicators`).
        name: in English and Chinese.
        unit: unit of the value.
        kind: `core`, `guiding`, `rule` or `information`.
        clause: where the standard says so.
        limits: thresholds; empty: none is stated.
        note: what must be said with it, in English and Chinese; empty texts when nothing.
    """

    code: str
    measure: str
    name: Names
    unit: str
    kind: str
    clause: str
    limits: tuple[Limit, ...]
    note: Names


@dataclass(frozen=True, slots=True)
class ParkRules:
    """Rules for the indicators of a park.

    Attributes:
        total: scopes whose sum is the CO2 of the indicators.
        utilised: treatments of waste that count as utilisation.
        waste_excluded: waste commodities that the rate leaves out.
        clean_fuels: fuels that count as clean energy beside non-fossil energy.
        benchmarks: search for published figures to compare with.
        indicators: the indicators, in order.
        clause: where the standard says so.
    """

    total: tuple[str, ...]
    utilised: tuple[str, ...]
    waste_excluded: tuple[str, ...]
    clean_fuels: tuple[str, ...]
    benchmarks: str
    indicators: tuple[IndicatorRule, ...]
    clause: str


@dataclass(frozen=True, slots=True)
class ProductRules:
    """Rules for product footprints: the searches by kind of inflow.

    Attributes:
        electricity: grid electricity.
        technology: electricity of a known technology (direct line, own generation, instrument).
        transmission: what is added to electricity of a known technology out of the grid; "" none.
        combustion: fuels burnt.
        heat: heat and steam bought.
        clause: where the standard says so.
        process: products made and materials used; "": none count.
        inputs: materials bought; "": by the footprint of any pack.
        left_out: kinds of inflow that the standard does not count.
    """

    electricity: str
    technology: str
    transmission: str
    combustion: str
    heat: str
    clause: str
    process: str = ""
    inputs: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a figure is rounded where it is reported; the books keep every digit.

    Attributes:
        places: decimal places, of tonnes or of kilograms per unit of a product.
        mode: `half_even` or `half_up`.
        clause: where the standard says so.
    """

    places: int
    mode: str
    clause: str


@dataclass(frozen=True, slots=True)
class Category:
    """A category that a standard sums emission lines in.

    Attributes:
        code: its number.
        name: in English and Chinese.
        lines: patterns of `scope/category` of the lines that belong to it.
        clause: where the standard says so.
    """

    code: str
    name: Names
    lines: tuple[str, ...]
    clause: str

    def holds(self, scope: str, category: str) -> bool:
        """Tell whether a line of this scope and category belongs to it."""
        return any(fnmatchcase(f"{scope}/{category}", pattern) for pattern in self.lines)


@dataclass(frozen=True, slots=True)
class Method:
    """A standard's rules.

    Attributes:
        code, edition: its name; changed rules are a new edition.
        kind: `organisation` or `product`.
        name: in English and Chinese.
        standard: title and number of what it follows.
        note: what a user must know, in English and Chinese.
        gases: gases that count; patterns (`hfc-*`) allowed.
        gwp_set: assessment report of the GWPs, `AR6`; "" when only CO2 counts.
        renewable: technologies of renewable energy.
        non_fossil: technologies of non-fossil energy.
        searches: searches by name.
        scope_1, scope_2, scope_3, energy, park, product: the rules; None where the
            standard has none.
        categories: the standard's own categories of emissions; empty where it has scopes alone.
        rounding: of reported figures; None: as computed.
        text: the TOML text it was read from.
    """

    code: str
    edition: str
    kind: str
    name: Names
    standard: str
    note: Names
    gases: tuple[str, ...]
    gwp_set: str
    renewable: tuple[str, ...]
    non_fossil: tuple[str, ...]
    searches: dict[str, Search]
    scope_1: Scope1 | None
    scope_2: Scope2 | None
    scope_3: Scope3 | None
    energy: EnergyRules | None
    park: ParkRules | None
    product: ProductRules | None
    text: str
    categories: tuple[Category, ...] = ()
    rounding: Rounding | None = None

    @property
    def key(self) -> str:
        """Name the method for good: `code@edition`."""
        return f"{self.code}@{self.edition}"

    @property
    def content_hash(self) -> str:
        """SHA-256 of the rules as they were read, hex."""
        return sha256(self.text.encode()).hexdigest()

    def counts(self, gas: str) -> bool:
        """Tell whether the method counts emissions of the gas."""
        return any(fnmatchcase(gas, pattern) for pattern in self.gases)
