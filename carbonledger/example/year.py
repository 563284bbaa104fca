"""The calendar of the park: 2024, a leap year, in local time without clock changes."""

from datetime import date, datetime, timedelta

import numpy as np

from carbonledger.example.draw import Ints

YEAR = 2024
FIRST_DAY = date(YEAR, 1, 1)
DAYS = 366
A_DAY = 96
SLOTS = DAYS * A_DAY
QUARTER_HOUR = timedelta(minutes=15)
MONTHS = tuple(f"{YEAR}-{month:02d}" for month in range(1, 13))


def day(index: int) -> date:
    """Return the date of the day with that index; 0 is the first of January."""
    return FIRST_DAY + timedelta(days=index)


def day_index(month: int, day_of_month: int) -> int:
    """Return the index of a date of the year."""
    return (date(YEAR, month, day_of_month) - FIRST_DAY).days


def slot(month: int, day_of_month: int, hour: int = 0, minute: int = 0) -> int:
    """Return the index of the 15 minutes in which that local time lies."""
    return day_index(month, day_of_month) * A_DAY + hour * 4 + minute // 15


def month_of_day() -> Ints:
    """Return the month, 1 to 12, of each day."""
    return np.array([day(index).month for index in range(DAYS)], dtype=np.int64)


def day_of(count: int) -> Ints:
    """Return the index of the day of each of `count` equal intervals that fill the year."""
    return np.arange(count, dtype=np.int64) // (count // DAYS)


def month_of(count: int) -> Ints:
    """Return the month, 1 to 12, of each of `count` equal intervals that fill the year."""
    return month_of_day()[day_of(count)]


def instants(pattern: str) -> list[str]:
    """Print the 35,137 instants that bound the 15-minute intervals, New Year's Eve included.

    An interval stamped at its start has the instant of its own index, one stamped at its end the
    next; a register is read at all of them.
    """
    start = datetime(YEAR, 1, 1)  # noqa: DTZ001 - files carry local time without an offset
    return [(start + index * QUARTER_HOUR).strftime(pattern) for index in range(SLOTS + 1)]
