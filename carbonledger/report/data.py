"""Everything that a park summary shows, computed already: plain, frozen, without a ledger.

The sections in front of `provenance` hold figures only: no number of a batch or a run. So the same
readings posted in another order, or split over other files, give the same pages.
"""

from dataclasses import dataclass
from decimal import Decimal

from carbonledger.report.emitted import Pollutant
from carbonledger.report.quality import Quality
from carbonledger.report.sections import Balance, Emissions, Energy, Members, Products
from carbonledger.report.standing import Standing
from carbonledger.report.stated import Label, Stated


@dataclass(frozen=True, slots=True)
class Header:
    """What was asked.

    Attributes:
        site: the site.
        boundary: account whose subtree is inside.
        region: ISO 3166-2 code of the site.
        timezone: IANA time zone that decides the local days.
        period: as asked for, `2024`, `2024-Q1`.
        first_day, last_day: local days, ISO 8601.
        months: local months of the period, `2024-01` …, ascending.
        method: code and edition of the method, with the names of its standard.
        tce_basis: `equivalent` (当量值) or `equal` (等价值): what the method counts.
        prepared_for: whom the report is made for; "" for nobody in particular.
        as_of: last batch to take into account, where one was asked for; None for all.
        final: it was asked for as final, and nothing stood against it; else it is a draft.
    """

    site: Label
    boundary: Label
    region: str
    timezone: str
    period: str
    first_day: str
    last_day: str
    months: tuple[str, ...]
    method: Label
    tce_basis: str
    prepared_for: str = ""
    as_of: int | None = None
    final: bool = False


@dataclass(frozen=True, slots=True)
class RenewableMonth:
    """Electricity of a month by origin: own generation, certificates, the rest; kWh or MWh."""

    month: str
    own: Stated
    certificates: Stated
    rest: Stated


@dataclass(frozen=True, slots=True)
class Renewable:
    """Four figures of renewable electricity from the same rows.

    Attributes:
        months: consumption by origin.
        own, certificates, rest: the same over the period.
        electricity: consumption of the period.
        renewable: the part of it that is renewable by the method.
        share: annual volume: renewable of all.
        hourly_share: the same, matched hour by hour (24/7).
        physical_share: own generation and direct lines only.
        location, market: emissions of purchased electricity by either approach of the GHG Protocol
            Scope 2 Guidance, t.
        uncovered_hours: hours in which renewable supply fell short of consumption.
    """

    months: tuple[RenewableMonth, ...]
    own: Stated
    certificates: Stated
    rest: Stated
    electricity: Stated
    renewable: Stated
    share: Stated
    hourly_share: Stated
    physical_share: Stated
    location: Stated
    market: Stated
    uncovered_hours: Stated


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the flow diagram; `kind` is outside, inside, use or loss."""

    account: Label
    kind: str


@dataclass(frozen=True, slots=True)
class Stream:
    """A flow between two places (by code), its value above zero."""

    source: str
    target: str
    commodity: Label
    value: Stated


@dataclass(frozen=True, slots=True)
class Flows:
    """The energy flows of the boundary, all in one unit so that they can be compared."""

    unit: str
    places: tuple[Place, ...]
    streams: tuple[Stream, ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator of the method.

    Attributes:
        name: code and names.
        value: the value, or the reason why there is none.
        target: threshold as text, `<= 0.2`; "" when there is none.
        status: met, not_met, not_applicable, no_threshold, not_assessable.
        reason: why, when it is not met or cannot be stated.
        kind: `core`, `guiding`, `rule`, `information`.
        clause: where the standard asks for it.
    """

    name: Label
    value: Stated
    target: str
    status: str
    reason: Label
    kind: str
    clause: str


