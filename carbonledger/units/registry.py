"""The units the books know: a closed list of our own, with exact ratios between them.

`registry.csv` is the one place where a unit is defined: its dimension, its size in terms of
another unit, its reference state and the source of its number. pint computes ratios from it and
is loaded when the first ratio between two different units is asked for. pint's own list is never
loaded: there `ton` is 907 kg, `kt` a speed, `pcs` a parsec and `Nm**3` a textile number.
"""

import csv
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from carbonledger.errors import UnitRefused

if TYPE_CHECKING:
    import pint

SHOWN = 40
DEFAULT_HINT = (
    "a quantity of one dimension becomes another only by a declared `conversion` on the meter, "
    'for example conversion = "10.55 kWh/m3"'
)
REACTIVE_HINT = (
    "only active energy is energy used: import that one; a `conversion` on the meter cannot help"
)
CURRENCY_HINT = (
    "give amounts in the currency of the commodity, at the rate of your accounts; a `conversion` "
    "on the meter cannot help"
)
EQUIVALENT_HINT = (
    "the equivalent of a gas depends on the GWP set of the method: give the mass of each gas; "
    "a `conversion` on the meter cannot help"
)
HINTS = {
    frozenset({"power", "energy"}): 'a meter of mean power is declared with reads = "power"; its '
    "energy follows from the length of the intervals, without a `conversion`",
    frozenset({"standard_coal", "energy"}): "give the energy itself, or state the basis as a "
    '`conversion` on the meter, for example conversion = "29.3076 GJ/tce"',
    frozenset({"co2", "mass"}): "where the commodity is the gas itself write its mass, kg or t; "
    "no `conversion` is needed",
    frozenset({"reactive_energy", "energy"}): REACTIVE_HINT,
    frozenset({"apparent_energy", "energy"}): REACTIVE_HINT,
    frozenset({"co2e", "mass"}): EQUIVALENT_HINT,
    frozenset({"co2e", "co2"}): EQUIVALENT_HINT,
    frozenset({"money", "money_eur"}): CURRENCY_HINT,
    frozenset({"money", "money_usd"}): CURRENCY_HINT,
    frozenset({"money_eur", "money_usd"}): CURRENCY_HINT,
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the registry.

    Attributes:
        symbol: its name in the books: `kWh`, `m3`, `GJ`, `kgCO2e` …
        dimension: what it measures: `energy`, `power`, `mass`, `volume`, `count`, `money`, `co2` …
            Units convert by ratio within a dimension, never across.
        condition: reference state of a gas volume (`0 °C, 101.325 kPa`); "" when the unit states
            none.
    """

    symbol: str
    dimension: str
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """A row of the registry: a unit with its size, names and source.

    Attributes:
        unit: the unit.
        definition: `[dimension]` for a base unit, else its size, `1000 * Wh`.
        name_en, name_zh: full names.
        source: where the number comes from.
    """

    unit: Unit
    definition: str
    name_en: str
    name_zh: str
    source: str


def table(name: str) -> list[dict[str, str]]:
    """Read one of the package's CSV tables."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@lru_cache(maxsize=1)
def definitions() -> dict[str, Definition]:
    """Return every unit of the registry by its symbol, in the order of the file."""
    return {
        row["symbol"]: Definition(
            Unit(row["symbol"], row["dimension"], row["condition"]),
            row["definition"],
            row["name_en"],
            row["name_zh"],
            row["source"],
        )
        for row in table("registry.csv")
    }


def shown(text: str) -> str:
    """Return the text fit for a message: cut, and without characters that cannot be printed."""
    cut = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)


def unit(symbol: str) -> Unit:
    """Return the unit of a registry symbol; spellings are the business of `find`.

    Raises:
        UnitRefused: `unit-unknown`, the registry has no such symbol.
    """
    found = definitions().get(symbol)
    if found is None:
        raise UnitRefused(
            f"unit “{shown(symbol)}” is not in the registry",
            code="unit-unknown",
            hint="docs/units.md lists every unit and its spellings",
        )
    return found.unit


def _identifier(symbol: str) -> str:
    """Return the symbol as pint can read it; `@` has a meaning of its own there."""
    return symbol.replace("@", "_at_")


@lru_cache(maxsize=1)
def pint_registry() -> "pint.UnitRegistry[Fraction]":
    """Build pint's registry from ours: no default units, no prefixes, exact fractions."""
    import pint

    registry: pint.UnitRegistry[Fraction] = pint.UnitRegistry(None, non_int_type=Fraction)
    for symbol, row in definitions().items():
        registry.define(f"{_identifier(symbol)} = {row.definition}")
    return registry


def refuse_dimension(source: Unit, target: Unit) -> UnitRefused:
    """Return the refusal to make `target` of `source`, with both dimensions and a way out."""
    dimensions = frozenset({source.dimension, target.dimension})
    return UnitRefused(
        f"{source.symbol} measures {source.dimension}, {target.symbol} measures {target.dimension}",
        code="unit-dimension",
        hint=HINTS.get(dimensions, DEFAULT_HINT),
    )


@lru_cache(maxsize=4096)
def ratio(source: str, target: str) -> Fraction:
    """Return how many `target` one `source` is, exactly: 1 MJ is 5/18 kWh.

    Args:
        source: registry symbol.
        target: registry symbol.

    Raises:
        UnitRefused: `unit-dimension` when the two measure different things, `unit-unknown` when
            one is not in the registry.
    """
    given, wanted = unit(source), unit(target)
    if given.dimension != wanted.dimension:
        raise refuse_dimension(given, wanted)
    if source == target:
        return Fraction(1)
    factor = pint_registry().convert(Fraction(1), _identifier(source), _identifier(target))
    if not isinstance(factor, (int, Fraction)):
        raise TypeError(f"pint gave {source} to {target} as {type(factor).__name__}, not exactly")
    return Fraction(factor)


def convert(value: Decimal | Fraction | int, source: str, target: str) -> Fraction:
    """Return a value of `source` in `target`, exactly and unrounded.

    Raises:
        UnitRefused: as `ratio`.
    """
    return Fraction(value) * ratio(source, target)
