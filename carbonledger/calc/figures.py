"""Numbers as results show them: exact decimals of integers, ratios rounded once, remarks."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from operator import attrgetter
from typing import NamedTuple

from carbonledger.calc.model import EmissionLine, Figure
from carbonledger.units import from_micro, round_half_even

MG_PER_T = 9
"""Decimal places from milligrams to tonnes."""
RATIO_PLACES = 9
"""Decimal places that a quotient is rounded to, half even."""
ANSWERED = (
    "account", "scope", "category", "commodity", "month", "gas", "activity_unit", "factor",
    "factor_value", "factor_unit", "gwp", "basis",
)  # fmt: skip


_answered = attrgetter(*ANSWERED)


class Remark(NamedTuple):
    """What must be said with a result, in English and Chinese."""

    en: str
    zh: str


NOTHING = Remark("", "")


def exact(units: int, places: int) -> Decimal:
    """Write an integer of a small unit in a larger one, exactly: `exact(1500, 3)` is 1.5."""
    digits = f"{abs(units):0{places + 1}d}"
    whole, rest = digits[:-places], digits[-places:].rstrip("0")
    sign = "-" if units < 0 else ""
    return Decimal(f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}")


def tonnes(milligrams: int) -> Decimal:
    """Write milligrams in tonnes, exactly."""
    return exact(milligrams, MG_PER_T)


def rounded(value: Fraction, places: int = RATIO_PLACES) -> Decimal:
    """Round a fraction half even to decimal places."""
    return exact(round_half_even(value.numerator * 10**places, value.denominator), places)


def share(part: int, whole: int) -> Decimal | None:
    """Divide two integers, rounded half even to nine places; None when the whole is zero."""
    return rounded(Fraction(part, whole)) if whole else None


def total_figure(
    key: str, lines: tuple[EmissionLine, ...], scope: str, formula: str
) -> tuple[int, Figure]:
    """Sum the lines of a scope.

    Returns:
        The sum in milligrams of CO2 equivalent, and the figure in tonnes that names its lines;
        lines are numbered from 1 in the order of the result.
    """
    places = [n for n, line in enumerate(lines) if line.scope == scope]
    sum_mg = sum(lines[n].co2e_mg for n in places)
    inputs = tuple(f"line:{n + 1}" for n in places)
    return sum_mg, Figure(key, tonnes(sum_mg), "t", formula, inputs)


def line_answer(number: int, line: EmissionLine) -> dict[str, object]:
    """Write a line as the view `emission_line` shows it: activity in its unit, masses in kg."""
    answer: dict[str, object] = {"line": number}
    answer.update(zip(ANSWERED, _answered(line), strict=True))
    answer["activity"] = from_micro(line.activity)
    answer["mass_kg"] = from_micro(line.mass_mg)
    answer["co2e_kg"] = from_micro(line.co2e_mg)
    return answer


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """Keep the first of equal texts, in order."""
    return tuple(dict.fromkeys(values))
