"""Published figures beside our own: a ratio means something only with year, basis and source."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from carbonledger.calc.figures import Remark, rounded
from carbonledger.calc.measures import (
    Facts,
    Measure,
    clean_energy_share,
    clean_energy_share_without_gas,
    co2_per_energy,
    co2_per_value_added,
    direct_supply_share,
    electricity_factor,
    energy_per_value_added,
    renewable_share,
    solid_waste_utilisation,
    waste_heat_utilisation,
    water_per_value_added,
    water_reuse,
)
from carbonledger.calc.model import Figure
from carbonledger.errors import UnitRefused
from carbonledger.factors.model import Factor
from carbonledger.units import ratio, split_ratio

PER_CENT, SHARE = "%", "1"
EQUIVALENT, EQUAL = "equivalent", "equal"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A published figure, or one that the user states.

    Attributes:
        code: name of the row, or the user's.
        measure: what it measures, `energy_per_gdp` (see `OURS`).
        name: in English and Chinese.
        year: year it describes; None when it has none.
        basis: price base, scope, basis of standard coal, as published.
        value: the figure.
        unit: its unit, `tce/万元`, `%`.
        source: where it stands.
        national: an average of a nation, not a target and not of a province.
    """

    code: str
    measure: str
    name: dict[str, str]
    year: int | None
    basis: str
    value: Decimal
    unit: str
    source: str
    national: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """A benchmark beside our own figure.

    Attributes:
        benchmark: the benchmark.
        ours: our figure in the benchmark's unit, rounded half even to nine places; None when it
            cannot be stated.
        ratio: ours over the benchmark; None when ours cannot be stated or the benchmark is zero.
        ours_basis: what our figure is.
        reason: why there is none; empty texts when there is one.
        inputs: keys of the figures and flows that ours was made of.
    """

    benchmark: Benchmark
    ours: Decimal | None
    ratio: Decimal | None
    ours_basis: str
    reason: Remark
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Own:
    """How our own figure beside a benchmark is measured.

    Attributes:
        name: in English and Chinese.
        measure: the measure; the second argument is the basis of standard coal.
        unit: its unit.
    """

    name: Remark
    measure: Callable[[Facts, str], Measure]
    unit: str


def _plain(measure: Callable[[Facts], Measure]) -> Callable[[Facts, str], Measure]:
    return lambda facts, _basis: measure(facts)


OURS: dict[str, Own] = {
    "energy_per_gdp": Own(
        Remark("Energy per GDP", "单位GDP能耗"), energy_per_value_added, "tce/万CNY"
    ),
    "energy_per_industrial_value_added": Own(
        Remark("Energy per industrial value added", "单位工业增加值能耗"),
        energy_per_value_added,
        "tce/万CNY",
    ),
    "energy_per_value_added": Own(
        Remark("Energy per value added", "单位增加值能耗"), energy_per_value_added, "tce/万CNY"
    ),
    "co2_per_value_added": Own(
        Remark("CO2 per value added", "单位增加值碳排放"), _plain(co2_per_value_added), "tCO2/万CNY"
    ),
    "co2_per_energy": Own(
        Remark("CO2 per unit of energy", "单位能耗碳排放"), _plain(co2_per_energy), "tCO2/tce"
    ),
    "clean_energy_share": Own(
        Remark("Clean energy share", "清洁能源消费占比"), _plain(clean_energy_share), PER_CENT
    ),
    "co2_per_industrial_value_added": Own(
        Remark("CO2 per industrial value added", "单位工业增加值碳排放"),
        _plain(co2_per_value_added),
        "tCO2/万CNY",
    ),
    "renewable_share_of_generation": Own(
        Remark("Renewable share of generation", "可再生能源发电量占比"),
        _plain(renewable_share),
        PER_CENT,
    ),
    "renewable_share_of_electricity": Own(
        Remark("Renewable share of electricity", "可再生电力占比"),
        _plain(renewable_share),
        PER_CENT,
    ),
    "non_fossil_share_of_energy": Own(
        Remark("Non-fossil share of energy", "非化石能源消费占比"),
        _plain(clean_energy_share_without_gas),
        PER_CENT,
    ),
    "solid_waste_utilisation": Own(
        Remark("Utilisation of industrial solid waste", "工业固体废物综合利用率"),
        _plain(solid_waste_utilisation),
        PER_CENT,
    ),
    "waste_heat_utilisation": Own(
        Remark("Utilisation of waste heat", "余热综合利用率"),
        _plain(waste_heat_utilisation),
        PER_CENT,
    ),
    "direct_supply_share": Own(
        Remark("Directly supplied green electricity", "绿色电力直接供应比例"),
        _plain(direct_supply_share),
        PER_CENT,
    ),
    "water_reuse": Own(
        Remark("Reuse of industrial water", "工业用水重复利用率"), _plain(water_reuse), PER_CENT
    ),
    "water_per_industrial_value_added": Own(
        Remark("Water per industrial value added", "万元工业增加值用水量"),
        _plain(water_per_value_added),
        "m3/万CNY",
    ),
    "grid_electricity": Own(
        Remark("CO2 of a kWh of electricity", "电力平均二氧化碳排放因子"),
        _plain(electricity_factor),
        "kgCO2/kWh",
    ),
}
"""Our figure for each kind of published one."""


