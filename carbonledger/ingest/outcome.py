"""What an import found and posted, gathered while it runs."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from carbonledger.errors import Fault
from carbonledger.ingest.clock import iso


@dataclass(slots=True)
class MeterTotal:
    """Sum of a file's values for one meter and commodity, for the user to compare.

    Attributes:
        quantity: millionths of the canonical unit.
        first, last: start of the first and end of the last interval, seconds UTC.
        live: values that are not missing.
        interval: seconds; 0 for records.
    """

    meter: str
    commodity: str
    unit: str
    quantity: int = 0
    first: int = 0
    last: int = 0
    live: int = 0
    interval: int = 0

    def add(self, quantity: int, start: int, end: int, live: int) -> None:
        """Add values."""
        self.quantity += quantity
        self.first = min(self.first, start) if self.first else start
        self.last = max(self.last, end)
        self.live += live

    @property
    def gaps(self) -> int:
        """Intervals without a value between the first and the last."""
        if not self.interval:
            return 0
        return max(0, (self.last - self.first) // self.interval - self.live)

    def as_dict(self) -> dict[str, Any]:
        """Return the total as `import --json` shows it."""
        from carbonledger.units import from_micro

        return {
            "meter": self.meter,
            "commodity": self.commodity,
            "quantity": from_micro(self.quantity),
            "unit": self.unit,
            "first": iso(self.first),
            "last": iso(self.last),
            "gaps": self.gaps,
        }


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value that differs from what is posted for the same meter and time.

    Attributes:
        where: meter or flow, in words.
        start: start of the interval, seconds UTC.
        posted: what the ledger holds, in canonical units.
        found: what the file says, in canonical units.
        unit: canonical unit.
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

    def fault(self, file: str) -> Fault:
        """Return the conflict as a fault of the file."""
        said = (
            f"{self.where} at {iso(self.start)}: entry {self.entry} holds "
            f"{_plain(self.posted)} {self.unit}, this file says {_plain(self.found)} {self.unit}"
        )
        return Fault(file, self.line, "value", _plain(self.found), said)


def _plain(number: Fraction) -> str:
    return f"{float(number):.6f}".rstrip("0").rstrip(".")


@dataclass(slots=True)
class Outcome:
    """Counts and lists of an import."""

    readings: int = 0
    entries: int = 0
    adjustments: int = 0
    skipped: int = 0
    doubles: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    conflict_count: int = 0
    totals: dict[tuple[str, str], MeterTotal] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def total(self, meter: str, commodity: str, unit: str, interval: int = 0) -> MeterTotal:
        """Return the total of a meter and commodity, made when new."""
        key = (meter, commodity)
        if key not in self.totals:
            self.totals[key] = MeterTotal(meter, commodity, unit, interval=interval)
        return self.totals[key]

    def conflict(self, found: Conflict) -> None:
        """Note a conflict; the first thousand are listed, all are counted."""
        self.conflict_count += 1
        if len(self.conflicts) < 1000:  # noqa: PLR2004 (enough for any reader)
            self.conflicts.append(found)

    @property
    def gaps(self) -> int:
        """Intervals without a value, over all meters."""
        return sum(total.gaps for total in self.totals.values())
