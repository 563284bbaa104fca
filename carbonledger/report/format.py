"""Numbers as readers see them: grouped by thousands, with digits that suit the unit."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal

MINUS = "\u2212"
MOST_PLACES = 9
# Room for any sum of the books; the usual context holds 28 digits.
DIGITS = Context(prec=60)
# Decimals shown by default; what is not listed gets USUAL.
PLACES = {
    "kWh": 0, "MWh": 1, "GJ": 1, "tce": 1, "t": 1, "kg": 0, "m3": 0, "piece": 0, "CNY": 0, "h": 0,
    "tCO2/tce": 3, "tce/万元": 4, "kgCO2e/piece": 3, "kgCO2e/kg": 3, "%": 1, "kgCO2/kWh": 4,
}  # fmt: skip
USUAL = 3
SIGNIFICANT = 3


def grouped(value: Decimal, places: int) -> str:
    """Write a number with a comma each thousand and a true minus sign, rounded half to even.

    Nothing is `0`; a value that is not zero but would read as zero is written as less than the
    last place shown.
    """
    if not value:
        return "0"
    unit = Decimal(1).scaleb(-places)
    rounded = value.quantize(unit, ROUND_HALF_EVEN, DIGITS)
    if not rounded:
        return f"{'<' if value > 0 else '>'} {grouped(unit.copy_sign(value), places)}"
    # Not abs(): that would round to 28 digits.
    text = f"{rounded.copy_abs():,}"
    return MINUS + text if rounded < 0 else text


def plain(value: Decimal) -> str:
    """Write a number with every digit it has and none that say nothing: `0.8325`, `12000`."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def places_for(values: Iterable[Decimal | None], unit: str) -> int:
    """Choose the decimals of a column: as usual for the unit, more where all values are small."""
    usual = PLACES.get(unit, USUAL)
    largest = max((abs(value) for value in values if value is not None), default=Decimal(0))
    if largest == 0 or largest >= 1:
        return usual
    return min(max(usual, SIGNIFICANT - 1 - largest.adjusted()), MOST_PLACES)


def exact_places(values: Iterable[Decimal | None]) -> int:
    """Count the decimals that a column needs so that no digit of any value is lost."""
    return max((_decimals(value) for value in values if value is not None), default=0)


def _decimals(value: Decimal) -> int:
    _, _, fraction = plain(value).partition(".")
    return len(fraction)