def benchmark_of(factor: Factor, packs: tuple[str, ...]) -> Benchmark:
    """Read a benchmark row of a pack.

    Args:
        factor: the row.
        packs: packs whose rows are averages; those of others are targets.
    """
    own = OURS.get(factor.activity)
    name = own.name if own else Remark(factor.activity, factor.activity)
    return Benchmark(
        code=factor.code,
        measure=factor.activity,
        name={"en": name.en, "zh": name.zh},
        year=factor.data_year,
        basis=factor.basis,
        value=factor.value,
        unit=factor.unit,
        source=f"{factor.key}: {factor.page}",
        national=factor.pack in packs and "-" not in factor.region,
    )


def compare(facts: Facts, benchmark: Benchmark) -> Comparison:
    """Put our own figure beside a benchmark, in its unit.

    Energy is taken at equivalent value where the benchmark says so, else at equal value: the
    national totals count electricity by the coal that power stations burn. A benchmark in a unit
    that measures something else is listed with the reason and compared with nothing.
    """
    own = OURS.get(benchmark.measure)
    if own is None:
        reason = Remark("not measured here", "本程序不计算该项")
        return Comparison(benchmark, None, None, "", reason)
    equivalent = EQUIVALENT in benchmark.basis or "当量" in benchmark.basis
    basis = EQUIVALENT if equivalent else EQUAL
    if basis not in facts.energy.tce:
        basis = facts.energy.primary
    measure = own.measure(facts, basis)
    if measure.value is None:
        return Comparison(benchmark, None, None, measure.formula, measure.reason, measure.inputs)
    try:
        ours = measure.value * _factor(own.unit, benchmark.unit)
    except UnitRefused as refusal:
        said = f"{benchmark.unit} does not fit {own.unit}: {refusal.message}"
        reason = Remark(f"unit: {said}", f"单位：{said}")
        return Comparison(benchmark, None, None, measure.formula, reason, measure.inputs)
    against = Fraction(benchmark.value)
    return Comparison(
        benchmark=benchmark,
        ours=rounded(ours),
        ratio=rounded(ours / against) if against else None,
        ours_basis=measure.formula,
        reason=measure.reason,
        inputs=measure.inputs,
    )


def comparison_names(rows: Iterable[Comparison]) -> Iterator[tuple[str, Comparison]]:
    """Give each comparison the name of its figures; two packs may use the same code."""
    seen: dict[str, int] = {}
    for one in rows:
        code = one.benchmark.code
        seen[code] = seen.get(code, 0) + 1
        yield (f"{code}#{seen[code]}" if seen[code] > 1 else code), one


def comparison_figures(
    rows: Iterable[Comparison], inputs_of: Callable[[Comparison], Iterable[str]]
) -> Iterator[Figure]:
    """Give three figures for each comparison: the average, ours, and their ratio.

    Args:
        rows: the comparisons.
        inputs_of: keys that ours was made of, as the tree of these figures knows them.
    """
    for code, one in comparison_names(rows):
        stated, name, reason = one.benchmark, f"comparison:{code}", one.reason.en
        yield Figure(f"{name}:average", stated.value, stated.unit, stated.source)
        yield Figure(
            f"{name}:ours", one.ours, stated.unit, one.ours_basis, tuple(inputs_of(one)), reason
        )
        keys = (f"{name}:ours", f"{name}:average")
        yield Figure(f"{name}:ratio", one.ratio, "", "ours / average", keys, reason)


def _factor(unit: str, wanted: str) -> Fraction:
    if unit == wanted:
        return Fraction(1)
    if unit == PER_CENT and wanted == SHARE:
        return Fraction(1, 100)
    above, below = split_ratio(unit)
    wanted_above, wanted_below = split_ratio(wanted)
    return ratio(above.symbol, wanted_above.symbol) * ratio(wanted_below.symbol, below.symbol)
