"""Series for the tests of the validation: days of values, as a test writes them."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np

from carbonledger.validation.days import Days, Ints, Values, join, summarise
from carbonledger.validation.finding import Finding, local

MICRO = 1_000_000
# A Monday.
MONDAY = "2024-01-01"


def day_of(values: Sequence[float], at: str, step: int = 3600) -> Days:
    """Return one piece: values in kWh from a time in UTC on."""
    start = int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())
    micro = np.array([round(value * MICRO) for value in values], np.int64)
    starts = start + step * np.arange(len(micro), dtype=np.int64)
    held = Values(micro, starts, np.full(len(micro), step, np.int64), np.arange(2, len(micro) + 2))
    zero = np.zeros(1, np.int64)
    return summarise(held, zero, zero + start // 86400)


def year(
    shape: Callable[[int, int], float], days: int = 365, first: str = MONDAY, step: int = 3600
) -> Days:
    """Return days whose values are given by the number of the day and the place in it."""
    begin = date.fromisoformat(first)
    a_day = 86400 // step
    return join([
        day_of([shape(n, hour) for hour in range(a_day)], str(begin + timedelta(days=n)), step)
        for n in range(days)
    ])  # fmt: skip


def office(day: int, hour: int) -> float:
    """Give the hours of an office: more by day, less at weekends, a little different every day."""
    busy = 8 <= hour < 18 and day % 7 < 5
    return (20.0 if busy else 5.0) + (day * 7 + hour * 3) % 11 / 10


def said(found: Sequence[Finding]) -> list[tuple[str, str, str, int]]:
    """Return kind, start, end and count of findings, times in UTC."""
    return [(f.kind, local(f.start, "UTC"), local(f.end, "UTC"), f.count) for f in found]


def kinds(found: Sequence[Finding]) -> list[str]:
    return [one.kind for one in found]


def integers(*values: int) -> Ints:
    return np.array(values, np.int64)
