"""Monte Carlo of an inventory of 2,000 lines, beside drawing every line by itself.

    python benchmarks/uncertainty.py [--draws 100000]

The plain draw takes every line for an input of its own, as a spreadsheet does: it is what the
program is compared with in time, memory and width of the interval.
"""

import argparse
import resource
import time
from multiprocessing import get_context
from typing import Any

import numpy as np

from carbonledger.calc.uncertainty.first_order import first_order
from carbonledger.calc.uncertainty.model import Term, Uncertainty, inputs_of, within
from carbonledger.calc.uncertainty.monte_carlo import simulate

METERS, FACTORS, MONTHS = 167, 20, 12
FIVE = Uncertainty(5)


def inventory() -> dict[Term, float]:
    """Make 167 meters × 12 months ≈ 2,000 lines; the months of a meter are one term."""
    return {Term("1", f"meter:{n}", f"factor:{n % FACTORS}", ""): float(MONTHS)
            for n in range(METERS)}  # fmt: skip


def apart() -> dict[Term, float]:
    """Make the same 2,000 lines, each with a meter of its own: the most inputs there can be."""
    return {Term("1", f"meter:{n}", f"factor:{n % FACTORS}", ""): 1.0
            for n in range(METERS * MONTHS)}  # fmt: skip


def ours(draws: int) -> float:
    """Draw an inventory with shared meters and factors; return the width of its interval."""
    terms = inventory()
    found = simulate(terms, dict.fromkeys(inputs_of(terms), FIVE), draws, 1)["1"]
    return found.high - found.low


def ours_apart(draws: int) -> float:
    """Draw an inventory of 2,000 meters."""
    terms = apart()
    found = simulate(terms, dict.fromkeys(inputs_of(terms), FIVE), draws, 1)["1"]
    return found.high - found.low


def plain(draws: int) -> float:
    """Draw every line by itself, all at once per thousand draws."""
    stream = np.random.Generator(np.random.PCG64(1))
    sums = []
    for _ in range(draws // 1_000):
        activity = stream.normal(1, FIVE.deviation, (1_000, METERS * MONTHS))
        factor = stream.normal(1, FIVE.deviation, (1_000, METERS * MONTHS))
        sums.append((activity * factor).sum(axis=1))
    low, high = np.quantile(np.concatenate(sums), (0.025, 0.975))
    return float(high - low)


def propagated(draws: int) -> float:
    """Propagate to first order; draws play no part."""
    del draws
    terms = within(inventory(), "1")
    return 2 * first_order(terms, dict.fromkeys(inputs_of(terms), FIVE)).half


def _measured(work: Any, draws: int, pipe: Any) -> None:
    start = time.process_time()
    width = work(draws)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send((time.process_time() - start, peak, width))


def main() -> None:
    """Print a row for each way."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=100_000)
    draws = parser.parse_args().draws
    print("| work | CPU s | peak MB | width, t |\n|---|---:|---:|---:|")
    for work in (propagated, ours, ours_apart, plain):
        context = get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_measured, args=(work, draws, there))
        process.start()
        cpu, peak, width = here.recv()
        process.join()
        print(f"| {work.__name__} | {cpu:.2f} | {peak:.0f} | {width:.1f} |")


if __name__ == "__main__":
    main()
