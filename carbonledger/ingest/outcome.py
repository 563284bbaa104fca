"""What an import found and posted, gathered while it runs."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from carbonledger.errors import Fault
from carbonledger.ingest.clock import iso
from carbonledger.ingest.values import json_number
from carbonledger.units import from_micro

MOST_LISTED = 1000


@dataclass(slots=True)
class MeterTotal:
    """Sum of a file's values for one meter and commodity, for the user to compare.

    Attributes:
        meter: code; "" for records.
        commodity: code.
        unit: canonical unit.
        quantity: millionths of it.
        first, last: start of the first and end of the last interval, seconds UTC.
        values: values that are not missing.
        covered: seconds they cover together.
    """

    meter: str
    commodity: str
    unit: str
    quantity: int = 0
    first: int | None = None
    last: int | None = None
    values: int = 0
    covered: int = 0

    def add(self, quantity: int, start: int, end: int, values: int, covered: int) -> None:
        """Add values between two instants."""
        self.quantity += quantity
        # Compared by hand: this is called for every day of every meter.
        if self.first is None or start < self.first:
            self.first = start
        if self.last is None or end > self.last:
            self.last = end
        self.values += values
        self.covered += covered

    @property
    def gaps(self) -> int:
        """Intervals without a value between the first and the last; 0 for records."""
        if not (self.meter and self.covered and self.first is not None and self.last is not None):
            return 0
        return max(0, round((self.last - self.first - self.covered) * self.values / self.covered))

    def as_dict(self) -> dict[str, Any]:
        """Return the total as `import --json` shows it."""
        return {
            "meter": self.meter,
            "commodity": self.commodity,
            "quantity": from_micro(self.quantity),
            "unit": self.unit,
            "first": iso(self.first or 0),
            "last": iso(self.last or 0),
            "gaps": self.gaps,
            "interval_s": self.covered // self.values if self.values and self.meter else None,
        }


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value that differs from what is posted for the same meter and time.

    Attributes:
        where: meter or flow, in words.
        start: start of the interval, seconds UTC.
        posted: what the ledger holds.
        found: what the file says.
        unit: unit of both.
        line: line in the file.
        entry: entry that holds the posted value.
    """

    where: str
    start: int
    posted: Fraction
    found: Fraction
    unit: str
    line: int
    entry: int

    def fault(self, file: str, column: str) -> Fault:
        """Return the conflict as a fault of the file."""
        found = in_words(self.found)
        said = (
            f"{self.where} at {iso(self.start)}: entry {self.entry} holds "
            f"{in_words(self.posted)} {self.unit}, this file says {found} {self.unit}"
        )
        return Fault(file, self.line, column, found, said)


def in_words(number: Fraction) -> str:
    """Return a number with at most six decimals, without trailing zeros."""
    return json_number(from_micro(round(number * 1_000_000)))


@dataclass(slots=True)
class Outcome:
    """Counts and lists of an import.

    Attributes:
        readings: values posted.
        entries: entries posted.
        adjustments: values posted as differences.
        replaced: values posted in the place of estimates; of a register, estimated intervals that
            were taken back because readings from among them arrived.
        skipped: values that are posted already.
        doubles: rows that repeat another row of the file.
        conflicts: values that differ from what is posted; the first thousand.
        conflict_count: how many they are in all.
        totals: sums of the file by meter and commodity.
        warnings: what the user should know.
        checks: totals that the file states, beside ours; see `own_totals`.
    """

    readings: int = 0
    entries: int = 0
    adjustments: int = 0
    replaced: int = 0
    skipped: int = 0
    doubles: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    conflict_count: int = 0
    totals: dict[tuple[str, str], MeterTotal] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)

    def total(self, meter: str, commodity: str, unit: str) -> MeterTotal:
        """Return the total of a meter and commodity, made when new."""
        key = (meter, commodity)
        if key not in self.totals:
            self.totals[key] = MeterTotal(meter, commodity, unit)
        return self.totals[key]

    def conflict(self, found: Conflict) -> None:
        """Note a conflict; the first thousand are listed, all are counted."""
        self.conflict_count += 1
        if len(self.conflicts) < MOST_LISTED:
            self.conflicts.append(found)

    @property
    def gaps(self) -> int:
        """Intervals without a value, over all meters."""
        return sum(total.gaps for total in self.totals.values())

    def listed_totals(self) -> list[dict[str, Any]]:
        """Return the totals in order of meter and commodity."""
        return [self.totals[key].as_dict() for key in sorted(self.totals)]
