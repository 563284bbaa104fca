"""Whole columns of scaled integers into millionths, exactly, and their sums."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from carbonledger.errors import NumberRefused
from carbonledger.units import round_half_even

Ints = npt.NDArray[np.int64]
MILLION = 1_000_000
LIMIT = 1 << 63


def to_micro(ints: Ints, ratio: Fraction, decimals: int) -> Ints:
    """Turn scaled integers into millionths of the canonical unit, rounded half even, once.

    Args:
        ints: numbers times 10**decimals.
        ratio: what one recorded unit is in canonical units.
        decimals: see above.

    Raises:
        NumberRefused: a result does not fit 64 bits.
    """
    whole = Fraction(ratio.numerator * MILLION, ratio.denominator * 10**decimals)
    top, bottom = whole.numerator, whole.denominator
    largest = int(np.abs(ints).max()) if len(ints) else 0
    if ints.dtype == object or largest * top >= LIMIT or bottom >= LIMIT:
        return _large(ints, top, bottom)
    product = ints if top == 1 else ints * np.int64(top)
    return product if bottom == 1 else _half_even(product, bottom)


def _half_even(numbers: Ints, divisor: int) -> Ints:
    """Divide whole columns, rounding half to even."""
    quotient, rest = np.divmod(numbers, np.int64(divisor))
    twice = rest - (divisor - rest)  # sign of 2 × rest − divisor, without overflow
    up = (twice > 0) | ((twice == 0) & (quotient & 1 == 1))
    return np.asarray(quotient + up, np.int64)


def _large(ints: Ints, top: int, bottom: int) -> Ints:
    made = [round_half_even(number * top, bottom) for number in ints.tolist()]
    if any(not -LIMIT <= number < LIMIT for number in made):
        raise _too_large()
    return np.array(made, np.int64)


def _too_large() -> NumberRefused:
    return NumberRefused(
        "a quantity is too large for the ledger",
        code="number-too-large",
        hint="check the unit and the column",
    )


def micro(number: Fraction) -> int:
    """Return one exact number in millionths, rounded half even."""
    return round_half_even(number.numerator * MILLION, number.denominator)


def sums(numbers: Ints, first: Ints) -> list[int]:
    """Sum runs of a column that begin at `first`, exactly, however large they become."""
    if len(numbers) == 0:
        return []
    longest = int(np.diff(np.append(first, len(numbers))).max())
    if numbers.dtype != object and int(np.abs(numbers).max()) * longest < LIMIT:
        return list(np.add.reduceat(numbers, first).tolist())
    return [sum(part.tolist()) for part in np.split(numbers, first[1:])]
