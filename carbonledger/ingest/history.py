"""What is posted of the meters of a file, as the validation needs it."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from carbonledger.ledger.schema import entry, finding
from carbonledger.ledger.series import TURN, chunks, values
from carbonledger.validation.days import Days, day_numbers, join, sums_only
from carbonledger.validation.entries import Said, pieces

# Days before a file of which the sums are read, and of which the values are.
SUMS, VALUES = 400, 42
# Days behind it of which the sums are read: a file may come late.
BEHIND = 400


def _shifted(day: int, by: int) -> int:
    """Return the local day (yyyymmdd) so many days later."""
    base = np.datetime64(f"{day // 10_000:04}-{day // 100 % 100:02}-{day % 100:02}", "D")
    return int(str(base + np.timedelta64(by, "D")).replace("-", ""))


def exact_days(
    connection: sa.Connection, meters: Iterable[int], span: tuple[int, int], batch: int
) -> dict[int, Days]:
    """Read all values of meters around a file, the file's own included.

    Args:
        connection: to the ledger, in the transaction of the import.
        meters: numbers in the ledger.
        span: first and last local day of the file, yyyymmdd.
        batch: the batch being posted; the lines of its entries are told.
    """
    first, last = _shifted(span[0], -SUMS), _shifted(span[1], BEHIND)
    return _values(connection, meters, (first, last), batch)


def _values(
    connection: sa.Connection, meters: Iterable[int], days: tuple[int, int], batch: int
) -> dict[int, Days]:
    said: dict[int, list[Said]] = {}
    for number, row in values(connection, meters, days, batch):
        said.setdefault(number, []).append(Said(*row))
    return {number: pieces(entries) for number, entries in said.items()}


def days_around(
    connection: sa.Connection, meters: Iterable[int], span: tuple[int, int], batch: int
) -> dict[int, Days]:
    """Read what other batches say of meters around a file.

    Of the last weeks before it the values are read, of the other days the sums.
    """
    near = _shifted(span[0], -VALUES)
    wanted = list(meters)
    near_by = _values(connection, wanted, (near, _shifted(span[0], -1)), batch)
    sums = _sums(connection, wanted, (_shifted(span[0], -SUMS), _shifted(near, -1)), batch)
    behind = _sums(connection, wanted, (span[0], _shifted(span[1], BEHIND)), batch)
    parts: dict[int, list[Days]] = {}
    for some in (sums, near_by, behind):
        for number, days in some.items():
            parts.setdefault(number, []).append(days)
    return {number: join(some) for number, some in parts.items()}


def _sums(
    connection: sa.Connection, meters: Sequence[int], days: tuple[int, int], batch: int
) -> dict[int, Days]:
    rows: dict[int, list[Any]] = {}
    for part in chunks(meters):
        query = (
            sa.select(
                entry.c.meter_id, entry.c.first_day, sa.func.min(entry.c.start_utc),
                sa.func.max(entry.c.end_utc), sa.func.max(entry.c.interval_s),
                sa.func.sum(entry.c.quantity), sa.func.sum(TURN),
            )
            .where(entry.c.meter_id.in_(part), entry.c.first_day.between(*days))
            .where(entry.c.batch_id < batch, entry.c.profile.is_not(None))
            .group_by(entry.c.meter_id, entry.c.first_day)
            .order_by(entry.c.meter_id, entry.c.first_day)
        )  # fmt: skip
        for number, *row, said in connection.execute(query):
            if said > 0:
                rows.setdefault(int(number), []).append(row)
    return {number: _as_days(some) for number, some in rows.items()}


def _as_days(rows: Sequence[Any]) -> Days:
    day, start, end, step, total = (
        np.array([int(row[place] or 0) for row in rows], np.int64) for place in range(5)
    )
    return sums_only(day_numbers(day), start, end, step, total)


def told_steps(connection: sa.Connection, meters: Iterable[int]) -> dict[int, list[int]]:
    """Return the starts of the steps that earlier batches told of, by meter."""
    told: dict[int, list[int]] = {}
    for part in chunks(meters):
        query = sa.select(finding.c.meter_id, finding.c.start_utc).where(
            finding.c.meter_id.in_(part), finding.c.kind == "step"
        )
        for number, start in connection.execute(query):
            told.setdefault(int(number), []).append(int(start))
    return told
