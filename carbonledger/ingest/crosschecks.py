"""What a row says twice: tariffs beside their total, the multiplier, the state of the row before.

Each is compared, and what does not agree is told; only a multiplier that is not the declared one
is a fault, because every figure would be wrong by it. Tariffs may sum up to the total while one of
them ran backwards, so each register is looked at for itself too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from carbonledger.errors import NumberRefused
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.meters import Meters
from carbonledger.ingest.row_registers import PART, register_of
from carbonledger.ledger.multipliers import multipliers
from carbonledger.units import parse_number

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
EXAMPLES = 3


@dataclass(slots=True)
class Differences:
    """What does not agree, by kind: how often, and the first ones in words."""

    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, said: str) -> None:
        """Note one."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if len(self.first.setdefault(kind, [])) < EXAMPLES:
            self.first[kind].append(said)

    def remarks(self) -> list[str]:
        """Return all of it in words."""
        return [f"{self.counts[k]} {k}: " + "; ".join(said) for k, said in self.first.items()]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the registers of a row show; None where there is no number."""

    line: int
    total: Decimal | None
    parts: dict[str, Decimal | None]


@dataclass(slots=True)
class CrossChecks:
    """Compares what the rows of one file say twice.

    Attributes:
        layout: see `sniff`.
        meters: the meters of the file.
        differences: what does not agree.
        tariffs: names of the registers that add up to the total drawn.
    """

    layout: Layout
    meters: Meters
    differences: Differences = field(default_factory=Differences)
    tariffs: list[str] = field(init=False)
    _last: dict[int, tuple[int, _Shown]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find the tariffs once: every row asks for them."""
        found = (role.removeprefix(PART) for role in self.layout.columns if role.startswith(PART))
        self.tariffs = [name for name in found if (one := register_of(name)) and one.of_tariff]

    @property
    def needed(self) -> bool:
        """Whether the file says anything twice."""
        return bool(self.tariffs) or "previous" in self.layout.columns

    def take(
        self, meter: Ints, walls: Ints, good: Mask, cells: dict[str, list[str]], lines: Ints
    ) -> None:
        """Compare the rows of a block.

        Args:
            meter: number of the meter of each row.
            walls: its stamp.
            good: the rows that can be read.
            cells: texts by role.
            lines: line of each row in the file.
        """
        order = np.lexsort((walls, meter))
        for row in order[good[order]].tolist():
            shown = self._shown(row, cells, int(lines[row]))
            self._row(int(meter[row]), int(walls[row]), shown, cells, row)

    def _shown(self, row: int, cells: dict[str, list[str]], line: int) -> _Shown:
        parts = {name: self._number(cells[PART + name][row]) for name in self.tariffs}
        return _Shown(line, self._number(cells["value"][row]), parts)

    def _number(self, text: str) -> Decimal | None:
        profile = self.layout.profile
        try:
            return parse_number(text, profile.decimal or ".", profile.thousands or "")
        except NumberRefused:
            return None

    def _row(self, meter: int, wall: int, shown: _Shown, cells: dict[str, Any], row: int) -> None:
        before = self._last.get(meter)
        if before is not None and wall < before[0]:
            return
        self._last[meter] = (wall, shown)
        code = self.meters.seen[meter].code
        cumulative = self.meters.cumulative()[meter]
        earlier = before[1] if before is not None and cumulative else None
        found = _compared(earlier, shown, self._turn(meter)) if cumulative else _sums(shown)
        for kind, said in found:
            self.differences.add(kind, f"line {shown.line}, meter {code}: {said}")
        if "previous" in cells and before is not None:
            stated = self._number(cells["previous"][row])
            if stated is not None and before[1].total not in (None, stated):
                said = f"{stated} where line {before[1].line} showed {before[1].total}"
                what = "states of the register before are not those of the row before"
                self.differences.add(what, f"line {shown.line}, meter {code}: {said}")

    def _turn(self, meter: int) -> Decimal | None:
        digits = self.meters.seen[meter].revisions[-1].digits
        return None if digits is None else Decimal(10) ** digits

    def wrong_multiplier(self, meter: int, text: str) -> str:
        """Say why the multiplier of a row cannot be; "" when it is a declared one."""
        known = self.meters.seen[meter]
        declared = set(multipliers(known).values)
        try:
            stated = parse_number(text, ".", self.layout.profile.thousands or ",")
        except NumberRefused as error:
            return error.message
        if stated in declared:
            return ""
        listed = ", ".join(f"{one:f}" for one in sorted(declared))
        return (
            f"the file says that meter {known.code} has the multiplier {stated:f}; declared is "
            f"{listed} (multiplier in site.toml, or `meter event`)"
        )


def _sums(shown: _Shown) -> Iterator[tuple[str, str]]:
    """Compare the energies of the tariffs with the total of the same row."""
    parts = [part for part in shown.parts.values() if part is not None]
    if len(parts) == len(shown.parts) > 0 and shown.total is not None:
        yield from _unequal(sum(parts, Decimal(0)), shown.total, len(parts))


def _compared(
    earlier: _Shown | None, shown: _Shown, turn: Decimal | None
) -> Iterator[tuple[str, str]]:
    """Compare what the registers have advanced by."""
    if earlier is None:
        return
    moved: list[Decimal] = []
    for name, state in shown.parts.items():
        was = earlier.parts.get(name)
        if state is None or was is None:
            continue
        step = _advance(was, state, turn)
        moved.append(step)
        if step < 0:
            yield "registers ran backwards", f"{name} fell from {was} to {state}"
    if shown.total is None or earlier.total is None or not shown.parts:
        return
    if len(moved) == len(shown.parts):
        total = _advance(earlier.total, shown.total, turn)
        yield from _unequal(sum(moved, Decimal(0)), total, len(moved))


def _advance(was: Decimal, state: Decimal, turn: Decimal | None) -> Decimal:
    """Return how far a register went; over its end where it fell by more than half of its range."""
    step = state - was
    return step + turn if turn is not None and step < -turn / 2 else step


def _unequal(parts: Decimal, total: Decimal, count: int) -> Iterator[tuple[str, str]]:
    """Tell of tariffs that do not add up, beyond the rounding of each by its last digit."""
    exponent = total.as_tuple().exponent
    last = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    if abs(parts - total) > count * last:
        yield "sums of the tariffs are not the total", f"{parts} where the total says {total}"
