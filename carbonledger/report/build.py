"""The park summary, built from the answers of all calculations: names put to codes.

What is summed, is summed in `carbonledger.calc.summary`; here every figure gets the calculation
that it belongs to in front of its key, and every code its names.
"""

from calendar import monthrange

from carbonledger import __version__
from carbonledger.calc.model import Figure
from carbonledger.report.build_data import factor_rows, provenance, quality
from carbonledger.report.build_emitted import emissions, pollutants
from carbonledger.report.build_products import products
from carbonledger.report.build_sections import (
    balance,
    energy,
    flows,
    members,
    renewable,
    waste,
)
from carbonledger.report.build_standing import standing
from carbonledger.report.data import (
    Benchmark,
    Header,
    Indicator,
    Indicators,
    ParkSummary,
    RunRow,
)
from carbonledger.report.names import Names, method_label
from carbonledger.report.stated import Label, Stated, phrase, stated
from carbonledger.run.summary import KIND, Answers

# What a reader compares first: intensities, then shares; what is not listed comes last.
COMPARED_FIRST = (
    "co2_per_energy", "energy_per_value_added", "energy_per_gdp",
    "energy_per_industrial_value_added", "co2_per_value_added", "co2_per_industrial_value_added",
    "grid_electricity",
)  # fmt: skip


def build(found: Answers, runs: tuple[RunRow, ...]) -> ParkSummary:
    """Put the report together.

    Args:
        found: every result.
        runs: the runs that hold the figures.
    """
    accounts, commodities = found.material.books.accounts, found.material.books.commodities
    if found.products:
        accounts = found.products.given.books.accounts
        commodities = found.products.given.books.commodities
    names = Names(accounts, commodities)
    figures = {figure.key: figure for figure in found.figures}
    return ParkSummary(
        header=_header(found, names),
        standing=standing(found.standing, names),
        intensity=stated(found.sums.intensity, KIND),
        energy=energy(found.sums, names),
        flows=flows(found.sums.flows, names),
        balance=balance(found.sums.balance, names),
        renewable=renewable(found),
        emissions=emissions(found, names),
        members=members(found.sums.members, names),
        products=products(found, figures, names),
        indicators=_indicators(found),
        benchmarks=_benchmarks(found, figures),
        waste=waste(found.sums.waste, names, accounts),
        pollutants=pollutants(found, names),
        quality=quality(found, names, _warnings(found)),
        factors=factor_rows(found, names),
        provenance=provenance(found, runs, __version__),
    )


def _header(found: Answers, names: Names) -> Header:
    material = found.material
    books, boundary = material.books, material.question.boundary
    last = books.months[-1]
    account = material.state.accounts[boundary]
    return Header(
        site=names.account(boundary.partition("/")[0]),
        boundary=names.account(boundary),
        region=account.region,
        timezone=account.timezone,
        period=material.question.period,
        first_day=f"{books.months[0]}-01",
        last_day=f"{last}-{monthrange(int(last[:4]), int(last[5:]))[1]:02}",
        months=books.months,
        method=method_label(material.method),
        tce_basis=found.sums.energy.primary,
        as_of=found.asked_as_of,
    )


def _indicators(found: Answers) -> Indicators:
    figures = {figure.key: figure for figure in found.judged.figures}
    basis = found.judged.energy.primary
    rows = tuple(
        Indicator(
            name=Label(one.code, one.name["en"], one.name["zh"]),
            value=stated(figures[f"indicator:{one.code}"], "intensity"),
            target=one.target,
            status=one.status,
            reason=phrase(one.reason["en"], one.reason["zh"]),
            kind=one.kind,
            clause=one.clause,
        )
        for one in found.judged.indicators
    )
    return Indicators(
        method=method_label(found.judged_by),
        emissions=stated(figures["co2"], "intensity"),
        energy=stated(figures[f"tce-{basis}"], "intensity"),
        rows=rows,
    )


def _benchmarks(found: Answers, figures: dict[str, Figure]) -> tuple[Benchmark, ...]:
    rows = []
    for one in found.judged.comparisons:
        average = one.benchmark
        reason = phrase(one.reason.en, one.reason.zh)

        def cell(part: str, code: str = average.code, why: Label = reason) -> Stated:
            return stated(figures[f"comparison:{code}:{part}"], KIND, why)

        place = (
            COMPARED_FIRST.index(average.measure)
            if average.measure in COMPARED_FIRST
            else len(COMPARED_FIRST)
        )
        row = Benchmark(
            name=Label(average.code, average.name["en"], average.name["zh"]),
            year=average.year,
            basis=average.basis,
            value=cell("average"),
            ours=cell("ours"),
            ratio=cell("ratio"),
            publication=average.source,
            national=average.national,
        )
        rows.append(((one.ratio is None, not average.national, place, average.code), row))
    return tuple(row for _, row in sorted(rows, key=lambda pair: pair[0]))


def _warnings(found: Answers) -> tuple[Label, ...]:
    """Collect what must be said with the results, each sentence once."""
    remarks = [
        *found.inventory.remarks,
        *found.renewable.remarks,
        *found.judged.remarks,
        *found.sums.flows.remarks,
        *found.remarks,
    ]
    return tuple(phrase(remark.en, remark.zh) for remark in dict.fromkeys(remarks))
