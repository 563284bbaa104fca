"""Totals that a file states, beside what was read of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from carbonledger.ingest.outcome import Outcome, in_words
from carbonledger.ingest.ratios import Ratios
from carbonledger.ingest.sieve import Stated


@dataclass(frozen=True, slots=True)
class Check:
    """A total of the file and ours.

    Attributes:
        line: line in the file, 0 where it has none.
        label: what the file calls it.
        meter: code of the meter, "" for all.
        stated: what the file says.
        ours: what its values sum up to.
        unit: of both.
        agrees: whether they are equal, to the last digit that the file prints.
    """

    line: int
    label: str
    meter: str
    stated: Fraction
    ours: Fraction
    unit: str
    agrees: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the check as `import --json` shows it."""
        return {
            "line": self.line, "label": self.label, "meter": self.meter or None,
            "stated": self.stated, "ours": self.ours, "unit": self.unit, "agrees": self.agrees,
        }  # fmt: skip

    def said(self) -> str:
        """Return the difference in words."""
        whose = f" of meter {self.meter}" if self.meter else ""
        return (
            f"line {self.line}: the file states {in_words(self.stated)} {self.unit} as {self.label}"
            f"{whose}; its values sum up to {in_words(self.ours)} {self.unit}"
        )


def compared(stated: list[Stated], outcome: Outcome, ratios: Ratios, unit: int) -> Iterator[Check]:
    """Compare the totals of a file with ours.

    Only energies and amounts of intervals can be: a total of powers, or of states of registers,
    is none.

    Args:
        stated: what the file says.
        outcome: what was read.
        ratios: the units of the file.
        unit: number of the unit that its values are in.
    """
    meters = ratios.meters
    numbers = {one.code: number for number, one in enumerate(meters.seen)}
    kinds = {meters.reads(number) for number in numbers.values()}
    if kinds != {"interval"}:
        return
    for one in stated:
        totals = [t for t in outcome.totals.values() if not one.meter or t.meter == one.meter]
        if len({total.commodity for total in totals}) != 1:
            continue
        number = numbers[totals[0].meter]
        day = meters.seen[number].revisions[-1].valid_from or 20000101
        ratio = ratios.of(number, unit, day, 0, one.line) * 1_000_000
        ours = sum(total.quantity for total in totals)
        exponent = one.value.as_tuple().exponent
        digit = Fraction(10) ** (exponent if isinstance(exponent, int) else 0)
        stated_micro = Fraction(one.value) * ratio
        agrees = abs(stated_micro - ours) <= digit * ratio
        canonical = totals[0].unit
        yield Check(one.line, one.label, one.meter, stated_micro / 1_000_000,
                    Fraction(ours, 1_000_000), canonical, agrees)  # fmt: skip
