"""What the section on data quality shows: meters, gaps, estimates, corrections, warnings."""

from dataclasses import dataclass

from carbonledger.report.grades import FactorFit, GradeRow
from carbonledger.report.stated import Label, Stated


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a meter (`swap`, `rollover`, `calibration`), on which local day."""

    kind: str
    day: str
    note: str


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A meter over the period.

    Attributes:
        meter: code.
        source, target: accounts it stands between.
        commodity: what it measures.
        quantity: its sum over the period.
        expected: intervals (or register days) the period has.
        missing: how many of them have no value.
        estimated: how many of them were estimated.
        events: what happened to it.
    """

    meter: str
    source: Label
    target: Label
    commodity: Label
    quantity: Stated
    expected: int
    missing: int
    estimated: int
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without values; local times as text, end exclusive.

    `estimate` is what was posted for it, `method` by what; None and "" while it stays open.
    """

    meter: str
    start: str
    end: str
    intervals: int
    estimate: Stated | None
    method: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A posted correction or reversal and what it changed.

    Attributes:
        kind: `correction`, `reversal` or `event`.
        what: meter, or the accounts of a record.
        commodity: what was measured.
        first_day, last_day: local days concerned.
        before, after: sum over those days without and with it.
        change: the difference, the sum of the adjusting entries.
        reason: as given by who posted it.
    """

    kind: str
    what: str
    commodity: Label
    first_day: str
    last_day: str
    before: Stated
    after: Stated
    change: Stated
    reason: str


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the data are.

    Attributes:
        meters: every meter that counts in the period.
        gaps: times without values, open or estimated.
        corrections: what was changed after it had been posted.
        warnings: what else a reader must know, one sentence each.
        grades: emissions by the grade of their activity data.
        fits: factors with their pedigree.
    """

    meters: tuple[MeterRow, ...]
    gaps: tuple[Gap, ...]
    corrections: tuple[Correction, ...]
    warnings: tuple[Label, ...]
    grades: tuple[GradeRow, ...] = ()
    fits: tuple[FactorFit, ...] = ()
