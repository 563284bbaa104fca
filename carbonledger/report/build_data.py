"""Sections on data quality, factors and provenance."""

from collections.abc import Iterator
from decimal import Decimal

from carbonledger.calc.model import EmissionLine
from carbonledger.factors.model import Factor
from carbonledger.factors.rules import Method
from carbonledger.report.build_grades import factor_fits, grade_rows
from carbonledger.report.data import BatchRow, FactorRow, PackRow, Provenance, RunRow
from carbonledger.report.names import Names, method_label
from carbonledger.report.quality import Correction, Event, Gap, MeterRow, Quality
from carbonledger.report.stated import Label, stated
from carbonledger.run.summary import KIND, Answers

MOST_GAPS = 200
RULES = ("instrument", "direct", "heat_non_fossil")


def quality(found: Answers, names: Names, warnings: tuple[Label, ...]) -> Quality:
    """Show meters, gaps with their estimates, corrections and warnings."""
    measured = found.measured
    return Quality(
        meters=tuple(
            MeterRow(
                meter=one.meter,
                source=names.account(one.source),
                target=names.account(one.target),
                commodity=names.commodity(one.commodity),
                quantity=stated(figure, KIND),
                expected=one.due,
                missing=one.missing,
                estimated=one.estimated,
                events=tuple(Event(event.kind, day, event.note) for day, event in one.events),
            )
            for one, figure in measured.meters
        ),
        gaps=tuple(_gaps(found))[:MOST_GAPS],
        corrections=tuple(
            Correction(
                kind=one.kind,
                what=one.meter or f"{one.source} → {one.target}",
                commodity=names.commodity(one.commodity),
                first_day=one.first_day,
                last_day=one.last_day,
                before=stated(before, KIND),
                after=stated(after, KIND),
                change=stated(change, KIND),
                reason=one.reason,
            )
            for one, (before, change, after) in measured.corrections
        ),
        warnings=warnings,
        grades=grade_rows(found),
        fits=factor_fits(found),
    )


def _gaps(found: Answers) -> Iterator[Gap]:
    seen = set()
    for one, _ in found.measured.meters:
        for hole in one.holes:
            # A meter that was moved stands in two rows, but its gap is one.
            if (one.meter, hole.start) not in seen:
                seen.add((one.meter, hole.start))
                yield Gap(one.meter, hole.start, hole.end, hole.intervals, None, "")
    for guess, figure in found.measured.estimates:
        yield Gap(
            guess.meter, guess.start, guess.end, guess.intervals, stated(figure, KIND), guess.method
        )


def factor_rows(found: Answers, names: Names) -> tuple[FactorRow, ...]:
    """List every factor that a line, an energy figure or a footprint used, in order of keys."""
    factors = {factor.key: factor for factor in found.material.all_factors}
    lines = {line.factor: line for line in _lines(found) if line.factor}
    used = set(lines) | set(_of_energy(found)) | set(_of_products(found)) | _of_pollutants(found)
    rows = []
    for key in sorted(used):
        if key in factors:
            rows.append(_printed(factors[key], found, names))
        elif key in lines:
            rows.append(_ruled(lines[key], found, names))
    return tuple(rows)


def _lines(found: Answers) -> Iterator[EmissionLine]:
    yield from found.judged.lines
    yield from found.products.given.direct if found.products else ()
    yield from found.inventory.lines


def _of_energy(found: Answers) -> Iterator[str]:
    for result in (found.sums.energy, found.judged.energy):
        for line in result.lines:
            yield from line.factors.values()


def _of_products(found: Answers) -> Iterator[str]:
    if found.products:
        yield from (one.key for one in found.products.given.upstream)


def _of_pollutants(found: Answers) -> set[str]:
    return {one.row.factor for one in found.sums.pollutants if one.row.factor}


def _printed(factor: Factor, found: Answers, names: Names) -> FactorRow:
    pack = found.printed.get(f"{factor.pack}@{factor.edition}")
    return FactorRow(
        key=factor.key,
        activity=names.commodity(factor.activity),
        value=factor.value,
        unit=factor.unit,
        gas=factor.gas,
        basis=factor.basis,
        region=factor.region,
        data_year=factor.data_year,
        purpose=factor.purpose,
        publisher=pack.publisher if pack else "",
        title=Label("", pack.title, pack.title_zh) if pack else Label(factor.pack),
        document=pack.document if pack else "",
        page=factor.page,
        confidence=factor.confidence,
    )


def _ruled(line: EmissionLine, found: Answers, names: Names) -> FactorRow:
    """Show a value that a method itself states, or that was computed from the flows."""
    methods = {method.key: method for method in (found.material.method, found.judged_by)}
    key, _, rule = line.factor.partition("/")
    method = methods.get(key)
    return FactorRow(
        key=line.factor,
        activity=names.commodity(line.commodity),
        value=line.factor_value or Decimal(0),
        unit=line.factor_unit,
        gas=line.gas,
        basis="",
        region="",
        data_year=None,
        purpose="",
        publisher="",
        title=method_label(method) if method else Label(""),
        document=method.standard if method else "",
        page=_clause(method, rule) if method else "",
        confidence="rule" if method else "computed",
    )


def _clause(method: Method, rule: str) -> str:
    if method.scope_2 is None or rule not in RULES:
        return ""
    return str(getattr(method.scope_2, rule).clause)


def provenance(found: Answers, runs: tuple[RunRow, ...], engine: str) -> Provenance:
    """Show batches, runs and hashes."""
    material = found.material
    used = {row.partition("/")[0] for row in _keys(found)}
    return Provenance(
        as_of_batch=material.as_of,
        log_size=found.log_size,
        log_root=found.log_root,
        engine=engine,
        runs=runs,
        packs=tuple(PackRow(key, digest) for key, digest in sorted(material.packs.items())
                    if key in used),
        batches=tuple(
            BatchRow(
                batch=one.batch, kind=one.kind, posted_at=one.posted_at, actor=one.actor,
                reason=one.reason, document=one.document, sha256=one.sha256,
                entries=one.entries, warnings=one.warnings, content_hash=one.content_hash,
            )
            for one in found.batches
        ),
    )  # fmt: skip


def _keys(found: Answers) -> Iterator[str]:
    yield from (line.factor for line in _lines(found))
    yield from _of_energy(found)
    yield from _of_products(found)
    yield from _of_pollutants(found)
