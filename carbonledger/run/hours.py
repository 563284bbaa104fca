"""Load and own generation of a boundary hour by hour, from the profiles of its meters."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from carbonledger.calc.balance import ENVIRONMENT
from carbonledger.calc.model import Books
from carbonledger.calc.renewable import HourlySeries
from carbonledger.ledger.schema import account, commodity, entry
from carbonledger.run.question import Material
from carbonledger.units import round_half_even

HOUR = 3600
Sums = dict[int, Fraction]
Held = dict[int, int]


def hourly(connection: sa.Connection, material: Material) -> HourlySeries | None:
    """Sum consumption (bought + own − sold) and own renewable generation by the hour.

    An hour counts only when every meter that has values in the period has all of them in that
    hour; else it is None, missing.

    Returns:
        The hours from the first to the last value; None when no meter is read hourly or finer.
    """
    books = material.books
    renewable = set(material.method.renewable)
    load: Sums = {}
    own: Sums = {}
    held: dict[int, Held] = {}
    for row in _rows(connection, material):
        sign, is_own = _part(books, row.source, row.target, renewable)
        if not sign and not is_own:
            continue
        hours = held.setdefault(row.meter_id, {})
        for hour, value, seconds in _hours(row):
            hours[hour] = hours.get(hour, 0) + seconds
            load[hour] = load.get(hour, Fraction(0)) + sign * value
            if is_own:
                own[hour] = own.get(hour, Fraction(0)) + value
    return _series(load, own, list(held.values()))


def _rows(connection: sa.Connection, material: Material) -> Iterator[Any]:
    months = material.books.months
    source, target = account.alias("source"), account.alias("target")
    first, last = (int(m.replace("-", "")) * 100 for m in (months[0], months[-1]))
    query = (
        sa.select(
            entry.c.meter_id, entry.c.kind, entry.c.start_utc, entry.c.interval_s,
            entry.c.profile, entry.c.scale_num, entry.c.scale_den,
            source.c.code.label("source"), target.c.code.label("target"),
        )
        .join(source, source.c.id == entry.c.from_account_id)
        .join(target, target.c.id == entry.c.to_account_id)
        .join(commodity, commodity.c.id == entry.c.commodity_id)
        .where(
            commodity.c.kind == "electricity", entry.c.profile.is_not(None),
            entry.c.interval_s <= HOUR, entry.c.first_day.between(first, last + 99),
            entry.c.batch_id <= material.as_of,
        )
        .order_by(entry.c.id)
    )  # fmt: skip
    yield from connection.execute(query)


def _part(books: Books, source: str, target: str, renewable: set[str]) -> tuple[int, bool]:
    """Tell how a flow counts: in the load (+1, −1, 0), and as own renewable generation."""
    left, reached = books.accounts[source], books.accounts[target]
    if ENVIRONMENT in (left.kind, reached.kind):
        return 0, False
    inward, outward = books.inside(target), books.inside(source)
    own = outward and left.technology in renewable
    if inward and outward:
        # What a generator inside gives to its neighbour adds to what the boundary consumes.
        return (1 if left.technology else 0), own
    return (1 if inward else -1 if outward else 0), own and not inward


def _hours(row: Any) -> Iterator[tuple[int, Fraction, int]]:
    """Yield hour (seconds UTC), quantity, and seconds by which the hour is covered."""
    scale = Fraction(row.scale_num, row.scale_den)
    covers = {"reversal": -1, "adjustment": 0}.get(row.kind, 1) * row.interval_s
    for place, cell in enumerate(row.profile[1:-1].split(",")):
        if cell in ("null", ""):
            continue
        at = row.start_utc + place * row.interval_s
        yield at - at % HOUR, Fraction(Decimal(cell)) * scale, covers


def _series(load: Sums, own: Sums, held: Sequence[Held]) -> HourlySeries | None:
    if not load:
        return None
    hours = range(min(load), max(load) + HOUR, HOUR)
    complete = [all(meter.get(hour, 0) >= HOUR for meter in held) for hour in hours]

    def column(sums: Sums) -> list[int | None]:
        return [
            _micro(sums.get(hour, Fraction(0))) if whole else None
            for hour, whole in zip(hours, complete, strict=True)
        ]

    return HourlySeries(column(load), column(own))


def _micro(value: Fraction) -> int:
    return round_half_even(value.numerator * 1_000_000, value.denominator)


