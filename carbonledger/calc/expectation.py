"""What has arrived of what must arrive, and how far off the figures may be for what has not.

Pure: values in, values out; the day of asking is given. A period of a meter has arrived when values
cover all of it, a period of records when one record lies in it, or when records cover all of its
days, as declared. A quantity of zero is a value and a record like any other.

The range is taken from what the meter itself counted: the 5th and 95th percentile (nearest rank) of
its complete days, working days and weekends apart, for each missing day, or part of one, added up.
Days are taken to err together, so the range of many days is rather too wide than too narrow.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from carbonledger.calc.model import EmissionLine, Expectation
from carbonledger.units import round_half_even

MONTHS = {"month": 1, "quarter": 3, "year": 12}
LOW, MIDDLE, HIGH = 5, 50, 95
"""Percentiles of what is comparable."""
COUNTED_SCOPES = ("1", "2_location")
WEEKEND = 5
ONE_DAY = timedelta(days=1)
Span = tuple[int, int]


class Period(NamedTuple):
    """Local days that one delivery is for: first and last."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class History:
    """What is posted of a meter or of a kind of records.

    Attributes:
        zone: IANA time zone of the local days.
        unit: canonical unit.
        spans: times with values, or of records, seconds UTC; ascending and apart.
        totals: gives millionths of the unit by local day, yyyymmdd: of days of a meter, of the
            records that begin on the day; asked only where something is missing.
    """

    zone: str
    unit: str
    spans: tuple[Span, ...] = ()
    totals: Callable[[], Mapping[int, int]] = dict

    def spans_in(self, start: int, end: int) -> Sequence[Span]:
        """Return the spans that may reach into a time; few of many."""
        low = max(bisect_right(self.spans, (start, start)) - 1, 0)
        return self.spans[low : bisect_left(self.spans, (end, end))]

    def covers(self, first: date, last: date) -> bool:
        """Tell whether there are values throughout some local days."""
        start, end = bounds(first, self.zone)[0], bounds(last, self.zone)[1]
        return any(a <= start and end <= b for a, b in self.spans_in(start, end))


@dataclass(frozen=True, slots=True)
class Missing:
    """Periods in a row of which something is missing.

    Attributes:
        expectation: what was expected.
        first, last: first and last day of these periods.
        periods: how many they are.
        due: when the first of them was due.
        days: how many days of values or records are missing.
        low, typical, high: what is likely missing, millionths of the unit; None without history.
        unit: canonical unit.
        comparable: from how many days (or periods of records) that is known.
    """

    expectation: Expectation
    first: date
    last: date
    periods: int
    due: date
    days: Fraction
    low: int | None
    typical: int | None
    high: int | None
    unit: str
    comparable: int

    def overdue(self, today: date) -> int:
        """Return by how many days the first of the deliveries is overdue; 0 when it is not."""
        return max((today - self.due).days, 0)


def periods(one: Expectation, first: date, last: date) -> Iterator[Period]:
    """Yield the periods of an expectation that overlap some days, cut at its own ends.

    Args:
        one: the expectation.
        first: first local day.
        last: last local day.
    """
    begin = max(first, day_of(one.since))
    end = last if one.until is None else min(last, day_of(one.until))
    at = begin
    while at <= end:
        start, stop = _around(at, one.frequency)
        own = stop if one.until is None else min(stop, day_of(one.until))
        yield Period(max(start, day_of(one.since)), own)
        at = stop + ONE_DAY


