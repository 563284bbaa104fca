"""Load and own generation of a boundary hour by hour, from the profiles of its meters.

Only meters whose flow crosses the boundary or comes from a generator inside are read. Values stay
whole numbers until the end: those of one scale and number of decimals are added as integers, and
the sums are brought together as fractions, so no digit is lost and nothing depends on the order.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import sqlalchemy as sa

from carbonledger.calc.balance import ENVIRONMENT
from carbonledger.calc.model import Books
from carbonledger.calc.renewable import HourlySeries
from carbonledger.ledger.schema import entry
from carbonledger.run.question import Material
from carbonledger.units import round_half_even

HOUR = 3600
CHUNK = 2000
COVERS = {"reversal": -1, "adjustment": 0}


class Scale(NamedTuple):
    """What an integer of a profile stands for: times num, by den, by ten to the decimals."""

    num: int
    den: int
    decimals: int

    @property
    def factor(self) -> Fraction:
        """Canonical units in one integer."""
        return Fraction(self.num, self.den * 10**self.decimals)


class Part(NamedTuple):
    """How a flow counts: in the load (+1, −1, 0), and as own renewable generation."""

    sign: int
    own: bool


class _Row(NamedTuple):
    meter: int
    kind: str
    start: int
    interval: int
    profile: str
    num: int
    den: int
    source: int
    target: int


Sums = defaultdict[Scale, defaultdict[int, int]]


def _sums() -> Sums:
    return defaultdict(lambda: defaultdict(int))


@dataclass(slots=True)
class _Hours:
    """Sums by hour: of the load, of own generation, and of the seconds each meter covers."""

    load: Sums = field(default_factory=_sums)
    own: Sums = field(default_factory=_sums)
    held: dict[int, defaultdict[int, int]] = field(default_factory=dict)

    def add(self, row: _Row, part: Part) -> None:
        held = self.held.setdefault(row.meter, defaultdict(int))
        covers = COVERS.get(row.kind, 1)
        for scale, hour, value, seconds in _by_hour(row):
            held[hour] += covers * seconds
            if part.sign:
                self.load[scale][hour] += part.sign * value
            if part.own:
                self.own[scale][hour] += value


def hourly(connection: sa.Connection, material: Material) -> HourlySeries | None:
    """Sum consumption (bought + own − sold) and own renewable generation by the hour.

    An hour counts only when every meter that has values in the period has all of them in that
    hour; else it is None, missing.

    Returns:
        The hours from the first to the last value; None when no meter is read hourly or finer.
    """
    parts = _parts(material)
    if not parts:
        return None
    sums = _Hours()
    for row in _rows(connection, material, parts):
        sums.add(row, parts[row.source, row.target])
    return _series(sums)


def _parts(material: Material) -> dict[tuple[int, int], Part]:
    """Return how each pair of accounts counts that electricity flowed between."""
    books, accounts = material.books, material.state.accounts
    renewable = set(material.method.renewable)
    found = {}
    for flow in books.flows:
        if books.commodities[flow.commodity].kind == "electricity":
            part = _part(books, flow.source, flow.target, renewable)
            if part.sign or part.own:
                found[accounts[flow.source].id, accounts[flow.target].id] = part
    return found


def _part(books: Books, source: str, target: str, renewable: set[str]) -> Part:
    left, reached = books.accounts[source], books.accounts[target]
    if ENVIRONMENT in (left.kind, reached.kind):
        return Part(0, own=False)
    inward, outward = books.inside(target), books.inside(source)
    own = outward and left.technology in renewable
    if inward and outward:
        # What a generator inside gives to its neighbour adds to what the boundary consumes.
        return Part(1 if left.technology else 0, own)
    return Part(1 if inward else -1 if outward else 0, own and not inward)


def _rows(
    connection: sa.Connection, material: Material, pairs: Iterable[tuple[int, int]]
) -> Iterator[_Row]:
    months = material.books.months
    kinds = material.state.commodities.values()
    first, last = (int(month.replace("-", "")) * 100 for month in (months[0], months[-1]))
    query = (
        sa.select(
            entry.c.meter_id, entry.c.kind, entry.c.start_utc, entry.c.interval_s,
            entry.c.profile, entry.c.scale_num, entry.c.scale_den,
            entry.c.from_account_id, entry.c.to_account_id,
        )
        .where(
            entry.c.commodity_id.in_([c.id for c in kinds if c.kind == "electricity"]),
            sa.tuple_(entry.c.from_account_id, entry.c.to_account_id).in_(list(pairs)),
            entry.c.profile.is_not(None), entry.c.interval_s <= HOUR,
            entry.c.first_day.between(first, last + 99), entry.c.batch_id <= material.as_of,
        )
    )  # fmt: skip
    result = connection.execution_options(yield_per=CHUNK).execute(query)
    for part in result.partitions():
        yield from map(_Row._make, part)


def _by_hour(row: _Row) -> Iterator[tuple[Scale, int, int, int]]:
    """Yield scale, hour (seconds UTC), sum of its values as integer, and seconds they cover."""
    cells = row.profile[1:-1].split(",")
    whole = _whole(cells)
    if whole is None or HOUR % row.interval or row.start % HOUR:
        yield from _cell_by_cell(row, cells)
        return
    decimals, numbers = whole
    scale, width = Scale(row.num, row.den, decimals), HOUR // row.interval
    for place in range(0, len(numbers), width):
        part = numbers[place : place + width]
        yield scale, row.start + place * row.interval, sum(part), len(part) * row.interval


def _whole(cells: Sequence[str]) -> tuple[int, list[int]] | None:
    """Read cells that have the same number of decimals and no hole; None for all others."""
    decimals = len(cells[0].partition(".")[2])
    try:
        numbers = [int(cell.replace(".", "")) for cell in cells]
    except ValueError:
        return None
    alike = (
        all(len(cell) - cell.find(".") == decimals + 1 for cell in cells)
        if decimals
        else ("." not in "".join(cells))
    )
    return (decimals, numbers) if alike else None


def _cell_by_cell(row: _Row, cells: Sequence[str]) -> Iterator[tuple[Scale, int, int, int]]:
    for place, cell in enumerate(cells):
        if cell in ("null", ""):
            continue
        at = row.start + place * row.interval
        value = Fraction(cell)
        scale = Scale(row.num, row.den * value.denominator, 0)
        yield scale, at - at % HOUR, value.numerator, row.interval


def _series(sums: _Hours) -> HourlySeries | None:
    seen = {hour for held in sums.held.values() for hour in held}
    if not seen:
        return None
    hours = range(min(seen), max(seen) + HOUR, HOUR)
    whole: defaultdict[int, int] = defaultdict(int)
    for held in sums.held.values():
        for hour, seconds in held.items():
            whole[hour] += seconds >= HOUR
    complete = [whole[hour] == len(sums.held) for hour in hours]
    return HourlySeries(_column(sums.load, hours, complete), _column(sums.own, hours, complete))


def _column(sums: Sums, hours: range, complete: Sequence[bool]) -> list[int | None]:
    scales = [(scale.factor, by_hour) for scale, by_hour in sums.items()]
    return [
        _micro(sum((factor * values.get(hour, 0) for factor, values in scales), Fraction(0)))
        if known
        else None
        for hour, known in zip(hours, complete, strict=True)
    ]


def _micro(value: Fraction) -> int:
    return round_half_even(value.numerator * 1_000_000, value.denominator)
