"""Whole numbers drawn from a named seed, the same on every machine and with every numpy.

Only the raw stream of PCG64 is used: numpy promises that it never changes, which it does not
promise for its distributions. All arithmetic is in integers, so no rounding differs either.
"""

from math import isqrt

import numpy as np
from numpy.typing import NDArray

SEED = 2024
Ints = NDArray[np.int64]


def draw(name: str, count: int, span: int) -> Ints:
    """Draw `count` whole numbers, each of 0 … span-1 equally likely.

    Args:
        name: names the stream; each has its own, so a new one leaves the others as they are.
        count: how many.
        span: how many values are possible, below 2**32.
    """
    raw = np.random.PCG64([SEED, *name.encode()]).random_raw(count)
    # The upper half of each draw, scaled: exact in 64 bits.
    scaled = (np.asarray(raw, dtype=np.uint64) >> np.uint64(32)) * np.uint64(span)
    return (scaled >> np.uint64(32)).astype(np.int64)


def wobble(name: str, count: int, width: int, amplitude: int) -> Ints:
    """Draw noise around zero that changes slowly.

    Args:
        name: names the stream.
        count: how many values.
        width: values over which the noise keeps a memory; 1 is none.
        amplitude: the spread, as that of a uniform draw from -amplitude to amplitude.
    """
    steps = draw(name, count + width, 2 * amplitude + 1) - amplitude
    total = np.cumsum(steps, dtype=np.int64)
    # A sum of `width` draws spreads as the root of `width`; dividing keeps the spread.
    return (total[width:] - total[:-width]) // isqrt(width)
