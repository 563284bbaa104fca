"""The intensity of a park: energy, CO2, indicators with their thresholds, published averages.

发改环资〔2025〕910号, annexes 3 and 4, under the method `cn-zero-carbon-park`; under other methods
the indicators that they name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from carbonledger.calc.balance import of_kind, supply_keys
from carbonledger.calc.benchmarks import (
    Benchmark,
    Comparison,
    benchmark_of,
    compare,
    comparison_figures,
    comparison_names,
)
from carbonledger.calc.energy import EnergyResult, energy
from carbonledger.calc.figures import Remark, tonnes
from carbonledger.calc.indicators import NOT_MET, Indicator, assess
from carbonledger.calc.inventory import InventoryResult, inventory
from carbonledger.calc.measures import Facts
from carbonledger.calc.model import Books, EmissionLine, Figure
from carbonledger.calc.pollutants import Pollution, pollution, pollution_answer
from carbonledger.calc.renewable import Volumes, volumes
from carbonledger.errors import CalculationRefused
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.model import Factor
from carbonledger.factors.rules import Method, ParkRules
from carbonledger.units import from_micro

__all__ = ["Benchmark", "Comparison", "Indicator", "IntensityResult", "intensity",
           "intensity_answer"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class IntensityResult:
    """Energy, CO2 and indicators of a boundary.

    Attributes:
        energy: energy consumption on both bases.
        inventory: the inventory behind it.
        electricity: electricity by where it came from.
        co2_t: tonnes of CO2 (CO2e where the method counts more) that the indicators count.
        indicators: the indicators of the method.
        comparisons: published figures beside our own.
        figures: the tree behind the numbers.
        remarks: what must be said with it.
        pollutants: what was given off to air and water, in pollution equivalents.
    """

    energy: EnergyResult
    inventory: InventoryResult
    electricity: Volumes
    co2_t: Decimal
    indicators: tuple[Indicator, ...]
    comparisons: tuple[Comparison, ...]
    figures: tuple[Figure, ...]
    remarks: tuple[Remark, ...]
    pollutants: tuple[Pollution, ...] = ()

    @property
    def lines(self) -> tuple[EmissionLine, ...]:
        """Lines of the inventory behind it, which the figures number."""
        return self.inventory.lines


def intensity(
    books: Books,
    method: Method,
    book: FactorBook,
    benchmarks: Sequence[Factor | Benchmark] = (),
    not_applicable: Mapping[str, str] | None = None,
) -> IntensityResult:
    """Measure the intensity of a boundary and compare it with thresholds and averages.

    Args:
        books: flows of the whole site.
        method: the rules; it must have rules for a park.
        book: the factors.
        benchmarks: published figures to compare with, rows of packs or stated by the user.
        not_applicable: the park's own reason, by code, why a guiding indicator does not apply.

    Raises:
        FactorNotFound, FactorRefused: as `inventory` and `energy`.
        CalculationRefused: the method has no rules for a park; `not_applicable` names an
            indicator that cannot be left out; as `inventory`.
    """
    if method.park is None:
        raise CalculationRefused(
            f"{method.key} has no rules for the intensity of a park",
            hint="choose `cn-zero-carbon-park` or `ghg-protocol`",
        )
    made, used = inventory(books, method, book), energy(books, method, book)
    seen = volumes(books, method, made)
    facts = Facts(books, method, method.park, made, used, seen)
    indicators, figures = assess(facts, method, not_applicable or {})
    packs = method.searches[method.park.benchmarks].packs if method.park.benchmarks else ()
    rows = (b if isinstance(b, Benchmark) else benchmark_of(b, packs) for b in benchmarks)
    comparisons = tuple(compare(facts, row) for row in rows)
    averages = comparison_figures(comparisons, lambda one: one.inputs)
    co2_t = tonnes(facts.co2_mg())
    return IntensityResult(
        energy=used,
        inventory=made,
        electricity=seen,
        co2_t=co2_t,
        indicators=indicators,
        comparisons=comparisons,
        figures=(
            *_figures(method.park, books, seen, co2_t),
            *used.figures,
            *figures,
            *made.figures,
            *averages,
        ),
        remarks=(*made.remarks, *_remarks(indicators)),
        pollutants=pollution(books, book),
    )


def intensity_answer(result: IntensityResult) -> dict[str, object]:
    """Write the intensity as programs read it."""
    return {
        "energy_tce": dict(result.energy.tce),
        "co2_t": result.co2_t,
        "indicators": [_indicator(one) for one in result.indicators],
        "benchmarks": [_comparison(*named) for named in comparison_names(result.comparisons)],
        **({"pollutants": pollution_answer(result.pollutants)} if result.pollutants else {}),
        "warnings": [remark.en for remark in result.remarks],
        "warnings_zh": [remark.zh for remark in result.remarks],
    }


def _indicator(one: Indicator) -> dict[str, object]:
    return {
        "code": one.code,
        "name": one.name["en"],
        "name_zh": one.name["zh"],
        "value": one.value,
        "unit": one.unit,
        "target": one.target or None,
        "status": one.status,
        "reason": one.reason["en"] or None,
        "reason_zh": one.reason["zh"] or None,
        "kind": one.kind,
        "clause": one.clause,
    }


def _comparison(key: str, one: Comparison) -> dict[str, object]:
    return {
        "key": key,
        "code": one.benchmark.code,
        "name": one.benchmark.name["en"],
        "name_zh": one.benchmark.name["zh"],
        "year": one.benchmark.year,
        "basis": one.benchmark.basis,
        "value": one.benchmark.value,
        "unit": one.benchmark.unit,
        "ours": one.ours,
        "ours_basis": one.ours_basis,
        "ratio": one.ratio,
        "source": one.benchmark.source,
        "national": one.benchmark.national,
        "reason": one.reason.en or None,
        "reason_zh": one.reason.zh or None,
    }


def _figures(rules: ParkRules, books: Books, seen: Volumes, co2_t: Decimal) -> Iterator[Figure]:
    keys = {"1": "scope-1", "2_location": "scope-2-location", "2_market": "scope-2-market"}
    inputs = tuple(keys[scope] for scope in rules.total)
    yield Figure("co2", co2_t, "t", f"Σ scopes {', '.join(rules.total)}", inputs)
    parts = {
        "electricity": (seen.consumed, "bought + own generation − sold"),
        "electricity-non-fossil": (seen.non_fossil, "own and directly supplied, nuclear included"),
        "certified": (seen.certified, "bought electricity that certificates cover"),
        "renewable": (seen.renewable, "own + directly supplied + certified"),
    }
    flows = tuple(
        key
        for commodity in of_kind(books, "electricity")
        for month in books.months
        for key in supply_keys(books, commodity, month)
    )
    certified = {"certified": ("certificates",), "renewable": ("certified",)}
    for key, (quantity, formula) in parts.items():
        yield Figure(key, from_micro(quantity), "kWh", formula, (*certified.get(key, ()), *flows))


def _remarks(indicators: tuple[Indicator, ...]) -> Iterator[Remark]:
    for one in indicators:
        if one.kind == "rule" and one.status == NOT_MET:
            yield Remark(
                f"{one.name['en']}: {one.reason['en']} ({one.clause})",
                f"{one.name['zh']}：{one.reason['zh']}（{one.clause}）",
            )
