"""Sums of entries by account pair, commodity and local month: what calculations are made of.

Entries that lie within one month are summed by the database. The few that reach into another
month (a bill from the 15th to the 14th, a register over a gap) are shared out in proportion to
time, in whole millionths that add up to the entry. Which month an entry lies in was decided when it
was posted, by the local days of its meter; months of those shared out begin at midnight in the time
zone of the account inside.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from carbonledger.calc.model import Books, Flow
from carbonledger.errors import LedgerRefused
from carbonledger.ledger.schema import account, commodity, entry
from carbonledger.ledger.state import SiteState, as_calc
from carbonledger.units import round_half_even

Key = tuple[str, str, str, str]
"""Source, target, commodity, month."""
LARGEST = 2**63 - 1
# As the index of these entries says it, or it is not used.
OVER_MONTHS = sa.text("first_day / 100 <> last_day / 100")


class Part(NamedTuple):
    """What an entry that reaches over the end of a month has in one: millionths."""

    entry: int
    key: Key
    quantity: int


def read_books(
    connection: sa.Connection,
    state: SiteState,
    boundary: str,
    months: Sequence[str],
    as_of: int,
) -> Books:
    """Read all that a calculation needs for a boundary and period.

    Args:
        connection: connection to the ledger.
        state: accounts and commodities as of the same batch.
        boundary: account code.
        months: local months, ascending and without a hole.
        as_of: last batch to take into account.
    """
    sums = month_sums(connection, state, months, as_of)
    flows = tuple(Flow(*key, _stored(key, quantity)) for key, quantity in sorted(sums.items()))
    accounts, commodities = as_calc(state)
    return Books(boundary, tuple(months), accounts, commodities, flows)


def month_sums(
    connection: sa.Connection,
    state: SiteState,
    months: Sequence[str],
    as_of: int,
    since: int = 0,
    *,
    only: sa.ColumnElement[bool] | None = None,
) -> dict[Key, int]:
    """Sum the entries of some months by account pair, commodity and month, in millionths.

    Args:
        connection: connection to the ledger.
        state: accounts as of the last batch.
        months: local months, ascending and without a hole.
        as_of: last batch to take into account.
        since: the batch before the first one to take into account.
        only: condition that entries must meet beside; None: all count.
    """
    sums: dict[Key, int] = {}
    for key, quantity in _within(connection, months, as_of, since, only):
        sums[key] = sums.get(key, 0) + quantity
    for part in spanning(connection, state, months, as_of, since, only=only):
        sums[part.key] = sums.get(part.key, 0) + part.quantity
    return sums


def _stored(key: Key, quantity: int) -> int:
    """Return a sum that fits the integers of every database; PostgreSQL adds beyond them."""
    if -LARGEST <= quantity <= LARGEST:
        return quantity
    source, target, good, month = key
    raise LedgerRefused(
        f"the sum of {good} from {source} to {target} in {month} is too large for the books",
        code="ledger-overflow",
        hint="look for a quantity with a wrong unit or multiplier",
    )


def names_of(connection: sa.Connection, table: sa.Table) -> dict[int, str]:
    """Return the codes of accounts or commodities by number."""
    return {row.id: row.code for row in connection.execute(sa.select(table.c.id, table.c.code))}


def days(months: Sequence[str]) -> tuple[int, int]:
    """Return bounds of the local days of some months, as the integers yyyymmdd."""
    return int(months[0].replace("-", "")) * 100, int(months[-1].replace("-", "")) * 100 + 99


def _within(
    connection: sa.Connection,
    months: Sequence[str],
    as_of: int,
    since: int,
    only: sa.ColumnElement[bool] | None,
) -> Iterator[tuple[Key, int]]:
    columns = (entry.c.commodity_id, entry.c.from_account_id, entry.c.to_account_id)
    places, goods = names_of(connection, account), names_of(connection, commodity)
    for month in months:
        first, last = days([month])
        # Days ascend as months do, so that months are sorted one by one in less time than a year.
        query = (
            sa.select(*columns, sa.func.sum(entry.c.quantity))
            .where(
                entry.c.first_day.between(first, last), entry.c.last_day.between(first, last),
                entry.c.batch_id <= as_of,
            )
            .group_by(*columns)
        )  # fmt: skip
        if since:
            query = query.where(entry.c.batch_id > since)
        if only is not None:
            query = query.where(only)
        for good, source, target, quantity in connection.execute(query):
            yield (places[source], places[target], goods[good], month), int(quantity)


def around(months: Sequence[str]) -> tuple[int, int]:
    """Return bounds of the days of a period with a month on either side.

    The days of an entry are those of its meter, its months those of its account; their time zones
    may differ by a day.
    """
    year, month = (int(part) for part in months[0].split("-"))
    before = (year - 1) * 10000 + 1200 if month == 1 else year * 10000 + (month - 1) * 100
    after = _next_month(date.fromisoformat(f"{months[-1]}-01"))
    return before, after.year * 10000 + after.month * 100 + 99


def spanning(
    connection: sa.Connection,
    state: SiteState,
    months: Sequence[str],
    as_of: int,
    since: int = 0,
    *,
    only: sa.ColumnElement[bool] | None = None,
) -> Iterator[Part]:
    """Yield the parts that entries reaching over the end of a month have in some months.

    Args:
        connection: connection to the ledger.
        state: accounts as of the batch.
        months: local months, ascending and without a hole.
        as_of: last batch to take into account.
        since: the batch before the first one to take into account.
        only: condition that entries must meet beside; None: all count.
    """
    first, last = around(months)
    # By their own index; those of batches and numbers go through everything that was ever posted.
    number = entry.c.batch_id + 0
    query = sa.select(
        entry.c.id, entry.c.from_account_id, entry.c.to_account_id, entry.c.commodity_id,
        entry.c.start_utc, entry.c.end_utc, entry.c.quantity,
    ).where(
        OVER_MONTHS,
        entry.c.first_day <= last, entry.c.last_day >= first, number <= as_of,
        number > since,
    )  # fmt: skip
    if only is not None:
        query = query.where(only)
    places, goods = names_of(connection, account), names_of(connection, commodity)
    wanted = set(months)
    for one, left, reached, good, start, end, quantity in sorted(
        tuple(row) for row in connection.execute(query)
    ):
        source, target = places[left], places[reached]
        for month, part in shared_out(quantity, start, end, zone_of(state, source, target)):
            if month in wanted:
                yield Part(one, (source, target, goods[good], month), part)


def zone_of(state: SiteState, source: str, target: str) -> str:
    """Return the time zone that decides the months of a flow: that of its account inside."""
    inside = [state.accounts[code] for code in (source, target) if not state.accounts[code].outside]
    return next((a.timezone for a in inside if a.timezone), "UTC")


def shared_out(quantity: int, start: int, end: int, zone: str) -> Iterator[tuple[str, int]]:
    """Share a quantity over the local months of its period, in proportion to time.

    Args:
        quantity: millionths.
        start: first instant, seconds UTC.
        end: last instant (exclusive), seconds UTC.
        zone: IANA time zone of the local months.

    Yields:
        Month and its part; the parts add up to the quantity.
    """
    given = 0
    for month, _, border in months_within(start, end, zone):
        upto = round_half_even(quantity * (border - start), end - start)
        yield month, upto - given
        given = upto


def months_within(start: int, end: int, zone: str) -> Iterator[tuple[str, int, int]]:
    """Cut a period at the beginnings of local months.

    Yields:
        Month, first instant and last instant (exclusive) of the period within it.
    """
    tz = ZoneInfo(zone)
    day = datetime.fromtimestamp(start, UTC).astimezone(tz).date().replace(day=1)
    at = start
    while at < end:
        after = _next_month(day)
        border = int(datetime(after.year, after.month, 1, tzinfo=tz).timestamp())
        yield day.strftime("%Y-%m"), at, min(border, end)
        at, day = min(border, end), after


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