@dataclass(frozen=True, slots=True)
class Indicators:
    """Indicators with what they were judged by; the method may be another than the report's.

    Attributes:
        method: code and edition of the method with the thresholds, and its names.
        emissions, energy: what that method counts, t and tce.
        rows: the indicators, in the order of the standard.
    """

    method: Label
    emissions: Stated
    energy: Stated
    rows: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A printed average beside ours.

    Attributes:
        name: what is compared.
        year: year the average describes.
        basis: price base, scope, share of what.
        value: the average.
        ours: our figure.
        ratio: ours as a part of the average.
        publication: where it is printed.
        national: an average of the nation; else a reference of another kind.
    """

    name: Label
    year: int | None
    basis: str
    value: Stated
    ours: Stated
    ratio: Stated
    publication: str
    national: bool


@dataclass(frozen=True, slots=True)
class WasteRow:
    """Waste of one kind that went to one recipient.

    Attributes:
        commodity: kind of waste.
        treatment: what happens to it, `recycling`, `landfill` …; "" when not declared.
        recipient: who takes it.
        quantity: how much.
        counts: `utilised`, `not_utilised`, or `left_out` of the rate.
    """

    commodity: Label
    treatment: str
    recipient: Label
    quantity: Stated
    counts: str


@dataclass(frozen=True, slots=True)
class Waste:
    """Waste by treatment and the utilisation rate (工业固体废弃物综合利用率)."""

    rows: tuple[WasteRow, ...]
    generated: Stated
    utilised: Stated
    rate: Stated


@dataclass(frozen=True, slots=True)
class FactorRow:
    """A factor that was used, with all that is needed to find it again.

    Attributes:
        key: `pack@edition/code`.
        activity: what it belongs to.
        value, unit: as printed.
        gas, basis, region, data_year, purpose: see `carbonledger.factors.model.Factor`.
        publisher, title, document, page: where it is printed.
        confidence: `primary`, `two_sources`, `one_source`, `derived`.
    """

    key: str
    activity: Label
    value: Decimal
    unit: str
    gas: str
    basis: str
    region: str
    data_year: int | None
    purpose: str
    publisher: str
    title: Label
    document: str
    page: str
    confidence: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """A calculation: what, by which method, under which hash; its number where it is stored."""

    kind: str
    run: int | None
    method: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch that the figures rest on.

    Attributes:
        batch: number.
        kind: import, correction, reversal, site …
        posted_at: ISO 8601 in UTC.
        actor: who posted it.
        reason: why; "" when nothing was said.
        document: name of the source file, "" for none.
        sha256: hash of the source file, "" for none.
        entries: how many entries it holds.
        warnings: what was noticed when it was posted.
        content_hash: hash over its rows.
    """

    batch: int
    kind: str
    posted_at: str
    actor: str
    reason: str
    document: str
    sha256: str
    entries: int
    warnings: tuple[str, ...]
    content_hash: str


@dataclass(frozen=True, slots=True)
class PackRow:
    """A factor pack that was used: code and edition, and the hash of its files."""

    pack: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the figures rest on; the only section that knows batches and runs.

    Attributes:
        as_of_batch: last batch taken into account.
        log_size, log_root: size and root of the Merkle log at that batch (RFC 6962).
        engine: version of the program.
        runs, packs, batches: calculations, factor packs and batches.
    """

    as_of_batch: int
    log_size: int
    log_root: str
    engine: str
    runs: tuple[RunRow, ...]
    packs: tuple[PackRow, ...]
    batches: tuple[BatchRow, ...]


@dataclass(frozen=True, slots=True)
class ParkSummary:
    """The report, section by section; a section that does not concern the site is None.

    Attributes:
        header: what was asked.
        standing: what has not arrived, which balances are open: whether it may be final.
        intensity: emissions per unit of energy by the method, t per tce.
        energy, flows, balance, renewable, emissions, members, products, waste, pollutants: see
            their classes.
        indicators: indicators and the method they are judged by.
        benchmarks: comparison with printed averages; the first one is also shown at the top.
        quality: meters, gaps, estimates, corrections, warnings.
        factors: factors used.
        provenance: batches, runs, hashes.
    """

    header: Header
    standing: Standing
    intensity: Stated
    energy: Energy
    flows: Flows
    balance: Balance
    renewable: Renewable
    emissions: Emissions
    members: Members | None
    products: Products | None
    indicators: Indicators
    benchmarks: tuple[Benchmark, ...]
    waste: Waste | None
    pollutants: tuple[Pollutant, ...] | None
    quality: Quality
    factors: tuple[FactorRow, ...]
    provenance: Provenance
