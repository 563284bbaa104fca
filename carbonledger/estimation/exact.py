"""Whole numbers shared out and averaged, without a rest and without binary fractions."""

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt

from carbonledger.units import round_half_even

FEWEST_FOR_SPREAD = 2


def rounded(number: Fraction) -> int:
    """Return a number rounded half even."""
    return round_half_even(number.numerator, number.denominator)


def share(total: int, weights: Sequence[Fraction]) -> list[int]:
    """Share a whole number out in proportion to weights, without a rest.

    What is left after rounding down goes to the largest remainders, the earlier of equals first
    (the method of Hamilton).

    Args:
        total: what is shared.
        weights: from zero on, not all of them zero.
    """
    whole = sum(weights, Fraction(0))
    exact = [total * weight / whole for weight in weights]
    parts = [part.numerator // part.denominator for part in exact]
    order = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return parts


def trimmed_mean(numbers: Sequence[int]) -> Fraction:
    """Return the mean without the lowest and the highest quarter.

    A quarter is rounded down, so up to three numbers all count. It moves little when one day in
    four is a stoppage, and is no worse than the mean otherwise (Tukey 1960; Huber, Robust
    Statistics, 1981, section 1.3).
    """
    kept = sorted(numbers)
    cut = len(kept) // 4
    kept = kept[cut : len(kept) - cut]
    return Fraction(sum(kept), len(kept))


def spread(numbers: Sequence[Fraction]) -> Fraction | None:
    """Return the standard deviation of a sample; None of fewer than two numbers."""
    if len(numbers) < FEWEST_FOR_SPREAD:
        return None
    mean = sum(numbers, Fraction(0)) / len(numbers)
    variance = sum(((n - mean) ** 2 for n in numbers), Fraction(0)) / (len(numbers) - 1)
    # Root to six decimals: a spread needs no more.
    return Fraction(isqrt(int(variance * 10**12)), 10**6)
