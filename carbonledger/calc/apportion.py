"""Sharing out whole units by name, so that the parts add up to their total."""

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeVar

from carbonledger.calc import exact

K = TypeVar("K", bound=str | tuple[str, ...])


def apportion(total: int, weights: Mapping[K, int | Fraction]) -> dict[K, int]:
    """Share out `total` in whole units by weight: largest remainder, ties by key.

    Args:
        total: whole units, zero or more.
        weights: weight of each key, none negative, not all zero unless `total` is zero.

    Returns:
        The part of each key, ascending by key; the parts add up to `total` exactly, and none
        differs from its exact share by a whole unit.

    Raises:
        CalculationRefused: there is something to share out and nobody to take it.
    """
    keys = sorted(weights)
    parts = exact.apportion(total, [weights[key] for key in keys])
    return dict(zip(keys, parts, strict=True))
