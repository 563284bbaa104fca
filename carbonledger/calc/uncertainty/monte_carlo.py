"""Monte Carlo: approach 2 of IPCC 2006, vol. 1, ch. 3, one draw of every input for all its lines.

Every input has a stream of random numbers of its own (PCG64, seeded by the seed and a hash of its
key), so the same seed gives the same figures, however many other inputs there are. Draws are made
in blocks: memory grows with the inputs and not with the draws. Distributions are not truncated.
"""

import hashlib
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from carbonledger.calc.uncertainty.model import (
    LOGNORMAL,
    TOTALS,
    TRIANGULAR,
    UNIFORM,
    Stated,
    Terms,
    Uncertainty,
    inputs_of,
)

Array = NDArray[np.float64]
BLOCK = 1_000
GENERATOR = "numpy PCG64"
LOW, HIGH = 0.025, 0.975
ONE = ""
"""The input that is always 1."""


class Simulated(NamedTuple):
    """A figure as its draws show it, t CO2e.

    Attributes:
        mean, median: of the draws.
        low, high: their percentiles 2.5 and 97.5.
        mean_error: standard error of the mean.
        limit_error: how far the percentiles may be off for the number of draws: half the widest
            95 % interval of the two by order statistics.
    """

    mean: float
    median: float
    low: float
    high: float
    mean_error: float
    limit_error: float


def simulate(terms: Terms, stated: Stated, draws: int, seed: int) -> dict[str, Simulated]:
    """Draw every input and sum the emissions, for each figure of `TOTALS` that has any.

    Args:
        terms: emissions by inputs.
        stated: uncertainty by input; others count as exact.
        draws: how many.
        seed: any whole number from 0 on.
    """
    scopes = sorted({term.scope for term in terms})
    drawn = drawn_scopes(terms, stated, draws, seed)
    found = {}
    for total, parts in TOTALS.items():
        rows = [scopes.index(scope) for scope in parts if scope in scopes]
        if rows:
            found[total] = summary(drawn[rows].sum(axis=0))
    return found


def drawn_scopes(terms: Terms, stated: Stated, draws: int, seed: int) -> Array:
    """Return the draws of every scope, sorted by its name: a row a scope, t CO2e."""
    model = _Model(terms)
    streams = [(stated.get(key), _stream(key, seed)) for key in model.inputs]
    result = np.empty((len(model.scopes), draws))
    for start in range(0, draws, BLOCK):
        size = min(BLOCK, draws - start)
        values = np.array([_draw(one, stream, size) for one, stream in streams])
        result[:, start : start + size] = model.emissions(values)
    return result


def summary(values: Array) -> Simulated:
    """Describe the draws of a figure."""
    ordered = np.sort(values)
    size = len(ordered)
    low, median, high = (float(one) for one in np.quantile(ordered, (LOW, 0.5, HIGH)))
    return Simulated(
        mean=float(ordered.mean()), median=median, low=low, high=high,
        mean_error=float(ordered.std(ddof=1) / sqrt(size)) if size > 1 else 0.0,
        limit_error=max(_rank_error(ordered, LOW), _rank_error(ordered, HIGH)),
    )  # fmt: skip


def _rank_error(ordered: Array, part: float) -> float:
    """Return half the 95 % interval of a percentile, from the binomial distribution of its rank."""
    size = len(ordered)
    reach = 1.96 * sqrt(size * part * (1 - part))
    first, last = (int(np.clip(size * part + off, 0, size - 1)) for off in (-reach, reach))
    return float(ordered[last] - ordered[first]) / 2


class _Model:
    """Emissions as a function of the inputs: groups of terms that share factor and GWP."""

    def __init__(self, terms: Terms) -> None:
        self.scopes = sorted({term.scope for term in terms})
        self.inputs = [*inputs_of(terms), ONE]
        place = {key: row for row, key in enumerate(self.inputs)}
        groups = {
            key: row for row, key in enumerate(sorted({(t.scope, t.factor, t.gwp) for t in terms}))
        }
        self._factor = np.array([place[factor] for _, factor, _ in groups], dtype=np.intp)
        self._gwp = np.array([place[gwp] for _, _, gwp in groups], dtype=np.intp)
        self._activity = sparse.csr_array(
            (
                list(terms.values()),
                (
                    [groups[t.scope, t.factor, t.gwp] for t in terms],
                    [place[t.activity] for t in terms],
                ),
            ),
            shape=(len(groups), len(self.inputs)),
        )
        self._sum = sparse.csr_array(
            (
                np.ones(len(groups)),
                ([self.scopes.index(scope) for scope, _, _ in groups], range(len(groups))),
            ),
            shape=(len(self.scopes), len(groups)),
        )

    def emissions(self, values: Array) -> Array:
        """Return tonnes by scope and draw of what the inputs are multiplied by."""
        made: Array = np.asarray(self._activity @ values)
        made *= values[self._factor]
        made *= values[self._gwp]
        return np.asarray(self._sum @ made)


def _stream(key: str, seed: int) -> np.random.Generator:
    words = np.frombuffer(hashlib.sha256(key.encode()).digest(), dtype="<u4")
    return np.random.Generator(np.random.PCG64([seed, *map(int, words)]))


def _draw(one: Uncertainty | None, stream: np.random.Generator, size: int) -> Array:
    """Draw what the value of an input is multiplied by; its mean is 1."""
    if one is None or not one.percent:
        return np.ones(size)
    part = one.percent / 100
    if one.distribution == UNIFORM:
        return stream.uniform(1 - part, 1 + part, size)
    if one.distribution == TRIANGULAR:
        return stream.triangular(1 - part, 1, 1 + part, size)
    if one.distribution == LOGNORMAL:
        sigma = one.log_deviation
        return stream.lognormal(-sigma * sigma / 2, sigma, size)
    return stream.normal(1, one.deviation, size)
