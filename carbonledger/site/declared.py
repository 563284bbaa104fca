"""What a site file declares: frozen records, each with the line it stands on."""

from dataclasses import dataclass, field
from decimal import Decimal

from carbonledger.calc.model import BaseYear, Expectation, Ownership
from carbonledger.factors.model import Factor
from carbonledger.ledger.state import MeterEvent, MeterRevision


@dataclass(frozen=True, slots=True)
class DeclaredAccount:
    """An account of a site file.

    Attributes:
        code: path; the first part of an inside path is the code of the site.
        outside: beyond the boundary of every site.
        kind: see the schema.
        region, timezone: as declared here; "" when inherited from the parent.
        technology, treatment: of generators and of waste treatment, else "".
        names: display names by language.
        line: line of its table; 0 for what the program ships.
        tolerance: largest part of what comes in that may stay unexplained, per cent; None when
            not stated.
        ownership: what the reporting company holds of it, ascending in days.
        base_year: of the root account, where the file declares one.
    """

    code: str
    outside: bool
    kind: str
    region: str = ""
    timezone: str = ""
    technology: str = ""
    treatment: str = ""
    names: dict[str, str] = field(default_factory=dict)
    line: int = 0
    tolerance: Decimal | None = None
    ownership: tuple[Ownership, ...] = ()
    base_year: BaseYear | None = None


@dataclass(frozen=True, slots=True)
class DeclaredCommodity:
    """A commodity of a site file; `mass_kg` is the mass of one unit, `line` 0 when shipped."""

    code: str
    kind: str
    unit: str
    mass_kg: Decimal | None = None
    names: dict[str, str] = field(default_factory=dict)
    note: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class DeclaredPeriod:
    """What a meter measures from a day on.

    Attributes:
        revision: the flow, its unit and how it is read.
        returns: the user says that this flow runs against others on purpose, so that a circle of
            meters through it is no mistake.
        line: line of its table.
    """

    revision: MeterRevision
    returns: bool
    line: int


@dataclass(frozen=True, slots=True)
class DeclaredMeter:
    """A meter with its periods, ascending in `valid_from`."""

    code: str
    periods: tuple[DeclaredPeriod, ...]

    @property
    def revisions(self) -> tuple[MeterRevision, ...]:
        """The flow of each period."""
        return tuple(period.revision for period in self.periods)


@dataclass(frozen=True, slots=True)
class DeclaredEvent:
    """What happened to a meter; `local` is the time as the file writes it."""

    meter: str
    event: MeterEvent
    local: str
    line: int


@dataclass(frozen=True, slots=True)
class DeclaredExpectation:
    """What must arrive, by a site file; `line` is that of its table."""

    expectation: Expectation
    line: int


@dataclass(frozen=True, slots=True)
class DeclaredSite:
    """A whole site file, free of faults.

    Attributes:
        file: name of the file.
        sha256: hash of its bytes, hex.
        size: its size in bytes.
        code: code of the site, which is its root account.
        accounts: by code; the root first, then as the file has them.
        commodities: by code.
        meters: by code.
        events: as the file has them.
        benchmarks: averages the user states, as factors of the pack `site`; its edition is a hash
            of what is stated, so other figures are another edition.
        uncertainties: how far inputs may be off, as factors of the pack `site-uncertainty`.
        properties: what is measured of fuels and processes, as factors of `site-properties`.
        expectations: what must arrive, by name.
        scope_3: what the site states of its scope 3, as it is posted; "" for nothing.
    """

    file: str
    sha256: str
    size: int
    code: str
    accounts: dict[str, DeclaredAccount]
    commodities: dict[str, DeclaredCommodity]
    meters: dict[str, DeclaredMeter]
    events: tuple[DeclaredEvent, ...] = ()
    benchmarks: tuple[Factor, ...] = ()
    uncertainties: tuple[Factor, ...] = ()
    properties: tuple[Factor, ...] = ()
    expectations: dict[str, DeclaredExpectation] = field(default_factory=dict)
    scope_3: str = ""
