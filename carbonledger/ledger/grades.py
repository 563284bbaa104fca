"""What of the flows of a period no meter measured, by grade: few rows, found by an index.

A source marks values as estimated or substituted; records have no meter. All other entries are
values of meters that nobody marked; they are not read here, so this costs next to nothing beside
the sums of all entries.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.chain import read_chain
from carbonledger.ledger.schema import account, commodity, entry
from carbonledger.ledger.state import SiteState
from carbonledger.ledger.sums import Key, days, names_of, spanning

MEASURED, MIXED = "measured", "mixed"
CHUNK = 500
Sums = dict[Key, dict[str, int]]


def marked(entries: Any = entry) -> sa.ColumnElement[bool]:
    """Return the condition that no meter measured an entry, or its source marks it."""
    # Written as the index has it, so that it is used.
    return sa.or_(entries.c.quality != sa.literal_column("'actual'"), entries.c.meter_id.is_(None))


def grade_of(entries: Any = entry) -> sa.ColumnElement[str]:
    """Return the grade of an entry in SQL; see `calc.quality.grades`."""
    return sa.case(
        (entries.c.quality.in_(("estimated", "substituted")), "estimated"),
        (entries.c.quality == MIXED, MIXED),
        (entries.c.quality != "actual", "unclear"),
        (entries.c.meter_id.is_not(None), MEASURED),
        (sa.func.coalesce(entries.c.document_no, "") != "", "documented"),
        else_="stated",
    )


def not_measured(
    connection: sa.Connection, state: SiteState, months: Sequence[str], as_of: int
) -> Sums:
    """Sum what was not measured by account pair, commodity and month, in millionths, by grade.

    Args:
        connection: connection to the ledger.
        state: accounts as of the batch.
        months: local months, ascending and without a hole.
        as_of: last batch to take into account.
    """
    sums: Sums = defaultdict(lambda: defaultdict(int))
    names = _Names(connection)
    for *flow, number, grade, quantity in connection.execute(_within(months, as_of)):
        sums[names.key(flow, number)][grade] += int(quantity)
    # All of them, which are few: an index of marked entries would lead through all years before.
    parts = list(spanning(connection, state, months, as_of))
    grades = dict(_grades(connection, {part.entry for part in parts}))
    for part in parts:
        if grades[part.entry] != MEASURED:
            sums[part.key][grades[part.entry]] += part.quantity
    for *flow, number, old, new, first, change in _regraded(connection, months, as_of):
        found = sums[names.key(flow, number)]
        found[old] -= first
        found[new] -= change
        found[MIXED] += first + change
        # What is measured is what is left of a flow.
        found.pop(MEASURED, None)
    return {key: {g: q for g, q in found.items() if q} for key, found in sums.items()}


def _within(months: Sequence[str], as_of: int) -> sa.Select[Any]:
    first, last = days(months)
    month = entry.c.first_day.op("/")(100)
    ends = (entry.c.from_account_id, entry.c.to_account_id, entry.c.commodity_id)
    grade = grade_of().label("grade")
    inner = (
        sa.select(*ends, month.label("month"), grade, entry.c.quantity)
        .where(
            marked(), entry.c.first_day.between(first, last),
            month == entry.c.last_day.op("/")(100), entry.c.batch_id <= as_of,
        )
        .subquery()
    )  # fmt: skip
    keys = [column for column in inner.c if column.name != "quantity"]
    return sa.select(*keys, sa.func.sum(inner.c.quantity)).group_by(*keys)


def _grades(connection: sa.Connection, ids: Iterable[int]) -> Iterator[tuple[int, str]]:
    wanted = sorted(ids)
    for at in range(0, len(wanted), CHUNK):
        some = wanted[at : at + CHUNK]
        query = sa.select(entry.c.id, grade_of()).where(entry.c.id.in_(some))
        yield from ((number, grade) for number, grade in connection.execute(query))


def _regraded(
    connection: sa.Connection, months: Sequence[str], as_of: int
) -> Iterator[tuple[Any, ...]]:
    """Yield entries that an adjustment of another grade changed, where both stand.

    An adjustment posts the difference, so what stands is neither of the two: it is partly each.
    """
    first, last = days(months)
    earlier = entry.alias("earlier")
    month = entry.c.first_day.op("/")(100)
    ends = (entry.c.from_account_id, entry.c.to_account_id, entry.c.commodity_id)
    query = (
        sa.select(
            earlier.c.id, entry.c.id, *ends, month, grade_of(earlier), grade_of(),
            earlier.c.quantity, entry.c.quantity,
        )
        .join(earlier, earlier.c.id == entry.c.corrects_id)
        .where(
            entry.c.kind == "adjustment", month == entry.c.last_day.op("/")(100),
            entry.c.batch_id <= as_of,
            grade_of(earlier) != grade_of(),
        )
    )  # fmt: skip
    # One of the two is marked, and both are of one day; each way is found by the index.
    ways = [
        sa.and_(marked(table), table.c.first_day.between(first, last)) for table in (entry, earlier)
    ]
    rows = sorted({tuple(row) for way in ways for row in connection.execute(query.where(way))})
    chain = read_chain(connection, {number for row in rows for number in row[:2]}, as_of)
    seen: set[int] = set()
    for before, number, *flow, quantity, change in rows:
        if chain.standing(number) is not None and chain.standing(before) is not None:
            yield (*flow, 0 if before in seen else quantity, change)
            seen.add(before)


class _Names:
    """Codes of accounts and commodities by number."""

    def __init__(self, connection: sa.Connection) -> None:
        self._places = names_of(connection, account)
        self._goods = names_of(connection, commodity)

    def key(self, flow: Sequence[int], month: int) -> Key:
        source, target, good = flow
        named = f"{month // 100:04}-{month % 100:02}"
        return self._places[source], self._places[target], self._goods[good], named
