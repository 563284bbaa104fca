"""What has not arrived of what is expected, from the ledger: for `status` and final reports."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from carbonledger.calc.expectation import (
    History,
    Missing,
    Period,
    Span,
    day_of,
    emitted,
    missing,
    periods,
)
from carbonledger.calc.figures import rounded, tonnes
from carbonledger.calc.model import Expectation, within
from carbonledger.ledger.coverage import Coverage, coverage
from carbonledger.ledger.schema import batch, emission_line, entry, run
from carbonledger.ledger.state import SiteState
from carbonledger.ledger.sums import zone_of
from carbonledger.units import from_micro

ONE_DAY = timedelta(days=1)
DAY_PLACES = 3
# So many meters are named to the database; of more it sums all, and the others are passed over.
MOST_NAMED = 500
SCOPES = ("1", "2_location")
Rates = Mapping[tuple[str, str], Fraction]


def missing_by(
    connection: sa.Connection, state: SiteState, as_of: int, now: str,
    covered: Iterable[Coverage] | None = None,
) -> tuple[tuple[Missing, date], ...]:  # fmt: skip
    """List what has not arrived of periods that ended, with the local day of asking.

    Args:
        connection: connection to the ledger.
        state: expectations, meters and accounts as of the batch.
        as_of: last batch to take into account.
        now: time of asking, ISO 8601 in UTC.
        covered: what is posted of each meter, where it was read already.
    """
    asked = datetime.fromisoformat(now)
    found = []
    for one, history in _histories(connection, state, as_of, covered):
        today = asked.astimezone(ZoneInfo(history.zone)).date()
        first, last = day_of(one.since), today - ONE_DAY
        if _has_all(one, history, first, last):
            continue
        ended = (period for period in periods(one, first, last) if period.last < today)
        found += [(gone, today) for gone in missing(one, history, ended)]
    return tuple(found)


def _has_all(one: Expectation, history: History, first: date, last: date) -> bool:
    """Tell of a meter, at a glance, whether nothing of some days is missing."""
    first = max(first, day_of(one.since))
    last = last if one.until is None else min(last, day_of(one.until))
    return first > last or (bool(one.meter) and history.covers(first, last))


def missing_in(
    connection: sa.Connection, state: SiteState, as_of: int, months: tuple[str, str], boundary: str
) -> tuple[Missing, ...]:
    """List what has not arrived of the periods that overlap some months, whenever it is due.

    Args:
        connection: connection to the ledger.
        state: expectations, meters and accounts as of the batch.
        as_of: last batch to take into account.
        months: first and last local month.
        boundary: account; expectations of other accounts are left out.
    """
    first = date.fromisoformat(f"{months[0]}-01")
    last = (date.fromisoformat(f"{months[1]}-01") + 31 * ONE_DAY).replace(day=1) - ONE_DAY
    window = Period(first, last)
    found: list[Missing] = []
    for one, history in _histories(connection, state, as_of):
        if concerns(one, state, boundary) and not _has_all(one, history, first, last):
            found += missing(one, history, periods(one, first, last), window)
    return tuple(found)


def concerns(one: Expectation, state: SiteState, boundary: str) -> bool:
    """Tell whether what is expected flows into, out of or within a boundary."""
    ends = {one.source, one.target}
    if one.meter:
        revisions = state.meters[one.meter].revisions
        ends = {code for held in revisions for code in (held.source, held.target)}
    inside = [code for code in ends if code and not state.accounts[code].outside]
    # Of records that name no account inside nobody can tell whose they are: everybody waits.
    return not inside or any(within(code, boundary) for code in inside)


def _histories(
    connection: sa.Connection, state: SiteState, as_of: int,
    covered: Iterable[Coverage] | None = None,
) -> Iterator[tuple[Expectation, History]]:  # fmt: skip
    """Yield each expectation with what is posted for it, in the order of their names."""
    wanted = {one.meter for one in state.expectations.values() if one.meter}
    if covered is None:
        covered = coverage(connection, state, as_of, only=wanted)
    by_meter = {one.meter: one for one in covered}
    usual = _Usual(connection, [state.meters[code].id for code in wanted], as_of)
    for _, one in sorted(state.expectations.items()):
        if one.meter:
            held = state.meters[one.meter]
            last, unit = held.revisions[-1], state.commodities[held.revisions[-1].commodity].unit
            spans = tuple(_spans(by_meter[one.meter]))
            yield one, History(last.timezone, unit, spans, partial(usual.of, held.id))
        else:
            yield one, _of_records(connection, state, as_of, one)


class _Usual:
    """What meters counted on each local day, read once and only where somebody asks."""

    def __init__(self, connection: sa.Connection, ids: list[int], as_of: int) -> None:
        self._connection, self._ids, self._as_of = connection, ids, as_of
        self._found: dict[int, dict[int, int]] | None = None

    def of(self, number: int) -> Mapping[int, int]:
        """Return the sums of a meter in millionths by day, yyyymmdd."""
        if self._found is None:
            self._found = self._read()
        return self._found.get(number, {})

    def _read(self) -> dict[int, dict[int, int]]:
        query = (
            sa.select(entry.c.meter_id, entry.c.first_day, sa.func.sum(entry.c.quantity))
            .where(
                entry.c.meter_id.is_not(None), entry.c.first_day == entry.c.last_day,
                entry.c.batch_id <= self._as_of,
            )
            .group_by(entry.c.meter_id, entry.c.first_day)
        )  # fmt: skip
        if len(self._ids) <= MOST_NAMED:
            query = query.where(entry.c.meter_id.in_(self._ids))
        found: dict[int, dict[int, int]] = {}
        for number, day, total in self._connection.execute(query):
            found.setdefault(number, {})[day] = int(total)
        return found


def _spans(covered: Coverage) -> Iterator[Span]:
    """Yield the times with values: from the first to the last, without the gaps."""
    if covered.first is None or covered.last is None:
        return
    edges = [covered.first, *(t for gap in covered.gaps for t in (gap.start, gap.end))]
    yield from list(pairwise([*edges, covered.last]))[::2]


def _of_records(
    connection: sa.Connection, state: SiteState, as_of: int, one: Expectation
) -> History:
    good = state.commodities[one.commodity]
    ends = [
        column == state.accounts[code].id
        for column, code in (
            (entry.c.from_account_id, one.source), (entry.c.to_account_id, one.target)
        )
        if code
    ]  # fmt: skip
    query = sa.select(
        entry.c.start_utc, entry.c.end_utc, entry.c.first_day, entry.c.quantity, entry.c.id
    ).where(
        entry.c.meter_id.is_(None), entry.c.commodity_id == good.id, entry.c.batch_id <= as_of,
        *ends, _stands(as_of),
    ).order_by(entry.c.start_utc, entry.c.end_utc)  # fmt: skip
    spans: list[Span] = []
    totals: dict[int, int] = {}
    for start, end, day, quantity, _ in connection.execute(query):
        totals[day] = totals.get(day, 0) + quantity
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    known = [code for code in (one.source, one.target) if code]
    zone = zone_of(state, known[0], known[-1])
    return History(zone, good.unit, tuple(spans), lambda: totals)


def _stands(as_of: int) -> sa.ColumnElement[bool]:
    """Return the condition that an entry says something that was not taken back.

    Whatever names an earlier entry takes it back, but for adjustments, which only change it; those
    of a reversal take adjustments back. What takes a reversal back says again what was said first.
    """
    reversals = sa.select(batch.c.id).where(batch.c.kind == "reversal")
    later = entry.alias("later")
    taken = sa.select(later.c.corrects_id).where(
        later.c.corrects_id.is_not(None), later.c.batch_id <= as_of,
        sa.or_(later.c.kind != "adjustment", later.c.batch_id.in_(reversals)),
    )  # fmt: skip
    return sa.and_(entry.c.id.not_in(taken), entry.c.kind.not_in(("reversal", "adjustment")))


def stored_rates(connection: sa.Connection, as_of: int) -> dict[tuple[str, str], Fraction]:
    """Return what a unit of each commodity emitted by the last inventory that is stored.

    Returns:
        Milligrams of CO2 equivalent per millionth, by commodity and unit; empty without a run.
    """
    last = connection.execute(
        sa.select(sa.func.max(run.c.id)).where(
            run.c.kind == "inventory", run.c.as_of_batch <= as_of
        )
    ).scalar()
    table = emission_line
    query = (
        sa.select(
            table.c.commodity, table.c.activity_unit, table.c.gas,
            sa.func.sum(table.c.co2e_mg), sa.func.sum(table.c.activity),
        )
        .where(table.c.run_id == last, table.c.scope.in_(SCOPES))
        .group_by(table.c.commodity, table.c.activity_unit, table.c.gas)
    )  # fmt: skip
    rates: dict[tuple[str, str], Fraction] = {}
    for good, unit, _, mass, activity in connection.execute(query):
        if activity:
            known = rates.get((good, unit), Fraction(0))
            rates[good, unit] = known + Fraction(int(mass), int(activity))
    return rates


def commodity_of(one: Expectation, state: SiteState) -> str:
    """Return the commodity that an expectation is about."""
    return one.commodity or state.meters[one.meter].revisions[-1].commodity


def crosses(one: Expectation, state: SiteState) -> bool:
    """Tell whether what is missing changes the total of the site, or only who has what of it."""
    source, target = one.source, one.target
    if one.meter:
        held = state.meters[one.meter].revisions[-1]
        source, target = held.source, held.target
    known = [state.accounts[code].outside for code in (source, target) if code]
    return any(known) or len(known) == 1


def as_rows(
    found: Iterable[tuple[Missing, date]], state: SiteState, rates: Rates
) -> list[dict[str, Any]]:
    """Return what is missing as `status --json` shows it; see docs/ledger.md."""
    return [missing_row(one, today, state, rates) for one, today in found]


def missing_row(one: Missing, today: date, state: SiteState, rates: Rates) -> dict[str, Any]:
    """Return what is missing of one expectation as `status --json` shows it."""
    wanted, good = one.expectation, commodity_of(one.expectation, state)
    rate = rates.get((good, one.unit))
    amounts = {"low": one.low, "typical": one.typical, "high": one.high}
    masses = {f"{name}_t": emitted(amount, rate) for name, amount in amounts.items()}
    return {
        "expectation": wanted.code,
        "meter": wanted.meter or None,
        "commodity": good,
        "from": wanted.source or None,
        "to": wanted.target or None,
        "owner": wanted.owner,
        "frequency": wanted.frequency,
        "first_day": one.first.isoformat(),
        "last_day": one.last.isoformat(),
        "periods": one.periods,
        "days_missing": rounded(one.days, DAY_PLACES),
        "due": one.due.isoformat(),
        "overdue_days": one.overdue(today),
        **{name: None if v is None else from_micro(v) for name, v in amounts.items()},
        "unit": one.unit,
        **{name: None if v is None else tonnes(v) for name, v in masses.items()},
        "comparable": one.comparable,
        "affects": "total" if crosses(wanted, state) else "shares",
    }