def _around(day: date, frequency: str) -> Period:
    """Return the period of the calendar that a day lies in."""
    if frequency == "day":
        return Period(day, day)
    size = MONTHS[frequency]
    number = (day.year * 12 + day.month - 1) // size * size
    after = number + size
    return Period(
        date(number // 12, number % 12 + 1, 1), date(after // 12, after % 12 + 1, 1) - ONE_DAY
    )


def missing(
    one: Expectation, history: History, wanted: Iterable[Period], window: Period | None = None
) -> Iterator[Missing]:
    """Find what has not arrived, periods in a row as one.

    Args:
        one: the expectation.
        history: what is posted of its meter or records.
        wanted: periods to look at, ascending: from `periods`.
        window: days whose figures are asked for; days beyond it add nothing to the range.
    """
    level: _Level | None = None
    run: list[tuple[Period, Fraction, tuple[int, int, int] | None]] = []
    for period in wanted:
        gone = _gone(one, history, period)
        if gone is None:
            if run and level:
                yield _as_one(one, history, run, level)
            run = []
            continue
        level = level or _Level(one, history)
        inside = {d: f for d, f in gone.items() if not window or window[0] <= d <= window[1]}
        run.append((period, sum(inside.values(), Fraction(0)), level.of(period, inside)))
    if run and level:
        yield _as_one(one, history, run, level)


def _as_one(
    one: Expectation,
    history: History,
    run: Sequence[tuple[Period, Fraction, tuple[int, int, int] | None]],
    level: "_Level",
) -> Missing:
    known = [amounts for _, _, amounts in run if amounts is not None]
    low, typical, high = (
        sum(amounts[i] for amounts in known) if len(known) == len(run) else None for i in range(3)
    )
    first = run[0][0]
    return Missing(
        expectation=one, first=first.first, last=run[-1][0].last, periods=len(run),
        due=first.last + timedelta(days=one.due_days),
        days=sum((days for _, days, _ in run), Fraction(0)),
        low=low, typical=typical, high=high, unit=history.unit, comparable=level.count,
    )  # fmt: skip


def _gone(one: Expectation, history: History, period: Period) -> dict[date, Fraction] | None:
    """Return the missing part of each day of a period; None when nothing is missing."""
    if not one.meter and not one.whole:
        start, end = bounds(period.first, history.zone)[0], bounds(period.last, history.zone)[1]
        # What happened in an instant (a weighing) has no length.
        if any(start < b or start <= a == b for a, b in history.spans_in(start, end)):
            return None
        return dict.fromkeys(_days(period), Fraction(1))
    if history.covers(period.first, period.last):
        return None
    gone = {}
    for day in _days(period):
        start, end = bounds(day, history.zone)
        there = sum(max(min(b, end) - max(a, start), 0) for a, b in history.spans_in(start, end))
        if there < end - start:
            gone[day] = Fraction(end - start - there, end - start)
    return gone or None


def _days(period: Period) -> Iterator[date]:
    for number in range((period.last - period.first).days + 1):
        yield period.first + timedelta(days=number)


@lru_cache(maxsize=20_000)
def bounds(day: date, zone: str) -> Span:
    """Return the first second of a local day and of the next, UTC."""
    tz, after = ZoneInfo(zone), day + ONE_DAY
    begin, end = (datetime(d.year, d.month, d.day, tzinfo=tz) for d in (day, after))
    return int(begin.timestamp()), int(end.timestamp())


class _Level:
    """The usual level of a meter or of records: low, typical and high amounts."""

    def __init__(self, one: Expectation, history: History) -> None:
        groups: dict[bool | None, list[int]] = defaultdict(list)
        if one.meter:
            for number, total in history.totals().items():
                day = day_of(number)
                if history.covers(day, day):
                    groups[day.weekday() >= WEEKEND].append(total)
                    groups[None].append(total)
        else:
            sums: dict[date, int] = defaultdict(int)
            for number, total in history.totals().items():
                sums[_around(day_of(number), one.frequency).first] += total
            groups[None] = list(sums.values())
        self.count = len(groups[None])
        self._by_day = bool(one.meter)
        self._amounts = {key: _amounts(found) for key, found in groups.items() if found}

    def of(self, period: Period, gone: Mapping[date, Fraction]) -> tuple[int, int, int] | None:
        """Return what is likely missing of a period: low, typical, high; None without history."""
        if None not in self._amounts:
            return None
        if not self._by_day:
            days = (period.last - period.first).days + 1
            return _scaled(self._amounts[None], sum(gone.values(), Fraction(0)) / days)
        total = (0, 0, 0)
        for day, part in gone.items():
            usual = self._amounts.get(day.weekday() >= WEEKEND, self._amounts[None])
            one = _scaled(usual, part)
            total = (total[0] + one[0], total[1] + one[1], total[2] + one[2])
        return total


def _amounts(found: list[int]) -> tuple[int, int, int]:
    ranked = sorted(found)
    # Nearest rank: the smallest value that at least so many per cent do not exceed.
    low, middle, high = (ranked[-(-len(ranked) * p // 100) - 1] for p in (LOW, MIDDLE, HIGH))
    return low, middle, high


def _scaled(amounts: tuple[int, int, int], part: Fraction) -> tuple[int, int, int]:
    low, middle, high = (
        round_half_even(amount * part.numerator, part.denominator) for amount in amounts
    )
    return low, middle, high


def day_of(number: int) -> date:
    """Return a day yyyymmdd as a date."""
    return date(number // 10_000, number // 100 % 100, number % 100)


def rates(lines: Iterable[EmissionLine]) -> dict[tuple[str, str], Fraction]:
    """Return what a unit of each commodity emitted in a result: mg CO2e per millionth of its unit.

    Of a result the lines of scope 1 and of scope 2 by location count; several gases of one activity
    add up. So what is missing is converted by the factors that the method chose for what is there.

    Returns:
        By commodity and unit of the activity.
    """
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        if line.scope in COUNTED_SCOPES:
            mass = sums[line.commodity, line.activity_unit, line.gas]
            mass[0] += line.co2e_mg
            mass[1] += line.activity
    found: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for (commodity, unit, _), (emitted, activity) in sums.items():
        if activity:
            found[commodity, unit] += Fraction(emitted, activity)
    return dict(found)


def emitted(amount: int | None, rate: Fraction | None) -> int | None:
    """Return the emissions of an amount in milligrams; None where either is unknown."""
    if amount is None or rate is None:
        return None
    exact = amount * rate
    return round_half_even(exact.numerator, exact.denominator)
