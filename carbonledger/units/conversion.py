"""From the unit of a reading to the canonical unit of its commodity.

Within a dimension the registry's ratio is enough. Across dimensions (gas metered in m³, sold in
kWh; diesel in litres, booked in kg) a meter declares its conversion, because the number belongs
to the plant and its fuel and to no table of units.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from carbonledger.errors import UnitRefused
from carbonledger.units.dialect import BLANKS, LONGEST, split_ratio
from carbonledger.units.exact import parse_number
from carbonledger.units.registry import Unit, ratio, refuse_dimension, shown, unit

# Emissions come from factors with a source, money from accounts, reactive energy from nowhere:
# a conversion on a meter must not be a way around that.
CONVERTIBLE = frozenset({"energy", "standard_coal", "mass", "volume", "count", "distance_mass"})
KJ_PER_KGCE = Fraction("29307.6")
# The units begin with no digit or sign of a number, so that the two cannot run into each other.
NUMBER_THEN_UNITS = re.compile(r"([+-]?[0-9.,]+)[ \u00a0]*([^0-9., \u00a0].*)")
EXAMPLE = 'write a number, a unit, a slash and a unit: "10.55 kWh/m3"'


@dataclass(frozen=True, slots=True)
class Conversion:
    """What one unit of one dimension is worth in another, as a meter declares it.

    Attributes:
        value: the number, as written.
        unit: what the number counts; `kWh` in `10.55 kWh/m3`.
        per: one of which is worth that; `m3` in `10.55 kWh/m3`.
    """

    value: Decimal
    unit: Unit
    per: Unit


def parse_conversion(text: str) -> Conversion:
    """Read a meter's conversion: `10.55 kWh/m3`, `2.75 GJ/t`, `0.84 kg/L`.

    Raises:
        UnitRefused: `unit-conversion` when the text has another form, the number is not positive,
            both units measure the same, or one measures what no conversion gives (emissions,
            money, power, reactive energy); else as `find`.
        NumberRefused: as `parse_number`.
    """
    parts = NUMBER_THEN_UNITS.fullmatch(text.strip(BLANKS)) if len(text) <= 3 * LONGEST else None
    if parts is None:
        raise _refused(text, "is no number followed by a ratio of units", EXAMPLE)
    value = parse_number(parts[1])
    counted, per = split_ratio(parts[2])
    _check(text, value, counted, per)
    return Conversion(value, counted, per)


def _check(text: str, value: Decimal, counted: Unit, per: Unit) -> None:
    if value <= 0:
        raise _refused(text, "is not positive", EXAMPLE)
    if counted.dimension == per.dimension:
        hint = "the ratio is known; a meter's factor is its multiplier"
        raise _refused(text, f"has {counted.dimension} on both sides", hint)
    for side in (counted, per):
        if side.dimension not in CONVERTIBLE:
            hint = f"a conversion joins two of: {', '.join(sorted(CONVERTIBLE))}"
            raise _refused(text, f"concerns {side.dimension}", hint)


def _refused(text: str, reason: str, hint: str) -> UnitRefused:
    return UnitRefused(f"conversion “{shown(text)}” {reason}", code="unit-conversion", hint=hint)


def conversion_ratio(meter_unit: str, conversion: Conversion, canonical_unit: str) -> Fraction:
    """Return how many canonical units one meter unit is by a conversion, in either direction.

    A meter in m³ with `10.55 kWh/m3` is multiplied to kWh; a meter in kWh with the same
    conversion is divided to m³.

    Args:
        meter_unit: registry symbol the meter counts in.
        conversion: as declared.
        canonical_unit: registry symbol the commodity is booked in.

    Raises:
        UnitRefused: `unit-dimension`, the conversion does not join the two.
    """
    given, wanted = unit(meter_unit), unit(canonical_unit)
    value = Fraction(conversion.value)
    counted, per = conversion.unit, conversion.per
    if (given.dimension, wanted.dimension) == (per.dimension, counted.dimension):
        return ratio(meter_unit, per.symbol) * value * ratio(counted.symbol, canonical_unit)
    if (given.dimension, wanted.dimension) == (counted.dimension, per.dimension):
        return ratio(meter_unit, counted.symbol) / value * ratio(per.symbol, canonical_unit)
    refusal = refuse_dimension(given, wanted)
    raise UnitRefused(
        f"{refusal.message}; the conversion {conversion.value} {counted.symbol}/{per.symbol} "
        "does not join them",
        code="unit-dimension",
        hint=refusal.hint,
    )


def canonical_micro_ratio(
    unit_symbol: str, canonical_symbol: str, conversion: str | None
) -> Fraction:
    """Return what one recorded unit is in canonical units; the factor that `to_micro` takes.

    Where both measure the same the registry decides and a declared conversion is not used: a
    file of a gas meter may come in m³ one month and in kWh the next.

    Args:
        unit_symbol: registry symbol of the recorded unit.
        canonical_symbol: registry symbol of the commodity's unit.
        conversion: text of the meter's conversion, or None.

    Raises:
        UnitRefused: `unit-dimension` without a conversion that joins the two; `unit-conversion`
            when its text is malformed.
        NumberRefused: the number of the conversion cannot be read.
    """
    same = unit(unit_symbol).dimension == unit(canonical_symbol).dimension
    if same or not conversion:
        return ratio(unit_symbol, canonical_symbol)
    return conversion_ratio(unit_symbol, parse_conversion(conversion), canonical_symbol)


def energy_of_power(power: str, seconds: int, energy: str) -> Fraction:
    """Return the energy of one unit of mean power over an interval: 1 kW for 900 s is 1/4 kWh.

    Args:
        power: registry symbol of the power.
        seconds: length of the interval.
        energy: registry symbol of the energy.

    Raises:
        UnitRefused: `unit-dimension`, one of the two is no power or no energy.
    """
    return ratio(power, "W") * seconds * ratio("J", energy)


def kgce_of_energy(symbol: str) -> Fraction:
    """Return the standard coal of one unit of energy at equivalent value (当量值), in kgce.

    The equivalent value counts the energy itself: 1 kgce is 29,307.6 kJ (7,000 kcal of the
    International Table; GB/T 2589-2020), so 1 kWh is 0.122835 kgce. The coefficient that the
    standard prints for electricity, 0.1229 kgce/kWh, is 0.05 % more: a report by that standard
    takes the printed one, from a factor pack. The equal value (等价值), by the coal that power
    stations burn for a kWh, is a factor of a year and no unit at all.

    Args:
        symbol: registry symbol of a unit of energy.

    Raises:
        UnitRefused: `unit-dimension`, the unit measures no energy.
    """
    return ratio(symbol, "kJ") / KJ_PER_KGCE
