"""Factors composed of properties: measured ones before those of the packs.

    CO2 of a unit of fuel = calorific value × carbon content × oxidation × 44/12

Each part is what the site states of its fuel, with its document; what it does not state comes from
the pack of the default factor (GB/T 32150; IPCC 2006, vol. 2, ch. 1 and 2, tier 3 before tier 1). A
factor per unit of energy, or of volume for a fuel kept by mass, is brought to the fuel's unit by
the same properties. Net and gross calorific values are never taken for one another.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from carbonledger.calc.figures import Remark, rounded
from carbonledger.calc.lookups import CO2, Lookups
from carbonledger.calc.model import Figure
from carbonledger.errors import FactorNotFound
from carbonledger.factors.lookup import KILOGRAMS, Found
from carbonledger.factors.model import Factor
from carbonledger.factors.properties import (
    CALORIFIC_VALUES,
    CARBON,
    DENSITY,
    DRY,
    GCV,
    MOISTURE,
    NCV,
    OXIDATION,
    PACK,
)
from carbonledger.units import ratio, split_ratio, unit

CO2_OF_CARBON = Fraction(44, 12)
KJ_PER_KGCE = Fraction("29307.6")
PLACES = 12
BELOW = {"energy": "GJ", "mass": "kg", "volume": "m3"}
WORDS = {
    NCV: "net calorific value", GCV: "gross calorific value", CARBON: "carbon content",
    OXIDATION: "oxidation", DENSITY: "density", MOISTURE: "moisture",
}  # fmt: skip


class Fuel(NamedTuple):
    """The fuel of a line.

    Attributes:
        account, commodity, month: which fuel, where and when.
        unit: canonical unit of the commodity.
        region: region of the account.
        search: the search that found the default factor.
    """

    account: str
    commodity: str
    month: str
    unit: str
    region: str
    search: str


class Composed(NamedTuple):
    """A factor made of parts.

    Attributes:
        found: the factor, per canonical unit of the fuel.
        figure: the figure that names its parts.
        measured: whether the site states one of them.
    """

    found: Found
    figure: Figure
    measured: bool


def by_analysis(lookups: Lookups, fuel: Fuel) -> Found | None:
    """Stand in for the default factor of a fuel that no pack has one for.

    Where the site states the carbon of the fuel, `composed` makes the factor of it, with what else
    the site states: no pack is asked. None where it states none, or where the fuel is kept by its
    energy.
    """
    carbon = lookups.stated(fuel.account, fuel.commodity, fuel.month, CARBON)
    if carbon is None or unit(fuel.unit).dimension == "energy":
        return None
    return Found(replace(carbon, gas=CO2, purpose="combustion"), "")


def composed(lookups: Lookups, fuel: Fuel, found: Found) -> Composed | None:
    """Compose the factor of a fuel; None where the factor that was found serves as it is.

    Raises:
        FactorNotFound: a property is needed that is neither stated nor in the pack of the factor.
    """
    maker = _Maker(lookups, fuel, found)
    value = maker.of_carbon() if found.factor.gas == CO2 else None
    value = maker.of_factor() if value is None else value
    if value is None:
        return None
    return _made(lookups, fuel, maker, value)


def _made(lookups: Lookups, fuel: Fuel, maker: "_Maker", value: Fraction) -> Composed:
    default = maker.found.factor
    number = rounded(value, PLACES)
    written = f"{KILOGRAMS[default.gas]}/{fuel.unit}"
    key = f"composed:{fuel.commodity}:{fuel.account}:{fuel.month}:{default.gas}"
    parts = tuple(maker.parts)
    figures = [
        Figure(f"factor:{one.key}", one.value, one.unit, one.key, (), one.page) for one in parts
    ]
    figure = Figure(key, number, written, maker.formula(), tuple(one.key for one in figures))
    for one in (*figures, figure):
        lookups.figures[one.key] = one
    made = Factor(
        pack=PACK, edition="", code=key, activity=fuel.commodity, region=fuel.account,
        valid_from=None, valid_to=None, data_year=None, purpose=default.purpose,
        gas=default.gas, value=number, unit=written,
    )  # fmt: skip
    measured = any(one.pack == PACK for one in parts)
    return Composed(Found(made, maker.found.fallback), figure, measured)


class _Maker:
    """Collects the parts of one factor."""

    def __init__(self, lookups: Lookups, fuel: Fuel, found: Found) -> None:
        self._lookups, self._fuel, self.found = lookups, fuel, found
        self._own = unit(fuel.unit).dimension
        self.parts: list[Factor] = []
        self._carbon = False

    def formula(self) -> str:
        """Write the product of the parts."""
        shown = [f"{one.value} {one.unit}" for one in self.parts]
        return " × ".join(shown + (["44/12"] if self._carbon else []))

    def of_carbon(self) -> Fraction | None:
        """Multiply carbon by its oxidation; None where the site states nothing of the two ways."""
        if self._own == "energy":
            return None
        carbon = self._stated(CARBON)
        if carbon is not None and split_ratio(carbon.unit)[1].dimension != "energy":
            value = self._scaled(carbon, "kgC")
            return self._oxidised(value)
        basis = carbon.basis if carbon else "ncv"
        if not any(map(self._stated, (CARBON, OXIDATION, CALORIFIC_VALUES[basis]))):
            return None
        carbon = carbon or self._default(CARBON, basis)
        if carbon is None:
            # The pack prints whole factors: one per energy takes a measured calorific value, no
            # other takes any.
            self._unused()
            return None
        value = self._energy(basis)
        self.parts.append(carbon)
        return self._oxidised(value * _ratio(carbon, "kgC", "GJ"))

    def of_factor(self) -> Fraction | None:
        """Bring the factor to the unit of the fuel; None where it is in it."""
        factor = self.found.factor
        below = split_ratio(factor.unit)[1].dimension
        if below == self._own:
            return None
        if below == "energy" and factor.basis in CALORIFIC_VALUES:
            self.parts.append(factor)
            return _ratio(factor, KILOGRAMS[factor.gas], "GJ") * self._energy(factor.basis)
        if {below, self._own} == {"mass", "volume"}:
            return self._scaled(factor, KILOGRAMS[factor.gas])
        return None

    def _unused(self) -> None:
        fuel, factor = self._fuel, self.found.factor
        stated = [one for one in (self._stated(NCV), self._stated(OXIDATION)) if one]
        per_energy = split_ratio(factor.unit)[1].dimension == "energy"
        for one in stated:
            if per_energy and one.purpose == NCV:
                continue
            self._lookups.notes[one.key, factor.key] = Remark(
                f"{one.key} is not used for the CO2 of {fuel.commodity}: {factor.key} cannot be "
                "taken apart; state its carbon content too",
                f"{fuel.commodity} 的二氧化碳未采用 {one.key}：{factor.key} 无法分解；"
                "请同时填写含碳量",
            )

    def _oxidised(self, value: Fraction) -> Fraction:
        oxidation = self._needed(OXIDATION)
        self.parts.append(oxidation)
        self._carbon = True
        return value * share(oxidation) * CO2_OF_CARBON

    def _energy(self, basis: str) -> Fraction:
        """Return GJ of a canonical unit of the fuel, net or gross."""
        return self._scaled(self._needed(CALORIFIC_VALUES[basis], basis), "GJ")

    def _scaled(self, factor: Factor, above: str) -> Fraction:
        """Return what a canonical unit of the fuel, as received, holds of something."""
        self.parts.append(factor)
        below = split_ratio(factor.unit)[1].dimension
        value = _ratio(factor, above, BELOW[below])
        if factor.technology == DRY:
            moisture = self._needed(MOISTURE)
            self.parts.append(moisture)
            value *= 1 - share(moisture)
        if below != self._own:
            density = self._needed(DENSITY)
            self.parts.append(density)
            value = _by_density(value, density, below)
        return value * ratio(self._fuel.unit, BELOW[self._own])

    def _stated(self, purpose: str) -> Factor | None:
        fuel = self._fuel
        return self._lookups.stated(fuel.account, fuel.commodity, fuel.month, purpose)

    def _default(self, purpose: str, basis: str = "") -> Factor | None:
        """Find a property in the pack of the default factor; families are not mixed."""
        fuel, default = self._fuel, self.found.factor
        found = self._lookups.find(
            fuel.search, fuel.commodity, fuel.region, fuel.month, purposes=(purpose,),
            packs=(f"{default.pack}@{default.edition}",), bases=(basis,), required=False,
        )  # fmt: skip
        return found.factor if found else None

    def _needed(self, purpose: str, basis: str = "") -> Factor:
        factor = self._stated(purpose) or self._default(purpose, basis)
        if factor is None:
            hint = f'state it in site.toml, [property."{self._fuel.commodity}"], with its document'
            raise FactorNotFound("".join(self._missing(purpose, basis)), hint=hint)
        return factor

    def _missing(self, purpose: str, basis: str) -> Iterator[str]:
        fuel, default = self._fuel, self.found.factor
        yield f"no {WORDS[purpose]} of {fuel.commodity} for {fuel.account} in {fuel.month}"
        yield f", which is needed with {default.key} ({default.value} {default.unit}"
        yield f", {default.basis})" if default.basis else ")"
        other = {NCV: ("gcv", GCV), GCV: ("ncv", NCV)}.get(purpose)
        if other and basis:
            known = self._stated(other[1]) or self._default(other[1], other[0])
            if known:
                yield f"; {known.key} = {known.value} {known.unit} is a {WORDS[other[1]]} and is "
                yield "not used for it"


def share(factor: Factor) -> Fraction:
    """Return a plain ratio as a part of one."""
    return Fraction(factor.value) / (100 if factor.unit == "%" else 1)


def coal_of(ncv: Factor, density: Factor | None, of_unit: str) -> Decimal | None:
    """Return kgce of a unit of fuel by its net calorific value (GB/T 2589-2020).

    k = NCV / 29,307.6 kJ/kgce; None where it is per mass of a fuel kept by volume, or the other
    way round, and no density is stated.
    """
    below, own = split_ratio(ncv.unit)[1].dimension, unit(of_unit).dimension
    value = _ratio(ncv, "kJ", BELOW[below]) / KJ_PER_KGCE
    if below != own:
        if density is None:
            return None
        value = _by_density(value, density, below)
    return rounded(value * ratio(of_unit, BELOW[own]), PLACES)


def _by_density(value: Fraction, density: Factor, below: str) -> Fraction:
    """Turn what is per kg (`mass`) into what is per m3, or the other way round."""
    kilograms = _ratio(density, "kg", "m3")
    return value * kilograms if below == "mass" else value / kilograms


def _ratio(factor: Factor, above: str, below: str) -> Fraction:
    """Convert a factor to other units above and below its line, exactly."""
    numerator, denominator = split_ratio(factor.unit)
    scale = ratio(numerator.symbol, above) * ratio(below, denominator.symbol)
    return Fraction(factor.value) * scale
