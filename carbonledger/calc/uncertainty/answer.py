"""The uncertainty of an inventory as programs read it."""

from decimal import Decimal
from typing import Any, NamedTuple

from carbonledger.calc.uncertainty.first_order import FirstOrder, first_order, sensitivities
from carbonledger.calc.uncertainty.model import (
    TOTALS,
    Stated,
    Terms,
    Uncertainty,
    covered,
    kind_of,
    within,
)
from carbonledger.calc.uncertainty.monte_carlo import GENERATOR, Simulated, simulate

NO_EMISSIONS, TOO_LITTLE = "no_emissions", "coverage"


class Asked(NamedTuple):
    """What is asked of an uncertainty.

    Attributes:
        draws: of the Monte Carlo.
        seed: of its random numbers.
        coverage: per cent of the emissions of a figure whose inputs must all have an uncertainty;
            below it no interval is stated.
        basis: `location` or `market`: the total whose inputs are ranked.
    """

    draws: int = 100_000
    seed: int = 1
    coverage: float = 95.0
    basis: str = "location"


def uncertainty_answer(terms: Terms, stated: Stated, asked: Asked) -> dict[str, Any]:
    """Compute intervals by both approaches, and rank the inputs.

    Args:
        terms: emissions by inputs.
        stated: what is known of them.
        asked: draws, seed and coverage.
    """
    drawn = simulate(terms, stated, asked.draws, asked.seed)
    figures = [_figure(total, terms, stated, drawn, asked) for total in TOTALS]
    ranked = within(terms, f"total_{asked.basis}")
    return {
        "draws": asked.draws, "seed": asked.seed, "generator": GENERATOR,
        "coverage_wanted_percent": number(asked.coverage, 3),
        "intervals": figures,
        "ranked_total": f"total_{asked.basis}",
        "mend_first": _mend(first_order(ranked, stated), stated),
        "not_stated": _missing(ranked, stated),
        "assumed": sorted(key for key, one in stated.items() if one.assumed),
        "from_pedigree": sorted(key for key, one in stated.items() if one.derived),
    }  # fmt: skip


def number(value: float, places: int = 6) -> Decimal:
    """Write a number of a statistic as a decimal."""
    return Decimal(f"{value + 0.0:.{places}f}").normalize() + 0


def _figure(
    total: str, terms: Terms, stated: Stated, drawn: dict[str, Simulated], asked: Asked
) -> dict[str, Any]:
    own = within(terms, total)
    part = covered(own, stated)
    row: dict[str, Any] = {
        "total": total,
        "t_co2e": number(sum(own.values())),
        "covered_percent": None if part is None else number(100 * part),
        "reason": "",
    }
    if part is None:
        row["reason"] = NO_EMISSIONS
    elif 100 * part < asked.coverage - 1e-9:
        row["reason"] = TOO_LITTLE
    return row | _interval(first_order(own, stated), None if row["reason"] else drawn[total])


def _interval(propagated: FirstOrder, drawn: Simulated | None) -> dict[str, Decimal | None]:
    if drawn is None:
        names = ("percent", "low_t", "high_t", "mean_t", "median_t", "drawn_low_t",
                 "drawn_high_t", "mean_error_t", "limit_error_t")  # fmt: skip
        return dict.fromkeys(names)
    percent = propagated.percent
    return {
        "percent": None if percent is None else number(percent),
        "low_t": number(propagated.tonnes - propagated.half),
        "high_t": number(propagated.tonnes + propagated.half),
        "mean_t": number(drawn.mean),
        "median_t": number(drawn.median),
        "drawn_low_t": number(drawn.low),
        "drawn_high_t": number(drawn.high),
        "mean_error_t": number(drawn.mean_error),
        "limit_error_t": number(drawn.limit_error),
    }


def _mend(found: FirstOrder, stated: Stated) -> list[dict[str, Any]]:
    return [
        {
            "input": part.key,
            "t_co2e": number(part.tonnes),
            "percent": number(stated[part.key].percent),
            "distribution": stated[part.key].distribution,
            "variance_percent": number(100 * part.share),
            "narrower_percent": number(100 * (1 - part.halved / found.half))
            if found.half
            else None,
            "source": _source(stated[part.key]),
        }
        for part in found.parts
    ]


def _source(one: Uncertainty) -> str:
    return "assumed" if one.assumed else one.source


def _missing(terms: Terms, stated: Stated) -> list[dict[str, Any]]:
    """List inputs without a stated uncertainty, those of most emissions first."""
    whole = sum(map(abs, terms.values()))
    rows = [
        {"input": key, "kind": kind_of(key), "t_co2e": number(tonnes),
         "percent": number(100 * abs(tonnes) / whole) if whole else None}
        for key, tonnes in sensitivities(terms).items() if key not in stated
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-abs(row["t_co2e"]), row["input"]))
