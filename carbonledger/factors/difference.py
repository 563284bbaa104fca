"""What moved between two editions of a pack: rows added, gone and changed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from carbonledger.errors import UnitRefused
from carbonledger.factors.model import Factor
from carbonledger.units import ratio, split_ratio

ADDED, GONE, CHANGED = "added", "gone", "changed"
COMPARED = ("activity", "region", "valid_from", "valid_to", "data_year", "purpose", "gas", "unit",
            "basis", "technology")  # fmt: skip
"""Columns that say what a number is of; a page or a note that changed moves no figure."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A row that two packs do not have alike.

    Attributes:
        state: `added`, `gone` or `changed`.
        old, new: the row in each; None where it is not there.
        columns: what differs beside the value.
        share: change of the value, as a share of the old one, after conversion of the units; None
            where the units measure different things or the old value is 0.
    """

    state: str
    old: Factor | None
    new: Factor | None
    columns: tuple[str, ...] = ()
    share: Fraction | None = None


def difference(old: Iterable[Factor], new: Iterable[Factor]) -> tuple[Moved, ...]:
    """Compare two packs row by row.

    A row is the same one by its code, else, where codes changed, by what it is of: activity,
    region, purpose, gas, basis and technology, where each pack has one such row. A value counts
    as changed when it differs after conversion of its unit; another data year alone does not
    count as a change.
    """
    before, after = {row.code: row for row in old}, {row.code: row for row in new}
    pairs = [(before.pop(code), after.pop(code)) for code in list(before) if code in after]
    by_kind = _alone(after.values())
    for kind, row in _alone(before.values()).items():
        if kind in by_kind:
            pairs.append((before.pop(row.code), after.pop(by_kind[kind].code)))
    moved = [one for pair in pairs if (one := _changed(*pair)) is not None]
    moved += [Moved(GONE, row, None) for row in before.values()]
    moved += [Moved(ADDED, None, row) for row in after.values()]
    return tuple(sorted(moved, key=_place))


def _place(moved: Moved) -> tuple[str, str]:
    row = moved.new or moved.old
    return moved.state, row.code if row else ""


def _alone(rows: Iterable[Factor]) -> dict[tuple[str, ...], Factor]:
    """Return the rows that alone are of what they are of."""
    listed = [(_kind(row), row) for row in rows]
    many = Counter(kind for kind, _ in listed)
    return {kind: row for kind, row in listed if many[kind] == 1}


def _kind(row: Factor) -> tuple[str, ...]:
    return row.activity, row.region, row.purpose, row.gas, row.basis, row.technology


def _changed(old: Factor, new: Factor) -> Moved | None:
    columns = tuple(name for name in COMPARED if getattr(old, name) != getattr(new, name))
    scale = _scale(new.unit, old.unit)
    same = scale is not None and Fraction(new.value) * scale == Fraction(old.value)
    if same and set(columns) <= {"data_year", "unit"}:
        return None
    share = None
    if scale is not None and old.value:
        share = Fraction(new.value) * scale / Fraction(old.value) - 1
    return Moved(CHANGED, old, new, columns, share)


def _scale(unit: str, into: str) -> Fraction | None:
    """Return how many of one factor's unit another's is; None: they measure different things."""
    if unit == into:
        return Fraction(1)
    try:
        (above, below), (wanted_above, wanted_below) = split_ratio(unit), split_ratio(into)
        up = ratio(above.symbol, wanted_above.symbol)
        return up * ratio(wanted_below.symbol, below.symbol)
    except UnitRefused:
        return None
