"""The three methods: on a line between neighbours, as on like days, after another meter's profile.

They are those of utilities' practice of validation, estimation and editing: linear interpolation
for short gaps and days alike for longer ones (Western Australia, Electricity Industry (Metering)
Code 2012, appendix 3, method 14 "like day"; AEMO, Metrology Procedure: Part B, substitution; the
rules "interval interpolation", "interval averaging" and "interval profile" of meter data systems).
What each rests on is in docs/estimation.md. Values are whole millionths of the canonical unit by
the instant at which their interval starts.
"""

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from carbonledger.errors import MeterRefused
from carbonledger.estimation.clock import Clock
from carbonledger.estimation.exact import rounded, spread, trimmed_mean

Values = Mapping[int, int]
FEWEST_DAYS = 3
WINDOW_DAYS = 28
CODE = "estimate-history"


@dataclass(slots=True)
class Estimate:
    """Estimated values.

    Attributes:
        values: millionths by start of the interval.
        used: days each local day rests on, yyyymmdd.
        spreads: standard deviation of each local day's sum, millionths; a day without is left out.
        parameters: figures of the method by name.
    """

    values: dict[int, int]
    used: dict[int, tuple[int, ...]] = field(default_factory=dict)
    spreads: dict[int, int] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)


def linear(missing: Sequence[int], known: Values) -> Estimate:
    """Estimate on a straight line between the nearest values before and after each gap.

    Source: linear interpolation as in utilities' practice, there for gaps of up to some hours.

    Args:
        missing: starts of the intervals without a value, ascending.
        known: values around them.

    Raises:
        MeterRefused: there is no value on one side.
    """
    made = {}
    starts = sorted(known)
    for at in missing:
        place = bisect(starts, at)
        if place in (0, len(starts)):
            raise MeterRefused(
                "a line needs a value before the gap and one behind it",
                code=CODE,
                hint="use --method typical-day, or wait for the file that follows",
            )
        before, after = starts[place - 1], starts[place]
        rise = Fraction((known[after] - known[before]) * (at - before), after - before)
        made[at] = rounded(known[before] + rise)
    return Estimate(made)


def typical_day(missing: Sequence[int], known: Values, clock: Clock) -> Estimate:
    """Estimate as on like days: same time of day, same kind of day, within four weeks on each side.

    Kinds are Monday to Friday, Saturday, Sunday. Of the values of these days the trimmed mean is
    taken, so single stoppages count little. Source: "like day" and averages of like days.

    Args:
        missing: starts of the intervals without a value, ascending.
        known: values of the meter itself.
        clock: its local time.

    Raises:
        MeterRefused: fewer than three days have a value for one of the times.
    """
    low, high = _window(missing, clock)
    by_slot: dict[tuple[int, str], dict[int, int]] = {}
    for at, value in known.items():
        day = clock.day(at)
        if low <= clock.number(day) <= high:
            by_slot.setdefault((clock.second(at), clock.kind(day)), {})[day] = value
    made = Estimate({}, parameters=_parameters())
    sums: dict[int, dict[int, int]] = {}
    for at in missing:
        day = clock.day(at)
        like = by_slot.get((clock.second(at), clock.kind(day)), {})
        if len(like) < FEWEST_DAYS:
            raise _too_few(clock, at, len(like))
        made.values[at] = rounded(trimmed_mean(list(like.values())))
        of_day = sums.setdefault(day, dict.fromkeys(like, 0))
        # Days that lack one of the times are no measure of how whole days differ.
        sums[day] = {d: of_day[d] + value for d, value in like.items() if d in of_day}
        made.used[day] = tuple(sorted({*made.used.get(day, ()), *like}))
    for day, of_day in sums.items():
        _put_spread(made, day, [Fraction(value) for value in of_day.values()], Fraction(1))
    return made


def profile_of(missing: Sequence[int], known: Values, other: Values, clock: Clock) -> Estimate:
    """Estimate after the shape of another meter, times the ratio of both around the gap.

    The ratio is that of the sums of both meters over all intervals within four weeks on each side
    for which both have a value. Source: "interval profile"; a check or neighbouring meter as a
    substitute, scaled.

    Args:
        missing: starts of the intervals without a value, ascending.
        known: values of the meter itself.
        other: values of the other meter, by the same starts.
        clock: local time.

    Raises:
        MeterRefused: the other meter lacks a value too, or there are too few common days.
    """
    absent = next((at for at in missing if at not in other), None)
    if absent is not None:
        raise MeterRefused(
            f"the other meter has no value at {clock.text(absent)} either",
            code=CODE,
            hint="name another meter, or use --method typical-day",
        )
    low, high = _window(missing, clock)
    days: dict[int, tuple[int, int]] = {}
    for at in known.keys() & other.keys():
        day = clock.day(at)
        if low <= clock.number(day) <= high:
            mine, theirs = days.get(day, (0, 0))
            days[day] = (mine + known[at], theirs + other[at])
    mine, theirs = (sum(pair[place] for pair in days.values()) for place in (0, 1))
    if len(days) < FEWEST_DAYS or theirs <= 0:
        raise MeterRefused(
            f"both meters have values on {len(days)} common days within {WINDOW_DAYS} days of the "
            f"gap; {FEWEST_DAYS} are needed, with a sum above zero",
            code=CODE,
            hint="name another meter, or use --method typical-day",
        )
    ratio = Fraction(mine, theirs)
    made = Estimate({at: rounded(other[at] * ratio) for at in missing}, parameters=_parameters())
    made.parameters["ratio"] = f"{mine}/{theirs}"
    ratios = [Fraction(own, its) for own, its in days.values() if its > 0]
    for day in sorted({clock.day(at) for at in missing}):
        made.used[day] = tuple(sorted(days))
        whole = sum(other[at] for at in missing if clock.day(at) == day)
        _put_spread(made, day, ratios, Fraction(whole))
    return made


def _parameters() -> dict[str, str]:
    return {"window_days": str(WINDOW_DAYS), "fewest_days": str(FEWEST_DAYS)}


def _window(missing: Sequence[int], clock: Clock) -> tuple[int, int]:
    """Return the first and last day that count, as numbers of days."""
    first, last = clock.day(missing[0]), clock.day(missing[-1])
    return clock.number(first) - WINDOW_DAYS, clock.number(last) + WINDOW_DAYS


def _put_spread(made: Estimate, day: int, numbers: list[Fraction], factor: Fraction) -> None:
    found = spread(numbers)
    if found is not None:
        made.spreads[day] = rounded(abs(found * factor))


def _too_few(clock: Clock, at: int, count: int) -> MeterRefused:
    kind = clock.kind(clock.day(at))
    return MeterRefused(
        f"only {count} days like it ({kind}) within {WINDOW_DAYS} days of the gap have a value at "
        f"{clock.text(at)[11:]}; {FEWEST_DAYS} are needed",
        code=CODE,
        hint="import more of the meter's history, or use --method profile-of OTHER",
    )
