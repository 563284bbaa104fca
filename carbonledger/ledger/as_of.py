"""As of which batch a question is meant: a number, or a day or instant by which it was posted.

A date means its end, and a time without an offset is a local one, both in the time zone of the
sites; in UTC where they have several. The batch is the last one that says it was posted by then,
with all before it: so the answer for a time that is past stays the same, whatever is posted
afterwards by a clock that goes right.
"""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from carbonledger.errors import CalculationRefused
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import batch
from carbonledger.ledger.state import is_root, read_state

MOST_DIGITS = 18


def batch_of(connection: sa.Connection, wanted: str) -> int:
    """Return the last batch to take into account.

    Args:
        connection: connection to the ledger.
        wanted: number of a batch, `2025-03-31`, `2025-03-31T18:00` or with an offset or Z.

    Raises:
        CalculationRefused: `as-of`, there is no such batch, the text is no time, or nothing was
            posted by then.
    """
    last = int(connection.execute(sa.select(sa.func.max(batch.c.id))).scalar() or 0)
    if wanted.isdecimal() and len(wanted) <= MOST_DIGITS:
        return checked(int(wanted), last)
    after = _after(wanted, _zone(connection))
    until = sa.select(sa.func.max(batch.c.id)).where(batch.c.posted_at < after)
    number = int(connection.execute(until).scalar() or 0)
    if number == 0:
        raise CalculationRefused(
            f"nothing was posted by {wanted}",
            code="as-of",
            hint="carbonledger log lists the batches with their times",
        )
    return number


def resolved(ledger: Ledger, wanted: str | None) -> int | None:
    """Return the last batch to take into account, as `batch_of` does, of a ledger.

    Raises:
        CalculationRefused: `as-of`, there is no such batch, or the text is no time.
    """
    if wanted is None:
        return None
    with ledger.read() as connection:
        return batch_of(connection, wanted)


def checked(number: int, last: int) -> int:
    """Return the number of a batch that is there.

    Raises:
        CalculationRefused: `as-of`, it is not.
    """
    if not 0 < number <= last:
        raise CalculationRefused(
            f"there is no batch {number}; the last one is {last}",
            code="as-of",
            hint="carbonledger log lists the batches",
        )
    return number


def _after(wanted: str, zone: ZoneInfo) -> str:
    """Return the first instant that is later than what is meant, ISO 8601 in UTC."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", wanted):
            day = date.fromisoformat(wanted) + timedelta(days=1)
            after = datetime(day.year, day.month, day.day, tzinfo=zone)
        else:
            moment = datetime.fromisoformat(wanted)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=zone)
            # Times of posting are whole seconds.
            after = moment.replace(microsecond=0) + timedelta(seconds=1)
        return after.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError) as error:
        raise CalculationRefused(
            f"{wanted!r} is neither the number of a batch nor a date or time",
            code="as-of",
            hint="write 41, 2025-03-31 or 2025-03-31T18:00",
        ) from error


def _zone(connection: sa.Connection) -> ZoneInfo:
    roots = [one for one in read_state(connection).accounts.values() if is_root(one)]
    zones = {one.timezone or "UTC" for one in roots}
    return ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")
