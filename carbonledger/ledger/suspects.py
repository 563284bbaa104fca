"""Which rows of a batch are not those that were posted, as far as the ledger itself can tell.

The hash of a batch proves that its rows changed, not which. But a ledger says many things twice:
numbers of rows follow one another, the header counts entries and rejects, an entry states the sum
of its profile and what that is in the canonical unit. Where these disagree the row is named. Where
somebody changed all sides of it alike nothing is named, and nobody is accused by guess.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.canon import POSTED
from carbonledger.ledger.difference import Difference, Expert, Suspect
from carbonledger.ledger.schema import entry, meter, method, reject
from carbonledger.units import round_half_even

CHUNK = 2000
LARGEST = 100
NAMED = 5
MICRO = 1_000_000


def blamed(
    connection: sa.Connection, header: dict[str, Any], experts: Sequence[Expert]
) -> Difference:
    """Say that the rows of a batch are not those that were posted, and which, if it can be told.

    Args:
        connection: to the ledger.
        header: of the batch.
        experts: look beside us.
    """
    number = int(header["id"])
    detail = f"the rows of batch {number} are not those that were posted"
    found = suspects(connection, header, experts)
    first = next(found, None)
    if first is None:
        return Difference("content", number, f"{detail}; {_unknown(connection, number)}")
    named = [one.why for one in (first, *islice(found, NAMED - 1))]
    more = sum(1 for _ in found)
    rest = f"; and {more} more" if more else ""
    return Difference(
        "content", number, f"{detail}: {'; '.join(named)}{rest}", first.table, first.row
    )


def suspects(
    connection: sa.Connection, header: dict[str, Any], experts: Sequence[Expert] = ()
) -> Iterator[Suspect]:
    """Yield the rows of a batch that contradict what else is stored.

    Rows of a batch that is as it was posted contradict nothing.
    """
    number = int(header["id"])
    yield from _entries(connection, number)
    yield from _methods(connection, number)
    for expert in experts:
        yield from expert(connection, header)
    for table in POSTED:
        yield from _ids(connection, table, number)
    for table, counted in ((entry, "entries"), (reject, "rejected")):
        yield from _count(connection, table, number, int(header[counted]))


def _unknown(connection: sa.Connection, number: int) -> str:
    tables = [table.name for table in POSTED if _counted(connection, table, number)]
    if not tables:
        return "none of them is there"
    return f"which of them, in {', '.join(tables)}, cannot be told from what is stored"


def _counted(connection: sa.Connection, table: sa.Table, number: int) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(table.c.batch_id == number)
    return int(connection.execute(query).scalar_one())


def _count(connection: sa.Connection, table: sa.Table, number: int, said: int) -> Iterator[Suspect]:
    there = _counted(connection, table, number)
    if there != said:
        why = f"the header counts {said} rows in {table.name}, there are {there}"
        yield Suspect(table.name, None, why)


def _ids(connection: sa.Connection, table: sa.Table, number: int) -> Iterator[Suspect]:
    """Rows are numbered in the order of posting, without gaps, so those of a batch are a run."""
    low = sa.select(sa.func.max(table.c.id)).where(table.c.batch_id < number)
    high = sa.select(sa.func.min(table.c.id)).where(table.c.batch_id > number)
    query = sa.select(table.c.id).where(table.c.batch_id == number).order_by(table.c.id)
    there = [int(one) for one in connection.execute(query).scalars()]
    first = int(connection.execute(low).scalar() or 0) + 1
    end = connection.execute(high).scalar()
    end = max(there, default=first - 1) + 1 if end is None else int(end)
    yield from (
        Suspect(table.name, one, f"{table.name} {one} was put in or comes from another batch")
        for one in there
        if not first <= one < end
    )
    inside = [one for one in there if first <= one < end]
    for before, after in pairwise([first - 1, *inside, end]):
        if after - before > 1:
            yield Suspect(table.name, before + 1, _missing(table.name, before + 1, after - 1))


def _missing(table: str, first: int, last: int) -> str:
    return (
        f"{table} {first} is missing" if first == last else f"{table} {first} to {last} are missing"
    )


def _methods(connection: sa.Connection, number: int) -> Iterator[Suspect]:
    """The rules of a method stand beside their hash."""
    query = sa.select(method.c.id, method.c.code, method.c.rules, method.c.content_hash)
    for row in connection.execute(query.where(method.c.batch_id == number)):
        if hashlib.sha256(row.rules.encode()).hexdigest() != row.content_hash:
            why = f"method {row.id} ({row.code}): its rules are not those of its hash"
            yield Suspect(method.name, row.id, why)


def _entries(connection: sa.Connection, number: int) -> Iterator[Suspect]:
    """Entries of meters state their values one by one, their sum, and the sum converted."""
    query = (
        sa.select(entry, meter.c.code)
        .outerjoin(meter, meter.c.id == entry.c.meter_id)
        .where(entry.c.batch_id == number, entry.c.profile.is_not(None))
        .order_by(entry.c.id)
    )
    for row in connection.execute(query, execution_options={"yield_per": CHUNK}):
        contradiction = _contradiction(row)
        if contradiction:
            where = f"entry {row.id} (meter {row.code}, {_day(row.first_day)})"
            yield Suspect(entry.name, row.id, f"{where}: {contradiction}")


def _day(number: int) -> str:
    return f"{number // 10000:04}-{number // 100 % 100:02}-{number % 100:02}"


def _contradiction(row: Any) -> str:
    """Return in what an entry contradicts itself, "" where it does not."""
    try:
        cells = json.loads(row.profile, parse_float=_exact, parse_int=_exact)
        values = [Fraction(cell) for cell in cells if cell is not None]
        said = Fraction(_exact(row.recorded_quantity))
        ratio = Fraction(row.scale_num, row.scale_den)
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        return "its values are no numbers"
    if sum(values) != said:
        return f"its values add up to {_plain(sum(values))}, it says {row.recorded_quantity}"
    if row.interval_s * len(cells) != row.end_utc - row.start_utc:
        return "it has not as many values as its time has intervals"
    made = sum(_micro(value * ratio) for value in values)
    # Positions of a register are rounded, not its advances.
    off = len(values) if row.register_start is not None else 0
    if abs(made - row.quantity) > off:
        return f"its values are {made} millionths of the canonical unit, it says {row.quantity}"
    return ""


def _exact(text: str) -> Decimal:
    """Read a number as it stands, but none whose digits would fill the memory."""
    number = Decimal(text)
    if number and abs(number.adjusted()) > LARGEST:
        raise ValueError(text)
    return number


def _micro(value: Fraction) -> int:
    return round_half_even(value.numerator * MICRO, value.denominator)


def _plain(value: Fraction | int) -> str:
    return format((Decimal(value.numerator) / Decimal(value.denominator)).normalize(), "f")
